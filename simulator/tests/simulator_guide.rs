//! Every command in docs/simulator.md prints what the page says.
//!
//! `UPDATE_DOCS=1 cargo test --test simulator_guide` writes the outputs into the page. Blocks that need `aws` or `curl` are left out
//! where there is none.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests read the page and write the folders that the command reads")]
#![allow(clippy::disallowed_macros, reason = "it says what is left out")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use signoff::scrub::Scrubber;
use signoff::secret::Secret;

/// The port that the page names. The test takes one that is free.
const PORT: &str = "127.0.0.1:8350";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/simulator.md")
}

/// A shell in the folder that knows the command.
fn shell(folder: &Path, settings: &[(String, String)], command: &str) -> Command {
    let own = Path::new(env!("CARGO_BIN_EXE_signoff")).parent().unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.current_dir(folder).args(["-c", command]).env("PATH", path).env("COLUMNS", "100").env("AWS_PAGER", "");
    shell.env_remove("CLICOLOR_FORCE").envs(settings.iter().cloned());
    shell
}

fn said(folder: &Path, settings: &[(String, String)], command: &str) -> String {
    let output = shell(folder, settings, &format!("{{ {command}; }} 2>&1")).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let end = if said.is_empty() || said.ends_with('\n') { "" } else { "\n" };
    said + end
}

/// Starts the command that goes on. Returns it, what it says first, and what it wants exported.
fn begin(folder: &Path, command: &str) -> (Child, String, Vec<(String, String)>) {
    let free = command.replace("--port 8350", "--port 0");
    let mut child =
        shell(folder, &[], &format!("exec {free}")).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut told, mut settings, mut address) = (String::new(), Vec::new(), String::new());
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap) {
        if let Some((name, value)) = line.strip_prefix("export ").and_then(|line| line.split_once('=')) {
            if let Some(found) = value.strip_prefix("http://").filter(|_| name == "AWS_ENDPOINT_URL") {
                address = found.to_owned();
            }
            settings.push((name.to_owned(), value.to_owned()));
        }
        told.push_str(&line.replace(&address, if address.is_empty() { "" } else { PORT }));
        told.push('\n');
        if line.contains("SLACK_BOT_TOKEN") {
            break;
        }
    }
    (child, told, settings)
}

fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    there.is_ok_and(|status| status.success())
}

/// The log of a Lambda that was invoked with the starter's request.
fn log(folder: &Path) -> Value {
    let payload = std::fs::read_to_string(folder.join("recordings/approval-needed.json")).unwrap();
    let payload: Value = serde_json::from_str(&payload).unwrap();
    let recording = Scrubber::new(&Secret::new("guide")).scrub(&payload).to_string();
    let entry = json!({ "level": "TRACE", "at": "2026-03-02T10:00:00Z", "recording": recording, "message": "recording",
        "target": "signoff::recording" });
    json!({ "events": [{ "timestamp": 1_772_445_600_000_i64, "message": entry.to_string() }] })
}

#[test]
fn every_command_prints_what_the_page_says() {
    let text = std::fs::read_to_string(page()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (mut written, mut commands) = (String::new(), 0);
    let (mut served, mut settings) = (None::<Child>, Vec::new());
    // Blocks alternate with what is between them.
    for (at, part) in text.split("```").enumerate() {
        if at > 0 {
            written.push_str("```");
        }
        let (language, block) = part.split_once('\n').unwrap_or((part, ""));
        let needs = match language.strip_prefix("console").filter(|_| at % 2 == 1) {
            Some(needs) => needs.trim(),
            None => {
                if language == "sh" && block.contains("> log.json") {
                    std::fs::write(folder.join("log.json"), log(folder).to_string()).unwrap();
                }
                written.push_str(part);
                continue;
            }
        };
        if matches!(needs, "aws" | "curl") && !is_there(needs) {
            eprintln!("left out: there is no `{needs}`");
            written.push_str(part);
            continue;
        }
        written.push_str(&format!("{language}\n"));
        for command in block.lines().filter_map(|line| line.strip_prefix("$ ")) {
            commands += 1;
            let output = if needs == "serve" {
                let (child, told, wanted) = begin(folder, command);
                (served, settings) = (Some(child), wanted);
                told
            } else {
                said(folder, &settings, command)
            };
            written.push_str(&format!("$ {command}\n{output}"));
        }
    }
    if let Some(mut child) = served {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(commands >= 12, "{commands} commands");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page(), &written).unwrap();
    } else {
        assert!(
            text == written,
            "docs/simulator.md is not what the commands print; run with UPDATE_DOCS=1 and look at the diff:\n{written}"
        );
    }
}
