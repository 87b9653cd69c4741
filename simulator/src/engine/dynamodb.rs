//! DynamoDB's part of the engine driver: the calls of `signoff::adapters::dynamodb`.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::approval::record::Record;
use signoff::ports::{PortError, SaveError, Store, Stored};

use super::{Engine, Refused, TRIES};
use crate::scenario::instance::TABLE;
use crate::world::{Service, World};

impl Engine {
    async fn dynamodb(&self, operation: &'static str, call: &str, input: &Value) -> Result<Value, Refused> {
        let ask = |world: &mut World| world.dynamodb_request(operation, input);
        self.aws(Service::DynamoDb, operation, call, input, TRIES, ask).await
    }
}

#[async_trait]
impl Store for Engine {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        let input = json!({ "TableName": TABLE, "Key": { "pk": { "S": key } }, "ConsistentRead": true });
        let sent = self.dynamodb("GetItem", "DynamoDB's GetItem", &input).await.map_err(|refused| refused.error)?;
        let Some(item) = sent.get("Item") else { return Ok(None) };
        let wrong = |attribute: &str| {
            PortError::Permanent(format!("the item `{key}` of table `{TABLE}` has no valid `{attribute}`"))
        };
        let number = |attribute: &str| item[attribute]["N"].as_str()?.parse::<u64>().ok();
        if number("expires_at").ok_or_else(|| wrong("expires_at"))? <= seconds(now) {
            return Ok(None);
        }
        let version = number("version").ok_or_else(|| wrong("version"))?;
        let body = item["body"]["S"].as_str().ok_or_else(|| wrong("body"))?;
        Ok(Some(Stored { record: serde_json::from_str(body).map_err(|_| wrong("body"))?, version }))
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
        match self.dynamodb("PutItem", "DynamoDB's PutItem", &input).await {
            Ok(_) => Ok(version),
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
            let page = self.dynamodb("Query", "DynamoDB's Query of the index `due`", &input).await;
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
