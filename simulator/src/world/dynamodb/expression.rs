//! An expression of a request, with what the names and values in it stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::condition::Condition;
use super::value::check_value;
use super::{Item, invalid};
use crate::world::aws_error::AwsError;

/// What the names in expressions stand for.
pub(super) type Names<'a> = BTreeMap<&'a str, &'a str>;

/// An expression that was given.
pub(super) struct Expression<'a> {
    /// What it is called in the request.
    which: &'static str,
    pub(super) condition: Condition,
    pub(super) names: Names<'a>,
    pub(super) values: &'a Map<String, Value>,
}

impl<'a> Expression<'a> {
    /// Reads the expression of this name; `None` where there is none.
    pub(super) fn read(input: &'a Value, which: &'static str) -> Result<Option<Self>, AwsError> {
        let names = names(&input["ExpressionAttributeNames"]);
        let values = values(&input["ExpressionAttributeValues"]);
        let Some(text) = input[which].as_str() else {
            if names.is_empty() && values.is_empty() {
                return Ok(None);
            }
            let useless = if names.is_empty() { "ExpressionAttributeValues" } else { "ExpressionAttributeNames" };
            return Err(invalid(&format!("{useless} can only be specified when using expressions")));
        };
        let condition = Condition::parse(text).map_err(|why| invalid(&format!("Invalid {which}: {why}")))?;
        for (name, value) in values {
            let why = |why| invalid(&format!("ExpressionAttributeValues contains invalid value: {why} for key {name}"));
            check_value(value).map_err(why)?;
        }
        condition.check_operands(values).map_err(|why| invalid(&format!("Invalid {which}: {why}")))?;
        let expression = Self { which, condition, names, values };
        expression.check_all_used()?;
        Ok(Some(expression))
    }

    /// Whether it is true of an item, or of none.
    pub(super) fn holds(&self, item: Option<&Item>) -> Result<bool, AwsError> {
        let holds = self.condition.holds(item, &self.names, self.values);
        holds.map_err(|why| invalid(&format!("Invalid {}: {why}", self.which)))
    }

    /// DynamoDB refuses names and values that no expression uses.
    fn check_all_used(&self) -> Result<(), AwsError> {
        let used: BTreeSet<&str> = self.condition.placeholders();
        for (which, given) in [
            ("ExpressionAttributeNames", self.names.keys().copied().collect::<Vec<&str>>()),
            ("ExpressionAttributeValues", self.values.keys().map(String::as_str).collect()),
        ] {
            let unused: Vec<&str> = given.into_iter().filter(|name| !used.contains(name)).collect();
            if !unused.is_empty() {
                let unused = unused.join(", ");
                return Err(invalid(&format!("Value provided in {which} unused in expressions: keys: {{{unused}}}")));
            }
        }
        Ok(())
    }
}

fn names(value: &Value) -> Names<'_> {
    let entries = value.as_object().into_iter().flatten();
    entries.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
}

fn values(value: &Value) -> &Map<String, Value> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NONE)
}
