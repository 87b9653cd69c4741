//! What people are offered: buttons, and what they may do.

use super::{Order, decide};
use crate::approval::quorum::Members;
use crate::event::{Event, EventKind, State};
use crate::execution::record::ExecutionRecord;
use crate::execution::{Condition as Standing, ExecutionView, StageView};
use crate::facts::{ButtonFacts, HelpFacts, HelpLine};
use crate::rules::command::{CommandRule, Target, Verb};
use crate::rules::words::list;
use crate::rules::{Condition, Field, Pattern, RuleSet};

/// What a button carries: what it would do. It gives no power over it.
pub fn button(order: &Order) -> String {
    // Plain data in a plain structure: it can't fail.
    serde_json::to_string(order).unwrap_or_default()
}

/// What may be done about an event, by anybody: who presses is asked then.
pub fn buttons(rules: &RuleSet, event: &Event) -> ButtonFacts {
    let target = |stage: Option<&String>| Target::new(event.pipeline_ref(), stage.cloned());
    let order = |verb, target: Target| {
        let may = event.execution.is_some() && decide::may_anybody(rules, verb, &target);
        may.then(|| button(&Order { execution: event.execution.clone(), ..Order::new(verb, target) }))
    };
    match event.kind {
        EventKind::Pipeline(State::Failed) | EventKind::Stage(State::Failed) | EventKind::Action(State::Failed) => {
            ButtonFacts { retry: order(Verb::Retry, target(event.stage.as_ref())), stop: None }
        }
        EventKind::Pipeline(State::Started | State::Resumed) => {
            ButtonFacts { retry: None, stop: order(Verb::Stop, target(None)) }
        }
        _ => ButtonFacts::default(),
    }
}

/// What may be done about an execution as it stands, by anybody: who presses is asked then.
pub fn buttons_of(rules: &RuleSet, record: &ExecutionRecord, view: &ExecutionView) -> ButtonFacts {
    let order = |verb, stage: Option<&StageView>| {
        let target = Target::new(record.pipeline_ref(), stage.map(|stage| stage.name.clone()));
        let execution = Some(record.execution.clone());
        let attempt = stage.map(|stage| stage.attempt);
        decide::may_anybody(rules, verb, &target)
            .then(|| button(&Order { execution, attempt, ..Order::new(verb, target) }))
    };
    match view.condition {
        Standing::Running | Standing::Waiting => ButtonFacts { retry: None, stop: order(Verb::Stop, None) },
        Standing::Failed => {
            let failed = view.stages.iter().rfind(|stage| stage.condition == Standing::Failed);
            ButtonFacts { retry: failed.and_then(|stage| order(Verb::Retry, Some(stage))), stop: None }
        }
        Standing::Stopped => {
            let stopped = view.stages.iter().rfind(|stage| stage.has_abandoned());
            ButtonFacts { retry: stopped.and_then(|stage| order(Verb::Retry, Some(stage))), stop: None }
        }
        _ => ButtonFacts::default(),
    }
}

/// What somebody may do, for `help`.
pub fn help_facts(command: &str, rules: &RuleSet, user: &str, members: &Members) -> HelpFacts {
    let mine = decide::rules_of(rules, user, members);
    let mut lines = Vec::new();
    for verb in Verb::ALL {
        let mut targets: Vec<String> = Vec::new();
        for rule in mine.iter().filter(|rule| rule.verbs.contains(&verb)) {
            let words = targets_words(rule);
            if !targets.contains(&words) {
                targets.push(words);
            }
        }
        if !targets.is_empty() {
            let (usage, meaning) = super::parse::usage(verb);
            let targets = targets.join("; ");
            lines.push(HelpLine { usage: usage.to_owned(), meaning: meaning.to_owned(), targets });
        }
    }
    HelpFacts { command: command.to_owned(), lines }
}

/// What a rule is for, such as `payments-*, stage Production`.
fn targets_words(rule: &CommandRule) -> String {
    let words = rule.fields.iter().map(|(field, condition)| {
        let key = if *field == Field::Pipeline { String::new() } else { format!("{} ", field.key()) };
        format!("{key}{}", condition_words(condition))
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "all pipelines".to_owned() } else { words.join(", ") }
}

fn condition_words(condition: &Condition) -> String {
    let all = |patterns: &[Pattern]| list(patterns.iter().map(|pattern| pattern.as_str().to_owned()), "or");
    match (condition.any.is_empty(), condition.not.is_empty()) {
        (false, true) => all(&condition.any),
        (true, _) => format!("all but {}", all(&condition.not)),
        (false, false) => format!("{} but not {}", all(&condition.any), all(&condition.not)),
    }
}
