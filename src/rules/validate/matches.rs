//! The patterns under `match`, of which each has to be able to match something.

use std::collections::BTreeMap;

use crate::diagnostic::suggest::nearest;
use crate::diagnostic::{Diagnostic, quoted};
use crate::event::EventKind;
use crate::rules::matching::{Condition, Field, Match, Pattern};
use crate::rules::reader::Text;
use crate::rules::when::When;
use crate::rules::{codes, raw};

const PATTERNS: &str = "`*` is for any characters, `?` for one, `[a-z]` for one of these, `{a,b}` for either";
const EVENTS: &str = "events are `approval.needed`, `approval.succeeded` and `approval.failed`; \
                      `pipeline.`, `stage.` and `action.` with `started`, `succeeded`, `failed`, `canceled`, `stopped`, \
                      `stopping`, `superseded`, `resumed` or `abandoned`; and `other`";

/// Whether AWS lets anything have this name:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>.
fn can_be(key: &str, name: &str) -> bool {
    let mut letters = name.chars();
    match key {
        "account" => name.len() == 12 && letters.all(|letter| letter.is_ascii_digit()),
        "region" => letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'),
        _ => name.len() <= 100 && letters.all(|letter| letter.is_ascii_alphanumeric() || ".@-_".contains(letter)),
    }
}

/// What such names are made of.
fn looks_like(key: &str) -> &'static str {
    match key {
        "account" => "an account has 12 digits, or a name that `accounts` gives it",
        "region" => "regions are written as in `eu-west-1`",
        _ => "names in CodePipeline are at most 100 letters, digits and `.` `@` `-` `_`",
    }
}

/// Their ids by the names that `accounts` gives them.
pub(super) type Accounts = BTreeMap<String, String>;

/// The conditions of a rule.
pub(super) fn read(raw: &raw::Rule<'_>, accounts: &Accounts, errors: &mut Vec<Diagnostic>) -> Match {
    let event = raw.matches.iter().find(|(key, _)| *key == "event").map(|(_, words)| events(words, errors));
    let fields = fields(&raw.matches, accounts, errors);
    let when = raw.when.and_then(|word| When::read(word, event.as_deref(), errors));
    Match { fields, event, when }
}

/// What each field has to be.
pub(super) fn fields(
    raw: &raw::Match<'_>,
    accounts: &Accounts,
    errors: &mut Vec<Diagnostic>,
) -> Vec<(Field, Condition)> {
    let mut fields = Vec::new();
    for (key, words) in raw {
        let Some(field) = Field::ALL.into_iter().find(|field| field.key() == *key) else { continue };
        let mut patterns =
            |words: &[Text<'_>]| words.iter().filter_map(|word| pattern(key, *word, accounts, errors)).collect();
        let condition = Condition { any: patterns(&words.any), not: patterns(&words.not) };
        fields.push((field, condition));
    }
    fields.sort_by_key(|(field, _)| *field);
    fields
}

/// A pattern that something can match.
fn pattern(key: &str, word: Text<'_>, accounts: &Accounts, errors: &mut Vec<Diagnostic>) -> Option<Pattern> {
    // An account may be called by its name in `accounts`.
    let named = if key == "account" { accounts.get(word.value) } else { None };
    let value = named.map_or(word.value, String::as_str);
    let found = match Pattern::parse(value) {
        Ok(pattern) => match (pattern.is_name() && !can_be(key, value), word.value.starts_with('!')) {
            (_, true) => {
                Err(("no pattern begins with `!`".to_owned(), "write `{ not: pattern }` for what must not match"))
            }
            (true, _) => Err((format!("no {key} is named {}", quoted(word.value)), looks_like(key))),
            _ => Ok(pattern),
        },
        Err(problem) => Err((format!("{} is not a pattern: {problem}", quoted(word.value)), PATTERNS)),
    };
    found.map_err(|(message, help)| errors.push(word.error(codes::PATTERN, message).help(help))).ok()
}

/// The kinds of event that a condition is for.
fn events(words: &raw::Condition<'_>, errors: &mut Vec<Diagnostic>) -> Vec<EventKind> {
    let kinds: Vec<(EventKind, String)> = EventKind::all().map(|kind| (kind, kind.to_string())).collect();
    let any = event_patterns(&words.any, &kinds, errors);
    let not = event_patterns(&words.not, &kinds, errors);
    let is_named = |patterns: &[Pattern], name: &str| patterns.iter().any(|pattern| pattern.is_match(name));
    let is_wanted = |name: &str| (words.any.is_empty() || is_named(&any, name)) && !is_named(&not, name);
    kinds.iter().filter(|(_, name)| is_wanted(name)).map(|(kind, _)| *kind).collect()
}

/// Patterns of which each is for some kind of event.
fn event_patterns(words: &[Text<'_>], kinds: &[(EventKind, String)], errors: &mut Vec<Diagnostic>) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for word in words {
        match Pattern::parse(word.value) {
            Ok(pattern) if kinds.iter().any(|(_, name)| pattern.is_match(name)) => patterns.push(pattern),
            Ok(pattern) => {
                let names: Vec<&str> = kinds.iter().map(|(_, name)| name.as_str()).collect();
                let near = nearest(&word.value.to_lowercase(), &names);
                let help = near.map_or(EVENTS.to_owned(), |name| format!("did you mean `{name}`?"));
                let deed = if pattern.is_name() { "is named" } else { "matches" };
                let message = format!("no event {deed} {}", quoted(word.value));
                errors.push(word.error(codes::EVENT, message).help(help));
            }
            Err(problem) => {
                let message = format!("{} is not a pattern: {problem}", quoted(word.value));
                errors.push(word.error(codes::PATTERN, message).help(PATTERNS));
            }
        }
    }
    patterns
}
