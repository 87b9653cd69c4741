//! Every state change of CodePipeline, and every envelope that one may come in.

use serde_json::{Value, json};

pub const TOPIC: &str = "arn:aws:sns:eu-north-1:730591846207:checkout";
const PIPELINE: &[&str] =
    &["STARTED", "SUCCEEDED", "FAILED", "CANCELED", "STOPPED", "STOPPING", "SUPERSEDED", "RESUMED"];
const STAGE: &[&str] = &["STARTED", "SUCCEEDED", "FAILED", "CANCELED", "STOPPED", "STOPPING", "RESUMED"];
const ACTION: &[&str] = &["STARTED", "SUCCEEDED", "FAILED", "CANCELED", "ABANDONED"];

/// One state change of each kind, as EventBridge tells it: 8 of a pipeline, 7 of a stage, 5 of an action, 5 of an approval.
pub fn state_changes() -> Vec<Value> {
    let of = |subject: &'static str, category: Option<&'static str>, states: &'static [&'static str]| {
        states.iter().map(move |state| state_change(subject, category, state))
    };
    of("Pipeline", None, PIPELINE)
        .chain(of("Stage", None, STAGE))
        .chain(of("Action", Some("Deploy"), ACTION))
        .chain(of("Action", Some("Approval"), ACTION))
        .collect()
}

fn state_change(subject: &str, category: Option<&str>, state: &str) -> Value {
    let mut event = json!({
        "version": "0", "id": format!("{subject}-{state}"), "source": "aws.codepipeline",
        "detail-type": format!("CodePipeline {subject} Execution State Change"),
        "account": "730591846207", "time": "2026-05-11T16:40:00Z", "region": "eu-north-1",
        "resources": ["arn:aws:codepipeline:eu-north-1:730591846207:checkout-web"],
        "detail": {
            "pipeline": "checkout-web", "execution-id": "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60",
            "start-time": "2026-05-11T16:31:02.551Z", "state": state, "version": 12.0,
            "pipeline-execution-attempt": if state == "RESUMED" { 2.0 } else { 1.0 }
        }
    });
    if subject != "Pipeline" {
        event["detail"]["stage"] = "Live".into();
    }
    if let Some(category) = category {
        let (action, provider) = if category == "Approval" { ("GoLive", "Manual") } else { ("Ship", "CodeDeploy") };
        event["detail"]["action"] = action.into();
        event["detail"]["action-execution-id"] = "0c35520a-b7e6-403d-ba3f-e02120b524c3".into();
        event["detail"]["type"] = json!({ "owner": "AWS", "provider": provider, "category": category, "version": "1" });
        if category != "Approval" && state == "FAILED" {
            event["detail"]["execution-result"] = json!({
                "external-execution-summary": "Deployment d-1 failed", "error-code": "JobFailed",
                "external-execution-url": "https://console.aws.example/d-1", "external-execution-id": "d-1"
            });
        }
    }
    event
}

/// The same as a notification rule tells it, with what only the rule tells.
pub fn rule_message(event: &Value, more: Value) -> Value {
    json!({
        "account": event["account"], "detailType": event["detail-type"], "region": event["region"],
        "source": event["source"], "time": event["time"], "detail": event["detail"], "resources": event["resources"],
        "notificationRuleArn": "arn:aws:codestar-notifications:eu-north-1:730591846207:notificationrule/9c3e77",
        "additionalAttributes": more
    })
}

pub fn sns(message: &str) -> Value {
    json!({ "Records": [{ "EventSource": "aws:sns", "EventVersion": "1.0", "Sns": notification(message) }] })
}

pub fn notification(message: &str) -> Value {
    json!({ "Type": "Notification", "MessageId": "of-sns", "TopicArn": TOPIC, "Subject": null, "Message": message,
        "Timestamp": "2026-05-11T16:40:01.250Z" })
}

pub fn queue(bodies: &[String]) -> Value {
    let records = bodies.iter().zip(1..).map(|(body, number)| {
        json!({ "messageId": format!("queued-{number}"), "body": body, "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-north-1:730591846207:signoff",
            "attributes": { "SentTimestamp": "1778517601250" } })
    });
    json!({ "Records": records.collect::<Value>() })
}

/// A message in every envelope but EventBridge's own.
pub fn enveloped(message: &Value) -> Vec<(&'static str, Value)> {
    let text = message.to_string();
    let in_sns = sns(&text);
    vec![
        ("SQS, raw", queue(std::slice::from_ref(&text))),
        ("SQS, in SNS", queue(&[notification(&text).to_string()])),
        ("a dead-letter queue", queue(&[in_sns.to_string()])),
        ("a dead-letter queue of a queue's batch", queue(&[queue(&[text]).to_string()])),
        (
            "a destination",
            queue(&[json!({ "version": "1.0", "requestContext": { "condition": "RetriesExhausted" },
            "requestPayload": in_sns, "responsePayload": {} })
            .to_string()]),
        ),
        ("SNS", in_sns),
    ]
}

/// Every way in which an event of EventBridge may come.
pub fn every_way(event: &Value) -> Vec<(&'static str, Value)> {
    let mut ways = vec![("EventBridge", event.clone())];
    ways.extend(enveloped(event));
    ways.push((
        "a destination, of EventBridge",
        queue(&[json!({ "version": "1.0",
        "requestContext": { "condition": "EventAgeExceeded" }, "requestPayload": event })
        .to_string()]),
    ));
    ways
}
