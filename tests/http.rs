//! Payloads of the Lambda told apart, and HTTP requests in every format that AWS hands them over in (S3).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::lambda::classify::{Payload, classify};
use signoff::lambda::http::{Format, HttpRequest};

const BODY: &str = "payload=%7B%22type%22%3A%22block_actions%22%7D";

fn request(payload: &Value) -> HttpRequest {
    match classify(payload) {
        Payload::Http(request) => *request,
        other => panic!("not HTTP but {other:?}"),
    }
}

fn rest_v1() -> Value {
    json!({
        "resource": "/slack", "path": "/slack", "httpMethod": "POST",
        "headers": { "X-Slack-Signature": "v0=ab", "X-Slack-Request-Timestamp": "1778517600" },
        "multiValueHeaders": { "X-Slack-Signature": ["v0=ab"], "X-Slack-Request-Timestamp": ["1778517600"] },
        "requestContext": { "httpMethod": "POST", "apiId": "q1w2e3r4t5" },
        "body": BODY, "isBase64Encoded": false
    })
}

fn http_api_v1() -> Value {
    json!({
        "version": "1.0", "path": "/slack", "httpMethod": "POST",
        "headers": { "x-slack-signature": "v0=ab", "X-SLACK-REQUEST-TIMESTAMP": "1778517600" },
        "multiValueHeaders": { "x-slack-signature": ["v0=ab"] },
        "requestContext": { "httpMethod": "POST", "apiId": "q1w2e3r4t5" },
        "body": BASE64_STANDARD.encode(BODY), "isBase64Encoded": true
    })
}

fn http_api_v2() -> Value {
    json!({
        "version": "2.0", "routeKey": "POST /slack", "rawPath": "/slack",
        "headers": { "x-slack-signature": "v0=ab", "x-slack-request-timestamp": "1778517600" },
        "requestContext": { "http": { "method": "POST", "path": "/slack" } },
        "body": BASE64_STANDARD.encode(BODY), "isBase64Encoded": true
    })
}

fn alb() -> Value {
    json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:eu-north-1:730591846207:targetgroup/x/y" } },
        "httpMethod": "POST", "path": "/slack",
        "headers": { "x-slack-signature": "v0=ab", "x-slack-request-timestamp": "1778517600" },
        "body": BASE64_STANDARD.encode(BODY), "isBase64Encoded": true
    })
}

fn alb_multi_value() -> Value {
    let mut payload = alb();
    payload.as_object_mut().unwrap().remove("headers");
    payload["multiValueHeaders"] =
        json!({ "x-slack-signature": ["v0=ab"], "x-slack-request-timestamp": ["1778517600"] });
    payload
}

#[test]
fn every_format_gives_the_same_request() {
    for (payload, format) in [
        (rest_v1(), Format::ApiGateway),
        (http_api_v1(), Format::ApiGateway),
        (http_api_v2(), Format::ApiGateway),
        (alb(), Format::LoadBalancer { multi_value: false }),
        (alb_multi_value(), Format::LoadBalancer { multi_value: true }),
    ] {
        let request = request(&payload);
        assert_eq!(request.format, format);
        assert_eq!(request.header("x-slack-signature"), Some("v0=ab"));
        assert_eq!(request.header("x-slack-request-timestamp"), Some("1778517600"));
        assert_eq!(request.header("x-other"), None);
        assert_eq!(request.body().as_deref(), Some(BODY.as_bytes()));
    }
}

#[test]
fn a_header_with_two_values_has_none() {
    let mut payload = alb_multi_value();
    payload["multiValueHeaders"]["x-slack-signature"] = json!(["v0=ab", "v0=cd"]);
    assert_eq!(request(&payload).header("x-slack-signature"), None);
}

#[test]
fn a_body_that_should_be_base64_and_is_not() {
    let mut payload = http_api_v2();
    payload["body"] = "%".into();
    assert_eq!(request(&payload).body(), None);
    payload["body"] = Value::Null;
    assert_eq!(request(&payload).body().as_deref(), Some(&b""[..]));
}

#[test]
fn payloads_are_told_apart() {
    let sns = json!({ "Records": [{ "EventSource": "aws:sns", "Sns": {
        "MessageId": "m", "TopicArn": "arn:aws:sns:eu-north-1:730591846207:t", "Timestamp": "2026-05-11T16:40:01.250Z",
        "Message": "{}" } }] });
    let Payload::Sns(records) = classify(&sns) else { panic!("SNS") };
    assert_eq!(records[0].name(), "SNS message m");
    assert_eq!(records[0].sent_at.unwrap().to_string(), "2026-05-11T16:40:01.25Z");
    let event = json!({ "detail-type": "CodePipeline Pipeline Execution State Change", "source": "aws.codepipeline", "id": "e" });
    assert_eq!(classify(&event), Payload::EventBridge { id: "e".to_owned() });
    for (source, detail) in [("aws.scheduler", json!("{}")), ("aws.events", json!({}))] {
        let tick = json!({ "detail-type": "Scheduled Event", "source": source, "id": "e", "detail": detail });
        assert_eq!(classify(&tick), Payload::Tick);
    }
    let other = json!({ "detail-type": "Scheduled Event", "source": "shop.calendar", "id": "e" });
    assert_eq!(classify(&other), Payload::EventBridge { id: "e".to_owned() });

    let told: Vec<String> = [
        json!({}),
        json!([]),
        json!("text"),
        json!(null),
        json!({ "Records": [] }),
        json!({ "Records": [{ "eventSource": "aws:s3" }] }),
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "MessageId": "without a message" } }] }),
        json!({ "a": 1, "b": 2, "requestContext": {} }),
    ]
    .iter()
    .map(|payload| match classify(payload) {
        Payload::Unknown { found } => found,
        other => panic!("{other:?}"),
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

proptest! {
    /// A body comes out as it went in, byte for byte, for the signature is over these bytes.
    #[test]
    fn bodies_are_kept(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut payload = http_api_v2();
        payload["body"] = BASE64_STANDARD.encode(&body).into();
        let request = request(&payload);
        prop_assert_eq!(request.body().unwrap().into_owned(), body);
    }
}
