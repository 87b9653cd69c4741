//! Which variables a template has, and what is wrong with a name that is none of them.

use minijinja::value::{Serde, Value as Data};
use serde_json::Value;

use super::FIXED;
use crate::diagnostic::suggest::did_you_mean;
use crate::facts;

/// The variables that strings and expressions of one place in a template have, as an example in which nothing is missing.
#[derive(Debug, Clone)]
pub(crate) struct Variables {
    example: Value,
    item: Item,
}

#[derive(Debug, Clone)]
enum Item {
    /// Not inside a `loop`.
    None,
    /// Inside one, over things of a kind that can't be told before rendering.
    Unknown,
    /// Inside one, over things like this.
    Like(Value),
}

/// A name that is no variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(crate) name: String,
    pub(crate) help: String,
}

impl Variables {
    /// The variables of the template `name`.
    pub(crate) fn of(name: &str, is_modal: bool) -> Self {
        let example = match name {
            name if FIXED.contains(&name) => facts::fixed_samples(name).into_iter().next(),
            _ if is_modal => facts::fixed_samples("comment").into_iter().next(),
            _ => facts::approval_samples().first().and_then(|facts| serde_json::to_value(facts).ok()),
        };
        Self { example: example.unwrap_or_default(), item: Item::None }
    }

    /// Those of which this is an example.
    pub(crate) fn like(example: Value) -> Self {
        Self { example, item: Item::None }
    }

    /// The variables inside a `loop` over `expression`.
    pub(crate) fn inside_loop(&self, expression: &str) -> Self {
        let item = match self.find(expression.trim()).map(|list| list.get(0).cloned()) {
            Some(Some(first)) => Item::Like(first),
            _ => Item::Unknown,
        };
        Self { example: self.example.clone(), item }
    }

    /// The example as minijinja takes it.
    pub(crate) fn example(&self) -> Data {
        let root = Data::from(Serde(&self.example));
        match &self.item {
            Item::Like(item) => minijinja::context! { item => Serde(item), ..root },
            _ => root,
        }
    }

    /// What is wrong with `path`, a name such as `commit.author`.
    pub(crate) fn check(&self, path: &str) -> Option<Unknown> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        let mut names: Vec<&str> =
            self.example.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let mut at = match (first, &self.item) {
            ("item", Item::Unknown) => return None,
            ("item", Item::Like(item)) => item,
            _ => {
                names.extend((!matches!(self.item, Item::None)).then_some("item"));
                match self.example.get(first) {
                    Some(value) => value,
                    None => return Some(unknown(first.to_owned(), first, "", &names)),
                }
            }
        };
        let mut so_far = first.to_owned();
        for part in parts {
            let Value::Object(map) = at else {
                // A list's or a text's parts can't be told by name.
                let help = format!("`{so_far}` has no parts");
                return (!at.is_array() && !at.is_null()).then(|| Unknown { name: format!("{so_far}.{part}"), help });
            };
            let names: Vec<&str> = map.keys().map(String::as_str).collect();
            match map.get(part) {
                Some(value) => at = value,
                None => return Some(unknown(format!("{so_far}.{part}"), part, &so_far, &names)),
            }
            so_far = format!("{so_far}.{part}");
        }
        None
    }

    fn find(&self, path: &str) -> Option<&Value> {
        let mut parts = path.split('.');
        let first = parts.next()?;
        let start = match (first, &self.item) {
            ("item", Item::Like(item)) => item,
            _ => self.example.get(first)?,
        };
        parts.try_fold(start, |value, part| value.get(part))
    }
}

fn unknown(name: String, part: &str, of: &str, names: &[&str]) -> Unknown {
    let prefix = if of.is_empty() { String::new() } else { format!("{of}.") };
    Unknown { name, help: did_you_mean(part, names, &prefix, "the variables are") }
}
