//! docs/templates.md names every variable and every filter of ours, and its examples work.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the page is a file")]

use std::path::Path;

use serde_json::{Value, json};
use signoff::diagnostic::{Source, text};
use signoff::facts;
use signoff::template::Templates;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/templates.md")).unwrap()
}

/// The last word of each variable, and of its parts.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                found.push(name.clone());
                names(value, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

#[test]
fn every_variable_is_named() {
    let page = page();
    let mut found = Vec::new();
    names(&json!(facts::approval_samples()[0]), &mut found);
    names(&json!(facts::refusal_samples()[0]), &mut found);
    names(&json!(facts::comment_samples()[0]), &mut found);
    for name in ["command", "status", "approvals", "help"] {
        names(&facts::fixed_samples(name)[0], &mut found);
    }
    // What only `mention` looks at.
    found.retain(|name| name != "kind" || page.contains("trigger.kind"));
    for name in found {
        let is_named = ["`", ".", "`."].iter().any(|before| page.contains(&format!("{before}{name}`")));
        assert!(is_named, "`{name}` is not in docs/templates.md");
    }
}

#[test]
fn every_filter_of_ours_is_explained() {
    let page = page();
    for filter in [
        "slack_date",
        "mention",
        "link",
        "short_commit",
        "first_line",
        "truncate_chars",
        "bold",
        "code",
        "code_block",
        "quote",
        "duration",
        "json",
    ] {
        assert!(page.contains(&format!("\\| {filter}")), "`{filter}` is not in docs/templates.md");
    }
}

#[test]
fn the_examples_work() {
    let page = page();
    let mut examples = 0;
    for block in page.split("```yaml\n").skip(1) {
        examples += 1;
        let source = Source::new("own.yaml", block.split("```").next().unwrap());
        let templates = Templates::read([source]).unwrap_or_else(|found| panic!("{}", text::render_all(&found)));
        let samples = if block.contains("approval.id") { facts::approval_samples() } else { facts::samples() };
        assert_eq!(text::render_all(&templates.check("own", &samples)), "");
    }
    assert_eq!(examples, 2);
}
