//! `Query` on a global secondary index:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html>.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::condition::{Comparator, Condition, Operand};
use super::expression::Expression;
use super::number::Number;
use super::{Item, invalid, parameters};
use crate::world::aws_error::AwsError;

/// The one index: sparse, with keys only. An item without both keys is not in it.
const INDEX: &str = "due";
const PARTITION: &str = "due_shard";
const SORT: &str = "due_at";

/// What is wrong with an item's attributes that are keys of the index: where they are there, their types have to fit.
pub(super) fn check_index_keys(item: &Item) -> Result<(), AwsError> {
    for (name, wanted) in [(PARTITION, "S"), (SORT, "N")] {
        let Some((actual, value)) = item.get(name).and_then(Value::as_object).and_then(|value| value.iter().next())
        else {
            continue;
        };
        let wrong = |why: String| invalid(&format!("One or more parameter values were invalid: {why}"));
        if actual != wanted {
            let types = format!("Expected: {wanted} Actual: {actual} IndexName: {INDEX}");
            return Err(wrong(format!("Type mismatch for Index Key {name} {types}")));
        }
        if value == "" {
            let why = "A value specified for a secondary index key is not supported.";
            let why = format!("{why} The AttributeValue for a key attribute cannot contain an empty string value.");
            return Err(invalid(&format!(
                "One or more parameter values are not valid. {why} IndexName: {INDEX}, IndexKey: {name}"
            )));
        }
    }
    Ok(())
}

/// Answers a query of a table's items.
pub(super) fn query(items: &BTreeMap<String, Item>, has_index: bool, input: &Value) -> Result<Value, AwsError> {
    parameters::check("Query", input)?;
    match input["IndexName"].as_str() {
        Some(INDEX) if has_index => {}
        Some(name) => return Err(invalid(&format!("The table does not have the specified index: {name}"))),
        // Nobody needs one yet: the table's own key has no sort key to query by.
        None => return Err(invalid("this fake answers queries of an index only: give it an IndexName")),
    }
    if input["ConsistentRead"] == true {
        return Err(invalid("Consistent reads are not supported on global secondary indexes"));
    }
    match input["Select"].as_str() {
        None | Some("ALL_PROJECTED_ATTRIBUTES") => {}
        Some("ALL_ATTRIBUTES") => {
            let why = "Select type ALL_ATTRIBUTES is not supported for global secondary index";
            let why = format!("{why} {INDEX} because its projection type is not ALL");
            return Err(invalid(&format!("One or more parameter values were invalid: {why}")));
        }
        Some(select) => return Err(invalid(&format!("this fake does not know Select {select}"))),
    }
    let limit = match &input["Limit"] {
        Value::Null => usize::MAX,
        limit => limit.as_u64().filter(|limit| *limit >= 1).and_then(|limit| usize::try_from(limit).ok()).ok_or_else(
            || {
                let why = "failed to satisfy constraint: Member must have value greater than or equal to 1";
                invalid(&format!("1 validation error detected: Value '{limit}' at 'limit' {why}"))
            },
        )?,
    };
    let keys = Keys::read(input)?;
    let start = match &input["ExclusiveStartKey"] {
        Value::Null => None,
        key => Some(
            place(key.as_object())
                .filter(|_| key.as_object().is_some_and(|key| key.len() == 3))
                .ok_or_else(|| invalid("The provided starting key is invalid"))?,
        ),
    };
    let mut found: Vec<(Place<'_>, &Item)> =
        items.values().filter_map(|item| Some((place(Some(item))?, item))).collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    let forward = input["ScanIndexForward"].as_bool().unwrap_or(true);
    if !forward {
        found.reverse();
    }
    let mut page = Vec::new();
    let mut last = None;
    for (at, item) in found {
        let order = start.as_ref().map(|start| if forward { at.cmp(start) } else { start.cmp(&at) });
        if order.is_some_and(Ordering::is_le) || !keys.0.holds(Some(item))? {
            continue;
        }
        page.push(projected(item));
        if page.len() == limit {
            // DynamoDB says where it stopped even when nothing follows.
            last = Some(projected(item));
            break;
        }
    }
    let mut answer = json!({ "Count": page.len(), "ScannedCount": page.len(), "Items": page });
    if let Some(last) = last {
        answer["LastEvaluatedKey"] = Value::Object(last);
    }
    Ok(answer)
}

/// Where an item is in the index: partition, sort key, and the table's key for what has these in common.
type Place<'a> = (&'a str, Number, &'a str);

fn place(item: Option<&Item>) -> Option<Place<'_>> {
    let item = item?;
    let sort = Number::parse(item.get(SORT)?["N"].as_str()?).ok()?;
    Some((item.get(PARTITION)?["S"].as_str()?, sort, item.get("pk")?["S"].as_str()?))
}

/// The keys alone are in the index.
fn projected(item: &Item) -> Item {
    item.iter()
        .filter(|(name, _)| [PARTITION, SORT, "pk"].contains(&name.as_str()))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect()
}

/// The condition on the keys.
struct Keys<'a>(Expression<'a>);

impl<'i> Keys<'i> {
    fn read(input: &'i Value) -> Result<Self, AwsError> {
        const KEYS: &str = "KeyConditionExpression";
        let missing = || {
            invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
        };
        input[KEYS].as_str().ok_or_else(missing)?;
        let keys = Self(Expression::read(input, KEYS)?.ok_or_else(missing)?);
        // Names and values that are not defined are told before anything else of them.
        keys.0.holds(None)?;
        keys.check()?;
        Ok(keys)
    }

    /// The partition key equals one value; the sort key may be compared once.
    fn check(&self) -> Result<(), AwsError> {
        let mut conditions = Vec::new();
        flatten(&self.0.condition, &mut conditions)?;
        let mut seen: Vec<&str> = Vec::new();
        let mut partition = false;
        for condition in conditions {
            let (attribute, equal, values) = self.parts(condition)?;
            if seen.contains(&attribute) {
                return Err(invalid("KeyConditionExpressions must only contain one condition per key"));
            }
            seen.push(attribute);
            let wanted = match attribute {
                PARTITION if !equal => return Err(invalid("Query key condition not supported")),
                PARTITION => {
                    partition = true;
                    "S"
                }
                SORT => "N",
                _ => continue,
            };
            if values.iter().any(|value| self.0.values[*value].get(wanted).is_none()) {
                let why =
                    "One or more parameter values were invalid: Condition parameter type does not match schema type";
                return Err(invalid(why));
            }
        }
        if !partition {
            return Err(invalid(&format!("Query condition missed key schema element: {PARTITION}")));
        }
        if seen.iter().any(|name| ![PARTITION, SORT].contains(name)) {
            return Err(invalid(&format!("Query condition missed key schema element: {SORT}")));
        }
        Ok(())
    }

    /// The attribute that a condition is about, whether it has to be equal, and the values it is compared with.
    fn parts<'a>(&'a self, condition: &'a Condition) -> Result<(&'a str, bool, Vec<&'a str>), AwsError> {
        let wrong = |why: &str| invalid(&format!("Invalid KeyConditionExpression: {why}"));
        let (name, equal, values) = match condition {
            Condition::Compare(_, Comparator::NotEqual, _) => {
                return Err(wrong("Invalid operator used in KeyConditionExpression: <>"));
            }
            Condition::Compare(name, comparator, value) => (name, *comparator == Comparator::Equal, vec![value]),
            Condition::Between(name, low, high) => (name, false, vec![low, high]),
            Condition::BeginsWith(name, _) if self.name(name) == SORT => {
                return Err(invalid(
                    "One or more parameter values were invalid: begins_with is not supported for type N",
                ));
            }
            Condition::BeginsWith(name, value) => (name, false, vec![value]),
            _ => return Err(wrong("Invalid operator used in KeyConditionExpression")),
        };
        if name.word().starts_with(':') || values.iter().any(|value| !value.word().starts_with(':')) {
            return Err(wrong("The BETWEEN, comparison and begins_with operators compare an attribute with a value"));
        }
        Ok((self.name(name), equal, values.into_iter().map(Operand::word).collect()))
    }

    fn name<'a>(&'a self, operand: &'a Operand) -> &'a str {
        self.0.names.get(operand.word()).copied().unwrap_or(operand.word())
    }
}

/// The conditions that are joined by AND; nothing else joins them.
fn flatten<'a>(condition: &'a Condition, found: &mut Vec<&'a Condition>) -> Result<(), AwsError> {
    let refused = |operator: &str| {
        invalid(&format!("Invalid KeyConditionExpression: Invalid operator used in KeyConditionExpression: {operator}"))
    };
    match condition {
        Condition::And(one, other) => {
            flatten(one, found)?;
            flatten(other, found)
        }
        Condition::Or(..) => Err(refused("OR")),
        Condition::Not(_) => Err(refused("NOT")),
        Condition::In(..) => Err(refused("IN")),
        Condition::Exists(_, wanted) => Err(refused(if *wanted { "attribute_exists" } else { "attribute_not_exists" })),
        single => {
            found.push(single);
            Ok(())
        }
    }
}
