//! From the log of a Lambda with `SIGNOFF_RECORD=1` to a scenario that plays what happened.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests write the folders that the command reads")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use signoff::scrub::Scrubber;
use signoff::secret::Secret;
use tempfile::TempDir;

const RULES: &str = "version: 1\nworkspace: T0HARBOUR\nchannels: { quay: C0QUAY }\napprovals:\n  \
                     - { name: sail, match: {}, channel: quay, approvers: [U0MIRA, U0OTTO] }\nnotifications:\n  \
                     - { name: all, match: { event: [\"pipeline.*\"] }, channel: quay }\n";

fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("rules")).unwrap();
    std::fs::write(folder.path().join("rules/rules.yaml"), RULES).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str], input: &str) -> (String, i32) {
    run_with(folder, arguments, input.as_bytes())
}

fn run_with(folder: &Path, arguments: &[&str], input: &[u8]) -> (String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (said, output.status.code().unwrap())
}

fn asked() -> Value {
    let message = json!({ "region": "eu-north-1", "approval": {
        "pipelineName": "ferry", "stageName": "Live", "actionName": "Sail", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6",
        "expires": "2026-05-18T16:40Z", "customData": "Ask mira@harbour.example",
    } });
    json!({ "Records": [{ "EventSource": "aws:sns", "Sns": {
        "MessageId": "7d1f", "TopicArn": "arn:aws:sns:eu-north-1:000011112222:approvals", "Timestamp": "2026-05-11T16:40:00Z",
        "Message": message.to_string(),
    } }] })
}

fn clicked(user: &str, action: &str) -> Value {
    let interaction = json!({
        "type": "block_actions", "trigger_id": "1.2.3", "user": { "id": user, "team_id": "T0HARBOUR" },
        "team": { "id": "T0HARBOUR" }, "channel": { "id": "C0QUAY" }, "message": { "ts": "1778517600.000100" },
        "container": { "type": "message", "message_ts": "1778517600.000100", "channel_id": "C0QUAY" },
        "actions": [{ "action_id": action, "value": "7fad6c0d4b020fa86609669f6f76eb24", "type": "button" }],
    });
    let body =
        form_urlencoded::Serializer::new(String::new()).append_pair("payload", &interaction.to_string()).finish();
    json!({ "requestContext": { "http": { "method": "POST" } }, "headers": { "x-slack-signature": "v0=1" }, "body": body })
}

fn succeeded() -> Value {
    json!({ "source": "aws.codepipeline", "detail-type": "CodePipeline Pipeline Execution State Change", "id": "e-1",
        "account": "000011112222", "region": "eu-north-1", "time": "2026-05-11T16:52:00Z",
        "detail": { "pipeline": "ferry", "state": "SUCCEEDED", "execution-id": "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60" } })
}

/// The line of the log that `bootstrap` writes for a payload.
fn line(at: &str, payload: &Value) -> String {
    let recording = Scrubber::new(&Secret::new("harbour-key")).scrub(payload).to_string();
    let entry = json!({ "level": "TRACE", "at": at, "recording": recording, "message": "recording", "target": "signoff::recording" });
    entry.to_string()
}

fn lines() -> Vec<String> {
    vec![
        line("2026-05-11T16:40:01.250Z", &asked()),
        r#"{"level":"INFO","message":"handled","target":"signoff::lambda"}"#.to_owned(),
        "START RequestId: 8f50 Version: $LATEST".to_owned(),
        line("2026-05-11T16:52:03Z", &succeeded()),
        line("2026-05-11T16:51:30Z", &clicked("U0MIRA", "signoff.approve")),
        line("2026-05-11T16:45:00Z", &clicked("U0NOBODY", "signoff.approve")),
    ]
}

fn written(folder: &Path) -> String {
    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }
    let mut paths = files(folder);
    paths.retain(|path| !path.starts_with(folder.join("rules")));
    paths.sort();
    let mut all = String::new();
    for path in paths {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        writeln!(all, "== {name}\n{}", std::fs::read_to_string(&path).unwrap()).unwrap();
    }
    all
}

#[test]
fn what_happened_is_played_again() {
    let project = project();
    let (said, status) = run(project.path(), &["record", "--name", "late-ferry"], &lines().join("\n"));
    assert_eq!(status, 0, "{said}");
    insta::assert_snapshot!("said", said);
    let all = written(project.path());
    assert!(!all.contains("a94c07d1") && !all.contains("mira@"), "{all}");
    insta::assert_snapshot!("files", all);
    let (said, status) = run(project.path(), &["simulate", "--update"], "");
    assert_eq!(status, 0, "{said}");
    insta::assert_snapshot!(
        "transcript",
        std::fs::read_to_string(project.path().join("scenarios/late-ferry.transcript")).unwrap()
    );
    let (said, status) = run(project.path(), &["record", "--name", "late-ferry"], &lines().join("\n"));
    assert_eq!(status, 3);
    assert!(said.contains("is there already: choose another --name, or move it away"), "{said}");
}

#[test]
fn every_form_in_which_cloudwatch_gives_a_log_away() {
    let wanted = {
        let project = project();
        run(project.path(), &["record"], &lines().join("\n"));
        written(project.path())
    };
    let tail: Vec<String> =
        lines().iter().map(|line| format!("2026-05-11T16:40:01 2026/05/11/[$LATEST]8f50 {line}")).collect();
    let events: Vec<Value> =
        lines().iter().map(|line| json!({ "timestamp": 1, "message": format!("{line}\n") })).collect();
    let page = |events: &[Value]| format!("{:#}\n", json!({ "events": events, "searchedLogStreams": [] }));
    let quoted = |line: &String| format!("\"{}\"", line.replace('"', "\"\""));
    let table = |head: &str, before: &str| {
        let rows = lines().iter().map(|line| format!("{before}{}\r\n", quoted(line))).collect::<String>();
        format!("{head}\r\n{rows}")
    };
    let row =
        |line: &String| json!([{ "field": "@timestamp", "value": "2026" }, { "field": "@message", "value": line }]);
    let results: Vec<Value> = lines().iter().map(row).collect();
    for log in [
        tail.join("\n"),
        page(&events),
        page(&events[..2]) + &page(&events[2..]),
        json!(events).to_string(),
        events.iter().map(|event| format!("{event}\n")).collect(),
        format!("\u{feff}{}", table("timestamp,message", "1778517600000,")),
        table("@timestamp,@message", "2026-05-11 16:40:01.250,"),
        json!({ "results": results, "status": "Complete" }).to_string(),
        json!(
            lines()
                .iter()
                .map(|line| json!({ "@message": serde_json::from_str(line).unwrap_or(Value::from(line.as_str())) }))
                .collect::<Vec<_>>()
        )
        .to_string(),
        lines().join("\n") + "\n{\"target\":\"signoff\",\"message\":\"signoff::recording is on\"}\n",
        lines()
            .iter()
            .map(|line| format!("EVENTS\t3791\t1778517601\t2026/05/11/[$LATEST]8f50\t{line}\n\t1778517600\n"))
            .collect(),
        [lines(), lines()].concat().join("\n"),
    ] {
        let project = project();
        let (said, status) = run(project.path(), &["record"], &log);
        assert_eq!(status, 0, "{said}");
        assert_eq!(written(project.path()), wanted);
    }
}

#[test]
fn what_can_not_be_made_a_scenario() {
    let project = project();
    let cut = lines()[0][..200].to_owned();
    let timeless = lines()[0].replace("\"at\"", "\"when\"");
    let yesterday = lines()[0].replace("2026-05-11T16:40:01.250Z", "yesterday");
    let events: Vec<Value> = lines().iter().map(|line| json!({ "message": line })).collect();
    let pages = format!("{:#}", json!({ "events": events }));
    let mut all = String::new();
    for (arguments, log) in [
        (&["record"][..], ""),
        (&["record"], "nothing of signoff's\n"),
        (&["record"], cut.as_str()),
        (&["record"], timeless.as_str()),
        (&["record"], yesterday.as_str()),
        (&["record"], &pages[..pages.len() - 40]),
        (&["record"], "{ \"events\": [\n }"),
        (&["record"], "2026-05-11T16:40:01 2026/05/11/[$LATEST]8f50 {\n  \"target\": \"signoff::recording\"\n}\n"),
        (&["record", "--name", "../elsewhere"], ""),
        (&["record", "--rules", "nowhere"], ""),
    ] {
        let (said, status) = run(project.path(), arguments, log);
        writeln!(all, "{}: {status}\n{said}", arguments.join(" ")).unwrap();
    }
    for log in [&b"\x1f\x8b\x08\x00"[..], b"\xff\xfe{"] {
        let (said, status) = run_with(project.path(), &["record"], log);
        writeln!(all, "bytes: {status}\n{said}").unwrap();
    }
    insta::assert_snapshot!(all);
    assert_eq!(written(project.path()), "");
}
