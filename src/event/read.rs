//! Reads CodePipeline's messages into an [`Event`]: the approval message, the notification-rule message and the
//! EventBridge event, which may all arrive through one SNS topic.

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::{ApprovalRequest, ApprovalToken, Commit, Event, EventKind, Failure, State, Trigger};

/// What the envelope around a message tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The ARN of the SNS topic, which is the only place that names the account of an approval message.
    pub topic_arn: Option<String>,
    /// When SNS took the message.
    pub sent_at: Option<Timestamp>,
}

/// A message that can never become an event, however often it is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Not JSON.
    #[error("the message is not JSON: {problem} at line {line} column {column}")]
    NotJson {
        /// What the JSON reader found.
        problem: String,
        /// Line in the message, from 1.
        line: usize,
        /// Column in the message, from 1.
        column: usize,
    },
    /// JSON, but not a message of CodePipeline.
    #[error(
        "the message is not one of CodePipeline's: it has neither `approval` nor a `detail-type` or `detailType` that begins with `CodePipeline`{}", found_note(.found)
    )]
    NotCodePipeline {
        /// The detail type found instead.
        found: Option<String>,
    },
    /// A message of CodePipeline in which something needed is missing or wrong.
    #[error("`{field}` {problem} in the {message}")]
    Field {
        /// The field's path in the message.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
        /// Which message it is.
        message: &'static str,
    },
}

fn found_note(found: &Option<String>) -> String {
    found.as_ref().map(|found| format!(" (found `{found}`)")).unwrap_or_default()
}

/// Reads the text of an SNS message.
pub fn read_text(message: &str, envelope: &Envelope) -> Result<Event, Unreadable> {
    let value: Value = serde_json::from_str(message).map_err(|error| {
        let text = error.to_string();
        Unreadable::NotJson {
            problem: text.split(" at line ").next().unwrap_or(&text).to_owned(),
            line: error.line(),
            column: error.column(),
        }
    })?;
    read(&value, envelope)
}

/// Reads a message that is JSON already.
pub fn read(message: &Value, envelope: &Envelope) -> Result<Event, Unreadable> {
    if message.get("approval").is_some_and(Value::is_object) {
        return approval_message(message, envelope);
    }
    let detail_type = text(message, "detail-type").or_else(|| text(message, "detailType"));
    match detail_type.as_deref() {
        Some(subject) if subject.starts_with("CodePipeline ") => state_change(message, subject),
        _ => Err(Unreadable::NotCodePipeline { found: detail_type }),
    }
}

/// The message of an approval action's `NotificationArn`:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html>.
fn approval_message(message: &Value, envelope: &Envelope) -> Result<Event, Unreadable> {
    const MESSAGE: &str = "approval message";
    let approval = &message["approval"];
    let missing = |field| Unreadable::Field { field, problem: "is missing".to_owned(), message: MESSAGE };
    let topic = envelope.topic_arn.as_deref().map(|arn| arn.split(':').collect::<Vec<_>>()).unwrap_or_default();
    let expires = match text(approval, "expires") {
        None => None,
        Some(expires) => Some(time(&expires).ok_or_else(|| Unreadable::Field {
            field: "approval.expires",
            problem: format!("is `{expires}`, which is not a time such as `2026-07-07T20:22Z`,"),
            message: MESSAGE,
        })?),
    };
    Ok(Event {
        kind: EventKind::ApprovalNeeded,
        account: topic.get(4).filter(|account| !account.is_empty()).map(|account| (*account).to_owned()),
        region: text(message, "region")
            .or_else(|| topic.get(3).map(|region| (*region).to_owned()))
            .ok_or_else(|| missing("region"))?,
        pipeline: text(approval, "pipelineName").ok_or_else(|| missing("approval.pipelineName"))?,
        stage: Some(text(approval, "stageName").ok_or_else(|| missing("approval.stageName"))?),
        action: Some(text(approval, "actionName").ok_or_else(|| missing("approval.actionName"))?),
        execution: None,
        at: envelope.sent_at,
        began: None,
        attempt: None,
        provider: Some("Manual".to_owned()),
        trigger: None,
        commit: None,
        failures: Vec::new(),
        stop_comment: None,
        custom_data: text(approval, "customData"),
        external_link: text(approval, "externalEntityLink"),
        request: Some(ApprovalRequest {
            token: ApprovalToken::new(text(approval, "token").ok_or_else(|| missing("approval.token"))?),
            expires,
            review_link: text(approval, "approvalReviewLink"),
        }),
    })
}

/// A state change, from EventBridge (`detail-type`) or a notification rule (`detailType`, `additionalAttributes`):
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html>.
fn state_change(message: &Value, subject: &str) -> Result<Event, Unreadable> {
    const MESSAGE: &str = "state-change event";
    let missing = |field| Unreadable::Field { field, problem: "is missing".to_owned(), message: MESSAGE };
    let detail = message.get("detail").filter(|detail| detail.is_object()).ok_or_else(|| missing("detail"))?;
    let more = &message["additionalAttributes"];
    let state = text(detail, "state").and_then(|state| State::from_codepipeline(&state));
    let is_approval = text(&detail["type"], "category").as_deref() == Some("Approval");
    let kind = match (subject, state) {
        ("CodePipeline Action Execution State Change", Some(State::Started)) if is_approval => {
            EventKind::ApprovalNeeded
        }
        ("CodePipeline Action Execution State Change", Some(State::Succeeded)) if is_approval => {
            EventKind::ApprovalSucceeded
        }
        ("CodePipeline Action Execution State Change", Some(State::Failed)) if is_approval => EventKind::ApprovalFailed,
        ("CodePipeline Action Execution State Change", Some(state)) => EventKind::Action(state),
        ("CodePipeline Stage Execution State Change", Some(state)) => EventKind::Stage(state),
        ("CodePipeline Pipeline Execution State Change", Some(state)) => EventKind::Pipeline(state),
        // What AWS may add one day must not be lost: rules can match it.
        _ => EventKind::Other,
    };
    let source = &detail["execution-trigger"];
    Ok(Event {
        kind,
        account: text(message, "account"),
        // The outer region is where the event was raised; the one in `detail` is where the action ran, which a
        // cross-region action makes different. The pipeline is in the outer one.
        region: text(message, "region").ok_or_else(|| missing("region"))?,
        pipeline: text(detail, "pipeline").ok_or_else(|| missing("detail.pipeline"))?,
        stage: text(detail, "stage"),
        action: text(detail, "action"),
        execution: text(detail, "execution-id"),
        at: text(message, "time").as_deref().and_then(time),
        began: text(detail, "start-time").as_deref().and_then(time),
        attempt: attempt(detail),
        provider: text(&detail["type"], "provider"),
        trigger: trigger(source),
        commit: commit(source).or_else(|| commit_of_source_action(more)),
        failures: if state == Some(State::Failed) { failures(detail, more) } else { Vec::new() },
        stop_comment: text(detail, "stop-execution-comments"),
        custom_data: text(more, "customData"),
        external_link: text(more, "externalEntityLink"),
        request: None,
    })
}

/// The attempt, which AWS writes as `2.0`, and as `0.0` where it does not know.
fn attempt(detail: &Value) -> Option<u32> {
    let attempt: f64 = text(detail, "pipeline-execution-attempt")?.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float stays within bounds"
    )]
    let attempt = attempt as u32;
    (attempt > 0).then_some(attempt)
}

fn trigger(source: &Value) -> Option<Trigger> {
    let trigger = Trigger { kind: text(source, "trigger-type"), detail: text(source, "trigger-detail") };
    (trigger.kind.is_some() || trigger.detail.is_some()).then_some(trigger)
}

fn commit(source: &Value) -> Option<Commit> {
    let commit = Commit {
        id: text(source, "commit-id"),
        message: text(source, "commit-message"),
        author: text(source, "author-display-name").or_else(|| text(source, "author-id")),
        email: text(source, "author-email"),
        repository: text(source, "full-repository-name"),
        reference: text(source, "branch-name").or_else(|| text(source, "tag-name")),
    };
    (commit.id.is_some() || commit.message.is_some()).then_some(commit)
}

/// A notification rule tells the source action's output variables instead of a trigger:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html>.
fn commit_of_source_action(more: &Value) -> Option<Commit> {
    let variables = &more["sourceActions"][0]["sourceActionVariables"];
    let commit = Commit {
        id: text(variables, "CommitId"),
        message: text(variables, "CommitMessage"),
        author: text(variables, "AuthorDisplayName").or_else(|| text(variables, "AuthorId")),
        email: text(variables, "AuthorEmail"),
        repository: text(variables, "FullRepositoryName").or_else(|| text(variables, "RepositoryName")),
        reference: text(variables, "BranchName").or_else(|| text(variables, "TagName")),
    };
    (commit.id.is_some() || commit.message.is_some()).then_some(commit)
}

/// Why it failed. A notification rule may list the same action twice, and repeats what the execution result says.
fn failures(detail: &Value, more: &Value) -> Vec<Failure> {
    let result = &detail["execution-result"];
    let mut found: Vec<Failure> = Vec::new();
    let action = text(detail, "action");
    let reason = text(result, "external-execution-summary").or_else(|| text(more, "additionalInformation"));
    let (code, link) = (text(result, "error-code"), text(result, "external-execution-url"));
    if reason.is_some() || code.is_some() || link.is_some() {
        found.push(Failure { action, reason, code, link });
    }
    for failed in more["failedActions"].as_array().into_iter().flatten() {
        let (action, reason) = (text(failed, "action"), text(failed, "additionalInformation"));
        let failure = Failure { action, reason, code: None, link: None };
        if !found.iter().any(|known| known.action == failure.action && known.reason == failure.reason) {
            found.push(failure);
        }
    }
    found
}

/// The text of a field; AWS swaps strings and numbers, sends empty strings for nothing, and lets JSON stand where text is meant.
fn text(value: &Value, key: &str) -> Option<String> {
    match value.get(key)? {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A time as AWS writes it, with or without seconds: `2026-07-07T20:22Z`, `2026-07-07T20:22:15.010Z`.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
