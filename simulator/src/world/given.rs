//! What a scenario is given to start from, as it is written in YAML or JSON.

use std::collections::BTreeMap;
use std::fmt;

use jiff::SignedDuration;
use serde::de::{self, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};

use super::delivery::Events;
use super::duration;
use super::secrets::GivenSecrets;
use super::sts::is_account;

/// The start of a scenario: who works in Slack, and how the pipelines stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    /// The Slack workspace.
    pub workspace: GivenWorkspace,
    /// The account that signoff runs in, 12 digits. Where it is not given, that of the pipelines, if they name one and the same.
    pub account: Option<String>,
    /// The roles of other accounts, by their ARNs.
    pub roles: BTreeMap<String, GivenRole>,
    /// The pipelines by the names that scenarios call them.
    pub pipelines: BTreeMap<String, GivenPipeline>,
    /// Whether what the pipelines send is delivered by itself.
    pub events: Events,
    /// What is kept in Parameter Store and Secrets Manager.
    pub secrets: GivenSecrets,
}

impl Given {
    /// The account that signoff runs in.
    pub fn own_account(&self) -> Result<String, String> {
        let mut told = self.pipelines.values().filter_map(|pipeline| pipeline.account.as_ref());
        let first = told.next().filter(|first| told.all(|other| other == *first));
        let account = self.account.as_ref().or(first).cloned().unwrap_or_else(|| "482910375566".to_owned());
        if !is_account(&account) {
            return Err(format!("account: `{account}` is not an AWS account, which has 12 digits"));
        }
        Ok(account)
    }
}

/// A role of another account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GivenRole {
    /// Whom its trust policy names: the ARN of a role, or an account; the function's own role when not given.
    pub trusts: Option<String>,
    /// The external id that its trust policy wants.
    pub external_id: Option<String>,
    /// What it allows, such as `codepipeline:Get*`; everything when not given.
    pub allows: Option<Vec<String>>,
}

/// A Slack workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GivenWorkspace {
    /// The workspace's team id.
    pub team: String,
    /// The channels by name.
    pub channels: BTreeMap<String, GivenChannel>,
    /// The people by the name that scenarios call them.
    pub people: BTreeMap<String, GivenPerson>,
    /// The user groups by handle.
    pub groups: BTreeMap<String, GivenGroup>,
    /// Whether Slack's rate limits hold: without, a scenario may do much in one instant.
    pub rate_limits: bool,
    /// The scopes of the bot token; all that are needed when not given.
    pub scopes: Option<Vec<String>>,
}

impl Default for GivenWorkspace {
    fn default() -> Self {
        Self {
            team: "T0ACME".to_owned(),
            channels: BTreeMap::new(),
            people: BTreeMap::new(),
            groups: BTreeMap::new(),
            rate_limits: false,
            scopes: None,
        }
    }
}

/// A channel: its id alone, or its id and whether the bot is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenChannel {
    /// The channel id.
    pub id: String,
    /// Whether the bot was invited.
    pub member: bool,
}

impl<'de> Deserialize<'de> for GivenChannel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Long {
            id: String,
            #[serde(default = "yes")]
            member: bool,
        }
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = GivenChannel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a channel id, or `{ id: C0…, member: false }`")
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<GivenChannel, E> {
                Ok(GivenChannel { id: id.to_owned(), member: true })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<GivenChannel, A::Error> {
                let Long { id, member } = Long::deserialize(MapAccessDeserializer::new(map))?;
                Ok(GivenChannel { id, member })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// A person, or a bot, in Slack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenPerson {
    /// The user id.
    pub id: String,
    /// The name as people see it.
    pub name: String,
    /// The e-mail address of the profile.
    #[serde(default)]
    pub email: Option<String>,
    /// The team they belong to, when it is not this workspace: somebody in a shared channel.
    #[serde(default)]
    pub team: Option<String>,
    /// Whether the account was deactivated.
    #[serde(default)]
    pub deactivated: bool,
    /// Whether it is a bot's account.
    #[serde(default)]
    pub bot: bool,
    /// The channels they are in, by name; all of them when not given.
    #[serde(default)]
    pub channels: Option<Vec<String>>,
}

/// A user group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenGroup {
    /// The user group's id.
    pub id: String,
    /// Its members, as `people` names them.
    pub members: Vec<String>,
}

/// A pipeline, and the execution that is under way in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenPipeline {
    /// The region it is in.
    #[serde(default = "region")]
    pub region: String,
    /// The account it is in, 12 digits; signoff's own when not given.
    #[serde(default)]
    pub account: Option<String>,
    /// Its name in its account and region, where scenarios call it otherwise because several have the same.
    #[serde(default)]
    pub name: Option<String>,
    /// The execution id; made from the pipeline's name when not given.
    #[serde(default)]
    pub execution: Option<String>,
    /// The execution mode.
    #[serde(default)]
    pub mode: ExecutionMode,
    /// What started the execution.
    #[serde(default)]
    pub trigger: Option<GivenTrigger>,
    /// The source revision that the execution runs.
    #[serde(default)]
    pub revision: Option<GivenRevision>,
    /// Further source actions' revisions, by the action's name.
    #[serde(default)]
    pub revisions: BTreeMap<String, GivenRevision>,
    /// The pipeline's variables and their defaults; without a default, each execution must be given one.
    #[serde(default)]
    pub variables: BTreeMap<String, Option<String>>,
    /// Whether it has no execution yet.
    #[serde(default)]
    pub idle: bool,
    /// The stages in order.
    pub stages: Vec<GivenStage>,
    /// `Stage/Action` of the approval that waits for an answer; everything before it has succeeded. When not given, the
    /// execution has run up to its first approval, or to its end.
    #[serde(default)]
    pub waits_at: Option<String>,
}

/// How a pipeline treats several executions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum ExecutionMode {
    /// Newer executions overtake waiting ones.
    #[default]
    #[serde(rename = "SUPERSEDED")]
    Superseded,
    /// Executions wait in line.
    #[serde(rename = "QUEUED")]
    Queued,
    /// Executions run at the same time. `GetPipelineState` then gives no approval token: it is the action execution's
    /// `externalExecutionId` (PutApprovalResult, API reference).
    #[serde(rename = "PARALLEL")]
    Parallel,
}

/// What started an execution, as `GetPipelineExecution` tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenTrigger {
    /// The trigger type, such as `StartPipelineExecution` or `WebhookV2`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The trigger detail, such as the ARN of who started it.
    #[serde(default)]
    pub detail: Option<String>,
}

/// A source revision.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenRevision {
    /// The revision id: a commit id.
    pub id: String,
    /// The revision's summary: a commit message, or what the source's provider makes of it.
    #[serde(default)]
    pub summary: Option<String>,
    /// Where to see it.
    #[serde(default)]
    pub url: Option<String>,
    /// The commit message: the summary is made from it, as the source's provider would.
    #[serde(default)]
    pub message: Option<String>,
    /// The author's name.
    #[serde(default)]
    pub author: Option<String>,
    /// The author's e-mail address.
    #[serde(default)]
    pub email: Option<String>,
    /// The repository, such as `acme/payments-api`.
    #[serde(default)]
    pub repository: Option<String>,
    /// The branch.
    #[serde(default)]
    pub branch: Option<String>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenStage {
    /// The stage's name.
    pub name: String,
    /// Its actions, run one after the other unless `run_order` says otherwise.
    pub actions: Vec<GivenAction>,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenAction {
    /// The action's name.
    pub name: String,
    /// The action type's category.
    pub category: Category,
    /// The action type's provider; the usual one of its category when not given.
    #[serde(default)]
    pub provider: Option<String>,
    /// An approval's token, a lower-case UUID; made from the names when not given.
    #[serde(default)]
    pub token: Option<String>,
    /// An approval's custom data.
    #[serde(default)]
    pub custom_data: Option<String>,
    /// Whether an approval has an SNS topic, to which its requests are sent.
    #[serde(default = "yes")]
    pub notifies: bool,
    /// An approval's link for review.
    #[serde(default)]
    pub external_link: Option<String>,
    /// How long an approval waits; seven days when not given.
    #[serde(default)]
    pub timeout_minutes: Option<u32>,
    /// Actions of a stage with the same order run at once; one after the other when not given.
    #[serde(default)]
    pub run_order: Option<u32>,
    /// How long it takes; no time when not given.
    #[serde(default)]
    pub takes: Option<Takes>,
    /// The reason why the action fails when it runs.
    #[serde(default)]
    pub fails: Option<String>,
    /// How many of its runs fail, the first ones; all of them when not given.
    #[serde(default)]
    pub fails_times: Option<u32>,
    /// The output variables of the action when it has run.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// How long an action takes, such as `3m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Takes(pub SignedDuration);

impl TryFrom<String> for Takes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        duration::parse(&text).map(Self)
    }
}

/// The category of an action type (CodePipeline API, ActionCategory).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Category {
    Source,
    Build,
    Deploy,
    Test,
    Invoke,
    Approval,
    Compute,
}

fn yes() -> bool {
    true
}

fn region() -> String {
    super::HOME_REGION.to_owned()
}
