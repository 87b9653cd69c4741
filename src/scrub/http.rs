//! HTTP requests: the headers that matter, and bodies that are forms.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::SCRUBBED;

/// Headers that say how the body is to be read, and nothing of who sent it.
const KEPT: [&str; 5] =
    ["content-type", "x-slack-request-timestamp", "x-slack-retry-num", "x-slack-retry-reason", "content-length"];

/// The headers that are kept, and that there was a signature.
pub(super) fn headers(headers: &Map<String, Value>) -> Value {
    let kept = headers.iter().filter_map(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        let value = match lower.as_str() {
            "x-slack-signature" if value.is_array() => Value::Array(vec![SCRUBBED.into()]),
            "x-slack-signature" => SCRUBBED.into(),
            lower if KEPT.contains(&lower) => value.clone(),
            _ => return None,
        };
        Some((name.clone(), value))
    });
    Value::Object(kept.collect())
}

/// The body in plain text: of a form each field, scrubbed by `text`; of anything else the whole.
pub(super) fn body(body: &str, is_base64: bool, mut text: impl FnMut(&str) -> String) -> String {
    let decoded = match is_base64.then(|| BASE64_STANDARD.decode(body)) {
        None => body.to_owned(),
        Some(Ok(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => return SCRUBBED.to_owned(),
        },
        Some(Err(_)) => return SCRUBBED.to_owned(),
    };
    if decoded.trim_start().starts_with(['{', '[']) {
        return text(&decoded);
    }
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(decoded.as_bytes()) {
        let value = match name.as_ref() {
            "token" | "trigger_id" | "response_url" => SCRUBBED.to_owned(),
            "user_name" => SCRUBBED.to_owned(),
            _ => text(&value),
        };
        form.append_pair(&name, &value);
    }
    form.finish()
}
