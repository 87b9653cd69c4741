//! What a tick has to do about an approval that waits, and when the next one has to look: by the rule in force then. Pure.

use jiff::{SignedDuration, Timestamp};

use super::people;
use super::quorum::{Members, open_seats};
use super::record::{ApprovalRecord, ApprovalState};
use super::window::{Opening, opening};
use crate::facts::Mention;
use crate::rules::ApprovalRule;
use crate::rules::policy::Remind;

/// When an approval is looked at again at the latest, for the rules may have been edited since: so often that nobody waits long
/// for a reminder that a new rule asks for, and so seldom that what waits for weeks costs next to nothing.
pub const LOOK_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// How soon it is looked at again where something did not work, or CodePipeline has not come to it yet. Twice as long each time,
/// up to [`LOOK_AGAIN`].
const SOON: SignedDuration = SignedDuration::from_mins(1);

/// What to do about an approval now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Plan {
    /// Ask CodePipeline what became of it: its time has run out, a decision was left unfinished, or something is about to be said
    /// that would be wrong if it had been decided elsewhere. Also the first time, for what told of its end may have come just before
    /// its request was written down, and does not come again.
    pub ask: bool,
    /// Bring its messages to what the record says.
    pub show: bool,
    /// Remind of it. When that was due: of several reminders that were missed, the last.
    pub remind: Option<Timestamp>,
    /// Tell it elsewhere.
    pub escalate: bool,
    /// When to look again; `None`: never.
    pub next: Option<Timestamp>,
}

impl Plan {
    /// Whether there is nothing to do now.
    pub fn is_idle(&self) -> bool {
        !self.ask && !self.show && self.remind.is_none() && !self.escalate
    }
}

/// What to do about an approval at `now`. `rule` is the one in force; none, where none covers it any more.
pub fn plan(rule: Option<&ApprovalRule>, record: &ApprovalRecord, now: Timestamp) -> Plan {
    let show = !record.shown;
    let follow_up = &record.follow_up;
    let unfinished = match &record.state {
        ApprovalState::Ended(_) => return Plan { show, ..Plan::default() },
        // Whoever decides is at it.
        ApprovalState::Deciding { until, .. } if *until > now => return Plan { next: Some(*until), ..Plan::default() },
        ApprovalState::Deciding { until, .. } => follow_up.looked.is_none_or(|looked| looked < *until),
        ApprovalState::Pending => false,
    };
    let expires = record.event.request.as_ref().and_then(|request| request.expires);
    if let Some(expires) = expires.filter(|expires| *expires <= now) {
        let again = now.duration_since(expires).clamp(SOON, LOOK_AGAIN);
        return Plan { ask: true, show, next: Some(later(now, again)), ..Plan::default() };
    }
    let mut next = later(now, LOOK_AGAIN).min(expires.unwrap_or(Timestamp::MAX));
    let mut plan = Plan { show, ..Plan::default() };
    if let Some(rule) = rule {
        let policy = &rule.policy;
        let since = record.since().unwrap_or(now);
        let opening = opening(policy.window.as_ref(), &policy.freezes, now);
        // Outside the window nobody could act: what is due is done when it opens.
        let mut is_due = |at: Timestamp| {
            match (at > now, &opening) {
                (true, _) => next = next.min(at),
                (false, Opening::Open) => return true,
                (false, Opening::Closed { opens, .. }) => next = next.min(opens.unwrap_or(Timestamp::MAX)),
            }
            false
        };
        if let Some(remind) = &policy.remind {
            let (last, following) = reminders(remind, since, now);
            plan.remind = last.filter(|last| follow_up.reminded.is_none_or(|reminded| reminded < *last));
            plan.remind = plan.remind.filter(|last| is_due(*last));
            if let Some(following) = following {
                is_due(following);
            }
        }
        if let Some(escalate) = policy.escalate.as_ref().filter(|_| follow_up.escalation.is_none()) {
            plan.escalate = is_due(later(since, escalate.after));
        }
    }
    plan.ask = unfinished || plan.remind.is_some() || plan.escalate || follow_up.looked.is_none();
    plan.next = Some(next);
    plan
}

/// How long to leave alone what failed, `failures` times in a row with this one.
pub fn after_failure(failures: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(failures.saturating_sub(1).min(16)).unwrap_or(i32::MAX);
    SOON.saturating_mul(doubled).min(LOOK_AGAIN)
}

/// Whom a reminder calls: those who may fill the seats that are open and have not approved; where these can't be told apart by
/// name, the rule's `mention`.
pub fn to_call(rule: &ApprovalRule, record: &ApprovalRecord, members: &Members) -> Vec<Mention> {
    let voters: Vec<&str> = record.votes.iter().map(|vote| vote.by.as_str()).collect();
    let open = open_seats(&rule.policy.require, &voters, members);
    if open.is_empty() {
        // There were enough, but the answer did not reach CodePipeline: any of them gives it again.
        return people(&rule.approvers);
    }
    let from: Vec<_> = open.iter().flat_map(|seats| seats.from.clone()).collect();
    let mut called = people(&from);
    called.retain(|mention| !matches!(mention, Mention::User { id } if voters.contains(&id.as_str())));
    if called.is_empty() { rule.mention.clone() } else { called }
}

/// The last time at which a reminder was due, and the next.
fn reminders(remind: &Remind, since: Timestamp, now: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
    let first = later(since, remind.after);
    if first > now {
        return (None, Some(first));
    }
    let Some(every) = remind.every.filter(|every| every.is_positive()) else { return (Some(first), None) };
    let passed = now.duration_since(first).as_nanos() % every.as_nanos();
    let passed = SignedDuration::from_nanos_i128(passed);
    let last = now.checked_sub(passed).unwrap_or(first);
    (Some(last), Some(later(last, every)))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
