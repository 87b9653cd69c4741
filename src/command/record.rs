//! What is remembered of a command that was carried out: as evidence, and so that nothing is done twice.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Order;

/// What the keys of these records begin with.
pub const PREFIX: &str = "command#";

/// A command that was, or is being, carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// What was asked for.
    pub order: Order,
    /// The Slack user id.
    pub by: String,
    /// The name Slack shows for them.
    pub name: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// The rule that allowed it.
    pub rule: String,
    /// Digest of the rules then in force.
    pub rules_digest: String,
    /// The git revision of these rules, where it is given.
    #[serde(default)]
    pub rules_revision: Option<String>,
    /// Where it was asked for.
    pub channel: String,
    /// How far it is.
    pub state: CommandState,
}

/// How far a command is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandState {
    /// On its way to CodePipeline.
    Claimed {
        /// When it must have arrived, or not.
        until: Timestamp,
    },
    /// CodePipeline did it.
    Done {
        /// The execution that CodePipeline named.
        execution: Option<String>,
    },
    /// CodePipeline did not do it, and why.
    Refused {
        /// What CodePipeline said.
        said: String,
    },
    /// Whether CodePipeline did it can't be told.
    Unknown {
        /// What went wrong.
        said: String,
    },
}

impl CommandState {
    /// The word for it in evidence.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "on its way",
            Self::Done { .. } => "done",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
        }
    }
}
