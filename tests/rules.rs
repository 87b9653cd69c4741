//! What rules are read to, what is told of broken ones, and which rule is for which event.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "rules/glob.rs"]
mod glob;
#[path = "rules/matching.rs"]
mod matching;
#[path = "rules/properties.rs"]
mod properties;
#[path = "rules/unreachable.rs"]
mod unreachable;

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use signoff::diagnostic::{Source, text};
use signoff::event::{self, Envelope, EventKind};
use signoff::rules::{self, Condition, Match, RuleSet};
use signoff::template::Templates;

/// The snapshots stand beside what they are of.
fn snapshot_settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

#[test]
fn what_is_told_of_broken_rules() {
    let mut cases = 0;
    for path in entries("tests/rules/broken") {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let (files, templates) = match path.extension() {
            None => (yaml_files(&path), yaml_files(path.join("templates"))),
            Some(extension) if extension == "yaml" => (vec![source(&path)], Vec::new()),
            Some(_) => continue,
        };
        let templates = Templates::read(templates).unwrap();
        let Err(found) = rules::read(&files, &templates) else { panic!("{name} is not broken") };
        assert!(!found.is_empty(), "{name} is refused without a reason");
        let told = text::render_all(&found);
        snapshot_settings("broken").bind(|| insta::assert_snapshot!(name, told));
        cases += 1;
    }
    assert!(cases >= 60, "{cases}");
}

#[test]
fn a_folder_without_files() {
    let found = rules::read(&[], &Templates::builtin()).unwrap_err();
    assert_eq!(
        text::render_all(&found),
        "error[rule-none]: the rules folder has no `*.yaml` file\n = help: put the rules into files named `something.yaml`\n"
    );
}

#[test]
fn warnings_keep_nothing_from_being_used() {
    let half = "text: hi\nblocks:\n  - type: actions\n    elements:\n      - \
                { type: button, action_id: signoff.approve, text: { type: plain_text, text: Yes } }\n";
    let templates = Templates::read([Source::new("half.yaml", half)]).unwrap();
    let read = rules::read(&[fixture("warnings.yaml")], &templates).unwrap();
    assert_eq!(read.rules.approvals.len(), 4);
    snapshot_settings("").bind(|| insta::assert_snapshot!("warnings", text::render_all(&read.warnings)));
}

#[test]
fn the_shipped_rules() {
    let read = read(&yaml_files("rules"));
    snapshot_settings("").bind(|| insta::assert_snapshot!("shipped", described(&read)));
}

/// The simulator's recordings, which its scenarios send through these rules.
#[test]
fn the_shipped_rules_are_for_the_recordings() {
    let rules = read(&yaml_files("rules"));
    for (recording, approval, notifications) in [
        ("approval-needed", Some(("payments to production", "C0RELEASES")), &[][..]),
        ("approval-needed-staging", Some(("payments to staging", "C0DEPLOYS")), &[]),
        ("approval-needed-bare", None, &[]),
        ("action-failed", None, &[("failures", "C0INCIDENTS")]),
        ("pipeline-failed-notification-rule", None, &[("failures", "C0INCIDENTS"), ("progress", "C0DEPLOYS")]),
        ("pipeline-started", None, &[("progress", "C0DEPLOYS")]),
        ("pipeline-succeeded-in-sns", None, &[("progress", "C0DEPLOYS")]),
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/recordings");
        let payload = source(&folder.join(format!("{recording}.json"))).text;
        let payload: Value = serde_json::from_str(&payload).unwrap();
        let envelope = Envelope::default();
        let event = match payload["Records"][0]["Sns"]["Message"].as_str() {
            Some(message) => event::read_text(message, &envelope),
            None => event::read(&payload, &envelope),
        };
        let event = event.unwrap();
        let decided = rules.approval_for(&event).unwrap().map(|rule| (rule.name.as_str(), rule.channel.as_str()));
        assert_eq!(decided, approval, "{recording}");
        let told = rules.notifications_for(&event).map(|rule| (rule.name.as_str(), rule.channel.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), notifications, "{recording}");
    }
}

/// What each rule asks for in plain words, and that nobody is to believe in what is not acted by.
#[test]
fn policies_in_words() {
    let read = rules::read(&[fixture("policies.yaml")], &Templates::builtin());
    let read = read.unwrap_or_else(|found| panic!("{}", text::render_all(&found)));
    let mut told = String::new();
    for rule in &read.rules.approvals {
        writeln!(told, "{}: {}", rule.name, rule.policy.words()).unwrap();
        for words in rule.policy.waiting_words() {
            writeln!(told, "    {words}").unwrap();
        }
        writeln!(told, "    answered by {:?}", rule.approvers).unwrap();
    }
    for warning in &read.warnings {
        writeln!(told, "{warning}").unwrap();
    }
    snapshot_settings("").bind(|| insta::assert_snapshot!("policies", told));
}

/// A set in a few lines, in its own order.
fn described(rules: &RuleSet) -> String {
    let RuleSet { workspace, approvals, notifications, commands, uncovered, digest: _, accounts: _ } = rules;
    let mut told = format!("workspace {workspace:?}\n");
    for rule in approvals {
        writeln!(told, "\napproval {:?}\n  {}", rule.name, conditions(&rule.matches)).unwrap();
        writeln!(told, "  in {:?} by the template `{}`", rule.channel, rule.template).unwrap();
        for approver in &rule.approvers {
            writeln!(told, "  answered by {approver:?}").unwrap();
        }
        writeln!(told, "  mentions {:?}", rule.mention).unwrap();
    }
    for rule in notifications {
        writeln!(told, "\nnotification {:?}\n  {}", rule.name, conditions(&rule.matches)).unwrap();
        writeln!(told, "  in {:?} by the template `{}`", rule.channel, rule.template).unwrap();
        writeln!(told, "  mentions {:?}", rule.mention).unwrap();
    }
    for rule in commands {
        let matches = Match { fields: rule.fields.clone(), ..Match::default() };
        writeln!(told, "\ncommand {:?}\n  {}", rule.name, conditions(&matches)).unwrap();
        writeln!(told, "  {}", rule.words()).unwrap();
    }
    writeln!(told, "\nuncovered {uncovered:?}").unwrap();
    told
}

fn conditions(matches: &Match) -> String {
    let Match { fields, event, when } = matches;
    let mut told = Vec::new();
    for (field, Condition { any, not }) in fields {
        let not = if not.is_empty() { String::new() } else { format!(" but not {not:?}") };
        told.push(format!("{} {any:?}{not}", field.key()));
    }
    told.extend(when.as_ref().map(|when| format!("when {}", when.as_str())));
    let names = |kinds: &Vec<EventKind>| kinds.iter().map(ToString::to_string).collect::<Vec<_>>();
    told.extend(event.as_ref().map(|kinds| format!("event {:?}", names(kinds))));
    if told.is_empty() { "of anything".to_owned() } else { format!("of {}", told.join(", ")) }
}

#[test]
fn the_digest_is_of_names_and_contents() {
    let files = || yaml_files("rules");
    let digest = |files: Vec<Source>| read(&files).digest;
    let whole = digest(files());
    assert!(whole.len() >= 12 && whole.bytes().all(|digit| digit.is_ascii_hexdigit()), "{whole}");
    assert_eq!(whole, digest(files().into_iter().rev().collect()), "the order of reading does not matter");
    let moved = files().into_iter().map(|source| Source::new(format!("/var/task/rules/{}", source.file), source.text));
    assert_eq!(whole, digest(moved.collect()), "the folder does not matter");
    for changed in 0..files().len() {
        let mut other = files();
        other[changed].text.push_str("# changed\n");
        assert_ne!(whole, digest(other));
        let mut other = files();
        other[changed].file = format!("z-{}", other[changed].file);
        assert_ne!(whole, digest(other));
    }
}

/// The order of rules is that of the files' names, in whichever order the files come.
#[test]
fn files_are_read_in_name_order() {
    let rule = |name: &str| format!("approvals: [{{ name: {name}, channel: C0LIVE, approvers: [U0NOOR] }}]\n");
    let files = [
        Source::new("b.yaml", rule("second")),
        Source::new("c.yaml", rule("third")),
        Source::new("a.yaml", format!("version: 1\nworkspace: T0SHOP\n{}", rule("first"))),
    ];
    let names: Vec<String> = read(&files).approvals.into_iter().map(|rule| rule.name).collect();
    assert_eq!(names, ["first", "second", "third"]);
}

/// Rules that have to be good, without warnings.
fn read(files: &[Source]) -> RuleSet {
    let read = rules::read(files, &Templates::builtin());
    let read = read.unwrap_or_else(|found| panic!("{}", text::render_all(&found)));
    assert_eq!(text::render_all(&read.warnings), "");
    read.rules
}

fn fixture(name: &str) -> Source {
    source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules").join(name))
}

/// What is in a folder of the package, in name order; nothing where there is no such folder.
#[expect(clippy::disallowed_methods, reason = "the fixtures are files")]
fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[expect(clippy::disallowed_methods, reason = "the fixtures are files")]
fn source(path: &Path) -> Source {
    Source::new(path.file_name().unwrap().to_str().unwrap(), std::fs::read_to_string(path).unwrap())
}

fn yaml_files(folder: impl AsRef<Path>) -> Vec<Source> {
    let paths = entries(folder).into_iter();
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| source(&path))
        .collect()
}
