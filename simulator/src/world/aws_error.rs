//! Errors as AWS services answer them.

use std::fmt;

/// An error that an AWS service answers: its code, what it says, and the HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// The error's shape, such as `PipelineNotFoundException`.
    pub code: &'static str,
    /// What the service says about it. As the real services do, it may quote the request, tokens included, so it is
    /// for the answer only, never for a transcript.
    pub message: String,
    /// The HTTP status: 400 for the caller's faults, 500 for the service's.
    pub status: u16,
}

impl AwsError {
    /// An error that the caller made.
    pub fn client(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), status: 400 }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AwsError {}
