//! An interaction as the Lambda gets it: signed, in one of the envelopes of AWS.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;

/// Who forwards Slack's request to the Lambda, and in which format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Envelope {
    /// API Gateway, REST API: payload format 1.0.
    RestV1,
    /// API Gateway, HTTP API with payload format 1.0.
    HttpApiV1,
    /// API Gateway, HTTP API with payload format 2.0.
    #[default]
    HttpApiV2,
    /// A Lambda function URL, which uses payload format 2.0.
    FunctionUrl,
    /// An application load balancer.
    Alb,
    /// An application load balancer whose target group has multi-value headers on.
    AlbMultiValue,
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RestV1 => "a REST API",
            Self::HttpApiV1 => "an HTTP API, format 1.0",
            Self::HttpApiV2 => "an HTTP API, format 2.0",
            Self::FunctionUrl => "a function URL",
            Self::Alb => "a load balancer",
            Self::AlbMultiValue => "a load balancer with multi-value headers",
        })
    }
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tamper {
    /// It is signed with another secret.
    WrongSecret,
    /// It is signed rightly, but six minutes ago.
    OldTimestamp,
    /// Its body was changed after it was signed.
    BodyChanged,
    /// It is not signed.
    NoSignature,
    /// It is signed with the secret from before the rotation, as one is that was on its way.
    PreviousSecret,
}

const SIX_MINUTES: i64 = 360;

/// A request to the Lambda with this interaction, as the envelope hands it over:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>.
pub fn signed_request(
    envelope: Envelope,
    payload: &Value,
    secret: &str,
    now: Timestamp,
    tamper: Option<Tamper>,
) -> Value {
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish();
    signed_body(envelope, body, FORM, secret, now, tamper)
}

/// The content type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";
/// The content type of an event.
pub const JSON: &str = "application/json";

/// A request to the Lambda with this body, as the envelope hands it over.
pub fn signed_body(
    envelope: Envelope,
    mut body: String,
    content_type: &str,
    secret: &str,
    now: Timestamp,
    tamper: Option<Tamper>,
) -> Value {
    let stale = tamper == Some(Tamper::OldTimestamp);
    let timestamp = (now.as_second() - if stale { SIX_MINUTES } else { 0 }).to_string();
    let other = "fedcba9876543210fedcba9876543210";
    let signature = sign(if tamper == Some(Tamper::WrongSecret) { other } else { secret }, &timestamp, body.as_bytes());
    if tamper == Some(Tamper::BodyChanged) {
        body = body.replacen("signoff.approve", "signoff.reject", 1) + "&x=1";
    }
    let mut headers = vec![
        ("Accept", "application/json,*/*".to_owned()),
        ("Content-Type", content_type.to_owned()),
        ("Host", host(envelope).to_owned()),
        ("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)".to_owned()),
        ("X-Forwarded-For", "192.0.2.17".to_owned()),
        ("X-Slack-Request-Timestamp", timestamp),
    ];
    if tamper != Some(Tamper::NoSignature) {
        headers.push(("X-Slack-Signature", signature));
    }
    wrap(envelope, &headers, &body, now)
}

/// The host that Slack sends to: a function URL has a name of its own under AWS's.
fn host(envelope: Envelope) -> &'static str {
    match envelope {
        Envelope::FunctionUrl => "k3f8w2m1qa.lambda-url.eu-west-1.on.aws",
        _ => "signoff.acme.example",
    }
}

fn wrap(envelope: Envelope, headers: &[(&str, String)], body: &str, now: Timestamp) -> Value {
    let single = |lower: bool| -> Map<String, Value> {
        let name = |name: &str| if lower { name.to_ascii_lowercase() } else { name.to_owned() };
        headers.iter().map(|(key, value)| (name(key), json!(value))).collect()
    };
    let multi = |lower: bool| -> Map<String, Value> {
        single(lower).into_iter().map(|(name, value)| (name, json!([value]))).collect()
    };
    let base64 = BASE64_STANDARD.encode(body);
    let epoch = now.as_millisecond();
    let v1 = |headers: Map<String, Value>, multi: Map<String, Value>| {
        json!({
            "resource": "/slack", "path": "/slack", "httpMethod": "POST",
            "headers": headers, "multiValueHeaders": multi,
            "queryStringParameters": null, "multiValueQueryStringParameters": null,
            "pathParameters": null, "stageVariables": null,
            "requestContext": {
                "resourcePath": "/slack", "httpMethod": "POST", "path": "/slack", "accountId": "482910375566",
                "protocol": "HTTP/1.1", "stage": "prod", "requestTimeEpoch": epoch,
                "requestId": "9d1f4a20-4ee1-4b7c-8d21-0c9a7c5e2f11", "identity": { "sourceIp": "192.0.2.17" },
                "apiId": "k3f8w2m1qa",
            },
            "body": body, "isBase64Encoded": false,
        })
    };
    match envelope {
        Envelope::RestV1 => v1(single(false), multi(false)),
        Envelope::HttpApiV1 => {
            let mut request = v1(single(false), multi(false));
            request["version"] = "1.0".into();
            request["body"] = base64.into();
            request["isBase64Encoded"] = true.into();
            request
        }
        Envelope::HttpApiV2 | Envelope::FunctionUrl => {
            let domain = host(envelope);
            let prefix = domain.split('.').next().unwrap_or_default();
            json!({
                "version": "2.0", "routeKey": "$default", "rawPath": "/slack", "rawQueryString": "",
                "headers": single(true),
                "requestContext": {
                    "accountId": "482910375566", "apiId": "k3f8w2m1qa", "domainName": domain,
                    "domainPrefix": prefix,
                    "http": { "method": "POST", "path": "/slack", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.17" },
                    "requestId": "Qv3xHg5LjoEEMZQ=", "routeKey": "$default", "stage": "$default", "timeEpoch": epoch,
                },
                "body": base64, "isBase64Encoded": true,
            })
        }
        Envelope::Alb | Envelope::AlbMultiValue => {
            let group = "arn:aws:elasticloadbalancing:eu-west-1:482910375566:targetgroup/signoff/6d0ecf831eec9f09";
            let mut request = json!({
                "requestContext": { "elb": { "targetGroupArn": group } },
                "httpMethod": "POST", "path": "/slack",
                "body": base64, "isBase64Encoded": true,
            });
            if envelope == Envelope::Alb {
                request["queryStringParameters"] = json!({});
                request["headers"] = Value::Object(single(true));
            } else {
                request["multiValueQueryStringParameters"] = json!({});
                request["multiValueHeaders"] = Value::Object(multi(true));
            }
            request
        }
    }
}

/// Signs a recorded request anew, for the virtual clock. The error says what the recording lacks.
pub fn resign(recorded: &Value, secret: &str, now: Timestamp) -> Result<Value, String> {
    let text = recorded["body"].as_str().ok_or("it has no `body`, so it is no HTTP request")?;
    let body = if recorded["isBase64Encoded"].as_bool().unwrap_or(false) {
        BASE64_STANDARD.decode(text).map_err(|_| "its `body` should be base64 and is not")?
    } else {
        text.as_bytes().to_vec()
    };
    let timestamp = now.as_second().to_string();
    let signature = sign(secret, &timestamp, &body);
    let mut request = recorded.clone();
    let mut signed = false;
    for key in ["headers", "multiValueHeaders"] {
        let Some(headers) = request.get_mut(key).and_then(Value::as_object_mut) else { continue };
        for (wanted, value) in [("x-slack-request-timestamp", &timestamp), ("x-slack-signature", &signature)] {
            let name = headers.keys().find(|name| name.eq_ignore_ascii_case(wanted)).cloned();
            let name = name.unwrap_or_else(|| wanted.to_owned());
            headers.insert(name, if key == "headers" { json!(value) } else { json!([value]) });
        }
        signed = true;
    }
    if signed { Ok(request) } else { Err("it has neither `headers` nor `multiValueHeaders`".to_owned()) }
}

/// Slack's signature of version `v0`: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut message = format!("v0:{timestamp}:").into_bytes();
    message.extend_from_slice(body);
    // HMAC takes a key of any length.
    let digest = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(&message);
        mac.finalize().into_bytes()
    });
    let hex: String = digest.iter().flatten().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={hex}")
}
