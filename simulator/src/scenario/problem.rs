//! What is wrong with a scenario's file: where, and what was probably meant.

use signoff::diagnostic::suggest::did_you_mean;
use signoff::diagnostic::{Diagnostic, Source};

/// A key that a scenario does not have.
pub const KEY: &str = "scenario-key";
/// Something that is not there, or not of the kind that belongs there; or no YAML.
pub const VALUE: &str = "scenario-value";
/// A step that can't be done like that.
pub const STEP: &str = "scenario-step";

/// What the YAML reader says.
pub fn of_yaml(source: &Source, error: &serde_yaml::Error) -> Diagnostic {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or_default();
    let text = text.rsplit_once(" at line ").map_or(text, |(text, _)| text);
    let place = error.location().map(|at| (number(at.line()), number(at.column())));
    let (code, message, help) = if let Some((key, names)) = listed(text, "unknown field `") {
        (KEY, format!("unknown key `{key}`"), Some(did_you_mean(key, &names, "", "the keys here are")))
    } else if let Some((word, names)) = listed(text, "unknown variant `") {
        (VALUE, format!("`{word}` is not known here"), Some(did_you_mean(word, &names, "", "it may be")))
    } else if let Some(key) = text.strip_prefix("missing field ") {
        (VALUE, format!("the key {key} is missing"), None)
    } else {
        (VALUE, plain(text).to_owned(), None)
    };
    Diagnostic { help, ..at(source, place, code, message) }
}

fn at(source: &Source, place: Option<(usize, usize)>, code: &'static str, message: String) -> Diagnostic {
    let found = Diagnostic { file: source.file.clone(), ..Diagnostic::nowhere(code, message) };
    let Some((line, column)) = place else { return found };
    let excerpt = line.checked_sub(1).and_then(|line| source.text.lines().nth(line));
    let rest = excerpt.unwrap_or_default().chars().skip(column.saturating_sub(1));
    let length = rest.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')).count().max(1);
    Diagnostic { line, column, length, excerpt: excerpt.map(str::to_owned), ..found }
}

/// The word and those that would be known, of ``unknown field `x`, expected one of a, b``.
fn listed<'a>(text: &'a str, begin: &str) -> Option<(&'a str, Vec<&'a str>)> {
    let (key, names) = text.strip_prefix(begin)?.split_once("`, expected ")?;
    let names = names.strip_prefix("one of ").unwrap_or(names);
    Some((
        key,
        names
            .split([',', ' '])
            .map(|name| name.trim_matches('`'))
            .filter(|name| !name.is_empty() && *name != "or")
            .collect(),
    ))
}

/// What a YAML reader says in words of its own.
fn plain(text: &str) -> &str {
    match text {
        "expected sequence start" => "a list belongs here",
        "expected mapping start" => "keys with their values belong here",
        "expected string scalar" => "a text belongs here",
        "unexpected end of input" => "the file ends here, and a scenario has not begun",
        other => other,
    }
}

fn number(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
