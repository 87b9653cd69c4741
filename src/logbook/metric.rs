//! What is counted and measured.

/// A metric of CloudWatch's. docs/operations.md says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the documentation, and docs/operations.md")]
pub enum Metric {
    InvocationsDone,
    InvocationsRefused,
    InvocationsFailed,
    Duration,
    FailedMessages,
    NeverTriedAgain,
    RefusedRequests,
    Votes,
    RefusedClicks,
    DeadButtons,
    FailedClicks,
    Approved,
    Rejected,
    Expired,
    DecidedElsewhere,
    Closed,
    Commands,
    OpenApprovalAge,
    SlackRateLimited,
}

impl Metric {
    /// Every metric, in the order of docs/operations.md.
    pub const ALL: [Self; 19] = [
        Self::InvocationsDone,
        Self::InvocationsRefused,
        Self::InvocationsFailed,
        Self::Duration,
        Self::FailedMessages,
        Self::NeverTriedAgain,
        Self::RefusedRequests,
        Self::Votes,
        Self::RefusedClicks,
        Self::DeadButtons,
        Self::FailedClicks,
        Self::Approved,
        Self::Rejected,
        Self::Expired,
        Self::DecidedElsewhere,
        Self::Closed,
        Self::Commands,
        Self::OpenApprovalAge,
        Self::SlackRateLimited,
    ];

    /// Its name in CloudWatch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvocationsDone => "InvocationsDone",
            Self::InvocationsRefused => "InvocationsRefused",
            Self::InvocationsFailed => "InvocationsFailed",
            Self::Duration => "Duration",
            Self::FailedMessages => "FailedMessages",
            Self::NeverTriedAgain => "NeverTriedAgain",
            Self::RefusedRequests => "RefusedRequests",
            Self::Votes => "Votes",
            Self::RefusedClicks => "RefusedClicks",
            Self::DeadButtons => "DeadButtons",
            Self::FailedClicks => "FailedClicks",
            Self::Approved => "Approved",
            Self::Rejected => "Rejected",
            Self::Expired => "Expired",
            Self::DecidedElsewhere => "DecidedElsewhere",
            Self::Closed => "Closed",
            Self::Commands => "Commands",
            Self::OpenApprovalAge => "OpenApprovalAge",
            Self::SlackRateLimited => "SlackRateLimited",
        }
    }

    /// Its unit, as CloudWatch names it:
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Duration => "Milliseconds",
            Self::OpenApprovalAge => "Seconds",
            _ => "Count",
        }
    }
}
