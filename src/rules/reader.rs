//! Takes a tree of YAML apart and collects what is not as it should be.

use super::codes;
use crate::diagnostic::suggest::{did_you_mean, nearest};
use crate::diagnostic::{Diagnostic, Source, quoted};
use crate::yaml::{Key, Kind, Node, Place};

/// Words of a file, and where they stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) value: &'a str,
    pub(super) source: &'a Source,
    pub(super) place: Place,
}

impl Text<'_> {
    /// An error at these words.
    pub(super) fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        self.source.at(self.place, code, message)
    }

    /// Where they stand, for other findings to name: `rules/payments.yaml:4:11`.
    pub(super) fn whereabouts(&self) -> String {
        format!("{}:{}:{}", self.source.file, self.place.line, self.place.column)
    }
}

/// The keys that a map may have.
pub(super) struct Keys {
    /// Those that are read.
    pub(super) known: &'static [&'static str],
    /// Those of a later version, and what to do without them.
    pub(super) later: &'static [(&'static str, &'static str)],
    /// Those that belong elsewhere, and where.
    pub(super) elsewhere: &'static [(&'static str, &'static str)],
}

impl Keys {
    /// Whether `wanted` seems to be there under a wrong name, which is told by itself.
    pub(super) fn is_misspelt(&self, wanted: &str, map: &Node) -> bool {
        let Kind::Map(entries) = &map.kind else { return false };
        let names = entries.iter().map(|(key, _)| key.name.as_str()).filter(|name| !self.known.contains(name));
        names.into_iter().any(|name| nearest(name, self.known) == Some(wanted))
    }
}

/// Reads one file.
pub(super) struct Reader<'a, 'f> {
    pub(super) source: &'a Source,
    pub(super) errors: &'f mut Vec<Diagnostic>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn error(&mut self, place: Place, code: &'static str, message: impl Into<String>) -> &mut Diagnostic {
        self.errors.push(self.source.at(place, code, message));
        let last = self.errors.len() - 1;
        &mut self.errors[last]
    }

    /// The value is not of the type that is wanted.
    fn wrong_type(&mut self, node: &Node, what: &str, wanted: &str) {
        let help = self.how_to_write(node);
        let message = format!("{what} is {wanted}, not {}", node.describe());
        self.error(node.place, codes::TYPE, message).help = help;
    }

    /// What YAML made of it, and how to write it so that YAML leaves it alone.
    fn how_to_write(&self, node: &Node) -> Option<String> {
        let text = &self.source.text;
        let raw = text.get(node.place.start..node.place.end).unwrap_or_default();
        let raw = raw.lines().next().unwrap_or_default().trim();
        let line = node.place.line.checked_sub(1).and_then(|line| text.lines().nth(line)).unwrap_or_default();
        match &node.kind {
            Kind::Null if line.contains('#') => {
                Some("in YAML `#` begins a comment: write the name without it, or put it in quotes".to_owned())
            }
            Kind::Number(_) | Kind::Bool(_) if !raw.is_empty() => Some(format!("put it in quotes: `\"{raw}\"`")),
            Kind::Map(entries)
                if raw.starts_with('{') && entries.iter().all(|(_, value)| matches!(value.kind, Kind::Null)) =>
            {
                Some("a pattern with braces has to be in quotes: `\"{a,b}\"`".to_owned())
            }
            _ => None,
        }
    }

    /// The entries of a map whose keys are among these.
    pub(super) fn map(&mut self, node: &'a Node, what: &str, keys: &Keys) -> Option<&'a [(Key, Node)]> {
        let entries = self.entries(node, what)?;
        for (key, _) in entries {
            let name = key.name.as_str();
            let find = |list: &'static [(&'static str, &'static str)]| list.iter().find(|(known, _)| *known == name);
            if keys.known.contains(&name) {
            } else if let Some((_, instead)) = find(keys.later) {
                let message = format!("`{name}` is not supported by this version yet");
                self.error(key.place, codes::UNSUPPORTED, message).help = Some((*instead).to_owned());
            } else if let Some((_, place)) = find(keys.elsewhere) {
                self.error(key.place, codes::KEY, format!("`{name}` does not belong here")).help =
                    Some((*place).to_owned());
            } else {
                let help = did_you_mean(name, keys.known, "", &format!("{what} has"));
                self.error(key.place, codes::KEY, format!("unknown key {}", quoted(name))).help = Some(help);
            }
        }
        Some(entries)
    }

    /// The entries of a map whose keys are its author's.
    pub(super) fn entries(&mut self, node: &'a Node, what: &str) -> Option<&'a [(Key, Node)]> {
        let Kind::Map(entries) = &node.kind else {
            self.wrong_type(node, what, "a map");
            return None;
        };
        Some(entries)
    }

    /// The elements of a list that has some.
    pub(super) fn list(&mut self, node: &'a Node, what: &str) -> Option<&'a [Node]> {
        let Kind::List(list) = &node.kind else {
            self.wrong_type(node, what, "a list");
            return None;
        };
        if list.is_empty() {
            self.error(node.place, codes::EMPTY, format!("{what} is empty"));
            return None;
        }
        Some(list)
    }

    pub(super) fn key(&self, key: &'a Key) -> Text<'a> {
        Text { value: &key.name, source: self.source, place: key.place }
    }

    /// Text that says something.
    pub(super) fn text(&mut self, node: &'a Node, what: &str) -> Option<Text<'a>> {
        match &node.kind {
            Kind::String(value) if value.trim().is_empty() => {
                self.error(node.place, codes::EMPTY, format!("{what} is empty"));
                None
            }
            Kind::String(value) => Some(Text { value, source: self.source, place: node.place }),
            _ => {
                self.wrong_type(node, what, "text");
                None
            }
        }
    }

    /// A list of texts. `None` where any part of it can't be read, so that nobody takes the rest for the whole.
    pub(super) fn texts(&mut self, node: &'a Node, what: &str) -> Option<Vec<Text<'a>>> {
        let list = self.list(node, what)?;
        let texts: Vec<Option<Text<'a>>> =
            list.iter().map(|node| self.text(node, &format!("an entry of {what}"))).collect();
        texts.into_iter().collect()
    }

    /// Digits count as text where they are an account, which nobody would think of quoting.
    pub(super) fn digits(&self, node: &'a Node) -> Option<Text<'a>> {
        let Kind::Number(_) = node.kind else { return None };
        let value = self.source.text.get(node.place.start..node.place.end)?.trim_end();
        let is_account = value.len() == 12 && value.bytes().all(|digit| digit.is_ascii_digit());
        is_account.then_some(Text { value, source: self.source, place: node.place })
    }
}
