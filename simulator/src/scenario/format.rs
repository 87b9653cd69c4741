//! The scenario file. `docs/scenarios.md` describes it for its writers.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_yaml::Spanned;
use signoff::diagnostic::{Diagnostic, Source};

use super::console::Console;
use super::fault::FaultStep;
use super::problem;
use super::start::Start;
use crate::world::Given;
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
    pub lines: Lines,
}

/// The lines of a scenario file in which its parts begin, from 1.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// Each step.
    pub steps: Vec<usize>,
    /// What must be true at the end, where something must.
    pub expect: Option<usize>,
}

impl Lines {
    /// The line of a step, counted from 0, or of what must be true at the end.
    pub fn of(&self, step: Option<usize>) -> Option<usize> {
        step.map_or(self.expect, |step| self.steps.get(step).copied())
    }

    fn read(text: &str) -> Result<Self, serde_yaml::Error> {
        #[derive(Deserialize)]
        struct Places {
            steps: Vec<Spanned<IgnoredAny>>,
            expect: Option<Spanned<IgnoredAny>>,
        }
        let places: Places = serde_yaml::from_str(text)?;
        let line = |part: &Spanned<IgnoredAny>| usize::try_from(part.defined.line()).unwrap_or_default();
        Ok(Self { steps: places.steps.iter().map(line).collect(), expect: places.expect.as_ref().map(line) })
    }
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

impl TryFrom<String> for Pause {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        duration::parse(&text).map(Self)
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

/// The settings that a scenario may change.
const SETTINGS: [&str; 5] = [
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_SIGNING_SECRET_PREVIOUS",
    "SIGNOFF_AUDIT_RETENTION",
    "SIGNOFF_RULES_REVISION",
];

impl Scenario {
    /// Reads a scenario.
    pub fn read(source: &Source) -> Result<Self, Diagnostic> {
        let wrong = |error: serde_yaml::Error| problem::of_yaml(source, &error);
        let mut scenario: Self = serde_yaml::from_str(&source.text).map_err(wrong)?;
        scenario.lines = Lines::read(&source.text).map_err(wrong)?;
        if scenario.steps.is_empty() {
            return Err(problem::of_file(source, "a scenario needs at least one step"));
        }
        if let Some(unknown) = scenario.settings.keys().find(|name| !SETTINGS.contains(&name.as_str())) {
            let known = SETTINGS.join("`, `");
            let message = format!("`settings`: a scenario can't set `{unknown}`, only `{known}`");
            return Err(problem::of_file(source, &message));
        }
        for (index, step) in scenario.steps.iter().enumerate() {
            step.check().map_err(|wrong| {
                problem::of_step(source, scenario.lines.of(Some(index)), format!("step {}: {wrong}", index + 1))
            })?;
        }
        Ok(scenario)
    }
}

impl Step {
    /// Reads a step on its own.
    pub fn read(text: &str) -> Result<Self, String> {
        let source = Source::new(String::new(), text);
        let step: Self = serde_yaml::from_str(text).map_err(|error| problem::of_yaml(&source, &error).to_string())?;
        step.check()?;
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

    fn check(&self) -> Result<(), String> {
        let verbs = [
            ("deliver", self.deliver.is_some()),
            ("edit_rules", self.edit_rules.is_some()),
            ("start", self.start.is_some()),
            ("click", self.click.is_some()),
            ("submit", self.submit.is_some()),
            ("replay", self.replay.is_some()),
            ("console", self.console.is_some()),
            ("rotate", self.rotate.is_some()),
            ("command", self.command.is_some()),
            ("open_home", self.open_home.is_some()),
            ("fault", self.fault.is_some()),
            ("tick", self.tick.is_some()),
            ("wait", self.wait.is_some()),
        ];
        let all = "`deliver`, `start`, `click`, `submit`, `command`, `open_home`, `replay`, `console`, `rotate`, `fault`, `tick`, `edit_rules` and `wait`";
        let given: Vec<&str> = verbs.iter().filter(|(_, given)| *given).map(|(verb, _)| *verb).collect();
        let [verb] = given.as_slice() else {
            return Err(match given.as_slice() {
                [] => format!("it does nothing: give it one of {all}"),
                several => format!("it has `{}` at once: give it one of {all}", several.join("` and `")),
            });
        };
        let by_person = matches!(*verb, "click" | "submit" | "command");
        if by_person && self.by.is_none() {
            return Err(format!("`{verb}` needs `by`: the name of a person of the workspace"));
        }
        if !by_person && self.by.is_some() {
            return Err(format!("`by` has no meaning with `{verb}`"));
        }
        if self.channel.is_some() && *verb != "command" {
            return Err(format!("`channel` has no meaning with `{verb}`"));
        }
        let by_person = by_person || *verb == "open_home";
        if !by_person && (self.through.is_some() || self.tamper.is_some()) {
            return Err(format!("`through` and `tamper` have no meaning with `{verb}`"));
        }
        if self.on.is_some() && *verb != "click" {
            return Err(format!("`on` has no meaning with `{verb}`"));
        }
        let recorded = self.replay.is_some() || self.deliver.is_some() && self.delivers_events().is_none();
        if !self.with.is_empty() && !recorded {
            return Err("`with` has a meaning only with a recording, of `deliver` or `replay`".to_owned());
        }
        if let Some(console) = &self.console {
            console.check()?;
        }
        if let Some(fault) = &self.fault {
            fault.read()?;
        }
        if !self.meanwhile.is_empty() && self.delivers_events().is_some() {
            return Err("`meanwhile` has no meaning with several deliveries".to_owned());
        }
        for step in &self.meanwhile {
            step.check().map_err(|problem| format!("meanwhile: {problem}"))?;
            if step.edit_rules.is_some() {
                return Err("`edit_rules` can't happen in `meanwhile`".to_owned());
            }
            if !step.meanwhile.is_empty() {
                return Err("a step in `meanwhile` can't have a `meanwhile` of its own".to_owned());
            }
        }
        Ok(())
    }
}

/// The file with the workspace and the pipelines that a file names, if it is a scenario, or is.
pub fn given_of(file: &Path) -> Result<PathBuf, String> {
    #[derive(Deserialize)]
    struct Named {
        given: Option<String>,
    }
    let source = Source::new(file.display().to_string(), read(file)?);
    let named: Named =
        serde_yaml::from_str(&source.text).map_err(|error| problem::of_yaml(&source, &error).to_string())?;
    Ok(named.given.map_or_else(|| file.to_owned(), |given| file.parent().unwrap_or(Path::new("")).join(given)))
}

/// Reads such a file.
pub fn read_given(path: &Path) -> Result<Given, Unplayable> {
    let source = Source::new(path.display().to_string(), read(path)?);
    serde_yaml::from_str(&source.text).map_err(|error| Unplayable::Given(problem::of_yaml(&source, &error)))
}

/// Why a scenario can't be played.
#[derive(Debug)]
pub enum Unplayable {
    /// What it is given can't be read.
    Given(Diagnostic),
    /// Anything else of its files or of the simulation, with its place.
    Other(String),
}

impl From<String> for Unplayable {
    fn from(what: String) -> Self {
        Self::Other(what)
    }
}

impl fmt::Display for Unplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(diagnostic) => diagnostic.fmt(f),
            Self::Other(what) => f.write_str(what),
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "what is given is in files")]
fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: can't be read: {error}", path.display()))
}
