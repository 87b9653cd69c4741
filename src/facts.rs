//! What a template may say: every variable that the built-in and the user's own templates can use.
//!
//! Each field is always defined; what is not known is `none`, so that an undefined variable in a template is a mistake
//! in the template and never a gap in the data.

use serde::Serialize;
use serde_json::Value;

use crate::event::{Commit, Event, Failure, Trigger};

mod commands;
mod progress;
mod samples;

pub use commands::{
    ActionFacts, ButtonFacts, ClosedFacts, CommandFacts, HelpFacts, HelpLine, StageFacts, StatusFacts, WaitingApproval,
    WaitingFacts, command_samples, help_samples, status_samples, waiting_samples,
};
pub use progress::{ActionFacts as ProgressActionFacts, ProgressFacts, SourceFacts, StageFacts as ProgressStageFacts};
pub use samples::{
    approval_samples, comment_samples, detail_samples, fixed_samples, progress_samples, refusal_samples, samples,
};

/// The variables of a message template.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Facts {
    /// The event's name, such as `pipeline.failed`.
    pub event: String,
    /// Its last word, such as `failed`.
    pub state: String,
    /// The AWS account, 12 digits.
    pub account: Option<String>,
    /// The pipeline's region.
    pub region: String,
    /// The pipeline's name; empty for an `other` message that is of none.
    pub pipeline: String,
    /// The stage's name.
    pub stage: Option<String>,
    /// The action's name.
    pub action: Option<String>,
    /// The pipeline execution id.
    pub execution: Option<String>,
    /// When it happened, in seconds since 1970.
    pub time: Option<i64>,
    /// What a message of the event `other` calls itself.
    pub subject: Option<String>,
    /// The action type's provider, such as `CodeBuild`.
    pub provider: Option<String>,
    /// What started the execution: `trigger.kind`, `trigger.detail`.
    pub trigger: Option<Trigger>,
    /// The commit: `commit.id`, `.message`, `.author`, `.email`, `.repository`, `.reference`.
    pub commit: Option<Commit>,
    /// What failed: a list of `action`, `reason`, `code`, `link`.
    pub failures: Vec<Failure>,
    /// What the person who stopped the execution said.
    pub stop_comment: Option<String>,
    /// The pipeline's page in the AWS console.
    pub console_link: String,
    /// The execution's page in the AWS console, or the pipeline's.
    pub execution_link: String,
    /// The approval, in messages about one.
    pub approval: Option<ApprovalFacts>,
    /// How far the execution has come, in messages of rules with `thread: execution`.
    pub progress: Option<ProgressFacts>,
    /// The rule that sends the message.
    pub rule: Option<RuleFacts>,
    /// What may be done about it: `commands.retry`, `commands.stop`, the values of buttons.
    pub commands: ButtonFacts,
}

/// The variables of a rule's `when`: those of the event, and what a request for approval says.
pub fn when_variables(facts: &Facts, custom_data: Option<&str>, external_link: Option<&str>) -> Value {
    // Plain data in a plain structure: it can't fail.
    let mut variables = serde_json::to_value(facts).unwrap_or_default();
    if let Value::Object(variables) = &mut variables {
        for later in ["approval", "progress", "rule", "commands"] {
            variables.shift_remove(later);
        }
        variables.insert("custom_data".to_owned(), custom_data.into());
        variables.insert("external_link".to_owned(), external_link.into());
    }
    variables
}

/// `approval.…` in a template.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApprovalFacts {
    /// The value that the buttons carry. It names the approval and gives no power over it.
    pub id: String,
    /// `pending`, `approved`, `rejected`, `expired`, or `closed` when it ended in a way that can't be told.
    pub status: String,
    /// The custom data of the approval action.
    pub custom_data: Option<String>,
    /// The link for review of the approval action.
    pub external_link: Option<String>,
    /// Where to answer in the AWS console.
    pub review_link: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires: Option<i64>,
    /// Who may answer, as mentions that notify nobody until they are posted: `<@U0JANE>`, `<!subteam^S0SEC>`, or a group's name.
    pub approvers: Vec<Mention>,
    /// The approvals given so far, in the order in which they came.
    pub votes: Vec<VoteFacts>,
    /// How many approvals the rule asks for in all.
    pub required: u32,
    /// What it asks for, in words: `2 of release-managers and 1 of security`; `none` where no rule covers it.
    pub asks_for: Option<String>,
    /// Which of these are still open, in words; `none` when it is over, or no rule covers it.
    pub waits_for: Option<String>,
    /// When approvals are taken, in words: `Mon–Thu 09:00–16:00 Europe/Berlin`; `none` for always.
    pub window: Option<String>,
    /// The freeze that holds now.
    pub freeze: Option<String>,
    /// When approvals are taken again, in seconds since 1970; `none` while they are.
    pub opens: Option<i64>,
    /// Who may not approve though they are named, in words: `the author or the starter`; `none` where nobody is left out.
    pub forbid: Option<String>,
    /// Who may decide alone.
    pub override_by: Vec<Mention>,
    /// How it ended; `none` while it is pending.
    pub outcome: Option<OutcomeFacts>,
    /// Since when it waits, in seconds since 1970.
    pub since: Option<i64>,
    /// In `reminder` and `escalation`: whom the message calls.
    pub calls: Vec<Mention>,
    /// In `escalation`: the address of the message with the buttons, where Slack said it.
    pub message_link: Option<String>,
}

impl ApprovalFacts {
    /// An approval of which nothing else is known.
    pub fn new(id: &str, status: &str) -> Self {
        Self {
            id: id.to_owned(),
            status: status.to_owned(),
            custom_data: None,
            external_link: None,
            review_link: None,
            expires: None,
            approvers: Vec::new(),
            votes: Vec::new(),
            required: 1,
            asks_for: None,
            waits_for: None,
            window: None,
            freeze: None,
            opens: None,
            forbid: None,
            override_by: Vec::new(),
            outcome: None,
            since: None,
            calls: Vec::new(),
            message_link: None,
        }
    }
}

/// `approval.outcome.…` in a template.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutcomeFacts {
    /// Who decided: a Slack user, or what CodePipeline says of a decision made elsewhere.
    pub by: Option<Person>,
    /// When, in seconds since 1970.
    pub at: Option<i64>,
    /// What they said.
    pub comment: Option<String>,
    /// `slack` for a click, `elsewhere` for the console, the command line or a time-out.
    pub place: String,
    /// Whether one person decided alone by the rule's `override`.
    pub is_override: bool,
}

/// One of `approval.votes` in a template.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VoteFacts {
    /// Who approved.
    pub by: Person,
    /// When, in seconds since 1970.
    pub at: Option<i64>,
    /// What they said.
    pub comment: Option<String>,
}

/// The variables of the `refusal` template: what only the person who clicked is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusalFacts {
    /// Why the answer did not count, as a sentence; without its full stop where `people` follow.
    pub reason: String,
    /// The people and user groups with whom the sentence ends.
    pub people: Vec<Mention>,
    /// What would help.
    pub help: Option<String>,
}

/// The variables of the `comment` template: the modal that asks for a comment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommentFacts {
    /// What was pressed: `approve`, `reject` or `override`.
    pub wish: String,
    /// Whether the comment may not be empty.
    pub required: bool,
    /// The approval that the answer is for.
    pub approval_id: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's name.
    pub stage: Option<String>,
    /// The action's name.
    pub action: Option<String>,
    /// What Slack hands back when the modal is submitted. People don't see it.
    pub private_metadata: String,
}

/// Somebody who decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    /// The Slack user id; `none` when the decision was not made in Slack.
    pub slack_id: Option<String>,
    /// A name to show where there is no Slack user id.
    pub name: String,
}

/// `rule.…` in a template.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleFacts {
    /// The rule's name.
    pub name: String,
    /// Whom the rule mentions.
    pub mention: Vec<Mention>,
}

/// Somebody to name in a message. The `mention` filter turns one, or a list, into Slack's own syntax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Mention {
    /// A Slack user, `U…` or `W…`.
    User {
        /// The user id.
        id: String,
    },
    /// A Slack user group, `S…`.
    UserGroup {
        /// The user group id.
        id: String,
    },
}

impl Mention {
    /// The Slack id.
    pub fn id(&self) -> &str {
        match self {
            Self::User { id } | Self::UserGroup { id } => id,
        }
    }
}

impl RefusalFacts {
    /// A refusal whose reason is a whole sentence.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason: reason.into(), people: Vec::new(), help: Some(help.into()) }
    }
}

impl Facts {
    /// The variables that come from the event itself.
    pub fn of_event(event: &Event) -> Self {
        Self {
            event: event.kind.to_string(),
            state: event.kind.state().to_owned(),
            account: event.account.clone(),
            region: event.region.clone(),
            pipeline: event.pipeline.clone(),
            stage: event.stage.clone(),
            action: event.action.clone(),
            execution: event.execution.clone(),
            time: event.at.map(jiff::Timestamp::as_second),
            subject: event.subject.clone(),
            provider: event.provider.clone(),
            trigger: event.trigger.clone(),
            commit: event.commit.clone(),
            failures: event.failures.clone(),
            stop_comment: event.stop_comment.clone(),
            console_link: event.console_link(),
            execution_link: event.execution_link(),
            approval: None,
            progress: None,
            rule: None,
            commands: ButtonFacts::default(),
        }
    }
}
