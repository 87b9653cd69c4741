//! The AWS SDK's configuration, from the SDK's own environment.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use reqwest::Client;

use super::http_client::{for_aws, for_aws_noted};
use crate::logbook::Logbook;
use crate::ports::Clock;

/// How often and how soon a call is tried again.
pub fn retry() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(200))
}

/// How the SDK waits before it tries again.
pub fn sleep() -> SharedAsyncSleep {
    SharedAsyncSleep::new(TokioSleep::new())
}

/// The SDK's environment (`AWS_REGION`, `AWS_ENDPOINT_URL…`, credentials), with our HTTP client. Throttling and passing
/// faults are tried again (W3), soon enough for somebody who waits for the answer to a click.
pub async fn config(client: Client) -> SdkConfig {
    load(for_aws(client)).await
}

/// The same, with each request noted. The SDK itself passes Lambda's trace on (`X-Amzn-Trace-Id`), which `lambda_runtime` tells it anew for
/// each invocation (`_X_AMZN_TRACE_ID`).
pub async fn config_noted(client: Client, logbook: Logbook, clock: Arc<dyn Clock>) -> SdkConfig {
    load(for_aws_noted(client, logbook, clock)).await
}

async fn load(client: SharedHttpClient) -> SdkConfig {
    let timeout = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(20)).build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(client)
        .retry_config(retry())
        .timeout_config(timeout)
        .load()
        .await
}
