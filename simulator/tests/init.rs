//! `signoff init`: what it writes, that it works as it is, and that it overwrites nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests look at the files that the command writes")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const SIGNOFF: &str = env!("CARGO_BIN_EXE_signoff");

fn init(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let output = Command::new(SIGNOFF).current_dir(folder).arg("init").args(arguments).output().unwrap();
    (said(&output), output.status.code().unwrap())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// All files under a folder, by their paths in it.
fn files(root: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// The commands of the workflow, as GitHub would run them: by bash, each in the checked-out repository, with `signoff` installed.
fn run_workflow(folder: &Path) -> Vec<(String, String, Option<i32>)> {
    let workflow = std::fs::read_to_string(folder.join(".github/workflows/signoff.yaml")).unwrap();
    let workflow: Value = serde_yaml::from_str(&workflow).unwrap();
    let steps = workflow["jobs"]["rules"]["steps"].as_array().unwrap();
    let mut path = OsString::from(Path::new(SIGNOFF).parent().unwrap());
    path.push(":/usr/bin:/bin");
    let commands = steps.iter().filter_map(|step| Some((step["name"].as_str()?, step["run"].as_str()?)));
    commands
        .filter(|(name, _)| *name != "Install signoff")
        .map(|(_, command)| {
            let mut bash = Command::new("bash");
            bash.args(["-e", "-o", "pipefail", "-c", command]).current_dir(folder).env("PATH", &path);
            let output = bash.output().unwrap();
            (command.to_owned(), said(&output), output.status.code())
        })
        .collect()
}

#[test]
fn what_is_written_works_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (said, status) = init(folder.path(), &[]);
    insta::assert_snapshot!("written", said);
    assert_eq!(status, 0);
    let written = files(folder.path());
    let shipped = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("starter"));
    assert_eq!(written, shipped, "nothing of the starter is left out");
    let ran = run_workflow(folder.path());
    assert_eq!(ran.len(), 2, "{ran:?}");
    for (command, said, status) in &ran {
        assert_eq!(*status, Some(0), "{command}: {said}");
    }
    assert_eq!(files(folder.path()), written, "transcripts are as they are kept");
}

/// The workflow is not green whatever happens.
#[test]
fn the_workflow_finds_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &[]);
    let rules = folder.path().join("rules/storefront.yaml");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, text.replace("approvers: [release-managers]", "approvers: [on-call]")).unwrap();
    let statuses: Vec<_> = run_workflow(folder.path()).into_iter().map(|(_, _, status)| status).collect();
    assert_eq!(statuses, [Some(0), Some(1)], "rules without a mistake, that let others approve");
    std::fs::write(&rules, text.replace("approvers:", "aprovers:")).unwrap();
    let (_, said, status) = run_workflow(folder.path()).remove(0);
    assert_eq!(status, Some(1));
    assert!(said.starts_with("::error file=rules/storefront.yaml,"), "{said}");
}

#[test]
fn another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (said, status) = init(folder.path(), &["ops/approvals"]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("wrote ops/approvals/rules/shared.yaml\n"), "{said}");
    assert!(said.contains("\n  cd ops/approvals\n"), "{said}");
    assert!(folder.path().join("ops/approvals/.github/workflows/signoff.yaml").is_file());
}

#[test]
fn nothing_is_overwritten() {
    let mut told = String::new();
    for there in
        ["rules/ours.yaml", "scenarios/ours.yaml", "recordings/approval-needed.json", ".github/workflows/signoff.yaml"]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(there);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "ours").unwrap();
        let (said, status) = init(folder.path(), &[]);
        assert_eq!(status, 3, "{said}");
        assert_eq!(files(folder.path()), [(PathBuf::from(there), "ours".to_owned())].into());
        told.push_str(&said);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("taken"), "ours").unwrap();
    let (said, status) = init(folder.path(), &["taken"]);
    assert_eq!(status, 3, "{said}");
    told.push_str(&said);
    insta::assert_snapshot!("refused", told);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(init(folder.path(), &[]).1, 0);
    assert_eq!(init(folder.path(), &[]).1, 3, "not a second time");
}
