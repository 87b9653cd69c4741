//! Each numbered behaviour of approvals (A1 to A16) and of Slack (S1 to S5) has a scenario that begins with its number.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the scenarios are files")]

use std::collections::BTreeSet;
use std::path::Path;

use signoff::diagnostic::Source;
use signoff_simulator::scenario::format::Scenario;

#[test]
fn each_number_has_a_scenario_named_after_it() {
    let wanted: Vec<String> =
        (1..=16).map(|number| format!("A{number}")).chain((1..=5).map(|number| format!("S{number}"))).collect();
    let mut found = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let scenario = Scenario::read(&Source::new("", std::fs::read_to_string(&path).unwrap())).unwrap();
        let number = scenario
            .scenario
            .split_once(": ")
            .map(|(number, _)| number)
            .filter(|number| wanted.iter().any(|known| known == number));
        // `A5` is `a05-` in a file's name, so that they are listed in order; `S1` is `s1-`.
        let in_name = name.split_once('-').map(|(first, _)| first).and_then(|first| {
            wanted.iter().find(|known| {
                let (letter, digits) = known.split_at(1);
                let digits = if letter == "A" { format!("{digits:0>2}") } else { digits.to_owned() };
                *first == format!("{}{digits}", letter.to_lowercase())
            })
        });
        assert_eq!(in_name.map(String::as_str), number, "{name}: {}", scenario.scenario);
        found.extend(number.map(str::to_owned));
    }
    let missing: Vec<&String> = wanted.iter().filter(|number| !found.contains(*number)).collect();
    assert!(missing.is_empty(), "no scenario of {missing:?}");
}
