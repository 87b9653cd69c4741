//! The one HTTP client, with the one TLS configuration, that Slack's adapter and the AWS SDK share. Its root
//! certificates are embedded (Mozilla's, by `webpki-roots`), so that no start reads them from disk.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use thiserror::Error;

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
    let connector = SharedHttpConnector::new(Connector(client));
    http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone())
}

#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = match body.bytes() {
                Some(bytes) => bytes.to_vec().into(),
                None => body.collect().await.map_err(ConnectorError::user)?.to_bytes(),
            };
            let request = reqwest::Request::try_from(http::Request::from_parts(parts, body))
                .map_err(|error| ConnectorError::user(error.into()))?;
            let response = client.execute(request).await.map_err(fault)?;
            let (parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
            let body = body.collect().await.map_err(fault)?.to_bytes();
            HttpResponse::try_from(http::Response::from_parts(parts, SdkBody::from(body)))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Tells the SDK's retries what kind of fault it was.
fn fault(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() { ConnectorError::timeout(error.into()) } else { ConnectorError::io(error.into()) }
}
