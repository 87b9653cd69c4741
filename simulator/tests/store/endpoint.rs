//! A table at `SIGNOFF_TEST_DYNAMODB_URL`, made as the one that signoff wants, and deleted when the test ends.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::SdkConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, TableStatus,
};
use signoff::adapters::dynamodb::DynamoDb;
use signoff::adapters::{aws, http_client};

static TABLES: AtomicU32 = AtomicU32::new(0);

/// A table that goes when this does.
pub struct Table {
    config: SdkConfig,
    name: String,
}

/// The store on a new table, where the setting names an endpoint.
#[allow(clippy::disallowed_methods, reason = "where the tests run is a setting of theirs")]
pub async fn store() -> Option<(DynamoDb, Table)> {
    let setting = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let url = setting("SIGNOFF_TEST_DYNAMODB_URL")?;
    let key = setting("AWS_ACCESS_KEY_ID").unwrap_or_else(|| "AKIATEST".to_owned());
    let secret = setting("AWS_SECRET_ACCESS_KEY").unwrap_or_else(|| "test".to_owned());
    let credentials = Credentials::new(key, secret, setting("AWS_SESSION_TOKEN"), None, "environment");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new(setting("AWS_REGION").unwrap_or_else(|| "eu-north-1".to_owned())))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client::for_aws(http_client::new().unwrap()))
        .retry_config(aws::retry())
        .sleep_impl(aws::sleep())
        .build();
    let (process, number) = (std::process::id(), TABLES.fetch_add(1, Ordering::Relaxed));
    let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let table = Table { name: format!("signoff-test-{at}-{process}-{number}"), config };
    table.create().await;
    Some((DynamoDb::new(&table.config, &table.name), table))
}

impl Table {
    /// With the partition key and the sparse index that `bootstrap` needs of its table.
    async fn create(&self) {
        let attribute = |name: &str, kind: ScalarAttributeType| {
            AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
        };
        let key = |name: &str, kind: KeyType| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
        };
        let due = GlobalSecondaryIndex::builder()
            .index_name("due")
            .key_schema(key("due_shard", KeyType::Hash))
            .key_schema(key("due_at", KeyType::Range))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .unwrap();
        let client = Client::new(&self.config);
        client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(attribute("pk", ScalarAttributeType::S))
            .attribute_definitions(attribute("due_shard", ScalarAttributeType::S))
            .attribute_definitions(attribute("due_at", ScalarAttributeType::N))
            .key_schema(key("pk", KeyType::Hash))
            .global_secondary_indexes(due)
            .send()
            .await
            .unwrap();
        for _ in 0..240 {
            let told = client.describe_table().table_name(&self.name).send().await.unwrap();
            if told.table.and_then(|table| table.table_status) == Some(TableStatus::Active) {
                return;
            }
            self.wait().await;
        }
        panic!("the table `{}` is not ready after two minutes", self.name);
    }

    #[allow(clippy::disallowed_methods, reason = "a service outside the test takes its own time")]
    async fn wait(&self) {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}

impl Drop for Table {
    /// On a thread of its own, since what drops it may be the runtime that would have to wait.
    fn drop(&mut self) {
        let (config, name) = (self.config.clone(), self.name.clone());
        let deleted = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                Client::new(&config).delete_table().table_name(&name).send().await.map(drop).map_err(Box::new)
            })
        });
        let deleted = deleted.join();
        if !std::thread::panicking() {
            deleted.unwrap().unwrap();
        }
    }
}
