//! What signoff needs of the world, in its own words. Adapters give it; the simulator's tests hold every adapter to it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::approval::record::Record;
use crate::command::{Revision, Variable};
use crate::event::{ApprovalToken, Failure, Trigger};
use crate::secret::{Secret, SecretPlace};
use crate::slack::interaction::MessageRef;
use crate::template::Message;

/// A call that did not do what it should. Says what was called and what came back; never a token or a body.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PortError {
    /// May work when it is tried again: a fault of the network, a 5xx, a limit.
    #[error("{0}")]
    Transient(String),
    /// Will not work until somebody changes something.
    #[error("{0}")]
    Permanent(String),
}

/// CodePipeline.
#[async_trait]
pub trait Pipelines: Send + Sync {
    /// Gives the answer to an approval (`PutApprovalResult`).
    async fn put_approval_result(&self, answer: &Answer) -> Result<(), PutError>;

    /// What CodePipeline says of an approval now (`GetPipelineState`, `ListActionExecutions`): of the run of the action that
    /// this token's request belongs to, and where it does not say which that is, of the latest. `None` when the pipeline, stage
    /// or action is gone or has not run. Of a known `execution` that asks only its runs are looked through; of an unknown one as
    /// many of the pipeline's latest as are worth it, and where there are more, it is an error: another run says nothing of this.
    async fn approval_state(
        &self,
        action: &ActionRef,
        token: &ApprovalToken,
        execution: Option<&str>,
    ) -> Result<Option<ActionState>, PortError>;

    /// Where an execution comes from (`GetPipelineExecution`, `ListActionExecutions`); `None` when there is no such execution.
    async fn origin(&self, pipeline: &PipelineRef, execution: &str) -> Result<Option<Origin>, PortError>;

    /// The names of a pipeline's stages, in their order (`GetPipelineState`); none when there is no such pipeline.
    async fn stages(&self, pipeline: &PipelineRef) -> Result<Vec<String>, PortError>;

    /// The actions of an execution whose latest run failed, and why (`ListActionExecutions`).
    async fn failures(&self, pipeline: &PipelineRef, execution: &str) -> Result<Vec<Failure>, PortError>;

    /// The latest run of an action in an execution (`ListActionExecutions`); `None` when it has not run. An approval's token is its
    /// external execution id.
    async fn run_in(&self, action: &ActionRef, execution: &str) -> Result<Option<ActionState>, PortError>;

    /// The region of pipelines of which nothing says another.
    fn own_region(&self) -> String;

    /// The account that signoff runs in, 12 digits; `None` while that is not known.
    fn own_account(&self) -> Option<String>;

    /// The names of the pipelines of an account, `None` for one's own, in a region (`ListPipelines`).
    async fn pipelines(&self, account: Option<&str>, region: &str) -> Result<Vec<String>, PortError>;

    /// How a pipeline stands (`GetPipelineState`); `None` when there is none of this name.
    async fn state(&self, pipeline: &PipelineRef) -> Result<Option<PipelineState>, PortError>;

    /// The executions that succeeded in a stage, newest first (`ListPipelineExecutions` with `succeededInStage`).
    async fn succeeded_in(&self, pipeline: &PipelineRef, stage: &str) -> Result<Vec<String>, PortError>;

    /// Changes something (`StartPipelineExecution`, `StopPipelineExecution`, `RetryStageExecution`, `RollbackStage`,
    /// `EnableStageTransition`, `DisableStageTransition`). Returns the execution's id, where CodePipeline says one.
    async fn operate(&self, pipeline: &PipelineRef, operation: &Operation) -> Result<Option<String>, OperateError>;
}

/// Something that changes a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Starts an execution.
    Start {
        /// What the pipeline's variables are set to.
        variables: Vec<Variable>,
        /// Which revisions it takes instead of the latest. Each names its source action.
        revisions: Vec<Revision>,
        /// The same token starts nothing a second time. Letters, digits and `-`, at most 128.
        token: String,
    },
    /// Stops an execution.
    Stop {
        /// Which.
        execution: String,
        /// Whether what is in progress is abandoned instead of waited for.
        abandon: bool,
        /// At most 200 characters.
        reason: String,
    },
    /// Runs the failed actions of a stage again.
    Retry {
        /// The stage.
        stage: String,
        /// The execution that failed in it.
        execution: String,
    },
    /// Takes a stage back to what ran in it before.
    Rollback {
        /// The stage.
        stage: String,
        /// The execution that is gone back to.
        target: String,
    },
    /// Lets executions into a stage.
    Enable {
        /// The stage.
        stage: String,
    },
    /// Keeps executions from entering a stage.
    Disable {
        /// The stage.
        stage: String,
        /// At most 300 characters, of letters, digits, spaces and `!@().*?-`.
        reason: String,
    },
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OperateError {
    /// CodePipeline refuses it as things stand; nothing was changed.
    #[error("{said}")]
    Refused {
        /// What CodePipeline said, such as `StageNotRetryableException: …`.
        said: String,
    },
    /// The call failed; whether it arrived is unknown for a transient fault.
    #[error(transparent)]
    Failed(#[from] PortError),
}

/// How a pipeline stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipelineState {
    /// Its stages, in order.
    pub stages: Vec<StageState>,
}

/// How a stage stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageState {
    /// Its name.
    pub name: String,
    /// Why nothing may enter it; `None` while its transition is enabled.
    pub closed: Option<ClosedTransition>,
    /// The executions that wait to enter it.
    pub inbound: Vec<String>,
    /// The execution that is in it, or was last.
    pub latest: Option<StageRun>,
    /// Its actions, in order.
    pub actions: Vec<ActionRun>,
}

impl StageState {
    /// The execution that stands failed in it.
    pub fn failed(&self) -> Option<&StageRun> {
        self.latest.as_ref().filter(|run| run.status == StageStatus::Failed)
    }

    /// The execution that was stopped in it and left something behind that can be retried: an action that was abandoned. In a
    /// stage that was stopped when its actions were through nothing is retried
    /// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html>). An action that did not run in this execution
    /// shows an earlier one's, so that CodePipeline has the last word.
    pub fn abandoned(&self) -> Option<&StageRun> {
        let has_abandoned = self.actions.iter().any(|action| action.status == Some(ActionStatus::Abandoned));
        self.latest.as_ref().filter(|run| run.status == StageStatus::Stopped && has_abandoned)
    }
}

/// A transition that is disabled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClosedTransition {
    /// Why.
    pub reason: Option<String>,
    /// Who disabled it: an ARN.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
}

/// An execution in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRun {
    /// The execution.
    pub execution: String,
    /// How it stands there.
    pub status: StageStatus,
}

/// The API's StageExecutionStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum StageStatus {
    InProgress,
    Succeeded,
    Failed,
    Stopping,
    Stopped,
    Canceled,
    Skipped,
    /// A state that this version does not know.
    Unknown,
}

/// The latest run of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRun {
    /// The action's name.
    pub name: String,
    /// How it stands; `None` when it has not run.
    pub status: Option<ActionStatus>,
    /// When that changed last.
    pub changed_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<String>,
    /// Where its provider shows it.
    pub link: Option<String>,
}

/// Where an execution comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What started it.
    pub trigger: Option<Trigger>,
    /// Its source actions.
    pub sources: Vec<SourceRun>,
    /// What it runs of which no source action is known.
    #[serde(default)]
    pub artifacts: Vec<SourceRun>,
    /// The execution to whose revisions this one rolls a stage back.
    #[serde(default)]
    pub rolls_back_to: Option<String>,
}

/// What a source action brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRun {
    /// The action's name; the artifact's where only that is told.
    pub action: String,
    /// Where it took it from: `GitHub`, `Bitbucket`, `GitLab`, or the action's provider, such as `CodeCommit`, `S3` or `ECR`.
    #[serde(default)]
    pub provider: Option<String>,
    /// The commit id.
    pub commit: Option<String>,
    /// What identifies what it brought: a commit id, the version of an S3 object, the digest of an image.
    #[serde(default)]
    pub revision: Option<String>,
    /// The commit message, or what the source says instead.
    #[serde(default)]
    pub summary: Option<String>,
    /// Where to look at it.
    #[serde(default)]
    pub link: Option<String>,
    /// The name of the commit's author, where the source tells it.
    #[serde(default)]
    pub author: Option<String>,
    /// The e-mail address of the commit's author, where the source tells it.
    pub author_email: Option<String>,
    /// The repository, such as `acme/payments`.
    #[serde(default)]
    pub repository: Option<String>,
    /// The branch or tag.
    #[serde(default)]
    pub reference: Option<String>,
}

/// Names a pipeline: its name is its own only within an account and a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PipelineRef {
    /// The pipeline's account, 12 digits; `None`: the one that signoff runs in, which may be named as well.
    pub account: Option<String>,
    /// The pipeline's region.
    pub region: String,
    /// The pipeline's name.
    pub name: String,
}

/// Names an action of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRef {
    /// The pipeline.
    pub pipeline: PipelineRef,
    /// The stage's name.
    pub stage: String,
    /// The action's name.
    pub action: String,
}

/// The answer to an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The approval action.
    pub action: ActionRef,
    /// The request's token.
    pub token: ApprovalToken,
    /// Approved, or rejected.
    pub approved: bool,
    /// At most 512 characters.
    pub summary: String,
}

/// Why CodePipeline did not take an answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PutError {
    /// The request has been answered already, has expired, or was never asked: `ApprovalAlreadyCompletedException`,
    /// `InvalidApprovalTokenException`, which does not tell these apart, or the pipeline, stage or action is gone.
    #[error("{0}")]
    Over(String),
    /// The call failed; whether the answer arrived is unknown for a transient fault.
    #[error(transparent)]
    Failed(#[from] PortError),
}

/// A run of an action, as CodePipeline tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionState {
    /// How it stands.
    pub status: ActionStatus,
    /// The token of the request, where CodePipeline says it: else it may be another's.
    pub token: Option<ApprovalToken>,
    /// The pipeline execution that it belongs to.
    pub execution: Option<String>,
    /// What was said when it was answered.
    pub summary: Option<String>,
    /// Who answered it: an ARN.
    pub updated_by: Option<String>,
    /// When it changed last.
    pub changed_at: Option<Timestamp>,
}

impl ActionState {
    /// The execution that asks with this token; nothing where it is of another run.
    pub fn execution_asking(self, token: &ApprovalToken) -> Option<String> {
        if self.token.as_ref() == Some(token) { self.execution } else { None }
    }
}

/// The API's ActionExecutionStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionStatus {
    /// Waits for an answer.
    InProgress,
    /// Approved.
    Succeeded,
    /// Rejected, timed out, or wrongly configured.
    Failed,
    /// Given up when the execution was stopped or superseded.
    Abandoned,
    /// A state that this version does not know.
    Unknown,
}

/// Slack.
#[async_trait]
pub trait Chat: Send + Sync {
    /// Posts a message (`chat.postMessage`). `until` bounds the retries.
    async fn post(&self, channel: &str, message: &Message, until: Timestamp) -> Result<MessageRef, PortError>;

    /// Answers a message in its thread (`chat.postMessage` with `thread_ts`). `until` bounds the retries.
    async fn reply(&self, to: &MessageRef, message: &Message, until: Timestamp) -> Result<MessageRef, PortError>;

    /// The address of a message, for people (`chat.getPermalink`).
    async fn permalink(&self, of: &MessageRef, until: Timestamp) -> Result<String, PortError>;

    /// Replaces a message (`chat.update`). One that was deleted is left alone.
    async fn update(&self, at: &MessageRef, message: &Message, until: Timestamp) -> Result<(), PortError>;

    /// Tells one person something in a channel (`chat.postEphemeral`).
    async fn whisper(&self, channel: &str, user: &str, message: &Message, until: Timestamp) -> Result<(), PortError>;

    /// Opens a modal (`views.open`), which Slack takes for 3 seconds after the press.
    async fn open_modal(&self, trigger: &str, view: &Value, until: Timestamp) -> Result<(), PortError>;

    /// Shows somebody their Home tab of the app (`views.publish`).
    async fn publish_home(&self, user: &str, view: &Value, until: Timestamp) -> Result<(), PortError>;

    /// Looks a person up (`users.info`); `None` when Slack knows nobody by that id.
    async fn user(&self, user: &str, until: Timestamp) -> Result<Option<SlackUser>, PortError>;

    /// The id of whoever has an e-mail address (`users.lookupByEmail`); `None` when nobody of the workspace has it.
    async fn user_by_email(&self, email: &str, until: Timestamp) -> Result<Option<String>, PortError>;

    /// The members of a user group (`usergroups.users.list`).
    async fn user_group(&self, group: &str, until: Timestamp) -> Result<Vec<String>, PortError>;
}

/// A person as Slack knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackUser {
    /// The name people see.
    pub name: String,
    /// Their own workspace.
    pub team: Option<String>,
    /// Deactivated.
    pub deleted: bool,
    /// A bot or an app.
    pub bot: bool,
    /// From another organisation, in a shared channel.
    pub stranger: bool,
}

/// Keeps records, one by one, each with a version.
#[async_trait]
pub trait Store: Send + Sync {
    /// The record of that key and its version; `None` when there is none, or it expired before `now`.
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError>;

    /// Writes the record if its version is still `expected` (`None`: if it does not exist or has expired before `now`).
    async fn save(
        &self,
        key: &str,
        record: &Record,
        expected: Option<u64>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<u64, SaveError>;

    /// The keys of at most `limit` records whose [`Record::due_at`] is `now` or earlier, by whole seconds, the earliest first.
    ///
    /// It may lag behind what was written, and name records that have expired: load what it names, and look again.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<String>, PortError>;
}

/// A record and the version it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The record.
    pub record: Record,
    /// Counts the writes, from 1.
    pub version: u64,
}

/// Why a record was not written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SaveError {
    /// Somebody else wrote it first. Nothing was written.
    #[error("somebody else wrote the record first")]
    Conflict,
    /// The call failed.
    #[error(transparent)]
    Failed(#[from] PortError),
}

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret at a place (`GetParameter`, `GetSecretValue`).
    async fn read(&self, place: &SecretPlace) -> Result<Kept, UnreadableSecret>;

    /// The secret that was there before the last rotation, where the place keeps one (`GetSecretValue` with the stage
    /// `AWSPREVIOUS`).
    async fn previous(&self, place: &SecretPlace) -> Result<Option<Secret>, UnreadableSecret>;
}

/// A secret as its place keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The secret.
    pub secret: Secret,
    /// Since when it has been the current one, where the place keeps the one before.
    pub since: Option<Timestamp>,
}

/// Why a secret can't be had. Its text goes after the place's name and `, which`; it never holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct UnreadableSecret(pub String);

/// The time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits: a pause of our own making, such as the one before something is tried again.
    async fn sleep(&self, duration: SignedDuration);

    /// Ends when somebody else has taken so long: for [`within`]. Unlike a pause, this is never left out where time is simulated.
    async fn limit(&self, duration: SignedDuration);
}

/// What came of some work, or `None` where it takes longer than `limit`. Work that came too late is not done any further, unless
/// it is a task of its own.
pub async fn within<T>(clock: &dyn Clock, limit: SignedDuration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = clock.limit(limit) => None,
    }
}
