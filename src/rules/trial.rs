//! Tries the templates that rules name with everything that the rules may see, so that a template that fails is found before
//! a message is lost.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes;
use super::reader::Text;
use crate::diagnostic::suggest::did_you_mean;
use crate::diagnostic::{Diagnostic, quoted};
use crate::event::EventKind;
use crate::facts::{Facts, approval_samples, detail_samples, progress_samples, samples};
use crate::slack::blocks;
use crate::template::{FIXED, Templates};

/// Built-in templates that a test tries for every rule set at once, so that a start need not: the trial costs about as much as
/// reading the rules.
const SOUND_FOR_APPROVALS: [&str; 2] = ["approval", "uncovered"];
const SOUND_FOR_EVENTS: [&str; 3] = ["failure", "notice", "uncovered"];
const SOUND_FOR_EXECUTIONS: [&str; 4] = ["execution", "failure", "notice", "uncovered"];

/// Templates with a task of their own, which no rule may name.
const UNNAMED: [&str; 3] = ["reminder", "escalation", "detail"];

fn is_unnamed(name: &str) -> bool {
    UNNAMED.contains(&name) || FIXED.contains(&name)
}

/// What a template will be asked to show.
#[derive(Default)]
struct Use<'a> {
    approvals: bool,
    events: Vec<EventKind>,
    executions: bool,
    details: bool,
    /// The first rule whose approvals are answered with it.
    answered: Option<Text<'a>>,
}

/// The templates that rules name.
pub(super) struct Trial<'a> {
    templates: &'a Templates,
    uses: BTreeMap<String, Use<'a>>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(templates: &'a Templates) -> Self {
        // An approval whose rule is gone is shown by the template `approval`, whatever the rules name.
        let uses = BTreeMap::from([("approval".to_owned(), Use { approvals: true, ..Use::default() })]);
        Self { templates, uses }
    }

    /// The template of an approval rule, which is called `rule`.
    pub(super) fn approval(
        &mut self,
        word: Option<Text<'a>>,
        rule: Option<Text<'a>>,
        errors: &mut Vec<Diagnostic>,
    ) -> String {
        let name = self.name(word, "approval", errors);
        let known = self.uses.entry(name.clone()).or_default();
        known.approvals = true;
        known.answered = known.answered.or(word).or(rule);
        name
    }

    /// The template of a notification rule for these kinds of event; `None` for all.
    pub(super) fn notification(
        &mut self,
        word: Option<Text<'_>>,
        events: Option<&[EventKind]>,
        errors: &mut Vec<Diagnostic>,
    ) -> String {
        let name = self.name(word, "notice", errors);
        if let Some(word) = word.filter(|word| word.value == "approval" && self.templates.is_built_in("approval")) {
            let help = "it shows requests for approval; for an event take `notice`, or a template of your own";
            errors.push(word.error(codes::TEMPLATE, "the template `approval` is not for notifications").help(help));
            return name;
        }
        if let Some(word) = word.filter(|word| word.value == "execution" && self.templates.is_built_in("execution")) {
            let help = "write `thread: execution` beside it: it shows how an execution stands";
            errors.push(word.error(codes::TEMPLATE, "the template `execution` is not for single events").help(help));
            return name;
        }
        let known = self.uses.entry(name.clone()).or_default();
        match events {
            Some(events) => known.events.extend(events),
            None => known.events.extend(EventKind::all()),
        }
        name
    }

    /// The template of a notification rule that shows executions, and with it the one of what is told in their threads.
    pub(super) fn execution(&mut self, word: Option<Text<'_>>, errors: &mut Vec<Diagnostic>) -> String {
        let name = self.name(word, "execution", errors);
        if let Some(word) = word.filter(|word| word.value == "approval" && self.templates.is_built_in("approval")) {
            let help = "it shows requests for approval; for an execution take `execution`, or a template of your own";
            errors.push(word.error(codes::TEMPLATE, "the template `approval` is not for notifications").help(help));
            return name;
        }
        self.uses.entry(name.clone()).or_default().executions = true;
        self.uses.entry("detail".to_owned()).or_default().details = true;
        name
    }

    /// The template of approvals that no rule covers.
    pub(super) fn uncovered(&mut self) {
        self.uses.entry("uncovered".to_owned()).or_default().approvals = true;
    }

    /// The name of a template that rules may use.
    fn name(&self, word: Option<Text<'_>>, default: &str, errors: &mut Vec<Diagnostic>) -> String {
        let Some(word) = word else { return default.to_owned() };
        let unfit = match (word.value, self.templates.is_message(word.value)) {
            ("refusal", _) => Some("it is what only the person who clicked is told"),
            ("reminder" | "escalation", _) => {
                Some("it follows an approval's message by itself, where the rule asks for it")
            }
            ("detail", _) => Some("it is what is told in the thread of an execution's message"),
            (_, Some(false)) => Some("it is a modal, and rules send messages"),
            (name, _) if FIXED.contains(&name) => Some("it is about commands, and rules tell of pipelines"),
            _ => None,
        };
        if let Some(why) = unfit {
            let message = format!("the template {} is not for rules", quoted(word.value));
            errors.push(word.error(codes::TEMPLATE, message).help(why));
        } else if self.templates.is_message(word.value).is_none() {
            let usable = |name: &&str| !is_unnamed(name) && self.templates.is_message(name) == Some(true);
            let names: Vec<&str> = self.templates.names().filter(usable).collect();
            let message = format!("there is no template {}", quoted(word.value));
            let help = did_you_mean(word.value, &names, "", "the templates are");
            errors.push(word.error(codes::TEMPLATE, message).help(help));
        }
        word.value.to_owned()
    }

    /// Renders each template with each sample. What is wrong with one is told once, however many rules use it.
    pub(super) fn run(self, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) {
        for (name, wanted) in &self.uses {
            if self.templates.is_message(name) != Some(true)
                || FIXED.contains(&name.as_str())
                || UNNAMED.contains(&name.as_str())
            {
                continue;
            }
            let is_sound = |sound: &[&str]| sound.contains(&name.as_str()) && self.templates.is_built_in(name);
            let mut tries: Vec<Facts> = Vec::new();
            if wanted.approvals && !is_sound(&SOUND_FOR_APPROVALS) {
                tries.extend(approval_samples());
            }
            if !wanted.events.is_empty() && !is_sound(&SOUND_FOR_EVENTS) {
                let is_seen = |facts: &Facts| {
                    EventKind::from_name(&facts.event).is_some_and(|kind| wanted.events.contains(&kind))
                };
                tries.extend(samples().into_iter().filter(is_seen));
            }
            if wanted.executions && !is_sound(&SOUND_FOR_EXECUTIONS) {
                tries.extend(progress_samples());
            }
            if wanted.details && !is_sound(&["detail"]) {
                tries.extend(detail_samples());
            }
            let failed = self.templates.check(name, &tries);
            if let Some(answered) = wanted.answered.filter(|_| failed.is_empty()) {
                warnings.extend(self.without_buttons(name, answered));
            }
            errors.extend(failed);
        }
    }

    /// Warns of a template that shows an approval and gives nobody a way to answer it.
    fn without_buttons(&self, name: &str, rule: Text<'_>) -> Option<Diagnostic> {
        if name == "approval" && self.templates.is_built_in(name) {
            return None;
        }
        let is_pending = |facts: &Facts| facts.approval.as_ref().is_some_and(|approval| approval.status == "pending");
        let pending = approval_samples().into_iter().find(is_pending)?;
        let message = self.templates.render(name, &pending).ok()?;
        let missing = [blocks::APPROVE, blocks::REJECT]
            .into_iter()
            .find(|button| !message.blocks.iter().any(|block| has_action(block, button)))?;
        let text = format!("the template `{name}` has no button with `action_id: {missing}`");
        let help = "without it nobody can give this answer in Slack: see the built-in template `approval`";
        Some(rule.error(codes::BUTTONS, text).warning().help(help))
    }
}

/// Whether there is an element of this `action_id` in a block.
fn has_action(value: &Value, action: &str) -> bool {
    match value {
        Value::Object(map) => {
            map.get("action_id").is_some_and(|id| id == action) || map.values().any(|value| has_action(value, action))
        }
        Value::Array(list) => list.iter().any(|value| has_action(value, action)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_templates_that_are_not_tried_are_sound() {
        let templates = Templates::builtin();
        for name in SOUND_FOR_APPROVALS.into_iter().chain(["reminder", "escalation"]) {
            assert_eq!(templates.check(name, &approval_samples()), []);
        }
        for name in SOUND_FOR_EVENTS {
            assert_eq!(templates.check(name, &samples()), []);
        }
        for name in SOUND_FOR_EXECUTIONS {
            assert_eq!(templates.check(name, &progress_samples()), []);
        }
        assert_eq!(templates.check("detail", &detail_samples()), []);
        assert!(!templates.check("approval", &samples()).is_empty(), "it is tried, for it is for approvals alone");
    }
}
