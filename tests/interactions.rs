//! What people do in Slack, as it is read from the body that Slack sends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::approval::Wish;
use signoff::slack::interaction::{Deed, Interaction, MessageRef, ModalMetadata, Unreadable, read};

fn form(payload: &Value) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish().into_bytes()
}

fn press() -> Value {
    json!({
        "type": "block_actions",
        "user": { "id": "U0NOOR", "username": "noor", "team_id": "T0SHOP" },
        "api_app_id": "A0SIGNOFF",
        "token": "a-verification-token",
        "container": { "type": "message", "message_ts": "1778517600.000100", "channel_id": "C0LIVE", "is_ephemeral": false },
        "trigger_id": "7001.7002.abc",
        "team": { "id": "T0SHOP", "domain": "shop" },
        "enterprise": null,
        "channel": { "id": "C0LIVE", "name": "privategroup" },
        "response_url": "https://hooks.slack.com/actions/T0SHOP/1/x",
        "actions": [{ "action_id": "signoff.approve", "block_id": "b", "type": "button", "value": "5e8f", "action_ts": "1" }]
    })
}

fn submission() -> Value {
    json!({
        "type": "view_submission",
        "team": { "id": "T0SHOP", "domain": "shop" },
        "user": { "id": "U0NOOR", "team_id": "T0SHOP" },
        "view": {
            "id": "V0", "type": "modal", "callback_id": "signoff.comment",
            "private_metadata": "{\"approval\":\"5e8f\",\"message\":{\"channel\":\"C0LIVE\",\"ts\":\"1778517600.000100\"},\"wish\":\"reject\"}",
            "state": { "values": { "comment": { "comment": { "type": "plain_text_input", "value": "  Wrong prices.\n" } } } }
        },
        "response_urls": []
    })
}

fn message() -> MessageRef {
    MessageRef { channel: "C0LIVE".to_owned(), ts: "1778517600.000100".to_owned() }
}

fn deed(payload: &Value) -> Deed {
    read(&form(payload)).unwrap().deed
}

/// The payload, with `change` made at `pointer`; `Value::Null` takes the field away.
fn but(mut payload: Value, pointer: &str, change: Value) -> Value {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match (payload.pointer_mut(parent).unwrap(), change) {
        (Value::Object(fields), Value::Null) => drop(fields.remove(field)),
        (parent, change) => parent[field] = change,
    }
    payload
}

#[test]
fn a_press() {
    let Interaction { team, user, deed } = read(&form(&press())).unwrap();
    assert_eq!(team.as_deref(), Some("T0SHOP"));
    assert_eq!((user.id.as_str(), user.team.as_deref()), ("U0NOOR", Some("T0SHOP")));
    let expected = Deed::Press {
        wish: Wish::Approve,
        approval: "5e8f".to_owned(),
        message: message(),
        trigger: "7001.7002.abc".to_owned(),
    };
    assert_eq!(deed, expected);
}

#[test]
fn the_other_button() {
    let mut payload = press();
    payload["actions"][0]["action_id"] = "signoff.reject".into();
    assert!(matches!(deed(&payload), Deed::Press { wish: Wish::Reject, .. }));
}

#[test]
fn a_message_is_found_without_a_container() {
    let payload = but(press(), "/container", Value::Null);
    let payload = but(payload, "/message", json!({ "ts": "1778517600.000100" }));
    assert!(matches!(deed(&payload), Deed::Press { message: found, .. } if found == message()));
}

#[test]
fn a_submission() {
    let about = ModalMetadata { approval: "5e8f".to_owned(), message: message(), wish: Wish::Reject };
    assert_eq!(deed(&submission()), Deed::Submit { about, comment: "Wrong prices.".to_owned() });
}

#[test]
fn a_submission_without_words() {
    for value in [Value::Null, json!(null), json!(" \n ")] {
        let mut payload = submission();
        payload["view"]["state"]["values"]["comment"]["comment"]["value"] = value;
        assert!(matches!(deed(&payload), Deed::Submit { comment, .. } if comment.is_empty()));
    }
}

#[test]
fn what_is_not_signoffs_is_left_alone() {
    let mut link = press();
    link["actions"][0]["action_id"] = "open-the-console".into();
    let no_actions = but(press(), "/actions", json!([]));
    let mut other_modal = submission();
    other_modal["view"]["callback_id"] = "somebody-elses".into();
    let closed = but(submission(), "/type", json!("view_closed"));
    let shortcut = but(press(), "/type", json!("shortcut"));
    for payload in [link, no_actions, other_modal, closed, shortcut] {
        assert_eq!(deed(&payload), Deed::Other);
    }
}

#[test]
fn what_can_not_be_read() {
    let mut told = Vec::new();
    let mut tell = |body: &[u8]| told.push(read(body).unwrap_err().to_string());
    tell(b"");
    tell(b"ssl_check=1&token=a");
    tell(b"{\"type\":\"url_verification\"}");
    tell(b"payload=%7B");
    tell(b"payload=null");
    tell(b"payload=%5B1%5D");
    for (payload, field) in [
        (press(), "/user/id"),
        (press(), "/trigger_id"),
        (press(), "/actions/0/value"),
        (submission(), "/view/private_metadata"),
    ] {
        tell(&form(&but(payload, field, Value::Null)));
    }
    tell(&form(&but(but(press(), "/container", Value::Null), "/channel", Value::Null)));
    tell(&form(&but(press(), "/container/message_ts", Value::Null)));
    tell(&form(&but(submission(), "/view/private_metadata", json!("{\"approval\":1}"))));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_click_without_a_team_has_none() {
    let interaction = read(&form(&but(press(), "/team", json!(null)))).unwrap();
    assert_eq!(interaction.team, None);
}

proptest! {
    /// Whoever holds the signing secret may send anything: it is read or refused.
    #[test]
    fn anything_is_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300), text in ".*") {
        let _read_or_refused = read(&body);
        let in_form = form_urlencoded::Serializer::new(String::new()).append_pair("payload", &text).finish();
        let read_text = read(in_form.as_bytes());
        prop_assert!(read_text.is_ok() || !matches!(read_text, Err(Unreadable::NoPayload)));
    }
}

mod requests {
    use signoff::slack::request::{Request, read};

    const COMMAND: &str = "token=t&team_id=T0SHOP&team_domain=shop&channel_id=C0LIVE&channel_name=live&user_id=U0NOOR&\
        user_name=noor&command=%2Fdeploy&text=start+shop-web&api_app_id=A0&is_enterprise_install=false&\
        response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT0%2F1%2Fx&trigger_id=1.2.abc";

    #[test]
    fn a_slash_command() {
        let Request::Command(command) = read(COMMAND.as_bytes()).unwrap() else { panic!() };
        let read = (command.command.as_str(), command.text.as_str(), command.team.as_deref(), command.user.id.as_str());
        assert_eq!(read, ("/deploy", "start shop-web", Some("T0SHOP"), "U0NOOR"));
        assert_eq!((command.channel.as_str(), command.trigger.as_str()), ("C0LIVE", "1.2.abc"));
        let without = |field: &str| {
            let kept: Vec<&str> = COMMAND.split('&').filter(|pair| !pair.trim().starts_with(field)).collect();
            read_error(&kept.join("&"))
        };
        assert_eq!(without("user_id"), "`user_id` is missing or wrong in a slash command");
        assert_eq!(without("channel_id"), "`channel_id` is missing or wrong in a slash command");
        assert_eq!(without("trigger_id"), "`trigger_id` is missing or wrong in a slash command");
        assert!(without("command").contains("not a form with a `payload`"));
        let bare = COMMAND.replace("text=start+shop-web&", "text=&");
        assert!(matches!(read_all(&bare), Request::Command(command) if command.text.is_empty()));
    }

    #[test]
    fn what_slack_itself_asks() {
        assert_eq!(read_all("token=random&ssl_check=1"), Request::Other);
        let challenge = r#"{"token": "t", "challenge": "3eZbrw1aBm2r", "type": "url_verification"}"#;
        assert_eq!(read_all(challenge), Request::Challenge("3eZbrw1aBm2r".to_owned()));
        assert_eq!(
            read_error(r#"{"type": "url_verification"}"#),
            "`challenge` is missing or wrong in a `url_verification` event"
        );
        assert_eq!(read_error(r#"{"hello": 1}"#), "`type` is missing or wrong in a `JSON body's` event");
        assert!(read_error("{").starts_with("the `payload` is not JSON"));
    }

    #[test]
    fn events_of_the_app() {
        let event = |kind: &str, tab: &str| {
            format!(
                r#"{{"type": "event_callback", "team_id": "T0SHOP", "event_id": "Ev1",
                    "event": {{"type": "{kind}", "user": "U0NOOR", "tab": "{tab}", "channel": "D0"}}}}"#
            )
        };
        let Request::Home(home) = read_all(&event("app_home_opened", "home")) else { panic!() };
        assert_eq!((home.team.as_deref(), home.user.id.as_str()), (Some("T0SHOP"), "U0NOOR"));
        for other in [
            event("app_home_opened", "messages"),
            event("message", "home"),
            r#"{"type": "app_rate_limited"}"#.to_owned(),
        ] {
            assert_eq!(read_all(&other), Request::Other);
        }
    }

    fn read_all(body: &str) -> Request {
        read(body.as_bytes()).unwrap()
    }

    fn read_error(body: &str) -> String {
        read(body.as_bytes()).unwrap_err().to_string()
    }
}
