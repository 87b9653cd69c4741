//! The adapter of DynamoDB in front of the simulated table, without the network between: its client's requests are answered
//! in the process.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::adapters::aws;
use signoff::adapters::dynamodb::DynamoDb;
use signoff_simulator::world::{Given, World};

/// A store on a table of its own, which is empty.
pub fn dynamodb() -> DynamoDb {
    let world = World::new(&Given::default(), Timestamp::constant(1_780_000_000, 0)).unwrap();
    let connector = SharedHttpConnector::new(Table(Arc::new(Mutex::new(world))));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url("http://table.invalid")
        .region(Region::new("eu-north-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKIAPLUM", "plum", None, None, "test")))
        .http_client(http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone()))
        .retry_config(aws::retry())
        .sleep_impl(aws::sleep())
        .build();
    DynamoDb::new(&config, "signoff")
}

#[derive(Debug)]
struct Table(Arc<Mutex<World>>);

impl HttpConnector for Table {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.strip_prefix("DynamoDB_20120810.").unwrap().to_owned();
        let input: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let (status, body) = match self.0.lock().unwrap().dynamodb_request(&operation, &input) {
            Ok(output) => (200, output),
            Err(refused) => {
                let kind = format!("com.amazonaws.dynamodb.v20120810#{}", refused.code);
                (refused.status, json!({ "__type": kind, "message": refused.message }))
            }
        };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(
            StatusCode::try_from(status).unwrap(),
            SdkBody::from(body.to_string()),
        )))
    }
}
