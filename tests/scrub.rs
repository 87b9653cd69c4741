//! What is logged of payloads (`SIGNOFF_RECORD`) holds no secret, no token and nobody's name or address, and still says what happened.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "recordings are files")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::event::{Event, Unreadable};
use signoff::lambda::classify::{Payload, classify};
use signoff::lambda::message::Message;
use signoff::scrub::Scrubber;
use signoff::secret::Secret;
use signoff::slack::interaction;

fn scrub(payload: &Value) -> Value {
    Scrubber::new(&Secret::new("harbour-key")).scrub(payload)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    found.sort();
    found
}

fn recordings() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/recordings");
    let read = |path: PathBuf| {
        let value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_name().unwrap().to_string_lossy().into_owned(), value)
    };
    files(&folder).into_iter().map(read).collect()
}

/// All that looks like an approval token or an e-mail address.
fn private(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || "\"'\\/<>|:,()[]{}=&".contains(letter));
    let is_address = |word: &&str| word.contains('@') && word.contains('.') && !word.starts_with('@');
    words.filter(is_address).map(str::to_owned).collect()
}

#[test]
fn what_happened_can_still_be_read_in_every_recording() {
    for (name, payload) in recordings() {
        let scrubbed = scrub(&payload);
        assert_eq!(scrub(&payload), scrubbed, "{name}: the same payload gives the same stand-ins");
        for address in private(&scrubbed.to_string()) {
            assert!(address.ends_with("@scrubbed.example"), "{name}: {address}");
        }
        match (classify(&payload), classify(&scrubbed)) {
            (Payload::Sns(before), Payload::Sns(after)) => same_messages(&name, before, after),
            (Payload::Sqs(before), Payload::Sqs(after)) => {
                assert_eq!(before.len(), after.len(), "{name}");
                for (before, after) in before.into_iter().zip(after) {
                    same_messages(&name, before.messages, after.messages);
                }
            }
            (Payload::EventBridge(before), Payload::EventBridge(after)) => {
                same_messages(&name, vec![*before], vec![*after]);
            }
            (Payload::Http(before), Payload::Http(after)) => {
                let deed = |body: Option<std::borrow::Cow<'_, [u8]>>| {
                    interaction::read(&body.unwrap()).map(|read| (read.team, read.user.id)).ok()
                };
                assert_eq!(deed(before.body()), deed(after.body()), "{name}");
                let signature = before.header("x-slack-signature").unwrap_or("v0=");
                assert!(!scrubbed.to_string().contains(signature), "{name}");
            }
            (before, after) => {
                assert_eq!(std::mem::discriminant(&before), std::mem::discriminant(&after), "{name}: {after:?}");
            }
        }
    }
}

fn same_messages(name: &str, before: Vec<Message>, after: Vec<Message>) {
    assert_eq!(before.len(), after.len(), "{name}");
    for (before, after) in before.into_iter().zip(after) {
        assert_eq!(before.read.is_ok(), after.read.is_ok(), "{name}");
        same_event(name, before.read, after.read);
    }
}

fn same_event(name: &str, before: Result<Event, Unreadable>, after: Result<Event, Unreadable>) {
    let (Ok(before), Ok(after)) = (before, after) else { return };
    assert_eq!((before.kind, &before.pipeline, &before.stage), (after.kind, &after.pipeline, &after.stage), "{name}");
    if let (Some(before), Some(after)) = (before.request, after.request) {
        assert_ne!(before.token.expose(), after.token.expose(), "{name}");
        assert_eq!(before.expires, after.expires, "{name}");
        assert!(!after.review_link.is_some_and(|link| link.contains(before.token.expose())), "{name}");
    }
}

#[test]
fn one_whole_payload() {
    let message = json!({
        "region": "eu-north-1",
        "approval": {
            "pipelineName": "ferry", "stageName": "Live", "actionName": "Sail", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6",
            "customData": "Ask Mira Lund <mira.lund@harbour.example>, key AKIAIOSFODNN7EXAMPLE2, token ghp_0123456789abcdef",
            "approvalReviewLink": "https://console.example/ferry#/Live/Sail/approve/a94c07d1-3be8-4f52-9d60-72c18e5fb3a6",
        }
    });
    let payload = json!({ "Records": [{ "Sns": {
        "MessageId": "m-1", "Message": message.to_string(), "Signature": "c2lnbmF0dXJl", "Subject": null,
        "UnsubscribeURL": "https://sns.example/?SubscriptionArn=arn:aws:sns:eu-north-1:000011112222:ferry:5",
    } }] });
    insta::assert_json_snapshot!("sns", scrub(&payload));
    let interaction = json!({
        "type": "block_actions", "token": "old-verification", "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/actions/T0/1/x",
        "user": { "id": "U0MIRA", "name": "mira", "username": "mira", "team_id": "T0HARBOUR" },
        "team": { "id": "T0HARBOUR", "domain": "harbour" }, "channel": { "id": "C0QUAY", "name": "quay" },
        "message": { "text": "Sail?", "blocks": [{ "type": "section", "text": { "type": "mrkdwn",
            "text": "<https://console.example/#/Live/Sail/approve/a94c07d1-3be8-4f52-9d60-72c18e5fb3a6|Review>" } }] },
        "actions": [{ "action_id": "signoff.approve", "value": "7fad6c0d4b020fa86609669f6f76eb24" }],
    });
    let body =
        form_urlencoded::Serializer::new(String::new()).append_pair("payload", &interaction.to_string()).finish();
    let request = json!({
        "requestContext": { "http": { "method": "POST", "sourceIp": "203.0.113.9", "userAgent": "Slackbot" },
            "authorizer": { "iam": { "accessKey": "AKIA" } } },
        "headers": { "X-Slack-Signature": "v0=a2114d", "Content-Type": "application/x-www-form-urlencoded", "Cookie": "a=b" },
        "cookies": ["a=b"], "rawQueryString": "secret=1", "body": body, "isBase64Encoded": false,
    });
    let scrubbed = scrub(&request);
    insta::assert_json_snapshot!("http", scrubbed);
    let fields: Vec<_> = form_urlencoded::parse(scrubbed["body"].as_str().unwrap().as_bytes()).collect();
    let inner: Value = serde_json::from_str(&fields[0].1).unwrap();
    insta::assert_json_snapshot!("interaction", inner);
    // It is the stand-in that the request itself gets.
    assert!(inner.to_string().contains("/approve/3b11a5cb-9e25-78f1-2c9f-5545284b9aba|"));
}

#[test]
fn another_key_gives_other_stand_ins() {
    let payload = json!({ "detail": { "author-email": "mira@harbour.example", "author-display-name": "Mira Lund" } });
    let other = Scrubber::new(&Secret::new("another-key")).scrub(&payload);
    assert_ne!(scrub(&payload), other);
    assert_eq!(
        scrub(&payload)["detail"]["author-email"],
        scrub(&json!({ "x": "by MIRA@harbour.example" }))["x"].as_str().unwrap()[3..]
    );
}

#[test]
fn people_in_arns() {
    for (arn, role) in [
        ("arn:aws:sts::000011112222:assumed-role/Developer/mira@harbour.example", "Developer/person-"),
        ("arn:aws:iam::000011112222:user/mira", "user/person-"),
    ] {
        let scrubbed = scrub(&json!(arn));
        let scrubbed = scrubbed.as_str().unwrap();
        assert!(scrubbed.contains(role) && !scrubbed.contains("mira"), "{scrubbed}");
    }
    let pipeline = json!("arn:aws:codepipeline:eu-north-1:000011112222:ferry");
    assert_eq!(scrub(&pipeline), pipeline);
}

proptest! {
    #[test]
    fn no_address_survives_anywhere(
        before in "[ -~äöü<>|]{0,20}", local in "[a-z][a-z0-9._+-]{0,12}", domain in "[a-z]{1,8}\\.[a-z]{2,4}", after in "[ <>|,;]{0,3}"
    ) {
        let address = format!("{local}@{domain}");
        // Letters that touch it are part of it.
        let text = format!("{before} {address}{after}");
        let nested = json!({ "Message": json!({ "deep": [json!({ "text": text }).to_string()] }).to_string() });
        let scrubbed = scrub(&nested).to_string();
        prop_assert!(!scrubbed.contains(&address), "{}", scrubbed);
    }
}
