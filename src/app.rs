//! The shell around the pure core: load, decide, save, act, record. Everything that signoff does goes through here,
//! whichever envelope it came in.

mod announce;
mod answer;
mod audit;
mod catch_up;
mod command;
mod follow;
mod groups;
mod interact;
mod involved;
mod late;
mod learn;
mod notify;
mod others;
mod own_change;
mod pace;
mod remind;
pub mod secrets;
mod show;
mod show_execution;
mod tick;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::approval::audit::AuditSettings;
use crate::approval::digest_of;
use crate::approval::record::Record;
use crate::facts::RefusalFacts;
use crate::ports::{Chat, Clock, PipelineRef, Pipelines, PortError, SaveError, Store};
use crate::rules::RuleSet;
use crate::template::{Message, Templates};

pub use follow::Round;
pub use groups::Groups;
pub use late::Late;
pub use others::Others;
pub use secrets::SigningSecrets;
pub use show_execution::Shown;

/// How long a record is kept after the last time that anything can happen to it.
const KEEP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often a write that somebody else's write overtook is decided anew. Each time somebody else's arrived, so this bounds
/// how many people may answer at the same instant without one being turned away: about half as many.
const TRIES: usize = 200;

/// signoff, ready to work.
#[derive(Clone)]
pub struct App {
    /// The rules in force.
    pub rules: Arc<RuleSet>,
    /// The messages.
    pub templates: Arc<Templates>,
    /// CodePipeline.
    pub pipelines: Arc<dyn Pipelines>,
    /// Slack.
    pub chat: Arc<dyn Chat>,
    /// The records.
    pub store: Arc<dyn Store>,
    /// The members of user groups, kept from one click to the next.
    pub groups: Groups,
    /// Work that goes on after Slack was answered.
    pub late: Late,
    /// The messages that no rule is for.
    pub others: Others,
    /// How evidence of decisions is kept.
    pub audit: AuditSettings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What Slack signs with: the secret, and while it is rotated the previous one.
    pub signing_secrets: SigningSecrets,
}

/// Something that did not work and may when the same input comes again, so that it must come again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self(error.to_string())
    }
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        Self(error.to_string())
    }
}

impl App {
    /// Renders a message. A template that fails at run time must not cost anybody their approval, so a built-in one of
    /// the same meaning stands in for it.
    fn render(&self, template: &str, stand_in: &str, facts: &impl Serialize) -> Result<Message, Failure> {
        self.templates.render(template, facts).or_else(|error| {
            tracing::error!(template, %error, "a template failed; the built-in `{stand_in}` stands in for it");
            Templates::builtin().render(stand_in, facts).map_err(|error| {
                Failure(format!("the template `{template}` and its built-in stand-in failed: {error}"))
            })
        })
    }

    /// Tells one person something, in a channel, seen by nobody else (A13).
    async fn whisper(&self, channel: &str, user: &str, facts: &RefusalFacts, until: Timestamp) -> Result<(), Failure> {
        let message = self.render(crate::engine::REFUSAL, crate::engine::REFUSAL, facts)?;
        Ok(self.chat.whisper(channel, user, &message, until).await?)
    }

    /// The key of a record of this kind about a pipeline, or an execution of it. signoff's own account is left out: not every
    /// message says it. Every other is part of it, so that pipelines of one name in two accounts are told apart.
    fn key_within(&self, kind: &str, pipeline: &PipelineRef, execution: Option<&str>) -> String {
        let mut parts = vec![Some(pipeline.region.as_str()), Some(pipeline.name.as_str())];
        parts.extend(execution.map(Some));
        if let Some(account) = self.other_account(pipeline.account.as_deref()) {
            parts.extend([None, Some(account)]);
        }
        format!("{kind}#{}", digest_of(&parts))
    }

    /// The account, where it is not the one that signoff runs in.
    fn other_account<'a>(&self, account: Option<&'a str>) -> Option<&'a str> {
        account.filter(|account| self.pipelines.own_account().as_deref() != Some(account))
    }

    /// Changes a record that somebody else may be changing: reads it, changes it and writes it, anew after each conflict.
    /// `change` returns false to leave the record as it is.
    async fn amend(
        &self,
        key: &str,
        expires_at: Timestamp,
        mut change: impl FnMut(&mut Record) -> bool + Send,
    ) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let Some(mut stored) = self.store.load(key, now).await? else {
                return Err(Failure(format!("the record `{key}` has gone")));
            };
            if !change(&mut stored.record) {
                return Ok(());
            }
            match self.store.save(key, &stored.record, Some(stored.version), expires_at, now).await {
                Ok(_) => return Ok(()),
                Err(SaveError::Conflict) => {}
                Err(SaveError::Failed(error)) => return Err(error.into()),
            }
        }
        Err(Failure(format!("the record `{key}` was changed by others {TRIES} times in a row")))
    }
}

/// When a record may be forgotten that matters until `last`.
fn keep_until(last: Timestamp) -> Timestamp {
    last.checked_add(KEEP).unwrap_or(Timestamp::MAX)
}

/// What Slack is answered over HTTP: nothing, or a body for a submitted modal.
pub type Reply = Option<Value>;
