//! What signoff remembers, one record an item of the store.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::audit::AuditRecord;
pub use super::follow_up::{Escalation, FollowUp};
use super::{has_expired, id};
use crate::command::record::CommandRecord;
use crate::event::Event;
use crate::execution::record::ExecutionRecord;
use crate::slack::interaction::MessageRef;

/// How long one invocation may hold a claim before another may take the work over: longer than posting or deciding takes but
/// where services hardly answer. Then two may be at it: CodePipeline takes one answer only, and both show which.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(60);

/// A record of the store. The names in the JSON are a promise to later releases, which must read today's records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// An approval that was asked for.
    Approval(Box<ApprovalRecord>),
    /// A notification that was, or is being, posted: remembered so that a redelivery does not post it twice.
    Notice {
        /// Whether it is posted.
        posting: Posting,
        /// When it happened, by the envelope that was told.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// What CodePipeline told of an execution's trigger, which it does not tell again when it is asked.
    Push {
        /// The commit id.
        commit: String,
        /// The e-mail address of the commit's author.
        author_email: String,
        /// What was told otherwise later, in the same order. An execution has one trigger, and which of them is true nobody knows.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        otherwise: Vec<(String, String)>,
    },
    /// How an approval ended, as evidence that outlives it.
    Audit(Box<AuditRecord>),
    /// A command that was, or is being, carried out.
    Command(Box<CommandRecord>),
    /// The approvals of a pipeline that may still wait, so that what happens to the pipeline finds them.
    Open {
        /// The oldest first.
        approvals: Vec<OpenApproval>,
    },
    /// An execution that has a message.
    Execution(Box<ExecutionRecord>),
    /// How much is being said in a channel.
    Pace {
        /// When the next message may be written there.
        next: Timestamp,
    },
}

impl Record {
    /// When a tick has to look at it. Derived from the record alone, so that nobody who writes one can forget it.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self {
            Self::Approval(record) => record.due_at(),
            Self::Notice { .. } | Self::Push { .. } | Self::Open { .. } | Self::Audit(_) => None,
            Self::Command(_) | Self::Execution(_) | Self::Pace { .. } => None,
        }
    }
}

/// An approval that may still wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenApproval {
    /// The approval's id.
    pub id: String,
    /// When its record is forgotten.
    pub until: Timestamp,
}

/// An approval: what was asked, where it is shown, how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRecord {
    /// Names the approval in buttons and in the store. Derived from the request, and gives no power over it.
    pub id: String,
    /// CodePipeline's request.
    pub event: Event,
    /// Where it is shown.
    pub posting: Posting,
    /// How it stands.
    pub state: ApprovalState,
    /// Whether the message shows how it stands.
    #[serde(default)]
    pub shown: bool,
    /// The approvals so far, in the order in which they came.
    #[serde(default)]
    pub votes: Vec<CastVote>,
    /// The seats that are open after these, in words; none where nobody has approved yet.
    #[serde(default)]
    pub waits_for: Option<String>,
    /// What ticks have done about it, and when one has to look again.
    #[serde(default)]
    pub follow_up: FollowUp,
}

/// An approval that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CastVote {
    /// The Slack user id.
    pub by: String,
    /// The name Slack shows for them.
    pub name: String,
    /// When they approved.
    pub at: Timestamp,
    /// What they said.
    pub comment: Option<String>,
}

impl ApprovalRecord {
    /// The record of a request that has just come, its message claimed but not posted.
    pub fn requested(event: Event, now: Timestamp) -> Self {
        let state = if has_expired(&event, now) {
            let expired = Elsewhere { fate: Fate::Expired, by: None, at: None, comment: None };
            ApprovalState::Ended(Outcome::Elsewhere(expired))
        } else {
            ApprovalState::Pending
        };
        let posting = Posting::claim(now);
        let follow_up = FollowUp { since: Some(event.at.unwrap_or(now)), ..FollowUp::default() };
        Self { id: id(&event), event, posting, state, shown: true, votes: Vec::new(), waits_for: None, follow_up }
    }

    /// Who had approved when it ended so. What was pressed after an end elsewhere did not count.
    pub fn votes_until<'a>(&'a self, outcome: &'a Outcome) -> Vec<&'a CastVote> {
        match outcome {
            Outcome::Decided(decision) => decision.votes.iter().collect(),
            Outcome::Elsewhere(Elsewhere { at, .. }) => {
                self.votes.iter().filter(|vote| at.is_none_or(|at| vote.at <= at)).collect()
            }
        }
    }

    /// The execution that asks, as far as that is known.
    pub fn execution(&self) -> Option<&str> {
        self.event.execution.as_deref().or(self.follow_up.execution.as_deref())
    }

    /// Since when it waits, as far as that is known; by whole seconds, so that who is reminded after two hours is so by the clock.
    pub fn since(&self) -> Option<Timestamp> {
        let since = self.follow_up.since.or(self.event.at)?;
        Timestamp::from_second(since.as_second()).ok()
    }

    /// Until when its messages may come to show something older, whatever is shown there now: some who are not through with showing
    /// it as it was.
    pub fn overtaken_until(&self) -> Option<Timestamp> {
        match &self.state {
            ApprovalState::Pending => self.follow_up.showing.older_than_the_last(),
            ApprovalState::Deciding { .. } | ApprovalState::Ended(_) => self.follow_up.showing.any(),
        }
    }

    /// When a tick has to look at it; `None`: there is nothing left to do.
    pub fn due_at(&self) -> Option<Timestamp> {
        let follow_up = &self.follow_up;
        let at_once = Timestamp::UNIX_EPOCH;
        let due = match (&self.posting, &self.state) {
            // Whoever posts it may not have come to it.
            (Posting::Claimed { until }, _) => *until,
            (_, ApprovalState::Ended(_)) if self.shown => self.overtaken_until()?,
            (_, ApprovalState::Deciding { until, .. }) if follow_up.looked.is_none_or(|looked| looked < *until) => {
                *until
            }
            _ if !self.shown => at_once,
            _ => {
                let look_at = follow_up.look_at.unwrap_or(at_once);
                self.overtaken_until().map_or(look_at, |until| look_at.min(until))
            }
        };
        Some(due.max(follow_up.held_until.unwrap_or(due)))
    }
}

/// Whether a message is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posting {
    /// An invocation is about to post it, and has until then to do so.
    Claimed {
        /// When another invocation may take over.
        until: Timestamp,
    },
    /// It is in Slack.
    Posted(MessageRef),
}

/// How an approval stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Waits for an answer.
    Pending,
    /// A decision has been made and is on its way to CodePipeline.
    Deciding {
        /// The decision.
        decision: Decision,
        /// When another invocation may take over.
        until: Timestamp,
    },
    /// It is over.
    Ended(Outcome),
}

/// What a person decided, and by which rule: kept as evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Approved, or rejected.
    pub approved: bool,
    /// The Slack user id.
    pub by: String,
    /// The name Slack shows for them.
    pub name: String,
    /// When they decided.
    pub at: Timestamp,
    /// What they said.
    pub comment: Option<String>,
    /// The rule that allowed it.
    pub rule: String,
    /// Digest of the rules then in force.
    pub rules_digest: String,
    /// Everybody who approved, the one who decided last; nobody for a rejection.
    #[serde(default)]
    pub votes: Vec<CastVote>,
    /// Whether one person decided alone by the rule's `override` (A12).
    #[serde(default)]
    pub is_override: bool,
}

/// How an approval ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// By a click that CodePipeline took.
    Decided(Decision),
    /// In the console, by the command line, or by a time-out.
    Elsewhere(Elsewhere),
}

/// An end that was not made here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// What CodePipeline says became of it.
    pub fate: Fate,
    /// Who, as far as CodePipeline tells.
    pub by: Option<String>,
    /// When, as far as CodePipeline tells.
    pub at: Option<Timestamp>,
    /// What they said.
    pub comment: Option<String>,
}

/// What became of an approval that was not decided here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Somebody approved it.
    Approved,
    /// Somebody rejected it.
    Rejected,
    /// Nobody answered in time.
    Expired,
    /// It is over, and how can't be told: the execution was superseded or stopped, or the action runs anew.
    Closed,
}

/// What to do about a message that may be posted already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nobody has posted it: it is ours to post.
    Take,
    /// It is posted.
    Done,
    /// Another invocation is posting it; come back when this time has passed.
    Busy(Timestamp),
}

impl Posting {
    /// A claim made now.
    pub fn claim(now: Timestamp) -> Self {
        Self::Claimed { until: claim_until(now) }
    }

    /// What to do about a message remembered in this state, or not at all.
    pub fn look(remembered: Option<&Self>, now: Timestamp) -> Claim {
        match remembered {
            None => Claim::Take,
            Some(Self::Posted(_)) => Claim::Done,
            Some(Self::Claimed { until }) if *until <= now => Claim::Take,
            Some(Self::Claimed { until }) => Claim::Busy(*until),
        }
    }
}

/// Until when a claim made now holds.
pub fn claim_until(now: Timestamp) -> Timestamp {
    now.checked_add(CLAIM).unwrap_or(Timestamp::MAX)
}
