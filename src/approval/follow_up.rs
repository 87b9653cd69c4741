//! What is remembered of an approval for the ticks that look after it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::showing::Showing;
use crate::slack::interaction::MessageRef;

/// What ticks have done about an approval, and when one has to look again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Since when it waits; `None` in records of before there were ticks.
    #[serde(default)]
    pub since: Option<Timestamp>,
    /// When a tick looked last.
    #[serde(default)]
    pub looked: Option<Timestamp>,
    /// When to look next, as it was planned then.
    #[serde(default)]
    pub look_at: Option<Timestamp>,
    /// Until then no tick looks: one is at it, or failed and is to be tried again later.
    #[serde(default)]
    pub held_until: Option<Timestamp>,
    /// How often in a row a tick failed.
    #[serde(default)]
    pub failures: u32,
    /// When the last reminder was due, which may be long before it was given.
    #[serde(default)]
    pub reminded: Option<Timestamp>,
    /// Where it was told elsewhere.
    #[serde(default)]
    pub escalation: Option<Escalation>,
    /// The execution that asks, once CodePipeline has said which it is: its request does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution: Option<String>,
    /// Whether its message shows it as one that nobody may answer here: no rule covers it, or no role reaches its account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub uncovered: bool,
    /// Who may still be showing how it was.
    #[serde(default, skip_serializing_if = "Showing::is_nobody")]
    pub showing: Showing,
}

/// The message that tells elsewhere what waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// The message.
    pub at: MessageRef,
    /// The address of the approval's own message, where Slack said it.
    pub link: Option<String>,
}
