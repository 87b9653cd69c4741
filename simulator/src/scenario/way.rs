//! Where the parts of a scenario's files stand, and what is wrong with one of them.

use std::fmt;

use signoff::diagnostic::suggest::did_you_mean;
use signoff::diagnostic::{Diagnostic, Source};
use signoff::yaml::{self, Kind, Node, Place};

/// The way from the top of a file to one of its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Way(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Key(String),
    /// Of a list, counted from 0.
    Item(usize),
}

impl Way {
    /// To the value of a key.
    pub fn to(name: &str) -> Self {
        Self::default().key(name)
    }

    /// To a step, counted from 0.
    pub fn step(number: usize) -> Self {
        Self::to("steps").item(number)
    }

    /// On to the value of a key.
    pub fn key(mut self, name: &str) -> Self {
        self.0.push(Part::Key(name.to_owned()));
        self
    }

    /// On to an item of a list, counted from 0.
    pub fn item(mut self, number: usize) -> Self {
        self.0.push(Part::Item(number));
        self
    }

    /// On by another way.
    pub fn on(mut self, rest: Self) -> Self {
        self.0.extend(rest.0);
        self
    }
}

/// What is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where.
    pub way: Way,
    /// Whether the key is wrong there, and not its value.
    of_key: bool,
    /// What, in words.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Mistake {
    /// A value, a step or something else as a whole is wrong.
    pub fn of_value(way: Way, what: impl Into<String>) -> Self {
        Self { way, of_key: false, what: what.into(), help: None }
    }

    /// A key is wrong.
    pub fn of_key(way: Way, what: impl Into<String>) -> Self {
        Self::of_value(way, what).at_its_key()
    }

    /// The mistake of a value that is its key's in truth.
    pub fn at_its_key(self) -> Self {
        Self { of_key: true, ..self }
    }

    /// The mistake, with what may have been meant instead of `word`.
    pub fn known(mut self, word: &str, known: &[&str], otherwise: &str) -> Self {
        self.help = Some(did_you_mean(word, known, "", otherwise));
        self
    }

    /// The mistake, with what to do about it, where that can be said.
    pub fn help(self, help: Option<String>) -> Self {
        Self { help, ..self }
    }

    /// The mistake of a part, seen from the whole, in which this way leads to the part.
    pub fn under(self, way: Way) -> Self {
        Self { way: way.on(self.way), ..self }
    }

    /// The mistake, with where it is in words, too.
    pub fn says(self, place: &str) -> Self {
        Self { what: format!("{place}: {}", self.what), ..self }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.help.iter().try_for_each(|help| write!(f, " ({help})"))
    }
}

/// A file, and where its parts are.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    source: Source,
    /// Nothing where only its values can be read, as with merge keys.
    root: Option<Node>,
}

impl Parts {
    /// Reads where the parts are.
    pub fn of(source: &Source) -> Self {
        Self { source: source.clone(), root: yaml::read(&source.text).ok() }
    }

    /// The line and the column, from 1, of what this way leads to, or as far as it leads.
    pub fn position(&self, way: &Way) -> Option<(usize, usize)> {
        let (_, place) = self.find(way)?;
        Some((place.line, place.column))
    }

    /// A mistake with its place and its line.
    pub fn diagnostic(&self, code: &'static str, mistake: Mistake) -> Diagnostic {
        let Mistake { way, of_key, what, help } = mistake;
        let found = self.find(&way);
        let place = found.map(|(key, value)| if of_key { key } else { value });
        let found = match place {
            Some(place) => self.marked(place, code, what),
            None => Diagnostic { file: self.source.file.clone(), ..Diagnostic::nowhere(code, what) },
        };
        Diagnostic { help, ..found }
    }

    fn marked(&self, place: Place, code: &'static str, what: String) -> Diagnostic {
        let mut found = self.source.at(place, code, what);
        // Of maps and lists only the beginning is known: the line is meant.
        if let (Some(line), 0 | 1) = (&found.excerpt, found.length) {
            found.length = line.chars().count().saturating_sub(found.column.saturating_sub(1));
        }
        found
    }

    /// The value that begins there, the outermost where several do.
    pub(super) fn met(&self, line: usize, column: usize) -> Option<Met<'_>> {
        Met { parts: self, key: None, is_item: false, node: self.root.as_ref()? }.find(line, column)
    }

    /// Where the last key of a way and its value stand, as far as the way leads; nothing where it does not even begin.
    fn find(&self, way: &Way) -> Option<(Place, Place)> {
        let mut node = self.root.as_ref()?;
        let mut found = None;
        for part in &way.0 {
            let next = match (part, &node.kind) {
                (Part::Key(name), Kind::Map(entries)) => {
                    entries.iter().find(|(key, _)| key.name == *name).map(|(key, value)| (key.place, value))
                }
                (Part::Item(number), Kind::List(items)) => items.get(*number).map(|item| (item.place, item)),
                _ => None,
            };
            let Some((key, value)) = next else { break };
            found = Some((key, value.place));
            node = value;
        }
        found
    }

    /// The way that words such as `pipelines.web.stages[0].name` describe, as far as it leads.
    pub fn way(&self, words: &str) -> Way {
        let mut way = Way::default();
        let mut node = self.root.as_ref();
        let mut rest = words;
        while let Some(Node { kind, .. }) = node {
            let next = match kind {
                // Names have dots, too: the longest that fits.
                Kind::Map(entries) => entries
                    .iter()
                    .filter_map(|(key, value)| Some((key, value, rest.strip_prefix(key.name.as_str())?)))
                    .filter(|(.., rest)| rest.is_empty() || rest.starts_with(['.', '[']))
                    .min_by_key(|(.., rest)| rest.len())
                    .map(|(key, value, rest)| (Part::Key(key.name.clone()), value, rest)),
                Kind::List(items) => rest.strip_prefix('[').and_then(|rest| {
                    let (number, rest) = rest.split_once(']')?;
                    let number = number.parse().ok()?;
                    Some((Part::Item(number), items.get(number)?, rest))
                }),
                _ => None,
            };
            let Some((part, value, after)) = next else { break };
            way.0.push(part);
            (node, rest) = (Some(value), after.strip_prefix('.').unwrap_or(after));
        }
        way
    }
}

/// A value of a file that is not what belongs there.
#[derive(Clone, Copy)]
pub(super) struct Met<'a> {
    parts: &'a Parts,
    /// The key that it is the value of, or that has the list that it is in.
    pub(super) key: Option<&'a str>,
    /// Whether it is an item of a list.
    pub(super) is_item: bool,
    node: &'a Node,
}

impl<'a> Met<'a> {
    fn find(self, line: usize, column: usize) -> Option<Self> {
        let at = self.node.place;
        if (at.line, at.column) == (line, column) {
            return Some(self);
        }
        match &self.node.kind {
            Kind::Map(entries) => entries
                .iter()
                .find_map(|(key, node)| Self { key: Some(&key.name), is_item: false, node, ..self }.find(line, column)),
            Kind::List(items) => items.iter().find_map(|node| Self { is_item: true, node, ..self }.find(line, column)),
            _ => None,
        }
    }

    /// What it is, in words, with its own ones where it is one value.
    pub(super) fn words(&self) -> String {
        let place = self.node.place;
        let text = self.parts.source.text.get(place.start..place.end).unwrap_or_default().trim();
        match self.node.kind {
            Kind::Null | Kind::List(_) | Kind::Map(_) => self.node.describe().to_owned(),
            _ if text.is_empty() || text.contains('\n') => self.node.describe().to_owned(),
            _ => format!("`{text}`"),
        }
    }

    /// What is wrong with it.
    pub(super) fn diagnostic(&self, code: &'static str, what: String) -> Diagnostic {
        self.parts.marked(self.node.place, code, what)
    }
}
