//! What the adapters really send, and what they make of what comes back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "wire/accounts.rs"]
mod accounts;
#[path = "wire/codepipeline.rs"]
mod codepipeline;
#[path = "wire/dynamodb.rs"]
mod dynamodb;
#[path = "wire/secrets.rs"]
mod secrets;
#[path = "wire/slack.rs"]
mod slack;

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::Value;
use signoff::adapters::{aws, http_client};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// The SDK as `bootstrap` sets it up, but for its waits, which are too short to notice.
fn sdk(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("AKIAINVENTED", "invented", None, None, "tests");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("eu-north-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client::for_aws(http_client::builder().unwrap().no_proxy().build().unwrap()))
        .retry_config(aws::retry().with_initial_backoff(Duration::from_micros(1)))
        .sleep_impl(aws::sleep())
        .build()
}

/// A server that gives these answers in their order, and the last one from then on.
async fn server(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let last = answers.len() - 1;
    for (index, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(any()).respond_with(answer);
        let mock = if index < last { mock.up_to_n_times(1) } else { mock };
        mock.mount(&server).await;
    }
    server
}

/// An answer of AWS's JSON protocols.
fn answer(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/x-amz-json-1.1")
}

async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.unwrap()
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// The signature's scope without key and date: `eu-north-1/dynamodb/aws4_request`.
fn scope(request: &Request) -> String {
    let credential = header(request, "authorization").strip_prefix("AWS4-HMAC-SHA256 Credential=").unwrap();
    credential.split(',').next().unwrap().split('/').skip(2).collect::<Vec<_>>().join("/")
}

/// An address where nobody listens.
fn nowhere() -> String {
    "http://127.0.0.1:1".to_owned()
}
