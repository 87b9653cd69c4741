//! HTTP requests as API Gateway, function URLs and load balancers hand them to a Lambda (S3).

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// A request.
#[derive(Debug, PartialEq, Eq)]
pub struct HttpRequest {
    /// How the answer has to look.
    pub format: Format,
    headers: Vec<(String, String)>,
    body: String,
    is_base64: bool,
}

/// What the sender of the request understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// REST API, HTTP API in both formats, function URL.
    ApiGateway,
    /// Application load balancer.
    LoadBalancer {
        /// The target group is set to multi-value headers, and wants them in the answer.
        multi_value: bool,
    },
}

impl HttpRequest {
    /// Reads a request; `None` when this is none.
    ///
    /// - REST API and HTTP API 1.0: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
    /// - function URL, HTTP API 2.0: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
    /// - load balancer: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html>
    pub fn read(payload: &Value) -> Option<Self> {
        let context = payload.get("requestContext")?;
        if !(payload["httpMethod"].is_string() || context["http"].is_object()) {
            return None;
        }
        let multi_value = payload["multiValueHeaders"].as_object();
        let single_value = payload["headers"].as_object();
        let format = if context["elb"].is_object() {
            Format::LoadBalancer { multi_value: multi_value.is_some() }
        } else {
            Format::ApiGateway
        };
        let single = single_value.into_iter().flatten().filter_map(|(name, value)| Some((name, value.as_str()?)));
        let multi = multi_value
            .into_iter()
            .flatten()
            .flat_map(|(name, values)| values.as_array().into_iter().flatten().map(move |value| (name, value)))
            .filter_map(|(name, value)| Some((name, value.as_str()?)));
        Some(Self {
            format,
            headers: single.chain(multi).map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
            body: payload["body"].as_str().unwrap_or_default().to_owned(),
            is_base64: payload["isBase64Encoded"].as_bool().unwrap_or(false),
        })
    }

    /// A header, its name in lower case. `None` also when it is there with two different values: which of them counts
    /// would be anybody's guess.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let first = values.next()?;
        values.all(|value| value == first).then_some(first)
    }

    /// The raw bytes of the body, as the client sent them; `None` when it should be base64 and is not.
    pub fn body(&self) -> Option<Cow<'_, [u8]>> {
        if self.is_base64 {
            BASE64_STANDARD.decode(&self.body).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(self.body.as_bytes()))
        }
    }
}
