//! DynamoDB's part of the engine driver: the calls of `signoff::adapters::dynamodb`.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::approval::record::Record;
use signoff::ports::{PortError, SaveError, Store, Stored};

use super::{Answer, Engine, Refused, TRIES};
use crate::scenario::instance::{REGION, TABLE};
use crate::world::dynamodb::Item;
use crate::world::sts::Signer;
use crate::world::{AwsError, Service, Tables, World};

impl Engine {
    async fn dynamodb<T: Answer>(
        &self,
        operation: &'static str,
        call: &str,
        input: &Value,
        answer: impl Fn(&mut Tables) -> Result<T, AwsError> + Send + Sync,
    ) -> Result<T, Refused> {
        let ask = |world: &mut World| world.dynamodb_asked(Signer::own(REGION), operation, input, &answer);
        self.aws(Service::DynamoDb, operation, call, input, TRIES, ask).await
    }
}

/// An item as a record, where it has not expired.
struct Loaded(Result<Option<Stored>, PortError>);

impl Answer for Loaded {}

impl Loaded {
    fn of(item: Option<&Item>, key: &str, now: Timestamp) -> Self {
        Self(item.map_or(Ok(None), |item| stored(item, now)).map_err(|attribute| {
            PortError::Permanent(format!("the item `{key}` of table `{TABLE}` has no valid `{attribute}`"))
        }))
    }
}

/// The record of an item; the error is the attribute that is wrong.
fn stored(item: &Item, now: Timestamp) -> Result<Option<Stored>, &'static str> {
    let number = |attribute: &str| item.get(attribute)?["N"].as_str()?.parse::<u64>().ok();
    if number("expires_at").ok_or("expires_at")? <= seconds(now) {
        return Ok(None);
    }
    let version = number("version").ok_or("version")?;
    let body = item.get("body").and_then(|body| body["S"].as_str()).ok_or("body")?;
    Ok(Some(Stored { record: serde_json::from_str(body).map_err(|_| "body")?, version }))
}

#[async_trait]
impl Store for Engine {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        let input = json!({ "TableName": TABLE, "Key": { "pk": { "S": key } }, "ConsistentRead": true });
        let item = |tables: &mut Tables| Ok(Loaded::of(tables.get_item(&input)?, key, now));
        let loaded = self.dynamodb("GetItem", "DynamoDB's GetItem", &input, item).await;
        loaded.map_err(|refused| refused.error)?.0
    }

    async fn save(
        &self,
        key: &str,
        record: &Record,
        expected: Option<u64>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<u64, SaveError> {
        let version = expected.unwrap_or(0) + 1;
        let body = serde_json::to_string(record).map_err(|error| PortError::Permanent(error.to_string()))?;
        let mut item = json!({
            "pk": { "S": key },
            "version": { "N": version.to_string() },
            "body": { "S": body },
            "expires_at": { "N": seconds(expires_at).to_string() },
        });
        if let Some(due) = record.due_at() {
            item["due_shard"] = json!({ "S": "due" });
            item["due_at"] = json!({ "N": seconds(due).to_string() });
        }
        let mut input = json!({
            "TableName": TABLE,
            "Item": item,
            "ExpressionAttributeValues": { ":now": { "N": seconds(now).to_string() } },
        });
        match expected {
            None => input["ConditionExpression"] = "attribute_not_exists(pk) OR expires_at <= :now".into(),
            Some(expected) => {
                input["ConditionExpression"] = "#version = :expected AND expires_at > :now".into();
                input["ExpressionAttributeNames"] = json!({ "#version": "version" });
                input["ExpressionAttributeValues"][":expected"] = json!({ "N": expected.to_string() });
            }
        }
        let put = |tables: &mut Tables| tables.put_item(&input).map(drop);
        match self.dynamodb("PutItem", "DynamoDB's PutItem", &input, put).await {
            Ok(()) => Ok(version),
            Err(refused) if refused.code == Some("ConditionalCheckFailedException") => Err(SaveError::Conflict),
            Err(refused) => Err(SaveError::Failed(refused.error)),
        }
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<String>, PortError> {
        let mut keys: Vec<String> = Vec::new();
        let mut input = json!({
            "TableName": TABLE,
            "IndexName": "due",
            "KeyConditionExpression": "#shard = :shard AND #due_at <= :now",
            "ExpressionAttributeNames": { "#shard": "due_shard", "#due_at": "due_at" },
            "ExpressionAttributeValues": {
                ":shard": { "S": "due" },
                ":now": { "N": seconds(now).to_string() },
            },
        });
        while keys.len() < limit {
            input["Limit"] = (limit - keys.len()).into();
            let query = |tables: &mut Tables| tables.answer("Query", &input);
            let page = self.dynamodb("Query", "DynamoDB's Query of the index `due`", &input, query).await;
            let page = page.map_err(|refused| refused.error)?;
            let found = page["Items"].as_array().into_iter().flatten();
            keys.extend(found.filter_map(|item| item["pk"]["S"].as_str().map(str::to_owned)));
            match page.get("LastEvaluatedKey") {
                Some(start) => input["ExclusiveStartKey"] = start.clone(),
                None => break,
            }
        }
        Ok(keys)
    }
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}
