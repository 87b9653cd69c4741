//! Fifty people answer at the same instant, on every store and by many seeds: no vote is lost, CodePipeline is told once, the
//! message shows the truth in the end, and everybody has an answer (A14, I2, I3, I4).
//!
//! The people's invocations run in turns that the seed draws, one call after the other. `SIGNOFF_SEED` plays one seed alone;
//! `SIGNOFF_SEEDS=200` plays so many on DynamoDB's adapter too, whose client takes its time without optimisation.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[allow(dead_code, reason = "the tests of the shell use more of it")]
#[path = "../../tests/app/fakes.rs"]
mod fakes;
#[path = "at_once/table.rs"]
mod table;

use std::sync::Arc;

use fakes::{Called, Shop};
use signoff::adapters::memory::MemoryStore;
use signoff::approval::record::{ApprovalState, Outcome};
use signoff::ports::Store;

/// A message has room for some 20 votes and as many names, so that no case here has more to show.
const PEOPLE: usize = 50;

/// What a rule asks for, and who presses what.
struct Case {
    policy: String,
    /// The button of the person of this number.
    button: fn(usize) -> Option<&'static str>,
    /// The end that it has to have, where there is only one.
    ends: Option<Ends>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Ends {
    Approved,
    Waiting,
}

fn person(number: usize) -> String {
    format!("U0P{number:02}")
}

fn people(numbers: std::ops::Range<usize>) -> String {
    numbers.map(person).collect::<Vec<_>>().join(", ")
}

fn cases() -> Vec<Case> {
    let all = people(0..PEOPLE);
    let require = |count: usize| format!("require: [{{ from: [{all}], count: {count} }}], comment: none");
    let two_groups = format!(
        "require: [{{ from: [{}], count: 2 }}, {{ from: [{}] }}], comment: none",
        people(0..30),
        people(25..PEOPLE)
    );
    vec![
        Case {
            policy: format!("approvers: [{all}], comment: none"),
            button: |_| Some("approve"),
            ends: Some(Ends::Approved),
        },
        Case { policy: two_groups, button: |_| Some("approve"), ends: Some(Ends::Approved) },
        // Each of the votes is needed.
        Case {
            policy: require(25),
            button: |number| (number % 2 == 0).then_some("approve"),
            ends: Some(Ends::Approved),
        },
        Case { policy: require(20), button: |number| (number < 12).then_some("approve"), ends: Some(Ends::Waiting) },
        // Whoever comes first.
        Case {
            policy: require(12),
            button: |number| Some(if number % 10 == 9 { "reject" } else { "approve" }),
            ends: None,
        },
    ]
}

async fn play(case: &Case, seed: u64, store: Arc<dyn Store>) {
    let shop = Arc::new(Shop::with_store(&case.policy, store));
    shop.announce().await.unwrap();
    shop.interleave(seed);
    let clicks: Vec<_> = (0..PEOPLE)
        .filter_map(|number| Some((person(number), (case.button)(number)?)))
        .map(|(who, button)| {
            let (shop, user) = (Arc::clone(&shop), who.clone());
            (who, tokio::spawn(async move { shop.press(button, &user).await }))
        })
        .collect();
    let mut counted = Vec::new();
    for (who, click) in clicks {
        // Nobody is without an answer, and nobody's is that there were too many.
        let outcome = click.await.unwrap().unwrap();
        let is_known = ["approved", "rejected", "over already", "approval counted; "];
        let is_told = outcome.contains("is on its way to CodePipeline already") || outcome.contains("fill no seat");
        assert!(is_told || is_known.iter().any(|known| outcome.starts_with(known)), "{who}: {outcome}");
        if outcome == "approved" || outcome.starts_with("approval counted") {
            counted.push(who);
        }
    }
    let record = shop.record().await;
    // No vote is lost: whoever was told that theirs counts is among those that count.
    let mut votes: Vec<String> = record.votes.iter().map(|vote| vote.by.clone()).collect();
    votes.sort();
    assert_eq!(votes, counted);
    let puts = shop.calls().iter().filter(|call| matches!(call, Called::Put(..))).count();
    let messages = shop.messages();
    assert_eq!(messages.len(), 1);
    let shown = serde_json::to_string(&messages[0].blocks).unwrap();
    let has_buttons = messages[0].blocks.iter().any(|block| block["type"] == "actions");
    let (words, ends) = match (&record.state, shop.answered()) {
        (ApprovalState::Pending, None) => {
            assert!(votes.iter().all(|voter| shown.contains(voter.as_str())), "{shown}");
            assert!(shown.contains(record.waits_for.as_deref().unwrap()), "{shown}");
            ("Approval needed", Some(Ends::Waiting))
        }
        (ApprovalState::Ended(Outcome::Decided(decision)), Some((approved, summary))) => {
            assert_eq!(decision.approved, approved);
            assert!(summary.contains(&decision.by) || summary.ends_with('…'), "{summary}");
            assert!(shown.contains(&decision.by), "{} {shown}", decision.by);
            if approved { ("Approved", Some(Ends::Approved)) } else { ("Rejected", None) }
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(puts, usize::from(shop.answered().is_some()), "CodePipeline is told once");
    assert!(messages[0].text.starts_with(words), "{} and not {words}", messages[0].text);
    assert_eq!(has_buttons, ends == Some(Ends::Waiting));
    assert!(record.shown, "that it is shown is remembered");
    if case.ends.is_some() {
        assert_eq!(ends, case.ends);
    }
}

/// Plays seeds, one case each, on a store of its own.
#[allow(clippy::disallowed_methods, reason = "which seeds is the setting of a test")]
async fn play_all(seeds: u64, store: impl Fn() -> Arc<dyn Store>) {
    let cases = cases();
    let setting = |name: &str| std::env::var(name).ok().map(|seed| seed.parse::<u64>().unwrap());
    let seeds = setting("SIGNOFF_SEEDS").unwrap_or(seeds);
    let only = setting("SIGNOFF_SEED");
    for seed in only.map_or(0..seeds, |only| only..only + 1) {
        let case = &cases[usize::try_from(seed).unwrap() % cases.len()];
        let playing = Playing(seed);
        play(case, seed, store()).await;
        std::mem::forget(playing);
    }
}

/// Says which seed it was, should it end before its time.
struct Playing(u64);

impl Drop for Playing {
    #[allow(clippy::disallowed_macros, reason = "a test that fails says so")]
    fn drop(&mut self) {
        eprintln!("it was the seed {0}: play it alone with SIGNOFF_SEED={0}", self.0);
    }
}

#[tokio::test]
async fn fifty_people_on_the_store_in_the_process() {
    play_all(200, || Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn fifty_people_on_dynamodb() {
    play_all(15, || Arc::new(table::dynamodb())).await;
}
