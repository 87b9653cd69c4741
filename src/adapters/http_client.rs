//! The one HTTP client, with the one TLS configuration, that Slack's adapter and the AWS SDK share. Its root
//! certificates are embedded (Mozilla's, by `webpki-roots`), so that no start reads them from disk.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::HeaderMap;
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::Value;
use thiserror::Error;

use crate::logbook::{Call, Logbook};
use crate::ports::Clock;

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long one attempt of one call may take, whole. Longer than a remote service that is merely slow needs.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// The client could not be made.
#[derive(Debug, Error)]
#[error("the HTTP client could not be set up: {0}")]
pub struct SetUpError(String);

impl From<reqwest::Error> for SetUpError {
    fn from(error: reqwest::Error) -> Self {
        Self(error.to_string())
    }
}

/// Makes the client.
pub fn new() -> Result<reqwest::Client, SetUpError> {
    Ok(builder()?.build()?)
}

/// The client, still open to changes.
pub fn builder() -> Result<reqwest::ClientBuilder, SetUpError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SetUpError(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ATTEMPT_TIMEOUT)
        // A redirect would carry a token to wherever it points; none of the services sends one.
        .redirect(reqwest::redirect::Policy::none()))
}

/// The client as the AWS SDK wants it.
pub fn for_aws(client: reqwest::Client) -> SharedHttpClient {
    shared(Connector { client, notes: None })
}

/// The same, with each request noted.
pub fn for_aws_noted(client: reqwest::Client, logbook: Logbook, clock: Arc<dyn Clock>) -> SharedHttpClient {
    shared(Connector { client, notes: Some(Notes { logbook, clock }) })
}

fn shared(connector: Connector) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone())
}

#[derive(Debug)]
struct Connector {
    client: reqwest::Client,
    notes: Option<Notes>,
}

/// Where requests are noted, and by which time.
#[derive(Clone)]
struct Notes {
    logbook: Logbook,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notes(…)")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, notes) = (self.client.clone(), self.notes.clone());
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = match body.bytes() {
                Some(bytes) => bytes.to_vec().into(),
                None => body.collect().await.map_err(ConnectorError::user)?.to_bytes(),
            };
            let noted = notes.map(|notes| (call(&parts.headers), notes.clock.now(), notes));
            let request = reqwest::Request::try_from(http::Request::from_parts(parts, body))
                .map_err(|error| ConnectorError::user(error.into()))?;
            let sent = send(&client, request).await;
            if let Some((call, began, notes)) = noted {
                notes.logbook.call(answered(call, began, notes.clock.now(), &sent));
            }
            let (parts, body) = sent.map_err(fault)?.into_parts();
            HttpResponse::try_from(http::Response::from_parts(parts, SdkBody::from(body)))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

async fn send(client: &reqwest::Client, request: reqwest::Request) -> reqwest::Result<http::Response<Bytes>> {
    let response = client.execute(request).await?;
    let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    Ok(http::Response::from_parts(parts, body.collect().await?.to_bytes()))
}

/// Which request this is, by what the SDK wrote into its headers: the service is in the scope of the signature
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>), the operation in the target, which
/// AWS's JSON protocols have (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>).
fn call(headers: &HeaderMap) -> Call {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let scope = text("authorization").split_once("Credential=").map_or("", |(_, scope)| scope);
    let service = scope.split([',', ' ']).next().and_then(|scope| scope.split('/').rev().nth(1)).unwrap_or("aws");
    let operation = text("x-amz-target").rsplit_once('.').map_or("", |(_, operation)| operation);
    // `attempt=2; max=4`: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>.
    let attempt =
        text("amz-sdk-request").split(';').find_map(|part| part.trim().strip_prefix("attempt=")?.parse().ok());
    Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        attempt: attempt.unwrap_or(1),
        ..Call::default()
    }
}

/// The request with what came of it. Of a body only the error's code is taken.
fn answered(call: Call, began: Timestamp, ended: Timestamp, sent: &reqwest::Result<http::Response<Bytes>>) -> Call {
    let ms = i64::try_from(ended.duration_since(began).as_millis()).unwrap_or(i64::MAX).max(0);
    let (error, request_id) = match sent {
        Err(error) if error.is_timeout() => (Some("no answer in time".to_owned()), None),
        Err(_) => (Some("no connection".to_owned()), None),
        Ok(response) if response.status().is_success() => (None, None),
        Ok(response) => {
            let body: Option<Value> = serde_json::from_slice(response.body()).ok();
            let code = body.and_then(|body| Some(body["__type"].as_str()?.rsplit('#').next()?.to_owned()));
            let id = response.headers().get("x-amzn-requestid").and_then(|id| id.to_str().ok());
            (Some(code.unwrap_or_else(|| response.status().as_u16().to_string())), id.map(str::to_owned))
        }
    };
    Call { ms, error, request_id, ..call }
}

/// Tells the SDK's retries what kind of fault it was.
fn fault(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}
