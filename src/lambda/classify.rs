//! Which payload is this?

use serde_json::Value;

use super::http::HttpRequest;
use super::message::{self, Message, QueueRecord};

/// What the Lambda was invoked with.
#[derive(Debug, PartialEq)]
pub enum Payload {
    /// Messages of SNS topics.
    Sns(Vec<Message>),
    /// A batch of an SQS queue.
    Sqs(Vec<QueueRecord>),
    /// An EventBridge event, straight from its rule.
    EventBridge(Box<Message>),
    /// The time has come to look at what waits: EventBridge Scheduler's, or a scheduled rule's.
    Tick,
    /// A request from API Gateway, a function URL or a load balancer.
    Http(Box<HttpRequest>),
    /// None of these.
    Unknown {
        /// The keys it has, for the log.
        found: String,
    },
}

impl Payload {
    /// What sends such payloads, for the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Sns(_) => "sns",
            Self::Sqs(_) => "sqs",
            Self::EventBridge(_) => "eventbridge",
            Self::Tick => "scheduler",
            Self::Http(_) => "http",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Tells payloads apart by what only they have.
pub fn classify(payload: &Value) -> Payload {
    if let Some(records) = payload["Records"].as_array()
        && !records.is_empty()
    {
        if records.iter().any(message::is_sns) {
            return Payload::Sns(records.iter().flat_map(message::of_sns_record).collect());
        }
        if records.iter().any(message::is_sqs) {
            return Payload::Sqs(records.iter().map(message::of_sqs_record).collect());
        }
    }
    if is_tick(payload) {
        return Payload::Tick;
    }
    if message::is_event(payload) {
        return Payload::EventBridge(Box::new(message::of_event(payload)));
    }
    if let Some(request) = HttpRequest::read(payload) {
        return Payload::Http(Box::new(request));
    }
    Payload::Unknown { found: keys(payload) }
}

/// Whether it is a schedule's event: EventBridge Scheduler's own, whose `detail` is a string, or a scheduled rule's:
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html>,
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html>.
fn is_tick(payload: &Value) -> bool {
    payload["detail-type"] == "Scheduled Event"
        && matches!(payload["source"].as_str(), Some("aws.scheduler" | "aws.events"))
}

/// The keys that a payload has, for the log.
pub(super) fn keys(payload: &Value) -> String {
    match payload {
        Value::Object(fields) if fields.is_empty() => "no keys".to_owned(),
        Value::Object(fields) => {
            let mut keys: Vec<String> = fields.keys().take(8).map(|key| format!("`{key}`")).collect();
            if let Some(source) = payload["Records"][0]["eventSource"].as_str() {
                keys.push(format!("records of `{source}`"));
            }
            format!("the keys {}", keys.join(", "))
        }
        _ => "no keys, for it is not an object".to_owned(),
    }
}
