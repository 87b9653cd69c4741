//! Which approvals wait, and for whom.

use jiff::Timestamp;

use crate::approval::quorum::{self, Members};
use crate::approval::record::{ApprovalRecord, ApprovalState};
use crate::facts::WaitingApproval;
use crate::rules::RuleSet;

/// For whom an approval waits, in words; `None` where no rule covers it.
pub fn waits_for(record: &ApprovalRecord, rules: &RuleSet) -> Option<String> {
    let rule = rules.approval_for(&record.event).ok().flatten()?;
    Some(record.waits_for.clone().unwrap_or_else(|| quorum::words(&rule.policy.require)))
}

/// An approval that waits, for a list. `link` is where its message is.
pub fn waiting_facts(record: &ApprovalRecord, rules: &RuleSet, link: Option<String>) -> WaitingApproval {
    let event = &record.event;
    WaitingApproval {
        account: rules.account_name(event.account.as_deref()),
        region: event.region.clone(),
        pipeline: event.pipeline.clone(),
        stage: event.stage.clone(),
        action: event.action.clone(),
        since: record.since().map(Timestamp::as_second),
        expires: event.request.as_ref().and_then(|request| request.expires).map(Timestamp::as_second),
        waits_for: waits_for(record, rules),
        votes: record.votes.len(),
        link,
        console_link: event.console_link(),
    }
}

/// Whether an approval waits for an answer.
pub fn is_waiting(record: &ApprovalRecord, now: Timestamp) -> bool {
    !matches!(record.state, ApprovalState::Ended(_)) && !crate::approval::has_expired(&record.event, now)
}

/// Whether an approval waits for this person: they may answer it and have not.
pub fn waits_for_person(record: &ApprovalRecord, rules: &RuleSet, user: &str, members: &Members) -> bool {
    let Some(rule) = rules.approval_for(&record.event).ok().flatten() else { return false };
    if record.votes.iter().any(|vote| vote.by == user) {
        return false;
    }
    let voters: Vec<&str> = record.votes.iter().map(|vote| vote.by.as_str()).collect();
    let mine: Vec<&str> = voters.iter().copied().chain([user]).collect();
    // Whoever would fill a seat that is open.
    quorum::open_seats(&rule.policy.require, &mine, members)
        != quorum::open_seats(&rule.policy.require, &voters, members)
}
