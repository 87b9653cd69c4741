//! The JSON Schemas say yes to everything that is shipped and documented, and no to what signoff refuses.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the schemas and the files they describe are files")]

use std::path::{Path, PathBuf};
use std::process::Command;

use jsonschema::Validator;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The schema as `signoff schema` prints it.
fn schema(of: &str) -> Validator {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff")).args(["schema", of]).output().unwrap();
    assert!(output.status.success());
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "{of}");
    jsonschema::validator_for(&schema).unwrap()
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap()
}

fn mistakes(schema: &Validator, value: &Value) -> Vec<String> {
    schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|it| it == "yaml")).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn what_is_shipped_is_valid_and_names_its_schema() {
    for (of, folder, up) in
        [("rules", "rules", "../"), ("template", "templates", "../"), ("scenario", "simulator/scenarios", "../../")]
    {
        let schema = schema(of);
        for file in files(folder) {
            let text = std::fs::read_to_string(&file).unwrap();
            assert_eq!(mistakes(&schema, &yaml(&text)), [""; 0], "{}", file.display());
            let first = format!("# yaml-language-server: $schema={up}schemas/{of}.schema.json");
            assert_eq!(text.lines().next(), Some(first.as_str()), "{}", file.display());
        }
    }
}

/// Whatever an editor should mark red.
#[test]
fn what_is_wrong_is_refused() {
    let good = "version: 1\nworkspace: T0SHOP\napprovals:\n  - { name: a, channel: live, approvers: [U0NOOR] }\n";
    let rules = schema("rules");
    assert_eq!(mistakes(&rules, &yaml(good)), [""; 0]);
    for (from, to) in [
        ("version: 1", "version: 2"),
        ("workspace: T0SHOP", "workspace: shop"),
        ("approvers", "aprovers"),
        ("approvers: [U0NOOR]", "approvers: []"),
        ("approvers: [U0NOOR]", "approvers: [U0NOOR], require: [{ from: U0NOOR }]"),
        (", channel: live", ""),
        ("channel: live", "channel: live, match: { event: action.failed }"),
        ("channel: live", "channel: live, window: { from: 9am, until: '16:00', timezone: UTC }"),
        ("channel: live", "channel: live, comment: always"),
        ("channel: live", "channel: live, remind: { after: soon }"),
    ] {
        let wrong = good.replacen(from, to, 1);
        assert!(!rules.is_valid(&yaml(&wrong)), "{wrong}");
    }
    let template = schema("template");
    for wrong in [
        "text: a",
        "blocks: []",
        "text: a\nblocks: [{ type: sectoin }]",
        "text: a\nblocks: [{ type: header, text: { type: mrkdwn, text: a } }]",
        "text: a\nblocks: [{ type: section }]",
        "modal: { type: modal, blocks: [] }",
    ] {
        assert!(!template.is_valid(&yaml(wrong)), "{wrong}");
    }
    let scenario = schema("scenario");
    for steps in [
        "[]",
        "[{ by: jane }]",
        "[{ wait: soon }]",
        "[{ wait: 1m, deliver: a.json }]",
        "[{ delivr: a.json }]",
        "[{ start: { by: jane } }]",
        "[{ start: { pipeline: a, revision: { message: b } } }]",
        "[{ console: { retry: a/b, stop: a, by: jane } }]",
        "[{ console: { rollback: a/b, to: 0, by: jane } }]",
        "[{ fault: { service: slack } }]",
        "[{ fault: { service: slack, kind: throtled } }]",
        "[{ fault: { service: slack, kind: crash, of: approval } }]",
        "[{ fault: { delivery: lose } }]",
        "[{ fault: { delivery: { delay: soon } } }]",
        "[{ fault: { delivery: drop, service: slack } }]",
    ] {
        let wrong = format!("scenario: a\ngiven: a.yaml\nsteps: {steps}");
        assert!(!scenario.is_valid(&yaml(&wrong)), "{wrong}");
    }
}

/// The YAML that the documentation shows as whole files.
#[test]
fn what_is_documented_is_valid() {
    let mut found = 0;
    for file in ["README.md", "docs/rules.md", "docs/scenarios.md", "docs/templates.md"] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        for block in text.split("```yaml\n").skip(1) {
            let block = yaml(block.split("```").next().unwrap());
            let of = if ["version", "approvals", "notifications", "commands"].iter().any(|key| !block[key].is_null()) {
                "rules"
            } else if !block["blocks"].is_null() {
                "template"
            } else if !block["scenario"].is_null() {
                "scenario"
            } else {
                continue;
            };
            found += 1;
            assert_eq!(mistakes(&schema(of), &block), [""; 0], "{file}");
        }
    }
    assert!(found >= 16, "{found}");
}
