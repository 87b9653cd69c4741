//! Requests: each meets the fault that waits for it, or is answered by its fake, and is noted either way.

mod subjects;

use std::collections::BTreeMap;

use serde_json::Value;

use subjects::{codepipeline_subject, dynamodb_subject};

use super::slack::{Arguments, SlackError};
use super::sts::{Assumed, Signer};
use super::{AwsError, Call, FaultKind, HOME_REGION, SecretStores, Service, Tables, Wire, World};

/// How a request to Slack fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlackFailure {
    /// Status 429 with `Retry-After`, in seconds.
    RateLimited {
        /// How long to wait, in seconds.
        retry_after_s: u32,
    },
    /// Status 500.
    ServerError,
    /// The connection breaks, and Slack never had the request.
    Broken,
    /// Status 200 and `"ok": false`.
    Refused(SlackError),
}

/// What a request to a `response_url` is called, as a method would be.
pub const RESPONSE_URL: &str = "response_url";
/// How a request is noted that never reached the service.
const BROKEN: &str = "the connection breaks";
/// How one is noted whose answer nobody gets.
const LOST: &str = "ok, but the answer is lost";

impl SlackFailure {
    /// Slack's error code.
    pub fn code(&self) -> &str {
        match self {
            Self::RateLimited { .. } => "ratelimited",
            Self::ServerError => "internal_error",
            Self::Broken => BROKEN,
            Self::Refused(error) => error.error,
        }
    }
}

impl World {
    /// A request to CodePipeline in a region, by the function's own role.
    pub fn codepipeline_request(&mut self, region: &str, operation: &str, input: &Value) -> Result<Value, AwsError> {
        self.codepipeline_request_by(Signer::own(region), operation, input)
    }

    /// A request to CodePipeline: of the account whose credentials it is signed with.
    pub fn codepipeline_request_by(
        &mut self,
        signer: Signer<'_>,
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        let subject = if self.keeps_calls { codepipeline_subject(operation, input) } else { String::new() };
        self.aws_asked(Service::CodePipeline, signer, operation, subject, |world, account| {
            world.codepipeline.answer(world.now, (account, signer.region), operation, input)
        })
    }

    /// A request to DynamoDB, by the function's own role in its region.
    pub fn dynamodb_request(&mut self, operation: &str, input: &Value) -> Result<Value, AwsError> {
        self.dynamodb_request_by(Signer::own(HOME_REGION), operation, input)
    }

    /// A request to DynamoDB: of the account and the region whose credentials it is signed with.
    pub fn dynamodb_request_by(
        &mut self,
        signer: Signer<'_>,
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        self.dynamodb_asked(signer, operation, input, |tables| tables.answer(operation, input))
    }

    /// A request to DynamoDB of which only a part of the answer is wanted.
    pub fn dynamodb_asked<T>(
        &mut self,
        signer: Signer<'_>,
        operation: &str,
        input: &Value,
        answer: impl FnOnce(&mut Tables) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let subject = if self.keeps_calls { dynamodb_subject(input) } else { String::new() };
        self.aws_asked(Service::DynamoDb, signer, operation, subject, |world, account| {
            if world.is_home(account, signer) { answer(&mut world.dynamodb) } else { answer(&mut Tables::none()) }
        })
    }

    /// `AssumeRole` of STS. What STS refuses of credentials has codes of its own:
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.
    pub fn assume_role_request(
        &mut self,
        signer: Signer<'_>,
        input: &BTreeMap<String, String>,
    ) -> Result<Assumed, AwsError> {
        let subject = input.get("RoleArn").cloned().unwrap_or_default();
        let answer = match self.next_failure(Service::Sts, "AssumeRole") {
            Some(kind) => Err(aws_fault(kind)),
            None => self.roles.caller(self.now, signer).map_err(of_sts).and_then(|caller| {
                if caller.account == self.own_account {
                    return self.roles.assume_role(self.now, input);
                }
                let message =
                    format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {subject}", caller.arn);
                Err(AwsError { code: "AccessDenied", message, status: 403 })
            }),
        };
        let outcome = answer.as_ref().map(|_| ()).map_err(|error| error.code);
        self.note(Service::Sts, "AssumeRole", subject, outcome);
        answer
    }

    /// A request to Parameter Store: of the account and the region whose credentials it is signed with.
    pub fn ssm_request(&mut self, signer: Signer<'_>, operation: &str, input: &Value) -> Result<Value, AwsError> {
        let subject = input["Name"].as_str().unwrap_or_default().to_owned();
        self.aws_asked(Service::Ssm, signer, operation, subject, |world, account| {
            match world.is_home(account, signer) {
                true => world.secrets.ssm((account, signer.region), operation, input),
                false => SecretStores::none().ssm((account, signer.region), operation, input),
            }
        })
    }

    /// A request to Secrets Manager: of the account and the region whose credentials it is signed with.
    pub fn secrets_manager_request(
        &mut self,
        signer: Signer<'_>,
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        let asked = [&input["SecretId"], &input["VersionStage"]];
        let subject = asked.iter().filter_map(|asked| asked.as_str()).collect::<Vec<_>>().join(" ");
        self.aws_asked(Service::SecretsManager, signer, operation, subject, |world, account| {
            match world.is_home(account, signer) {
                true => world.secrets.secrets_manager((account, signer.region), operation, input),
                false => SecretStores::none().secrets_manager((account, signer.region), operation, input),
            }
        })
    }

    /// Answers a request of whoever signed it, in their account, where they may ask so.
    fn aws_asked<T>(
        &mut self,
        service: Service,
        signer: Signer<'_>,
        operation: &str,
        mut subject: String,
        answer: impl FnOnce(&mut Self, &str) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let caller = self.roles.caller(self.now, signer);
        if let Ok(caller) = &caller
            && self.keeps_calls
            && caller.account != self.own_account
        {
            // Where there are several, a name alone does not say which.
            subject = format!("{} {} {subject}", caller.account, signer.region).trim_end().to_owned();
        }
        let answer = match self.next_failure(service, operation) {
            Some(kind) => Err(aws_fault(kind)),
            None => caller.and_then(|caller| {
                caller.check(&format!("{}:{operation}", iam_prefix(service)))?;
                answer(self, &caller.account)
            }),
        };
        let outcome = answer.as_ref().map(|_| ()).map_err(|error| error.code);
        self.note(service, operation, subject, outcome);
        answer
    }

    /// Whether this is where the function's table and its secrets are.
    fn is_home(&self, account: &str, signer: Signer<'_>) -> bool {
        account == self.own_account && signer.region == HOME_REGION
    }

    /// A request to the Slack Web API whose token was right.
    pub fn slack_request(&mut self, method: &str, arguments: &Arguments) -> Result<Value, SlackFailure> {
        let subject = if self.keeps_calls { self.slack_subject(arguments) } else { String::new() };
        self.slack_asked(method, subject, |world| match world.slack.too_soon(world.now, method, arguments) {
            Some(retry_after_s) => Err(SlackFailure::RateLimited { retry_after_s }),
            None => world.slack.answer(world.now, method, arguments).map_err(SlackFailure::Refused),
        })
    }

    /// What is posted to a `response_url`, whose path this is. It needs no token.
    pub fn response_url_request(&mut self, path: &str, body: &Value) -> Result<(), SlackFailure> {
        self.slack_asked(RESPONSE_URL, String::new(), |world| {
            world.slack.respond(world.now, path, body).map_err(SlackFailure::Refused)
        })
    }

    fn slack_asked<T>(
        &mut self,
        method: &str,
        subject: String,
        answer: impl FnOnce(&mut Self) -> Result<T, SlackFailure>,
    ) -> Result<T, SlackFailure> {
        let answer = match self.next_failure(Service::Slack, method) {
            Some(FaultKind::RateLimited { retry_after_s }) => Err(SlackFailure::RateLimited { retry_after_s }),
            Some(FaultKind::Throttled) => Err(SlackFailure::RateLimited { retry_after_s: 1 }),
            Some(FaultKind::ServerError) => Err(SlackFailure::ServerError),
            Some(FaultKind::Denied) => Err(SlackFailure::Refused("not_allowed_token_type".into())),
            Some(FaultKind::ConnectionReset) => Err(SlackFailure::Broken),
            Some(FaultKind::Slow { .. } | FaultKind::AnswerLost | FaultKind::Crash) | None => answer(self),
        };
        let outcome = answer.as_ref().map(|_| ()).map_err(SlackFailure::code);
        self.note(Service::Slack, method, subject, outcome);
        answer
    }

    /// The fault that keeps a request from being done, if one befalls it. What becomes of the answer is noted in `wire`.
    fn next_failure(&mut self, service: Service, operation: &str) -> Option<FaultKind> {
        let fault = self.next_fault(service, operation);
        self.wire = match fault {
            Some(FaultKind::Slow { seconds }) => Some(Wire::Slow(seconds)),
            Some(FaultKind::ConnectionReset | FaultKind::AnswerLost) => Some(Wire::Broken),
            Some(FaultKind::Crash) => Some(Wire::NobodyThere),
            _ => None,
        };
        fault.filter(|kind| !matches!(kind, FaultKind::Slow { .. } | FaultKind::AnswerLost | FaultKind::Crash))
    }

    /// Notes a request and what came of it.
    pub(crate) fn note(&mut self, service: Service, operation: &str, subject: String, outcome: Result<(), &str>) {
        if !self.keeps_calls {
            return;
        }
        let ok = if self.wire == Some(Wire::Broken) { LOST } else { "ok" };
        let outcome = outcome.map(|()| ok.to_owned()).map_err(str::to_owned);
        self.calls.push(Call { service, operation: operation.to_owned(), subject, outcome });
    }
}

/// What actions of a service begin with in policies.
fn iam_prefix(service: Service) -> &'static str {
    match service {
        Service::CodePipeline => "codepipeline",
        Service::DynamoDb => "dynamodb",
        Service::Ssm => "ssm",
        Service::SecretsManager => "secretsmanager",
        Service::Sts => "sts",
        Service::Slack => "slack",
    }
}

fn of_sts(refused: AwsError) -> AwsError {
    let (code, status) = match refused.code {
        "UnrecognizedClientException" => ("InvalidClientTokenId", 403),
        "ExpiredTokenException" => ("ExpiredToken", 400),
        code => (code, refused.status),
    };
    AwsError { code, status, ..refused }
}

fn aws_fault(kind: FaultKind) -> AwsError {
    match kind {
        FaultKind::RateLimited { .. } | FaultKind::Throttled => {
            AwsError::client("ThrottlingException", "Rate exceeded")
        }
        FaultKind::Denied => AwsError::client(
            "AccessDeniedException",
            "User: arn:aws:sts::482910375566:assumed-role/signoff/signoff is not authorized to perform this action",
        ),
        FaultKind::ConnectionReset | FaultKind::AnswerLost | FaultKind::Crash | FaultKind::Slow { .. } => {
            AwsError::client(BROKEN, "")
        }
        FaultKind::ServerError => AwsError {
            code: "InternalServerError",
            message: "The request processing has failed because of an unknown error.".to_owned(),
            status: 500,
        },
    }
}
