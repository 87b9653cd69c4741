//! A start that can't be: one line that names the setting, or the place in a file, and the way out.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests write the folders that the binary reads")]

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const SETTINGS: [(&str, &str); 6] = [
    ("SIGNOFF_TABLE", "memory"),
    ("SLACK_BOT_TOKEN", "xoxb-invented"),
    ("SLACK_SIGNING_SECRET", "invented"),
    ("AWS_REGION", "eu-north-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAINVENTED"),
    ("AWS_SECRET_ACCESS_KEY", "invented"),
];

const RULES: &str = "\
version: 1
workspace: T0SHOP
approvals:
  - name: everything
    match: {}
    channel: C0LIVE
    approvers: [U0NOOR]
";

/// A working folder with `rules/shop.yaml` and, where given, `templates/own.yaml`.
fn folder(rules: &str, template: Option<&str>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    std::fs::write(folder.path().join("rules/shop.yaml"), rules).unwrap();
    if let Some(template) = template {
        std::fs::create_dir(folder.path().join("templates")).unwrap();
        std::fs::write(folder.path().join("templates/own.yaml"), template).unwrap();
    }
    folder
}

fn start(folder: &Path, settings: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bootstrap"))
        .current_dir(folder)
        .env_clear()
        .envs(settings.iter().copied())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(!output.status.success(), "it should not start");
    assert_eq!(output.stdout, b"", "nothing goes to standard output");
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut settings: Vec<_> =
        SETTINGS.into_iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name)).collect();
    settings.extend(changes.iter().filter(|(_, value)| *value != "unset"));
    settings
}

#[test]
fn settings_that_are_missing_or_wrong() {
    let folder = folder(RULES, None);
    let mut told = String::new();
    for changes in [
        &[("SIGNOFF_TABLE", "unset")][..],
        &[("SIGNOFF_TABLE", "  ")],
        &[("SLACK_BOT_TOKEN", "unset")],
        &[("SLACK_SIGNING_SECRET", "")],
        &[("SLACK_SIGNING_SECRET", "ssm:/signoff/signing-secret")],
        &[("SLACK_API_URL", "slack")],
        &[("SLACK_API_URL", "http://slack.example/api/")],
        &[("SLACK_API_URL", "ftp://slack.example/")],
        &[("SIGNOFF_LOG", "signoff=loud")],
        &[("SIGNOFF_RULES", "no/such/folder")],
        &[("SIGNOFF_TEMPLATES", "rules/shop.yaml")],
    ] {
        let [(name, value)] = changes else { panic!("one change") };
        told.push_str(&format!("{name}={value}\n  {}", said(&start(folder.path(), &with(changes)))));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn rules_with_a_typo() {
    let folder = folder(&RULES.replace("approvers:", "aprovers:"), None);
    insta::assert_snapshot!(said(&start(folder.path(), &SETTINGS)));
}

/// Nobody is to wait for what nothing does.
#[test]
fn rules_that_are_not_acted_by_yet() {
    let rules = RULES.replace("    channel", "    remind: { after: 2h }\n    channel");
    let folder = folder(&rules, None);
    insta::assert_snapshot!(said(&start(folder.path(), &SETTINGS)));
}

#[test]
fn a_template_with_an_undefined_variable() {
    let rules = RULES.replace("    channel", "    template: own\n    channel");
    let folder = folder(&rules, Some("text: '{{ pipelin }} waits'\nblocks: []\n"));
    insta::assert_snapshot!(said(&start(folder.path(), &SETTINGS)));
}

/// A setting's value may be a secret that somebody put into the wrong variable.
#[test]
fn no_secret_is_repeated() {
    let folder = folder(RULES, None);
    let wrong = with(&[("SLACK_SIGNING_SECRET", "secretsmanager:prod/slack-77f1"), ("SLACK_API_URL", "slack")]);
    assert!(!said(&start(folder.path(), &wrong)).contains("77f1"));
}
