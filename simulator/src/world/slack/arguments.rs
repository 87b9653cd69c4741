//! The arguments of a Web API method, from a JSON or a form body.

use serde_json::{Map, Value};

/// What a method was called with.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    /// Whether they came as JSON, which methods that are older than it do not read.
    json: bool,
    values: Map<String, Value>,
}

impl Arguments {
    /// Arguments from a JSON object.
    pub fn json(values: Map<String, Value>) -> Self {
        Self { json: true, values }
    }

    /// Arguments from a form or a query.
    pub fn form(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { json: false, values: pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect() }
    }

    /// The arguments as a method sees them that reads forms only: with a JSON body it sees none.
    pub(super) fn form_only(&self) -> Self {
        let values = if self.json { Map::new() } else { self.values.clone() };
        Self { json: false, values }
    }

    /// A text argument; an empty one is as good as none.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// The first of these text arguments that is there, for one line about a call.
    pub(crate) fn first_text(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.text(name))
    }

    /// A structured argument: JSON inside JSON, or JSON in a string. `Err` when the string is not JSON.
    pub(super) fn structure(&self, name: &str) -> Result<Option<Value>, ()> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| ()),
            Some(value) => Ok(Some(value.clone())),
        }
    }
}
