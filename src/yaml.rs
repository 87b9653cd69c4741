//! Reads YAML into a tree that knows where in the file each value stands.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_yaml::options::MergeKeyPolicy;
use serde_yaml::{Spanned, UserMessageFormatter};

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
}

/// What YAML can say.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// A list.
    List(Vec<Node>),
    /// In the order of the file. YAML's duplicate keys are refused by the reader.
    Map(Vec<(Key, Node)>),
}

/// A key of a map and its place.
#[derive(Debug, Clone)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// Where a value stands: line and column count from 1, in characters; `start..end` are bytes of the file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// The largest file, in bytes: far more than people write, and little enough to be read while somebody waits.
const LARGEST: usize = 4 * 1024 * 1024;

/// The deepest nesting: no rule and no message comes near, and a thread with a small stack can follow it.
const DEEPEST: usize = 24;

/// Why a file is not YAML.
#[derive(Debug)]
pub struct NotYaml {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// Reads one YAML document.
///
/// `yes`, `no`, `on` and `off` are text, as YAML 1.2 has it; merge keys are refused, since the places of merged values would
/// lie. The reader's budgets apply: among them [`DEEPEST`], which bounds every recursion over the tree.
pub fn read(text: &str) -> Result<Node, NotYaml> {
    if text.len() > LARGEST {
        let message = format!("the file has {} bytes, and {LARGEST} are the most that are read", text.len());
        return Err(NotYaml { message, place: Place::default() });
    }
    let options = serde_yaml::options! {
        strict_booleans: true,
        with_snippet: false,
        merge_keys: MergeKeyPolicy::Error,
        budget: serde_yaml::budget! { max_depth: DEEPEST },
    };
    serde_yaml::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let place = error.location().map(place_of).unwrap_or_default();
        let message = one_line(&error.render_with_formatter(&UserMessageFormatter));
        // The reader says so in the words of its own code.
        let message = if message.contains("limits breached") || message.contains("recursion limit") {
            "the file is too complex: too many values, too deeply nested, or too many aliases".to_owned()
        } else {
            message
        };
        NotYaml { message, place }
    })
}

/// The reader says `… at line 3, column 5`, which the error's own position already says.
fn one_line(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let message = match message.find(" at line ") {
        Some(end) => &message[..end],
        None => message,
    };
    let message = message.strip_prefix("error: ").unwrap_or(message).trim_end_matches([':', ',', ' ']);
    // It also says `x' where the rest of the world says `x`.
    if message.matches('`').count() % 2 == 1 { message.replace('\'', "`") } else { message.to_owned() }
}

fn place_of(location: serde_yaml::Location) -> Place {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let start = number(location.span().byte_offset().unwrap_or_default());
    let length = number(location.span().byte_len().unwrap_or_default());
    Place { line: number(location.line()), column: number(location.column()), start, end: start.saturating_add(length) }
}

impl Node {
    /// The entry `name` of a map.
    pub fn get(&self, name: &str) -> Option<&Node> {
        let Kind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(text) = &self.kind { Some(text) } else { None }
    }

    /// What it is, in YAML's words, for messages.
    pub fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::String(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An alias stands where its anchor is defined: that is where its text can be corrected.
        let Spanned { value, defined, .. } = Spanned::<Kind>::deserialize(deserializer)?;
        Ok(Self { kind: value, place: place_of(defined) })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, defined, .. } = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self { name: value, place: place_of(defined) })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_none<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Kind, D::Error> {
        Kind::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(Kind::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Kind, E> {
        Number::from_f64(value).map(Kind::Number).ok_or_else(|| E::custom("a number must be finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
        Ok(Kind::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Kind, E> {
        Ok(Kind::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Kind::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Kind::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let text = "text: 'ä {{ pipelin }}'\nblocks:\n  - n: 3\n    long: |\n      one\n      two\n    yes: on\n";
        let node = read(text).unwrap();
        let at = |node: &Node| (node.place.line, node.place.column, text[node.place.start..node.place.end].to_owned());
        assert_eq!(at(node.get("text").unwrap()), (1, 7, "'ä {{ pipelin }}'".to_owned()));
        let Kind::List(blocks) = &node.get("blocks").unwrap().kind else { panic!("a list") };
        assert_eq!(at(blocks[0].get("n").unwrap()), (3, 8, "3".to_owned()));
        assert_eq!(at(blocks[0].get("long").unwrap()), (5, 7, "one\n      two\n    ".to_owned()));
        assert_eq!(blocks[0].get("yes").unwrap().as_str(), Some("on"));
    }

    #[test]
    fn what_is_not_yaml_is_told_with_its_place() {
        for (text, line) in [("a: 1\na: 2\n", 2), ("a: [1\n", 1), ("a: 1\n---\nb: 2\n", 3), ("<<: {a: 1}\n", 1)] {
            let error = read(text).unwrap_err();
            assert_eq!(error.place.line, line, "{text:?}: {error:?}");
            assert!(!error.message.contains("line") && !error.message.is_empty(), "{error:?}");
        }
    }
}
