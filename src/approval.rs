//! Who may answer an approval, and what an answer leads to. Pure: the outcome depends on the arguments alone, and each
//! refusal says why and what would help.

pub mod outcome;
pub mod record;
pub mod window;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::event::Event;
use crate::facts::{Mention, RefusalFacts};
use crate::ports::SlackUser;
use crate::rules::{ApprovalRule, Approver, RuleSet};
use record::{ApprovalRecord, ApprovalState, Decision, Outcome};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vote {
    /// Approve.
    Approve,
    /// Reject, before a reason was asked for.
    Reject,
    /// Reject, with the reason given.
    RejectBecause(String),
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
    /// Whether the rule in force names the person, straight or through a group.
    pub named: bool,
    /// What Slack says of the person. `None`: nobody by that id. Only asked of people that a rule names.
    pub profile: Option<&'a SlackUser>,
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
    /// Ask for the reason.
    AskReason,
    /// Tell CodePipeline.
    Decide(Decision),
}

/// How a rule knows a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// By name.
    Named,
    /// Perhaps, as a member of one of these Slack user groups, which have to be asked.
    AskGroups(Vec<String>),
    /// Not at all.
    Unknown,
}

/// How `rule` knows the person with this Slack user id.
pub fn standing(rule: &ApprovalRule, user: &str) -> Standing {
    let mut groups = Vec::new();
    for approver in &rule.approvers {
        match approver {
            Approver::User(id) if id.as_str() == user => return Standing::Named,
            Approver::Group { users, .. } if users.iter().any(|id| id.as_str() == user) => return Standing::Named,
            Approver::Group { usergroups, .. } => groups.extend(usergroups.iter().map(|id| id.as_str().to_owned())),
            Approver::User(_) => {}
        }
    }
    if groups.is_empty() { Standing::Unknown } else { Standing::AskGroups(groups) }
}

/// Decides what a vote leads to (A2, A3, A6, A10, A13). Whatever is not plainly allowed is refused.
pub fn decide(
    rules: &RuleSet,
    rule: Option<&ApprovalRule>,
    record: &ApprovalRecord,
    vote: &Vote,
    voter: &Voter<'_>,
    now: Timestamp,
) -> Verdict {
    if let ApprovalState::Ended(outcome) = &record.state {
        return Verdict::Over(outcome.clone());
    }
    let workspace = rules.workspace.as_str();
    if voter.team != Some(workspace) || voter.home.is_some_and(|home| home != workspace) {
        return refuse(
            "Approvals are answered by people of the workspace that the rules name, and you are not one of them.",
            "Ask somebody of that workspace, or have `workspace:` in the rules changed.",
        );
    }
    if has_expired(&record.event, now) {
        return Verdict::Expired;
    }
    let Some(rule) = rule else {
        return refuse(
            "No rule covers this approval any more, so nobody may answer it here.",
            "Have a rule for it added under `approvals:`, or answer it in the AWS console.",
        );
    };
    if !voter.named {
        return Verdict::Refuse(RefusalFacts {
            reason: format!("You may not answer this approval: the rule `{}` names", rule.name),
            people: approvers(rule),
            help: Some("Ask one of them, or have yourself added to the rule.".to_owned()),
        });
    }
    let Some(profile) = voter.profile else {
        return refuse("Slack knows nobody by your user id, so your answer can't be taken.", "Ask another approver.");
    };
    if profile.deleted {
        return refuse("Your Slack account is deactivated, so your answer can't be taken.", "Ask another approver.");
    }
    if profile.bot {
        return refuse("Bots and apps may not answer approvals.", "Ask a person whom the rule names.");
    }
    if profile.stranger || profile.team.as_deref().is_none_or(|team| team != workspace) {
        return refuse(
            "You are a guest from another organisation here, and guests may not answer approvals.",
            "Ask an approver of this workspace.",
        );
    }
    if let ApprovalState::Deciding { decision, until } = &record.state
        && *until > now
    {
        let deed = if decision.approved { "An approval" } else { "A rejection" };
        let help = "Wait a moment: the message will show how it ended. If it does not within a minute, press again.";
        return Verdict::Refuse(RefusalFacts {
            reason: format!("{deed} is on its way to CodePipeline already, by"),
            people: vec![Mention::User { id: decision.by.clone() }],
            help: Some(help.to_owned()),
        });
    }
    let (approved, comment) = match vote {
        Vote::Approve => (true, None),
        Vote::Reject => return Verdict::AskReason,
        Vote::RejectBecause(reason) if reason.trim().is_empty() => {
            return refuse("A rejection needs a reason.", "Write why, so that the author knows what to change.");
        }
        Vote::RejectBecause(reason) => (false, Some(reason.trim().to_owned())),
    };
    Verdict::Decide(Decision {
        approved,
        by: voter.id.to_owned(),
        name: profile.name.clone(),
        at: now,
        comment,
        rule: rule.name.clone(),
        rules_digest: rules.digest.clone(),
    })
}

fn refuse(reason: &str, help: &str) -> Verdict {
    Verdict::Refuse(RefusalFacts::new(reason, help))
}

/// Whether the time that CodePipeline gave has run out (A10).
pub fn has_expired(event: &Event, now: Timestamp) -> bool {
    event.request.as_ref().and_then(|request| request.expires).is_some_and(|expires| expires <= now)
}

/// The people and user groups that a rule names, each once, in the rule's order.
pub fn approvers(rule: &ApprovalRule) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut add = |mention| {
        if !found.contains(&mention) {
            found.push(mention);
        }
    };
    for approver in &rule.approvers {
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
