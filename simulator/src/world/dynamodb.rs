//! DynamoDB: tables with conditional writes, and an index. Shapes, limits and errors are those of the API 2012-08-10.

mod condition;
mod expression;
mod number;
mod parameters;
mod parser;
mod query;
mod reserved;
mod scan;
mod shape;
mod value;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::HOME_REGION;
use super::aws_error::AwsError;
use expression::Expression;
use value::{check_value, size};

pub use shape::{Index, Shape};

/// The largest item, names and values together:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
const ITEM_BYTES: usize = 400 * 1024;
/// The longest partition key, the same page.
const KEY_BYTES: usize = 2048;

/// An item: its attributes, each with its type.
pub type Item = Map<String, Value>;

/// The tables, each with the partition key `pk`, a string, and the sparse index `due` with the partition key `due_shard`, a string,
/// and the sort key `due_at`, a number.
#[derive(Debug, Clone)]
pub struct Tables {
    /// The account that they are in.
    account: String,
    /// By name, then by key.
    tables: BTreeMap<String, BTreeMap<String, Item>>,
    /// By name, where a table is not like the others.
    shapes: BTreeMap<String, Shape>,
}

impl Tables {
    /// The one table that signoff uses, empty: `signoff`.
    pub fn new() -> Self {
        Self::of("482910375566")
    }

    /// The same in an account.
    pub fn of(account: &str) -> Self {
        let tables = BTreeMap::from([("signoff".to_owned(), BTreeMap::new())]);
        Self { account: account.to_owned(), tables, shapes: BTreeMap::new() }
    }

    /// Those of an account or a region where there are none.
    pub(super) fn none() -> Self {
        Self { account: String::new(), tables: BTreeMap::new(), shapes: BTreeMap::new() }
    }

    /// Makes a table that was set up differently.
    pub fn shape(&mut self, table: &str, shape: Shape) {
        self.tables.entry(table.to_owned()).or_default();
        self.shapes.insert(table.to_owned(), shape);
    }

    /// Answers an operation of the API by its name. What has outlived its TTL is still there: DynamoDB takes days to
    /// delete it.
    pub fn answer(&mut self, operation: &str, input: &Value) -> Result<Value, AwsError> {
        match operation {
            "GetItem" => Ok(self.get_item(input)?.map_or_else(|| json!({}), |item| json!({ "Item": item }))),
            "PutItem" => Ok(self.put_item(input)?.map_or_else(|| json!({}), |old| json!({ "Attributes": old }))),
            "Query" => {
                let shape = self.shape_of(input);
                query::query(self.table(input)?, shape.index.is_some(), input)
            }
            "Scan" => self.scan(input),
            "DescribeTable" => {
                let shape = self.shape_of(input);
                let items = self.described(input)?;
                let name = input["TableName"].as_str().unwrap_or_default();
                let arn = format!("arn:aws:dynamodb:{HOME_REGION}:{}:table/{name}", self.account);
                Ok(shape.describe(name, &arn, items))
            }
            "DescribeTimeToLive" => {
                self.described(input)?;
                Ok(self.shape_of(input).time_to_live())
            }
            _ => Err(AwsError::client("UnknownOperationException", format!("unknown operation `{operation}`"))),
        }
    }

    /// The `body` of every item of a table, in the order of the keys.
    pub fn bodies(&self, table: &str) -> impl Iterator<Item = &str> {
        self.tables.get(table).into_iter().flat_map(BTreeMap::values).filter_map(|item| item.get("body")?["S"].as_str())
    }

    /// `GetItem`: the item, where there is one.
    pub fn get_item(&mut self, input: &Value) -> Result<Option<&Item>, AwsError> {
        parameters::check("GetItem", input)?;
        if !input["ExpressionAttributeNames"].is_null() {
            return Err(invalid("ExpressionAttributeNames can only be specified when using expressions"));
        }
        let takes_items = self.shape_of(input).takes_items();
        let table = self.table(input)?;
        let key = input["Key"].as_object().filter(|key| key.len() == 1).and_then(|key| key.get("pk"));
        let key =
            key.filter(|_| takes_items).ok_or_else(|| invalid("The provided key element does not match the schema"))?;
        Ok(table.get(key_text(key)?))
    }

    /// `PutItem`: the item before, where there was one and `ReturnValues` asks for it.
    pub fn put_item(&mut self, input: &Value) -> Result<Option<Item>, AwsError> {
        parameters::check("PutItem", input)?;
        let shape = self.shape_of(input);
        let table = self.table(input)?;
        let wrong = |why: &str| invalid(&format!("One or more parameter values were invalid: {why}"));
        let item = input["Item"].as_object().ok_or_else(|| wrong("Missing the item"))?;
        if !shape.takes_items() {
            return Err(wrong(&format!("Missing the key {} in the item", shape.key.0)));
        }
        let key = item.get("pk").ok_or_else(|| wrong("Missing the key pk in the item"))?;
        if key["S"].as_str().is_none() {
            return Err(wrong("Type mismatch for key pk expected: S actual: another"));
        }
        let key = key_text(key)?;
        for (name, value) in item {
            check_value(value).map_err(|why| invalid(&why))?;
            if name.is_empty() {
                return Err(wrong("Attribute name must not be empty"));
            }
        }
        if shape.index.is_some() {
            query::check_index_keys(item)?;
        }
        if item.iter().map(|(name, value)| name.len() + size(value)).sum::<usize>() > ITEM_BYTES {
            return Err(invalid("Item size has exceeded the maximum allowed size"));
        }
        let old = table.get(key);
        if let Some(condition) = Expression::read(input, "ConditionExpression")?
            && !condition.holds(old)?
        {
            return Err(AwsError::client("ConditionalCheckFailedException", "The conditional request failed"));
        }
        let answer = match (input["ReturnValues"].as_str(), old) {
            (Some("ALL_OLD"), old) => old.cloned(),
            (None | Some("NONE"), _) => None,
            _ => return Err(invalid("Return values set to invalid value")),
        };
        table.insert(key.to_owned(), item.clone());
        Ok(answer)
    }

    fn shape_of(&self, input: &Value) -> Shape {
        input["TableName"].as_str().and_then(|name| self.shapes.get(name)).cloned().unwrap_or_default()
    }

    /// How many items a table has that is described: of one that there is not, this says more than other operations do.
    fn described(&mut self, input: &Value) -> Result<usize, AwsError> {
        let missing = |error: AwsError| match (error.code, input["TableName"].as_str()) {
            ("ResourceNotFoundException", Some(name)) => {
                AwsError::client(error.code, format!("Requested resource not found: Table: {name} not found"))
            }
            _ => error,
        };
        Ok(self.table(input).map_err(missing)?.len())
    }

    fn table(&mut self, input: &Value) -> Result<&mut BTreeMap<String, Item>, AwsError> {
        let Some(name) = input["TableName"].as_str() else {
            return Err(invalid("The parameter 'TableName' is required but was not present in the request"));
        };
        self.tables
            .get_mut(name)
            .ok_or_else(|| AwsError::client("ResourceNotFoundException", "Requested resource not found"))
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self::new()
    }
}

fn invalid(message: &str) -> AwsError {
    AwsError::client("ValidationException", message)
}

fn key_text(key: &Value) -> Result<&str, AwsError> {
    let wrong = |why: &str| invalid(&format!("One or more parameter values are not valid. {why}"));
    match key["S"].as_str() {
        None => Err(invalid("The provided key element does not match the schema")),
        Some("") => Err(wrong("The AttributeValue for a key attribute cannot contain an empty string value. Key: pk")),
        Some(key) if key.len() > KEY_BYTES => {
            Err(wrong("Size of hashkey has exceeded the maximum size limit of2048 bytes"))
        }
        Some(key) => Ok(key),
    }
}
