//! `signoff explain` as people read it: of every shipped recording, by the shipped rules and by rules that use all keys.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests look at the files of the project")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn explain(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .current_dir(root())
        .arg("explain")
        .args(arguments)
        .env_remove("CLICOLOR_FORCE")
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    format!("{said}-- exit status {}\n", output.status.code().unwrap())
}

fn recordings() -> Vec<PathBuf> {
    let folder = std::fs::read_dir(root().join("simulator/recordings")).unwrap();
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
}

/// Explains a recording, and looks at what may never be in what is told.
fn explain_recording(path: &Path) -> String {
    let told = explain(&[path.to_str().unwrap()]);
    let longest = told.lines().filter(|line| !line.starts_with("  │")).map(|line| line.chars().count()).max();
    let name = path.display();
    assert!(longest <= Some(80), "{name} has lines of {longest:?} characters");
    assert!(!told.contains("3f0c6f5e-9d0a-4b8e-8a52-5d1c7e2f9a01"), "the token of {name} is shown");
    told
}

/// The folders hold one recording for each envelope, event and state; what is told of a folder's is one snapshot.
#[test]
fn every_folder_of_recordings() {
    for folder in recordings().into_iter().filter(|path| path.is_dir()) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let mut told = String::new();
        for path in paths {
            let file = path.file_name().unwrap().to_str().unwrap();
            told.push_str(&format!("$ signoff explain {name}/{file}\n{}\n", explain_recording(&path)));
        }
        insta::assert_snapshot!(format!("in-{name}"), told);
    }
}

#[test]
fn every_recording() {
    for path in recordings().into_iter().filter(|path| path.is_file()) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let told = explain_recording(&path);
        insta::assert_snapshot!(name, told);
    }
}

#[test]
fn rules_that_use_everything() {
    let rules = ["--rules", "simulator/tests/explain/rules"];
    let needed = "simulator/recordings/approval-needed.json";
    let mut told = String::new();
    for arguments in [
        &[needed][..],
        &[needed, "--at", "2026-03-06T11:00[Europe/Berlin]"],
        &[needed, "--at", "2026-12-24T11:00[Europe/Berlin]"],
        &["simulator/recordings/action-failed.json"],
        &["simulator/recordings/pipeline-started.json"],
        &["--who", "payments-api", "Production"],
        &["--who", "payments-api", "Production", "ApproveRelease", "--at", "2026-03-03T09:30Z"],
        &["--who", "ledger", "Release"],
    ] {
        told.push_str(&format!("$ signoff explain {}\n", arguments.join(" ")));
        told.push_str(&explain(&[arguments, &rules].concat()));
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_payload_without_records() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.json");
    std::fs::write(&path, "{\"Records\": []}").unwrap();
    let said = explain(&[path.to_str().unwrap()]);
    assert!(said.contains("refused for good\n  `Records` is empty: AWS delivers at least one\n"), "{said}");
}

#[test]
fn for_programs() {
    let rules = ["--rules", "simulator/tests/explain/rules", "--format", "json"];
    let mut told = String::new();
    for arguments in [
        &["simulator/recordings/broken-and-good.json"][..],
        &["simulator/recordings/action-failed.json"],
        &["simulator/recordings/click-approve-rest-v1.json"],
        &["--who", "payments-api", "Production", "--at", "2026-03-03T09:30Z"],
    ] {
        told.push_str(&format!("$ signoff explain {}\n", arguments.join(" ")));
        told.push_str(&explain(&[arguments, &rules].concat()));
    }
    assert!(!told.contains("3f0c6f5e-9d0a-4b8e-8a52-5d1c7e2f9a01\""), "the token is shown");
    insta::assert_snapshot!(told);
}

#[test]
fn what_it_can_not_do() {
    let mut told = String::new();
    for arguments in [
        &["no-such-file.json"][..],
        &["rules/acme.yaml"],
        &[],
        &["--who", "payments-api"],
        &["simulator/recordings/approval-needed.json", "--at", "tomorrow"],
        &["simulator/recordings/approval-needed.json", "--at", "2026-03-02T10:00[Europe/Berlinn]"],
        &["simulator/recordings/approval-needed.json", "--at", "2026-03-02T10:00[Middle Earth]"],
        &["simulator/recordings/approval-needed.json", "--rules", "tests/rules/broken/across-files"],
        &["simulator/recordings/approval-needed.json", "--rules", "no-such-folder"],
    ] {
        told.push_str(&format!("$ signoff explain {}\n", arguments.join(" ")));
        told.push_str(&explain(arguments));
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}
