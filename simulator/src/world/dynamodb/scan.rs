//! `Scan`: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html>.

use std::ops::Bound;

use serde_json::{Map, Value, json};

use super::expression::Expression;
use super::value::size;
use super::{Item, Tables, invalid, key_text, parameters};
use crate::world::AwsError;

/// A page ends with the item that reaches this size, before any filter.
const PAGE_BYTES: usize = 1024 * 1024;

impl Tables {
    pub(super) fn scan(&mut self, input: &Value) -> Result<Value, AwsError> {
        parameters::check("Scan", input)?;
        let limit = match &input["Limit"] {
            Value::Null => usize::MAX,
            limit => match limit.as_u64() {
                Some(limit @ 1..) => usize::try_from(limit).unwrap_or(usize::MAX),
                _ => {
                    return Err(invalid(
                        "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
                    ));
                }
            },
        };
        let filter = Expression::read(input, "FilterExpression")?;
        if let Some(filter) = &filter {
            // A name or value that is nowhere defined is refused even where there is nothing to filter.
            filter.holds(None)?;
        }
        let start = match &input["ExclusiveStartKey"] {
            Value::Null => Bound::Unbounded,
            key => match key.as_object().filter(|key| key.len() == 1).and_then(|key| key.get("pk")) {
                Some(key) => Bound::Excluded(key_text(key)?),
                None => return Err(invalid("The provided starting key is invalid")),
            },
        };
        let table = self.table(input)?;
        let (mut found, mut scanned, mut bytes, mut last) = (Vec::new(), 0, 0, None);
        let mut rest = table.range::<str, _>((start, Bound::Unbounded)).peekable();
        while let Some((key, item)) = rest.next() {
            scanned += 1;
            bytes += item.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>();
            if filter.as_ref().map_or(Ok(true), |filter| filter.holds(Some(item)))? {
                found.push(item.clone());
            }
            if scanned >= limit || (bytes >= PAGE_BYTES && rest.peek().is_some()) {
                last = Some(key.clone());
                break;
            }
        }
        let mut answer = Map::from_iter([
            ("Count".to_owned(), json!(found.len())),
            ("ScannedCount".to_owned(), json!(scanned)),
            ("Items".to_owned(), json!(found)),
        ]);
        if let Some(key) = last {
            answer.insert("LastEvaluatedKey".to_owned(), json!({ "pk": { "S": key } }));
        }
        Ok(Value::Object(answer))
    }

    /// The items of signoff's table whose keys begin so, in the order of their keys.
    pub fn items<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Item> {
        let tables = self.tables.values().flatten();
        tables.filter(move |(key, _)| key.starts_with(prefix)).map(|(_, item)| item)
    }
}
