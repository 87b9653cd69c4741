//! What Slack did not sign is answered 401, one like the other, and nothing is looked at for it (S1).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::fakes::Shop;

const SECRET: &str = "4f1b9c0d7e2a4f8db3c65a1e90d27f38";
const OTHER: &str = "b07c3e519ad84d26a0f1c28e7b95d643";

/// A press of Approve, as a form.
pub fn form(payload: &Value) -> String {
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

/// What Slack sends when somebody presses Approve.
pub fn press(shop: &Shop, user: &str) -> Value {
    json!({
        "type": "block_actions",
        "user": { "id": user, "username": "somebody", "team_id": "T0SHOP" },
        "api_app_id": "A0SIGNOFF",
        "token": "a-verification-token",
        "container": { "type": "message", "message_ts": "1778517600.000100", "channel_id": "C0LIVE", "is_ephemeral": false },
        "trigger_id": "7001.7002.abc",
        "team": { "id": "T0SHOP", "domain": "shop" },
        "enterprise": null,
        "is_enterprise_install": false,
        "channel": { "id": "C0LIVE", "name": "privategroup" },
        "response_url": "https://hooks.slack.com/actions/T0SHOP/1/x",
        "actions": [{ "action_id": "signoff.approve", "block_id": "b", "type": "button", "value": shop.approval(), "action_ts": "1" }]
    })
}

fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={digest}")
}

/// A request as a function URL hands it over.
fn request(timestamp: Option<&str>, signature: Option<&str>, body: &[u8]) -> Value {
    let mut headers = json!({ "content-type": "application/x-www-form-urlencoded" });
    for (name, value) in [("x-slack-request-timestamp", timestamp), ("x-slack-signature", signature)] {
        if let Some(value) = value {
            headers[name] = value.into();
        }
    }
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/", "headers": headers,
        "requestContext": { "http": { "method": "POST", "path": "/" } },
        "body": BASE64_STANDARD.encode(body), "isBase64Encoded": true
    })
}

/// As Slack signs it.
pub fn signed(shop: &Shop, secret: &str, body: &str) -> Value {
    let timestamp = shop.now().as_second().to_string();
    request(Some(&timestamp), Some(&sign(secret, &timestamp, body.as_bytes())), body.as_bytes())
}

pub async fn shop() -> Shop {
    let mut shop = Shop::with_rule("approvers: [U0NOOR, U0OLA, U0GONE, U0ROBOT, U0GUEST]");
    shop.set_secrets(&[SECRET]);
    shop.announce().await.unwrap();
    shop
}

pub async fn invoke(shop: &Shop, payload: &Value) -> Value {
    shop.invoke(&signed(shop, SECRET, &form(payload))).await.unwrap()
}

#[tokio::test]
async fn whatever_is_wrong_with_it_the_answer_is_the_same() {
    let shop = shop().await;
    let before = shop.calls_done();
    let body = form(&press(&shop, "U0NOOR"));
    let bytes = body.as_bytes();
    let now = shop.now().as_second();
    let stamp = now.to_string();
    let good = sign(SECRET, &stamp, bytes);
    let at = |seconds: i64| {
        let stamp = (now + seconds).to_string();
        let signature = sign(SECRET, &stamp, bytes);
        request(Some(&stamp), Some(&signature), bytes)
    };
    let stamped = |stamp: &str| request(Some(stamp), Some(&sign(SECRET, stamp, bytes)), bytes);
    let with_signature = |signature: &str| request(Some(&stamp), Some(signature), bytes);
    let mut changed = bytes.to_vec();
    *changed.last_mut().unwrap() ^= 1;
    let mut not_base64 = with_signature(&good);
    not_base64["body"] = "%%%".into();
    let mut two_signatures = with_signature(&good);
    two_signatures["multiValueHeaders"] = json!({ "X-Slack-Signature": [sign(OTHER, &stamp, bytes)] });
    let huge = vec![b'a'; 6 * 1024 * 1024];
    let wrong = [
        ("no timestamp", request(None, Some(&good), bytes)),
        ("no signature", request(Some(&stamp), None, bytes)),
        ("no headers at all", request(None, None, bytes)),
        ("an empty signature", with_signature("")),
        ("another version", with_signature(&good.replacen("v0", "v1", 1))),
        ("no version", with_signature(&good["v0=".len()..])),
        ("upper-case digits", with_signature(&good.to_uppercase().replacen('V', "v", 1))),
        ("a digit too few", with_signature(&good[..good.len() - 1])),
        ("a word for a timestamp", stamped("yesterday")),
        ("a fraction for a timestamp", stamped(&format!("{now}.0"))),
        ("a timestamp of many digits", stamped("99999999999999999999")),
        ("signed too early", at(-301)),
        ("signed in the future", at(301)),
        ("signed by another app", with_signature(&sign(OTHER, &stamp, bytes))),
        ("a byte of the body changed", request(Some(&stamp), Some(&good), &changed)),
        ("no body", request(Some(&stamp), Some(&good), b"")),
        ("another body, of megabytes", request(Some(&stamp), Some(&good), &huge)),
        ("a body that is not base64", not_base64),
        ("a second signature", two_signatures),
    ];
    for (name, payload) in wrong {
        let answer = shop.invoke(&payload).await.unwrap();
        let same = json!({ "statusCode": 401, "body": "", "isBase64Encoded": false, "headers": {} });
        assert_eq!(answer, same, "{name}");
    }
    assert_eq!(shop.calls_done(), before, "nothing was asked for any of them");
    let answer = shop.invoke(&with_signature(&good)).await.unwrap();
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(shop.answered().map(|(approved, _)| approved), Some(true));
}

#[tokio::test]
async fn while_the_secret_is_rotated_both_are_taken_and_then_the_new_one_only() {
    for (secrets, old, new) in [(&[SECRET][..], 200, 401), (&[OTHER, SECRET], 200, 200), (&[OTHER], 401, 200)] {
        for (secret, status) in [(SECRET, old), (OTHER, new)] {
            let mut shop = shop().await;
            shop.set_secrets(secrets);
            let body = form(&press(&shop, "U0NOOR"));
            let answer = shop.invoke(&signed(&shop, secret, &body)).await.unwrap();
            assert_eq!(answer["statusCode"], status);
            assert_eq!(shop.answered().is_some(), status == 200);
        }
    }
}
