//! The messages in whatever is around them: an SNS record, a queue's record with or without SNS's own JSON in it, and what
//! dead-letter queues and destinations keep of an invocation that failed. Pure.

use jiff::Timestamp;
use serde_json::Value;

use crate::event::{self, Envelope, Event, Unreadable};

/// How deep messages are looked for: a queue's record, the invocation that it keeps, a record of that, SNS's JSON in it.
const DEPTH: usize = 4;

/// A message, out of everything that was around it.
#[derive(Debug, PartialEq)]
pub struct Message {
    /// Its name in logs.
    pub name: String,
    /// Tells it from another of the same content: the event's id, or whatever id the innermost envelope gave.
    pub delivery: String,
    /// What kind of message it is, in words without anything of its content, to count those that no rule is for.
    pub sort: String,
    /// The account of the SNS topic that it came through, as SNS says: of several envelopes the outermost, which whoever wrote
    /// the message can't have made.
    pub topic_account: Option<String>,
    /// What it says, or why it never can be read.
    pub read: Result<Event, Unreadable>,
}

/// A record of an SQS queue: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.
#[derive(Debug, PartialEq)]
pub struct QueueRecord {
    /// SQS's name for the message, by which the record is asked for again.
    pub message_id: Option<String>,
    /// The message group, in a FIFO queue.
    pub group: Option<String>,
    /// What is in it; more than one where it keeps a whole invocation.
    pub messages: Vec<Message>,
}

impl QueueRecord {
    /// The record's name in logs.
    pub fn name(&self) -> String {
        format!("SQS message {}", self.message_id.as_deref().unwrap_or("without an id"))
    }
}

/// An event straight from EventBridge.
pub(super) fn of_event(event: &Value) -> Message {
    let id = text(event, "id").unwrap_or_default();
    let (topic_account, envelope) = Default::default();
    let around = Around { name: named("event", &id), delivery: id, topic_account, envelope };
    leaf(event, around)
}

/// The messages of one record of SNS.
pub(super) fn of_sns_record(record: &Value) -> Vec<Message> {
    of_record(record, None, DEPTH)
}

/// One record of SQS.
pub(super) fn of_sqs_record(record: &Value) -> QueueRecord {
    // A group in a standard queue is for fairness and says nothing of order.
    let is_fifo = record["eventSourceARN"].as_str().is_some_and(|arn| arn.ends_with(".fifo"));
    QueueRecord {
        message_id: text(record, "messageId"),
        group: text(&record["attributes"], "MessageGroupId").filter(|_| is_fifo),
        messages: of_record(record, None, DEPTH),
    }
}

/// What is known of a message from around it.
struct Around {
    name: String,
    delivery: String,
    topic_account: Option<String>,
    envelope: Envelope,
}

fn of_record(record: &Value, outer: Option<&str>, depth: usize) -> Vec<Message> {
    if record["Sns"].is_object() {
        return of_notification(&record["Sns"], outer, depth);
    }
    let id = text(record, "messageId").unwrap_or_default();
    let sent_at = text(&record["attributes"], "SentTimestamp").and_then(|at| at.parse().ok());
    let around = Around {
        name: named(if is_sqs(record) { "SQS message" } else { "record" }, &id),
        delivery: id,
        topic_account: outer.map(str::to_owned),
        envelope: Envelope {
            topic_arn: text(record, "eventSourceARN"),
            sent_at: sent_at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            subject: None,
        },
    };
    match record["body"].as_str() {
        Some(body) => of_text(body, around, depth),
        None => vec![Message {
            name: around.name,
            delivery: around.delivery,
            sort: "a record without a message".to_owned(),
            topic_account: around.topic_account,
            read: Err(Unreadable::NoMessage),
        }],
    }
}

/// What SNS says of a message, in a Lambda's record and in a queue's body alike:
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>.
fn of_notification(sns: &Value, outer: Option<&str>, depth: usize) -> Vec<Message> {
    let id = text(sns, "MessageId").unwrap_or_default();
    let topic_arn = text(sns, "TopicArn");
    let account = topic_arn.as_deref().and_then(|arn| arn.split(':').nth(4));
    let around = Around {
        name: named("SNS message", &id),
        delivery: id,
        topic_account: outer.or(account).map(str::to_owned),
        envelope: Envelope {
            topic_arn: topic_arn.clone(),
            sent_at: text(sns, "Timestamp").and_then(|at| at.parse().ok()),
            subject: text(sns, "Subject"),
        },
    };
    match sns["Message"].as_str() {
        Some(message) => of_text(message, around, depth),
        None => vec![Message {
            name: around.name,
            delivery: around.delivery,
            sort: "a record without a message".to_owned(),
            topic_account: around.topic_account,
            read: Err(Unreadable::NoMessage),
        }],
    }
}

fn of_text(message: &str, around: Around, depth: usize) -> Vec<Message> {
    let Ok(value) = serde_json::from_str::<Value>(message) else {
        let read = event::read_text(message, &around.envelope);
        return vec![Message {
            name: around.name,
            delivery: around.delivery,
            sort: format!("text{}", from(&around.envelope)),
            topic_account: around.topic_account,
            read,
        }];
    };
    if let Some(depth) = depth.checked_sub(1) {
        if value["Type"] == "Notification" && value["Message"].is_string() {
            return of_notification(&value, around.topic_account.as_deref(), depth);
        }
        if let Some(messages) = of_invocation(&value, around.topic_account.as_deref(), depth) {
            return messages;
        }
    }
    vec![leaf(&value, around)]
}

/// The messages of an invocation that failed. A dead-letter queue keeps what the Lambda was invoked with, a destination
/// keeps it as `requestPayload`: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>.
fn of_invocation(value: &Value, outer: Option<&str>, depth: usize) -> Option<Vec<Message>> {
    let is_destination = value["requestPayload"].is_object() && value["requestContext"]["condition"].is_string();
    let payload = if is_destination { &value["requestPayload"] } else { value };
    if let Some(records) = payload["Records"].as_array()
        && !records.is_empty()
        && records.iter().any(is_record)
    {
        return Some(records.iter().flat_map(|record| of_record(record, outer, depth)).collect());
    }
    (is_destination && is_event(payload))
        .then(|| vec![Message { topic_account: outer.map(str::to_owned), ..of_event(payload) }])
}

/// Whether a record is one of SNS or of SQS, readable or not.
fn is_record(record: &Value) -> bool {
    is_sns(record) || is_sqs(record)
}

pub(super) fn is_sns(record: &Value) -> bool {
    record["EventSource"] == "aws:sns" || record["Sns"].is_object()
}

pub(super) fn is_sqs(record: &Value) -> bool {
    record["eventSource"] == "aws:sqs"
}

/// Whether this is an event as EventBridge writes it.
pub(super) fn is_event(payload: &Value) -> bool {
    payload["detail-type"].is_string() && payload["source"].is_string()
}

fn leaf(message: &Value, around: Around) -> Message {
    let sort = match (text(message, "detail-type").or_else(|| text(message, "detailType")), text(message, "source")) {
        (Some(detail_type), Some(source)) => format!("{} of {}", short(&detail_type), short(&source)),
        (Some(detail_type), None) => short(&detail_type),
        (None, _) => format!("JSON with {}{}", short(&super::classify::keys(message)), from(&around.envelope)),
    };
    let delivery = text(message, "id").filter(|_| is_event(message)).unwrap_or(around.delivery);
    let read = event::read(message, &around.envelope);
    Message { name: around.name, delivery, sort, topic_account: around.topic_account, read }
}

fn from(envelope: &Envelope) -> String {
    envelope.topic_arn.as_deref().map(|arn| format!(" from {}", short(arn))).unwrap_or_default()
}

/// Names are others' to choose, and the log is ours.
fn short(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(100).collect()
}

fn named(what: &str, id: &str) -> String {
    if id.is_empty() { format!("{what} without an id") } else { format!("{what} {id}") }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}
