//! The AWS SDK's configuration, from the SDK's own environment.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use reqwest::Client;

use super::http_client::for_aws;

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
    let timeout = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(20)).build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(for_aws(client))
        .retry_config(retry())
        .timeout_config(timeout)
        .load()
        .await
}
