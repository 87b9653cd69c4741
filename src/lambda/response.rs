//! HTTP answers, in the form that the sender of the request understands.

use serde_json::{Value, json};

use super::http::{Format, HttpRequest};

/// An answer without a body.
pub(super) fn empty(request: &HttpRequest, status: u16) -> Value {
    answer(request, status, None)
}

/// 200, with a JSON body if there is one.
pub(super) fn json(request: &HttpRequest, body: Option<&Value>) -> Value {
    answer(request, 200, body)
}

fn answer(request: &HttpRequest, status: u16, body: Option<&Value>) -> Value {
    let content_type = body.map(|_| ("content-type", "application/json"));
    let mut answer = json!({
        "statusCode": status,
        "body": body.map(Value::to_string).unwrap_or_default(),
        "isBase64Encoded": false,
    });
    if let Format::LoadBalancer { .. } = request.format {
        let reason = match status {
            200 => "OK",
            400 => "Bad Request",
            401 => "Unauthorized",
            _ => "Internal Server Error",
        };
        answer["statusDescription"] = format!("{status} {reason}").into();
    }
    if request.format == (Format::LoadBalancer { multi_value: true }) {
        answer["multiValueHeaders"] = content_type.map_or(json!({}), |(name, value)| json!({ name: [value] }));
    } else {
        answer["headers"] = content_type.map_or(json!({}), |(name, value)| json!({ name: value }));
    }
    answer
}
