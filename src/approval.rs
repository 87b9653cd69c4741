//! Who may answer an approval, and what an answer leads to. Pure: the outcome depends on the arguments alone, and each
//! refusal says why and what would help.

pub mod audit;
mod decide;
mod follow_up;
pub mod outcome;
pub mod own_change;
pub mod quorum;
pub mod record;
pub mod schedule;
pub mod showing;
pub mod window;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::Event;
use crate::facts::{Mention, RefusalFacts};
use crate::ports::SlackUser;
use crate::rules::{ApprovalRule, Approver, UserGroupId};
use own_change::Barred;
use quorum::{Members, count, is_named, user_groups};
use record::{CastVote, Decision, Outcome};

pub use decide::decide;

/// What a person asks for, and what they say to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    /// What they ask for.
    pub wish: Wish,
    /// What they say; `None` before they were asked.
    pub comment: Option<String>,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// To approve.
    Approve,
    /// To reject.
    Reject,
    /// To decide alone.
    Override,
    /// To take an approval back.
    Withdraw,
}

impl Wish {
    /// Every wish.
    pub const ALL: [Self; 4] = [Self::Approve, Self::Reject, Self::Override, Self::Withdraw];

    /// The name in templates, and the last part of the button's `action_id`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Override => "override",
            Self::Withdraw => "withdraw",
        }
    }
}

/// Who asks, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voter<'a> {
    /// The Slack user id.
    pub id: &'a str,
    /// The workspace the click came from.
    pub team: Option<&'a str>,
    /// The person's own workspace, where Slack said it with the click.
    pub home: Option<&'a str>,
    /// What Slack says of the person. `None`: nobody by that id. Only asked of people that a rule names.
    pub profile: Option<&'a SlackUser>,
}

/// What was found out about people for a vote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Who is in which user group, as far as the rule needs it.
    pub members: Members,
    /// Whose own change it is, where the rule forbids them to approve it.
    pub barred: Barred,
}

/// What a vote leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Refused; nothing changes.
    Refuse(RefusalFacts),
    /// It is over already.
    Over(Outcome),
    /// Its time has run out, though nobody has told the message yet.
    Expired,
    /// Ask for a comment.
    AskComment {
        /// What for.
        wish: Wish,
        /// Whether it may not be empty.
        required: bool,
    },
    /// It counts, and more are needed.
    Count {
        /// The approvals so far.
        votes: Vec<CastVote>,
        /// The seats that are open, in words.
        waits_for: String,
    },
    /// Tell CodePipeline.
    Decide(Decision),
}

/// The user groups that have to be asked of Slack before it can be told what somebody's vote leads to.
pub fn groups_to_ask(rule: &ApprovalRule, user: &str, wish: Wish) -> BTreeSet<UserGroupId> {
    let require = &rule.policy.require;
    let of_require = || require.iter().flat_map(|seats| user_groups(&seats.from)).collect();
    match wish {
        Wish::Override if is_named(&rule.policy.override_by, user) => BTreeSet::new(),
        Wish::Override => user_groups(&rule.policy.override_by),
        // Where one approval is enough, or none is counted, only who clicks has to be known.
        Wish::Approve | Wish::Reject
            if is_named(&rule.approvers, user) && (count(require) == 1 || wish == Wish::Reject) =>
        {
            BTreeSet::new()
        }
        Wish::Approve | Wish::Reject => of_require(),
        // What is still needed is told anew.
        Wish::Withdraw => of_require(),
    }
}

/// Whether the time that CodePipeline gave has run out (A10).
pub fn has_expired(event: &Event, now: Timestamp) -> bool {
    event.request.as_ref().and_then(|request| request.expires).is_some_and(|expires| expires <= now)
}

/// Why somebody is not one of the workspace's people, as Slack knows them (A3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Slack knows nobody by that id.
    Unknown,
    /// Deactivated.
    Deactivated,
    /// A bot or an app.
    Bot,
    /// From another workspace.
    Stranger,
}

/// Why this is not one of the workspace's people; `None` where it is.
pub fn unfit(profile: Option<&SlackUser>, workspace: &str) -> Option<Unfit> {
    let Some(profile) = profile else { return Some(Unfit::Unknown) };
    if profile.deleted {
        Some(Unfit::Deactivated)
    } else if profile.bot {
        Some(Unfit::Bot)
    } else if profile.stranger || profile.team.as_deref().is_none_or(|team| team != workspace) {
        Some(Unfit::Stranger)
    } else {
        None
    }
}

/// The people and user groups of a list, each once, in its order.
pub fn people(from: &[Approver]) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut add = |mention| {
        if !found.contains(&mention) {
            found.push(mention);
        }
    };
    for approver in from {
        match approver {
            Approver::User(id) => add(Mention::User { id: id.as_str().to_owned() }),
            Approver::Group { users, usergroups, .. } => {
                for user in users {
                    add(Mention::User { id: user.as_str().to_owned() });
                }
                for group in usergroups {
                    add(Mention::UserGroup { id: group.as_str().to_owned() });
                }
            }
        }
    }
    found
}

/// Names an approval: 32 hex digits made from the request. One request has one id however often it is delivered, and
/// the token can't be found from it.
pub fn id(event: &Event) -> String {
    let token = event.request.as_ref().map(|request| request.token.expose());
    digest_of(&[
        Some("approval"),
        event.account.as_deref(),
        Some(&event.region),
        Some(&event.pipeline),
        event.stage.as_deref(),
        event.action.as_deref(),
        token,
    ])
}

/// 32 hex digits made from the parts, each told from the next and from a missing one.
pub fn digest_of(parts: &[Option<&str>]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        match part {
            Some(text) => {
                hash.update([1]);
                hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
                hash.update(text);
            }
            None => hash.update([0]),
        }
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
