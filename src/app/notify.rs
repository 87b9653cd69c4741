//! Something happened: every notification rule that matches posts, once.

use jiff::{SignedDuration, Timestamp};

use super::{App, Failure, keep_until};
use crate::approval::digest_of;
use crate::approval::record::{Claim, Posting, Record};
use crate::engine;
use crate::event::{Event, EventKind, State};
use crate::ports::{SaveError, Stored};
use crate::rules::{NotificationRule, Thread};

/// How far apart two envelopes may say that the same thing happened: one tells when it happened, the other may only tell when
/// it was sent.
const SAME: SignedDuration = SignedDuration::from_mins(1);

impl App {
    /// Posts what the notification rules ask for. `delivery` tells this message from another of the same content, where
    /// the event has no time of its own to do so. Each rule is tried, whatever becomes of the others.
    /// Rules that show executions are seen to by [`App::follow`], but for what is of no execution.
    /// Returns what was done, for the log; nothing where no rule matches.
    pub async fn notify(&self, event: &Event, delivery: &str, until: Timestamp) -> Result<Option<String>, Failure> {
        let mut done = Vec::new();
        let mut failed = Vec::new();
        let is_followed = |rule: &&NotificationRule| rule.thread == Thread::Execution && event.execution.is_some();
        for rule in self.rules.notifications_for(event).filter(|rule| !is_followed(rule)) {
            match self.post_notice(event, rule, delivery, until).await {
                Ok(outcome) => done.push(format!("{outcome} by rule `{}`", rule.name)),
                Err(failure) => failed.push(format!("rule `{}`: {failure}", rule.name)),
            }
        }
        match (failed.is_empty(), done.is_empty()) {
            (false, _) => Err(Failure(failed.join("; "))),
            (true, true) => Ok(None),
            (true, false) => Ok(Some(done.join("; "))),
        }
    }

    async fn post_notice(
        &self,
        event: &Event,
        rule: &NotificationRule,
        delivery: &str,
        until: Timestamp,
    ) -> Result<String, Failure> {
        let now = self.clock.now();
        let (key, stored) = self.notice(event, rule, delivery, now).await?;
        let posting = match stored.as_ref().map(|stored| &stored.record) {
            Some(Record::Notice { posting, .. }) => Some(posting),
            Some(_) => return Err(Failure(format!("the record `{key}` is not a notice"))),
            None => None,
        };
        match Posting::look(posting, now) {
            Claim::Take => {}
            Claim::Done => return Ok("already posted".to_owned()),
            Claim::Busy(until) => {
                return Err(Failure(format!("another invocation is posting this notice; it has until {until}")));
            }
        }
        let told = self.with_reasons(event).await;
        let event = told.as_ref().unwrap_or(event);
        let involved = self.involved(event, rule, until).await;
        let template = if rule.thread == Thread::Execution { "notice" } else { rule.template.as_str() };
        let message = self.render(template, "notice", &engine::notice_facts(event, &self.rules, rule, &involved))?;
        let expires_at = keep_until(now);
        let claimed = Record::Notice { posting: Posting::claim(now), at: event.at };
        let version = stored.map(|stored| stored.version);
        let version = self.store.save(&key, &claimed, version, expires_at, now).await.map_err(|error| match error {
            SaveError::Conflict => Failure("another invocation has just begun to post this notice".to_owned()),
            SaveError::Failed(error) => error.into(),
        })?;
        let posted = self.chat.post(rule.channel.as_str(), &message, until).await;
        let posting = match &posted {
            Ok(at) => Posting::Posted(at.clone()),
            Err(_) => Posting::Claimed { until: now },
        };
        let notice = Record::Notice { posting, at: event.at };
        let saved = self.store.save(&key, &notice, Some(version), expires_at, now).await;
        posted?;
        saved?;
        Ok(format!("posted to {}", rule.channel.as_str()))
    }
    /// What is remembered of this notice, and where. Within one try of an execution the same thing happens once, whatever time
    /// an envelope gives it. Should it happen again all the same, a minute later or more, that is another notice.
    async fn notice(
        &self,
        event: &Event,
        rule: &NotificationRule,
        delivery: &str,
        now: Timestamp,
    ) -> Result<(String, Option<Stored>), Failure> {
        let at = event.at.map(|at| at.to_string());
        // Of others' messages it is not known what tells one from the next, so each that is sent is one.
        let is_other = event.kind == EventKind::Other;
        let when = at.as_deref().filter(|_| !is_other || delivery.is_empty()).unwrap_or(delivery);
        if is_other || event.execution.is_none() {
            let key = key(event, rule, Some(when));
            let stored = self.store.load(&key, now).await?;
            return Ok((key, stored));
        }
        let first = key(event, rule, None);
        let stored = self.store.load(&first, now).await?;
        let is_another = match (stored.as_ref().map(|stored| &stored.record), event.at) {
            (Some(Record::Notice { at: Some(known), .. }), Some(at)) => known.duration_since(at).abs() > SAME,
            _ => false,
        };
        if !is_another {
            return Ok((first, stored));
        }
        let key = key(event, rule, Some(when));
        let stored = self.store.load(&key, now).await?;
        Ok((key, stored))
    }
}

impl App {
    /// The event with the reasons that it does not tell itself, where something failed: EventBridge tells only of an action why. What
    /// CodePipeline does not say either is left out.
    async fn with_reasons(&self, event: &Event) -> Option<Event> {
        let failed = event.kind.state() == State::Failed.as_str();
        let (true, true, Some(execution)) = (failed, event.failures.is_empty(), &event.execution) else { return None };
        let mut failures = match self.pipelines.failures(&event.pipeline_ref(), execution).await {
            Ok(failures) => failures,
            Err(error) => {
                tracing::warn!(%error, "why something failed is left out of a message");
                return None;
            }
        };
        failures.retain(|failure| event.action.is_none() || failure.action == event.action);
        Some(Event { failures, ..event.clone() })
    }
}

/// One happening has one key for a rule, whichever envelope brought it and however often. An execution's id is of one account,
/// which not every envelope tells.
fn key(event: &Event, rule: &NotificationRule, when: Option<&str>) -> String {
    let kind = event.kind.to_string();
    let attempt = event.attempt.map(|attempt| attempt.to_string());
    let account = event.account.as_deref().filter(|_| event.execution.is_none());
    let digest = digest_of(&[
        Some(&rule.name),
        Some(&kind),
        account,
        Some(&event.region),
        Some(&event.pipeline),
        event.execution.as_deref(),
        event.stage.as_deref(),
        event.action.as_deref(),
        attempt.as_deref(),
        when,
    ]);
    format!("notice#{digest}")
}
