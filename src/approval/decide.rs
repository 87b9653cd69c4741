//! What a vote leads to. Whatever is not plainly allowed is refused, with the reason and what would help (A13).

use jiff::Timestamp;

use super::quorum::{is_among, open_seats, words};
use super::record::{ApprovalRecord, ApprovalState, CastVote, Decision};
use super::window::{Opening, local, opening};
use super::{Known, Unfit, Verdict, Vote, Voter, Wish, has_expired, people, unfit};
use crate::facts::{Mention, RefusalFacts};
use crate::rules::policy::{Comment, Forbidden};
use crate::rules::words::list;
use crate::rules::{ApprovalRule, Approver, RuleSet};

/// Decides what a vote leads to (A2 to A10, A12, A13), by the rule that is in force now.
pub fn decide(
    rules: &RuleSet,
    rule: Option<&ApprovalRule>,
    record: &ApprovalRecord,
    vote: &Vote,
    voter: &Voter<'_>,
    known: &Known,
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
    let decision = Ballot { rules, rule, record, vote, voter, known, now };
    let refused = decision.not_among().or_else(|| decision.unfit()).or_else(|| decision.under_way());
    refused.unwrap_or_else(|| match vote.wish {
        Wish::Approve => decision.approve(),
        Wish::Reject => decision.reject(),
        Wish::Override => decision.override_it(),
        Wish::Withdraw => decision.withdraw(),
    })
}

/// A vote and everything that it is weighed against.
struct Ballot<'a> {
    rules: &'a RuleSet,
    rule: &'a ApprovalRule,
    record: &'a ApprovalRecord,
    vote: &'a Vote,
    voter: &'a Voter<'a>,
    known: &'a Known,
    now: Timestamp,
}

impl Ballot<'_> {
    /// Refuses whom the rule does not name (A2).
    fn not_among(&self) -> Option<Verdict> {
        let rule = self.rule;
        let refuse_others = |from: &[Approver], reason: String, help: &str| {
            let facts = RefusalFacts { reason, people: people(from), help: Some(help.to_owned()) };
            (!is_among(from, self.voter.id, &self.known.members)).then_some(Verdict::Refuse(facts))
        };
        match self.vote.wish {
            // Whoever has voted may take it back, even when the rule does not name them any more.
            Wish::Withdraw => None,
            Wish::Override if rule.policy.override_by.is_empty() => {
                Some(refuse("The rule allows no override.", "Ask the approvers, or answer in the AWS console."))
            }
            Wish::Override => refuse_others(
                &rule.policy.override_by,
                format!("You may not override this approval: the rule `{}` leaves that to", rule.name),
                "Only they can decide alone. Press Approve to give your own approval.",
            ),
            Wish::Approve | Wish::Reject => refuse_others(
                &rule.approvers,
                format!("You may not answer this approval: the rule `{}` names", rule.name),
                "Ask one of them, or have yourself added to the rule.",
            ),
        }
    }

    /// Refuses whom Slack does not know as a person of the workspace (A3).
    fn unfit(&self) -> Option<Verdict> {
        let (reason, help) = match unfit(self.voter.profile, self.rules.workspace.as_str())? {
            Unfit::Unknown => {
                ("Slack knows nobody by your user id, so your answer can't be taken.", "Ask another approver.")
            }
            Unfit::Deactivated => {
                ("Your Slack account is deactivated, so your answer can't be taken.", "Ask another approver.")
            }
            Unfit::Bot => ("Bots and apps may not answer approvals.", "Ask a person whom the rule names."),
            Unfit::Stranger => (
                "You are a guest from another organisation here, and guests may not answer approvals.",
                "Ask an approver of this workspace.",
            ),
        };
        Some(refuse(reason, help))
    }

    /// Refuses while somebody's answer is on its way (A14).
    fn under_way(&self) -> Option<Verdict> {
        let ApprovalState::Deciding { decision, until } = &self.record.state else { return None };
        if *until <= self.now {
            return None;
        }
        let deed = if decision.approved { "An approval" } else { "A rejection" };
        let help = "Wait a moment: the message will show how it ended. If it does not within a minute, press again.";
        Some(Verdict::Refuse(RefusalFacts {
            reason: format!("{deed} is on its way to CodePipeline already, by"),
            people: vec![Mention::User { id: decision.by.clone() }],
            help: Some(help.to_owned()),
        }))
    }

    fn approve(&self) -> Verdict {
        if let Some(refused) = self.own_change().or_else(|| self.closed()) {
            return refused;
        }
        let require = &self.rule.policy.require;
        // The rule may have come to forbid it since they voted.
        let mut votes = self.record.votes.clone();
        votes.retain(|cast| !self.known.barred.people.contains_key(&cast.by));
        let open_before = open_seats(require, &voters(&votes), &self.known.members);
        let mine = votes.iter().position(|cast| cast.by == self.voter.id).map(|at| votes.remove(at));
        // Where it was enough before, an answer was lost on its way to CodePipeline: it is given again.
        let was_enough = open_before.is_empty();
        if mine.is_some() && !was_enough {
            let reason = format!("You have approved this already. It waits for {}.", words(&open_before));
            return refuse(&reason, "Your approval counts. To take it back, press Withdraw.");
        }
        let mut with_mine = voters(&votes);
        with_mine.push(self.voter.id);
        let open = open_seats(require, &with_mine, &self.known.members);
        if open == open_before && !was_enough {
            let facts = RefusalFacts {
                reason: format!(
                    "Your approval would fill no seat that is open: this waits for {}, that is",
                    words(&open)
                ),
                people: people(&open.iter().flat_map(|seats| seats.from.clone()).collect::<Vec<_>>()),
                help: Some("The seats that you could fill are taken. You can still reject.".to_owned()),
            };
            return Verdict::Refuse(facts);
        }
        let wanted = match self.rule.policy.comment {
            Comment::Required => Some(true),
            Comment::Optional => Some(false),
            Comment::None | Comment::OnReject => None,
        };
        // The rule may have come to ask for a comment since they voted without one.
        let comment = match mine {
            Some(mine) if mine.comment.is_some() || wanted != Some(true) => mine.comment,
            _ => match self.comment(wanted) {
                Ok(comment) => comment,
                Err(verdict) => return verdict,
            },
        };
        if open.is_empty() {
            return self.decide(true, comment, votes);
        }
        votes.push(self.cast(comment));
        Verdict::Count { votes, waits_for: words(&open) }
    }

    /// Nobody approves their own change where the rule forbids it, and nobody at all while it can't be told whose it is (A7).
    fn own_change(&self) -> Option<Verdict> {
        let policy = &self.rule.policy;
        if policy.forbid.is_empty() {
            return None;
        }
        let name = &self.rule.name;
        if let Some(who) = self.known.barred.people.get(self.voter.id) {
            let reason = match who {
                Forbidden::Author => {
                    format!("You wrote this change, and the rule `{name}` lets nobody approve their own.")
                }
                Forbidden::Starter => {
                    format!("You started this execution, and the rule `{name}` lets nobody approve what they started.")
                }
            };
            return Some(refuse(&reason, "Ask another approver. You can reject it."));
        }
        if self.known.barred.unknown.is_empty() || policy.allows_unknown_author {
            return None;
        }
        let unknown = list(self.known.barred.unknown.iter().cloned(), "and");
        let reason = format!(
            "The rule `{name}` lets nobody approve their own change, and whose this is can't be told: {unknown}."
        );
        let help =
            "Answer it in the AWS console, or have `unknown_author: allow` added to the rule. You can reject it.";
        Some(refuse(&reason, help))
    }

    /// Outside the window or in a freeze nothing is approved (A8).
    fn closed(&self) -> Option<Verdict> {
        let policy = &self.rule.policy;
        let Opening::Closed { by, opens } = opening(policy.window.as_ref(), &policy.freezes, self.now) else {
            return None;
        };
        let why = by.words(policy.window.as_ref());
        let help = match opens.map(|opens| local(policy, &by, opens)) {
            Some(opens) => format!("Approve it from {opens}. You can reject it now."),
            None => "That does not end within a year: have the rule changed. You can reject it now.".to_owned(),
        };
        Some(refuse(&format!("Nothing is approved now: {why}."), &help))
    }

    fn reject(&self) -> Verdict {
        let wanted = match self.rule.policy.comment {
            Comment::Required | Comment::OnReject => Some(true),
            Comment::Optional => Some(false),
            Comment::None => None,
        };
        match self.comment(wanted) {
            Ok(comment) => self.decide(false, comment, self.record.votes.clone()),
            Err(verdict) => verdict,
        }
    }

    /// One person decides alone (A12).
    fn override_it(&self) -> Verdict {
        match self.comment(Some(true)) {
            Ok(comment) => match self.decide(true, comment, self.record.votes.clone()) {
                Verdict::Decide(decision) => Verdict::Decide(Decision { is_override: true, ..decision }),
                other => other,
            },
            Err(verdict) => verdict,
        }
    }

    fn withdraw(&self) -> Verdict {
        let votes: Vec<CastVote> = self.record.votes.iter().filter(|cast| cast.by != self.voter.id).cloned().collect();
        if votes.len() == self.record.votes.len() {
            return refuse(
                "You have not approved this, so there is nothing to withdraw.",
                "Press Approve to approve it.",
            );
        }
        let open = open_seats(&self.rule.policy.require, &voters(&votes), &self.known.members);
        Verdict::Count { votes, waits_for: words(&open) }
    }

    /// The comment, where one is `wanted`: asked for first, and not empty where it has to be there (`true`).
    fn comment(&self, wanted: Option<bool>) -> Result<Option<String>, Verdict> {
        let said = self.vote.comment.as_deref().map(str::trim);
        match (wanted, said) {
            (None, said) => Ok(said.filter(|said| !said.is_empty()).map(str::to_owned)),
            (Some(required), None) => Err(Verdict::AskComment { wish: self.vote.wish, required }),
            (Some(true), Some("")) => Err(match self.vote.wish {
                Wish::Reject => {
                    refuse("A rejection needs a reason.", "Write why, so that the author knows what to change.")
                }
                _ => refuse("This approval needs a comment.", "Write why it may go ahead."),
            }),
            (Some(_), Some(said)) => Ok((!said.is_empty()).then(|| said.to_owned())),
        }
    }

    fn decide(&self, approved: bool, comment: Option<String>, mut votes: Vec<CastVote>) -> Verdict {
        if approved {
            votes.retain(|cast| cast.by != self.voter.id);
            votes.push(self.cast(comment.clone()));
        }
        Verdict::Decide(Decision {
            approved,
            by: self.voter.id.to_owned(),
            name: self.name(),
            at: self.now,
            comment,
            rule: self.rule.name.clone(),
            rules_digest: self.rules.digest.clone(),
            votes,
            is_override: false,
        })
    }

    fn cast(&self, comment: Option<String>) -> CastVote {
        CastVote { by: self.voter.id.to_owned(), name: self.name(), at: self.now, comment }
    }

    fn name(&self) -> String {
        self.voter.profile.map(|profile| profile.name.clone()).unwrap_or_default()
    }
}

fn voters(votes: &[CastVote]) -> Vec<&str> {
    votes.iter().map(|cast| cast.by.as_str()).collect()
}

fn refuse(reason: &str, help: &str) -> Verdict {
    Verdict::Refuse(RefusalFacts::new(reason, help))
}
