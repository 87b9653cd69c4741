//! Requests as Slack signs them and AWS hands them to the Lambda, right and tampered with: an HMAC written here from its
//! definition, and signoff's own reading, both find what the simulator says is in them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signoff::lambda::classify::{Payload, classify};
use signoff::secret::Secret;
use signoff::slack::interaction;
use signoff::slack::signature::{self, Refused, verify};
use signoff_simulator::world::slack::request::{Envelope, Tamper, resign, signed_request};

const SECRET: &str = "c0ffeec0ffeec0ffeec0ffeec0ffee00";
const ENVELOPES: [Envelope; 6] = [
    Envelope::RestV1,
    Envelope::HttpApiV1,
    Envelope::HttpApiV2,
    Envelope::FunctionUrl,
    Envelope::Alb,
    Envelope::AlbMultiValue,
];
const TAMPERS: [Option<Tamper>; 5] =
    [None, Some(Tamper::WrongSecret), Some(Tamper::OldTimestamp), Some(Tamper::BodyChanged), Some(Tamper::NoSignature)];

fn now() -> Timestamp {
    "2026-05-30T09:10:11.987Z".parse().unwrap()
}

/// A press whose text has what forms and JSON treat specially.
fn payload() -> Value {
    json!({
        "type": "block_actions",
        "user": { "id": "U0MIRA", "team_id": "T0HARBOUR" },
        "team": { "id": "T0HARBOUR" },
        "trigger_id": "1.2.abc",
        "channel": { "id": "C0QUAY" },
        "message": { "ts": "1780000000.000100", "text": "50 % & ümläut=“yes” + 🚢\n\"\\" },
        "container": { "message_ts": "1780000000.000100", "channel_id": "C0QUAY" },
        "actions": [{ "action_id": "signoff.approve", "block_id": "b", "value": "5eaf00d", "type": "button" }],
    })
}

/// HMAC-SHA-256 as RFC 2104 defines it, for keys of at most one block.
fn hmac(key: &str, message: &[u8]) -> String {
    let pad = |byte: u8| -> Vec<u8> {
        let key = key.bytes().chain(std::iter::repeat(0)).take(64);
        key.map(|part| part ^ byte).collect()
    };
    let inner = Sha256::digest([pad(0x36), message.to_vec()].concat());
    let outer = Sha256::digest([pad(0x5c), inner.to_vec()].concat());
    outer.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The signature that Slack's page asks for, of a body's raw bytes.
fn signature_of(secret: &str, timestamp: &str, body: &[u8]) -> String {
    format!("v0={}", hmac(secret, &[b"v0:", timestamp.as_bytes(), b":", body].concat()))
}

/// Every value of a header, whatever its letters and whichever map it is in.
fn headers(request: &Value, name: &str) -> Vec<String> {
    let single = request["headers"].as_object().into_iter().flatten();
    let multi = request["multiValueHeaders"].as_object().into_iter().flatten();
    let named = single.chain(multi).filter(|(found, _)| found.eq_ignore_ascii_case(name));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    named
        .flat_map(|(_, value)| match value {
            Value::Array(values) => values.iter().map(text).collect(),
            value => vec![text(value)],
        })
        .collect()
}

fn raw_body(request: &Value) -> Vec<u8> {
    let body = request["body"].as_str().unwrap();
    if request["isBase64Encoded"] == true { BASE64_STANDARD.decode(body).unwrap() } else { body.as_bytes().to_vec() }
}

/// Whether the signature fits the raw body, by our own HMAC.
fn fits(request: &Value) -> bool {
    let timestamps = headers(request, "X-Slack-Request-Timestamp");
    let wanted = signature_of(SECRET, &timestamps[0], &raw_body(request));
    let found = headers(request, "X-Slack-Signature");
    !found.is_empty() && found.iter().all(|signature| *signature == wanted)
}

/// What signoff makes of the request: whether it verifies, and the raw body.
fn read(request: &Value) -> (Result<(), Refused>, Vec<u8>) {
    let Payload::Http(http) = classify(request) else { panic!("not taken for an HTTP request: {request}") };
    let body = http.body().unwrap().into_owned();
    let (timestamp, signature) = (http.header(signature::TIMESTAMP_HEADER), http.header(signature::SIGNATURE_HEADER));
    // The secret before it was changed is still good, as in a rotation.
    let secrets = [Secret::new("00000000000000000000000000000000"), Secret::new(SECRET)];
    (verify(&secrets, timestamp, signature, &body, now()), body)
}

#[test]
fn every_envelope_carries_what_slack_signed() {
    for envelope in ENVELOPES {
        let request = signed_request(envelope, &payload(), SECRET, now(), None);
        assert!(fits(&request), "{envelope}");
        let (verified, body) = read(&request);
        assert_eq!(verified, Ok(()), "{envelope}");
        assert_eq!(body, raw_body(&request), "{envelope}");
        let mut form = form_urlencoded::parse(&body);
        let (key, value) = form.next().unwrap();
        assert_eq!(
            (key.as_ref(), serde_json::from_str::<Value>(&value).unwrap()),
            ("payload", payload()),
            "{envelope}"
        );
        assert!(form.next().is_none(), "{envelope}");
        interaction::read(&body).unwrap();
    }
}

#[test]
fn every_tampering_is_what_it_is_called() {
    for envelope in ENVELOPES {
        for tamper in TAMPERS {
            let request = signed_request(envelope, &payload(), SECRET, now(), tamper);
            let place = format!("{envelope}, {tamper:?}");
            let (wanted, right_hmac) = match tamper {
                None | Some(Tamper::PreviousSecret) => (Ok(()), true),
                Some(Tamper::WrongSecret | Tamper::BodyChanged) => (Err(Refused::Mismatch), false),
                Some(Tamper::OldTimestamp) => (Err(Refused::Stale), true),
                Some(Tamper::NoSignature) => (Err(Refused::Missing(signature::SIGNATURE_HEADER)), false),
            };
            assert_eq!(read(&request).0, wanted, "{place}");
            assert_eq!(fits(&request), right_hmac, "{place}");
            let signed = headers(&request, "x-slack-request-timestamp")[0].parse::<i64>().unwrap();
            let age = if tamper == Some(Tamper::OldTimestamp) { 360 } else { 0 };
            assert_eq!(now().as_second() - signed, age, "{place}");
            let untouched = raw_body(&signed_request(envelope, &payload(), SECRET, now(), None));
            assert_eq!(raw_body(&request) == untouched, tamper != Some(Tamper::BodyChanged), "{place}");
        }
    }
}

#[test]
fn a_request_signed_anew_is_right_again_and_otherwise_as_it_was() {
    let later = now().as_second() + 86_400;
    let later = Timestamp::from_second(later).unwrap();
    for envelope in ENVELOPES {
        for tamper in TAMPERS {
            let place = format!("{envelope}, {tamper:?}");
            let recorded = signed_request(envelope, &payload(), "another", later, tamper);
            let request = resign(&recorded, SECRET, now()).unwrap();
            assert!(fits(&request), "{place}");
            assert_eq!(read(&request).0, Ok(()), "{place}");
            for key in ["body", "isBase64Encoded", "requestContext", "httpMethod", "rawPath", "version"] {
                assert_eq!(request[key], recorded[key], "{place}: {key}");
            }
            // No header is doubled by a name in other letters, and a map that was not there does not come about.
            for map in ["headers", "multiValueHeaders"] {
                let names = |request: &Value| request[map].as_object().map(serde_json::Map::len);
                let added = usize::from(tamper == Some(Tamper::NoSignature));
                assert_eq!(names(&request), names(&recorded).map(|names| names + added), "{place}");
            }
        }
    }
}

#[test]
fn what_is_no_request_is_not_signed_anew() {
    let cases = [
        (json!({ "Records": [] }), "it has no `body`, so it is no HTTP request"),
        (json!({ "body": null, "headers": {} }), "it has no `body`, so it is no HTTP request"),
        (json!({ "body": "*", "isBase64Encoded": true, "headers": {} }), "its `body` should be base64 and is not"),
        (json!({ "body": "payload=x" }), "it has neither `headers` nor `multiValueHeaders`"),
        (json!({ "body": "payload=x", "headers": null }), "it has neither `headers` nor `multiValueHeaders`"),
    ];
    for (recorded, wanted) in cases {
        assert_eq!(resign(&recorded, SECRET, now()), Err(wanted.to_owned()), "{recorded}");
    }
}

/// The example of <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
#[test]
fn slack_documented_signature_comes_out() {
    let secret = "8f742231b10e8888abcd99yyyzzz85a5";
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let wanted = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    assert_eq!(signature_of(secret, "1531420618", body.as_bytes()), wanted);

    let signed_at = Timestamp::from_second(1_531_420_618).unwrap();
    let request = resign(&json!({ "body": body, "headers": {} }), secret, signed_at).unwrap();
    assert_eq!(headers(&request, "X-Slack-Signature"), [wanted]);
    assert_eq!(headers(&request, "X-Slack-Request-Timestamp"), ["1531420618"]);
    let secrets = [Secret::new(secret)];
    assert_eq!(verify(&secrets, Some("1531420618"), Some(wanted), body.as_bytes(), signed_at), Ok(()));
}

#[test]
fn each_envelope_looks_as_aws_makes_it() {
    let payload = json!({ "type": "block_actions" });
    for (envelope, name) in
        ENVELOPES.into_iter().zip(["rest_v1", "http_api_v1", "http_api_v2", "function_url", "alb", "alb_multi_value"])
    {
        let request = signed_request(envelope, &payload, SECRET, now(), None);
        insta::assert_json_snapshot!(name, request);
    }
}
