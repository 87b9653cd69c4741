//! What is wrong with a scenario's file: where, and what was probably meant.

mod examples;

use serde_yaml::Error;
use signoff::diagnostic::suggest::did_you_mean;
use signoff::diagnostic::{Diagnostic, Source};
use signoff::yaml::{self, NotYaml};

use super::way::{Met, Parts};
use examples::EXAMPLES;

/// A key that a scenario does not have.
pub const KEY: &str = "scenario-key";
/// Something that is not there, or not of the kind that belongs there; or no YAML.
pub const VALUE: &str = "scenario-value";
/// A step that can't be done like that.
pub const STEP: &str = "scenario-step";

/// What the YAML reader says.
pub fn of_yaml(source: &Source, error: &serde_yaml::Error) -> Diagnostic {
    match yaml::read(&source.text) {
        // Merge keys are no mistake here.
        Err(not_yaml) if !not_yaml.message.contains("merge key") => self::not_yaml(source, not_yaml),
        _ => of_value(source, error.without_snippet()),
    }
}

/// What YAML itself does not allow, as `signoff check` has it.
fn not_yaml(source: &Source, NotYaml { message, place }: NotYaml) -> Diagnostic {
    let tab = source.text.lines().enumerate().skip(place.line.saturating_sub(1)).find_map(|(number, line)| {
        let column = line.chars().position(|letter| letter == '\t')?;
        Some((number + 1, column + 1))
    });
    let line = place.line.checked_sub(1).and_then(|line| source.text.lines().nth(line));
    let begins_with = line.zip(place.column.checked_sub(1)).and_then(|(line, column)| line.chars().nth(column));
    let mut at_place = (place.line, place.column);
    let (message, help) = if let (Some(tab), true) = (tab, (message.contains("a tab") || message.contains("tabs "))) {
        at_place = tab;
        ("there is a tab".to_owned(), Some("YAML is indented by spaces"))
    } else if message.contains("multiple found") {
        let help = "write one scenario a file, without `---` in between";
        ("a second document begins here".to_owned(), Some(help))
    } else if let Some(key) = message.strip_prefix("duplicate mapping key ") {
        let key = key.strip_suffix(" is not allowed here").unwrap_or(key);
        (format!("the key {key} is there twice"), Some("put all of it under one"))
    } else if let Some('*' | '!' | '@' | '`' | '%') = begins_with {
        (message, Some("text that begins with this character has to be in quotes"))
    } else {
        (message.replace('\'', "`"), None)
    };
    Diagnostic { help: help.map(str::to_owned), ..at(source, Some(at_place), VALUE, message) }
}

/// Something that is YAML, and does not belong there.
fn of_value(source: &Source, error: &Error) -> Diagnostic {
    if let Error::AliasError { error, .. } = error {
        return of_value(source, error);
    }
    let place = error.location().map(|at| (number(at.line()), number(at.column())));
    let parts = Parts::of(source);
    let met = place.and_then(|(line, column)| parts.met(line, column));
    let here = |message: String| match &met {
        Some(met) => met.diagnostic(VALUE, message),
        None => at(source, place, VALUE, message),
    };
    let belongs = |wanted: &str| {
        let message = match &met {
            Some(Met { key: Some(key), is_item: false, .. }) => format!("`{key}` has to be {wanted}"),
            Some(Met { key: Some(key), .. }) => format!("each item of `{key}` has to be {wanted}"),
            Some(_) => format!("the file has to be {wanted}"),
            // What needs more than its name has nothing after it.
            None => format!("`{}` needs {wanted}", word_before(source, place)),
        };
        let found = here(met.map_or(message.clone(), |met| format!("{message}, and is {}", met.words())));
        let example = met.and_then(|met| EXAMPLES.iter().find(|(key, _)| Some(*key) == met.key));
        Diagnostic { help: example.map(|(_, example)| format!("such as `{example}`")), ..found }
    };
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            let help = did_you_mean(field, expected, "", "the keys here are");
            Diagnostic { help: Some(help), ..at(source, place, KEY, format!("unknown key `{field}`")) }
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            let help = did_you_mean(variant, expected, "", "it may be");
            Diagnostic { help: Some(help), ..here(format!("`{variant}` is not known here")) }
        }
        Error::SerdeMissingField { field, .. } => at(source, place, VALUE, format!("the key `{field}` is missing")),
        Error::Eof { .. } => at(source, place, VALUE, "the file ends here, and a scenario has not begun".to_owned()),
        Error::Unexpected { expected, .. } => belongs(match *expected {
            "sequence start" => "a list",
            "mapping start" => "keys with their values",
            "string scalar" => "text",
            other => other,
        }),
        Error::InvalidScalar { ty, .. } => belongs(match *ty {
            "u16" => "a whole number from 0 to 65535",
            "bool" => "true or false",
            _ => "a whole number",
        }),
        Error::InvalidBooleanStrict { .. } => belongs("true or false"),
        Error::NullIntoString { .. } | Error::TaggedScalarCannotDeserializeIntoString { .. } => belongs("text"),
        Error::SerdeInvalidType { expected, .. }
        | Error::SerdeInvalidValue { expected, .. }
        | Error::SerdeInvalidLength { expected, .. } => {
            // It stands where the key of the wrong value does.
            let message = format!("what belongs here is {expected}");
            at(source, place, VALUE, message)
        }
        _ if met.is_some_and(|met| met.key == Some("clock")) => belongs("a date and a time with its zone"),
        // Only a secret may be either.
        Error::Message { msg, .. } if msg.starts_with("data did not match") => {
            belongs("text, or keys with a text each")
        }
        other => {
            let text = other.to_string();
            let text = text.lines().next().unwrap_or_default();
            here(text.rsplit_once(" at line ").map_or(text, |(text, _)| text).to_owned())
        }
    }
}

/// Marks the words that begin there.
fn at(source: &Source, place: Option<(usize, usize)>, code: &'static str, message: String) -> Diagnostic {
    let found = Diagnostic { file: source.file.clone(), ..Diagnostic::nowhere(code, message) };
    let Some((line, column)) = place else { return found };
    let excerpt = line.checked_sub(1).and_then(|line| source.text.lines().nth(line));
    let rest = excerpt.unwrap_or_default().chars().skip(column.saturating_sub(1));
    let length = rest.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')).count().max(1);
    Diagnostic { line, column, length, excerpt: excerpt.map(str::to_owned), ..found }
}

/// The word that ends there.
fn word_before(source: &Source, place: Option<(usize, usize)>) -> String {
    let (line, column) = place.unwrap_or_default();
    let line = line.checked_sub(1).and_then(|line| source.text.lines().nth(line)).unwrap_or_default();
    let before: String = line.chars().take(column.saturating_sub(1)).collect();
    let word =
        before.trim_end().rsplit(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_').next();
    word.unwrap_or_default().to_owned()
}

fn number(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
