//! `signoff audit`: what it prints of the table and of an export, and what it says when it can't.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests write the exports that the command reads")]

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use signoff_simulator::http::Endpoints;
use signoff_simulator::world::sts::OWN_ACCESS_KEY;
use signoff_simulator::world::{Fault, FaultKind, Given, Service, Shared, World};
use tempfile::TempDir;

/// Runs the command. Returns what it printed, standard error after standard output, and its exit status.
fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
    command.current_dir(folder).arg("audit").args(arguments).env_clear().env("COLUMNS", "100");
    let output = command.envs(settings.iter().copied()).output().unwrap();
    let mut said = String::from_utf8(output.stdout).unwrap();
    if !output.stderr.is_empty() {
        said.push_str("-- standard error --\n");
        said.push_str(&String::from_utf8(output.stderr).unwrap());
    }
    (said, output.status.code().unwrap())
}

fn vote(by: &str, name: &str, comment: Value) -> Value {
    json!({ "by": by, "name": name, "at": "2026-05-11T16:50:00Z", "comment": comment })
}

fn decision(id: &str, at: &str, more: Value) -> Value {
    let mut body = json!({
        "kind": "audit", "approval": id, "result": "approved", "decided": "slack", "at": at, "by": "U0NOOR",
        "name": "Noor Vos", "arn": null, "comment": null, "votes": [vote("U0NOOR", "Noor Vos", Value::Null)],
        "is_override": false, "rule": "live", "rules_digest": "5c1f8e0a9b7d3f21", "rules_revision": "4f1c9ae",
        "account": "730591846207", "region": "eu-north-1", "pipeline": "checkout-web", "stage": "Live",
        "action": "GoLive", "execution": null, "requested_at": "2026-05-11T16:40:00Z",
        "token_digest": "3557350a45008aa6", "codepipeline": "took the answer",
        "message": { "channel": "C0LIVE", "ts": "1778517600.000100" },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item(&format!("audit#{id}"), &body)
}

fn command(id: &str, at: &str, more: Value) -> Value {
    let mut body = json!({
        "kind": "command", "by": "U0NOOR", "name": "Noor Vos", "at": at, "rule": "doers", "rules_digest": "5c1f8e0a9b7d3f21",
        "rules_revision": "4f1c9ae", "channel": "C0LIVE",
        "order": {
            "verb": "stop", "target": { "region": "eu-north-1", "pipeline": "search-api", "stage": null },
            "execution": "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60", "abandon": true,
        },
        "state": { "done": { "execution": "8d2b6c1f-3e59-4c1a-9f70-61a5d4e0b7c3" } },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    item(&format!("command#{id}"), &body)
}

fn item(key: &str, body: &Value) -> Value {
    json!({
        "pk": { "S": key }, "version": { "N": "1" }, "body": { "S": body.to_string() },
        "expires_at": { "N": "1900000000" },
    })
}

fn decisions() -> Vec<Value> {
    vec![
        decision(
            "a1",
            "2026-05-12T08:00:00.5Z",
            json!({
                "comment": "=HYPERLINK(\"http://evil.example\")", "pipeline": "search-api",
                "votes": [vote("U0OLA", "Ola Berg", json!("looks good")), vote("U0NOOR", "Noor Vos", json!("@all ship it"))],
            }),
        ),
        decision("a2", "2026-05-11T17:00:00Z", json!({})),
        decision(
            "a3",
            "2026-05-13T09:00:00Z",
            json!({
                "result": "rejected", "decided": "elsewhere", "by": null, "name": "pia", "votes": [],
                "arn": "arn:aws:iam::730591846207:user/pia", "comment": "not\nthis \u{1b}[31mweek: the\u{202e} warehouse moves",
                "codepipeline": "said Failed", "execution": "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60", "rules_revision": null,
            }),
        ),
        decision(
            "a4",
            "2026-05-14T09:00:00Z",
            json!({
                "result": "expired", "decided": "elsewhere", "by": null, "name": null, "votes": [], "message": null,
                "codepipeline": "said Failed", "rule": null, "account": null,
            }),
        ),
        decision(
            "a5",
            "2026-05-15T09:00:00Z",
            json!({
                "is_override": true, "comment": "INC-7: nobody can pay, so this fix goes out now and is reviewed by all of us tomorrow",
            }),
        ),
        command(
            "c1",
            "2026-05-14T10:00:00Z",
            json!({
                "order": {
                    "verb": "start", "target": { "region": "eu-north-1", "pipeline": "checkout-web", "stage": null },
                    "variables": [{ "name": "DRY_RUN", "value": "yes" }], "revisions": [{ "action": "App", "id": "9f3c1e2" }],
                    "reason": "the fix for\nINC-7",
                },
            }),
        ),
        command(
            "c2",
            "2026-05-14T10:05:00Z",
            json!({ "state": { "refused": { "said": "StageNotFoundException: no stage" } } }),
        ),
        command(
            "c3",
            "2026-05-14T10:06:00Z",
            json!({ "state": { "unknown": { "said": "CodePipeline did not answer" } }, "by": "U0PIA", "name": "Pia" }),
        ),
        item("notice#1", &json!({ "kind": "notice", "posting": { "claimed": { "until": "2026-05-11T16:40:00Z" } } })),
    ]
}

fn export(folder: &TempDir) {
    let lines: Vec<String> = decisions().into_iter().map(|item| json!({ "Item": item }).to_string()).collect();
    std::fs::write(folder.path().join("export.json"), lines.join("\n") + "\n").unwrap();
    let scanned = json!({ "Items": decisions(), "Count": 6, "ScannedCount": 6, "ConsumedCapacity": null });
    std::fs::write(folder.path().join("scan.json"), format!("{scanned:#}\n")).unwrap();
}

#[test]
fn decisions_of_an_export() {
    let folder = tempfile::tempdir().unwrap();
    export(&folder);
    for format in ["text", "json", "csv"] {
        let (said, status) = run(folder.path(), &["--export", "export.json", "--format", format], &[]);
        assert_eq!(status, 0, "{said}");
        assert!(format != "text" || said.lines().all(|line| line.chars().count() <= 80));
        assert!(!said.contains('\u{1b}'), "nothing moves the cursor");
        let scanned = run(folder.path(), &["--export", "scan.json", "export.json", "--format", format], &[]);
        assert_eq!(scanned.0, said, "both are read, and each decision is told once");
        insta::assert_snapshot!(format!("decisions-{format}"), said);
    }
}

fn id(kept: &Value) -> &str {
    kept["approval"].as_str().or(kept["command"].as_str()).unwrap()
}

#[test]
fn filters() {
    let folder = tempfile::tempdir().unwrap();
    export(&folder);
    for (arguments, expected) in [
        (&["--pipeline", "checkout-*"][..], "a2 a3 a4 c1 a5"),
        (&["--pipeline", "search-api"], "a1 c2 c3"),
        (&["--pipeline", "checkout"], ""),
        (&["--person", "U0OLA"], "a1"),
        (&["--person", "ola b"], "a1"),
        (&["--person", "u0ola"], ""),
        (&["--person", "Pia"], "a3 c3"),
        (&["--person", "U0PIA"], "c3"),
        (&["--person", "arn:aws:iam::730591846207:user/pia"], "a3"),
        (&["--since", "2026-05-13"], "a3 a4 c1 c2 c3 a5"),
        (&["--until", "2026-05-13"], "a2 a1 a3"),
        (&["--since", "2026-05-12T10:00:00.5+02:00", "--until", "2026-05-13T08:59:59Z"], "a1"),
        (&["--since", "2026-05-12", "--person", "noor", "--pipeline", "*"], "a1 c1 c2 a5"),
    ] {
        let arguments = [&["--export", "export.json", "--format", "json"], arguments].concat();
        let (said, status) = run(folder.path(), &arguments, &[]);
        let found: Vec<Value> = serde_json::from_str(&said).unwrap();
        let found: Vec<&str> = found.iter().map(id).collect();
        assert_eq!((found.join(" "), status), (expected.to_owned(), 0), "{arguments:?}");
    }
}

#[test]
fn nothing_to_tell_and_what_can_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    export(&folder);
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("packed.json.gz", &[0x1f, 0x8b, 8, 0]);
    write("empty.json", b"\n");
    write("broken.json", b"{\"Item\": {}}\n{\"Item\": }\n");
    write("other.json", b"{\"Item\": {}}\n{\"Metadata\": {}}\n");
    write("bytes.json", &[0xff, 0xfe]);
    let newer = decision("b1", "2026-05-12T08:00:00Z", json!({ "result": "postponed" }));
    let kind =
        item("audit#b2", &json!({ "kind": "notice", "posting": { "claimed": { "until": "2026-05-11T16:40:00Z" } } }));
    let crossed =
        item("command#b4", &json!({ "kind": "notice", "posting": { "claimed": { "until": "2026-05-11T16:40:00Z" } } }));
    let good = decision("b3", "2026-05-12T08:00:00Z", json!({}));
    write("newer.json", json!({ "Items": [newer, kind, crossed, good] }).to_string().as_bytes());
    let mut told = String::new();
    for arguments in [
        &["--export", "export.json", "--person", "nobody"][..],
        &["--export", "export.json", "--person", "nobody", "--format", "json"],
        &["--export", "export.json", "--person", "nobody", "--format", "csv"],
        &["--export", "no/such.json"],
        &["--export", "packed.json.gz"],
        &["--export", "empty.json"],
        &["--export", "broken.json"],
        &["--export", "other.json"],
        &["--export", "bytes.json"],
        &["--export", "newer.json"],
        &["--export", "export.json", "--since", "yesterday"],
        &["--export", "export.json", "--pipeline", "[a"],
        &["--export", "export.json", "--table", "signoff"],
        &["--person", "U0OLA"],
        &[],
    ] {
        let (said, status) = run(folder.path(), arguments, &[]);
        told.push_str(&format!("$ signoff audit {}\n{said}-- exit status {status}\n\n", arguments.join(" ")));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn help() {
    let (said, status) = run(Path::new("."), &["--help"], &[]);
    assert_eq!(status, 0);
    insta::assert_snapshot!(said);
}

fn world() -> Shared {
    let given = Given::default();
    Arc::new(Mutex::new(World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap()))
}

fn put(world: &Shared, item: &Value) {
    let input = json!({ "TableName": "signoff", "Item": item });
    world.lock().unwrap().dynamodb.answer("PutItem", &input).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_of_the_table() {
    let folder = tempfile::tempdir().unwrap();
    export(&folder);
    let world = world();
    decisions().iter().for_each(|item| put(&world, item));
    // More than a page, which is a megabyte.
    for number in 0..8 {
        put(&world, &item(&format!("bulk#{number}"), &json!("x".repeat(300_000))));
    }
    let endpoints = Endpoints::start(Arc::clone(&world), "xoxb-lime").await;
    let uri = endpoints.uri();
    let settings = [
        ("AWS_ENDPOINT_URL", uri.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", OWN_ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", "lime"),
    ];
    let scanned = run(folder.path(), &["--table", "signoff", "--format", "csv"], &settings);
    assert_eq!(scanned, run(folder.path(), &["--export", "export.json", "--format", "csv"], &[]));
    let calls = world.lock().unwrap().take_calls();
    assert_eq!(calls.len(), 3, "a call a page: {calls:?}");

    let mut told = run(folder.path(), &["--table", "other"], &settings);
    assert_eq!(told.1, 3);
    let fault = Fault::new(Service::DynamoDb, None, 9, FaultKind::ServerError);
    world.lock().unwrap().faults.push(fault);
    let failed = run(folder.path(), &["--table", "signoff"], &settings);
    assert_eq!(failed.1, 3);
    told.0.push_str(&failed.0);
    insta::assert_snapshot!(told.0);
}
