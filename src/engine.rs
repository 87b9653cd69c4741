//! From what is known to what a message says. Pure.

use crate::approval::approvers;
use crate::approval::record::{ApprovalRecord, ApprovalState, Decision, Fate, Outcome};
use crate::event::Event;
use crate::facts::{ApprovalFacts, Facts, Mention, OutcomeFacts, Person, RefusalFacts, RejectFacts, RuleFacts};
use crate::rules::{ApprovalRule, NotificationRule, Uncovered};
use crate::slack::interaction::{MessageRef, ModalMetadata};

/// The template of an approval that no rule covers.
pub const UNCOVERED: &str = "uncovered";
/// The template of what is told to one person only.
pub const REFUSAL: &str = "refusal";
/// The template of the modal that asks why.
pub const REJECT: &str = "reject";
/// The template that shows an approval whose rule is gone.
pub const APPROVAL: &str = "approval";

/// The variables of the message that shows an approval as it stands now.
///
/// `rule` is the rule in force; `None` when none covers the approval any more.
pub fn approval_facts(record: &ApprovalRecord, rule: Option<&ApprovalRule>) -> Facts {
    let request = record.event.request.as_ref();
    let (status, outcome) = match &record.state {
        ApprovalState::Pending | ApprovalState::Deciding { .. } => ("pending", None),
        ApprovalState::Ended(outcome) => outcome_facts(outcome),
    };
    Facts {
        approval: Some(ApprovalFacts {
            id: record.id.clone(),
            status: status.to_owned(),
            custom_data: record.event.custom_data.clone(),
            external_link: record.event.external_link.clone(),
            review_link: request.and_then(|request| request.review_link.clone()),
            expires: request.and_then(|request| request.expires).map(jiff::Timestamp::as_second),
            approvers: rule.map(approvers).unwrap_or_default(),
            votes: Vec::new(),
            required: 1,
            outcome,
        }),
        rule: rule.map(|rule| RuleFacts { name: rule.name.clone(), mention: rule.mention.clone() }),
        ..Facts::of_event(&record.event)
    }
}

/// The variables of the message about an approval that no rule covers (A1).
pub fn uncovered_facts(record: &ApprovalRecord, uncovered: &Uncovered) -> Facts {
    Facts {
        rule: Some(RuleFacts { name: UNCOVERED.to_owned(), mention: uncovered.mention.clone() }),
        ..approval_facts(record, None)
    }
}

/// The variables of a notification.
pub fn notice_facts(event: &Event, rule: &NotificationRule) -> Facts {
    Facts { rule: Some(RuleFacts { name: rule.name.clone(), mention: rule.mention.clone() }), ..Facts::of_event(event) }
}

/// The variables of the modal that asks why somebody rejects.
pub fn reject_facts(record: &ApprovalRecord, message: &MessageRef) -> RejectFacts {
    let metadata = ModalMetadata { approval: record.id.clone(), message: message.clone() };
    RejectFacts {
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
        Outcome::Decided(Decision { approved, by, .. }) => RefusalFacts {
            reason: format!("This was already {} by", if *approved { "approved" } else { "rejected" }),
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
                is_override: false,
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
                at: elsewhere.at.map(jiff::Timestamp::as_second),
                comment: elsewhere.comment.clone(),
                place: "elsewhere".to_owned(),
                is_override: false,
            }),
        ),
    }
}
