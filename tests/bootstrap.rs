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
        &[("SLACK_SIGNING_SECRET", "ssm:")],
        &[("SLACK_SIGNING_SECRET", "secretsmanager:signoff/slack#")],
        &[("SLACK_API_URL", "slack")],
        &[("SLACK_API_URL", "http://slack.example/api/")],
        &[("SLACK_API_URL", "ftp://slack.example/")],
        &[("SIGNOFF_LOG", "signoff=loud")],
        &[("SIGNOFF_METRICS", "AWS/Lambda")],
        &[("SIGNOFF_METRICS", "sign\toff")],
        &[("SIGNOFF_AUDIT_RETENTION", "a year")],
        &[("SIGNOFF_AUDIT_RETENTION", "0")],
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
    let wrong = with(&[("SLACK_SIGNING_SECRET", "slack-77f1"), ("SLACK_API_URL", "slack")]);
    assert!(!said(&start(folder.path(), &wrong)).contains("77f1"));
}

/// The place is named, and what AWS says of it.
#[test]
fn secrets_that_can_not_be_fetched() {
    let folder = folder(RULES, None);
    let body = r#"{"__type": "ParameterNotFound"}"#;
    let answer = move |request: &wiremock::Request| {
        let target = request.headers["x-amz-target"].to_str().unwrap().to_owned();
        match target.as_str() {
            "AmazonSSM.GetParameter" => wiremock::ResponseTemplate::new(400).set_body_string(body),
            _ => wiremock::ResponseTemplate::new(200).set_body_string(r#"{"SecretString": "{\"a\": \"77f1\"}"}"#),
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = runtime.block_on(async {
        let server = wiremock::MockServer::start().await;
        wiremock::Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
        server
    });
    let uri = server.uri();
    let mut told = String::new();
    for (name, value) in [
        ("SLACK_BOT_TOKEN", "ssm:/signoff/token"),
        ("SLACK_SIGNING_SECRET", "secretsmanager:signoff/slack"),
        ("SLACK_SIGNING_SECRET_PREVIOUS", "secretsmanager:signoff/slack#b"),
    ] {
        let mut settings = with(&[(name, value)]);
        settings.push(("AWS_ENDPOINT_URL", &uri));
        told.push_str(&said(&start(folder.path(), &settings)));
    }
    assert!(!told.contains("77f1"), "{told}");
    insta::assert_snapshot!(told);
}
