//! One line about a request, to be shown: it holds no token and no secret.

use serde_json::Value;

use super::World;
use crate::world::slack::Arguments;

impl World {
    /// One line about a call of Slack's: where, and for whom.
    pub(super) fn slack_subject(&self, arguments: &Arguments) -> String {
        let mut parts = Vec::new();
        if let Some(channel) = arguments.first_text(&["channel"]) {
            parts.push(self.slack.channel_label(channel));
        }
        if let Some(user) = arguments.first_text(&["user", "user_id"]) {
            parts.push(format!("@{}", self.slack.name_of(user)));
        }
        if let Some(trigger) = arguments.first_text(&["trigger_id"]) {
            parts.extend(
                self.slack.triggered_by(trigger).map(|user| format!("a window for @{}", self.slack.name_of(user))),
            );
        }
        if let Some(email) = arguments.first_text(&["email"]) {
            parts.push(email.to_owned());
        }
        if let Some(group) = arguments.first_text(&["usergroup"]) {
            parts.push(self.slack.group_label(group));
        }
        parts.join(" for ")
    }
}

/// The pipeline, stage and action, and the answer; never the token.
pub(super) fn codepipeline_subject(operation: &str, input: &Value) -> String {
    let text = |pointer: &str| input.pointer(pointer).and_then(Value::as_str);
    let names = ["/pipelineName", "/name", "/stageName", "/actionName"];
    let mut subject = names.iter().filter_map(|name| text(name)).collect::<Vec<_>>().join(" / ");
    if operation == "PutApprovalResult" {
        let status = text("/result/status").unwrap_or("no status");
        subject.push_str(&format!(": {status}, “{}”", text("/result/summary").unwrap_or_default()));
    }
    // A summary may have several lines; a subject has one.
    subject.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The key, with long hexadecimal parts cut, and the version that is written.
pub(super) fn dynamodb_subject(input: &Value) -> String {
    let text = |pointer: &str| input.pointer(pointer).and_then(Value::as_str);
    let mut parts = Vec::new();
    if let Some(key) = text("/Key/pk/S").or_else(|| text("/Item/pk/S")) {
        parts.push(shortened(key));
    }
    if let Some(version) = text("/Item/version/N") {
        parts.push(format!("version {version}"));
    }
    if let Some(index) = text("/IndexName") {
        parts.push(format!("index {index}"));
    }
    if parts.is_empty() {
        parts.extend(text("/TableName").map(str::to_owned));
    }
    parts.join(" ")
}

/// The key with every run of more than 12 hexadecimal digits (and their hyphens) cut after eight.
fn shortened(key: &str) -> String {
    let is_hex = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut out = String::new();
    let mut rest = key;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| is_hex(c) != is_hex(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if is_hex(first) && run.len() > 12 {
            out.push_str(&run[..8]);
            out.push('…');
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    out
}
