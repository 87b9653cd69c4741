//! The `signoff` command as people run it: what it prints, and its exit status.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the tests write the folders that the command reads")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Runs the command in a folder. Returns its output, standard error after standard output, and its exit status.
fn run(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .current_dir(folder)
        .args(arguments)
        .env_remove("CLICOLOR_FORCE")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    let mut said = String::from_utf8(output.stdout).unwrap();
    if !output.stderr.is_empty() {
        said.push_str("-- standard error --\n");
        said.push_str(&String::from_utf8(output.stderr).unwrap());
    }
    (said, output.status.code().unwrap())
}

/// A project of somebody's own: the shipped rules and workspace, and these scenarios.
fn project(scenarios: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| {
        let to = folder.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(root().join(from), to).unwrap();
    };
    copy("rules/acme.yaml", "rules/acme.yaml");
    copy("rules/payments.yaml", "rules/payments.yaml");
    copy("simulator/scenarios/given/acme.yaml", "scenarios/given/acme.yaml");
    copy("simulator/recordings/approval-needed.json", "recordings/approval-needed.json");
    for (name, text) in scenarios {
        std::fs::write(folder.path().join("scenarios").join(name), text).unwrap();
    }
    folder
}

/// A file of the project with some of its text replaced.
fn change(project: &TempDir, file: &str, from: &str, to: &str) {
    let path = project.path().join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
}

const GOOD: &str = "scenario: a good one\ngiven: given/acme.yaml\nsteps:\n  - deliver: approval-needed.json\n";

#[test]
fn help() {
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help-simulate", &["simulate", "--help"]),
        ("help-check", &["check", "--help"]),
        ("help-schema", &["schema", "--help"]),
    ] {
        let (said, status) = run(&root(), arguments);
        assert_eq!(status, 0);
        insta::assert_snapshot!(name, said);
    }
    assert_eq!(run(&root(), &[]).1, 2);
    assert_eq!(run(&root(), &["simulat"]).1, 2);
    assert_eq!(run(&root(), &["simulate", "--no-such-option"]).1, 2);
}

/// The reports that are written beside the text: one scenario as it should be, one that is not, one that can't be read.
#[test]
fn reports() {
    let wrong = "scenario: a wrong one\ngiven: given/acme.yaml\nsteps:\n  - wait: 1m\n  - deliver: approval-needed.json\n    \
                 expect: { posted: 2 }\nexpect:\n  pipelines: { payments-api: Succeeded }\n";
    let broken = "scenario: a <broken> one\ngiven: given/acme.yaml\nsteps: 5\n";
    let project = project(&[("good.yaml", GOOD), ("broken.yaml", broken)]);
    run(project.path(), &["simulate", "--update", "scenarios/good.yaml"]);
    std::fs::write(project.path().join("scenarios/wrong.yaml"), wrong).unwrap();
    std::fs::write(project.path().join("scenarios/wrong.transcript"), "── something else\n").unwrap();
    for format in ["json", "github"] {
        let (said, status) = run(project.path(), &["simulate", "--format", format]);
        assert_eq!(status, 3);
        insta::assert_snapshot!(format!("simulate-{format}"), said);
    }
    let (said, status) = run(project.path(), &["simulate", "-q", "--junit", "out.xml", "--html", "out.html"]);
    assert_eq!(status, 3, "{said}");
    let written = |file: &str| std::fs::read_to_string(project.path().join(file)).unwrap();
    insta::assert_snapshot!("simulate-junit", written("out.xml"));
    let page = written("out.html");
    let body = &page[page.find("<body>").unwrap()..];
    insta::assert_snapshot!("simulate-html", body);
    assert!(!page.contains("<broken>") && !page.contains("src=") && !page.contains("url("), "it is one page by itself");
    let (said, status) = run(project.path(), &["simulate", "-q", "--html", "no-such-folder/out.html"]);
    assert_eq!(status, 3);
    let reason = "`no-such-folder/out.html` can't be written: no such file or directory";
    assert!(said.contains(reason), "{said}");
}

#[test]
fn coverage() {
    let scenario = "scenario: frozen\ngiven: given/acme.yaml\nsteps:\n  - deliver: approval-needed.json\n  \
                    - { click: approve, by: jane }\n  - { click: override, by: ivy }\n  - { submit: { comment: urgent }, by: ivy }\n";
    let project = project(&[("frozen.yaml", scenario)]);
    let rules = "version: 1\nworkspace: T0ACME\nfreezes:\n  - { name: year end, from: 2026-03-01T00:00, until: 2026-03-04T08:00, \
                 timezone: Europe/Berlin }\napprovals:\n  - name: live\n    match: { pipeline: payments-api }\n    channel: C0RELEASES\n    \
                 require: [{ from: U0JANE }, { from: U0BOB }]\n    freezes: [year end]\n    window: { days: [mon], from: \"09:00\", \
                 until: \"16:00\", timezone: Europe/Berlin }\n    override: { by: U0IVY }\nnotifications:\n  - { name: all, match: {}, \
                 channel: C0RELEASES }\n";
    std::fs::remove_file(project.path().join("rules/payments.yaml")).unwrap();
    std::fs::write(project.path().join("rules/acme.yaml"), rules).unwrap();
    run(project.path(), &["simulate", "--update"]);
    let (said, status) = run(project.path(), &["simulate", "-q", "--coverage"]);
    assert_eq!(status, 0);
    insta::assert_snapshot!("simulate-coverage", said);
    let (said, _) = run(project.path(), &["simulate", "--format", "json", "--coverage"]);
    insta::assert_snapshot!("simulate-coverage-json", said);
    assert_eq!(run(project.path(), &["simulate", "-q", "--coverage", "--fail-under", "33"]).1, 0);
    let (said, status) = run(project.path(), &["simulate", "-q", "--coverage", "--fail-under", "50"]);
    assert_eq!(status, 1);
    assert!(said.ends_with("error: 33 % of the rules touched, and `--fail-under` wants 50 %\n"), "{said}");
    let arguments = [
        "simulate",
        "--format",
        "github",
        "--coverage",
        "--junit",
        "out.xml",
        "--html",
        "out.html",
        "--fail-under",
        "50",
    ];
    let (said, _) = run(project.path(), &arguments);
    insta::assert_snapshot!("simulate-coverage-github", said);
    let written = |file: &str| std::fs::read_to_string(project.path().join(file)).unwrap();
    let (_, suite) =
        written("out.xml").split_once("    </testsuite>\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    insta::assert_snapshot!("simulate-coverage-junit", suite);
    let page = written("out.html");
    let section = page.split_once("<section class=\"coverage\">").unwrap().1.split_once("</section>").unwrap().0;
    insta::assert_snapshot!("simulate-coverage-html", section);
    assert_eq!(run(project.path(), &["simulate", "--fail-under", "50"]).1, 2);
}

/// As `signoff simulate | head` does: what has been read of the output says nothing of how the scenarios went.
#[test]
fn output_that_nobody_reads_to_its_end() {
    use std::process::Stdio;

    let project = project(&[("good.yaml", GOOD)]);
    for (update, wanted) in [(None, 1), (Some("--update"), 0)] {
        let mut running = Command::new(env!("CARGO_BIN_EXE_signoff"))
            .current_dir(project.path())
            .arg("simulate")
            .args(update)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(running.stdout.take());
        let ended = running.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
        assert_eq!(ended.status.code(), Some(wanted));
    }
}

/// Every shipped scenario goes as it expects, and its transcript is the one that is kept.
#[test]
fn the_shipped_scenarios() {
    let (said, status) = run(&root(), &["simulate", "--quiet"]);
    assert_eq!(status, 0, "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn what_is_printed_is_the_transcript_and_a_summary() {
    let (said, status) = run(&root(), &["simulate", "simulator/scenarios/approved.yaml"]);
    assert_eq!(status, 0);
    let kept = std::fs::read_to_string(root().join("simulator/scenarios/approved.transcript")).unwrap();
    let summary = "\n✔ approved.yaml  approved by an allowed person\n\n1 passed, 0 failed (in process)\n";
    assert_eq!(said, kept + summary);
}

/// On a narrow terminal lines are folded; the transcript is kept as ever.
#[test]
fn a_narrow_terminal() {
    let wrong = format!("{GOOD}    expect: {{ posted: 2 }}\n");
    let project = project(&[("good.yaml", GOOD), ("one-with-a-long-name.yaml", &wrong), ("typo.yaml", "scenari: x\n")]);
    run(project.path(), &["simulate", "--update"]);
    let kept = |name: &str| std::fs::read_to_string(project.path().join(name)).unwrap();
    let wide = kept("scenarios/good.transcript");
    let narrow = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
        let output = command.current_dir(project.path()).args(arguments).env("COLUMNS", "44").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let said = narrow(&["simulate", "--update"]);
    assert_eq!(kept("scenarios/good.transcript"), wide);
    let said: String = said.lines().filter(|line| !line.contains("http")).map(|line| format!("{line}\n")).collect();
    assert!(said.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= 44), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn a_new_transcript_is_shown_accepted_and_then_kept_to() {
    let project = project(&[("good.yaml", GOOD)]);
    let (said, status) = run(project.path(), &["simulate", "--quiet"]);
    assert_eq!(status, 1);
    insta::assert_snapshot!("transcript-new", said);
    assert_eq!(run(project.path(), &["simulate", "--update"]).1, 0);
    assert_eq!(run(project.path(), &["simulate"]).1, 0);

    // Other rules make another message.
    change(&project, "rules/payments.yaml", "    mention: [release-managers]\n", "    mention: [security]\n");
    let (said, status) = run(project.path(), &["simulate", "--quiet"]);
    assert_eq!(status, 1);
    insta::assert_snapshot!("transcript-changed", said);
}

#[test]
fn what_is_not_as_expected() {
    let scenario = "\
scenario: nothing is as expected
given: given/acme.yaml
steps:
  - deliver: approval-needed.json
    expect: { posted: 2, refused: not JSON, calls: { PutApprovalResult: 1 } }
  - click: approve
    by: mallory
    expect: { told: well done, answer: 401 }
  - click: approve
    by: jane
    expect: { fails: everything }
expect:
  pipelines: { payments-api: Failed }
  messages:
    releases: [{ shows: [Rejected], buttons: true }, { shows: [Another] }]
";
    let project = project(&[("wrong.yaml", scenario)]);
    run(project.path(), &["simulate", "--update"]);
    let (said, status) = run(project.path(), &["simulate"]);
    assert_eq!(status, 1);
    insta::assert_snapshot!(said);
}

#[test]
fn a_button_that_is_not_there_fails_the_step() {
    let twice = format!("{GOOD}  - click: approve\n    by: jane\n  - click: approve\n    by: bob\n");
    let none = "scenario: too early\ngiven: given/acme.yaml\nsteps:\n  - click: approve\n    by: jane\n";
    let other = format!("{GOOD}  - click: postpone\n    by: jane\n");
    let project = project(&[("twice.yaml", &twice), ("none.yaml", none), ("other.yaml", &other)]);
    run(project.path(), &["simulate", "--update"]);
    let (said, status) = run(project.path(), &["simulate", "--quiet"]);
    assert_eq!(status, 1);
    let unmet: Vec<&str> = said.lines().filter(|line| line.contains('✘')).collect();
    insta::assert_snapshot!(unmet.join("\n"));
}

#[test]
fn what_can_not_be_read() {
    let head = "scenario: broken\ngiven: given/acme.yaml\nsteps:\n";
    let with = |way: &str, to: &str| format!("{head}  - deliver: approval-needed.json\n    with: {{ {way}: {to} }}\n");
    let scenarios: Vec<(&str, String)> = vec![
        ("a-typo.yaml", format!("{head}  - delivr: approval-needed.json\n")),
        ("b-no-verb.yaml", format!("{head}  - by: jane\n")),
        ("c-two-verbs.yaml", format!("{head}  - deliver: approval-needed.json\n    wait: 1m\n")),
        ("d-nobody-clicks.yaml", format!("{head}  - click: approve\n")),
        ("e-duration.yaml", format!("{head}  - wait: soon\n")),
        ("f-no-recording.yaml", format!("{head}  - deliver: no-such.json\n")),
        ("g-no-steps.yaml", "scenario: x\ngiven: given/acme.yaml\nsteps: []\n".to_owned()),
        ("h-no-given.yaml", "scenario: x\ngiven: given/no-such.yaml\nsteps: [{ wait: 1m }]\n".to_owned()),
        ("i-not-yaml.yaml", "scenario: [\n".to_owned()),
        ("j-console.yaml", format!("{head}  - console: {{ approve: payments-api, by: alice }}\n")),
        ("k-tamper.yaml", format!("{head}  - wait: 1m\n    tamper: wrong-secret\n")),
        ("l-empty.yaml", String::new()),
        ("n-fault-kind.yaml", format!("{head}  - fault: {{ service: slack, kind: throtled }}\n")),
        (
            "o-fault-operation.yaml",
            format!("{head}  - fault: {{ service: slack, operation: chat.post, kind: crash }}\n"),
        ),
        ("p-fault-half.yaml", format!("{head}  - fault: {{ service: slack }}\n")),
        ("q-fault-both.yaml", format!("{head}  - fault: {{ service: slack, kind: crash, delivery: drop }}\n")),
        ("r-fault-of.yaml", format!("{head}  - fault: {{ service: slack, kind: crash, of: approval }}\n")),
        ("s-fault-delivery.yaml", format!("{head}  - fault: {{ delivery: lose }}\n")),
        ("t-fault-delay.yaml", format!("{head}  - fault: {{ delivery: {{ delay: soon }} }}\n")),
        ("u-fault-never.yaml", format!("{head}  - fault: {{ delivery: drop, of: launch }}\n  - wait: 1m\n")),
        ("v-fault-never.yaml", format!("{head}  - fault: {{ service: dynamodb, kind: throttled }}\n  - wait: 1m\n")),
        ("m-meanwhile.yaml", format!("{head}  - deliver: approval-needed.json\n    meanwhile: [{{ by: x }}]\n")),
        ("n-with-nothing.yaml", format!("{head}  - wait: 1m\n    with: {{ x: 1 }}\n")),
        ("o-with-no-field.yaml", with("Records.0.Sns.Mesage.approval", "1")),
        ("p-with-no-number.yaml", with("Records.1.Sns", "1")),
        ("q-with-text.yaml", with("Records.0.Sns.Subject.words", "1")),
        ("r-with-placeholder.yaml", with("Records.0.Sns.Subject", "'{nowadays}'")),
        ("s-with-no-execution.yaml", with("Records.0.Sns.Subject", "'{execution barge}'")),
        ("q-with-typo.yaml", with("Records.0.Sns.Message.approval.customDta", "x")),
        ("q-with-new.yaml", with("+Records.0.Sns.Message.approval.customData", "x")),
        ("q-with-no-way.yaml", with("''", "x")),
        ("t-no-rules.yaml", format!("{head}  - edit_rules: rules/no-such\n")),
        ("u-fault.yaml", format!("{head}  - fault: {{ service: slak, kind: throttled }}\n")),
        ("v-never.yaml", format!("{head}  - wait: 1m\nexpect: {{ never: [1 minute later] }}\n")),
        ("w-given.yaml", "scenario: x\ngiven: given/typo.yaml\nsteps: [{ wait: 1m }]\n".to_owned()),
        ("x-answer.yaml", format!("{head}  - wait: 1m\n    expect: {{ answer: 401, refused: x, again: [y] }}\n")),
        ("x-channel.yaml", format!("{head}  - wait: 1m\nexpect: {{ messages: {{ relases: [] }} }}\n")),
        ("x-nobody.yaml", format!("{head}  - click: approve\n    by: jnae\n")),
        ("x-operation.yaml", format!("{head}  - wait: 1m\n    expect: {{ calls: {{ PutAprovalResult: 0 }} }}\n")),
        ("x-pipeline.yaml", format!("{head}  - start: payment-api\n")),
        ("x-recording.yaml", format!("{head}  - deliver: approval-neded.json\n")),
        ("x-setting.yaml", format!("{head}  - wait: 1m\nsettings: {{ SIGNOFF_TABLE: mine }}\n")),
        ("x-status.yaml", format!("{head}  - wait: 1m\nexpect: {{ executions: {{ payments-api: [Succeded] }} }}\n")),
        ("y-given.yaml", "scenario: y\ngiven: given/token.yaml\nsteps: [{ wait: 1m }]\n".to_owned()),
        (
            "given/token.yaml",
            "pipelines:\n  my.web:\n    stages:\n      - name: Build\n        actions:\n          \
             - { name: Compile, category: Build, custom_data: words }\n"
                .to_owned(),
        ),
        ("given/typo.yaml", "workspace:\n  team: T0ACME\n  chanels: { releases: C0RELEASES }\n".to_owned()),
    ];
    let scenarios: Vec<(&str, &str)> = scenarios.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let (said, status) = run(project(&scenarios).path(), &["simulate", "--quiet", "--update"]);
    assert_eq!(status, 3);
    insta::assert_snapshot!(said);
}

#[test]
fn what_pipelines_can_not_do() {
    let head = "scenario: broken\ngiven: given/acme.yaml\nsteps:\n";
    let steps = [
        "console: { stop: ledger, retry: ledger/Release, by: alice }",
        "console: { disable: ledger/Release, by: alice }",
        "console: { rollback: ledger/Release, by: alice }",
        "console: { retry: ledger/Release, finish: true, by: alice }",
        "console: { retry: ledger/Release, by: alice }",
        "console: { retry: ledger, by: alice }",
        "console: { rollback: ledger/Release, to: 7, by: alice }",
        "console: { rollback: ledger/Source, to: 1, by: alice }",
        "console: { approve: ledger/Release/SignOff, execution: 2, by: alice }",
        "console: { disable: ledger/Release, comment: 'no: wait', by: alice }",
        "deliver: events",
        "{ deliver: events, meanwhile: [{ wait: 1m }] }",
        "start: barge",
        "start: { pipeline: ledger, variables: { CARGO: cars } }",
        "start: { pipeline: ledger, revisions: { Deploy: { id: c0ffee } } }",
        "start: { pipeline: ledger, bye: alice }",
        "start: 7",
    ];
    let scenarios: Vec<(String, String)> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| (format!("{:02}.yaml", at + 1), format!("{head}  - {step}\n")))
        .collect();
    let scenarios: Vec<(&str, &str)> = scenarios.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (said, status) = run(project(&scenarios).path(), &["simulate", "--quiet", "--update"]);
    assert_eq!(status, 3);
    let told = said.lines().filter(|line| line.contains("✘ step") || line.starts_with("error"));
    insta::assert_snapshot!(told.map(str::trim).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_can_not_be_run() {
    let project = project(&[("good.yaml", GOOD)]);
    let mut told = String::new();
    for arguments in [
        &["simulate", "no/such.yaml"][..],
        &["simulate", "recordings"],
        &["simulate", "--rules", "no/such"],
        &["simulate", "--bootstrap", "no/such"],
        &["check", "no/such"],
    ] {
        let (said, status) = run(project.path(), arguments);
        assert_eq!(status, 3, "{said}");
        told.push_str(&format!("$ signoff {}\n{said}\n", arguments.join(" ")));
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (said, status) = run(project.path(), &["serve", "scenarios/good.yaml", "--port", &port]);
    assert_eq!(status, 3, "{said}");
    told.push_str(&format!("$ signoff serve scenarios/good.yaml --port 8350\n{}\n", said.replace(&port, "8350")));
    let empty = tempfile::tempdir().unwrap();
    let (said, status) = run(empty.path(), &["simulate"]);
    assert_eq!(status, 3);
    told.push_str(&format!("$ signoff simulate\n{said}"));
    insta::assert_snapshot!(told);
}

#[test]
fn rules_with_mistakes_stop_the_simulation() {
    let project = project(&[("good.yaml", GOOD)]);
    change(&project, "rules/payments.yaml", "approvers: [security]", "approvers: [securty]");
    let (said, status) = run(project.path(), &["simulate"]);
    assert_eq!(status, 3);
    insta::assert_snapshot!(said);
}

#[test]
fn check() {
    let (said, status) = run(&root(), &["check"]);
    assert_eq!(
        said,
        "✔ 2 approval rules, 2 notification rules and 2 command rules in 17 files: 0 errors, 0 warnings\n"
    );
    assert_eq!(status, 0);

    let broken = project(&[]);
    change(&broken, "rules/payments.yaml", "approvers: [security]", "aprovers: [security]");
    change(&broken, "rules/payments.yaml", "channel: deploys", "channel: deploy");
    let doubtful = project(&[]);
    change(&doubtful, "rules/payments.yaml", "mention: [incident-commanders, author]", "mention: [author]");
    for (name, project, expected) in [("errors", &broken, 1), ("warnings", &doubtful, 0)] {
        for format in ["text", "json", "github", "sarif"] {
            let (said, status) = run(project.path(), &["check", "--format", format]);
            assert_eq!(status, expected);
            insta::assert_snapshot!(format!("check-{name}-{format}"), said);
        }
        assert_eq!(run(project.path(), &["check", "--strict"]).1, 1);
    }
}

/// No step of any scenario shows a secret: not the bot token, not the signing secret, no signature, no approval token (I5).
#[test]
fn no_secret_is_printed() {
    let (said, _) = run(&root(), &["simulate"]);
    for secret in ["xoxb-", "0123456789abcdef0123456789abcdef", "AKIASIMULATED", "v0=", "3f0c6f5e-9d0a-4b8e"] {
        assert!(!said.contains(secret), "{secret}");
    }
}

#[test]
fn approvals_of_ones_own_pipelines_that_no_rule_covers() {
    let project = project(&[]);
    let write = |name: &str, text: &str| std::fs::write(project.path().join(name), text).unwrap();
    let action =
        |name: &str, category: &str| format!(r#"{{"name": "{name}", "actionTypeId": {{"category": "{category}"}}}}"#);
    let stage =
        |name: &str, actions: &[String]| format!(r#"{{"name": "{name}", "actions": [{}]}}"#, actions.join(", "));
    let pipeline = |name: &str| {
        let stages = [
            stage("Staging", &[action("Deploy", "Deploy"), action("Check", "Approval")]),
            stage("Production", &[action("Go", "Approval"), action("Deploy", "Deploy")]),
            stage("Audit", &[action("SignOff", "Approval")]),
        ];
        let arn = format!("arn:aws:codepipeline:eu-west-1:482910375566:{name}");
        format!(
            r#"{{"pipeline": {{"name": "{name}", "stages": [{}]}}, "metadata": {{"pipelineArn": "{arn}"}}}}"#,
            stages.join(", ")
        )
    };
    write("list.json", r#"{"pipelines": [{"name": "payments-api"}, {"name": "ledger"}, {"name": "payments"}]}"#);
    write("each.json", &format!("{}\n{}\n", pipeline("payments-api"), pipeline("ledger")));
    write("together.json", &format!("[{}]", pipeline("payments-web")));
    write("other.json", r#"{"stackName": "x"}"#);
    write("broken.json", "{");
    write("empty.json", "");
    let mut told = String::new();
    for arguments in [
        &["--pipelines", "list.json"][..],
        &["--pipelines", "each.json", "--pipelines", "together.json", "--strict"],
        &["--pipelines", "list.json", "--format", "github"],
        &["--pipelines", "other.json"],
        &["--pipelines", "broken.json"],
        &["--pipelines", "empty.json"],
        &["--pipelines", "missing.json"],
    ] {
        let (said, status) = run(project.path(), &[&["check"], arguments].concat());
        told.push_str(&format!("$ signoff check {}\n{said}-- exit status {status}\n\n", arguments.join(" ")));
    }
    insta::assert_snapshot!(told);
}

/// A field is added only where that is said.
#[test]
fn a_recording_with_a_new_field() {
    let steps = "  - deliver: approval-needed.json\n    with: { +Records.0.Sns.Message.approval.extra: x, Records.0.Sns.Subject: y }\n";
    let project = project(&[("new.yaml", &format!("scenario: new\ngiven: given/acme.yaml\nsteps:\n{steps}"))]);
    let (said, status) = run(project.path(), &["simulate", "--update"]);
    assert_eq!(status, 0, "{said}");
    let told = "AWS delivers approval-needed.json, with another Subject and a new extra";
    assert!(said.contains(told), "{said}");
}

/// What happens without the Lambda has no first write before which anything could happen.
#[test]
fn nothing_happens_meanwhile_where_nothing_is_invoked() {
    let steps = [
        "wait: 1m",
        "start: ledger",
        "console: { retry: ledger/Release, by: alice }",
        "fault: { service: slack, kind: crash }",
        "edit_rules: .",
        "rotate: { to: other, kept: 'ssm:/x' }",
    ];
    let scenarios: Vec<(String, String)> = steps
        .iter()
        .enumerate()
        .map(|(at, step)| {
            let text = format!("{GOOD}  - {step}\n    meanwhile: [{{ click: approve, by: jane }}]\n");
            (format!("{at}.yaml"), text)
        })
        .collect();
    let scenarios: Vec<(&str, &str)> = scenarios.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (said, status) = run(project(&scenarios).path(), &["simulate", "--quiet"]);
    assert_eq!(status, 3);
    let told = said.lines().filter(|line| line.starts_with("error"));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

/// What is in a folder below is not played or read, which is said.
#[test]
fn folders_below() {
    let project = project(&[("good.yaml", GOOD)]);
    let write = |file: &str, text: &str| {
        let path = project.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("scenarios/team/one.yaml", GOOD);
    write("scenarios/team/two.yml", GOOD);
    write("scenarios/rules/strict/strict.yaml", "version: 1\napprovals: []\n");
    write("elsewhere/team/one.yaml", GOOD);
    write("rules/team-a/more.yaml", "version: 1\napprovals: []\n");
    write("rules/team-a/values.yaml", "replicas: 2\n");
    run(project.path(), &["simulate", "--update"]);
    write("scenarios/gone.transcript", "");
    let mut told = String::new();
    for arguments in [
        &["simulate", "-q"][..],
        &["simulate", "-q", "--update"],
        &["simulate", "-q", "scenarios/good.yaml"],
        &["simulate", "-q", "scenarios/team/.."],
        &["simulate", "-q", "elsewhere"],
        &["check"],
        &["check", "--strict"],
        &["check", "--format", "github"],
    ] {
        let (said, status) = run(project.path(), arguments);
        told.push_str(&format!("$ signoff {}\n{said}-- exit status {status}\n\n", arguments.join(" ")));
    }
    insta::assert_snapshot!(told);
}

/// Two files would keep one transcript, and one file that is named twice is played once.
#[test]
fn a_transcript_is_of_one_scenario() {
    let project = project(&[("good.yaml", GOOD)]);
    run(project.path(), &["simulate", "--update"]);
    let (said, status) = run(
        project.path(),
        &["simulate", "-q", "scenarios", "scenarios/good.yaml", "scenarios/../scenarios/good.yaml"],
    );
    assert_eq!(status, 0, "{said}");
    assert!(said.ends_with("\n1 passed, 0 failed (in process)\n"), "{said}");
    std::fs::write(project.path().join("scenarios/good.yml"), GOOD).unwrap();
    let (said, status) = run(project.path(), &["simulate", "-q"]);
    assert_eq!(status, 3);
    let reason = "`scenarios/good.yaml` and `scenarios/good.yml` would keep the same transcript: give one another name";
    assert!(said.contains(reason), "{said}");
}

#[test]
fn long_waits() {
    let year = format!("{GOOD}  - wait: 300d\n  - wait: 65d\n  - wait: 1h\n");
    let endless = format!("{GOOD}  - wait: 99999999d\n");
    let project = project(&[("endless.yaml", &endless), ("year.yaml", &year)]);
    let (said, status) = run(project.path(), &["simulate", "--update"]);
    assert_eq!(status, 3);
    let told = said.lines().filter(|line| line.contains("later") || line.starts_with("error"));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"));
}

#[test]
fn seeds_have_an_end() {
    for arguments in
        [["--seeds", "1", "--from", "18446744073709551615"], ["--from", "0", "--seeds", "18446744073709551615"]]
    {
        let (said, status) = run(&root(), &[&["simulate"][..], &arguments].concat());
        assert_eq!(status, 2, "{said}");
        assert!(said.contains("18446744073709551615 is not in"), "{said}");
    }
    let (said, status) = run(&root(), &["simulate", "-q", "--seeds", "1"]);
    assert_eq!(status, 0, "{said}");
}

/// A folder of templates may be absent only where nobody named it.
#[test]
fn templates_that_are_not_there() {
    let project = project(&[("good.yaml", GOOD)]);
    for arguments in [
        &["check"][..],
        &["simulate"],
        &["explain", "recordings/approval-needed.json"],
        &["render", "approval"],
        &["record"],
    ] {
        let (said, status) = run(project.path(), &[arguments, &["--templates", "nope"]].concat());
        assert_eq!(status, 3, "{said}");
        assert!(said.contains("`nope`, which `--templates` names, can't be read: it is not there"), "{said}");
    }
}

/// What is no YAML, and what is and does not belong there, in words that are no library's.
#[test]
fn what_is_no_scenario() {
    let many = format!("{GOOD}expect:\n  never: [{}]\n", "x, ".repeat(300_000));
    let texts = [
        format!("{GOOD}    deliver: approval-needed.json\n"),
        format!("{GOOD}---\n{GOOD}"),
        many,
        format!("{GOOD}    expect: {{ answer: 70000 }}\n"),
        format!("{GOOD}    expect: {{ answer: yes, posted: 1 }}\n"),
        format!("{GOOD}    expect: {{ posted: -1 }}\n"),
        format!("clock: next monday\n{GOOD}"),
        format!("clock: 2026-02-30T10:00:00Z\n{GOOD}"),
        format!("clock: 2026-03-02T10:00\n{GOOD}"),
        format!("clock: 20260302\n{GOOD}"),
        format!("{GOOD}\t- wait: 1m\n"),
        "scenario: x\ngiven: given/acme.yaml\nsteps:\n  deliver: approval-needed.json\n".to_owned(),
        "scenario: x\ngiven: given/acme.yaml\nsteps: deliver it all\n".to_owned(),
        format!("{GOOD}expect: nothing at all\n"),
        format!("{GOOD}expect: {{ log: [press and wait] }}\n"),
        format!("{GOOD}expect: {{ messages: {{ releases: {{ shows: [x] }} }} }}\n"),
        format!("{GOOD}expect: {{ messages: {{ releases: [{{ buttons: on }}] }} }}\n"),
        format!("{GOOD}  - tick: every day at nine\n"),
        format!("{GOOD}  - wait: a long time\n"),
        format!("{GOOD}  - start: [a b, c]\n"),
        format!("{GOOD}  - fault: {{ service: slack, kind: slow }}\n"),
        "scenario: x\ngiven: given/secrets.yaml\nsteps: [{ wait: 1m }]\n".to_owned(),
        format!("{GOOD}    through: carrier pigeon\n"),
        format!("{GOOD}    with: [a]\n"),
        "given: given/acme.yaml\nsteps: []\n".to_owned(),
        "- a\n- b\n".to_owned(),
        "scenario:\ngiven: given/acme.yaml\nsteps: []\n".to_owned(),
        "scenario: ''\ngiven: given/acme.yaml\nsteps: [{ wait: 1m }]\n".to_owned(),
        "scenario: [a, b]\ngiven: given/acme.yaml\nsteps: []\n".to_owned(),
        "scenario: \"no end\ngiven: given/acme.yaml\n".to_owned(),
        "scenario: *anchor\n".to_owned(),
        "\u{0}\u{1}\u{2}".to_owned(),
    ];
    let named: Vec<String> = (0..texts.len()).map(|at| format!("{at:02}.yaml")).collect();
    let scenarios: Vec<(&str, &str)> =
        named.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let project = project(&scenarios);
    let secrets = "secrets: { secretsmanager: { signoff: [a] } }\n";
    std::fs::write(project.path().join("scenarios/given/secrets.yaml"), secrets).unwrap();
    std::fs::write(project.path().join("scenarios/binary.yaml"), [0xff, 0xfe, 0x00]).unwrap();
    let (said, status) = run(project.path(), &["simulate", "--quiet"]);
    assert_eq!(status, 3);
    let (_, said) = said.split_once("-- standard error --\n").unwrap();
    let lines = said.lines().map(|line| line.chars().take(120).collect::<String>());
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

/// Steps on the standard input are done in the world that is served, and what comes of them is printed.
#[test]
fn a_world_is_served() {
    let project = project(&[("good.yaml", GOOD)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_signoff"))
        .current_dir(project.path())
        .args(["serve", "scenarios/good.yaml"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(
        from.by_ref().take(9).all(|line| line.starts_with("# The AWS and Slack of") || line.starts_with("export "))
    );
    for step in [
        "# a remark",
        "",
        "{ dance: tango }",
        "{ delivr: x.json }",
        "{ by: jane }",
        "{ tick: scheduler }",
        "{ start: ledger, by: alice }",
        "{ click: approve, by: jane }",
        "{ command: /ready, by: jane }",
    ] {
        writeln!(to, "{step}").unwrap();
    }
    let sent: Value = serde_json::from_str(&from.next().unwrap()).unwrap();
    assert_eq!((&sent["from"], &sent["payload"]["command"]), (&"Slack".into(), &"/ready".into()));
    writeln!(to, "{{ console: {{ approve: ledger/Release/SignOff, by: alice }} }}").unwrap();
    let sent: Value = serde_json::from_str(&from.next().unwrap()).unwrap();
    assert_eq!((&sent["from"], &sent["payload"]["source"]), (&"AWS".into(), &"aws.codepipeline".into()));
    child.kill().unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    insta::assert_snapshot!(said);
}
