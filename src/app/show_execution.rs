//! The message of an execution is brought to what is known of it, and what is worth a word told in its thread.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::follow::{Round, Turn, hold_until};
use super::{App, Failure, follow};
use crate::approval::digest_of;
use crate::approval::record::Record;
use crate::engine;
use crate::event::{Event, EventKind};
use crate::execution::ExecutionView;
use crate::execution::record::{Due, ExecutionRecord, HOLD};
use crate::ports::{PortError, SaveError, Stored};
use crate::rules::{NotificationRule, Thread};
use crate::slack::interaction::MessageRef;
use crate::template::Message;

/// How much one invocation writes for one execution: more than there is ever to say of one.
const MOST: usize = 60;

/// What came of showing an execution.
#[derive(Debug)]
pub struct Shown {
    /// What brought the events that it was shown for.
    pub deliveries: Vec<String>,
    /// What was done, for the log.
    pub done: Result<String, Failure>,
}

impl App {
    /// Shows the executions of a round, each once, whatever becomes of the others. `until` bounds the waiting.
    pub async fn show_round(&self, round: Round, until: Timestamp) -> Vec<Shown> {
        let mut shown = Vec::new();
        for (key, turn) in round.0 {
            let Turn { by, deliveries, stored } = turn;
            let done = self.show_execution(&key, stored, until).await;
            if done.is_err() {
                // Let the redelivery show it at once instead of waiting for the hold to run out.
                let freed = self.amend(&key, follow::keep(self.clock.now()), |record| match record {
                    Record::Execution(record) => record.hold.take_if(|hold| hold.by == by).is_some(),
                    _ => false,
                });
                if let Err(error) = freed.await {
                    tracing::warn!(%error, "the hold on an execution that was not shown stays until it runs out");
                }
            }
            shown.push(Shown { deliveries, done });
        }
        shown
    }

    /// The next thing to do for an execution, and the rule that asks for it.
    pub(super) fn next_due(&self, record: &ExecutionRecord) -> Option<(&NotificationRule, Due)> {
        let view = record.view();
        record.messages.iter().find_map(|message| {
            let is_its = |rule: &&NotificationRule| rule.thread == Thread::Execution && rule.name == message.rule;
            // What a rule asked for that is gone, nobody asks for.
            let rule = self.rules.notifications.iter().find(is_its)?;
            Some((rule, record.due(message, &view)?))
        })
    }

    async fn show_execution(&self, key: &str, stored: Stored, until: Timestamp) -> Result<String, Failure> {
        let mut stored = self.learn(key, stored).await?;
        let mut done: Vec<String> = Vec::new();
        for _ in 0..MOST {
            let Record::Execution(record) = &stored.record else {
                return Err(Failure(format!("the record `{key}` is not an execution")));
            };
            let Some((rule, due)) = self.next_due(record) else {
                if record.hold.is_none() {
                    return Ok(if done.is_empty() { "already shown".to_owned() } else { done.join("; ") });
                }
                // Whoever has written since has left it to us.
                let mut free = record.clone();
                free.hold = None;
                stored = self.replace(key, &free, stored.version).await?;
                continue;
            };
            if self.shows_nothing_new(record, rule, &due)? {
                let (revision, rule) = (record.revision, rule.name.clone());
                stored = self.note(key, stored, &rule, &due, Written::nothing(), revision).await?;
                continue;
            }
            let turn = self.take_turn(rule.channel.as_str(), until).await?;
            if self.wait_for(key, turn).await? {
                let seen = self.load_execution(key).await?;
                stored = self.learn(key, seen).await?;
            }
            let Record::Execution(record) = &stored.record else { continue };
            let Some((rule, due)) = self.next_due(record) else { continue };
            let now_done = self.write(record, rule, &due, until).await?;
            let revision = record.revision;
            done.push(now_done.words.clone());
            stored = self.note(key, stored, &rule.name, &due, now_done, revision).await?;
        }
        Err(Failure(format!("there is no end to what `{key}` has to show")))
    }

    /// Whether an update would look like what is there: much that happens is not worth a line.
    fn shows_nothing_new(&self, record: &ExecutionRecord, rule: &NotificationRule, due: &Due) -> Result<bool, Failure> {
        let its = record.messages.iter().find(|message| message.rule == rule.name);
        let (Due::Update, Some(looks)) = (due, its.and_then(|message| message.looks.as_ref())) else {
            return Ok(false);
        };
        let message = self.execution_message(record, &record.view(), rule)?;
        Ok(digest_of_message(&message) == *looks)
    }

    /// Writes what is due.
    async fn write(
        &self,
        record: &ExecutionRecord,
        rule: &NotificationRule,
        due: &Due,
        until: Timestamp,
    ) -> Result<Written, Failure> {
        let view = record.view();
        let channel = rule.channel.as_str();
        let at =
            record.messages.iter().find(|message| message.rule == rule.name).and_then(|message| message.at.as_ref());
        let name = &rule.name;
        match (due, at) {
            (Due::Post, _) | (_, None) => {
                let message = self.execution_message(record, &view, rule)?;
                let at = self.chat.post(channel, &message, until).await?;
                let looks = Some(digest_of_message(&message));
                Ok(Written { at: Some(at), looks, words: format!("posted to {channel} by rule `{name}`") })
            }
            (Due::Update, Some(at)) => {
                let message = self.execution_message(record, &view, rule)?;
                match self.chat.update(at, &message, until).await {
                    Ok(()) => {
                        let looks = Some(digest_of_message(&message));
                        Ok(Written { at: None, looks, words: format!("updated in {channel} by rule `{name}`") })
                    }
                    // It was deleted, say: nothing that comes again would change that.
                    Err(PortError::Permanent(error)) => {
                        tracing::error!(error, channel, ts = at.ts, "the message of an execution can't be updated");
                        Ok(Written::there(format!("not updated in {channel}: {error}")))
                    }
                    Err(error) => Err(error.into()),
                }
            }
            (Due::Reply(detail), Some(at)) => {
                let involved = self.involved_in_execution(record, rule, until).await;
                let facts = engine::detail_facts(record, &view, detail, engine::notifier(rule, &involved));
                let message = self.render(engine::DETAIL, engine::DETAIL, &facts)?;
                match self.chat.reply(at, &message, until).await {
                    Ok(_) => Ok(Written::there(format!("told in the thread in {channel}"))),
                    Err(PortError::Permanent(error)) => {
                        tracing::error!(
                            error,
                            channel,
                            ts = at.ts,
                            "nothing can be told in the thread of an execution"
                        );
                        Ok(Written::there(format!("not told in the thread in {channel}: {error}")))
                    }
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    fn execution_message(
        &self,
        record: &ExecutionRecord,
        view: &ExecutionView,
        rule: &NotificationRule,
    ) -> Result<Message, Failure> {
        let asks_for = |stage: &str, action: &str| self.rules.asks_for(&request(record, stage, action));
        let mut facts = engine::execution_facts(record, view, Some(engine::notifier(rule, &[])), &asks_for);
        facts.commands = crate::command::offers::buttons_of(&self.rules, record, view);
        self.render(&rule.template, engine::EXECUTION, &facts)
    }

    /// Remembers what was written, and gives the record as it is then. What others have remembered since stays.
    async fn note(
        &self,
        key: &str,
        stored: Stored,
        rule: &str,
        due: &Due,
        written: Written,
        revision: u64,
    ) -> Result<Stored, Failure> {
        let mut stored = stored;
        let known = shows(&stored, rule);
        let mut is_overtaken = false;
        for _ in 0..MOST {
            let now = self.clock.now();
            let Record::Execution(record) = &mut stored.record else { break };
            if let Some(message) = record.messages.iter_mut().find(|message| message.rule == rule) {
                match due {
                    Due::Reply(detail) => message.told.push(detail.key.clone()),
                    // Which of the two Slack took last nobody knows.
                    Due::Post | Due::Update if is_overtaken => (message.shown, message.looks) = (None, None),
                    Due::Post | Due::Update => {
                        message.shown = Some(revision);
                        if written.looks.is_some() {
                            message.looks.clone_from(&written.looks);
                        }
                    }
                }
                if written.at.is_some() {
                    message.at.clone_from(&written.at);
                }
            }
            let mut record = record.clone();
            let is_all = self.next_due(&record).is_none();
            record.hold = if is_all { None } else { record.hold.take().map(|hold| hold_on(hold, now)) };
            match self.save_execution(key, &record, Some(stored.version), now).await {
                Ok(version) => return Ok(Stored { record: Record::Execution(record), version }),
                Err(SaveError::Conflict) => {
                    stored = self.load_execution(key).await?;
                    // Somebody whose hold had run out, or who took ours for that, has written the message meanwhile.
                    is_overtaken |= shows(&stored, rule) != known;
                }
                Err(SaveError::Failed(error)) => return Err(error.into()),
            }
        }
        Err(Failure(format!("the record `{key}` was changed by others {MOST} times in a row")))
    }

    /// Writes the record, or gives what somebody else has written since.
    pub(super) async fn replace(&self, key: &str, record: &ExecutionRecord, version: u64) -> Result<Stored, Failure> {
        match self.save_execution(key, record, Some(version), self.clock.now()).await {
            Ok(version) => Ok(Stored { record: Record::Execution(Box::new(record.clone())), version }),
            Err(SaveError::Conflict) => self.load_execution(key).await,
            Err(SaveError::Failed(error)) => Err(error.into()),
        }
    }

    pub(super) async fn load_execution(&self, key: &str) -> Result<Stored, Failure> {
        let stored = self.store.load(key, self.clock.now()).await?;
        stored.ok_or_else(|| Failure(format!("the record `{key}` has gone")))
    }

    /// Waits until our turn, and lets nobody else think meanwhile that we have gone. Returns whether it took time.
    async fn wait_for(&self, key: &str, turn: Timestamp) -> Result<bool, Failure> {
        let now = self.clock.now();
        let wait = turn.duration_since(now);
        if wait <= SignedDuration::ZERO {
            return Ok(false);
        }
        if wait > HOLD / 2 {
            self.amend(key, follow::keep(now), |record| match record {
                Record::Execution(record) => {
                    record.hold = record.hold.take().map(|hold| hold_on(hold, turn));
                    true
                }
                _ => false,
            })
            .await?;
        }
        self.clock.sleep(wait).await;
        Ok(true)
    }
}

/// What was written.
struct Written {
    /// Where, if it is new.
    at: Option<MessageRef>,
    /// Digest of what the message looks like now, if that was written.
    looks: Option<String>,
    words: String,
}

impl Written {
    fn there(words: String) -> Self {
        Self { at: None, looks: None, words }
    }

    const fn nothing() -> Self {
        Self { at: None, looks: None, words: String::new() }
    }
}

/// What a rule's message shows, as far as it was noted.
fn shows(stored: &Stored, rule: &str) -> Option<(Option<u64>, Option<String>)> {
    let Record::Execution(record) = &stored.record else { return None };
    let message = record.messages.iter().find(|message| message.rule == rule)?;
    Some((message.shown, message.looks.clone()))
}

fn digest_of_message(message: &Message) -> String {
    digest_of(&[Some(&message.text), Some(&Value::from(message.blocks.clone()).to_string())])
}

/// The hold, for longer.
fn hold_on(hold: crate::execution::record::Hold, now: Timestamp) -> crate::execution::record::Hold {
    crate::execution::record::Hold { until: hold_until(now).max(hold.until), ..hold }
}

/// A request for approval of this action, as far as rules look at its names.
pub(super) fn request(record: &ExecutionRecord, stage: &str, action: &str) -> Event {
    Event {
        account: record.account.clone(),
        stage: Some(stage.to_owned()),
        action: Some(action.to_owned()),
        execution: Some(record.execution.clone()),
        ..Event::new(EventKind::ApprovalNeeded, &record.region, &record.pipeline)
    }
}
