//! What pipelines send: state changes to EventBridge, approval requests to an SNS topic.
//!
//! Shapes: <https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html> and
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html>.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::model::{Execution, Pipeline};
use crate::world::identity::uuid;

/// A message of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// When it was sent.
    pub at: Timestamp,
    /// The pipeline.
    pub pipeline: String,
    /// What it is, in a few words: `payments-api: stage Build succeeded`.
    pub what: String,
    /// Where it was sent.
    pub to: Destination,
    /// The message.
    pub body: Value,
}

/// Where a message is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// EventBridge's default bus.
    EventBridge,
    /// The SNS topic of an approval action.
    Topic {
        /// The topic's ARN.
        arn: String,
        /// What its e-mails would have as their subject.
        subject: String,
    },
}

/// What a state change is about; states as events spell them.
pub(super) enum Moment {
    Pipeline { state: &'static str },
    Stage { stage: usize, state: &'static str },
    Action { stage: usize, run: usize, state: &'static str },
}

impl Pipeline {
    /// Sends a state change.
    pub(super) fn tell(&mut self, now: Timestamp, execution: usize, moment: Moment) {
        let about = &self.executions[execution];
        let mut detail = Map::new();
        detail.insert("pipeline".into(), json!(self.name));
        detail.insert("execution-id".into(), json!(about.id));
        let (kind, mut what, state) = match moment {
            Moment::Pipeline { state } => {
                detail.insert("start-time".into(), json!(time(about.started)));
                if let Some(trigger) = trigger(self, about) {
                    detail.insert("execution-trigger".into(), trigger);
                }
                if let Some(reason) = about.stop.as_ref().and_then(|stop| stop.reason.as_ref()) {
                    detail.insert("stop-execution-comments".into(), json!(reason));
                }
                ("Pipeline", "pipeline".to_owned(), state)
            }
            Moment::Stage { stage, state } => {
                let run = &about.stages[stage];
                if let Some(started) = run.started {
                    detail.insert("start-time".into(), json!(time(started)));
                }
                if let Some(retried) = run.retried {
                    detail.insert("stage-last-retry-attempt-time".into(), json!(time(retried)));
                }
                let stage = &self.stages[stage].name;
                detail.insert("stage".into(), json!(stage));
                ("Stage", format!("stage {stage}"), state)
            }
            Moment::Action { stage, run, state } => {
                let run = &about.stages[stage].runs[run];
                let action = &self.stages[stage].actions[run.action];
                let stage = &self.stages[stage].name;
                detail.insert("start-time".into(), json!(time(run.started)));
                detail.insert("stage".into(), json!(stage));
                if let Some(reason) = &run.error {
                    let result = json!({ "external-execution-summary": reason, "error-code": "JobFailed" });
                    detail.insert("execution-result".into(), result);
                }
                detail.insert("action-execution-id".into(), json!(run.id));
                detail.insert("action".into(), json!(action.name));
                detail.insert("region".into(), json!(self.region));
                let category = format!("{:?}", action.category);
                let kind = json!({ "owner": "AWS", "provider": action.provider, "category": category, "version": "1" });
                detail.insert("type".into(), kind);
                ("Action", format!("action {stage}/{}", action.name), state)
            }
        };
        detail.insert("state".into(), json!(state));
        detail.insert("version".into(), json!(1.0));
        detail.insert("pipeline-execution-attempt".into(), json!(f64::from(about.attempt)));
        what = format!("{} #{}: {what} {}", self.label, execution + 1, state.to_lowercase());
        let number = self.number().to_string();
        let body = json!({
            "version": "0",
            "id": uuid(&["event", &self.region, &self.name, &number]),
            "detail-type": format!("CodePipeline {kind} Execution State Change"),
            "source": "aws.codepipeline",
            "account": self.account,
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": self.region,
            "resources": [self.arn()],
            "detail": detail,
        });
        self.sent.push(Sent { at: now, pipeline: self.label.clone(), what, to: Destination::EventBridge, body });
    }

    /// Sends an approval's request to its topic.
    pub(super) fn request_approval(&mut self, now: Timestamp, execution: usize, stage: usize, run: usize) {
        let run = &self.executions[execution].stages[stage].runs[run];
        let action = &self.stages[stage].actions[run.action];
        let stage = &self.stages[stage].name;
        let Some(token) = run.token.as_ref().filter(|_| action.notifies) else { return };
        let (region, name) = (&self.region, &self.name);
        let console =
            format!("https://console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region={region}");
        let body = json!({
            "region": region,
            "consoleLink": console,
            "approval": {
                "pipelineName": name,
                "stageName": stage,
                "actionName": action.name,
                "token": token,
                "expires": run.ends.strftime("%Y-%m-%dT%H:%MZ").to_string(),
                "externalEntityLink": action.external_link,
                "approvalReviewLink": format!("{console}#/{stage}/{}/approve/{token}", action.name),
                "customData": action.custom_data,
            },
        });
        let to = Destination::Topic {
            arn: self.topic(),
            subject: format!("APPROVAL NEEDED: AWS CodePipeline {name} for action {}", action.name),
        };
        let what = format!("{} #{}: approval needed at {stage}/{}", self.label, execution + 1, action.name);
        self.sent.push(Sent { at: now, pipeline: self.label.clone(), what, to, body });
    }

    /// The topic of its approvals.
    pub(super) fn topic(&self) -> String {
        format!("arn:aws:sns:{}:{}:pipeline-approvals", self.region, self.account)
    }

    /// The ARN of the connection that its source actions use.
    pub(super) fn connection(&self) -> String {
        let id = uuid(&["connection", &self.name]);
        format!("arn:aws:codestar-connections:{}:{}:connection/{id}", self.region, self.account)
    }

    /// When the commit was made that an execution runs.
    pub(super) fn author_date(&self, execution: &Execution) -> String {
        execution.started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The pipeline's ARN.
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:codepipeline:{}:{}:{}", self.region, self.account, self.name)
    }
}

/// What started an execution, as events tell it: of a push through a connection, the commit.
fn trigger(pipeline: &Pipeline, execution: &Execution) -> Option<Value> {
    let given = execution.trigger.as_ref()?;
    let pushed = execution.revisions.iter().find_map(|revision| Some((revision, revision.commit.as_ref()?)));
    let mut trigger = Map::new();
    if let ("WebhookV2", Some((revision, commit))) = (given.kind.as_str(), pushed) {
        let fields = [
            ("author-display-name", commit.author.clone()),
            ("full-repository-name", commit.repository.clone()),
            ("provider-type", Some("GitHub".to_owned())),
            ("author-email", commit.email.clone()),
            ("commit-message", commit.message.clone()),
            ("author-date", Some(pipeline.author_date(execution))),
            ("branch-name", commit.branch.clone()),
            ("commit-id", Some(revision.id.clone())),
            ("connection-arn", Some(pipeline.connection())),
        ];
        for (key, value) in fields {
            if let Some(value) = value {
                trigger.insert(key.into(), json!(value));
            }
        }
    } else {
        trigger.insert("trigger-type".into(), json!(given.kind));
        if let Some(detail) = &given.detail {
            trigger.insert("trigger-detail".into(), json!(detail));
        }
    }
    Some(Value::Object(trigger))
}

/// With milliseconds, as the details of events have their times.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
