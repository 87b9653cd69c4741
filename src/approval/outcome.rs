//! What CodePipeline was told, and what it says became of an approval (A11).

use jiff::Timestamp;

use super::record::{ApprovalRecord, ApprovalState, CastVote, Decision, Elsewhere, Fate, Outcome};
use crate::ports::{ActionState, ActionStatus};
use crate::rules::words::list;

/// The longest summary that `PutApprovalResult` takes, in characters:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ApprovalResult.html>.
pub const SUMMARY_LIMIT: usize = 512;

/// What CodePipeline is told of a decision: who made it, where, and what they said, within [`SUMMARY_LIMIT`] (A9).
pub fn summary(decision: &Decision) -> String {
    let person = |name: &str, id: &str| format!("{name} ({id})");
    let by = person(&decision.name, &decision.by);
    let mut text = match (decision.approved, decision.is_override) {
        (true, true) => format!("Approved by override by {by} in Slack"),
        (true, false) if decision.votes.len() > 1 => {
            let all = list(decision.votes.iter().map(|vote| person(&vote.name, &vote.by)), "and");
            format!("Approved by {all} in Slack")
        }
        (true, false) => format!("Approved by {by} in Slack"),
        (false, _) => format!("Rejected by {by} in Slack"),
    };
    if let Some(comments) = comments(decision) {
        text.push_str(": ");
        text.push_str(&comments);
    }
    cut(text, SUMMARY_LIMIT)
}

/// What was said: where several approved, by each who said something.
fn comments(decision: &Decision) -> Option<String> {
    let said = |vote: &CastVote| Some(format!("{}: {}", vote.name, vote.comment.as_ref()?));
    match decision.votes.as_slice() {
        [_, _, ..] if decision.approved && !decision.is_override => {
            let said: Vec<String> = decision.votes.iter().filter_map(said).collect();
            (!said.is_empty()).then(|| said.join("; "))
        }
        _ => decision.comment.clone(),
    }
}

/// Cuts a text to a number of characters, the last of them `…` where something was cut.
pub fn cut(text: String, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text;
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

/// What became of an approval, by what CodePipeline says of its action now; `None` while it still waits for an answer.
///
/// An action is run by one execution after another, and CodePipeline may speak of another run. So a state is believed to be
/// about this request only where the token fits or, where none is said, if it changed after the request was posted.
pub fn of_action(record: &ApprovalRecord, state: Option<&ActionState>, now: Timestamp) -> Option<Outcome> {
    let elsewhere = |fate, state: Option<&ActionState>| {
        Some(Outcome::Elsewhere(Elsewhere {
            fate,
            by: state.and_then(|state| state.updated_by.as_deref()).map(person_of_arn),
            at: state.and_then(|state| state.changed_at),
            comment: state.and_then(|state| state.summary.clone()),
        }))
    };
    let expired = super::has_expired(&record.event, now);
    let unknown = if expired { Fate::Expired } else { Fate::Closed };
    let Some(state) = state else {
        return elsewhere(unknown, None);
    };
    if let ApprovalState::Deciding { decision, .. } = &record.state
        && state.summary.as_deref() == Some(summary(decision).as_str())
        && state.status == if decision.approved { ActionStatus::Succeeded } else { ActionStatus::Failed }
    {
        // Our own answer arrived, though its confirmation did not.
        return Some(Outcome::Decided(decision.clone()));
    }
    let token = record.event.request.as_ref().map(|request| &request.token);
    let expires = record.event.request.as_ref().and_then(|request| request.expires);
    let about_this = match (&state.token, record.event.at, state.changed_at) {
        (Some(told), ..) => Some(told) == token,
        (None, Some(asked), Some(changed)) => changed >= asked,
        _ => true,
    };
    match state.status {
        ActionStatus::InProgress if state.token.is_none() || state.token.as_ref() == token => None,
        ActionStatus::InProgress | ActionStatus::Unknown => elsewhere(unknown, None),
        _ if !about_this => elsewhere(unknown, None),
        ActionStatus::Succeeded => elsewhere(Fate::Approved, Some(state)),
        // A time-out fails the action as a rejection does, but not before the request has expired, and by nobody. `expires` has no
        // seconds, so that a rejection may come after it.
        ActionStatus::Failed
            if state.updated_by.is_none()
                && expires.zip(state.changed_at).is_some_and(|(expires, at)| at >= expires) =>
        {
            elsewhere(Fate::Expired, None)
        }
        ActionStatus::Failed => elsewhere(Fate::Rejected, Some(state)),
        ActionStatus::Abandoned => elsewhere(Fate::Closed, Some(state)),
    }
}

/// The part of an ARN that people know somebody by: the user's name, or the session of an assumed role.
pub fn person_of_arn(arn: &str) -> String {
    match arn.strip_prefix("arn:").and_then(|rest| rest.splitn(5, ':').nth(4)) {
        Some(resource) => resource.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(resource).to_owned(),
        None => arn.to_owned(),
    }
}
