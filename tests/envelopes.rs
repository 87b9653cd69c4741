//! One thing that happened is one event, whatever envelope it comes in (W1, W2).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "envelopes/every.rs"]
mod every;

use every::{enveloped, every_way, queue, rule_message, sns, state_changes};
use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::event::{Event, EventKind};
use signoff::lambda::classify::{Payload, classify};
use signoff::lambda::message::Message;

fn messages(payload: &Value) -> Vec<Message> {
    match classify(payload) {
        Payload::Sns(messages) => messages,
        Payload::Sqs(records) => records.into_iter().flat_map(|record| record.messages).collect(),
        Payload::EventBridge(message) => vec![*message],
        other => panic!("no messages but {other:?}"),
    }
}

fn the_event(payload: &Value) -> Event {
    let mut messages = messages(payload);
    assert_eq!(messages.len(), 1, "{payload}");
    messages.remove(0).read.unwrap()
}

#[test]
fn each_state_is_an_event_of_its_own() {
    let kinds: Vec<String> = state_changes().iter().map(|change| the_event(change).kind.to_string()).collect();
    insta::assert_snapshot!(kinds.join("\n"));
}

#[test]
fn an_event_is_the_same_in_every_envelope() {
    for change in state_changes() {
        let expected = the_event(&change);
        for (way, payload) in every_way(&change) {
            assert_eq!(the_event(&payload), expected, "{} through {way}", expected.kind);
        }
    }
}

#[test]
fn a_notification_rule_tells_the_same_event() {
    for change in state_changes() {
        let expected = the_event(&change);
        for (way, payload) in enveloped(&rule_message(&change, json!({}))) {
            assert_eq!(the_event(&payload), expected, "{} through {way}", expected.kind);
        }
        // What only the rule knows is added, and nothing else is different.
        let more = json!({ "customData": "Gift cards", "externalEntityLink": "https://preview.checkout.example",
            "failedActions": [{ "action": "Ship", "additionalInformation": "Deployment d-1 failed" }],
            "sourceActions": [{ "sourceActionVariables": {} }, { "sourceActionVariables": { "CommitId": "0b7e4f2c" } }] });
        let told = the_event(&sns(&rule_message(&change, more).to_string()));
        assert_eq!(told.commit.as_ref().unwrap().id.as_deref(), Some("0b7e4f2c"));
        let Event { custom_data, external_link, commit, failures, .. } = expected.clone();
        assert_eq!(Event { custom_data, external_link, commit, failures, ..told }, expected);
    }
}

#[test]
fn an_event_is_the_same_however_aws_writes_it() {
    for change in state_changes() {
        let expected = the_event(&change);
        let vary = |how: &str, edit: &dyn Fn(&mut Value)| {
            let mut other = change.clone();
            edit(&mut other);
            assert_eq!(the_event(&other), expected, "{}: {how}", expected.kind);
        };
        vary("a time with milliseconds", &|it| it["time"] = "2026-05-11T16:40:00.734Z".into());
        vary("an account that is a number", &|it| it["account"] = 730_591_846_207_u64.into());
        vary("no account and no region but in the ARN", &|it| {
            it.as_object_mut().unwrap().retain(|key, _| key != "account" && key != "region");
        });
        vary("an ARN with `pipeline:`", &|it| {
            it["resources"] = json!(["arn:aws:codepipeline:eu-north-1:730591846207:pipeline:checkout-web"]);
            it["detail"].as_object_mut().unwrap().remove("pipeline");
        });
        vary("no ARN", &|it| {
            it.as_object_mut().unwrap().remove("resources");
        });
        vary("another region in the detail", &|it| it["detail"]["region"] = "us-east-1".into());
        vary("versions that are numbers", &|it| it["detail"]["version"] = 12.into());
        vary("an attempt that is a text", &|it| {
            it["detail"]["pipeline-execution-attempt"] = format!("{:.1}", expected.attempt.unwrap()).into();
        });
        if expected.attempt == Some(1) {
            vary("attempts that begin with 0", &|it| it["detail"]["pipeline-execution-attempt"] = 0.0.into());
        }
        vary("a state as the API spells it", &|it| {
            let state = it["detail"]["state"].as_str().unwrap().to_owned();
            let api = if state == "CANCELED" {
                "Cancelled".to_owned()
            } else {
                state[..1].to_owned() + &state[1..].to_lowercase()
            };
            it["detail"]["state"] = api.into();
        });
    }
}

#[test]
fn an_approval_is_the_same_in_every_envelope() {
    let message = json!({ "region": "eu-north-1", "approval": { "pipelineName": "checkout-web", "stageName": "Live",
        "actionName": "GoLive", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T16:40Z",
        "customData": null, "externalEntityLink": "" } });
    let mut events = enveloped(&message).into_iter().map(|(way, payload)| (way, the_event(&payload)));
    let (_, first) = events.next().unwrap();
    assert!(first.request.is_some());
    assert_eq!(first.account.as_deref(), Some("730591846207"), "of the queue, where there is no topic");
    for (way, event) in events {
        assert_eq!(event, first, "{way}");
    }
}

#[test]
fn account_numbers_keep_their_zeros() {
    let mut change = state_changes().remove(0);
    change["account"] = 30_591_846_207_u64.into();
    assert_eq!(the_event(&change).account.as_deref(), Some("030591846207"));
}

#[test]
fn one_bad_record_is_bad_alone() {
    let good = state_changes().remove(0).to_string();
    let mut sns = sns(&good);
    sns["Records"].as_array_mut().unwrap().extend([json!({}), json!({ "Sns": { "MessageId": "m" } }), json!(7)]);
    let mut sqs = queue(&[good, r#"{"approval": {"#.to_owned(), String::new()]);
    sqs["Records"].as_array_mut().unwrap().extend([json!({ "eventSource": "aws:sqs" }), json!(null)]);
    let told = |payload: &Value| {
        let told = messages(payload).into_iter().map(|message| match message.read {
            Ok(event) => format!("{}: {} ({})", message.name, event.kind, message.sort),
            Err(error) => format!("{}: ✘ {error} ({})", message.name, message.sort),
        });
        told.collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(format!("{}\n\n{}", told(&sns), told(&sqs)));
}

#[test]
fn a_click_is_never_taken_from_a_queue() {
    let request = json!({ "requestContext": { "http": {} }, "headers": {}, "body": "payload=%7B%7D" });
    assert_eq!(the_event(&queue(&[request.to_string()])).kind, EventKind::Other);
}

#[test]
fn envelopes_within_envelopes_end() {
    let mut payload = sns("{}");
    for _ in 0..40 {
        payload = sns(&payload.to_string().chars().take(60_000).collect::<String>());
        assert_eq!(messages(&payload).len(), 1);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "\\PC{0,12}[&<>*_`@|{}%]{1,4}".prop_map(Value::from),
        Just(Value::from("2026-05-11T16:40Z")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Where in an event something stands that AWS may leave out or write otherwise; what is needed is not among them.
const OPTIONAL: &[&str] = &[
    "/version",
    "/id",
    "/account",
    "/time",
    "/resources",
    "/detail/start-time",
    "/detail/version",
    "/detail/pipeline-execution-attempt",
    "/detail/execution-trigger",
    "/detail/stop-execution-comments",
    "/detail/execution-result",
    "/detail/action-execution-id",
    "/detail/region",
    "/detail/input-artifacts",
    "/additionalAttributes",
    "/new",
    "/detail/new",
    "/detail/execution-trigger/commit-message",
];

fn set(event: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let Some(Value::Object(fields)) = event.pointer_mut(parent) else { return };
    match value {
        Some(value) => fields.insert(key.to_owned(), value),
        None => fields.remove(key),
    };
}

proptest! {
    /// Missing, extra and strange fields, hostile commit messages among them, lose no event, whatever is around it.
    #[test]
    fn what_can_be_read_is_never_lost(
        at in 0..25_usize,
        edits in prop::collection::vec((prop::sample::select(OPTIONAL), prop::option::of(any_json())), 0..6),
        message in "\\PC{0,80}",
        way in 0..8_usize,
    ) {
        let mut change = state_changes().remove(at);
        let before = the_event(&change);
        change["detail"]["execution-trigger"] = json!({ "commit-id": "0b7e4f2c", "commit-message": message });
        for (pointer, value) in edits {
            set(&mut change, pointer, value);
        }
        let (_, payload) = every_way(&change).swap_remove(way);
        let read = messages(&payload);
        prop_assert_eq!(read.len(), 1);
        let event = read[0].read.as_ref().unwrap();
        prop_assert_eq!(
            (event.kind, &event.pipeline, &event.stage, &event.action, &event.execution, &event.region),
            (before.kind, &before.pipeline, &before.stage, &before.action, &before.execution, &before.region)
        );
        if let Some(kept) = change["detail"]["execution-trigger"]["commit-message"].as_str().filter(|it| !it.trim().is_empty()) {
            prop_assert_eq!(event.commit.as_ref().and_then(|commit| commit.message.as_deref()), Some(kept));
        }
    }

    /// Whatever comes, nothing panics, and the good record beside it is read.
    #[test]
    fn whatever_comes_the_good_record_is_read(value in any_json(), text in ".{0,60}", key in prop::sample::select(OPTIONAL)) {
        let good = state_changes().remove(2);
        classify(&value);
        classify(&json!({ "Records": value.clone() }));
        let mut strange = good.clone();
        set(&mut strange, "/detail", Some(value.clone()));
        set(&mut strange, key, Some(value.clone()));
        let payload = queue(&[text, value.to_string(), json!({ "Records": value.clone() }).to_string(), strange.to_string(),
            json!({ "approval": value }).to_string(), good.to_string()]);
        let Payload::Sqs(records) = classify(&payload) else { panic!("SQS") };
        prop_assert_eq!(records.len(), 6);
        prop_assert_eq!(records[5].messages[0].read.as_ref().unwrap(), &the_event(&good));
    }
}
