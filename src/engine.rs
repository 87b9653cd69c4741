//! From what is known to what a message says. Pure.

mod progress;

use jiff::Timestamp;

use crate::approval::record::{ApprovalRecord, ApprovalState, CastVote, Decision, Fate, Outcome};
use crate::approval::window::{Closure, Opening, opening};
use crate::approval::{Wish, people, quorum};
use crate::event::Event;
use crate::facts::{
    ApprovalFacts, CommentFacts, Facts, Mention, OutcomeFacts, Person, RefusalFacts, RuleFacts, VoteFacts,
};
use crate::rules::policy::Window;
use crate::rules::{ApprovalRule, NotificationRule, RuleSet, Uncovered};
use crate::slack::interaction::{MessageRef, ModalMetadata};

pub use progress::{AsksFor, DETAIL, EXECUTION, detail_facts, execution_facts};

/// The template of an approval that no rule covers.
pub const UNCOVERED: &str = "uncovered";
/// The template of what is told to one person only.
pub const REFUSAL: &str = "refusal";
/// The template of the modal that asks for a comment.
pub const COMMENT: &str = "comment";
/// The template that shows an approval whose rule is gone.
pub const APPROVAL: &str = "approval";
/// The template of a reminder, in the thread of the approval's message.
pub const REMINDER: &str = "reminder";
/// The template of the message that tells elsewhere what waits.
pub const ESCALATION: &str = "escalation";

/// The variables of the message that shows an approval as it stands now.
///
/// `rule` is the rule in force; `None` when none covers the approval any more.
pub fn approval_facts(record: &ApprovalRecord, rule: Option<&ApprovalRule>, now: Timestamp) -> Facts {
    let request = record.event.request.as_ref();
    let (status, outcome) = match &record.state {
        ApprovalState::Pending | ApprovalState::Deciding { .. } => ("pending", None),
        ApprovalState::Ended(outcome) => outcome_facts(outcome),
    };
    let policy = rule.map(|rule| &rule.policy);
    let asks_for = policy.map(|policy| quorum::words(&policy.require));
    let waits_for = record.waits_for.clone().or_else(|| asks_for.clone()).filter(|_| outcome.is_none());
    let closed = policy.and_then(|policy| match opening(policy.window.as_ref(), &policy.freezes, now) {
        Opening::Closed { by, opens } if outcome.is_none() => Some((by, opens)),
        _ => None,
    });
    let freeze = closed.as_ref().and_then(|(by, _)| match by {
        Closure::Freeze(name) => Some(name.clone()),
        Closure::Window => None,
    });
    // Once it is decided, those count who were counted then.
    let votes: Vec<_> = match &record.state {
        ApprovalState::Ended(outcome) => record.votes_until(outcome),
        _ => record.votes.iter().collect(),
    };
    Facts {
        approval: Some(ApprovalFacts {
            id: record.id.clone(),
            status: status.to_owned(),
            custom_data: record.event.custom_data.clone(),
            external_link: record.event.external_link.clone(),
            review_link: request.and_then(|request| request.review_link.clone()),
            expires: request.and_then(|request| request.expires).map(Timestamp::as_second),
            approvers: rule.map(|rule| people(&rule.approvers)).unwrap_or_default(),
            votes: votes.into_iter().map(vote_facts).collect(),
            required: policy.map_or(1, |policy| quorum::count(&policy.require)),
            asks_for,
            waits_for,
            window: policy.and_then(|policy| policy.window.as_ref()).map(Window::words),
            freeze,
            opens: closed.and_then(|(_, opens)| opens).map(Timestamp::as_second),
            forbid: policy.and_then(|policy| policy.forbid_words()),
            override_by: policy.map(|policy| people(&policy.override_by)).unwrap_or_default(),
            outcome,
            since: record.since().map(Timestamp::as_second),
            calls: Vec::new(),
            message_link: None,
            unreachable: None,
        }),
        rule: rule.map(|rule| RuleFacts { name: rule.name.clone(), mention: rule.mention.clone() }),
        ..Facts::of_event(&record.event)
    }
}

fn vote_facts(vote: &CastVote) -> VoteFacts {
    VoteFacts {
        by: Person { slack_id: Some(vote.by.clone()), name: vote.name.clone() },
        at: Some(vote.at.as_second()),
        comment: vote.comment.clone(),
    }
}

/// The variables of the message about an approval that no rule covers (A1).
pub fn uncovered_facts(record: &ApprovalRecord, uncovered: &Uncovered, now: Timestamp) -> Facts {
    Facts {
        rule: Some(RuleFacts { name: UNCOVERED.to_owned(), mention: uncovered.mention.clone() }),
        ..approval_facts(record, None, now)
    }
}

/// Says why an approval can't be answered here whatever the rules say.
pub fn set_unreachable(facts: &mut Facts, why: Option<String>) {
    if let Some(approval) = &mut facts.approval {
        approval.unreachable = why;
    }
}

/// The variables of a reminder, which calls those who can still act.
pub fn reminder_facts(record: &ApprovalRecord, rule: &ApprovalRule, calls: Vec<Mention>, now: Timestamp) -> Facts {
    let mut facts = approval_facts(record, Some(rule), now);
    facts.approval.iter_mut().for_each(|approval| approval.calls.clone_from(&calls));
    facts
}

/// The variables of the message that tells elsewhere what waits, or how it ended.
pub fn escalation_facts(
    record: &ApprovalRecord,
    rule: Option<&ApprovalRule>,
    link: Option<&str>,
    now: Timestamp,
) -> Facts {
    let calls = rule.and_then(|rule| rule.policy.escalate.as_ref()).map(|escalate| &escalate.mention);
    let mut facts = approval_facts(record, rule, now);
    if let Some(approval) = &mut facts.approval {
        approval.calls = calls.cloned().unwrap_or_default();
        approval.message_link = link.map(str::to_owned);
    }
    facts
}

/// The variables of a notification. `involved` are those to mention beside the ones whom the rule names.
pub fn notice_facts(event: &Event, rules: &RuleSet, rule: &NotificationRule, involved: &[Mention]) -> Facts {
    Facts {
        rule: Some(notifier(rule, involved)),
        commands: crate::command::offers::buttons(rules, event),
        ..Facts::of_event(event)
    }
}

/// `rule.…` of a notification rule, each to mention once.
pub fn notifier(rule: &NotificationRule, involved: &[Mention]) -> RuleFacts {
    let mut mention = rule.mention.clone();
    mention.extend(involved.iter().filter(|who| !rule.mention.contains(who)).cloned());
    RuleFacts { name: rule.name.clone(), mention }
}

/// The variables of the modal that asks for a comment.
pub fn comment_facts(record: &ApprovalRecord, message: &MessageRef, wish: Wish, required: bool) -> CommentFacts {
    let metadata = ModalMetadata { approval: record.id.clone(), message: message.clone(), wish };
    CommentFacts {
        wish: wish.as_str().to_owned(),
        required,
        approval_id: record.id.clone(),
        pipeline: record.event.pipeline.clone(),
        stage: record.event.stage.clone(),
        action: record.event.action.clone(),
        // Plain strings in a plain structure: writing them as JSON cannot fail.
        private_metadata: serde_json::to_string(&metadata).unwrap_or_default(),
    }
}

/// What somebody is told who comes when it is over.
pub fn over_facts(outcome: &Outcome) -> RefusalFacts {
    let nothing_changed = Some("Nothing was changed by your click.".to_owned());
    match outcome {
        Outcome::Decided(Decision { approved, by, is_override, .. }) => RefusalFacts {
            reason: format!(
                "This was already {}{} by",
                if *approved { "approved" } else { "rejected" },
                if *is_override { " by override" } else { "" }
            ),
            people: vec![Mention::User { id: by.clone() }],
            help: nothing_changed,
        },
        Outcome::Elsewhere(elsewhere) => {
            let by = elsewhere.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            let (reason, help) = match elsewhere.fate {
                Fate::Approved => (format!("This was approved{by}, outside of Slack."), nothing_changed),
                Fate::Rejected => (format!("This was rejected{by}, outside of Slack."), nothing_changed),
                Fate::Closed => {
                    ("This approval is over: CodePipeline no longer waits for it.".to_owned(), nothing_changed)
                }
                Fate::Expired => (
                    "This approval has expired: nobody answered in time.".to_owned(),
                    Some("Retry the stage in CodePipeline to be asked again.".to_owned()),
                ),
            };
            RefusalFacts { reason, people: Vec::new(), help }
        }
    }
}

fn outcome_facts(outcome: &Outcome) -> (&'static str, Option<OutcomeFacts>) {
    match outcome {
        Outcome::Decided(decision) => (
            if decision.approved { "approved" } else { "rejected" },
            Some(OutcomeFacts {
                by: Some(Person { slack_id: Some(decision.by.clone()), name: decision.name.clone() }),
                at: Some(decision.at.as_second()),
                comment: decision.comment.clone(),
                place: "slack".to_owned(),
                is_override: decision.is_override,
            }),
        ),
        Outcome::Elsewhere(elsewhere) => (
            match elsewhere.fate {
                Fate::Approved => "approved",
                Fate::Rejected => "rejected",
                Fate::Expired => "expired",
                Fate::Closed => "closed",
            },
            Some(OutcomeFacts {
                by: elsewhere.by.clone().map(|name| Person { slack_id: None, name }),
                at: elsewhere.at.map(Timestamp::as_second),
                comment: elsewhere.comment.clone(),
                place: "elsewhere".to_owned(),
                is_override: false,
            }),
        ),
    }
}
