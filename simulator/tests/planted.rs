//! Bugs that somebody might make, planted: each breaks an invariant in one of the first 2,000 seeds. What signoff is made of is not
//! changed for that: the ports are wrapped, what comes in is rewritten, or the rules are misread.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "planted/bugs.rs"]
mod bugs;

use std::sync::Arc;

use bugs::{Bug, Planted};
use signoff_simulator::seeds::{Explorer, Signoff};

const SEEDS: u64 = 2_000;
const NOT_FOUND: &str = "not found";

/// The first seed that finds it, and which invariant it breaks there.
fn found(what: &str, explorer: &Explorer, invariants: &[u8]) -> String {
    let Some((seed, violation)) = explorer.first_broken(0, SEEDS).unwrap() else {
        return format!("{what}: {NOT_FOUND} in {SEEDS} seeds");
    };
    let line = format!("{what}: seed {seed}, I{}: {}", violation.invariant, violation.what);
    if invariants.contains(&violation.invariant) { line } else { format!("{NOT_FOUND} as it should be: {line}") }
}

#[test]
fn each_fault_of_the_shell_is_found() {
    let planted = [
        (Bug::NoSignatureCheck, &[1][..]),
        (Bug::QuorumOffByOne, &[1]),
        (Bug::SaveAfterAct, &[2, 3, 4]),
        (Bug::IgnoresConflicts, &[2, 3, 4]),
        (Bug::ForgetsTheClaim, &[2, 3, 4]),
        (Bug::AcceptsStrangers, &[1]),
        (Bug::RejectionApproves, &[1]),
        (Bug::SwallowsFailures, &[3, 4]),
        (Bug::PostsTwice, &[3]),
        (Bug::LosesUpdates, &[3, 4]),
        (Bug::BelievesUnfinished, &[4]),
        (Bug::StaleRules, &[1]),
        (Bug::IgnoresWithdrawals, &[1, 3]),
        (Bug::IgnoresEvents, &[3, 4]),
        (Bug::BelievesItself, &[3, 4]),
        (Bug::SilentRefusals, &[3]),
        (Bug::ShowsTheToken, &[5]),
        (Bug::AnswersLate, &[6]),
        (Bug::ForgetsTheEvidence, &[3]),
        (Bug::ForgetsExecutions, &[3, 4]),
        (Bug::ForgetsThePosting, &[3]),
    ];
    // Two at a time: there are few cores.
    let lines: Vec<String> = std::thread::scope(|scope| {
        let halves = planted.chunks(planted.len().div_ceil(2)).map(|half| {
            scope.spawn(move || {
                let find = |(bug, invariants): &(Bug, &[u8])| {
                    let explorer = Explorer::new(Arc::new(Planted(*bug))).unwrap();
                    found(&format!("{bug:?}"), &explorer, invariants)
                };
                half.iter().map(find).collect::<Vec<_>>()
            })
        });
        let halves: Vec<_> = halves.collect();
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    let lines = lines.join("\n");
    assert!(!lines.contains(NOT_FOUND), "{lines}");
}

#[test]
fn each_rule_that_is_misread_is_found() {
    let window =
        ", window: { days: [mon, tue, wed, thu, fri, sat, sun], from: \"09:00\", until: \"16:00\", timezone: UTC }";
    let misread = [
        ("one where two are asked for", "count: 2", "count: 1"),
        ("a seat that is left out", "{ from: three }, { from: security }", "{ from: three }"),
        ("everybody may", "approvers: [U0ANN, U0BEN,", "approvers: [U0ZED, U0CAT, U0DAN, U0EVE, U0ANN, U0BEN,"),
        ("the window", window, ""),
        ("forbid", "forbid: [author], ", ""),
        ("the comment", "comment: required", "comment: none"),
        ("who may override", "override: { by: U0DAN }", "override: { by: three }"),
    ];
    let mut lines = Vec::new();
    for (what, from, to) in misread {
        let rewritten = |rules: &str| rules.replace(from, to);
        let explorer = Explorer::with_rules_rewritten(Arc::new(Signoff), rewritten).unwrap();
        lines.push(found(what, &explorer, &[1]));
    }
    let lines = lines.join("\n");
    assert!(!lines.contains(NOT_FOUND), "{lines}");
}
