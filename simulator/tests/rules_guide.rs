//! Every example of docs/rules.md is a rule set without errors, and every command in it prints what it says.
//!
//! `UPDATE_DOCS=1 cargo test --test rules_guide` writes the outputs into the page.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests read the page and write the folders that the command reads")]

use std::path::{Path, PathBuf};
use std::process::Command;

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md")
}

fn run(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff")).current_dir(folder).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (said, output.status.code().unwrap())
}

#[test]
fn the_examples_do_what_the_page_says() {
    let text = std::fs::read_to_string(page()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    let mut written = String::new();
    let (mut examples, mut commands) = (0, 0);
    // Blocks alternate with what is between them.
    for (at, part) in text.split("```").enumerate() {
        if at > 0 {
            written.push_str("```");
        }
        let (language, block) = part.split_once('\n').unwrap_or((part, ""));
        match (at % 2, language) {
            (1, "yaml") if block.starts_with("version:") => std::fs::write(rules.join("common.yaml"), block).unwrap(),
            (1, "yaml") => {
                examples += 1;
                std::fs::write(rules.join("example.yaml"), block).unwrap();
                let (said, status) = run(folder.path(), &["check"]);
                let warnings = said.lines().filter(|line| line.starts_with("warning["));
                let mut unexpected = warnings.filter(|line| !line.starts_with("warning[rule-unused-"));
                assert_eq!((status, unexpected.next()), (0, None), "{block}\n{said}");
            }
            (1, "console") => {
                written.push_str("console\n");
                for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
                    commands += 1;
                    let words: Vec<&str> = command.split(' ').collect();
                    let (said, _) = run(folder.path(), &words[1..]);
                    written.push_str(&format!("$ {command}\n{said}"));
                }
                continue;
            }
            _ => {}
        }
        written.push_str(part);
    }
    assert!(examples >= 11 && commands >= 11, "{examples} examples, {commands} commands");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page(), &written).unwrap();
    } else {
        assert!(
            text == written,
            "docs/rules.md is not what the commands print; run with UPDATE_DOCS=1 and look at the diff"
        );
    }
}
