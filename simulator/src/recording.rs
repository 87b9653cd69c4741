//! Recordings: payloads as they arrive at the Lambda, in JSON files, and what signoff reads in them.

use std::path::Path;

use serde_json::Value;
use signoff::event::{self, Envelope, Event, EventKind};
use signoff::lambda::classify::{Payload, classify};
use signoff::lambda::message::Message;
use signoff::slack::interaction::Interaction;
use signoff::slack::request::{self, Request, SlashCommand};

use crate::file::read as read_file;

/// One thing of a recording.
#[derive(Debug)]
pub enum Arrived {
    /// A message of CodePipeline.
    Event(Box<Event>),
    /// Something that a person did in Slack.
    Click(Box<Interaction>),
    /// What signoff refuses for good, and why.
    Refused(String),
}

/// What is in a recording, in the order in which the Lambda would handle it.
///
/// # Errors
///
/// The file can't be read, or is not JSON.
pub fn read(path: &Path) -> Result<Vec<Arrived>, String> {
    let file = path.display();
    let text = read_file(path).map_err(|why| format!("the recording `{file}` can't be read: {why}"))?;
    let payload: Value =
        serde_json::from_str(&text).map_err(|error| format!("the recording `{file}` is not JSON: {error}"))?;
    Ok(arrived(&payload))
}

/// What is in a payload.
pub fn arrived(payload: &Value) -> Vec<Arrived> {
    let event = |message: Message| match message.read {
        Ok(event) => Arrived::Event(Box::new(event)),
        Err(error) => Arrived::Refused(error.to_string()),
    };
    if payload["Records"].as_array().is_some_and(Vec::is_empty) {
        return vec![Arrived::Refused("`Records` is empty: AWS delivers at least one".to_owned())];
    }
    match classify(payload) {
        Payload::Sns(messages) => messages.into_iter().map(event).collect(),
        Payload::Sqs(records) => records.into_iter().flat_map(|record| record.messages).map(event).collect(),
        Payload::EventBridge(message) => vec![event(*message)],
        Payload::Tick => {
            let why = "it is a schedule's tick, and what comes of that depends on what waits";
            vec![Arrived::Refused(why.to_owned())]
        }
        Payload::Http(request) => {
            let body = request.body();
            vec![match request::read(body.as_deref().unwrap_or_default()) {
                Ok(Request::Interaction(interaction)) => Arrived::Click(Box::new(interaction)),
                Ok(Request::Command(command)) => {
                    let SlashCommand { command, text, .. } = command;
                    let why = "what comes of that depends on how the pipeline stands";
                    Arrived::Refused(format!("it is the slash command `{command} {text}`, and {why}"))
                }
                Ok(_) => Arrived::Refused("it is an event of the Slack app, and not of a pipeline".to_owned()),
                Err(error) => Arrived::Refused(error.to_string()),
            }]
        }
        Payload::Unknown { found } => {
            // The text of an SNS message by itself is what people copy out of a log.
            match event::read(payload, &Envelope::default()) {
                Ok(read) if read.kind != EventKind::Other => vec![Arrived::Event(Box::new(read))],
                _ => vec![Arrived::Refused(format!("no payload that reaches the Lambda has {found}"))],
            }
        }
    }
}
