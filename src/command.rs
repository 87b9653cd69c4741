//! What people do to pipelines from Slack: reading what they ask for, and deciding whether they may. Pure.

pub mod decide;
pub mod offers;
pub mod parse;
pub mod record;
pub mod resolve;
pub mod status;
pub mod told;
pub mod waiting;
pub mod words;

use serde::{Deserialize, Serialize};

use crate::rules::command::{Target, Verb};

/// What somebody asks for. As it is read it may leave out which stage or execution is meant; as it is carried out it names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What to do.
    pub verb: Verb,
    /// To what.
    pub target: Target,
    /// The execution that is stopped or retried; of a rollback, the one that is gone back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// What a start sets the pipeline's variables to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// Which revisions a start takes instead of the latest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revision>,
    /// Whether a stop abandons what is in progress instead of waiting for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub abandon: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a button that stays on a message: which try of the stage it is about, so that the next try is another asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
}

impl Order {
    /// An order that says no more than what is done to what.
    pub fn new(verb: Verb, target: Target) -> Self {
        Self {
            verb,
            target,
            execution: None,
            variables: Vec::new(),
            revisions: Vec::new(),
            abandon: false,
            reason: None,
            attempt: None,
        }
    }

    /// Whether it can't be carried out without a reason: CodePipeline wants one for a transition that is disabled.
    pub fn lacks_reason(&self) -> bool {
        self.verb == Verb::Disable && self.reason.is_none()
    }
}

/// A pipeline variable and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A revision to start with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The source action; `None` for the only one that there is.
    pub action: Option<String>,
    /// The revision: a commit, an image's digest, a version of an S3 object.
    pub id: String,
}

/// Why something can't be done, as two sentences: why, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub reason: String,
    /// What would help.
    pub help: String,
}

impl Refused {
    /// A refusal of these words.
    pub fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self { reason: reason.into(), help: help.into() }
    }
}
