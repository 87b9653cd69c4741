//! The scenario file. `docs/scenarios.md` describes it for its writers.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;
use signoff::diagnostic::{Diagnostic, Source};

use super::console::Console;
use super::fault::FaultStep;
use super::problem;
use super::start::Start;
use super::way::Parts;
use crate::world::delivery::Carrier;
use crate::world::duration;
use crate::world::slack::request::{Envelope, Tamper};

/// A scenario file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub scenario: String,
    /// Why it is there, for people.
    #[serde(default)]
    pub explanation: String,
    /// The file with the workspace and the pipelines, beside the scenario.
    pub given: String,
    /// The folder of rules, beside the scenario, where it has rules of its own.
    pub rules: Option<String>,
    /// Settings of the Lambda that differ from the usual ones, by their names.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// When it begins.
    pub clock: Option<Timestamp>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What must be true at the end.
    #[serde(default)]
    pub expect: EndExpectation,
    /// Where its parts are in the file.
    #[serde(skip)]
    pub parts: Parts,
}

/// One step. It has exactly one of the keys that `docs/scenarios.md` lists.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Invokes the Lambda with a recording, or with what the pipelines sent: `events` or `events-in-sns`.
    pub deliver: Option<String>,
    /// Fields of the recording that are different, by the way to each.
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
    /// Deploys the Lambda with the rules of this folder, beside the scenario.
    pub edit_rules: Option<String>,
    /// Starts an execution of a pipeline.
    pub start: Option<Start>,
    /// Presses a button that is really on the message last posted.
    pub click: Option<String>,
    /// Submits the modal that the person has open, with these values.
    pub submit: Option<BTreeMap<String, String>>,
    /// Sends a recorded HTTP request of Slack's, signed anew for the scenario's clock.
    pub replay: Option<String>,
    /// Sends the recorded request with the signature it was recorded with.
    #[serde(default)]
    pub as_signed: bool,
    /// Decides in the AWS console.
    pub console: Option<Console>,
    /// Gives the Slack app another signing secret.
    pub rotate: Option<Rotate>,
    /// Lets the next calls, or the next deliveries, go wrong.
    pub fault: Option<FaultStep>,
    /// Invokes the Lambda with a schedule's event.
    pub tick: Option<Tick>,
    /// Gives a slash command, such as `/deploy status payments-api`.
    pub command: Option<String>,
    /// Opens the app's Home tab: who.
    pub open_home: Option<String>,
    /// Lets time pass.
    pub wait: Option<Pause>,

    /// Who clicks or submits.
    pub by: Option<String>,
    /// The channel that a command is given in, where that is not the first that the person is in.
    pub channel: Option<String>,
    /// How the click reaches the Lambda; a function URL by default.
    pub through: Option<Envelope>,
    /// A part of the text of the message whose button is pressed, where that is not the message last posted.
    pub on: Option<String>,
    /// What is wrong with the request.
    pub tamper: Option<Tamper>,
    /// What happens in another instance of the Lambda just before this step's first write to the table.
    #[serde(default)]
    pub meanwhile: Vec<Step>,
    /// What must come of this step.
    #[serde(default)]
    pub expect: StepExpectation,
}

/// What sends the schedule's event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tick {
    /// EventBridge Scheduler.
    Scheduler,
    /// A scheduled rule of EventBridge's.
    Rule,
}

/// What somebody does to rotate the signing secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// What Slack signs with from now on.
    pub to: String,
    /// Where it is put, as the setting names it.
    pub kept: String,
}

/// How long to wait: `30s`, `2h`, `8d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Pause(pub SignedDuration);

/// Longer than any pipeline waits, and far from the end of all calendars.
const LONGEST: SignedDuration = SignedDuration::from_hours(3650 * 24);

impl TryFrom<String> for Pause {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let pause = duration::parse(&text)?;
        if pause > LONGEST {
            return Err(format!("`{text}` is too long: ten years, `3650d`, are the most"));
        }
        Ok(Self(pause))
    }
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
        let (size, unit) =
            units.into_iter().find(|(size, _)| seconds % size == 0 && seconds >= *size).unwrap_or(units[3]);
        let number = seconds / size;
        write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" })
    }
}

/// What must come of a step.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepExpectation {
    /// The HTTP status that Slack is answered; 200 where this says nothing.
    pub answer: Option<u16>,
    /// A part of the failure, where the invocation must fail so that it is delivered again.
    pub fails: Option<String>,
    /// A part of why a record is refused as one that can never succeed.
    pub refused: Option<String>,
    /// The messages of a queue that must come again, by their ids; none where this says nothing.
    #[serde(default)]
    pub again: Vec<String>,
    /// A part of what only the person who clicked is told.
    pub told: Option<String>,
    /// How many messages are posted.
    pub posted: Option<usize>,
    /// How often each of these operations is called, whatever came of it.
    #[serde(default)]
    pub calls: BTreeMap<String, usize>,
}

/// What must be true at the end.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndExpectation {
    /// The status of each pipeline's latest execution, as CodePipeline spells it.
    #[serde(default)]
    pub pipelines: BTreeMap<String, String>,
    /// The statuses of all executions of a pipeline, in the order in which they were started.
    #[serde(default)]
    pub executions: BTreeMap<String, Vec<String>>,
    /// The messages in each channel, oldest first: what each must show.
    #[serde(default)]
    pub messages: BTreeMap<String, Vec<MessageExpectation>>,
    /// What nobody may ever have seen or been asked for: parts of the transcript.
    #[serde(default)]
    pub never: Vec<String>,
    /// Parts of lines of the log: for each list a line that has all of them.
    #[serde(default)]
    pub log: Vec<Vec<String>>,
    /// The decisions and commands that are kept, the oldest first: parts of each, as `signoff audit` prints it. Any when not given.
    pub audit: Option<Vec<Vec<String>>>,
}

/// What a message must show.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageExpectation {
    /// Parts of its text.
    #[serde(default)]
    pub shows: Vec<String>,
    /// Whether it has buttons.
    pub buttons: Option<bool>,
}

impl Scenario {
    /// Reads a scenario.
    pub fn read(source: &Source) -> Result<Self, Diagnostic> {
        let mut scenario: Self =
            serde_yaml::from_str(&source.text).map_err(|error| problem::of_yaml(source, &error))?;
        scenario.parts = Parts::of(source);
        scenario.check().map_err(|mistake| scenario.parts.diagnostic(problem::STEP, mistake))?;
        Ok(scenario)
    }
}

impl Step {
    /// Reads a step on its own.
    pub fn read(text: &str) -> Result<Self, Diagnostic> {
        let source = Source::new(String::new(), text);
        let step: Self = serde_yaml::from_str(text).map_err(|error| problem::of_yaml(&source, &error))?;
        step.check().map_err(|mistake| Parts::of(&source).diagnostic(problem::STEP, mistake))?;
        Ok(step)
    }

    /// Who delivers what the pipelines sent, in a step that lets that happen.
    pub fn delivers_events(&self) -> Option<Carrier> {
        match self.deliver.as_deref() {
            Some("events") => Some(Carrier::EventBridge),
            Some("events-in-sns") => Some(Carrier::Sns),
            _ => None,
        }
    }
}
