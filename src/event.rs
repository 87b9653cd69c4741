//! What happened in CodePipeline, in signoff's own words, whatever envelope it came in.

mod read;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ports::PipelineRef;

pub use read::{Envelope, Unreadable, read, read_text};

/// A thing that happened to a pipeline, stage, action or approval.
///
/// Every field but `kind`, `region` and `pipeline` may be unknown: the envelopes that AWS sends differ in what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The AWS account, 12 digits.
    pub account: Option<String>,
    /// The region the pipeline is in, such as `eu-west-1`; empty for an `other` message that says none.
    pub region: String,
    /// The pipeline's name; empty for an `other` message that is of none.
    pub pipeline: String,
    /// The stage's name.
    pub stage: Option<String>,
    /// The action's name.
    pub action: Option<String>,
    /// The pipeline execution id.
    pub execution: Option<String>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// When that began which it is about: of an event of a pipeline, the execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// Which try of the execution it belongs to, from 1: each retry of a stage is one more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// For `other`: what the message calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The action type's provider, such as `CodeBuild`.
    pub provider: Option<String>,
    /// What started the execution.
    pub trigger: Option<Trigger>,
    /// The commit that started the execution.
    pub commit: Option<Commit>,
    /// Why it failed: one entry an action, without repeats.
    pub failures: Vec<Failure>,
    /// What the person who stopped the execution said.
    pub stop_comment: Option<String>,
    /// The approval action's custom data, as its author wrote it.
    pub custom_data: Option<String>,
    /// The approval action's link for review.
    pub external_link: Option<String>,
    /// Set when this is CodePipeline asking for an answer, so that it can be given one.
    pub request: Option<ApprovalRequest>,
}

impl Event {
    /// An event of which nothing else is known.
    pub fn new(kind: EventKind, region: impl Into<String>, pipeline: impl Into<String>) -> Self {
        Self {
            kind,
            account: None,
            region: region.into(),
            pipeline: pipeline.into(),
            stage: None,
            action: None,
            execution: None,
            at: None,
            began: None,
            attempt: None,
            subject: None,
            provider: None,
            trigger: None,
            commit: None,
            failures: Vec::new(),
            stop_comment: None,
            custom_data: None,
            external_link: None,
            request: None,
        }
    }
}

/// What is needed to answer an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRequest {
    /// Names this request to `PutApprovalResult`.
    pub token: ApprovalToken,
    /// When CodePipeline gives the request up by itself.
    pub expires: Option<Timestamp>,
    /// Where the request can be answered in the AWS console.
    pub review_link: Option<String>,
}

/// The approval token. Who holds it and may call CodePipeline can approve, so it is never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApprovalToken(String);

impl ApprovalToken {
    /// Takes the token as CodePipeline sent it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself, for the call to CodePipeline only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What others said, such as AWS of a call, without the token in it.
    pub fn hidden_in(&self, said: &str) -> String {
        if self.0.is_empty() { said.to_owned() } else { said.replace(&self.0, "…") }
    }
}

impl fmt::Debug for ApprovalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApprovalToken(…)")
    }
}

/// What started an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// CodePipeline's trigger type, such as `StartPipelineExecution`.
    pub kind: Option<String>,
    /// CodePipeline's trigger detail, such as the ARN of the person who started it.
    pub detail: Option<String>,
}

/// The commit that started an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The commit id, whole.
    pub id: Option<String>,
    /// The commit message.
    pub message: Option<String>,
    /// The author's name.
    pub author: Option<String>,
    /// The author's e-mail address.
    pub email: Option<String>,
    /// The repository, such as `acme/payments`.
    pub repository: Option<String>,
    /// The branch or tag.
    pub reference: Option<String>,
}

/// Why something failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The action that failed.
    pub action: Option<String>,
    /// What CodePipeline or the action's provider said.
    pub reason: Option<String>,
    /// CodePipeline's error code, such as `JobFailed`.
    #[serde(default)]
    pub code: Option<String>,
    /// The provider's page about it: a build's log, a deployment.
    pub link: Option<String>,
}

/// What an event is about, and what became of it. Displays as the name that rules use, such as `pipeline.failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// `approval.needed`: an approval action waits for an answer.
    ApprovalNeeded,
    /// `approval.succeeded`: an approval action was approved.
    ApprovalSucceeded,
    /// `approval.failed`: an approval action was rejected, timed out or is wrongly configured.
    ApprovalFailed,
    /// `pipeline.…`: a pipeline execution changed its state.
    Pipeline(State),
    /// `stage.…`: a stage execution changed its state.
    Stage(State),
    /// `action.…`: an action execution changed its state.
    Action(State),
    /// `other`: a message that is none of these.
    Other,
}

/// A state as CodePipeline's events spell it, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum State {
    Started,
    Succeeded,
    Failed,
    Canceled,
    Stopped,
    Stopping,
    Superseded,
    Resumed,
    Abandoned,
}

impl State {
    /// Every state, in the order in which the documentation lists them.
    pub const ALL: [Self; 9] = [
        Self::Started,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
        Self::Stopped,
        Self::Stopping,
        Self::Superseded,
        Self::Resumed,
        Self::Abandoned,
    ];

    /// The state's name in rules and templates.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Stopped => "stopped",
            Self::Stopping => "stopping",
            Self::Superseded => "superseded",
            Self::Resumed => "resumed",
            Self::Abandoned => "abandoned",
        }
    }

    /// Reads a state as CodePipeline spells it: `FAILED` in events, `Failed` in the API, `CANCELED` or `Cancelled`.
    pub fn from_codepipeline(state: &str) -> Option<Self> {
        let state = state.to_ascii_lowercase();
        if state == "cancelled" {
            return Some(Self::Canceled);
        }
        Self::ALL.into_iter().find(|known| known.as_str() == state)
    }
}

impl EventKind {
    /// Every kind, in the order in which the documentation lists them.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::ApprovalNeeded, Self::ApprovalSucceeded, Self::ApprovalFailed]
            .into_iter()
            .chain(State::ALL.map(Self::Pipeline))
            .chain(State::ALL.map(Self::Stage))
            .chain(State::ALL.map(Self::Action))
            .chain([Self::Other])
    }

    /// The kind that rules and templates call `name`, such as `action.failed`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.to_string() == name)
    }

    /// The state alone, for `pipeline.`, `stage.` and `action.` events; what became of the approval for `approval.` ones.
    pub fn state(self) -> &'static str {
        match self {
            Self::ApprovalNeeded => "needed",
            Self::ApprovalSucceeded => "succeeded",
            Self::ApprovalFailed => "failed",
            Self::Pipeline(state) | Self::Stage(state) | Self::Action(state) => state.as_str(),
            Self::Other => "other",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self {
            Self::ApprovalNeeded | Self::ApprovalSucceeded | Self::ApprovalFailed => "approval.",
            Self::Pipeline(_) => "pipeline.",
            Self::Stage(_) => "stage.",
            Self::Action(_) => "action.",
            Self::Other => "",
        };
        write!(f, "{subject}{}", self.state())
    }
}

impl Serialize for EventKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown event `{name}`")))
    }
}

impl Event {
    /// The pipeline that it is about.
    pub fn pipeline_ref(&self) -> PipelineRef {
        PipelineRef { account: self.account.clone(), region: self.region.clone(), name: self.pipeline.clone() }
    }

    /// The pipeline's page in the AWS console; the list of pipelines where none is known.
    pub fn console_link(&self) -> String {
        pipeline_link(&self.region, &self.pipeline)
    }

    /// The execution's page in the AWS console, where the execution is known; else the pipeline's.
    pub fn execution_link(&self) -> String {
        let Self { region, pipeline, .. } = self;
        match &self.execution {
            Some(execution) if !pipeline.is_empty() => link_of_execution(region, pipeline, execution),
            _ => self.console_link(),
        }
    }
}

/// A pipeline's page in the AWS console; the list of pipelines where none is named.
pub(crate) fn pipeline_link(region: &str, pipeline: &str) -> String {
    let host = console_host(region);
    if pipeline.is_empty() {
        return format!("https://{host}/codesuite/codepipeline/pipelines");
    }
    format!("https://{host}/codesuite/codepipeline/pipelines/{pipeline}/view?region={region}")
}

/// An execution's page in the AWS console.
pub(crate) fn link_of_execution(region: &str, pipeline: &str, execution: &str) -> String {
    let host = console_host(region);
    format!(
        "https://{host}/codesuite/codepipeline/pipelines/{pipeline}/executions/{execution}/timeline?region={region}"
    )
}

/// The console's host differs by partition: <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>.
fn console_host(region: &str) -> String {
    let domain = match region.split('-').next() {
        Some("cn") => "console.amazonaws.cn",
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    if region.is_empty() { domain.to_owned() } else { format!("{region}.{domain}") }
}
