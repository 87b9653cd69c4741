//! What an approval rule asks of those who answer: how many, who not, when, and what becomes of a request that waits.

use jiff::SignedDuration;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use super::ChannelId;
use super::model::Approver;
use crate::facts::Mention;

/// The approval part of a rule.
#[derive(Debug, Clone)]
pub struct Policy {
    /// All of these have to approve, each seat filled by somebody else (A5). Never empty.
    pub require: Vec<Seats>,
    /// Who may not approve their own change (A7).
    pub forbid: Vec<Forbidden>,
    /// Whether an approval is taken when it can't be told who is forbidden to give it (A7).
    pub allows_unknown_author: bool,
    /// When approvals are taken (A8); always where there is none.
    pub window: Option<Window>,
    /// When they are not (A8).
    pub freezes: Vec<Freeze>,
    /// When a comment is asked for (A9).
    pub comment: Comment,
    /// When a request that waits is brought to mind.
    pub remind: Option<Remind>,
    /// When a request that waits is told elsewhere.
    pub escalate: Option<Escalate>,
    /// Who may decide alone, with a comment (A12).
    pub override_by: Vec<Approver>,
}

/// An entry of `require`: so many of these people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seats {
    /// Who may fill them; never empty.
    pub from: Vec<Approver>,
    /// How many there are; at least one.
    pub count: u32,
}

/// Somebody who has a part in an execution: who may not approve their own change, or is to be mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Forbidden {
    /// Who wrote the commit.
    Author,
    /// Who started the execution.
    Starter,
}

impl Forbidden {
    /// Everybody whom `forbid` may name.
    pub const ALL: [Self; 2] = [Self::Author, Self::Starter];

    /// The name in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Starter => "starter",
        }
    }
}

/// When a comment is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comment {
    /// Never.
    None,
    /// Always, and it may be left empty.
    Optional,
    /// From who rejects.
    OnReject,
    /// Always.
    Required,
}

impl Comment {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::None, Self::Optional, Self::OnReject, Self::Required];

    /// The name in rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Optional => "optional",
            Self::OnReject => "on-reject",
            Self::Required => "required",
        }
    }
}

/// Days and times of day, by the clocks of a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The days on which it opens, Monday first; never empty.
    pub days: Vec<Weekday>,
    /// When it opens.
    pub from: TimeOfDay,
    /// When it closes: on the same day where that is later than `from`, else on the next.
    pub until: TimeOfDay,
    /// Whose clocks.
    pub timezone: TimeZone,
}

/// Minutes since midnight, up to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(pub u16);

impl TimeOfDay {
    /// The midnight that ends a day.
    pub const MIDNIGHT: Self = Self(24 * 60);
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A time in which nothing is approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// Its name.
    pub name: String,
    /// When it begins, by the clocks of the time zone.
    pub from: jiff::civil::DateTime,
    /// When it ends.
    pub until: jiff::civil::DateTime,
    /// Whose clocks.
    pub timezone: TimeZone,
}

/// When a request that waits is brought to mind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remind {
    /// The first time, after the request came.
    pub after: SignedDuration,
    /// And then again and again.
    pub every: Option<SignedDuration>,
}

/// When a request that waits is told elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalate {
    /// How long after it came.
    pub after: SignedDuration,
    /// Where.
    pub channel: ChannelId,
    /// Whom to mention.
    pub mention: Vec<Mention>,
}
