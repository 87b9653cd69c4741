//! Faults: what goes wrong with a request before the service does anything about it.

use std::fmt;

use serde::Deserialize;

use super::{Service, World};

/// Makes the next requests to a service fail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service that fails.
    pub service: Service,
    /// The operation that fails, as in [`super::Call`]; any when not given.
    #[serde(default)]
    pub operation: Option<String>,
    /// How many requests fail.
    #[serde(default = "once")]
    pub times: u32,
    /// How they fail.
    pub kind: FaultKind,
}

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Slack: status 429, `ratelimited`, `Retry-After`. AWS: `ThrottlingException`.
    RateLimited {
        /// How long to wait, in seconds.
        retry_after_s: u32,
    },
    /// AWS: `ThrottlingException`, status 400. Slack: as rate limited for one second.
    Throttled,
    /// The service does what it is asked to, and its answer takes as long as this: in real time through the compiled binary.
    Slow {
        /// How long, in seconds.
        seconds: u32,
    },
    /// AWS: `AccessDeniedException`, status 400. Slack: `not_allowed_token_type`.
    Denied,
    /// Status 500: `InternalServerError` of AWS, `internal_error` of Slack.
    ServerError,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.kind {
            FaultKind::RateLimited { retry_after_s: 1 } => "be rate limited for 1 second".to_owned(),
            FaultKind::RateLimited { retry_after_s } => format!("be rate limited for {retry_after_s} seconds"),
            FaultKind::Slow { seconds } => format!("take {seconds} seconds"),
            FaultKind::Throttled => "be throttled".to_owned(),
            FaultKind::Denied => "be denied".to_owned(),
            FaultKind::ServerError => "end with a server error".to_owned(),
        };
        let of = self.operation.as_ref().map(|operation| format!(" of {operation}")).unwrap_or_default();
        match self.times {
            1 => write!(f, "{}: the next call{of} will {how}", self.service),
            times => write!(f, "{}: the next {times} calls{of} will {how}", self.service),
        }
    }
}

impl World {
    /// The fault that befalls a request, which uses it up once.
    pub(super) fn next_fault(&mut self, service: Service, operation: &str) -> Option<FaultKind> {
        let at = self.faults.iter().position(|fault| {
            fault.times > 0
                && fault.service == service
                && fault.operation.as_deref().is_none_or(|named| named.eq_ignore_ascii_case(operation))
        })?;
        let fault = &mut self.faults[at];
        fault.times -= 1;
        let kind = fault.kind;
        self.faults.retain(|fault| fault.times > 0);
        Some(kind)
    }
}

fn once() -> u32 {
    1
}
