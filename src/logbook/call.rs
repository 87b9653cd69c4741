//! Requests to AWS and Slack: how many, how long, and which failed.

use serde_json::{Map, Value, json};

use super::put;

/// How many failed requests a line names, the first ones.
pub const MOST_FAILED: usize = 10;

/// The answers that are no failures: signoff asks in order to learn them.
const EXPECTED: [&str; 1] = ["ConditionalCheckFailedException"];

/// One request: a retry is another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Call {
    /// The service: `codepipeline`, `dynamodb`, `slack`, …
    pub service: String,
    /// The operation or method.
    pub operation: String,
    /// From 1.
    pub attempt: u32,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// What is wrong with the answer: an error code, a status, or what happened on the way; `None`: nothing.
    pub error: Option<String>,
    /// The service's own id of the request.
    pub request_id: Option<String>,
}

impl Call {
    pub(super) fn failed(self) -> Option<Failed> {
        let error = self.error.clone().filter(|error| !EXPECTED.contains(&error.as_str()))?;
        Some(Failed { error, call: self })
    }
}

/// A request that failed.
#[derive(Debug)]
pub(super) struct Failed {
    error: String,
    call: Call,
}

impl Failed {
    pub(super) fn value(&self) -> Value {
        let Self { error, call } = self;
        let mut value = Map::new();
        put(&mut value, "service", Some(call.service.as_str()));
        put(&mut value, "operation", Some(call.operation.as_str()));
        put(&mut value, "attempt", Some(call.attempt));
        put(&mut value, "error", Some(error.as_str()));
        put(&mut value, "request_id", call.request_id.as_deref());
        put(&mut value, "ms", Some(call.ms));
        Value::Object(value)
    }
}

/// The requests to one service.
#[derive(Debug, Default)]
pub(super) struct Calls {
    count: u64,
    retries: u64,
    ms: i64,
}

impl Calls {
    pub(super) fn add(&mut self, call: &Call) {
        self.count += 1;
        self.retries += u64::from(call.attempt > 1);
        self.ms = self.ms.saturating_add(call.ms);
    }

    pub(super) fn value(&self) -> Value {
        json!({ "count": self.count, "retries": self.retries, "ms": self.ms })
    }
}
