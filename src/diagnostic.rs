//! What is wrong with a file that people write, as data: where, what, and what to do. Rendered for people by
//! [`text`]; [`Display`](std::fmt::Display) is the same in one line, for logs.

pub mod github;
pub mod json;
pub mod sarif;
pub mod suggest;
pub mod text;

use std::fmt;

use serde::Serialize;

use crate::yaml::Place;

/// A finding in a file, or why something could not be rendered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Diagnostic {
    /// The file, as it was named to the reader; empty where no file is meant.
    pub file: String,
    /// The line, from 1; 0 when the whole file or no file is meant.
    pub line: usize,
    /// The column, from 1, in characters; 0 as for `line`.
    pub column: usize,
    /// How many characters of the line are meant; 0 when only the point is known.
    pub length: usize,
    /// The line itself.
    pub excerpt: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What kind of finding: a stable code, such as `template-variable`.
    pub code: &'static str,
    /// What is wrong, in one sentence part.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file can't be used.
    Error,
    /// The file can be used, but probably does not mean what its author wanted.
    Warning,
}

impl Severity {
    /// The severity's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostic {
    /// A finding that no file has.
    pub fn nowhere(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            file: String::new(),
            line: 0,
            column: 0,
            length: 0,
            excerpt: None,
            severity: Severity::Error,
            code,
            message: message.into(),
            help: None,
        }
    }

    /// The finding, with what to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding, as a warning.
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Where it is: `approval.yaml:4:11`; nothing where no file is meant.
    pub fn place(&self) -> String {
        match (self.file.is_empty(), self.line) {
            (true, _) => String::new(),
            (false, 0) => self.file.clone(),
            (false, line) => format!("{}:{line}:{}", self.file, self.column),
        }
    }
}

impl fmt::Display for Diagnostic {
    /// ``approval.yaml:4:11: there is no variable `pipelin` (did you mean `pipeline`?)``; where no file is meant, without place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}: ", self.place())?;
        }
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// A file that people write: what to call it, and what is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// What to call it in findings: its path, as the reader was given it.
    pub file: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// Takes a file's name and text.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }

    /// An error at a value. Its place is marked to the end of the value's first line.
    pub fn at(&self, place: Place, code: &'static str, message: impl Into<String>) -> Diagnostic {
        let raw = self.text.get(place.start..place.end).unwrap_or_default();
        let excerpt = place.line.checked_sub(1).and_then(|line| self.text.lines().nth(line));
        Diagnostic {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            length: raw.lines().next().unwrap_or_default().trim_end().chars().count(),
            excerpt: excerpt.map(str::to_owned),
            ..Diagnostic::nowhere(code, message)
        }
    }

    /// The place of `words` inside a string, which stands in the file with other quotes, indentation and line breaks than in
    /// its value: where they stand for the `skip`-th time, from 0. The whole string where that is not found.
    pub(crate) fn within(&self, place: Place, words: &str, skip: usize) -> Place {
        let raw = self.text.get(place.start..place.end).unwrap_or_default();
        let found = if words.is_empty() { None } else { raw.match_indices(words).nth(skip) };
        found.map_or(place, |(at, _)| part_of(place, raw, at, words.len()))
    }

    /// The place of the variable `name` inside a string or expression. The whole of it where the name is not found.
    pub(crate) fn name_within(&self, place: Place, name: &str) -> Place {
        let raw = self.text.get(place.start..place.end).unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        // In a string the name may also stand among the words outside the braces.
        let from = ["{{", "{%"].iter().filter_map(|open| raw.find(open)).min().unwrap_or_default();
        let alone = |at: &usize| {
            let (before, after) = (raw[..*at].chars().next_back(), raw[at + name.len()..].chars().next());
            *at >= from && !before.is_some_and(is_word) && !after.is_some_and(is_word)
        };
        let found = raw.match_indices(name).map(|(at, _)| at).find(alone);
        found.map_or(place, |at| part_of(place, raw, at, name.len()))
    }
}

/// Somebody's own words in a message: in backticks, on one line, no more of them than are needed to know them again.
pub(crate) fn quoted(words: &str) -> String {
    const LONGEST: usize = 60;
    let mut told: String = words.chars().take(LONGEST).flat_map(visible).collect();
    if words.chars().nth(LONGEST).is_some() {
        told.push('…');
    }
    format!("`{told}`")
}

/// A character as it may be shown: what would move the cursor is spelled out.
fn visible(letter: char) -> impl Iterator<Item = char> {
    let control = letter.is_control().then(|| letter.escape_default());
    let shown = (!letter.is_control()).then_some(letter);
    control.into_iter().flatten().chain(shown)
}

/// The place of `length` bytes at byte `at` of `raw`, which stands at `place`.
fn part_of(place: Place, raw: &str, at: usize, length: usize) -> Place {
    let before = &raw[..at];
    let start = place.start + at;
    let (line, column) = match before.rsplit_once('\n') {
        Some((lines, last)) => (place.line + lines.matches('\n').count() + 1, last.chars().count() + 1),
        None => (place.line, place.column + before.chars().count()),
    };
    Place { line, column, start, end: start + length }
}
