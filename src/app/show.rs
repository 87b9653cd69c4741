//! The message is brought to what the record says, and the record to what the message shows.

use jiff::Timestamp;

use super::announce::keep;
use super::{App, Failure, TRIES};
use crate::approval::record::{ApprovalRecord, ApprovalState, Posting, Record};
use crate::engine;
use crate::ports::{PortError, SaveError};
use crate::rules::ApprovalRule;
use crate::slack::interaction::MessageRef;

/// Where somebody looks, and how long they wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    /// The message whose button was pressed, where one was.
    pub(super) message: Option<&'a MessageRef>,
    /// When retries have to end.
    pub(super) until: Timestamp,
    /// What names them among those who show an approval that waits, where they are one of them.
    pub(super) began: Option<Timestamp>,
}

/// How an approval's messages look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// They show how it stands.
    Current,
    /// They do not yet: another try may bring them there.
    Outdated,
    /// They do not, and Slack refuses for good to change them: somebody has to let it.
    Refused,
}

impl App {
    /// Shows how it stands on a message that may not show it yet.
    ///
    /// What is shown was saved before. So whoever shows something older last finds it out by looking at the record once more,
    /// and shows what they find: of several who write at once, the last message is the truth (A14).
    pub(super) async fn show(
        &self,
        key: &str,
        record: &mut ApprovalRecord,
        rule: Option<&ApprovalRule>,
        sight: Sight<'_>,
    ) -> Look {
        let elsewhere = matches!((&record.posting, sight.message), (Posting::Posted(at), Some(seen)) if at != seen);
        let is_over = matches!(record.state, ApprovalState::Ended(_));
        if record.shown && !(elsewhere && is_over) {
            return Look::Current;
        }
        for attempt in 0..TRIES {
            let look = self.update_message(record, rule, sight).await;
            if look != Look::Current {
                if attempt > 0 {
                    // What it shows is older than what others have saved, and may have shown.
                    self.mark_stale(key, record).await;
                }
                return look;
            }
            match self.mark_shown(key, record, self.is_uncovered(record, rule), sight.began).await {
                Ok(None) => return Look::Current,
                Ok(Some(newer)) => *record = newer,
                Err(error) => {
                    tracing::warn!(%error, "that the message shows how it stands is not remembered");
                    return Look::Current;
                }
            }
        }
        tracing::warn!(key, "the message may not show what others have just written");
        self.mark_stale(key, record).await;
        Look::Current
    }

    /// Remembers that the message may show something older than the record, so that a tick brings it up to date.
    async fn mark_stale(&self, key: &str, record: &ApprovalRecord) {
        let marked = self.amend(key, keep(&record.event, self.clock.now()), |found| match found {
            Record::Approval(found) => std::mem::replace(&mut found.shown, false),
            _ => false,
        });
        if let Err(error) = marked.await {
            tracing::warn!(%error, "that the message shows something older is not remembered");
        }
    }

    /// Remembers that the message shows this record; or gives the one that it has to show instead.
    async fn mark_shown(
        &self,
        key: &str,
        record: &ApprovalRecord,
        uncovered: bool,
        began: Option<Timestamp>,
    ) -> Result<Option<ApprovalRecord>, Failure> {
        let now = self.clock.now();
        let Some(stored) = self.store.load(key, now).await? else {
            return Err(Failure(format!("the record `{key}` has gone")));
        };
        let Record::Approval(mut found) = stored.record else { return Ok(None) };
        let is_same = found.state == record.state
            && found.votes == record.votes
            && found.follow_up.escalation == record.follow_up.escalation;
        match (&found.state, is_same) {
            // Whoever decides shows it after they have saved how it ended, which is still to come.
            (ApprovalState::Deciding { .. }, false) => return Ok(None),
            (_, false) => return Ok(Some(*found)),
            (_, true) if found.shown && found.posting == record.posting && found.follow_up.uncovered == uncovered => {
                return Ok(None);
            }
            (_, true) => {}
        }
        found.shown = true;
        found.follow_up.uncovered = uncovered;
        if let Some(began) = began {
            found.follow_up.showing.is_through(began);
        }
        found.posting = record.posting.clone();
        match self.save(key, &found, Some(stored.version), now).await {
            Ok(()) => Ok(None),
            Err(SaveError::Conflict) => Ok(Some(*found)),
            Err(SaveError::Failed(error)) => Err(error.into()),
        }
    }

    /// Whether nobody may answer it here, so that there is nothing to press (A1).
    pub(super) fn is_uncovered(&self, record: &ApprovalRecord, rule: Option<&ApprovalRule>) -> bool {
        !self.is_reachable(record) || rule.is_none() && !matches!(record.state, ApprovalState::Ended(_))
    }

    /// Brings the clicked message, and the one remembered where that is another, to what the record says.
    async fn update_message(&self, record: &ApprovalRecord, rule: Option<&ApprovalRule>, sight: Sight<'_>) -> Look {
        let unreachable = self.unreachable(record.event.account.as_deref());
        let otherwise = if self.is_uncovered(record, rule) { engine::UNCOVERED } else { engine::APPROVAL };
        let template = rule.map_or(otherwise, |rule| rule.template.as_str());
        let mut facts = engine::approval_facts(record, rule, self.clock.now());
        engine::set_unreachable(&mut facts, unreachable);
        let message = match self.render(template, otherwise, &facts) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%error, "the message can't be updated");
                return Look::Outdated;
            }
        };
        let escalation = record.follow_up.escalation.as_ref().and_then(|escalation| {
            let facts = engine::escalation_facts(record, rule, escalation.link.as_deref(), self.clock.now());
            match self.render(engine::ESCALATION, engine::ESCALATION, &facts) {
                Ok(message) => Some((&escalation.at, message)),
                Err(error) => {
                    tracing::error!(%error, "the escalation can't be updated");
                    None
                }
            }
        });
        let mut places: Vec<&MessageRef> = sight.message.into_iter().collect();
        match &record.posting {
            Posting::Posted(at) if !places.contains(&at) => places.push(at),
            _ => {}
        }
        let mut look = match escalation.is_some() == record.follow_up.escalation.is_some() {
            true => Look::Current,
            false => Look::Outdated,
        };
        let own = places.into_iter().map(|place| (place, &message, true));
        for (place, message, is_own) in own.chain(escalation.iter().map(|(place, message)| (*place, message, false))) {
            if let Err(error) = self.chat.update(place, message, sight.until).await {
                tracing::error!(%error, channel = place.channel, ts = place.ts, "the message does not show the outcome");
                look = match (error, look) {
                    // The approval's own message is what people answer by.
                    (PortError::Permanent(_), look) if !is_own => look,
                    (PortError::Permanent(_), Look::Current | Look::Refused) => Look::Refused,
                    _ => Look::Outdated,
                };
            }
        }
        look
    }

    /// Remembers how the approval stands. An end is final, and only the invocation that claimed a decision may give the
    /// claim back: ours may have run out, and somebody else may have ended it since.
    pub(super) async fn set_state(
        &self,
        key: &str,
        record: &ApprovalRecord,
        state: &ApprovalState,
        shown: bool,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        self.amend(key, keep(&record.event, now), |found| match found {
            Record::Approval(found) => {
                match (&found.state, state) {
                    (ApprovalState::Ended(_), ApprovalState::Ended(_)) => {}
                    (ApprovalState::Ended(_), _) => return false,
                    (held, ApprovalState::Deciding { .. }) if *held != record.state => return false,
                    _ => found.state = state.clone(),
                }
                found.posting = record.posting.clone();
                found.shown = shown;
                found.follow_up.showing.forget(now);
                true
            }
            _ => false,
        })
        .await
    }

    /// Writes the record if nobody else has since it was read.
    pub(super) async fn save(
        &self,
        key: &str,
        record: &ApprovalRecord,
        version: Option<u64>,
        now: Timestamp,
    ) -> Result<(), SaveError> {
        let mut record = record.clone();
        record.follow_up.showing.forget(now);
        let (expires_at, record_to_save) = (keep(&record.event, now), Record::Approval(Box::new(record)));
        self.store.save(key, &record_to_save, version, expires_at, now).await.map(drop)
    }
}
