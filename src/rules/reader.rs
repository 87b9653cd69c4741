//! Takes a tree of YAML apart and collects what is not as it should be.

use super::codes;
use super::keys::Keys;
use crate::diagnostic::suggest::did_you_mean;
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
        let help = match &node.kind {
            Kind::String(text) if wanted == "a list" => Some(format!("put it in brackets: `[{}]`", text.trim())),
            _ => self.how_to_write(node),
        };
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
            Kind::Null if line.contains('#') => Some("in YAML `#` begins a comment: write it without".to_owned()),
            Kind::Number(_) | Kind::Bool(_) if !raw.is_empty() => Some(format!("put it in quotes: `\"{raw}\"`")),
            Kind::Map(entries)
                if !entries.is_empty() && entries.iter().all(|(_, value)| matches!(value.kind, Kind::Null)) =>
            {
                Some("a pattern with braces has to be in quotes: `\"{a,b}\"`".to_owned())
            }
            _ => None,
        }
    }

    /// The entries of a map whose keys are among these.
    pub(super) fn map(&mut self, node: &'a Node, what: &str, keys: &Keys) -> Option<&'a [(Key, Node)]> {
        let Some(entries) = self.entries(node, what) else {
            let last = self.errors.last_mut().filter(|found| found.help.is_none() && !keys.example.is_empty());
            if let Some(found) = last {
                found.help = Some(format!("write it as in `{}`", keys.example));
            }
            return None;
        };
        for (key, _) in entries {
            let name = key.name.as_str();
            let find = |list: &'static [(&'static str, &'static str)]| list.iter().find(|(known, _)| *known == name);
            if keys.known.contains(&name) {
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
            let help = "name at least one, or leave the key out";
            self.error(node.place, codes::EMPTY, format!("{what} is empty")).help = Some(help.to_owned());
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

    /// A list of texts. What of it can't be read is told, and then nobody uses the rest.
    pub(super) fn texts(&mut self, node: &'a Node, what: &str) -> Option<Vec<Text<'a>>> {
        let list = self.list(node, what)?;
        Some(list.iter().filter_map(|node| self.text(node, &format!("an entry of {what}"))).collect())
    }

    /// Digits count as text where they are an account, which nobody would think of quoting.
    pub(super) fn digits(&self, node: &'a Node) -> Option<Text<'a>> {
        let Kind::Number(_) = node.kind else { return None };
        let value = self.source.text.get(node.place.start..node.place.end)?.trim_end();
        let is_digits = value.bytes().all(|digit| digit.is_ascii_digit());
        is_digits.then_some(Text { value, source: self.source, place: node.place })
    }
}
