//! Whatever the data says, a message keeps its shape and mentions nobody but whom it means to.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::event::{Commit, Failure, Trigger};
use signoff::facts::{
    ApprovalFacts, CommentFacts, Facts, Mention, OutcomeFacts, Person, ProgressActionFacts, ProgressFacts,
    ProgressStageFacts, RefusalFacts, RuleFacts, SourceFacts, VoteFacts, approval_samples, detail_samples,
    progress_samples,
};
use signoff::template::{Message, Templates};

use super::block_kit;

/// Text from somebody who means harm. It begins with a letter, so that it is never nothing.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<!channel>",
        "<!here|x>",
        "<@U0MALLORY>",
        "<#C0DEPLOYS>",
        "<!subteam^S0SECURITY>",
        "<https://evil.example|payments>",
        "*",
        "_",
        "~",
        "`",
        "```",
        "\"",
        "'",
        "\\",
        "{{",
        "}}",
        "{% if x %}",
        "{{ approval.id }}",
        "{#",
        "|",
        "\n",
        "\r\n",
        "\n> ",
        "&",
        "&lt;",
        "&lt;!channel&gt;",
        "<",
        ">",
        "💥",
        "👩‍👩‍👧",
        ":boom:",
        "\u{202e}",
        "\u{200f}",
        "\u{2067}",
        "\0",
        "\u{7}",
        "https://evil.example/?a=<!here>|b",
        "javascript:alert(1)",
        "@here",
        "#general",
        "- a: b",
        "abc def",
        "/",
        ".",
        "é",
    ]);
    let short = prop::collection::vec(pieces.clone(), 0..12).prop_map(|pieces| format!("x{}", pieces.concat()));
    let long = pieces.prop_map(|piece| format!("x{}", piece.repeat(5_000 / piece.chars().count() + 1)));
    prop_oneof![4 => short, 1 => long]
}

/// Facts whose every free text comes from `next`; what decides the shape stays as in `facts`.
fn poison(facts: &Facts, mut next: impl FnMut() -> String) -> Facts {
    let mut some = |value: &Option<String>| value.is_some().then(&mut next);
    let (account, stage, action) = (some(&facts.account), some(&facts.stage), some(&facts.action));
    let (execution, provider, stop_comment) =
        (some(&facts.execution), some(&facts.provider), some(&facts.stop_comment));
    let trigger = facts.trigger.as_ref().map(|it| Trigger { kind: some(&it.kind), detail: some(&it.detail) });
    let commit = facts.commit.as_ref().map(|it| Commit {
        id: some(&it.id),
        message: some(&it.message),
        author: some(&it.author),
        email: some(&it.email),
        repository: some(&it.repository),
        reference: some(&it.reference),
    });
    let failures = facts.failures.iter();
    let failures = failures
        .map(|it| Failure {
            action: some(&it.action),
            reason: some(&it.reason),
            code: some(&it.code),
            link: some(&it.link),
        })
        .collect();
    let person = |it: &Person, next: &mut dyn FnMut() -> String| Person {
        slack_id: it.slack_id.as_ref().map(|_| next()),
        name: next(),
    };
    let approval = facts.approval.as_ref().map(|it| ApprovalFacts {
        // Ours, never AWS's or a person's; it must reach the button as it is.
        id: it.id.clone(),
        status: it.status.clone(),
        custom_data: it.custom_data.is_some().then(&mut next),
        external_link: it.external_link.is_some().then(&mut next),
        review_link: it.review_link.is_some().then(&mut next),
        approvers: it.approvers.iter().map(|mention| poison_mention(mention, &mut next)).collect(),
        votes: it
            .votes
            .iter()
            .map(|vote| VoteFacts {
                by: person(&vote.by, &mut next),
                at: vote.at,
                comment: vote.comment.is_some().then(&mut next),
            })
            .collect(),
        asks_for: it.asks_for.is_some().then(&mut next),
        waits_for: it.waits_for.is_some().then(&mut next),
        window: it.window.is_some().then(&mut next),
        freeze: it.freeze.is_some().then(&mut next),
        forbid: it.forbid.is_some().then(&mut next),
        override_by: it.override_by.iter().map(|mention| poison_mention(mention, &mut next)).collect(),
        outcome: it.outcome.as_ref().map(|outcome| OutcomeFacts {
            by: outcome.by.as_ref().map(|by| person(by, &mut next)),
            comment: outcome.comment.is_some().then(&mut next),
            ..outcome.clone()
        }),
        calls: it.calls.iter().map(|mention| poison_mention(mention, &mut next)).collect(),
        message_link: it.message_link.is_some().then(&mut next),
        ..it.clone()
    });
    let progress = facts.progress.as_ref().map(|it| poison_progress(it, &mut next));
    let rule = facts.rule.as_ref().map(|it| RuleFacts {
        name: next(),
        mention: it.mention.iter().map(|mention| poison_mention(mention, &mut next)).collect(),
    });
    Facts {
        event: next(),
        state: next(),
        region: next(),
        pipeline: next(),
        console_link: next(),
        execution_link: next(),
        time: facts.time,
        subject: facts.subject.as_ref().map(|_| next()),
        account,
        stage,
        action,
        execution,
        provider,
        stop_comment,
        trigger,
        commit,
        failures,
        approval,
        progress,
        rule,
        // Ours: they must reach the buttons as they are.
        commands: facts.commands.clone(),
    }
}

/// The same, of what other templates are made of.
fn poison_json(value: &Value, next: &mut dyn FnMut() -> String) -> Value {
    const OURS: [&str; 9] =
        ["verb", "done", "status", "place", "kind", "private_metadata", "retry", "stop", "needs_reason"];
    match value {
        Value::Object(map) => {
            let poisoned = map.iter().map(|(key, value)| {
                let is_ours = OURS.contains(&key.as_str());
                (key.clone(), if is_ours { value.clone() } else { poison_json(value, next) })
            });
            Value::Object(poisoned.collect())
        }
        Value::Array(list) => list.iter().map(|value| poison_json(value, next)).collect(),
        Value::String(_) => Value::String(next()),
        other => other.clone(),
    }
}

fn poison_progress(progress: &ProgressFacts, next: &mut impl FnMut() -> String) -> ProgressFacts {
    let mut some = |value: &Option<String>| value.is_some().then(&mut *next);
    let sources = progress.sources.iter();
    let sources = sources
        .map(|it| SourceFacts {
            action: it.action.clone(),
            provider: some(&it.provider),
            revision: some(&it.revision),
            summary: some(&it.summary),
            link: some(&it.link),
            author: some(&it.author),
            repository: some(&it.repository),
            reference: some(&it.reference),
        })
        .collect();
    let (at_stage, started_by) = (some(&progress.at_stage), some(&progress.started_by));
    let rolls_back_to = some(&progress.rolls_back_to);
    let mut action = |it: &ProgressActionFacts| ProgressActionFacts {
        name: next(),
        provider: it.provider.is_some().then(&mut *next),
        waits_for: it.waits_for.is_some().then(&mut *next),
        votes: it
            .votes
            .iter()
            .map(|by| Person { slack_id: by.slack_id.as_ref().map(|_| next()), name: next() })
            .collect(),
        by: it.by.as_ref().map(|by| Person { slack_id: by.slack_id.as_ref().map(|_| next()), name: next() }),
        comment: it.comment.is_some().then(&mut *next),
        reason: it.reason.is_some().then(&mut *next),
        link: it.link.is_some().then(&mut *next),
        ..it.clone()
    };
    let stages: Vec<ProgressStageFacts> = progress
        .stages
        .iter()
        .map(|it| ProgressStageFacts { actions: it.actions.iter().map(&mut action).collect(), ..it.clone() })
        .collect();
    let stages = stages.into_iter().map(|it| ProgressStageFacts { name: next(), ..it }).collect();
    ProgressFacts { at_stage, started_by, rolls_back_to, sources, stages, ..progress.clone() }
}

fn poison_mention(mention: &Mention, mut next: impl FnMut() -> String) -> Mention {
    match mention {
        Mention::User { .. } => Mention::User { id: next() },
        Mention::UserGroup { .. } => Mention::UserGroup { id: next() },
    }
}

/// The shape: every key, type and count, and every word that Slack acts on; other texts are left out.
fn skeleton(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| {
                    let acts =
                        matches!(key.as_str(), "type" | "style" | "action_id" | "block_id" | "callback_id" | "value");
                    (key.clone(), if acts { value.clone() } else { skeleton(value) })
                })
                .collect(),
        ),
        Value::Array(list) => list.iter().map(skeleton).collect(),
        Value::String(_) => json!("…"),
        other => other.clone(),
    }
}

/// Every text in which Slack looks for mentions.
fn marked_up<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            if map.get("type").is_some_and(|kind| kind == "mrkdwn") {
                assert_eq!(map["verbatim"], true, "Slack would look for mentions in the plain words too");
                found.push(map["text"].as_str().unwrap());
            }
            map.values().for_each(|value| marked_up(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| marked_up(value, found)),
        _ => {}
    }
}

fn has_only_our_own_tokens(message: &Message) {
    let blocks = json!(message.blocks);
    let mut texts = vec![message.text.as_str()];
    marked_up(&blocks, &mut texts);
    for text in texts {
        for (at, _) in text.match_indices('<') {
            let token =
                text[at..].split_once('>').map(|(token, _)| token).unwrap_or_else(|| panic!("open token: {text}"));
            let ours = token.starts_with("<!date^") && token.ends_with(" UTC")
                || token.starts_with("<http") && token.contains('|');
            assert!(ours && !token[1..].contains('<') && !token.contains('\n'), "{token}> in {text}");
        }
        let entities = text.match_indices('&').map(|(at, _)| &text[at..]);
        for rest in entities {
            assert!(["&amp;", "&lt;", "&gt;"].iter().any(|entity| rest.starts_with(entity)), "{rest:.20}");
        }
        assert_eq!(text.matches("```").count() % 2, 0, "an open code block: {text}");
    }
}

static TEMPLATES: LazyLock<Templates> = LazyLock::new(Templates::builtin);

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn messages_keep_their_shape(texts in prop::collection::vec(hostile(), 8), sample in prop::sample::select(approval_samples())) {
        let templates = &*TEMPLATES;
        let mut texts = texts.iter().cycle();
        let poisoned = poison(&sample, || texts.next().cloned().unwrap_or_default());
        for name in ["approval", "uncovered", "notice", "failure", "reminder", "escalation"] {
            let clean = templates.render(name, &sample).unwrap();
            let message = templates.render(name, &poisoned).unwrap();
            prop_assert_eq!(skeleton(&json!(clean)), skeleton(&json!(message)));
            block_kit::validate_message(&message);
            has_only_our_own_tokens(&message);
        }
    }

    #[test]
    fn what_is_told_of_commands_keeps_its_shape(
        texts in prop::collection::vec(hostile(), 8),
        name in prop::sample::select(vec!["command", "status", "approvals", "help", "confirm"]),
        which in any::<prop::sample::Index>(),
    ) {
        let templates = &*TEMPLATES;
        let samples = signoff::facts::fixed_samples(name);
        let sample = which.get(&samples);
        let mut texts = texts.iter().cycle();
        let poisoned = poison_json(sample, &mut || texts.next().cloned().unwrap_or_default());
        if name == "confirm" {
            let view = templates.render_modal(name, &poisoned).unwrap();
            prop_assert_eq!(skeleton(&templates.render_modal(name, sample).unwrap()), skeleton(&view));
            block_kit::validate_modal(&view);
            let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
            has_only_our_own_tokens(&Message { text: "modal".to_owned(), blocks });
        } else {
            let message = templates.render(name, &poisoned).unwrap();
            prop_assert_eq!(skeleton(&json!(templates.render(name, sample).unwrap())), skeleton(&json!(message)));
            block_kit::validate_message(&message);
            has_only_our_own_tokens(&message);
        }
    }

    #[test]
    fn messages_of_executions_keep_their_shape(
        texts in prop::collection::vec(hostile(), 8),
        shown in prop::sample::select(progress_samples()),
        told in prop::sample::select(detail_samples()),
    ) {
        let templates = &*TEMPLATES;
        let mut texts = texts.iter().cycle();
        for (name, sample) in [("execution", &shown), ("notice", &shown), ("failure", &shown), ("detail", &told)] {
            let poisoned = poison(sample, || texts.next().cloned().unwrap_or_default());
            let clean = templates.render(name, sample).unwrap();
            let message = templates.render(name, &poisoned).unwrap();
            prop_assert_eq!(skeleton(&json!(clean)), skeleton(&json!(message)));
            block_kit::validate_message(&message);
            has_only_our_own_tokens(&message);
        }
    }

    #[test]
    fn refusals_and_modals_keep_their_shape(reason in hostile(), help in hostile(), place in hostile()) {
        let templates = &*TEMPLATES;
        let refusal = |reason, help| templates.render("refusal", &RefusalFacts { reason, people: Vec::new(), help: Some(help) }).unwrap();
        let message = refusal(reason.clone(), help);
        prop_assert_eq!(skeleton(&json!(refusal("no".to_owned(), "ask".to_owned()))), skeleton(&json!(message)));
        block_kit::validate_message(&message);
        has_only_our_own_tokens(&message);
        let modal = |pipeline, stage| {
            let facts = CommentFacts {
                wish: "reject".to_owned(), required: true, approval_id: "a".to_owned(), pipeline, stage: Some(stage), action: None, private_metadata: "a".to_owned(),
            };
            templates.render_modal("comment", &facts).unwrap()
        };
        let view = modal(reason, place);
        prop_assert_eq!(skeleton(&modal("p".to_owned(), "s".to_owned())), skeleton(&view));
        block_kit::validate_modal(&view);
        let blocks = view["blocks"].as_array().cloned().unwrap_or_default();
        has_only_our_own_tokens(&Message { text: "modal".to_owned(), blocks });
    }
}
