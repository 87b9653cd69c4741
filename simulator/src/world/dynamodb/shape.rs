//! `DescribeTable` and `DescribeTimeToLive`: what a table is like.

use serde_json::{Value, json};

/// What a table is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The name and the type (`S`, `N`, `B`) of the partition key.
    pub key: (&'static str, &'static str),
    /// The attribute that says when an item expires.
    pub ttl: Option<&'static str>,
    /// The global secondary index, if it has one.
    pub index: Option<Index>,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// The name and the type of the partition key.
    pub partition: (&'static str, &'static str),
    /// The name and the type of the sort key.
    pub sort: (&'static str, &'static str),
}

impl Default for Shape {
    /// The table that signoff wants.
    fn default() -> Self {
        let index = Index { name: "due", partition: ("due_shard", "S"), sort: ("due_at", "N") };
        Self { key: ("pk", "S"), ttl: Some("expires_at"), index: Some(index) }
    }
}

impl Shape {
    /// Whether items can be read and written by the key that signoff uses.
    pub(super) fn takes_items(&self) -> bool {
        self.key == ("pk", "S")
    }

    /// The answer to `DescribeTable`.
    pub(super) fn describe(&self, name: &str, arn: &str, items: usize) -> Value {
        let hash = |name: &str| json!({ "AttributeName": name, "KeyType": "HASH" });
        let range = |name: &str| json!({ "AttributeName": name, "KeyType": "RANGE" });
        let index_keys = self.index.iter().flat_map(|index| [index.partition, index.sort]);
        let mut attributes: Vec<(&str, &str)> = std::iter::once(self.key).chain(index_keys).collect();
        attributes.sort_unstable();
        attributes.dedup();
        let attributes: Vec<Value> =
            attributes.iter().map(|(name, kind)| json!({ "AttributeName": name, "AttributeType": kind })).collect();
        let mut table = json!({
            "TableName": name,
            "TableStatus": "ACTIVE",
            "TableArn": arn,
            "KeySchema": [hash(self.key.0)],
            "AttributeDefinitions": attributes,
            "ItemCount": items,
            "TableSizeBytes": 0,
            "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
        });
        if let Some(index) = &self.index {
            table["GlobalSecondaryIndexes"] = json!([{
                "IndexName": index.name,
                "IndexStatus": "ACTIVE",
                "KeySchema": [hash(index.partition.0), range(index.sort.0)],
                "Projection": { "ProjectionType": "KEYS_ONLY" },
            }]);
        }
        json!({ "Table": table })
    }

    /// The answer to `DescribeTimeToLive`.
    pub(super) fn time_to_live(&self) -> Value {
        let description = match self.ttl {
            Some(attribute) => json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": attribute }),
            None => json!({ "TimeToLiveStatus": "DISABLED" }),
        };
        json!({ "TimeToLiveDescription": description })
    }
}
