//! Files that nobody writes but somebody sends: refused at once, with what is wrong with them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests write the files that are read")]

use signoff::config::{Absent, folder};
use signoff::diagnostic::Source;
use signoff::rules;
use signoff::template::Templates;

const HEAD: &str = "version: 1\nworkspace: T0SHOP\napprovals:\n";

fn alias_bomb() -> String {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in ('b'..='i').zip('a'..) {
        text.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    text
}

/// The first finding of each, as rules and as a template.
#[test]
fn too_large_too_deep_too_many() {
    let mut told = Vec::new();
    for (name, text) in [
        ("ten megabytes", format!("{HEAD}  - name: {}\n", "x".repeat(10_000_000))),
        ("a hundred thousand brackets", format!("{HEAD}  - name: {}", "[".repeat(100_000))),
        ("a hundred thousand maps", format!("{HEAD}  - name: {}", "{a: ".repeat(100_000))),
        ("an alias bomb", alias_bomb()),
        ("an alias of itself", "a: &a [*a]\n".to_owned()),
        ("a null character", format!("{HEAD}  - name: \0\n")),
        ("many documents", "---\n".repeat(1000)),
    ] {
        let rules = rules::read(&[Source::new("hostile.yaml", &text)], &Templates::builtin()).unwrap_err();
        let template = Templates::read([Source::new("hostile.yaml", &text)]).unwrap_err();
        for (what, found) in [("rules", rules), ("template", template)] {
            let place = found[0].place();
            told.push(format!("{name}, {what}: {} {place}: {}", found[0].code, found[0].message));
        }
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn other_encodings() {
    let mut told = Vec::new();
    for (name, bytes) in [
        ("latin-1", b"version: 1\n# Freig\xe4be\n".to_vec()),
        ("utf-16", b"\xff\xfev\0e\0r\0".to_vec()),
        ("cut short", b"# \xe2\x82".to_vec()),
        ("binary", (0..=255).collect()),
    ] {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("a.yaml"), bytes).unwrap();
        let error = folder("SIGNOFF_RULES", place.path(), Absent::IsError).unwrap_err().to_string();
        told.push(format!("{name}: {}", error.replace(&place.path().display().to_string(), "rules")));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    latin-1: `rules/a.yaml`, which `SIGNOFF_RULES` names, can't be read: it is not UTF-8 in line 2: save it as UTF-8
    utf-16: `rules/a.yaml`, which `SIGNOFF_RULES` names, can't be read: it is not UTF-8 in line 1: save it as UTF-8
    cut short: `rules/a.yaml`, which `SIGNOFF_RULES` names, can't be read: it is not UTF-8 in line 1: save it as UTF-8
    binary: `rules/a.yaml`, which `SIGNOFF_RULES` names, can't be read: it is not UTF-8 in line 2: save it as UTF-8
    ");
}
