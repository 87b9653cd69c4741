//! What templates render to, what is told of broken ones, and that hostile data changes nothing but words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "templates/block_kit.rs"]
mod block_kit;
#[path = "templates/hostile.rs"]
mod hostile;

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;
use signoff::diagnostic::{Source, text};
use signoff::event::EventKind;
use signoff::facts::{self, ApprovalFacts, Facts, OutcomeFacts, Person};
use signoff::template::{Message, Templates};

/// The snapshots stand beside what they are of.
fn snapshot_settings(folder: &str) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("templates/{folder}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings
}

fn snapshot(name: &str, message: &Message) {
    block_kit::validate_message(message);
    snapshot_settings("snapshots").bind(|| insta::assert_yaml_snapshot!(name, message));
}

fn approval(pick: impl Fn(&ApprovalFacts) -> bool, known: bool) -> Facts {
    let samples = facts::approval_samples().into_iter().skip(1);
    let mut found =
        samples.filter(|facts| facts.approval.as_ref().is_some_and(&pick) && facts.commit.is_some() == known);
    found.next().unwrap()
}

fn with_outcome(mut facts: Facts, outcome: OutcomeFacts) -> Facts {
    if let Some(approval) = &mut facts.approval {
        approval.outcome = Some(outcome);
    }
    facts
}

fn event(kind: &str, known: bool) -> Facts {
    let mut samples = facts::samples().into_iter().skip(1);
    samples.find(|facts| facts.event == kind && facts.commit.is_some() == known).unwrap()
}

#[test]
fn approvals_in_every_state() {
    let templates = Templates::builtin();
    let facts = |status: &'static str, known| approval(move |approval| approval.status == status, known);
    let elsewhere = OutcomeFacts {
        by: Some(Person { slack_id: None, name: "arn:aws:sts::482910375566:assumed-role/ops/bob".to_owned() }),
        at: Some(1_773_052_000),
        comment: None,
        place: "elsewhere".to_owned(),
        is_override: false,
    };
    let override_ = OutcomeFacts {
        by: Some(Person { slack_id: Some("U0IVY".to_owned()), name: "Ivy Chen".to_owned() }),
        comment: Some("INC-204: customers can't pay".to_owned()),
        place: "slack".to_owned(),
        is_override: true,
        ..elsewhere.clone()
    };
    for (name, facts) in [
        ("approval-pending", facts("pending", true)),
        ("approval-pending-minimal", facts("pending", false)),
        ("approval-approved-in-slack", facts("approved", true)),
        ("approval-approved-minimal", facts("approved", false)),
        ("approval-approved-elsewhere", with_outcome(facts("approved", true), elsewhere)),
        ("approval-approved-by-override", with_outcome(facts("approved", true), override_)),
        ("approval-rejected-in-slack", facts("rejected", true)),
        ("approval-expired", facts("expired", false)),
        ("approval-closed-elsewhere", facts("closed", true)),
        ("approval-closed-minimal", facts("closed", false)),
    ] {
        let message = templates.render("approval", &facts).unwrap();
        let shown = facts.approval.unwrap();
        let has_votes = !shown.votes.is_empty();
        assert_eq!(
            block_kit::action_ids(&message),
            match (shown.status == "pending", has_votes) {
                (true, true) => &["signoff.approve", "signoff.reject", "signoff.withdraw", "signoff.override"][..],
                (true, false) => &["signoff.approve", "signoff.reject"],
                _ => &[],
            }
        );
        snapshot(name, &message);
    }
}

#[test]
fn approvals_without_a_rule() {
    let templates = Templates::builtin();
    for (name, status, known) in
        [("uncovered", "pending", true), ("uncovered-minimal", "pending", false), ("uncovered-closed", "closed", true)]
    {
        let facts = Facts { rule: None, ..approval(|approval| approval.status == status, known) };
        let message = templates.render("uncovered", &facts).unwrap();
        assert!(block_kit::action_ids(&message).is_empty());
        snapshot(name, &message);
    }
}

#[test]
fn notices_of_every_kind_of_event() {
    let templates = Templates::builtin();
    let mut lines = String::new();
    for kind in EventKind::all() {
        for known in [true, false] {
            let message = templates.render("notice", &event(&kind.to_string(), known)).unwrap();
            block_kit::validate_message(&message);
            let first = message.blocks[0]["text"]["text"].as_str().unwrap().lines().next().unwrap();
            // The address is the same in all of them.
            let first = first.split_once("<https").map_or(first.to_owned(), |(before, rest)| {
                let (_, label) = rest.split_once('|').unwrap();
                format!("{before}<…|{label}")
            });
            writeln!(lines, "{} => {}", message.text, first).unwrap();
        }
    }
    snapshot_settings("snapshots").bind(|| insta::assert_snapshot!("notice-lines", lines));
    snapshot("notice", &templates.render("notice", &event("pipeline.stopped", true)).unwrap());
    snapshot("notice-minimal", &templates.render("notice", &event("pipeline.started", false)).unwrap());
}

#[test]
fn failures() {
    let templates = Templates::builtin();
    snapshot("failure", &templates.render("failure", &event("action.failed", true)).unwrap());
    snapshot("failure-minimal", &templates.render("failure", &event("pipeline.failed", false)).unwrap());

    let failed = event("pipeline.failed", true);
    let failures = failed.failures.iter().cycle().take(70).cloned().collect();
    let message = templates.render("failure", &Facts { failures, ..failed }).unwrap();
    block_kit::validate_message(&message);
    assert_eq!(message.blocks.len(), 50);
    let last = message.blocks[49]["elements"][0]["text"].as_str().unwrap();
    assert_eq!(last, "… 26 more blocks left out: a message holds 50");
}

#[test]
fn reminders_and_escalations() {
    let templates = Templates::builtin();
    for (name, status, known) in [
        ("reminder", "pending", true),
        ("reminder", "pending", false),
        ("escalation", "pending", true),
        ("escalation", "pending", false),
        ("escalation", "approved", true),
        ("escalation", "expired", false),
    ] {
        let is_wanted = |facts: &Facts| {
            let approval = facts.approval.as_ref().unwrap();
            approval.status == status && approval.since.is_some() == known
        };
        let facts = facts::approval_samples().into_iter().skip(1).find(is_wanted).unwrap();
        let message = templates.render(name, &facts).unwrap();
        block_kit::validate_message(&message);
        snapshot(&format!("{name}-{status}{}", if known { "" } else { "-minimal" }), &message);
    }
}

#[test]
fn executions_in_every_state() {
    let templates = Templates::builtin();
    for facts in facts::progress_samples() {
        let progress = facts.progress.as_ref().unwrap();
        let known = if progress.began.is_some() { "" } else { "-minimal" };
        let message = templates.render("execution", &facts).unwrap();
        snapshot(&format!("execution-{}{known}", progress.status), &message);
    }
}

#[test]
fn what_is_told_in_the_thread_of_an_execution() {
    let templates = Templates::builtin();
    let messages: Vec<Message> =
        facts::detail_samples().iter().map(|facts| templates.render("detail", facts).unwrap()).collect();
    messages.iter().for_each(block_kit::validate_message);
    snapshot_settings("snapshots").bind(|| insta::assert_yaml_snapshot!("details", messages));
}

#[test]
fn a_long_execution_fits() {
    let templates = Templates::builtin();
    let mut facts = facts::progress_samples().into_iter().find(|facts| facts.event == "pipeline.failed").unwrap();
    let progress = facts.progress.as_mut().unwrap();
    let mut stage = progress.stages.iter().find(|stage| stage.status == "failed").cloned().unwrap();
    let action = stage.actions.last().cloned().unwrap();
    stage.actions = std::iter::repeat_n(action, 30).collect();
    // CodePipeline takes 50 stages at the most, each of 50 actions.
    for stages in [30, 50] {
        progress.stages = std::iter::repeat_n(stage.clone(), stages).collect();
        progress.sources = progress.sources.iter().cycle().take(20).cloned().collect();
        let facts = Facts { progress: Some(progress.clone()), ..facts::progress_samples().remove(0) };
        let message = templates.render("execution", &facts).unwrap();
        block_kit::validate_message(&message);
        assert_eq!(message.blocks.len(), 3 + stages.div_ceil(10));
    }
}

#[test]
fn the_refusal() {
    let templates = Templates::builtin();
    for (name, facts) in ["refusal", "refusal-without-help"].into_iter().zip(facts::refusal_samples()) {
        snapshot(name, &templates.render("refusal", &facts).unwrap());
    }
}

#[test]
fn the_modal() {
    let templates = Templates::builtin();
    for (name, facts) in
        ["comment-reject", "comment-approve-optional", "comment-approve", "comment-reject-optional", "comment-override"]
            .into_iter()
            .zip(facts::comment_samples())
    {
        let view = templates.render_modal("comment", &facts).unwrap();
        block_kit::validate_modal(&view);
        snapshot_settings("snapshots").bind(|| insta::assert_yaml_snapshot!(name, view));
    }
}

#[test]
fn what_is_told_of_commands() {
    let templates = Templates::builtin();
    for name in ["command", "status", "approvals", "help"] {
        for (number, facts) in facts::fixed_samples(name).iter().enumerate() {
            let message = templates.render(name, facts).unwrap();
            block_kit::validate_message(&message);
            snapshot(&format!("{name}-{number}"), &message);
        }
    }
    for (number, facts) in facts::fixed_samples("confirm").iter().enumerate() {
        let view = templates.render_modal("confirm", facts).unwrap();
        block_kit::validate_modal(&view);
        snapshot_settings("snapshots").bind(|| insta::assert_yaml_snapshot!(format!("confirm-{number}"), view));
    }
}

#[test]
fn built_in_templates_pass_their_own_checks() {
    let files: Vec<(String, String)> = yaml_files("templates");
    assert_eq!(files.len(), 15);
    let templates = Templates::read(files.clone().into_iter().map(|(file, text)| Source::new(file, text))).unwrap();
    let names: Vec<&str> = templates.names().collect();
    let expected = [
        "approval",
        "approvals",
        "command",
        "comment",
        "confirm",
        "detail",
        "escalation",
        "execution",
        "failure",
        "help",
        "notice",
        "refusal",
        "reminder",
        "status",
        "uncovered",
    ];
    assert_eq!(names, expected);
    assert_eq!(Templates::builtin().names().collect::<Vec<_>>(), names);
    assert_eq!(templates.check("approval", &facts::approval_samples()), []);
    for name in ["reminder", "escalation"] {
        assert_eq!(templates.check(name, &facts::approval_samples()), []);
    }
    for name in ["failure", "notice", "uncovered"] {
        assert_eq!(templates.check(name, &facts::samples()), []);
    }
    assert_eq!(templates.check("execution", &facts::progress_samples()), []);
    assert_eq!(templates.check("detail", &facts::detail_samples()), []);
    for (name, facts) in [("approval", facts::approval_samples()), ("notice", facts::samples())] {
        for facts in facts {
            assert_eq!(templates.render(name, &facts), Templates::builtin().render(name, &facts));
        }
    }
}

#[test]
fn a_file_replaces_the_built_in_template_of_its_name() {
    let own =
        "text: 'refused: {{ reason }}'\nblocks:\n  - { type: section, text: { type: mrkdwn, text: '{{ help }}' } }\n";
    let templates = Templates::read([Source::new("ours/refusal.yml", own)]).unwrap();
    let samples = facts::refusal_samples();
    let message = templates.render("refusal", &samples[0]).unwrap();
    assert_eq!(message.text, "refused: You may not answer this approval: the rule `payments to production` names");
    assert_eq!(message.blocks[0]["text"]["text"], "Ask one of them, or have yourself added to the rule.");
    assert_eq!(templates.render("refusal", &samples[1]).unwrap().blocks, Vec::<Value>::new());
    assert_eq!(templates.names().count(), 15);
}

#[test]
fn kinds_and_order_of_values_are_kept() {
    let own = "text: hi\nblocks:\n  - type: image\n    alt_text: '{{ 3 }}'\n    image_url: https://acme.example/a b.png\n    \
               zeta: 1\n    alpha: [1.5, true, null, 'yes', on]\n    left_out: { when: false, x: 1 }\n    kept: { when: true, x: 1 }\n";
    let templates = Templates::read([Source::new("own.yaml", own)]).unwrap();
    let message = templates.render("own", &event("pipeline.started", true)).unwrap();
    let json = serde_json::to_string(&message.blocks[0]).unwrap();
    let expected = "{\"type\":\"image\",\"alt_text\":\"3\",\"image_url\":\"https://acme.example/a%20b.png\",\"zeta\":1,\
                    \"alpha\":[1.5,true,null,\"yes\",\"on\"],\"kept\":{\"x\":1}}";
    assert_eq!(json, expected);
}

#[test]
fn templates_are_shared_between_tasks() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&Templates::builtin());
}

#[test]
fn names_that_clash_or_are_missing_are_told() {
    let message = "text: hi\nblocks: []\n";
    let modal = "modal: { type: modal, title: { type: plain_text, text: Hi }, blocks: [] }\n";
    let files = [
        ("a/own.yaml", message),
        ("b/own.yml", message),
        ("b/notes.txt", message),
        ("refusal.yaml", modal),
        ("comment.yaml", message),
        ("refusal-own.yaml", "text: '{{ reason }}'\nblocks: []\n"),
    ];
    let mut told: Vec<String> = Templates::read(files.map(|(file, text)| Source::new(file, text)))
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    let templates = Templates::builtin();
    told.push(templates.render("aproval", &facts::samples()[0]).unwrap_err().to_string());
    told.push(templates.render("comment", &facts::samples()[0]).unwrap_err().to_string());
    told.push(templates.render_modal("progress", &facts::samples()[0]).unwrap_err().to_string());
    told.push(templates.check("progress", &facts::samples())[0].to_string());
    snapshot_settings("snapshots").bind(|| insta::assert_yaml_snapshot!("names", told));
}

#[test]
fn what_is_told_of_broken_templates() {
    for (file, text) in yaml_files("tests/templates/broken") {
        let name = file.trim_end_matches(".yaml");
        let errors = match Templates::read([Source::new(&file, &text)]) {
            Err(errors) => errors,
            Ok(templates) => templates.check(name, &facts::samples()),
        };
        assert!(!errors.is_empty(), "{file} is not broken");
        let told = text::render_all(&errors);
        snapshot_settings("broken").bind(|| insta::assert_snapshot!(name, told));
    }
}

#[expect(clippy::disallowed_methods, reason = "the fixtures are files")]
fn yaml_files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<(String, String)> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}
