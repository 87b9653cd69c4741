//! Something happened: every notification rule that matches posts, once.

use jiff::Timestamp;

use super::{App, Failure, keep_until};
use crate::approval::digest_of;
use crate::approval::record::{Claim, Posting, Record};
use crate::engine;
use crate::event::Event;
use crate::ports::SaveError;
use crate::rules::NotificationRule;

impl App {
    /// Posts what the notification rules ask for. `delivery` tells this message from another of the same content, where
    /// the event has no time of its own to do so. Each rule is tried, whatever becomes of the others.
    /// Returns what was done, for the log.
    pub async fn notify(&self, event: &Event, delivery: &str, until: Timestamp) -> Result<String, Failure> {
        let mut done = Vec::new();
        let mut failed = Vec::new();
        for rule in self.rules.notifications_for(event) {
            match self.post_notice(event, rule, delivery, until).await {
                Ok(outcome) => done.push(format!("{outcome} by rule `{}`", rule.name)),
                Err(failure) => failed.push(format!("rule `{}`: {failure}", rule.name)),
            }
        }
        match (failed.is_empty(), done.is_empty()) {
            (false, _) => Err(Failure(failed.join("; "))),
            (true, true) => Ok("no notification rule matches".to_owned()),
            (true, false) => Ok(done.join("; ")),
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
        let message = self.render(&rule.template, "notice", &engine::notice_facts(event, &self.rules, rule))?;
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
