//! `when`: what else has to be true of an event.

use serde_json::Value;

use super::codes;
use super::reader::Text;
use crate::diagnostic::{Diagnostic, quoted};
use crate::event::{Event, EventKind};
use crate::facts::{Facts, samples, when_variables};
use crate::template::Expression;

/// An expression over an event.
#[derive(Debug, Clone)]
pub struct When {
    expression: Expression,
    /// Where it stands, for what goes wrong with it later.
    place: Diagnostic,
}

impl When {
    /// Reads an expression and tries it with every kind of event that the rule is for.
    pub(super) fn read(word: Text<'_>, kinds: Option<&[EventKind]>, errors: &mut Vec<Diagnostic>) -> Option<Self> {
        let samples = samples();
        let braces = ["{{", "{%"].into_iter().find(|open| word.value.trim_start().starts_with(open));
        if braces.is_some() {
            let bare = word.value.trim().trim_matches(['{', '}', '%', ' ']);
            let help = format!("leave the braces away: `when: \"{bare}\"`");
            errors.push(word.error(codes::WHEN, "`when` is an expression already").help(help));
            return None;
        }
        let example = samples.first().map(variables_of).unwrap_or_default();
        let before = errors.len();
        let expression = Expression::read(word.value, (word.source, word.place), &example, errors);
        for error in &mut errors[before..] {
            error.code = codes::WHEN;
            error.message = error.message.replace("not a template:", "not an expression:");
            if error.message.contains("`variables") {
                error.help = Some(
                    "CodePipeline's messages do not say its variables: put them into the approval's custom data, as in \
                     `{\"risk\": \"#{variables.CHANGE_RISK}\"}`, and write `custom_data | json('risk')`"
                        .to_owned(),
                );
            }
        }
        let expression = expression?;
        let is_seen = |facts: &&Facts| {
            EventKind::from_name(&facts.event).is_some_and(|kind| kinds.is_none_or(|kinds| kinds.contains(&kind)))
        };
        for facts in samples.iter().filter(is_seen) {
            let Err(problem) = expression.is_true(&variables_of(facts)) else { continue };
            let knows = if facts.commit.is_some() { "" } else { " of which little is known" };
            let message = format!(
                "{} can't be told: {problem} (tried with the event `{}`{knows})",
                quoted(word.value),
                facts.event
            );
            errors.push(word.error(codes::WHEN, message));
            return None;
        }
        Some(Self { expression, place: word.error(codes::WHEN, "") })
    }

    /// The expression as it is written.
    pub fn as_str(&self) -> &str {
        self.expression.as_str()
    }

    /// Whether it is true of an event.
    ///
    /// # Errors
    ///
    /// Why that can't be told: an operator or filter that can't work with what the event says.
    pub fn holds(&self, event: &Event) -> Result<bool, Diagnostic> {
        let facts = Facts::of_event(event);
        let variables = when_variables(&facts, event.custom_data.as_deref(), event.external_link.as_deref());
        self.expression.is_true(&variables).map_err(|problem| {
            let message = format!("`when` can't be told of this event: {problem}");
            Diagnostic { message, ..self.place.clone() }
        })
    }
}

fn variables_of(sample: &Facts) -> Value {
    let approval = sample.approval.as_ref();
    let custom_data = approval.and_then(|approval| approval.custom_data.as_deref());
    when_variables(sample, custom_data, approval.and_then(|approval| approval.external_link.as_deref()))
}
