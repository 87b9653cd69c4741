//! How what a pipeline sent reaches the Lambda: EventBridge invokes it, or SNS does, with the event as its message.

use std::fmt;

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::codepipeline::{Destination, Sent};
use super::identity::uuid;

/// Whether what the pipelines send is delivered by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Events {
    /// It is kept until a step delivers it.
    #[default]
    Kept,
    /// It is delivered as it is sent, state changes by EventBridge.
    Delivered,
    /// It is delivered as it is sent, state changes by EventBridge to an SNS topic.
    DeliveredInSns,
}

/// What goes wrong with the next deliveries: AWS delivers at least once, and in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFault {
    /// What.
    pub mishap: Mishap,
    /// A part of what is delivered ([`Sent::what`]); anything when not given.
    pub of: Option<String>,
    /// How many deliveries.
    pub times: u32,
    /// Whether one has gone wrong.
    pub has_happened: bool,
}

/// How a delivery goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It comes twice.
    Duplicate,
    /// Everything that is delivered with it overtakes it.
    Reorder,
    /// It is lost on its way, and comes again after a minute.
    Drop,
    /// It comes so much later.
    Delay(SignedDuration),
}

impl DeliveryFault {
    /// Whether it is about this message, which is followed by others or not. Uses it up once if it is.
    pub fn befalls(&mut self, sent: &Sent, is_followed: bool) -> bool {
        let is_it = self.times > 0
            && self.of.as_ref().is_none_or(|of| sent.what.contains(of))
            && (is_followed || self.mishap != Mishap::Reorder);
        if is_it {
            self.times -= 1;
            self.has_happened = true;
        }
        is_it
    }
}

impl fmt::Display for DeliveryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.mishap {
            Mishap::Duplicate => "come twice".to_owned(),
            Mishap::Reorder => "be overtaken by those after it".to_owned(),
            Mishap::Drop => "be lost, and come again after a minute".to_owned(),
            Mishap::Delay(by) => format!("come {} later", words(by)),
        };
        let of = self.of.as_ref().map(|of| format!(" of “{of}”")).unwrap_or_default();
        match self.times {
            1 => write!(f, "AWS: the next delivery{of} will {how}"),
            times => write!(f, "AWS: the next {times} deliveries{of} will {how}"),
        }
    }
}

fn words(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let fits = |(size, _): &(i64, &str)| seconds % size == 0 && seconds >= *size;
    let (size, unit) = units.into_iter().find(fits).unwrap_or(units[3]);
    let number = seconds / size;
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Who invokes the Lambda with a state change. Requests for approval always come from SNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// A rule of EventBridge has the Lambda as its target.
    EventBridge,
    /// A rule of EventBridge has an SNS topic as its target.
    Sns,
}

impl Carrier {
    /// What the Lambda is invoked with.
    pub fn payload(self, sent: &Sent) -> Value {
        match (&sent.to, self) {
            (Destination::Topic { arn, subject }, _) => notification(sent, arn, Some(subject)),
            (Destination::EventBridge, Self::EventBridge) => sent.body.clone(),
            (Destination::EventBridge, Self::Sns) => {
                let text = |key: &str| sent.body[key].as_str().unwrap_or_default();
                notification(sent, &format!("arn:aws:sns:{}:{}:pipeline-events", text("region"), text("account")), None)
            }
        }
    }
}

/// What the Lambda gets of a queue, to which SNS and a rule of EventBridge deliver: `messages`, each with the id by which it is asked
/// for again: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>.
pub fn batch<'a>(messages: impl IntoIterator<Item = (String, &'a Sent)>) -> Value {
    const QUEUE: &str = "arn:aws:sqs:eu-west-1:482910375566:signoff-messages";
    let record = |(id, sent): (String, &Sent)| {
        let body = match &sent.to {
            Destination::Topic { arn, subject } => message(sent, arn, Some(subject), ["CertURL", "URL"]).to_string(),
            Destination::EventBridge => sent.body.to_string(),
        };
        let at = sent.at.as_millisecond().to_string();
        json!({
            "messageId": id,
            "receiptHandle": "c2ltdWxhdGVk",
            "body": body,
            "attributes": {
                "ApproximateReceiveCount": "1",
                "SentTimestamp": at,
                "SenderId": "AIDASIMULATED",
                "ApproximateFirstReceiveTimestamp": at,
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": QUEUE,
            "awsRegion": "eu-west-1",
        })
    };
    json!({ "Records": messages.into_iter().map(record).collect::<Vec<Value>>() })
}

/// An SNS notification as Lambda gets it: <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>.
fn notification(sent: &Sent, topic: &str, subject: Option<&str>) -> Value {
    let mut sns = message(sent, topic, subject, ["CertUrl", "Url"]);
    sns["MessageAttributes"] = json!({});
    json!({
        "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription(topic),
            "Sns": sns,
        }],
    })
}

/// What SNS says of a message. Its addresses are called differently in a Lambda's record and in a queue's:
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>.
fn message(sent: &Sent, topic: &str, subject: Option<&str>, [certificate, address]: [&str; 2]) -> Value {
    let message = sent.body.to_string();
    let region = topic.split(':').nth(3).unwrap_or_default();
    let subscription = subscription(topic);
    json!({
        "Type": "Notification",
        "MessageId": uuid(&["notification", topic, &sent.at.to_string(), &message]),
        "TopicArn": topic,
        "Subject": subject,
        "Message": message,
        "Timestamp": sent.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "SignatureVersion": "1",
        "Signature": "c2ltdWxhdGVk",
        format!("Signing{certificate}"):
            format!("https://sns.{region}.amazonaws.com/SimpleNotificationService-simulated.pem"),
        format!("Unsubscribe{address}"):
            format!("https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}"),
    })
}

fn subscription(topic: &str) -> String {
    format!("{topic}:{}", uuid(&["subscription", topic]))
}
