//! Something happened: every notification rule that matches posts, once.

use jiff::Timestamp;

use super::{App, Failure, keep_until};
use crate::approval::digest_of;
use crate::approval::record::{Claim, Posting, Record};
use crate::engine;
use crate::event::{Event, State};
use crate::ports::SaveError;
use crate::rules::{NotificationRule, Thread};

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
        let key = key(event, rule, delivery);
        let stored = self.store.load(&key, now).await?;
        let posting = match stored.as_ref().map(|stored| &stored.record) {
            Some(Record::Notice { posting }) => Some(posting),
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
        let message = self.render(template, "notice", &engine::notice_facts(event, rule, &involved))?;
        let expires_at = keep_until(now);
        let claimed = Record::Notice { posting: Posting::claim(now) };
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
        let saved = self.store.save(&key, &Record::Notice { posting }, Some(version), expires_at, now).await;
        posted?;
        saved?;
        Ok(format!("posted to {}", rule.channel.as_str()))
    }
}

impl App {
    /// The event with the reasons that it does not tell itself, where something failed: EventBridge tells only of an action why. What
    /// CodePipeline does not say either is left out.
    async fn with_reasons(&self, event: &Event) -> Option<Event> {
        let failed = event.kind.state() == State::Failed.as_str();
        let (true, true, Some(execution)) = (failed, event.failures.is_empty(), &event.execution) else { return None };
        let mut failures = match self.pipelines.failures(&event.region, &event.pipeline, execution).await {
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

/// One happening has one key for a rule, whichever envelope brought it and however often.
fn key(event: &Event, rule: &NotificationRule, delivery: &str) -> String {
    let kind = event.kind.to_string();
    let at = event.at.map(|at| at.to_string());
    let digest = digest_of(&[
        Some(&rule.name),
        Some(&kind),
        event.account.as_deref(),
        Some(&event.region),
        Some(&event.pipeline),
        event.execution.as_deref(),
        event.stage.as_deref(),
        event.action.as_deref(),
        Some(at.as_deref().unwrap_or(delivery)),
    ]);
    format!("notice#{digest}")
}
