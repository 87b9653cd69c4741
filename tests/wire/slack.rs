//! Slack's Web API: <https://docs.slack.dev/apis/web-api>.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff::adapters::http_client;
use signoff::adapters::slack_web::SlackWeb;
use signoff::ports::{Chat, Clock, PortError, SlackUser};
use signoff::secret::Secret;
use signoff::slack::interaction::MessageRef;
use signoff::template::Message;
use wiremock::{MockServer, ResponseTemplate};

use super::{header, nowhere, requests, server};

const TOKEN: &str = "xoxb-invented-4417";
const NEVER: Timestamp = Timestamp::MAX;

/// A clock that only waiting moves, and that remembers how long it was waited.
#[derive(Default)]
struct Watch(Mutex<(Timestamp, Vec<SignedDuration>)>);

#[async_trait]
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    async fn sleep(&self, duration: SignedDuration) {
        let mut watch = self.0.lock().unwrap();
        watch.0 = watch.0.checked_add(duration).unwrap();
        watch.1.push(duration);
    }

    async fn limit(&self, _: SignedDuration) {
        std::future::pending().await
    }
}

impl Watch {
    fn waits(&self) -> Vec<i128> {
        self.0.lock().unwrap().1.iter().map(SignedDuration::as_millis).collect()
    }
}

fn slack(uri: &str) -> (SlackWeb, Arc<Watch>) {
    let watch = Arc::new(Watch::default());
    let client = http_client::builder().unwrap().no_proxy().build().unwrap();
    let base = format!("{uri}/api/").parse().unwrap();
    (SlackWeb::new(client, base, Secret::new(TOKEN), Arc::clone(&watch) as Arc<dyn Clock>), watch)
}

fn message() -> Message {
    Message { text: "Approval needed".to_owned(), blocks: vec![json!({ "type": "divider" })] }
}

fn place() -> MessageRef {
    MessageRef { channel: "C0LIVE".to_owned(), ts: "1778517600.000100".to_owned() }
}

fn ok(body: &Value) -> ResponseTemplate {
    let mut answer = json!({ "ok": true });
    answer.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    ResponseTemplate::new(200).set_body_json(answer)
}

fn refused(code: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({ "ok": false, "error": code }))
}

/// The only request: its path, its kind of body, and the body.
async fn only_request(server: &MockServer) -> (String, String, String) {
    let requests = requests(server).await;
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.method.as_str(), "POST");
    assert_eq!(header(request, "authorization"), format!("Bearer {TOKEN}"));
    let body = String::from_utf8(request.body.clone()).unwrap();
    (request.url.path().to_owned(), header(request, "content-type").to_owned(), body)
}

async fn expect_json(server: &MockServer, method: &str, expected: &Value) {
    let (path, kind, body) = only_request(server).await;
    assert_eq!(path, format!("/api/{method}"));
    assert_eq!(kind, "application/json; charset=utf-8");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), *expected);
}

#[tokio::test]
async fn messages_on_the_wire() {
    let server = server(vec![ok(&json!({ "channel": "C0LIVE", "ts": "1778517600.000100" }))]).await;
    let (slack, _) = slack(&server.uri());
    assert_eq!(slack.post("C0LIVE", &message(), NEVER).await, Ok(place()));
    let blocks = json!([{ "type": "divider" }]);
    let expected = json!({
        "channel": "C0LIVE", "text": "Approval needed", "blocks": blocks, "unfurl_links": false, "unfurl_media": false,
    });
    expect_json(&server, "chat.postMessage", &expected).await;

    let server = super::server(vec![ok(&json!({ "channel": "C0LIVE", "ts": "1778517600.000200" }))]).await;
    let at = self::slack(&server.uri()).0.reply(&place(), &message(), NEVER).await.unwrap();
    assert_eq!(at, MessageRef { ts: "1778517600.000200".to_owned(), ..place() });
    let expected = json!({
        "channel": "C0LIVE", "text": "Approval needed", "blocks": blocks, "thread_ts": "1778517600.000100",
        "unfurl_links": false, "unfurl_media": false,
    });
    expect_json(&server, "chat.postMessage", &expected).await;

    let server = super::server(vec![ok(&json!({}))]).await;
    self::slack(&server.uri()).0.update(&place(), &message(), NEVER).await.unwrap();
    let expected = json!({
        "channel": "C0LIVE", "ts": "1778517600.000100", "text": "Approval needed", "blocks": blocks,
    });
    expect_json(&server, "chat.update", &expected).await;

    let server = super::server(vec![ok(&json!({}))]).await;
    self::slack(&server.uri()).0.whisper("C0LIVE", "U0NOOR", &message(), NEVER).await.unwrap();
    let expected = json!({ "channel": "C0LIVE", "user": "U0NOOR", "text": "Approval needed", "blocks": blocks });
    expect_json(&server, "chat.postEphemeral", &expected).await;

    let server = super::server(vec![ok(&json!({}))]).await;
    self::slack(&server.uri()).0.open_modal("1.2.3", &json!({ "type": "modal" }), NEVER).await.unwrap();
    expect_json(&server, "views.open", &json!({ "trigger_id": "1.2.3", "view": { "type": "modal" } })).await;

    let server = super::server(vec![ok(&json!({}))]).await;
    self::slack(&server.uri()).0.publish_home("U0NOOR", &json!({ "type": "home" }), NEVER).await.unwrap();
    expect_json(&server, "views.publish", &json!({ "user_id": "U0NOOR", "view": { "type": "home" } })).await;
}

#[tokio::test]
async fn look_ups_on_the_wire_are_forms() {
    let server = server(vec![ok(&json!({ "users": ["U0NOOR", "U0OLA"] }))]).await;
    let members = slack(&server.uri()).0.user_group("S0SEC", NEVER).await.unwrap();
    assert_eq!(members, ["U0NOOR", "U0OLA"]);
    let expected = ("/api/usergroups.users.list", "application/x-www-form-urlencoded", "usergroup=S0SEC");
    let (path, kind, body) = only_request(&server).await;
    assert_eq!((path.as_str(), kind.as_str(), body.as_str()), expected);

    let server = super::server(vec![ok(&json!({ "user": { "id": "U0NOOR" } }))]).await;
    slack(&server.uri()).0.user("U0NOOR", NEVER).await.unwrap();
    let (path, kind, body) = only_request(&server).await;
    let expected = ("/api/users.info", "application/x-www-form-urlencoded", "user=U0NOOR");
    assert_eq!((path.as_str(), kind.as_str(), body.as_str()), expected);
}

#[tokio::test]
async fn somebody_by_their_email_address() {
    let server = super::server(vec![ok(&json!({ "user": { "id": "U0NOOR" } }))]).await;
    let found = slack(&server.uri()).0.user_by_email("noor@shop.example", NEVER).await.unwrap();
    assert_eq!(found.as_deref(), Some("U0NOOR"));
    let expected = ("/api/users.lookupByEmail", "application/x-www-form-urlencoded", "email=noor%40shop.example");
    let (path, kind, body) = only_request(&server).await;
    assert_eq!((path.as_str(), kind.as_str(), body.as_str()), expected);
    let refused = |error: &str| super::answer(200, &json!({ "ok": false, "error": error }));
    let server = super::server(vec![refused("users_not_found")]).await;
    assert_eq!(slack(&server.uri()).0.user_by_email("noor@home.example", NEVER).await, Ok(None));
    let server = super::server(vec![refused("missing_scope")]).await;
    assert!(slack(&server.uri()).0.user_by_email("noor@shop.example", NEVER).await.is_err());
}

#[tokio::test]
async fn what_is_made_of_a_user() {
    let noor = json!({ "id": "U0NOOR", "name": "noor", "real_name": "Noor Haddad", "team_id": "T0SHOP" });
    let known = SlackUser {
        name: "Noor Haddad".to_owned(),
        team: Some("T0SHOP".to_owned()),
        deleted: false,
        bot: false,
        stranger: false,
    };
    let with = |key: &str, value: Value| {
        let mut user = noor.clone();
        user[key] = value;
        user
    };
    let without_name = json!({ "id": "U0NOOR", "name": "noor", "team_id": "T0SHOP" });
    let in_profile =
        json!({ "id": "U0NOOR", "name": "noor", "team_id": "T0SHOP", "profile": { "real_name": "Noor H." } });
    for (user, expected) in [
        (noor.clone(), known.clone()),
        (with("deleted", json!(true)), SlackUser { deleted: true, ..known.clone() }),
        (with("is_bot", json!(true)), SlackUser { bot: true, ..known.clone() }),
        (with("is_workflow_bot", json!(true)), SlackUser { bot: true, ..known.clone() }),
        (with("id", json!("USLACKBOT")), SlackUser { bot: true, ..known.clone() }),
        (with("is_stranger", json!(true)), SlackUser { stranger: true, ..known.clone() }),
        (with("team_id", Value::Null), SlackUser { team: None, ..known.clone() }),
        (without_name, SlackUser { name: "noor".to_owned(), ..known.clone() }),
        (in_profile, SlackUser { name: "Noor H.".to_owned(), ..known.clone() }),
    ] {
        let server = server(vec![ok(&json!({ "user": user }))]).await;
        assert_eq!(slack(&server.uri()).0.user("U0NOOR", NEVER).await, Ok(Some(expected)));
    }
    let server = server(vec![refused("user_not_found")]).await;
    assert_eq!(slack(&server.uri()).0.user("U0NOOR", NEVER).await, Ok(None));
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_slack_says() {
    let posted = ok(&json!({ "channel": "C0LIVE", "ts": "1778517600.000100" }));
    let limited = |after: &str| ResponseTemplate::new(429).insert_header("Retry-After", after);
    let server = server(vec![limited("7"), limited("1"), posted.clone()]).await;
    let (slack, watch) = slack(&server.uri());
    slack.post("C0LIVE", &message(), NEVER).await.unwrap();
    assert_eq!(watch.waits(), [7000, 1000]);
    assert_eq!(requests(&server).await.len(), 3);
}

#[tokio::test]
async fn nobody_waits_beyond_the_deadline() {
    let server = server(vec![ResponseTemplate::new(429).insert_header("Retry-After", "30")]).await;
    let (slack, watch) = slack(&server.uri());
    let deadline = watch.now().checked_add(SignedDuration::from_secs(30)).unwrap();
    let error = slack.post("C0LIVE", &message(), deadline).await.unwrap_err();
    assert_eq!(error, PortError::Transient("Slack's chat.postMessage answered 429, too many requests".to_owned()));
    assert_eq!((watch.waits().len(), requests(&server).await.len()), (0, 1));
}

#[tokio::test]
async fn faults_are_tried_four_times_with_growing_waits() {
    for fault in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(503).set_body_string("<html>"),
        ResponseTemplate::new(429),
        refused("internal_error"),
        refused("ratelimited"),
    ] {
        let server = server(vec![fault]).await;
        let (slack, watch) = slack(&server.uri());
        let error = slack.post("C0LIVE", &message(), NEVER).await.unwrap_err();
        assert!(matches!(error, PortError::Transient(_)), "{error:?}");
        assert_eq!(requests(&server).await.len(), 4);
        let waits = watch.waits();
        assert!(matches!(waits[..], [200..300, 400..600, 800..1200]), "{waits:?}");
    }
    let (slack, watch) = slack(&nowhere());
    let error = slack.update(&place(), &message(), NEVER).await.unwrap_err();
    assert!(
        matches!(&error, PortError::Transient(said) if said.starts_with("Slack's chat.update could not be reached"))
    );
    assert_eq!(watch.waits().len(), 3);
}

#[tokio::test]
async fn the_address_of_a_message_on_the_wire() {
    let link = "https://shop.slack.com/archives/C0LIVE/p1778517600000100";
    let server = server(vec![ok(&json!({ "channel": "C0LIVE", "permalink": link })), ok(&json!({}))]).await;
    let (slack, _) = slack(&server.uri());
    assert_eq!(slack.permalink(&place(), NEVER).await.unwrap(), link);
    let request = &requests(&server).await[0];
    assert_eq!(request.url.path(), "/api/chat.getPermalink");
    assert_eq!(header(request, "content-type"), "application/x-www-form-urlencoded");
    let body = String::from_utf8(request.body.clone()).unwrap();
    assert_eq!(body, format!("channel={}&message_ts={}", place().channel, place().ts));
    assert!(matches!(slack.permalink(&place(), NEVER).await, Err(PortError::Permanent(_))), "without an address");
}

/// What is not there shows nothing wrong, and trying again would not bring it back.
#[tokio::test]
async fn a_message_that_was_deleted_needs_no_update() {
    let server = server(vec![refused("message_not_found"), refused("channel_not_found")]).await;
    let (slack, _) = slack(&server.uri());
    assert_eq!(slack.update(&place(), &message(), NEVER).await, Ok(()));
    assert!(matches!(slack.update(&place(), &message(), NEVER).await, Err(PortError::Permanent(_))));
}

#[tokio::test]
async fn refusals_are_final_and_say_what_to_do() {
    let blocks = json!({
        "ok": false, "error": "invalid_blocks",
        "response_metadata": { "messages": ["[ERROR] must be less than 76 characters [json-pointer:/blocks/0]"] },
    });
    let mut told = Vec::new();
    for refusal in [
        refused("channel_not_found"),
        refused("not_in_channel"),
        refused("invalid_auth"),
        refused("missing_scope"),
        refused("a_code_of_tomorrow"),
        ResponseTemplate::new(200).set_body_json(blocks),
        ResponseTemplate::new(200).set_body_json(json!({ "ok": false })),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ResponseTemplate::new(404).set_body_string("not here"),
        ok(&json!({})),
    ] {
        let server = server(vec![refusal]).await;
        let (slack, watch) = slack(&server.uri());
        let error = slack.post("C0LIVE", &message(), NEVER).await.unwrap_err();
        assert!(matches!(error, PortError::Permanent(_)), "{error:?}");
        assert_eq!((watch.waits().len(), requests(&server).await.len()), (0, 1));
        assert!(!format!("{error:?}").contains("4417"), "the token is shown");
        told.push(error.to_string());
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// A redirect would carry the token to wherever it points.
#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = server(vec![ok(&json!({ "channel": "C0LIVE", "ts": "1.1" }))]).await;
    let redirect = ResponseTemplate::new(307).insert_header("Location", elsewhere.uri().as_str());
    let server = server(vec![redirect]).await;
    let error = slack(&server.uri()).0.post("C0LIVE", &message(), NEVER).await.unwrap_err();
    assert!(matches!(error, PortError::Permanent(_)), "{error:?}");
    assert_eq!(requests(&elsewhere).await.len(), 0);
}
