//! Something is done: it is claimed in the store, then CodePipeline is told, then everybody sees it.

use super::{Ask, Known, Said, Stop};
use crate::app::{App, Failure, TRIES};
use crate::approval::record::{Record, claim_until};
use crate::command::record::{CommandRecord, CommandState, PREFIX};
use crate::command::{Order, told, words};
use crate::facts::{Mention, RefusalFacts};
use crate::ports::{OperateError, Operation, PortError, SaveError};
use crate::rules::command::{CommandRule, Verb};

/// The template that tells everybody what was done.
const COMMAND: &str = "command";

/// What log lines of evidence have as their `target`.
const TARGET: &str = "signoff::audit";

impl App {
    /// Does it, unless it was done.
    pub(super) async fn perform(
        &self,
        order: Order,
        rule: &CommandRule,
        ask: &Ask<'_>,
        known: &Known,
    ) -> Result<Said, Stop> {
        let now = self.clock.now();
        let name = known.profile.as_ref().map_or(ask.user.id.as_str(), |profile| profile.name.as_str()).to_owned();
        let record = CommandRecord {
            by: ask.user.id.clone(),
            name,
            at: now,
            rule: rule.name.clone(),
            rules_digest: self.rules.digest.clone(),
            rules_revision: self.audit.revision.clone(),
            channel: ask.channel.to_owned(),
            state: CommandState::Claimed { until: claim_until(now) },
            order,
        };
        let key = key(&ask.id);
        self.claim(&key, &record).await?;
        let operation = operation(&record, &ask.id)
            .ok_or_else(|| Failure(format!("`{}` was to be carried out without knowing what of", record.order.verb)))?;
        let target = &record.order.target;
        let done = self.pipelines.operate(&target.pipeline_ref(), &operation).await;
        let state = match &done {
            Ok(execution) => CommandState::Done { execution: execution.clone() },
            Err(OperateError::Refused { said }) => CommandState::Refused { said: said.clone() },
            Err(OperateError::Failed(PortError::Permanent(said))) => CommandState::Refused { said: said.clone() },
            Err(OperateError::Failed(PortError::Transient(said))) => CommandState::Unknown { said: said.clone() },
        };
        if let Err(failure) = self.remember_command(&key, &state).await {
            tracing::error!(key, %failure, "what became of a command is not remembered");
        }
        tracing::info!(
            target: TARGET,
            event = "command",
            command = %record.order.verb,
            by = record.by,
            name = record.name,
            reason = record.order.reason,
            outcome = words::outcome(&state),
            rule = record.rule,
            rules_digest = record.rules_digest,
            rules_revision = record.rules_revision.as_deref(),
            account = target.account,
            region = target.region,
            pipeline = target.pipeline,
            stage = target.stage,
            execution = record.order.execution,
            at = %record.at,
            "command"
        );
        match state {
            CommandState::Done { execution } => self.tell(&record, rule, execution.as_deref(), ask).await,
            CommandState::Refused { said } => {
                let reason = format!("CodePipeline refuses to {}: {said}", words::what(record.order.verb, target));
                Err(RefusalFacts::new(reason, "Nothing was changed.").into())
            }
            CommandState::Unknown { .. } | CommandState::Claimed { .. } => Err(unknown(&record).into()),
        }
    }

    /// Refuses what was done already: a button is pressed by one person after another.
    pub(super) async fn refuse_done(&self, id: &str) -> Result<(), Stop> {
        let stored = self.store.load(&key(id), self.clock.now()).await.map_err(Failure::from)?;
        match stored.map(|stored| stored.record) {
            Some(Record::Command(before)) if matches!(before.state, CommandState::Done { .. }) => {
                Err(already(&before, false).into())
            }
            _ => Ok(()),
        }
    }

    /// Claims it, so that nobody else does it too; refuses where it was done, or may have been.
    async fn claim(&self, key: &str, record: &CommandRecord) -> Result<(), Stop> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let stored = self.store.load(key, now).await.map_err(Failure::from)?;
            let version = stored.as_ref().map(|stored| stored.version);
            if let Some(Record::Command(before)) = stored.map(|stored| stored.record) {
                // A start carries the same token, so CodePipeline itself sees to it that it is done once.
                let again = matches!(before.state, CommandState::Refused { .. })
                    || before.order.verb == Verb::Start && !matches!(before.state, CommandState::Done { .. });
                let held = matches!(before.state, CommandState::Claimed { until } if until > now);
                if held || !again {
                    return Err(already(&before, held).into());
                }
            }
            let claimed = Record::Command(Box::new(record.clone()));
            match self.store.save(key, &claimed, version, self.evidence_expires_at(now), now).await {
                Ok(_) => return Ok(()),
                Err(SaveError::Conflict) => {}
                Err(SaveError::Failed(error)) => return Err(Failure::from(error).into()),
            }
        }
        Err(Failure(format!("the record `{key}` was changed by others {TRIES} times in a row")).into())
    }

    async fn remember_command(&self, key: &str, state: &CommandState) -> Result<(), Failure> {
        self.amend(key, self.evidence_expires_at(self.clock.now()), |record| match record {
            Record::Command(record) => {
                record.state = state.clone();
                true
            }
            _ => false,
        })
        .await
    }

    /// Shows everybody where it was asked for what was done.
    async fn tell(
        &self,
        record: &CommandRecord,
        rule: &CommandRule,
        execution: Option<&str>,
        ask: &Ask<'_>,
    ) -> Result<Said, Stop> {
        let by = told::person(&record.by, &record.name);
        let facts = told::done_facts(&record.order, rule, execution, by, record.at);
        let message = self.render(COMMAND, COMMAND, &facts)?;
        let outcome = format!("{} by rule `{}`", words::done(record.order.verb), rule.name);
        match self.chat.post(ask.channel, &message, ask.until).await {
            Ok(_) => Ok(Said { outcome, message: None }),
            Err(error) => {
                // It is done all the same, and who asked has to know.
                tracing::error!(%error, channel = ask.channel, "what was done is not shown");
                Ok(Said { outcome: format!("{outcome}, and not shown to others"), message: Some(message) })
            }
        }
    }
}

fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// It was done before, or is on its way.
fn already(before: &CommandRecord, held: bool) -> RefusalFacts {
    let verb = before.order.verb;
    let people = vec![Mention::User { id: before.by.clone() }];
    let (reason, help) = match before.state {
        _ if held => (format!("This is on its way to CodePipeline already: {verb}, asked for by"), "Wait a moment."),
        CommandState::Done { .. } => {
            (format!("This was {} already by", words::done(verb)), "To do it again, give the command anew.")
        }
        _ => (
            format!("Whether this was {} already can't be told. It was asked for by", words::done(verb)),
            "Look at `status`, and give the command anew if it was not.",
        ),
    };
    RefusalFacts { reason, people, help: Some(help.to_owned()) }
}

fn unknown(record: &CommandRecord) -> RefusalFacts {
    let what = words::what(record.order.verb, &record.order.target);
    RefusalFacts::new(
        format!("CodePipeline was asked to {what} and did not answer, so it may have been done or not."),
        "Look at `status`, and give the command anew if it was not.",
    )
}

/// What CodePipeline is told; `None` where the order does not say which stage or execution.
fn operation(record: &CommandRecord, token: &str) -> Option<Operation> {
    let CommandRecord { order, by, name, .. } = record;
    let stage = order.target.stage.clone();
    Some(match order.verb {
        Verb::Start => Operation::Start {
            variables: order.variables.clone(),
            revisions: order.revisions.clone(),
            token: token.to_owned(),
        },
        Verb::Stop => Operation::Stop {
            execution: order.execution.clone()?,
            abandon: order.abandon,
            reason: words::stop_reason(order, name, by),
        },
        Verb::Retry => Operation::Retry { stage: stage?, execution: order.execution.clone()? },
        Verb::Rollback => Operation::Rollback { stage: stage?, target: order.execution.clone()? },
        Verb::Enable => Operation::Enable { stage: stage? },
        Verb::Disable => Operation::Disable { stage: stage?, reason: words::disable_reason(order, name, by) },
        Verb::Status | Verb::Approvals => return None,
    })
}
