//! What a click leads to: one line a case, whoever clicks, however the approval stands (A2, A3, A6, A10, A13).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use jiff::Timestamp;
use signoff::approval::record::{ApprovalRecord, ApprovalState, Decision, Elsewhere, Fate, Outcome, Posting};
use signoff::approval::{Standing, Verdict, Vote, Voter, decide, id, standing};
use signoff::diagnostic::Source;
use signoff::event::{Envelope, Event, read_text};
use signoff::facts::{Mention, RefusalFacts};
use signoff::ports::SlackUser;
use signoff::rules::{self, RuleSet};
use signoff::slack::interaction::MessageRef;
use signoff::template::Templates;

const RULES: &str = "\
version: 1
workspace: T0SHOP
groups:
  leads: { users: [U0NOOR, U0OLA] }
  security: { usergroup: S0SEC }
approvals:
  - name: live
    match: { pipeline: checkout-*, stage: Live }
    channel: C0LIVE
    approvers: [leads, U0PIA, security]
  - name: users only
    match: { stage: Preview }
    channel: C0LIVE
    approvers: [U0PIA]
";

fn rules() -> RuleSet {
    rules::read(&[Source::new("shop.yaml", RULES)], &Templates::builtin()).unwrap().rules
}

fn event(stage: &str) -> Event {
    let message = format!(
        r#"{{"region": "eu-north-1", "approval": {{"pipelineName": "checkout-web", "stageName": "{stage}",
        "actionName": "GoLive", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T16:40Z"}}}}"#
    );
    let envelope = Envelope { sent_at: Some(at("2026-05-11T16:40:00Z")), topic_arn: None };
    read_text(&message, &envelope).unwrap()
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn record(state: ApprovalState) -> ApprovalRecord {
    let event = event("Live");
    let place = MessageRef { channel: "C0LIVE".to_owned(), ts: "1778517600.000100".to_owned() };
    ApprovalRecord { id: id(&event), event, posting: Posting::Posted(place), state, shown: true }
}

fn decision(approved: bool) -> Decision {
    Decision {
        approved,
        by: "U0OLA".to_owned(),
        name: "Ola Berg".to_owned(),
        at: at("2026-05-12T08:00:00Z"),
        comment: None,
        rule: "live".to_owned(),
        rules_digest: "d".to_owned(),
    }
}

fn noor() -> SlackUser {
    SlackUser {
        name: "Noor Haddad".to_owned(),
        team: Some("T0SHOP".to_owned()),
        deleted: false,
        bot: false,
        stranger: false,
    }
}

/// A case: an allowed person's click in time, but for what the case changes.
struct Case {
    vote: Vote,
    team: Option<&'static str>,
    home: Option<&'static str>,
    named: bool,
    profile: Option<SlackUser>,
    state: ApprovalState,
    now: &'static str,
    covered: bool,
}

impl Default for Case {
    fn default() -> Self {
        Self {
            vote: Vote::Approve,
            team: Some("T0SHOP"),
            home: Some("T0SHOP"),
            named: true,
            profile: Some(noor()),
            state: ApprovalState::Pending,
            now: "2026-05-12T08:00:30Z",
            covered: true,
        }
    }
}

fn verdict(rules: &RuleSet, case: &Case) -> Verdict {
    let record = record(case.state.clone());
    let rule = if case.covered { rules.approval_for(&record.event).unwrap() } else { None };
    let voter =
        Voter { id: "U0NOOR", team: case.team, home: case.home, named: case.named, profile: case.profile.as_ref() };
    decide(rules, rule, &record, &case.vote, &voter, at(case.now))
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Refuse(RefusalFacts { reason, people, help }) => {
            let people: Vec<String> = people
                .iter()
                .map(|mention| match mention {
                    Mention::User { id } => format!("<@{id}>"),
                    Mention::UserGroup { id } => format!("<!subteam^{id}>"),
                })
                .collect();
            format!("refused: {reason} {} | {}", people.join(" "), help.as_deref().unwrap_or_default())
        }
        Verdict::Over(outcome) => format!("over: {outcome:?}"),
        Verdict::Expired => "expired".to_owned(),
        Verdict::AskReason => "asks for the reason".to_owned(),
        Verdict::Decide(decision) => {
            let Decision { approved, by, name, at, comment, rule, .. } = decision;
            let deed = if *approved { "approved" } else { "rejected" };
            format!("{deed} by {name} ({by}) at {at} by the rule `{rule}`, saying {comment:?}")
        }
    }
}

#[test]
fn the_table() {
    let rules = rules();
    let pending = Case::default;
    let profile = |change: fn(&mut SlackUser)| {
        let mut user = noor();
        change(&mut user);
        Case { profile: Some(user), ..Case::default() }
    };
    let ended = |outcome| Case { state: ApprovalState::Ended(outcome), ..Case::default() };
    let deciding = |approved, until| Case {
        state: ApprovalState::Deciding { decision: decision(approved), until: at(until) },
        ..Case::default()
    };
    let elsewhere = Elsewhere { fate: Fate::Approved, by: Some("pia".to_owned()), at: None, comment: None };
    let because = |reason: &str| Case { vote: Vote::RejectBecause(reason.to_owned()), ..Case::default() };
    let cases: Vec<(&str, Case)> = vec![
        ("approve", pending()),
        ("reject", Case { vote: Vote::Reject, ..pending() }),
        ("reject, with the reason", because(" Wrong prices.\n")),
        ("reject, without words", because(" \n")),
        ("nobody the rule names", Case { named: false, profile: None, ..pending() }),
        ("nobody the rule names, rejecting", Case { named: false, vote: Vote::Reject, ..pending() }),
        ("no rule any more", Case { covered: false, ..pending() }),
        ("another workspace's app", Case { team: Some("T0OTHER"), ..pending() }),
        ("no workspace at all", Case { team: None, ..pending() }),
        ("home elsewhere", Case { home: Some("T0OTHER"), ..pending() }),
        ("home not said", Case { home: None, ..pending() }),
        ("nobody Slack knows", Case { profile: None, ..pending() }),
        ("deactivated", profile(|user| user.deleted = true)),
        ("a bot", profile(|user| user.bot = true)),
        ("a stranger", profile(|user| user.stranger = true)),
        ("of another workspace, says Slack", profile(|user| user.team = Some("T0OTHER".to_owned()))),
        ("of no workspace, says Slack", profile(|user| user.team = None)),
        ("a second before it expires", Case { now: "2026-05-18T16:39:59Z", ..pending() }),
        ("when it expires", Case { now: "2026-05-18T16:40:00Z", ..pending() }),
        ("expired, not named", Case { now: "2026-05-19T00:00:00Z", named: false, ..pending() }),
        ("somebody's approval under way", deciding(true, "2026-05-12T08:01:00Z")),
        ("somebody's rejection under way", deciding(false, "2026-05-12T08:01:00Z")),
        ("under way for too long", deciding(true, "2026-05-12T08:00:30Z")),
        ("approved already", ended(Outcome::Decided(decision(true)))),
        ("approved elsewhere", ended(Outcome::Elsewhere(elsewhere))),
        ("over, and not named", Case { named: false, ..ended(Outcome::Decided(decision(false))) }),
    ];
    let told: Vec<String> =
        cases.iter().map(|(name, case)| format!("{name}\n  {}", words(&verdict(&rules, case)))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// Only an allowed person's click in time decides: whatever else is changed about it, it does not.
#[test]
fn whatever_is_not_plainly_allowed_is_refused() {
    let rules = rules();
    let mut decided = 0;
    for team in [Some("T0SHOP"), Some("T0OTHER"), None] {
        for home in [Some("T0SHOP"), Some("T0OTHER"), None] {
            for named in [true, false] {
                for covered in [true, false] {
                    for bits in 0..32_u8 {
                        let set = |bit: u8| bits & (1 << bit) != 0;
                        let user = SlackUser { deleted: set(0), bot: set(1), stranger: set(2), ..noor() };
                        let user = SlackUser { team: if set(3) { None } else { user.team.clone() }, ..user };
                        let profile = if set(4) { None } else { Some(user) };
                        let case = Case { team, home, named, covered, profile, ..Case::default() };
                        let allowed =
                            team == Some("T0SHOP") && home != Some("T0OTHER") && named && covered && bits == 0;
                        let verdict = verdict(&rules, &case);
                        assert_eq!(matches!(verdict, Verdict::Decide(_)), allowed, "{verdict:?}");
                        decided += usize::from(allowed);
                    }
                }
            }
        }
    }
    assert_eq!(decided, 2);
}

#[test]
fn how_a_rule_knows_people() {
    let rules = rules();
    let live = rules.approval_for(&event("Live")).unwrap().unwrap();
    assert_eq!(standing(live, "U0NOOR"), Standing::Named);
    assert_eq!(standing(live, "U0PIA"), Standing::Named);
    assert_eq!(standing(live, "U0ELSE"), Standing::AskGroups(vec!["S0SEC".to_owned()]));
    let preview = rules.approval_for(&event("Preview")).unwrap().unwrap();
    assert_eq!(standing(preview, "U0PIA"), Standing::Named);
    assert_eq!(standing(preview, "U0NOOR"), Standing::Unknown);
    assert!(rules.approval_for(&event("Elsewhere")).unwrap().is_none());
}

/// One request has one id; anything else about it makes another. The token can't be read from it.
#[test]
fn an_approvals_id() {
    let live = event("Live");
    assert_eq!(id(&live), id(&live.clone()));
    assert_ne!(id(&live), id(&event("Preview")));
    assert!(id(&live).len() == 32 && !id(&live).contains("a94c"));
    let other_account = Event { account: Some("730591846207".to_owned()), ..live.clone() };
    assert_ne!(id(&live), id(&other_account));
    assert_eq!(id(&live), id(&Event { custom_data: Some("other words".to_owned()), ..live.clone() }));
}
