//! `signoff render` as people read it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests look at the files of the project")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn render(arguments: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .current_dir(root())
        .arg("render")
        .args(arguments)
        .env_remove("CLICOLOR_FORCE")
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (said, output.status.code().unwrap())
}

fn told(all: &[&[&str]]) -> String {
    let one = |arguments: &&[&str]| {
        let (said, status) = render(arguments);
        format!("$ signoff render {}\n{said}-- exit status {status}\n\n", arguments.join(" "))
    };
    all.iter().map(one).collect()
}

#[test]
fn built_in_templates_from_made_up_facts() {
    insta::assert_snapshot!(told(&[
        &["approval"],
        &["approval", "--minimal"],
        &["approval", "--status", "approved"],
        &["approval", "--status", "closed", "--minimal"],
        &["comment"],
        &["failure"],
        &["failure", "--event", "pipeline.failed", "--minimal"],
        &["notice"],
        &["notice", "--event", "stage.resumed"],
        &["refusal"],
        &["uncovered"],
        &["reminder"],
        &["escalation"],
        &["escalation", "--status", "expired", "--minimal"],
        &["templates/notice.yaml", "--event", "action.started", "--minimal"],
    ]));
}

#[test]
fn every_recording() {
    let folder = std::fs::read_dir(root().join("simulator/recordings")).unwrap();
    let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut all = String::new();
    for name in names {
        let path = format!("simulator/recordings/{name}");
        let template = if name.starts_with("approval") { "approval" } else { "notice" };
        all += &told(&[&[template, &path]]);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn as_slack_gets_it_and_as_a_page() {
    let (json, _) = render(&["notice", "simulator/recordings/pipeline-started.json", "--format", "json"]);
    let message: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(message.as_object().unwrap().keys().collect::<Vec<_>>(), ["text", "blocks"]);
    insta::assert_snapshot!("as_slack_gets_it", json);
    for (name, arguments) in [
        ("page_of_an_approval", &["approval"][..]),
        ("page_of_a_failure", &["failure", "simulator/recordings/action-failed.json"]),
        ("page_of_a_modal", &["comment"]),
    ] {
        let (page, status) = render(&[arguments, &["--format", "html"]].concat());
        assert_eq!(status, 0);
        // What is drawn; the style is a file of its own.
        let body = page.split_once("<body>\n").unwrap().1;
        assert!(
            !page.contains("src=") && !page.contains("url(") && !page.contains("<script"),
            "{name} loads something"
        );
        insta::assert_snapshot!(name, body);
    }
}

#[test]
fn what_it_can_not_do() {
    insta::assert_snapshot!(told(&[
        &[],
        &["aproval"],
        &["nowhere/own.yaml"],
        &["rules/acme.yaml"],
        &["approval", "no-such-file.json"],
        &["approval", "simulator/recordings/click-approve-rest-v1.json"],
        &["approval", "simulator/recordings/broken-json.json"],
        &["notice", "--event", "pipeline.finished"],
        &["approval", "--status", "approved", "--event", "other"],
    ]));
}
