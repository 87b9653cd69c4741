//! The world that a scenario plays in: stateful fakes of CodePipeline, Slack and DynamoDB under one virtual clock.
//!
//! Nothing here reads a clock, opens a socket or knows signoff: what happens is decided by the state, the arguments and
//! [`World::now`] alone, so that the same calls give the same world on any machine.

pub mod aws_error;
pub mod codepipeline;
pub mod delivery;
pub mod duration;
pub mod dynamodb;
pub mod faults;
pub mod given;
pub mod identity;
mod requests;
pub mod secrets;
pub mod slack;
pub mod sts;

use std::fmt;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use aws_error::AwsError;
pub use codepipeline::CodePipeline;
pub use dynamodb::Tables;
pub use faults::{Fault, FaultKind, Wire};
pub use given::Given;
pub use requests::{RESPONSE_URL, SlackFailure};
pub use secrets::SecretStores;
pub use slack::Workspace;
pub use sts::Roles;

/// The world, as several endpoints and the scenario share it.
pub type Shared = Arc<Mutex<World>>;

/// The region that signoff runs in, and in which its table and its secrets are.
pub const HOME_REGION: &str = "eu-west-1";

/// Everything outside signoff, at one instant of virtual time.
#[derive(Debug, Clone)]
pub struct World {
    /// The virtual clock. [`World::advance`] moves it.
    pub now: Timestamp,
    /// The account that signoff runs in.
    pub own_account: String,
    /// The roles that may be assumed, and who has.
    pub roles: Roles,
    /// The pipelines.
    pub codepipeline: CodePipeline,
    /// The Slack workspace.
    pub slack: Workspace,
    /// The DynamoDB tables.
    pub dynamodb: Tables,
    /// Parameter Store and Secrets Manager.
    pub secrets: SecretStores,
    /// What goes wrong next, in order: the first fault that fits a request is used up by it.
    pub faults: Vec<Fault>,
    /// What becomes of the answer to the request before, where a fault says so.
    pub wire: Option<Wire>,
    /// Whether requests are noted in `calls`: where nobody looks at them, that is only work.
    pub keeps_calls: bool,
    /// Every request that was answered since they were last taken, oldest first.
    pub calls: Vec<Call>,
}

impl World {
    /// Builds the world that a scenario starts from, at `now`.
    ///
    /// The error names the place in the scenario and what would be right there.
    pub fn new(given: &Given, now: Timestamp) -> Result<Self, String> {
        let own_account = given.own_account()?;
        Ok(Self {
            now,
            roles: Roles::new(&own_account, &given.roles)?,
            codepipeline: CodePipeline::new(&given.pipelines, &own_account, now)?,
            dynamodb: Tables::of(&own_account),
            own_account,
            slack: Workspace::new(&given.workspace)?,
            secrets: SecretStores::new(&given.secrets, now),
            faults: Vec::new(),
            wire: None,
            keeps_calls: true,
            calls: Vec::new(),
        })
    }

    /// Moves the clock, and lets happen what time alone brings about: actions are through, and approvals
    /// that nobody answered time out.
    pub fn advance(&mut self, by: SignedDuration) {
        self.advance_to(self.now.saturating_add(by).unwrap_or(Timestamp::MAX));
    }

    /// Moves the clock to a later time.
    pub fn advance_to(&mut self, to: Timestamp) {
        self.now = to;
        self.codepipeline.time_passed(to);
    }

    /// The requests answered since the last time this was called, oldest first.
    pub fn take_calls(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.calls)
    }
}

/// A service that the world plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Service {
    /// AWS CodePipeline.
    #[serde(rename = "codepipeline")]
    CodePipeline,
    /// The Slack Web API.
    #[serde(rename = "slack")]
    Slack,
    /// Amazon DynamoDB.
    #[serde(rename = "dynamodb")]
    DynamoDb,
    /// AWS Systems Manager's Parameter Store.
    #[serde(rename = "ssm")]
    Ssm,
    /// AWS Secrets Manager.
    #[serde(rename = "secretsmanager")]
    SecretsManager,
    /// AWS Security Token Service.
    #[serde(rename = "sts")]
    Sts,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CodePipeline => "CodePipeline",
            Self::Slack => "Slack",
            Self::DynamoDb => "DynamoDB",
            Self::Ssm => "Parameter Store",
            Self::SecretsManager => "Secrets Manager",
            Self::Sts => "STS",
        })
    }
}

/// A request that a fake answered. It holds no token and no secret: it is made to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Who was asked.
    pub service: Service,
    /// The operation as the service names it: `PutApprovalResult`, `chat.postMessage`, `PutItem`.
    pub operation: String,
    /// One line about the arguments, such as `#releases` or `approval#1a2b3c4d… version 2`.
    pub subject: String,
    /// `ok`, or the service's error code.
    pub outcome: Result<String, String>,
}
