//! How what a pipeline sent reaches the Lambda: EventBridge invokes it, or SNS does, with the event as its message.

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

/// An SNS notification as Lambda gets it: <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>.
fn notification(sent: &Sent, topic: &str, subject: Option<&str>) -> Value {
    let message = sent.body.to_string();
    let region = topic.split(':').nth(3).unwrap_or_default();
    let subscription = format!("{topic}:{}", uuid(&["subscription", topic]));
    json!({
        "Records": [{
            "EventSource": "aws:sns",
            "EventVersion": "1.0",
            "EventSubscriptionArn": subscription,
            "Sns": {
                "Type": "Notification",
                "MessageId": uuid(&["notification", topic, &sent.at.to_string(), &message]),
                "TopicArn": topic,
                "Subject": subject,
                "Message": message,
                "Timestamp": sent.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
                "SignatureVersion": "1",
                "Signature": "c2ltdWxhdGVk",
                "SigningCertUrl": format!("https://sns.{region}.amazonaws.com/SimpleNotificationService-simulated.pem"),
                "UnsubscribeUrl":
                    format!("https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription}"),
                "MessageAttributes": {},
            },
        }],
    })
}
