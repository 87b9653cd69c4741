//! Which payload is this?

use jiff::Timestamp;
use serde_json::Value;

use super::http::HttpRequest;

/// What the Lambda was invoked with.
#[derive(Debug, PartialEq)]
pub enum Payload {
    /// Messages of SNS topics.
    Sns(Vec<SnsRecord>),
    /// An EventBridge event, straight from its rule.
    EventBridge {
        /// The event's id.
        id: String,
    },
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

/// One message of an SNS topic: <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>.
#[derive(Debug, PartialEq, Eq)]
pub struct SnsRecord {
    /// SNS's name for the message, the same for each delivery of it.
    pub message_id: Option<String>,
    /// The topic.
    pub topic_arn: Option<String>,
    /// When SNS took it.
    pub sent_at: Option<Timestamp>,
    /// The message itself.
    pub message: String,
}

impl SnsRecord {
    /// The message's name in logs.
    pub fn name(&self) -> String {
        format!("SNS message {}", self.message_id.as_deref().unwrap_or("without an id"))
    }
}

/// Tells payloads apart by what only they have.
pub fn classify(payload: &Value) -> Payload {
    if let Some(records) = payload["Records"].as_array()
        && let Some(records) = records.iter().map(sns).collect::<Option<Vec<_>>>()
        && !records.is_empty()
    {
        return Payload::Sns(records);
    }
    if is_tick(payload) {
        return Payload::Tick;
    }
    if payload["detail-type"].is_string() && payload["source"].is_string() {
        let id = payload["id"].as_str().unwrap_or("without an id").to_owned();
        return Payload::EventBridge { id };
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

fn sns(record: &Value) -> Option<SnsRecord> {
    let sns = record.get("Sns")?;
    let text = |key: &str| sns[key].as_str().map(str::to_owned);
    Some(SnsRecord {
        message_id: text("MessageId"),
        topic_arn: text("TopicArn"),
        sent_at: sns["Timestamp"].as_str().and_then(|at| at.parse().ok()),
        message: text("Message")?,
    })
}

fn keys(payload: &Value) -> String {
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
