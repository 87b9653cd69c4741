//! `docs/findings.md` explains every code that a finding can have, and no other.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::collections::BTreeSet;

/// The codes are constants of these files: `pub const KEY: &str = "rule-key";`.
const SOURCES: [&str; 3] = [
    include_str!("../src/rules/codes.rs"),
    include_str!("../src/template/codes.rs"),
    include_str!("../simulator/src/scenario/problem.rs"),
];
const EXPLAINED: &str = include_str!("../docs/findings.md");

#[test]
fn every_code_is_explained() {
    let constants = SOURCES.iter().flat_map(|source| source.lines()).filter(|line| line.contains("const "));
    let codes: BTreeSet<&str> = constants.map(|line| line.split('"').nth(1).unwrap()).collect();
    let headings = EXPLAINED.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    let listed: Vec<&str> = headings.collect();
    let explained: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!(codes, explained);
    assert_eq!(listed.len(), explained.len(), "each is explained once");
    for (at, _) in EXPLAINED.match_indices("### `") {
        let body = EXPLAINED[at..].split("\n###").next().unwrap();
        assert!(body.lines().skip(1).any(|line| line.len() > 20), "{body}");
    }
}

#[test]
fn warnings_say_so() {
    for source in SOURCES {
        let lines: Vec<&str> = source.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[1].contains("const ")) {
            let code = pair[1].split('"').nth(1).unwrap();
            let entry = EXPLAINED.split(&format!("### `{code}`\n")).nth(1).unwrap();
            assert_eq!(pair[0].starts_with("/// Warning:"), entry.starts_with("Warning."), "{code}");
        }
    }
}
