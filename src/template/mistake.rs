//! minijinja's errors in the words of somebody who writes templates.

use minijinja::{Error, ErrorKind};

use super::codes;
use crate::diagnostic::suggest::did_you_mean;
use crate::diagnostic::{Diagnostic, Source};
use crate::yaml::Place;

/// The filters that templates are told of: ours, and minijinja's that messages are made of.
const FILTERS: &[&str] = &[
    "slack_date",
    "mention",
    "link",
    "short_commit",
    "first_line",
    "truncate_chars",
    "bold",
    "code",
    "code_block",
    "quote",
    "duration",
    "json",
    "default",
    "join",
    "length",
    "lower",
    "upper",
    "title",
    "capitalize",
    "replace",
    "trim",
    "first",
    "last",
    "sort",
    "reverse",
    "unique",
    "map",
    "select",
    "reject",
    "selectattr",
    "rejectattr",
    "round",
    "int",
    "items",
    "lines",
    "split",
];

/// The finding for an error in a string or an expression that stands at `place`.
pub(crate) fn explain(error: &Error, source: &Source, place: Place) -> Diagnostic {
    let words = error.template_source().zip(error.range()).and_then(|(text, range)| {
        let skip = text.get(..range.start)?.matches(text.get(range.clone())?).count();
        Some((text.get(range)?.trim().to_owned(), skip))
    });
    let place = match &words {
        Some((words, skip)) => source.within(place, words, *skip),
        None => place,
    };
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::SyntaxError | ErrorKind::BadEscape => {
            source.at(place, codes::SYNTAX, format!("not a template: {}", plain(detail)))
        }
        ErrorKind::UnknownFilter => {
            let name = named(detail);
            source.at(place, codes::FILTER, format!("there is no filter `{name}`")).help(did_you_mean(
                name,
                FILTERS,
                "",
                "among the filters are",
            ))
        }
        ErrorKind::UnknownTest => source.at(place, codes::FILTER, format!("there is no test `{}`", named(detail))),
        ErrorKind::UnknownFunction => {
            source.at(place, codes::FILTER, format!("there is no function `{}`", named(detail)))
        }
        ErrorKind::UnknownMethod => {
            source.at(place, codes::FILTER, plain(detail)).help("values have no methods here: use a filter")
        }
        ErrorKind::UndefinedError => {
            let quoted = detail.split('`').nth(1).map(str::to_owned);
            let name = quoted.or_else(|| words.map(|(words, _)| words)).unwrap_or_else(|| "a variable".to_owned());
            let place = source.name_within(place, &name);
            undefined(&name, source, place)
        }
        ErrorKind::OutOfFuel => {
            source.at(place, codes::COST, "this takes too long to render").help("loop over less, or say less of each")
        }
        kind => {
            let message = if detail.is_empty() { kind.to_string() } else { plain(detail) };
            source.at(place, codes::VALUE, message)
        }
    }
}

/// The finding for a variable that exists, but not here.
pub(crate) fn undefined(name: &str, source: &Source, place: Place) -> Diagnostic {
    let error = source.at(place, codes::VARIABLE, format!("`{name}` is undefined"));
    match name.rsplit_once('.') {
        Some((parent, _)) => error.help(format!(
            "where `{parent}` is none it has no parts: ask first, as in `{{{{ {name} if {parent} }}}}` or `when: {parent} and …`"
        )),
        None => error,
    }
}

/// The name in `filter x is unknown`.
fn named(detail: &str) -> &str {
    detail.split_whitespace().nth(1).unwrap_or(detail)
}

/// What minijinja says, without where it thinks that it is.
fn plain(detail: &str) -> String {
    detail.replace(" (in <expression>)", "")
}
