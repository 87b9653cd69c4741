//! What went wrong in a call of the AWS SDK, in words for people.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::ports::PortError;
use thiserror::Error;

/// The codes with which AWS asks to come back later. The SDK has tried again by then.
const THROTTLES: [&str; 6] = [
    "ThrottlingException",
    "Throttling",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
    "RequestThrottledException",
];

/// Sorts an error of the SDK by whether trying again may help, and says what was called and what came back.
pub fn port_error<E>(call: &str, error: &SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(NoCredentials(said)) = caused_by::<NoCredentials>(error) {
        return match said {
            PortError::Transient(said) => PortError::Transient(format!("{call} could not be sent: {said}")),
            PortError::Permanent(said) => PortError::Permanent(format!("{call} could not be sent: {said}")),
        };
    }
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or("no error code");
            let said = service.err().message().map(|message| format!(": {message}")).unwrap_or_default();
            let text = format!("{call} answered {code}{said}");
            if status >= 500 || THROTTLES.contains(&code) {
                PortError::Transient(text)
            } else {
                PortError::Permanent(text)
            }
        }
        SdkError::TimeoutError(_) => PortError::Transient(format!("{call} did not answer in time")),
        SdkError::DispatchFailure(failure) if failure.is_user() => {
            PortError::Permanent(format!("{call} could not be sent: {}", innermost(error)))
        }
        SdkError::ConstructionFailure(_) => {
            PortError::Permanent(format!("{call} could not be put together: {}", innermost(error)))
        }
        _ => match error.raw_response() {
            Some(response) => {
                let status = response.status().as_u16();
                PortError::Transient(format!("{call} answered {status} and nothing that can be read"))
            }
            None => PortError::Transient(format!("{call} failed on the way: {}", innermost(error))),
        },
    }
}

/// The credentials for a call could not be had, and whether trying again may help.
#[derive(Debug, Clone, Error)]
#[error(transparent)]
pub struct NoCredentials(pub PortError);

fn caused_by<'a, C: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a C> {
    let mut cause = Some(error);
    while let Some(found) = cause {
        if let Some(wanted) = found.downcast_ref() {
            return Some(wanted);
        }
        cause = found.source();
    }
    None
}

/// The cause at the bottom says what happened; those above it say only that something did.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
