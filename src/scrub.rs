//! Payloads without secrets, tokens and personal data, so that they can be logged and become recordings (`SIGNOFF_RECORD`).
//!
//! What is taken out is replaced in a stable way: the same e-mail address, name or approval token gives the same stand-in in every payload
//! that is scrubbed with the same key, so that what belonged together still does, and nobody without the key can tell what stood there.
//! Slack's ids of people, channels and workspaces stay: rules are written with them. Pure.

mod http;
mod words;

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::secret::Secret;

/// What stands where nothing has to be told apart.
pub const SCRUBBED: &str = "scrubbed";

/// Keys whose text is a person's name wherever they stand.
const NAMES: [&str; 8] = [
    "author-display-name",
    "author-id",
    "username",
    "user_name",
    "real_name",
    "display_name",
    "userName",
    "principalId",
];
/// Keys whose text is a secret, or gives a power, wherever they stand.
const SECRETS: [&str; 13] = [
    "trigger_id",
    "response_url",
    "response_urls",
    "Signature",
    "SigningCertUrl",
    "SigningCertURL",
    "UnsubscribeUrl",
    "UnsubscribeURL",
    "authorizer",
    "authentication",
    "identity",
    "cookies",
    "receiptHandle",
];

/// Takes out what nobody but its owner should read.
pub struct Scrubber<'a> {
    key: &'a Secret,
}

impl<'a> Scrubber<'a> {
    /// With a key that only signoff knows: the stand-ins of one key can't be told from those of another.
    pub fn new(key: &'a Secret) -> Self {
        Self { key }
    }

    /// The payload as it may be kept: of the same shape, JSON within texts and form bodies included.
    pub fn scrub(&self, payload: &Value) -> Value {
        let mut found = BTreeMap::new();
        let scrubbed = self.value(None, payload, &mut found);
        // A token also stands in links, a name in sentences.
        replace_all(&scrubbed, &found)
    }

    fn value(&self, key: Option<&str>, value: &Value, found: &mut BTreeMap<String, String>) -> Value {
        match value {
            Value::Object(fields) => self.object(key, fields, found),
            Value::Array(items) => items.iter().map(|item| self.value(key, item, found)).collect(),
            Value::String(text) => self.text(text, found).into(),
            other => other.clone(),
        }
    }

    fn object(&self, key: Option<&str>, fields: &Map<String, Value>, found: &mut BTreeMap<String, String>) -> Value {
        let is_http = fields.contains_key("requestContext") && fields.contains_key("body");
        let is_person = key == Some("user") || key == Some("users") || key == Some("profile");
        let scrubbed = fields.iter().map(|(name, value)| {
            let scrubbed = match (name.as_str(), value) {
                (_, Value::Null) => Value::Null,
                ("headers" | "multiValueHeaders", Value::Object(headers)) => http::headers(headers),
                ("queryStringParameters" | "multiValueQueryStringParameters", _) => Value::Null,
                ("rawQueryString", _) => "".into(),
                ("sourceIp", _) => "192.0.2.1".into(),
                ("userAgent", _) => SCRUBBED.into(),
                ("body", Value::String(body)) if is_http => {
                    let is_base64 = fields.get("isBase64Encoded") == Some(&Value::Bool(true));
                    http::body(body, is_base64, |text| self.text(text, found)).into()
                }
                ("isBase64Encoded", _) if is_http => false.into(),
                ("token", Value::String(token)) => self.token(token, found).into(),
                (name, Value::String(text)) if NAMES.contains(&name) || (is_person && name == "name") => {
                    self.person(text, found).into()
                }
                (name, _) if SECRETS.contains(&name) => SCRUBBED.into(),
                (name, value) => self.value(Some(name), value, found),
            };
            (name.clone(), scrubbed)
        });
        Value::Object(scrubbed.collect())
    }

    /// JSON in a text is scrubbed as JSON; anything else word by word.
    fn text(&self, text: &str, found: &mut BTreeMap<String, String>) -> String {
        if text.trim_start().starts_with(['{', '['])
            && let Ok(inner) = serde_json::from_str::<Value>(text)
        {
            return self.value(None, &inner, found).to_string();
        }
        for token in words::review_tokens(text) {
            self.token(token, found);
        }
        words::scrub(text, |address| self.address(address), |name| self.person(name, &mut BTreeMap::new()))
    }

    /// An approval token, of the same shape; Slack's old verification token goes for good.
    fn token(&self, token: &str, found: &mut BTreeMap<String, String>) -> String {
        if token.len() != 36 {
            return SCRUBBED.to_owned();
        }
        let digest = self.digest(token);
        let stand_in = [&digest[..8], &digest[8..12], &digest[12..16], &digest[16..20], &digest[20..32]].join("-");
        found.insert(token.to_owned(), stand_in.clone());
        stand_in
    }

    fn person(&self, name: &str, found: &mut BTreeMap<String, String>) -> String {
        if name.contains('@') {
            return words::scrub(name, |address| self.address(address), str::to_owned);
        }
        let stand_in = format!("person-{}", &self.digest(name)[..8]);
        // A short name is part of too many other words.
        if name.chars().count() >= 4 {
            found.insert(name.to_owned(), stand_in.clone());
        }
        stand_in
    }

    fn address(&self, address: &str) -> String {
        format!("person-{}@scrubbed.example", &self.digest(&address.to_lowercase())[..8])
    }

    /// 64 hex digits that stand for a text, and that nobody without the key can find the text by.
    fn digest(&self, text: &str) -> String {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.key.expose().as_bytes()) else {
            return "0".repeat(64);
        };
        mac.update(b"scrub:");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn replace_all(value: &Value, found: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), replace_all(value, found))).collect())
        }
        Value::Array(items) => items.iter().map(|item| replace_all(item, found)).collect(),
        Value::String(text) => found.iter().fold(text.clone(), |text, (from, to)| text.replace(from, to)).into(),
        other => other.clone(),
    }
}
