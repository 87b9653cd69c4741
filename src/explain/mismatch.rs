//! Why a rule is not for an event, in words.

use crate::event::Event;
use crate::rules::words::list;
use crate::rules::{Condition, Field, Match, Mismatch, Pattern};

/// The most patterns or events that are named.
const MOST: usize = 4;

/// The first condition that failed: the event's value against the rule's patterns.
pub(super) fn words(matches: &Match, mismatch: &Mismatch, event: &Event) -> String {
    match mismatch {
        Mismatch::Event => {
            let kinds = matches.event.as_deref().unwrap_or_default();
            format!("event `{}` is {}", event.kind, none_of(kinds.iter().map(ToString::to_string).collect()))
        }
        Mismatch::Field(field) => {
            let (Some(condition), value) = (matches.field(*field), field.of(event)) else { return String::new() };
            field_words(*field, condition, value)
        }
        Mismatch::When => {
            let text = matches.when.as_ref().map(|when| when.as_str()).unwrap_or_default();
            format!("`when` is false: `{text}`")
        }
        Mismatch::Unclear(error) => error.message.clone(),
    }
}

fn field_words(field: Field, condition: &Condition, value: Option<&str>) -> String {
    let key = field.key();
    let Some(value) = value else { return format!("the event says no {key}, and the rule asks for one") };
    let excluded = condition.not.iter().find(|pattern| pattern.is_match(value));
    let is_any = condition.any.is_empty() || condition.any.iter().any(|pattern| pattern.is_match(value));
    match (is_any, excluded) {
        (true, Some(pattern)) if pattern.is_name() => format!("{key} is `{value}`, which the rule leaves out"),
        (true, Some(pattern)) => format!("{key} `{value}` is like `{}`, which the rule leaves out", pattern.as_str()),
        _ => {
            let all_names = condition.any.iter().all(Pattern::is_name);
            let patterns: Vec<String> = condition.any.iter().map(|pattern| pattern.as_str().to_owned()).collect();
            match (patterns.as_slice(), all_names) {
                ([one], false) => format!("{key} `{value}` is not like `{one}`"),
                (_, true) => format!("{key} `{value}` is {}", none_of(patterns)),
                (_, false) => format!("{key} `{value}` is like {}", none_of(patterns)),
            }
        }
    }
}

/// ``not `a` ``, ``none of `a`, `b` and `c` ``.
fn none_of(words: Vec<String>) -> String {
    let quoted = |word: &String| format!("`{word}`");
    match words.as_slice() {
        [one] => format!("not `{one}`"),
        [] => "nothing that it could be".to_owned(),
        _ if words.len() > MOST + 1 => {
            let shown: Vec<String> = words.iter().take(MOST).map(quoted).collect();
            format!("none of {} and {} more", shown.join(", "), words.len() - MOST)
        }
        _ => format!("none of {}", list(words.iter().map(quoted), "and")),
    }
}
