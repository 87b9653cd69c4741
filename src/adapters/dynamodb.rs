//! The store in DynamoDB: one item a record, each write conditional on the version that was read.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::aws_error::port_error;
use crate::approval::record::Record;
use crate::ports::{PortError, SaveError, Store, Stored};

/// The sparse index of what ticks have to look at: only items that have its two keys, [`SHARD`] and [`DUE_AT`], are in it.
const INDEX: &str = "due";

/// Its partition key, a string: [`ONLY_SHARD`]. One partition takes a thousand writes a second, far more than approvals make.
const SHARD: &str = "due_shard";
const ONLY_SHARD: &str = "due";

/// Its sort key, a number: seconds since 1970.
const DUE_AT: &str = "due_at";

/// A table with the partition key `pk`, and the attributes `version`, `body` and `expires_at` (the table's TTL); and for ticks
/// the index [`INDEX`].
#[derive(Debug, Clone)]
pub struct DynamoDb {
    client: Client,
    table: String,
}

impl DynamoDb {
    /// Takes the SDK's configuration and the table's name.
    pub fn new(config: &SdkConfig, table: impl Into<String>) -> Self {
        Self { client: Client::new(config), table: table.into() }
    }
}

#[async_trait]
impl Store for DynamoDb {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        let sent = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(key.to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| port_error("DynamoDB's GetItem", &error))?;
        let Some(item) = sent.item else { return Ok(None) };
        let wrong = |attribute: &str| {
            PortError::Permanent(format!("the item `{key}` of table `{}` has no valid `{attribute}`", self.table))
        };
        let number = |attribute: &str| item.get(attribute)?.as_n().ok()?.parse::<u64>().ok();
        // DynamoDB deletes expired items within days, not at once:
        // <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html>.
        if number("expires_at").ok_or_else(|| wrong("expires_at"))? <= seconds(now) {
            return Ok(None);
        }
        let version = number("version").ok_or_else(|| wrong("version"))?;
        let body = item.get("body").and_then(|body| body.as_s().ok()).ok_or_else(|| wrong("body"))?;
        let record = serde_json::from_str(body).map_err(|_| wrong("body"))?;
        Ok(Some(Stored { record, version }))
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
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", AttributeValue::S(key.to_owned()))
            .item("version", AttributeValue::N(version.to_string()))
            .item("body", AttributeValue::S(body))
            .item("expires_at", AttributeValue::N(seconds(expires_at).to_string()))
            .expression_attribute_values(":now", AttributeValue::N(seconds(now).to_string()));
        let put = match record.due_at() {
            None => put,
            Some(due_at) => put
                .item(SHARD, AttributeValue::S(ONLY_SHARD.to_owned()))
                .item(DUE_AT, AttributeValue::N(seconds(due_at).to_string())),
        };
        let put = match expected {
            None => put.condition_expression("attribute_not_exists(pk) OR expires_at <= :now"),
            Some(expected) => put
                .condition_expression("#version = :expected AND expires_at > :now")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":expected", AttributeValue::N(expected.to_string())),
        };
        match put.send().await {
            Ok(_) => Ok(version),
            Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
                Err(SaveError::Conflict)
            }
            Err(error) => Err(SaveError::Failed(port_error("DynamoDB's PutItem", &error))),
        }
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<String>, PortError> {
        let mut keys: Vec<String> = Vec::new();
        let mut start = None;
        while keys.len() < limit {
            let page = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(INDEX)
                .key_condition_expression("#shard = :shard AND #due_at <= :now")
                .expression_attribute_names("#shard", SHARD)
                .expression_attribute_names("#due_at", DUE_AT)
                .expression_attribute_values(":shard", AttributeValue::S(ONLY_SHARD.to_owned()))
                .expression_attribute_values(":now", AttributeValue::N(seconds(now).to_string()))
                .limit(i32::try_from(limit - keys.len()).unwrap_or(i32::MAX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(|error| port_error("DynamoDB's Query of the index `due`", &error))?;
            let found = page.items.unwrap_or_default();
            keys.extend(found.iter().filter_map(|item| item.get("pk")?.as_s().ok().cloned()));
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() {
                break;
            }
        }
        Ok(keys)
    }
}

/// Seconds since 1970, as DynamoDB's TTL counts.
fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}
