//! Compares what came of a step, or of the whole, with what the scenario expects. Pure.

use std::fmt::Display;

use serde_json::Value;

use super::format::{EndExpectation, MessageExpectation, StepExpectation};
use super::instance::Invoked;
use super::way::Way;
use crate::evidence;
use crate::report::audit;
use crate::world::slack::text::draw;
use crate::world::{Call, World};

/// What came of a step.
#[derive(Debug, Default)]
pub struct StepResult {
    /// What the Lambda said; `None` for a step that does not invoke it.
    pub invoked: Option<Invoked>,
    /// What the Lambda said to what the pipelines sent.
    pub delivered: Option<Invoked>,
    /// Every call that it made.
    pub calls: Vec<Call>,
    /// What only the person who clicked was told.
    pub told: Vec<String>,
    /// How many messages were posted.
    pub posted: usize,
}

impl StepResult {
    /// Adds what came of an earlier part of the step.
    pub fn follow(&mut self, earlier: Self) {
        self.calls.splice(0..0, earlier.calls);
        self.told.splice(0..0, earlier.told);
        self.posted += earlier.posted;
        self.delivered = earlier.delivered.or(self.delivered.take());
    }
}

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The way to what expects it, or to what went otherwise.
    pub way: Way,
    /// What, in words.
    pub what: String,
}

/// What is not as expected so far.
#[derive(Default)]
struct Found(Vec<Unmet>);

impl Found {
    fn push(&mut self, way: Way, what: impl Into<String>) {
        self.0.push(Unmet { way, what: what.into() });
    }

    /// What is expected, and what is there instead.
    fn otherwise(&mut self, way: Way, what: &str, expected: impl Display, got: impl Display) {
        self.push(way, format!("{what}:\n- expected  {expected}\n- got       {got}"));
    }
}

/// What is not as a step expects. The ways begin at the step.
pub fn of_step(expect: &StepExpectation, result: &StepResult) -> Vec<Unmet> {
    let mut unmet = Found::default();
    let at = |key: &str| Way::to("expect").key(key);
    let invocations = || result.invoked.iter().chain(&result.delivered);
    let failure = invocations().find_map(|invoked| match invoked {
        Invoked::Failed(failure) => Some(failure),
        Invoked::Answered(_) => None,
    });
    match (&expect.fails, failure) {
        (None, Some(failure)) => {
            unmet.push(Way::default(), format!("the invocation should succeed, and fails:\n- {failure}"));
        }
        (Some(part), Some(failure)) if !failure.contains(part) => {
            unmet.otherwise(at("fails"), "the invocation should fail otherwise", format!("… {part} …"), failure);
        }
        (Some(_), None) => unmet.push(at("fails"), "the invocation should fail, and succeeds"),
        _ => {}
    }
    let answers: Vec<&Value> = invocations()
        .filter_map(|invoked| match invoked {
            Invoked::Answered(answer) => Some(answer),
            Invoked::Failed(_) => None,
        })
        .collect();
    for answer in &answers {
        of_answer(expect, answer, &mut unmet);
    }
    of_no_answer(expect, &answers, &mut unmet);
    match &expect.told {
        Some(part) if !result.told.iter().any(|told| told.contains(part.as_str())) => {
            let told = if result.told.is_empty() { "nothing".to_owned() } else { result.told.join("\n            ") };
            unmet.otherwise(at("told"), "the person should be told otherwise", format!("… {part} …"), told);
        }
        _ => {}
    }
    if let Some(posted) = expect.posted
        && posted != result.posted
    {
        unmet.otherwise(at("posted"), "messages posted", posted, result.posted);
    }
    for (operation, times) in &expect.calls {
        let got = result.calls.iter().filter(|call| call.operation == *operation).count();
        if got != *times {
            unmet.otherwise(at("calls").key(operation), &format!("calls of {operation}"), times, got);
        }
    }
    unmet.0
}

fn of_answer(expect: &StepExpectation, answer: &Value, unmet: &mut Found) {
    let at = |key: &str| Way::to("expect").key(key);
    if let Some(status) = answer["statusCode"].as_u64() {
        let expected = u64::from(expect.answer.unwrap_or(200));
        if status != expected {
            unmet.otherwise(at("answer"), "Slack should be answered otherwise", expected, status);
        }
        return;
    }
    let again: Vec<&str> = again(answer).collect();
    if again != expect.again {
        let list = |ids: &[&str]| if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
        let expected: Vec<&str> = expect.again.iter().map(String::as_str).collect();
        unmet.otherwise(at("again"), "messages of the queue that must come again", list(&expected), list(&again));
    }
    let refused: Vec<&str> = answer["refused"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match &expect.refused {
        None if !refused.is_empty() => {
            let what = format!("nothing should be refused, and something is:\n- {}", refused.join("\n- "));
            unmet.push(Way::default(), what);
        }
        Some(part) if !refused.iter().any(|refused| refused.contains(part.as_str())) => {
            let got = if refused.is_empty() { "nothing".to_owned() } else { refused.join("\n            ") };
            unmet.otherwise(at("refused"), "something else should be refused", format!("… {part} …"), got);
        }
        _ => {}
    }
}

/// What is expected of an answer that there is none of its kind.
fn of_no_answer(expect: &StepExpectation, answers: &[&Value], unmet: &mut Found) {
    let at = |key: &str| Way::to("expect").key(key);
    let is_http = |answer: &&Value| !answer["statusCode"].is_null();
    if let Some(status) = expect.answer
        && !answers.iter().any(is_http)
    {
        unmet.push(at("answer"), format!("Slack should be answered {status}, and nothing of Slack's came"));
    }
    let expected = [("refused", expect.refused.is_some()), ("again", !expect.again.is_empty())];
    for (key, _) in expected.into_iter().filter(|(_, is_expected)| *is_expected) {
        if answers.iter().all(is_http) {
            unmet.push(at(key), format!("`{key}` is expected, and nothing was delivered"));
        }
    }
}

/// The messages of a queue that the Lambda asks for again.
pub fn again(answer: &Value) -> impl Iterator<Item = &str> {
    let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
    failures.map(|failure| failure["itemIdentifier"].as_str().unwrap_or("a message without an id"))
}

/// What is not as the scenario expects at its end.
pub fn of_end(expect: &EndExpectation, world: &World) -> Vec<Unmet> {
    let mut unmet = Found::default();
    let at = |key: &str| Way::to("expect").key(key);
    for (pipeline, expected) in &expect.pipelines {
        let got = world.codepipeline.execution_status(pipeline).unwrap_or_else(|| "no execution".to_owned());
        if got != *expected {
            unmet.otherwise(at("pipelines").key(pipeline), &format!("pipeline {pipeline}"), expected, got);
        }
    }
    for (pipeline, expected) in &expect.executions {
        let got = world.codepipeline.execution_statuses(pipeline).unwrap_or_default().join(", ");
        let expected = expected.join(", ");
        if got != expected {
            unmet.otherwise(at("executions").key(pipeline), &format!("executions of {pipeline}"), expected, got);
        }
    }
    for (channel, expected) in &expect.messages {
        of_messages(channel, expected, world, &mut unmet);
    }
    if let Some(expected) = &expect.audit {
        of_audit(expected, world, &mut unmet);
    }
    unmet.0
}

fn of_messages(channel: &String, expected: &[MessageExpectation], world: &World, unmet: &mut Found) {
    let way = Way::to("expect").key("messages").key(channel);
    let messages: Vec<_> = world.slack.messages().iter().filter(|message| message.channel_name == *channel).collect();
    if messages.len() != expected.len() {
        unmet.otherwise(way.clone(), &format!("messages in #{channel}"), expected.len(), messages.len());
    }
    for (number, (message, expected)) in messages.iter().zip(expected).enumerate() {
        let drawn = draw(&world.slack, &message.text, &message.blocks);
        let flat = flat(&drawn);
        let missing = expected.shows.iter().filter(|part| !flat.contains(part.as_str()));
        let mut wanted: Vec<String> = missing.map(|part| format!("should show … {part} …")).collect();
        let buttons = message.blocks.iter().any(|block| block["type"] == "actions");
        if expected.buttons.is_some_and(|expected| expected != buttons) {
            wanted.push(if buttons { "should have no buttons" } else { "should have buttons" }.to_owned());
        }
        if !wanted.is_empty() {
            let what = format!("message {} in #{channel} {}; it is:\n{drawn}", number + 1, wanted.join(", and "));
            unmet.push(way.clone().item(number), what);
        }
    }
}

/// What the transcript has that should never have been. What the scenario says of itself does not count.
pub fn never(expect: &EndExpectation, transcript: &str) -> Vec<Unmet> {
    let happened = transcript.split_once("\nIt is ").map_or(transcript, |(_, happened)| happened);
    let happened = flat(happened);
    let seen = expect.never.iter().enumerate().filter(|(_, part)| happened.contains(part.as_str()));
    seen.map(|(number, part)| Unmet {
        way: Way::to("expect").key("never").item(number),
        what: format!("this should never be seen or asked for, and was: … {part} …"),
    })
    .collect()
}

/// What should have been logged, and was not.
pub fn log<'a>(expect: &EndExpectation, lines: impl Iterator<Item = &'a str>) -> Vec<Unmet> {
    let lines: Vec<&str> = lines.collect();
    let has = |parts: &[String]| lines.iter().any(|line| parts.iter().all(|part| line.contains(part.as_str())));
    let missing = expect.log.iter().enumerate().filter(|(_, parts)| !has(parts));
    missing
        .map(|(number, parts)| Unmet {
            way: Way::to("expect").key("log").item(number),
            what: format!("no line of the log says … {} …", parts.join(" … and … ")),
        })
        .collect()
}

fn of_audit(expected: &[Vec<String>], world: &World, unmet: &mut Found) {
    let way = Way::to("expect").key("audit");
    let items = evidence::PREFIXES.into_iter().flat_map(|prefix| world.dynamodb.items(prefix));
    let (kept, unreadable) = evidence::read(items);
    for what in unreadable {
        unmet.push(way.clone(), what);
    }
    if kept.len() != expected.len() {
        unmet.otherwise(way.clone(), "decisions and commands that are kept", expected.len(), kept.len());
    }
    for (number, (record, parts)) in kept.iter().zip(expected).enumerate() {
        let printed = audit::printed(record);
        let flat = flat(&printed);
        let missing: Vec<String> =
            parts.iter().filter(|part| !flat.contains(part.as_str())).map(|part| format!("… {part} …")).collect();
        if !missing.is_empty() {
            let what = format!("evidence {} should say {}; it is:\n{printed}", number + 1, missing.join(" and "));
            unmet.push(way.clone().item(number), what);
        }
    }
}

/// A drawing as one line, so that expectations need not know where it wraps.
pub fn flat(drawing: &str) -> String {
    drawing.split_whitespace().filter(|word| *word != "▏" && *word != "│").collect::<Vec<_>>().join(" ")
}
