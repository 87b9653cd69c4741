//! A line of the table, and what comes of it.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use signoff::approval::record::{
    ApprovalRecord, ApprovalState, CastVote, Decision, Elsewhere, Fate, FollowUp, Outcome, Posting,
};
use signoff::approval::{Known, Verdict, Vote, Voter, Wish, decide, id};
use signoff::diagnostic::Source;
use signoff::event::{Envelope, Event, read_text};
use signoff::ports::SlackUser;
use signoff::rules::policy::Forbidden;
use signoff::rules::{self, RuleSet, UserGroupId};
use signoff::slack::interaction::MessageRef;
use signoff::template::Templates;

/// An allowed person's click in time, but for what the line says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Case {
    pub cites: String,
    pub stage: String,
    pub user: String,
    pub wish: Wish,
    pub comment: Option<String>,
    pub team: Option<String>,
    pub home: Option<String>,
    pub profile: String,
    pub votes: Vec<String>,
    pub security: Vec<String>,
    pub on_call: Vec<String>,
    /// Whose change it is, as far as that is known.
    pub author: Option<String>,
    pub starter: Option<String>,
    /// What of that can't be told.
    pub unknown: Option<String>,
    pub state: String,
    pub at: Timestamp,
    pub expect: String,
}

impl Default for Case {
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            cites: text(""),
            stage: text("One"),
            user: text("U0NOOR"),
            wish: Wish::Approve,
            comment: None,
            team: Some(text("T0SHOP")),
            home: Some(text("T0SHOP")),
            profile: text("good"),
            votes: Vec::new(),
            security: Vec::new(),
            on_call: Vec::new(),
            author: None,
            starter: None,
            unknown: None,
            state: text("pending"),
            at: at("2026-05-12T08:00:30Z"),
            expect: text(""),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the rules are a file")]
pub fn rules() -> RuleSet {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decisions/rules.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    rules::read(&[Source::new("rules.yaml", text)], &Templates::builtin()).unwrap().rules
}

pub fn event(stage: &str) -> Event {
    let message = format!(
        r#"{{"region": "eu-north-1", "approval": {{"pipelineName": "checkout-web", "stageName": "{stage}",
        "actionName": "GoLive", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T16:40Z"}}}}"#
    );
    let envelope = Envelope { sent_at: Some(at("2026-05-11T16:40:00Z")), topic_arn: None, subject: None };
    read_text(&message, &envelope).unwrap()
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn cast(by: &str) -> CastVote {
    CastVote { by: by.to_owned(), name: by.to_lowercase(), at: at("2026-05-12T07:00:00Z"), comment: None }
}

fn state(name: &str) -> ApprovalState {
    let decision = |approved| Decision {
        approved,
        by: "U0OLA".to_owned(),
        name: "Ola Berg".to_owned(),
        at: at("2026-05-12T08:00:00Z"),
        comment: None,
        rule: "one".to_owned(),
        rules_digest: "d".to_owned(),
        votes: Vec::new(),
        is_override: false,
    };
    let elsewhere =
        |fate| ApprovalState::Ended(Outcome::Elsewhere(Elsewhere { fate, by: None, at: None, comment: None }));
    let deciding = |approved, until: &str| ApprovalState::Deciding { decision: decision(approved), until: at(until) };
    match name {
        "pending" => ApprovalState::Pending,
        "approving" => deciding(true, "2026-05-12T08:01:00Z"),
        "rejecting" => deciding(false, "2026-05-12T08:01:00Z"),
        "approving long ago" => deciding(true, "2026-05-12T08:00:30Z"),
        "rejecting long ago" => deciding(false, "2026-05-12T08:00:30Z"),
        "approved" => ApprovalState::Ended(Outcome::Decided(decision(true))),
        "rejected" => ApprovalState::Ended(Outcome::Decided(decision(false))),
        "approved elsewhere" => elsewhere(Fate::Approved),
        "rejected elsewhere" => elsewhere(Fate::Rejected),
        "expired" => elsewhere(Fate::Expired),
        "closed" => elsewhere(Fate::Closed),
        other => panic!("no state `{other}`"),
    }
}

fn profile(kind: &str) -> Option<SlackUser> {
    let team = Some("T0SHOP".to_owned());
    let good = SlackUser { name: "Noor Haddad".to_owned(), team, deleted: false, bot: false, stranger: false };
    Some(match kind {
        "good" => good,
        "deactivated" => SlackUser { deleted: true, ..good },
        "bot" => SlackUser { bot: true, ..good },
        "stranger" => SlackUser { stranger: true, ..good },
        "of another workspace" => SlackUser { team: Some("T0OTHER".to_owned()), ..good },
        "of no workspace" => SlackUser { team: None, ..good },
        "nobody" => return None,
        other => panic!("no profile `{other}`"),
    })
}

pub fn record(case: &Case) -> ApprovalRecord {
    let event = event(&case.stage);
    let place = MessageRef { channel: "C0LIVE".to_owned(), ts: "1778517600.000100".to_owned() };
    ApprovalRecord {
        id: id(&event),
        event,
        posting: Posting::Posted(place),
        state: state(&case.state),
        shown: true,
        votes: case.votes.iter().map(|by| cast(by)).collect(),
        waits_for: None,
        follow_up: FollowUp::default(),
    }
}

pub fn verdict(rules: &RuleSet, case: &Case) -> Verdict {
    verdict_on(rules, case, &record(case))
}

pub fn verdict_on(rules: &RuleSet, case: &Case, record: &ApprovalRecord) -> Verdict {
    let rule = rules.approval_for(&record.event).unwrap();
    let profile = profile(&case.profile);
    let voter =
        Voter { id: &case.user, team: case.team.as_deref(), home: case.home.as_deref(), profile: profile.as_ref() };
    let mut known = Known::default();
    for (group, users) in [("S0SEC", &case.security), ("S0CALL", &case.on_call)] {
        known.members.insert(UserGroupId::parse(group).unwrap(), users.iter().cloned());
    }
    let vote = Vote { wish: case.wish, comment: case.comment.clone() };
    for (person, who) in [(&case.starter, Forbidden::Starter), (&case.author, Forbidden::Author)] {
        known.barred.people.extend(person.clone().map(|person| (person, who)));
    }
    known.barred.unknown.extend(case.unknown.clone());
    decide(rules, rule, record, &vote, &voter, &known, case.at)
}

/// The verdict in the table's words.
pub fn told(case: &Case, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Refuse(facts) => format!("refused: {} | {}", facts.reason, facts.help.as_deref().unwrap_or_default()),
        Verdict::Over(_) => "over".to_owned(),
        Verdict::Expired => "expired".to_owned(),
        Verdict::AskComment { wish, required } => {
            assert_eq!(*wish, case.wish);
            if *required { "asks for a comment" } else { "may be given a comment" }.to_owned()
        }
        Verdict::Count { waits_for, .. } => format!("counts, and waits for {waits_for}"),
        Verdict::Decide(decision) if decision.is_override => {
            assert!(decision.approved && decision.by == case.user && decision.comment.is_some(), "{decision:?}");
            "overrides".to_owned()
        }
        Verdict::Decide(decision) if decision.approved => {
            let by: Vec<&str> = decision.votes.iter().map(|vote| vote.by.as_str()).collect();
            let again = if case.votes.contains(&decision.by) { " again" } else { "" };
            assert_eq!(by.last(), Some(&decision.by.as_str()), "the one who decides comes last");
            if by.len() > 1 { format!("approves{again} with {}", by.join(", ")) } else { "approves".to_owned() }
        }
        Verdict::Decide(decision) => {
            let had_approved: Vec<&str> = decision.votes.iter().map(|vote| vote.by.as_str()).collect();
            assert_eq!((&decision.by, had_approved), (&case.user, case.votes.iter().map(String::as_str).collect()));
            assert!(decision.comment.as_deref().is_none_or(|comment| comment == comment.trim() && !comment.is_empty()));
            "rejects".to_owned()
        }
    }
}
