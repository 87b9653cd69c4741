//! What a vote leads to: the table of `decisions/table.yaml`, and what no table can show.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the table is a file")]

#[path = "decisions/case.rs"]
mod case;
#[path = "decisions/page.rs"]
mod page;
#[path = "decisions/properties.rs"]
mod properties;

use std::collections::BTreeMap;
use std::path::Path;

use case::{Case, event, rules, told, verdict};
use signoff::approval::{Verdict, Wish, groups_to_ask, id};
use signoff::event::Event;

fn table() -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decisions/table.yaml");
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_table() {
    let rules = rules();
    let mut wrong = Vec::new();
    let mut cited: BTreeMap<String, usize> = BTreeMap::new();
    let cases = table();
    for case in &cases {
        *cited.entry(case.cites.clone()).or_default() += 1;
        let told = told(case, &verdict(&rules, case));
        let is_right =
            if case.expect.starts_with("refused: ") { told.starts_with(&case.expect) } else { told == case.expect };
        if !is_right {
            wrong.push(format!("{case:?}\n    {told}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= 150, "{}", cases.len());
    let cited: Vec<&str> = cited.keys().map(String::as_str).collect();
    assert_eq!(cited, ["A1", "A10", "A11", "A12", "A14", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9"]);
}

/// Every refusal says why, in a sentence, and what would help.
#[test]
fn refusals_say_why_and_what_would_help() {
    let rules = rules();
    let mut reasons = Vec::new();
    for case in table() {
        let Verdict::Refuse(facts) = verdict(&rules, &case) else { continue };
        assert!(facts.reason.ends_with('.') == facts.people.is_empty(), "{facts:?}");
        assert!(facts.help.as_deref().is_some_and(|help| help.ends_with('.')), "{facts:?}");
        let people: Vec<&str> = facts.people.iter().map(signoff::facts::Mention::id).collect();
        let told = format!("{} {}\n    {}", facts.reason, people.join(", "), facts.help.unwrap_or_default());
        reasons.push(told.replace(" \n", "\n"));
    }
    reasons.sort();
    reasons.dedup();
    insta::assert_snapshot!(reasons.join("\n"));
}

/// Slack is asked for no more user groups than the rule needs.
#[test]
fn which_user_groups_are_asked() {
    let rules = rules();
    let asked = |stage: &str, user: &str, wish| {
        let rule = rules.approval_for(&event(stage)).unwrap().unwrap();
        let groups: Vec<String> =
            groups_to_ask(rule, user, wish).iter().map(|group| group.as_str().to_owned()).collect();
        groups.join(" ")
    };
    for (stage, user, wish, expected) in [
        ("One", "U0NOOR", Wish::Approve, ""),
        ("One", "U0SAM", Wish::Approve, "S0SEC"),
        ("One", "U0SAM", Wish::Reject, "S0SEC"),
        ("Two", "U0SAM", Wish::Approve, ""),
        // Who voted before has to be known too.
        ("TwoAndOne", "U0NOOR", Wish::Approve, "S0SEC"),
        ("TwoAndOne", "U0NOOR", Wish::Reject, ""),
        ("TwoAndOne", "U0NOOR", Wish::Withdraw, "S0SEC"),
        ("Override", "U0IVY", Wish::Override, ""),
        ("Override", "U0NOOR", Wish::Override, "S0CALL"),
        ("Override", "U0NOOR", Wish::Approve, ""),
    ] {
        assert_eq!(asked(stage, user, wish), expected, "{stage} {user} {wish:?}");
    }
}

/// One request has one id; anything else about it makes another. The token can't be read from it.
#[test]
fn an_approvals_id() {
    let one = event("One");
    assert_eq!(id(&one), id(&one.clone()));
    assert_ne!(id(&one), id(&event("Two")));
    assert!(id(&one).len() == 32 && !id(&one).contains("a94c"));
    let other_account = Event { account: Some("730591846207".to_owned()), ..one.clone() };
    assert_ne!(id(&one), id(&other_account));
    assert_eq!(id(&one), id(&Event { custom_data: Some("other words".to_owned()), ..one.clone() }));
}
