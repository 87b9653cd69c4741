//! Executions that have a message (`thread: execution`): what events tell of them is remembered first, and then shown.
//!
//! One invocation at a time shows an execution. Others that come meanwhile remember what they know and leave it to that one,
//! which looks at the record once more before it goes. So however many events come at once, few messages are written, and the
//! last one shows all of it. Whoever fails to show it fails its invocation; its event comes again, and with it the message.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{App, Failure};
use crate::approval::digest_of;
use crate::approval::record::{ApprovalRecord, Record};
use crate::event::Event;
use crate::execution::record::{ExecutionRecord, HOLD, Hold, ThreadMessage};
use crate::ports::{SaveError, Stored};
use crate::rules::Thread;

/// How often a write that somebody else's write overtook is tried anew: as many events of one execution may come at once.
const TRIES: usize = 30;

/// What was told of an execution.
struct Told<'a> {
    /// The key of its record.
    key: String,
    /// Names the happening.
    by: String,
    /// What brought it.
    delivery: &'a str,
    /// Whether that is delivered again where this fails.
    comes_again: bool,
}

/// How long, and how often, an event waits for one who shows votes.
const WAIT: SignedDuration = SignedDuration::from_secs(1);
const WAITS: usize = 5;

/// The executions that an invocation is to show when it has remembered all that it was invoked with.
#[derive(Debug, Default)]
pub struct Round(pub(super) BTreeMap<String, Turn>);

/// An execution that it is ours to show.
#[derive(Debug)]
pub(super) struct Turn {
    /// The event with which it became so.
    pub(super) by: String,
    /// What brought the events.
    pub(super) deliveries: Vec<String>,
    /// The record as it was last seen.
    pub(super) stored: Stored,
}

impl App {
    /// Remembers what an event tells of its execution, and adds the execution to the round where it has to be shown. `delivery` names
    /// what brought the event. Returns what was done, for the log; nothing where no rule shows executions of this pipeline.
    ///
    /// # Errors
    ///
    /// What may work when the event comes again.
    pub async fn follow(&self, event: &Event, delivery: &str, round: &mut Round) -> Result<Option<String>, Failure> {
        let Some(execution) = &event.execution else { return Ok(None) };
        if self.rules.threads_for(event).next().is_none() {
            return Ok(None);
        }
        let wanted = self.rules.notifications_for(event).filter(|rule| rule.thread == Thread::Execution);
        let wanted: Vec<&str> = wanted.map(|rule| rule.name.as_str()).collect();
        wanted.iter().for_each(|rule| self.logbook.rule(rule));
        let told = Told {
            key: self.key_within("execution", &event.pipeline_ref(), Some(execution)),
            by: identity(event),
            delivery,
            comes_again: true,
        };
        let fresh = ExecutionRecord::new(event, execution);
        let take = |record: &mut ExecutionRecord| {
            record.fold(event);
            for rule in &wanted {
                if !record.messages.iter().any(|message| message.rule == **rule) {
                    let rule = (*rule).to_owned();
                    record.messages.push(ThreadMessage { rule, at: None, shown: None, looks: None, told: Vec::new() });
                }
            }
        };
        Ok(self.remember_of_execution(told, Some(&fresh), &take, round).await?.map(str::to_owned))
    }

    /// Shows in the message of its execution who has approved so far, where there is such a message. That is a courtesy: what keeps
    /// it from being shown is logged, and the next event shows it.
    pub(super) async fn count_in_execution(&self, approval: &ApprovalRecord, until: Timestamp) {
        match self.try_to_count(approval, until).await {
            Ok(Some(done)) => tracing::info!(approval = approval.id, done, "who has approved so far"),
            Ok(None) => {}
            Err(failure) => {
                tracing::warn!(approval = approval.id, %failure, "the message of an execution does not show who has approved so far");
            }
        }
    }

    async fn try_to_count(&self, approval: &ApprovalRecord, until: Timestamp) -> Result<Option<String>, Failure> {
        let event = &approval.event;
        if self.rules.threads_for(event).next().is_none() {
            return Ok(None);
        }
        let Some(execution) = self.execution_of(approval).await? else { return Ok(None) };
        let last = approval.votes.last().map(|vote| vote.at.to_string());
        let count = approval.votes.len().to_string();
        let told = Told {
            key: self.key_within("execution", &event.pipeline_ref(), Some(&execution)),
            by: digest_of(&[Some("votes"), Some(&approval.id), Some(&count), last.as_deref()]),
            delivery: "votes",
            comes_again: false,
        };
        let mut round = Round::default();
        let take = |record: &mut ExecutionRecord| record.count(approval);
        let done = self.remember_of_execution(told, None, &take, &mut round).await?;
        match self.show_round(round, until).await.into_iter().next() {
            Some(shown) => shown.done.map(Some),
            None => Ok(done.map(str::to_owned)),
        }
    }

    /// Writes down what was told of an execution, and adds it to the round where it has to be shown. `fresh` is its record where
    /// there is none yet; without, nothing is done then. Returns what was done, for the log.
    async fn remember_of_execution(
        &self,
        told: Told<'_>,
        fresh: Option<&ExecutionRecord>,
        take: &(dyn Fn(&mut ExecutionRecord) + Send + Sync),
        round: &mut Round,
    ) -> Result<Option<&'static str>, Failure> {
        let Told { key, by, delivery, comes_again } = told;
        let mut waited = 0;
        for _ in 0..TRIES {
            let now = self.clock.now();
            let stored = self.store.load(&key, now).await?;
            let version = stored.as_ref().map(|stored| stored.version);
            let (before, mut record) = match (stored.map(|stored| stored.record), fresh) {
                (None, None) => return Ok(None),
                (None, Some(fresh)) => (None, fresh.clone()),
                (Some(Record::Execution(record)), _) => (Some(record.clone()), *record),
                (Some(_), _) => return Err(Failure(format!("the record `{key}` is not an execution"))),
            };
            take(&mut record);
            let due = self.next_due(&record).is_some();
            let is_ours = round.0.contains_key(&key);
            match &record.hold {
                _ if !due || is_ours => {}
                Some(hold) if hold.until > now && hold.by == by => {
                    let until = hold.until;
                    return Err(Failure(format!("another invocation is at this event; it has until {until}")));
                }
                Some(hold) if hold.until > now => {}
                _ => record.hold = Some(Hold { by: by.clone(), until: hold_until(now), comes_again }),
            }
            // Should that invocation end in the middle, nobody would come again for what it was left.
            let by_nobody_else = comes_again
                && due
                && !is_ours
                && record.hold.as_ref().is_some_and(|hold| hold.by != by && !hold.comes_again);
            let left = due && !is_ours && record.hold.as_ref().is_none_or(|hold| hold.by != by);
            let version = if before.as_deref() == Some(&record) {
                version.unwrap_or_default()
            } else {
                match self.save_execution(&key, &record, version, now).await {
                    Ok(version) => version,
                    Err(SaveError::Conflict) => continue,
                    Err(SaveError::Failed(error)) => return Err(error.into()),
                }
            };
            if by_nobody_else && waited < WAITS {
                waited += 1;
                self.clock.sleep(WAIT).await;
                continue;
            }
            if by_nobody_else {
                return Err(Failure(
                    "votes are being shown in the message of the execution; the event has to come again".into(),
                ));
            }
            let is_known = before.is_some_and(|before| before.revision == record.revision);
            if due && !left {
                let stored = Stored { record: Record::Execution(Box::new(record)), version };
                let turn =
                    round.0.entry(key).or_insert_with(|| Turn { by, deliveries: Vec::new(), stored: stored.clone() });
                turn.deliveries.push(delivery.to_owned());
                turn.stored = stored;
            }
            return Ok(Some(match (due, left) {
                (true, true) => "left to the invocation that shows the execution",
                (true, false) => "remembered of the execution",
                (false, _) if is_known => "already shown",
                (false, _) => "remembered of the execution, which has no message yet",
            }));
        }
        Err(Failure(format!("the record `{key}` was changed by others {TRIES} times in a row")))
    }

    /// Writes an execution's record if nobody else has since it was read.
    pub(super) async fn save_execution(
        &self,
        key: &str,
        record: &ExecutionRecord,
        version: Option<u64>,
        now: Timestamp,
    ) -> Result<u64, SaveError> {
        let record = Record::Execution(Box::new(record.clone()));
        self.store.save(key, &record, version, keep(now), now).await
    }
}

/// Until when an invocation that begins to show an execution now has the time for it.
pub(super) fn hold_until(now: Timestamp) -> Timestamp {
    now.checked_add(HOLD).unwrap_or(Timestamp::MAX)
}

/// An execution may wait for an approval for 60 days without anything happening
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
pub(super) fn keep(now: Timestamp) -> Timestamp {
    super::keep_until(now.checked_add(super::announce::LONGEST_APPROVAL).unwrap_or(Timestamp::MAX))
}

/// Names a happening, whichever envelope brought it.
fn identity(event: &Event) -> String {
    let (kind, at) = (event.kind.to_string(), event.at.map(|at| at.to_string()));
    digest_of(&[Some(&kind), event.stage.as_deref(), event.action.as_deref(), at.as_deref()])
}
