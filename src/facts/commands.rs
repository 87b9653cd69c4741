//! What the templates about commands may say.

mod samples;

use serde::Serialize;

use super::{Mention, Person};
use crate::command::{Revision, Variable};

pub use samples::{command_samples, help_samples, status_samples, waiting_samples};

/// The variables of the templates `confirm`, which asks before something is done, and `command`, which tells that it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommandFacts {
    /// What is done: `start`, `retry`, `rollback`, `stop`, `enable` or `disable`.
    pub verb: String,
    /// The same once it is done: `started`, `rolled back`.
    pub done: String,
    /// The pipeline's region.
    pub region: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's name.
    pub stage: Option<String>,
    /// The execution that is stopped or retried, that was started, or that a rollback makes.
    pub execution: Option<String>,
    /// The execution that a rollback goes back to.
    pub back_to: Option<String>,
    /// What a start sets variables to: a list of `name`, `value`.
    pub variables: Vec<Variable>,
    /// The revisions that a start takes: a list of `action`, `id`.
    pub revisions: Vec<Revision>,
    /// Whether a stop abandons what is in progress.
    pub abandon: bool,
    /// Why.
    pub reason: Option<String>,
    /// The pipeline's page in the AWS console.
    pub console_link: String,
    /// The execution's page in the AWS console, or the pipeline's.
    pub execution_link: String,
    /// Who did it; `none` before it is done.
    pub by: Option<Person>,
    /// When, in seconds since 1970.
    pub at: Option<i64>,
    /// The rule that allows it.
    pub rule: String,
    /// In the window: whether the reason may not be empty.
    pub needs_reason: bool,
    /// In the window: what Slack hands back when it is submitted. People don't see it.
    pub private_metadata: Option<String>,
}

/// The variables of the template `status`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusFacts {
    /// The pipeline's region.
    pub region: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The pipeline's page in the AWS console.
    pub console_link: String,
    /// Its stages, in order.
    pub stages: Vec<StageFacts>,
    /// The value of a button that starts an execution; `none` where they may not.
    pub start: Option<String>,
    /// The value of a button that retries what failed; `none` where nothing did, or they may not.
    pub retry: Option<String>,
    /// The value of a button that rolls the stage that failed back; `none` where none did, or they may not.
    pub rollback: Option<String>,
    /// The value of a button that stops what runs; `none` where nothing does, or they may not.
    pub stop: Option<String>,
}

/// One of `stages` in the template `status`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageFacts {
    /// Its name.
    pub name: String,
    /// `in_progress`, `succeeded`, `failed`, `stopping`, `stopped`, `canceled`, `skipped`, `unknown`, or `none` when nothing ran in it.
    pub status: Option<String>,
    /// The execution that is in it, or was last.
    pub execution: Option<String>,
    /// The execution's page in the AWS console.
    pub execution_link: Option<String>,
    /// Why nothing may enter it: `closed.reason`, `.by`, `.at`; `none` while something may.
    pub closed: Option<ClosedFacts>,
    /// The value of a button that lets executions in again; `none` where they may enter, or the person may not do that.
    pub enable: Option<String>,
    /// How many executions wait to enter it.
    pub inbound: usize,
    /// Its actions, in order.
    pub actions: Vec<ActionFacts>,
}

/// `closed` of a stage in the template `status`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClosedFacts {
    /// Why.
    pub reason: Option<String>,
    /// Who disabled the transition.
    pub by: Option<String>,
    /// When, in seconds since 1970.
    pub at: Option<i64>,
}

/// One of a stage's `actions` in the template `status`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionFacts {
    /// Its name.
    pub name: String,
    /// `in_progress`, `succeeded`, `failed`, `abandoned`, `unknown`, or `none` when it has not run.
    pub status: Option<String>,
    /// Since when it stands so, in seconds since 1970.
    pub at: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
    /// Where its provider shows it.
    pub link: Option<String>,
    /// For an approval that waits: for whom, in words.
    pub waits_for: Option<String>,
    /// For an approval that waits: who may answer.
    pub approvers: Vec<Mention>,
}

/// The variables of the template `approvals`: a list of what waits, as an answer and as the Home tab.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaitingFacts {
    /// `home` in the Home tab, which shows what waits for the person looking; `command` in an answer.
    pub place: String,
    /// What waits, the oldest first.
    pub approvals: Vec<WaitingApproval>,
    /// What could not be looked up, as the end of a sentence.
    pub incomplete: Option<String>,
}

/// One of `approvals` in the template `approvals`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaitingApproval {
    /// The pipeline's region.
    pub region: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's name.
    pub stage: Option<String>,
    /// The action's name.
    pub action: Option<String>,
    /// Since when it waits, in seconds since 1970.
    pub since: Option<i64>,
    /// When it expires, in seconds since 1970.
    pub expires: Option<i64>,
    /// For whom it waits, in words; `none` where no rule covers it.
    pub waits_for: Option<String>,
    /// How many have approved.
    pub votes: usize,
    /// The message with its buttons.
    pub link: Option<String>,
    /// The pipeline's page in the AWS console.
    pub console_link: String,
}

/// The variables of the template `help`: what somebody may do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HelpFacts {
    /// The slash command, such as `/deploy`.
    pub command: String,
    /// What they may do, and to what.
    pub lines: Vec<HelpLine>,
}

/// One of `lines` in the template `help`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HelpLine {
    /// How it is written.
    pub usage: String,
    /// What it does.
    pub meaning: String,
    /// To which pipelines and stages, in words.
    pub targets: String,
}

/// `commands.…` in a notification: what may be done about what it tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ButtonFacts {
    /// The value of a button that retries what failed; `none` where no rule lets anybody.
    pub retry: Option<String>,
    /// The value of a button that stops the execution; `none` where no rule lets anybody.
    pub stop: Option<String>,
}
