//! Compares what came of a step, or of the whole, with what the scenario expects. Pure.

use serde_json::Value;

use super::format::{EndExpectation, StepExpectation};
use super::instance::Invoked;
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

/// What is not as a step expects, in words.
pub fn of_step(expect: &StepExpectation, result: &StepResult) -> Vec<String> {
    let mut unmet = Vec::new();
    let invocations = || result.invoked.iter().chain(&result.delivered);
    let failure = invocations().find_map(|invoked| match invoked {
        Invoked::Failed(failure) => Some(failure),
        Invoked::Answered(_) => None,
    });
    match (&expect.fails, failure) {
        (None, Some(failure)) => {
            unmet.push(format!("the invocation should succeed, and fails:\n- {failure}"));
        }
        (Some(part), Some(failure)) if !failure.contains(part) => {
            unmet.push(format!("the invocation should fail otherwise:\n- expected  … {part} …\n- got       {failure}"));
        }
        (Some(_), None) => unmet.push("the invocation should fail, and succeeds".to_owned()),
        _ => {}
    }
    for invoked in invocations() {
        if let Invoked::Answered(answer) = invoked {
            of_answer(expect, answer, &mut unmet);
        }
    }
    match &expect.told {
        Some(part) if !result.told.iter().any(|told| told.contains(part.as_str())) => {
            let told = if result.told.is_empty() { "nothing".to_owned() } else { result.told.join("\n            ") };
            unmet.push(format!("the person should be told otherwise:\n- expected  … {part} …\n- got       {told}"));
        }
        _ => {}
    }
    if let Some(posted) = expect.posted
        && posted != result.posted
    {
        unmet.push(format!("messages posted:\n- expected  {posted}\n- got       {}", result.posted));
    }
    for (operation, times) in &expect.calls {
        let got = result.calls.iter().filter(|call| call.operation == *operation).count();
        if got != *times {
            unmet.push(format!("calls of {operation}:\n- expected  {times}\n- got       {got}"));
        }
    }
    unmet
}

fn of_answer(expect: &StepExpectation, answer: &Value, unmet: &mut Vec<String>) {
    if let Some(status) = answer["statusCode"].as_u64() {
        let expected = u64::from(expect.answer.unwrap_or(200));
        if status != expected {
            unmet.push(format!("Slack should be answered otherwise:\n- expected  {expected}\n- got       {status}"));
        }
        return;
    }
    let again: Vec<&str> = again(answer).collect();
    if again != expect.again {
        let list = |ids: &[&str]| if ids.is_empty() { "none".to_owned() } else { ids.join(", ") };
        let expected: Vec<&str> = expect.again.iter().map(String::as_str).collect();
        unmet.push(format!(
            "messages of the queue that must come again:\n- expected  {}\n- got       {}",
            list(&expected),
            list(&again)
        ));
    }
    let refused: Vec<&str> = answer["refused"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match &expect.refused {
        None if !refused.is_empty() => {
            unmet.push(format!("nothing should be refused, and something is:\n- {}", refused.join("\n- ")));
        }
        Some(part) if !refused.iter().any(|refused| refused.contains(part.as_str())) => {
            let got = if refused.is_empty() { "nothing".to_owned() } else { refused.join("\n            ") };
            unmet.push(format!("something else should be refused:\n- expected  … {part} …\n- got       {got}"));
        }
        _ => {}
    }
}

/// The messages of a queue that the Lambda asks for again.
pub fn again(answer: &Value) -> impl Iterator<Item = &str> {
    let failures = answer["batchItemFailures"].as_array().into_iter().flatten();
    failures.map(|failure| failure["itemIdentifier"].as_str().unwrap_or("a message without an id"))
}

/// What is not as the scenario expects at its end, in words.
pub fn of_end(expect: &EndExpectation, world: &World) -> Vec<String> {
    let mut unmet = Vec::new();
    for (pipeline, expected) in &expect.pipelines {
        let got = world.codepipeline.execution_status(pipeline).unwrap_or_else(|| "no such pipeline".to_owned());
        if got != *expected {
            unmet.push(format!("pipeline {pipeline}:\n- expected  {expected}\n- got       {got}"));
        }
    }
    for (pipeline, expected) in &expect.executions {
        let got =
            world.codepipeline.execution_statuses(pipeline).map_or("no such pipeline".to_owned(), |got| got.join(", "));
        let expected = expected.join(", ");
        if got != expected {
            unmet.push(format!("executions of {pipeline}:\n- expected  {expected}\n- got       {got}"));
        }
    }
    for (channel, expected) in &expect.messages {
        let messages: Vec<_> =
            world.slack.messages().iter().filter(|message| message.channel_name == *channel).collect();
        if messages.len() != expected.len() {
            unmet.push(format!(
                "messages in #{channel}:\n- expected  {}\n- got       {}",
                expected.len(),
                messages.len()
            ));
        }
        for (number, (message, expected)) in messages.iter().zip(expected).enumerate() {
            let drawn = draw(&world.slack, &message.text, &message.blocks);
            let flat = flat(&drawn);
            let number = number + 1;
            let missing = expected.shows.iter().filter(|part| !flat.contains(part.as_str()));
            let mut wanted: Vec<String> = missing.map(|part| format!("should show … {part} …")).collect();
            let buttons = message.blocks.iter().any(|block| block["type"] == "actions");
            if expected.buttons.is_some_and(|expected| expected != buttons) {
                wanted.push(if buttons { "should have no buttons" } else { "should have buttons" }.to_owned());
            }
            if !wanted.is_empty() {
                unmet.push(format!("message {number} in #{channel} {}; it is:\n{drawn}", wanted.join(", and ")));
            }
        }
    }
    if let Some(expected) = &expect.audit {
        of_audit(expected, world, &mut unmet);
    }
    unmet
}

/// What the transcript has that should never have been, in words. What the scenario says of itself does not count.
pub fn never(expect: &EndExpectation, transcript: &str) -> Vec<String> {
    let happened = transcript.split_once("\nIt is ").map_or(transcript, |(_, happened)| happened);
    let happened = flat(happened);
    let seen = expect.never.iter().filter(|part| happened.contains(part.as_str()));
    seen.map(|part| format!("this should never be seen or asked for, and was: … {part} …")).collect()
}

/// What should have been logged, and was not.
pub fn log<'a>(expect: &EndExpectation, lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let lines: Vec<&str> = lines.collect();
    let has = |parts: &&Vec<String>| lines.iter().any(|line| parts.iter().all(|part| line.contains(part.as_str())));
    let missing = expect.log.iter().filter(|parts| !has(parts));
    missing.map(|parts| format!("no line of the log says … {} …", parts.join(" … and … "))).collect()
}

fn of_audit(expected: &[Vec<String>], world: &World, unmet: &mut Vec<String>) {
    let items = evidence::PREFIXES.into_iter().flat_map(|prefix| world.dynamodb.items(prefix));
    let (kept, unreadable) = evidence::read(items);
    unmet.extend(unreadable);
    if kept.len() != expected.len() {
        unmet.push(format!(
            "decisions and commands that are kept:\n- expected  {}\n- got       {}",
            expected.len(),
            kept.len()
        ));
    }
    for (number, (record, parts)) in kept.iter().zip(expected).enumerate() {
        let printed = audit::printed(record);
        let flat = flat(&printed);
        let missing: Vec<String> =
            parts.iter().filter(|part| !flat.contains(part.as_str())).map(|part| format!("… {part} …")).collect();
        if !missing.is_empty() {
            let (number, missing) = (number + 1, missing.join(" and "));
            unmet.push(format!("evidence {number} should say {missing}; it is:\n{printed}"));
        }
    }
}

/// A drawing as one line, so that expectations need not know where it wraps.
pub fn flat(drawing: &str) -> String {
    drawing.split_whitespace().filter(|word| *word != "▏" && *word != "│").collect::<Vec<_>>().join(" ")
}
