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
    /// Whether one has.
    #[serde(skip)]
    pub has_happened: bool,
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
    /// The connection breaks before the service has the request.
    ConnectionReset,
    /// The service does what it is asked to, and the connection breaks before it has said so.
    AnswerLost,
    /// The service does what it is asked to, and the instance of the Lambda that asked ends before it learns so.
    Crash,
}

/// What becomes of an answer on its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// It takes so many seconds.
    Slow(u32),
    /// The connection breaks.
    Broken,
    /// Whoever asked is not there any more.
    NobodyThere,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Lets the next calls of a service fail.
    pub fn new(service: Service, operation: Option<String>, times: u32, kind: FaultKind) -> Self {
        Self { service, operation, times, kind, has_happened: false }
    }
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
            FaultKind::ConnectionReset => "end with a broken connection".to_owned(),
            FaultKind::AnswerLost => "be done, and its answer lost".to_owned(),
            FaultKind::Crash => "be done, and the Lambda end in the middle".to_owned(),
        };
        let of = self.operation.as_ref().map(|operation| format!(" of {operation}")).unwrap_or_default();
        match self.times {
            1 => write!(f, "{}: the next call{of} will {how}", self.service),
            times => write!(f, "{}: the next {times} calls{of} will {how}", self.service),
        }
    }
}

impl World {
    /// Whether the connection that a request comes through is about to break.
    pub fn is_about_to_break(&self, service: Service, operation: &str) -> bool {
        let next = self.position_of_fault(service, operation).map(|at| self.faults[at].kind);
        matches!(next, Some(FaultKind::ConnectionReset | FaultKind::AnswerLost))
    }

    fn position_of_fault(&self, service: Service, operation: &str) -> Option<usize> {
        self.faults.iter().position(|fault| {
            fault.times > 0
                && fault.service == service
                && fault.operation.as_deref().is_none_or(|named| named.eq_ignore_ascii_case(operation))
        })
    }

    /// The fault that befalls a request, which uses it up once.
    pub(super) fn next_fault(&mut self, service: Service, operation: &str) -> Option<FaultKind> {
        let at = self.position_of_fault(service, operation)?;
        let fault = &mut self.faults[at];
        fault.times -= 1;
        fault.has_happened = true;
        let kind = fault.kind;
        self.faults.retain(|fault| fault.times > 0);
        Some(kind)
    }
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::CodePipeline, Self::Slack, Self::DynamoDb, Self::Ssm, Self::SecretsManager, Self::Sts];

    /// The operations that are answered here, and may fail.
    pub fn operations(self) -> &'static [&'static str] {
        match self {
            Self::CodePipeline => &[
                "DisableStageTransition",
                "EnableStageTransition",
                "GetPipeline",
                "GetPipelineExecution",
                "GetPipelineState",
                "ListActionExecutions",
                "ListPipelineExecutions",
                "ListPipelines",
                "PutApprovalResult",
                "RetryStageExecution",
                "RollbackStage",
                "StartPipelineExecution",
                "StopPipelineExecution",
            ],
            Self::Slack => &[
                "auth.test",
                "chat.getPermalink",
                "chat.postEphemeral",
                "chat.postMessage",
                "chat.update",
                "conversations.info",
                "usergroups.users.list",
                "users.info",
                "users.lookupByEmail",
                "views.open",
                "views.publish",
            ],
            Self::DynamoDb => &["DescribeTable", "DescribeTimeToLive", "GetItem", "PutItem", "Query", "Scan"],
            Self::Sts => &["AssumeRole"],
            Self::Ssm => &["GetParameter"],
            Self::SecretsManager => &["GetSecretValue"],
        }
    }
}
