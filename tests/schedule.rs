//! What a tick has to do, against a naive model that walks through the seconds.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use signoff::approval::quorum::Members;
use signoff::approval::record::{
    ApprovalRecord, ApprovalState, CastVote, Decision, Elsewhere, Escalation, Fate, Outcome, Posting,
};
use signoff::approval::schedule::{LOOK_AGAIN, Plan, after_failure, plan, to_call};
use signoff::approval::window::{Opening, opening};
use signoff::diagnostic::Source;
use signoff::event::{Envelope, read_text};
use signoff::facts::Mention;
use signoff::rules::{self, RuleSet};
use signoff::slack::interaction::MessageRef;
use signoff::template::Templates;

/// Monday, 11 May 2026, 10:00 in Berlin.
const ASKED: i64 = 1_778_486_400;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(ASKED + minutes * 60).unwrap()
}

fn rules(policy: &str) -> RuleSet {
    let text = format!(
        "version: 1\nworkspace: T0SHOP\ngroups: {{ crew: {{ users: [U0NOOR, U0OLA] }}, deck: {{ usergroup: S0DECK }} }}\n\
         freezes: [{{ name: move, from: 2026-05-12T00:00, until: 2026-05-13T00:00, timezone: Europe/Berlin }}]\n\
         approvals:\n  - {{ name: live, match: {{}}, channel: C0LIVE, mention: [U0PIA], {policy} }}\n"
    );
    let read = rules::read(&[Source::new("shop.yaml", text)], &Templates::builtin());
    read.unwrap_or_else(|found| panic!("{policy}: {found:?}")).rules
}

/// Asked for and looked at at minute 0, and expiring after a week.
fn record() -> ApprovalRecord {
    let message = r#"{"region": "eu-north-1", "approval": {"pipelineName": "shop", "stageName": "Live", "actionName": "Go",
        "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T08:00Z"}}"#;
    let event = read_text(message, &Envelope { sent_at: Some(at(0)), ..Envelope::default() }).unwrap();
    let mut record = ApprovalRecord::requested(event, at(0));
    record.posting = Posting::Posted(MessageRef { channel: "C0LIVE".to_owned(), ts: "1.000100".to_owned() });
    record.follow_up.looked = Some(at(0));
    record
}

/// The plan in words, with minutes since the request.
fn words(plan: Plan) -> String {
    let minutes = |at: Timestamp| (at.as_second() - ASKED) / 60;
    let mut words: Vec<String> = Vec::new();
    words.extend(plan.ask.then(|| "ask".to_owned()));
    words.extend(plan.show.then(|| "show".to_owned()));
    words.extend(plan.escalate.then(|| "escalate".to_owned()));
    words.extend(plan.remind.map(|due| format!("remind of {}", minutes(due))));
    words.push(plan.next.map_or("never again".to_owned(), |next| format!("again at {}", minutes(next))));
    words.join(", ")
}

const BOTH: &str = "approvers: [crew], remind: { after: 90m, every: 2h }, escalate: { after: 4h, channel: C0HELP }";

#[test]
fn what_is_due_when() {
    let crew = "approvers: [crew]";
    let window = "approvers: [crew], remind: { after: 1h, every: 2h }, escalate: { after: 3h, channel: C0HELP }, \
                  window: { days: [mon, wed], from: '09:00', until: '11:30', timezone: Europe/Berlin }";
    let frozen = "approvers: [crew], remind: { after: 16h }, freezes: [move]";
    // The minute, the reminder that was given (when it was due), and whether it is escalated.
    for (policy, minute, reminded, escalated, expected) in [
        (crew, 0, None, false, "again at 60"),
        (crew, 7 * 24 * 60 - 5, None, false, "again at 10080"),
        (crew, 7 * 24 * 60, None, false, "ask, again at 10081"),
        (crew, 7 * 24 * 60 + 7, None, false, "ask, again at 10094"),
        (crew, 8 * 24 * 60, None, false, "ask, again at 11580"),
        (BOTH, 0, None, false, "again at 60"),
        (BOTH, 60, None, false, "again at 90"),
        (BOTH, 89, None, false, "again at 90"),
        (BOTH, 90, None, false, "ask, remind of 90, again at 150"),
        (BOTH, 90, Some(90), false, "again at 150"),
        (BOTH, 209, Some(90), false, "again at 210"),
        (BOTH, 215, Some(90), false, "ask, remind of 210, again at 240"),
        (BOTH, 240, Some(210), false, "ask, escalate, again at 300"),
        (BOTH, 240, Some(210), true, "again at 300"),
        // Nothing for a day: one reminder, and then by the grid as before.
        (BOTH, 24 * 60, Some(90), false, "ask, escalate, remind of 1410, again at 1500"),
        (BOTH, 1500, Some(1410), true, "again at 1530"),
        // Outside the window, from 11:30 on, nobody could act; on Wednesday at 09:00 they can.
        (window, 60, None, false, "ask, remind of 60, again at 120"),
        (window, 100, Some(60), false, "again at 160"),
        (window, 181, Some(60), false, "again at 241"),
        (window, 46 * 60 + 30, Some(60), false, "again at 2820"),
        (window, 47 * 60, Some(60), false, "ask, escalate, remind of 2820, again at 2880"),
        // The freeze lasts from minute 840 to 2280, and the reminder is due in it.
        (frozen, 960, None, false, "again at 1020"),
        (frozen, 2279, None, false, "again at 2280"),
        (frozen, 2280, None, false, "ask, remind of 960, again at 2340"),
    ] {
        let rules = rules(policy);
        let mut record = record();
        record.follow_up.reminded = reminded.map(at);
        let posted = MessageRef { channel: "C0HELP".to_owned(), ts: "1.000200".to_owned() };
        record.follow_up.escalation = escalated.then_some(Escalation { at: posted, link: None });
        let rule = rules.approval_for(&record.event).unwrap();
        assert_eq!(words(plan(rule, &record, at(minute))), expected, "{policy} at {minute}");
    }
}

fn decision(minute: i64) -> Decision {
    Decision {
        approved: true,
        by: "U0NOOR".to_owned(),
        name: "Noor".to_owned(),
        at: at(minute),
        comment: None,
        rule: "live".to_owned(),
        rules_digest: String::new(),
        votes: Vec::new(),
        is_override: false,
    }
}

/// What is to do in each state, and when the record itself says that a tick has to look.
#[test]
fn by_how_it_stands() {
    let pending = ApprovalState::Pending;
    let deciding = |until| ApprovalState::Deciding { decision: decision(10), until: at(until) };
    let elsewhere = Elsewhere { fate: Fate::Closed, by: None, at: None, comment: None };
    let over = ApprovalState::Ended(Outcome::Elsewhere(elsewhere));
    let rules = rules(BOTH);
    // How it stands at minute 20, whether it is shown, when a tick looked and planned to look; then the plan, and when it is due.
    for (state, shown, looked, look_at, expected, due) in [
        // What told of its end may have come before it.
        (pending.clone(), true, None, None, "ask, again at 80", Some(-1)),
        (pending.clone(), true, Some(5), Some(65), "again at 80", Some(65)),
        (pending, false, Some(5), Some(65), "show, again at 80", Some(-1)),
        (deciding(21), false, Some(5), Some(65), "again at 21", Some(21)),
        (deciding(20), false, Some(5), Some(65), "ask, show, again at 80", Some(20)),
        // It was looked at since, and CodePipeline still waits: it is an approval that waits as others do.
        (deciding(11), true, Some(12), Some(72), "again at 80", Some(72)),
        (over.clone(), false, Some(5), Some(65), "show, never again", Some(-1)),
        (over, true, Some(5), Some(65), "never again", None),
    ] {
        let mut record = ApprovalRecord { state, shown, ..record() };
        record.follow_up.looked = looked.map(at);
        record.follow_up.look_at = look_at.map(at);
        let rule = rules.approval_for(&record.event).unwrap();
        assert_eq!(words(plan(rule, &record, at(20))), expected, "{record:?}");
        // At once: before anything else.
        let wanted = due.map(|due| if due < 0 { Timestamp::UNIX_EPOCH } else { at(due) });
        assert_eq!(record.due_at(), wanted, "{record:?}");
        record.follow_up.held_until = Some(at(30));
        assert_eq!(record.due_at(), wanted.map(|due| due.max(at(30))), "{record:?}");
        record.posting = Posting::Claimed { until: at(1) };
        assert_eq!(record.due_at(), Some(at(30)), "what is not posted yet is to be posted: {record:?}");
    }
    assert!(plan(None, &record(), at(6 * 24 * 60)).is_idle(), "no rule asks for anything");
}

#[test]
fn what_fails_is_left_alone_longer_each_time() {
    let minutes: Vec<i64> = (0..9).chain([u32::MAX]).map(|failures| after_failure(failures).as_mins()).collect();
    assert_eq!(minutes, [1, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
}

#[test]
fn who_is_called() {
    let mut members = Members::default();
    let deck = rules::UserGroupId::parse("S0DECK").unwrap();
    members.insert(deck, ["U0DAN".to_owned(), "U0OLA".to_owned()]);
    let two = "require: [{ from: crew }, { from: deck }]";
    for (policy, votes, expected) in [
        ("approvers: [crew, deck]", &[][..], "U0NOOR U0OLA S0DECK"),
        (two, &[], "U0NOOR U0OLA S0DECK"),
        (two, &["U0NOOR"], "S0DECK"),
        (two, &["U0DAN"], "U0NOOR U0OLA"),
        // Ola fills whichever seat helps; both may still be the other's.
        (two, &["U0OLA"], "S0DECK"),
        ("require: [{ from: crew, count: 2 }]", &["U0NOOR"], "U0OLA"),
        // Noor's other hat can't fill the seat that is left: nobody is named, so whom the rule mentions.
        ("require: [{ from: [U0NOOR] }, { from: [crew] }]", &["U0OLA"], "U0NOOR"),
        // Enough, and yet it waits: their answer was lost on its way.
        ("approvers: [crew]", &["U0NOOR"], "U0NOOR U0OLA"),
    ] {
        let cast = |by: &&str| CastVote { by: (*by).to_owned(), name: String::new(), at: at(5), comment: None };
        let record = ApprovalRecord { votes: votes.iter().map(cast).collect(), ..record() };
        let rules = rules(policy);
        let rule = rules.approval_for(&record.event).unwrap().unwrap();
        let called: Vec<String> = to_call(rule, &record, &members).iter().map(|who| who.id().to_owned()).collect();
        assert_eq!(called.join(" "), expected, "{policy} {votes:?}");
    }
}

/// A naive reading: every minute since the request at which a reminder was due, from the first to now.
fn naive(after: i64, every: Option<i64>, now: i64) -> Vec<i64> {
    (0..=now)
        .filter(|minute| {
            *minute == after || every.is_some_and(|every| *minute > after && (minute - after) % every == 0)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Ticks at any times, in a window or not: each is one reminder at most, none comes before its time or twice, and none is lost
    /// but to a later one. And never is the next look later than the next thing to do.
    #[test]
    fn ticks_at_any_time_do_the_right_thing_once(
        after in 1..400_i64,
        every in prop::option::of(1..400_i64),
        escalate in 1..2_000_i64,
        windowed in any::<bool>(),
        mut ticks in prop::collection::vec(0..5_000_i64, 1..40),
    ) {
        ticks.sort_unstable();
        let each = every.map(|every| format!(", every: {every}m")).unwrap_or_default();
        let window = ", window: { days: [mon, tue, thu], from: '09:00', until: '17:00', timezone: Europe/Berlin }";
        let rules = rules(&format!(
            "approvers: [crew], remind: {{ after: {after}m{each} }}, escalate: {{ after: {escalate}m, channel: C0HELP }}{}",
            if windowed { window } else { "" },
        ));
        let mut record = record();
        let mut given: Vec<i64> = Vec::new();
        let mut planned = at(0);
        for minute in ticks {
            let rule = rules.approval_for(&record.event).unwrap().unwrap();
            let policy = &rule.policy;
            let open = |minute| opening(policy.window.as_ref(), &policy.freezes, at(minute)) == Opening::Open;
            let plan = plan(Some(rule), &record, at(minute));
            let missed: Vec<i64> = naive(after, every, minute).into_iter().filter(|due| given.last().is_none_or(|last| last < due)).collect();
            let wanted = missed.last().copied().filter(|_| open(minute));
            prop_assert_eq!(plan.remind, wanted.map(at));
            let escalated = record.follow_up.escalation.is_some();
            prop_assert_eq!(plan.escalate, !escalated && minute >= escalate && open(minute));
            // Nothing to do before it was planned to look.
            prop_assert!(plan.is_idle() || at(minute) >= planned, "{:?} at {}, planned {}", plan, minute, planned);
            planned = plan.next.unwrap();
            prop_assert!(planned > at(minute) && planned <= at(minute) + LOOK_AGAIN);
            given.extend(wanted);
            record.follow_up.reminded = plan.remind.or(record.follow_up.reminded);
            if plan.escalate {
                let posted = MessageRef { channel: "C0HELP".to_owned(), ts: "1.000200".to_owned() };
                record.follow_up.escalation = Some(Escalation { at: posted, link: None });
            }
        }
    }
}

/// Nobody is called twice, or because they have voted.
#[test]
fn nobody_is_called_twice() {
    let rules = rules("require: [{ from: [crew, U0NOOR] }, { from: [U0OLA, crew] }]");
    let record = record();
    let rule = rules.approval_for(&record.event).unwrap().unwrap();
    let noor = Mention::User { id: "U0NOOR".to_owned() };
    let called = to_call(rule, &record, &Members::default());
    assert_eq!(called.iter().filter(|who| **who == noor).count(), 1);
    assert_eq!(LOOK_AGAIN, SignedDuration::from_hours(1));
}
