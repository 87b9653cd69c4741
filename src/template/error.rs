//! What is wrong with a template, for the person who wrote it.

use std::fmt;

use super::yaml::Place;

/// A finding in a template file, or why one could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct TemplateError {
    /// The file, as it was named to [`Templates::read`](super::Templates::read).
    pub file: String,
    /// The line, from 1; 0 when the whole file or no file is meant.
    pub line: usize,
    /// The column, from 1, in characters; 0 as for `line`.
    pub column: usize,
    /// How many characters of the line are meant; 0 when only the point is known.
    pub length: usize,
    /// What kind of finding: one of [`codes`].
    pub code: &'static str,
    /// What is wrong, in one sentence part.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The stable codes of template findings.
pub mod codes {
    /// The file is not YAML.
    pub const YAML: &str = "template-yaml";
    /// The file's name is taken or gives no template name.
    pub const NAME: &str = "template-name";
    /// The YAML has not the shape of a message or modal.
    pub const SHAPE: &str = "template-shape";
    /// A string or expression is not minijinja.
    pub const SYNTAX: &str = "template-syntax";
    /// A variable that templates don't have, or that this event doesn't have.
    pub const VARIABLE: &str = "template-variable";
    /// A filter, test or function that doesn't exist.
    pub const FILTER: &str = "template-filter";
    /// `loop` of something that is not a list.
    pub const LOOP: &str = "template-loop";
    /// What it renders to is refused by Slack.
    pub const MISFIT: &str = "template-misfit";
    /// It costs more than a message may.
    pub const COST: &str = "template-cost";
    /// A filter or operator can't work with the value it got.
    pub const VALUE: &str = "template-value";
    /// No template of this name.
    pub const UNKNOWN: &str = "template-unknown";
}

impl fmt::Display for TemplateError {
    /// `approval.yaml:4:11: there is no variable `pipelin``; where no file is meant, the message alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
            if self.line > 0 {
                write!(f, "{}:{}:", self.line, self.column)?;
            }
            write!(f, " ")?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TemplateError {}

/// A file to point into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) text: String,
}

impl Source {
    /// A finding at a value.
    pub(crate) fn at(&self, place: Place, code: &'static str, message: impl Into<String>) -> TemplateError {
        let raw = self.text.get(place.start..place.end).unwrap_or_default();
        let length = raw.lines().next().unwrap_or_default().trim_end().chars().count();
        TemplateError {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            length,
            code,
            message: message.into(),
            help: None,
        }
    }

    /// The place of `words` inside a string, which stands in the file with other quotes, indentation and line breaks than in
    /// its value: where they stand for the `skip`-th time, from 0. The whole string where that is not found.
    pub(crate) fn within(&self, place: Place, words: &str, skip: usize) -> Place {
        let raw = self.text.get(place.start..place.end).unwrap_or_default();
        let found = if words.is_empty() {
            None
        } else {
            raw.match_indices(words).nth(skip)
        };
        found.map_or(place, |(at, _)| part_of(place, raw, at, words.len()))
    }

    /// The place of the variable `name` inside a string or expression. The whole of it where the name is not found.
    pub(crate) fn name_within(&self, place: Place, name: &str) -> Place {
        let raw = self.text.get(place.start..place.end).unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        // In a string the name may also stand among the words outside the braces.
        let from = ["{{", "{%"]
            .iter()
            .filter_map(|open| raw.find(open))
            .min()
            .unwrap_or_default();
        let alone = |at: &usize| {
            let (before, after) = (raw[..*at].chars().next_back(), raw[at + name.len()..].chars().next());
            *at >= from && !before.is_some_and(is_word) && !after.is_some_and(is_word)
        };
        let found = raw.match_indices(name).map(|(at, _)| at).find(alone);
        found.map_or(place, |at| part_of(place, raw, at, name.len()))
    }
}

/// The place of `length` bytes at byte `at` of `raw`, which stands at `place`.
fn part_of(place: Place, raw: &str, at: usize, length: usize) -> Place {
    let before = &raw[..at];
    let start = place.start + at;
    let (line, column) = match before.rsplit_once('\n') {
        Some((lines, last)) => (place.line + lines.matches('\n').count() + 1, last.chars().count() + 1),
        None => (place.line, place.column + before.chars().count()),
    };
    Place {
        line,
        column,
        start,
        end: start + length,
    }
}

impl TemplateError {
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
