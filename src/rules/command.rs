//! Who may do what from Slack: the rules under `commands`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::matching::{Condition, Field};
use super::model::{Approver, Origin};
use super::policy::{Forbidden, Freeze, Window};
use crate::ports::PipelineRef;

/// Something that can be done from Slack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// To start a pipeline.
    Start,
    /// To run the failed actions of a stage again.
    Retry,
    /// To take a stage back to what ran in it before.
    Rollback,
    /// To stop an execution.
    Stop,
    /// To let executions into a stage.
    Enable,
    /// To keep executions from entering a stage.
    Disable,
    /// To see how a pipeline stands.
    Status,
    /// To see which approvals wait.
    Approvals,
}

impl Verb {
    /// Every verb, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Retry,
        Self::Rollback,
        Self::Stop,
        Self::Enable,
        Self::Disable,
        Self::Status,
        Self::Approvals,
    ];

    /// The name in rules and in the slash command.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Retry => "retry",
            Self::Rollback => "rollback",
            Self::Stop => "stop",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Status => "status",
            Self::Approvals => "approvals",
        }
    }

    /// The verb of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.as_str() == name)
    }

    /// Whether it is done to one stage, and not to a pipeline as a whole.
    pub const fn is_of_stage(self) -> bool {
        matches!(self, Self::Retry | Self::Rollback | Self::Enable | Self::Disable)
    }

    /// Whether it changes anything, and so is confirmed and remembered.
    pub const fn is_change(self) -> bool {
        !matches!(self, Self::Status | Self::Approvals)
    }

    /// Whether it sets something going, so that windows and freezes hold for it. To halt something is always possible.
    pub const fn sets_going(self) -> bool {
        matches!(self, Self::Start | Self::Retry | Self::Rollback | Self::Enable)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What something is done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The pipeline's account, 12 digits; `None`: the one that signoff runs in, which may be named as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The pipeline's region.
    pub region: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The stage's name; `None` for the pipeline as a whole.
    pub stage: Option<String>,
}

impl Target {
    /// A pipeline, or a stage of it.
    pub fn new(pipeline: PipelineRef, stage: Option<String>) -> Self {
        let PipelineRef { account, region, name } = pipeline;
        Self { account, region, pipeline: name, stage }
    }

    /// The pipeline.
    pub fn pipeline_ref(&self) -> PipelineRef {
        PipelineRef { account: self.account.clone(), region: self.region.clone(), name: self.pipeline.clone() }
    }
}

/// An entry of `commands`.
#[derive(Debug, Clone)]
pub struct CommandRule {
    /// Its name, which no other command rule has.
    pub name: String,
    pub(super) origin: Origin,
    /// What each field has to be; one that is not there may be anything.
    pub fields: Vec<(Field, Condition)>,
    /// What may be done, in the order of [`Verb::ALL`]; never empty.
    pub verbs: Vec<Verb>,
    /// By whom; never empty.
    pub by: Vec<Approver>,
    /// Who may not retry what is their own change.
    pub forbid: Vec<Forbidden>,
    /// When it may be done; always where there is none.
    pub window: Option<Window>,
    /// When it may not.
    pub freezes: Vec<Freeze>,
    /// Whether what changes something is done only after a look at what it will be.
    pub confirm: bool,
}

impl CommandRule {
    /// Where the rule's name stands: `rules/payments.yaml:4:11`.
    pub fn whereabouts(&self) -> String {
        self.origin.whereabouts()
    }

    /// Whether the rule is for this, done to this.
    pub fn is_for(&self, verb: Verb, target: &Target) -> bool {
        self.verbs.contains(&verb)
            && self
                .fields
                .iter()
                .all(|(field, condition)| value(*field, target).is_some_and(|value| condition.is_match(value)))
    }

    /// Whether the rule is for this, done to some stage of the pipeline or to the pipeline itself.
    pub fn may_be_for(&self, verb: Verb, target: &Target) -> bool {
        let known = self.fields.iter().filter(|(field, _)| target.stage.is_some() || *field != Field::Stage);
        self.verbs.contains(&verb)
            && known
                .into_iter()
                .all(|(field, condition)| value(*field, target).is_some_and(|value| condition.is_match(value)))
    }
}

fn value(field: Field, target: &Target) -> Option<&str> {
    match field {
        Field::Pipeline => Some(&target.pipeline),
        Field::Stage => target.stage.as_deref(),
        Field::Region => Some(&target.region),
        Field::Action | Field::Account => None,
    }
}
