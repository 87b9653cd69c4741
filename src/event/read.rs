//! Reads CodePipeline's messages into an [`Event`]: the approval message, the notification-rule message and the
//! EventBridge event, which may all arrive through one SNS topic.

use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use super::{ApprovalRequest, ApprovalToken, Commit, Event, EventKind, Failure, State, Trigger};

/// What the envelope around a message tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The ARN of the SNS topic, which is the only place that names the account of an approval message; of the queue, where the
    /// topic delivers raw messages to one and is not told.
    pub topic_arn: Option<String>,
    /// When SNS or SQS took the message.
    pub sent_at: Option<Timestamp>,
    /// The subject that SNS was given with it.
    pub subject: Option<String>,
}

impl Envelope {
    /// A part of the ARN: 3 is the region, 4 the account.
    fn of_arn(&self, part: usize) -> Option<String> {
        of_arn(self.topic_arn.as_deref()?, part)
    }
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
    /// A record without a message.
    #[error("the record has no message: neither `Sns` with a `Message` nor a `body`")]
    NoMessage,
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

/// Reads the text of a message.
pub fn read_text(message: &str, envelope: &Envelope) -> Result<Event, Unreadable> {
    let value: Value = match serde_json::from_str(message) {
        Ok(value) => value,
        // CodePipeline writes JSON objects only: anything else is somebody else's text.
        Err(_) if !message.trim_start().starts_with('{') => Value::Null,
        Err(error) => {
            let text = error.to_string();
            return Err(Unreadable::NotJson {
                problem: text.split(" at line ").next().unwrap_or(&text).to_owned(),
                line: error.line(),
                column: error.column(),
            });
        }
    };
    read(&value, envelope)
}

/// Reads a message that is JSON already. What is not CodePipeline's is an [`EventKind::Other`].
///
/// # Errors
///
/// It is CodePipeline's, and something in it is missing or wrong that nothing can be done without.
pub fn read(message: &Value, envelope: &Envelope) -> Result<Event, Unreadable> {
    if message.get("approval").is_some_and(Value::is_object) {
        return approval_message(message, envelope);
    }
    let detail_type = text(message, "detail-type").or_else(|| text(message, "detailType"));
    match detail_type.as_deref() {
        Some(subject) if subject.starts_with("CodePipeline ") => state_change(message, subject, envelope),
        _ => Ok(other(message, detail_type, envelope)),
    }
}

/// Somebody else's message. Only what every message of AWS may have is looked for.
fn other(message: &Value, detail_type: Option<String>, envelope: &Envelope) -> Event {
    let region = text(message, "region").or_else(|| envelope.of_arn(3)).unwrap_or_default();
    Event {
        account: account(message).or_else(|| envelope.of_arn(4)),
        at: text(message, "time").as_deref().and_then(time).or(envelope.sent_at),
        subject: detail_type.or_else(|| envelope.subject.clone()),
        ..Event::new(EventKind::Other, region, "")
    }
}

/// The message of an approval action's `NotificationArn`:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html>.
fn approval_message(message: &Value, envelope: &Envelope) -> Result<Event, Unreadable> {
    const MESSAGE: &str = "approval message";
    let approval = &message["approval"];
    let missing = |field| Unreadable::Field { field, problem: "is missing".to_owned(), message: MESSAGE };
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
        account: envelope.of_arn(4),
        region: text(message, "region").or_else(|| envelope.of_arn(3)).ok_or_else(|| missing("region"))?,
        pipeline: text(approval, "pipelineName").ok_or_else(|| missing("approval.pipelineName"))?,
        stage: Some(text(approval, "stageName").ok_or_else(|| missing("approval.stageName"))?),
        action: Some(text(approval, "actionName").ok_or_else(|| missing("approval.actionName"))?),
        execution: None,
        at: envelope.sent_at,
        began: None,
        attempt: None,
        subject: None,
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
fn state_change(message: &Value, subject: &str, envelope: &Envelope) -> Result<Event, Unreadable> {
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
    // `arn:aws:codepipeline:REGION:ACCOUNT:NAME`, or with `pipeline:` before the name.
    let arn = message["resources"][0].as_str().filter(|arn| arn.split(':').nth(2) == Some("codepipeline"));
    let of_arn = |part| arn.and_then(|arn| of_arn(arn, part));
    Ok(Event {
        kind,
        account: account(message).or_else(|| of_arn(4)),
        // The outer region is where the event was raised; the one in `detail` is where the action ran, which a
        // cross-region action makes different. The pipeline is in the outer one.
        region: text(message, "region").or_else(|| of_arn(3)).ok_or_else(|| missing("region"))?,
        pipeline: text(detail, "pipeline")
            .or_else(|| arn.and_then(|arn| arn.split(':').skip(5).last().map(str::to_owned)))
            .ok_or_else(|| missing("detail.pipeline"))?,
        stage: text(detail, "stage"),
        action: text(detail, "action"),
        execution: text(detail, "execution-id"),
        at: text(message, "time").as_deref().and_then(time).or(envelope.sent_at).map(to_the_second),
        began: text(detail, "start-time").as_deref().and_then(time),
        attempt: attempt(detail),
        subject: (kind == EventKind::Other).then(|| match text(detail, "state") {
            Some(state) => format!("{subject}: {state}"),
            None => subject.to_owned(),
        }),
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
    more["sourceActions"].as_array()?.iter().find_map(|action| commit_of_variables(&action["sourceActionVariables"]))
}

fn commit_of_variables(variables: &Value) -> Option<Commit> {
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

/// The account has 12 digits, of which a number loses the zeros at its front.
fn account(message: &Value) -> Option<String> {
    let is_number = message["account"].is_number();
    text(message, "account").map(|account| if is_number { format!("{account:0>12}") } else { account })
}

/// A part of an ARN, counted from 0, where it says something.
fn of_arn(arn: &str, part: usize) -> Option<String> {
    arn.split(':').nth(part).filter(|part| !part.is_empty()).map(str::to_owned)
}

/// AWS counts from 1, writes `1.0`, and in some notifications 0 for the first.
fn attempt(detail: &Value) -> Option<u32> {
    let attempt: f64 = text(detail, "pipeline-execution-attempt")?.parse().ok()?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast of a float stops at the type's ends"
    )]
    attempt.is_finite().then_some((attempt as u32).max(1))
}

/// EventBridge tells the second; whoever tells more of the same happening must not make another of it.
fn to_the_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// A time as AWS writes it, with or without seconds: `2026-07-07T20:22Z`, `2026-07-07T20:22:15.010Z`.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}
