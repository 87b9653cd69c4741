//! Each numbered behaviour of approvals (A1 to A16) and of Slack (S1 to S5) has a scenario that begins with its number, and
//! docs/behaviours.md says what each number means and what shows it.

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

/// How many behaviours each letter has.
const NUMBERS: [(char, u32); 5] = [('A', 16), ('S', 5), ('W', 4), ('M', 7), ('I', 6)];

#[test]
fn the_page_has_each_number_and_names_what_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = std::fs::read_to_string(root.join("docs/behaviours.md")).unwrap();
    let is_number = |cell: &str| {
        let rest = cell.trim_start_matches(|c: char| c.is_ascii_uppercase());
        !rest.is_empty() && rest.len() + 1 == cell.len() && rest.chars().all(|c| c.is_ascii_digit())
    };
    let rows: Vec<Vec<&str>> = page.lines().map(|line| line.split('|').map(str::trim).collect()).collect();
    let rows: Vec<&Vec<&str>> = rows.iter().filter(|cells| cells.len() == 5 && is_number(cells[1])).collect();
    let listed: Vec<String> = rows.iter().map(|cells| cells[1].to_owned()).collect();
    let wanted: Vec<String> =
        NUMBERS.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}"))).collect();
    assert_eq!(listed, wanted);
    for cells in rows {
        // Links, each followed by the name of a test in it, or by none.
        let links: Vec<&str> = cells[3].split("](").skip(1).collect();
        assert!(!links.is_empty(), "{} is shown by nothing", cells[1]);
        for link in links {
            let (target, after) = link.split_once(')').unwrap();
            let path = root.join("docs").join(target);
            let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}: there is no {target}", cells[1]));
            if let Some((name, _)) = after.strip_prefix(" `").and_then(|rest| rest.split_once('`')) {
                assert!(text.contains(&format!("fn {name}(")), "{}: {target} has no test `{name}`", cells[1]);
            }
        }
    }
}
