//! The message is brought to what the record says, and the record to what the message shows.

use jiff::Timestamp;

use super::announce::keep;
use super::interact::Click;
use super::{App, Failure};
use crate::approval::record::{ApprovalRecord, ApprovalState, Posting, Record};
use crate::engine;
use crate::ports::SaveError;
use crate::rules::ApprovalRule;

impl App {
    /// Shows how it ended on a message that may not show it yet.
    pub(super) async fn show(
        &self,
        key: &str,
        record: &mut ApprovalRecord,
        rule: Option<&ApprovalRule>,
        click: &Click<'_>,
    ) {
        let elsewhere = matches!(&record.posting, Posting::Posted(at) if at != click.message);
        if record.shown && !elsewhere {
            return;
        }
        if self.update_message(record, rule, click).await
            && let Err(error) = self.set_state(key, record, &record.state, true).await
        {
            tracing::warn!(%error, "that the message shows the outcome is not remembered");
        }
    }

    /// Brings the clicked message, and the one remembered where that is another, to what the record says.
    pub(super) async fn update_message(
        &self,
        record: &ApprovalRecord,
        rule: Option<&ApprovalRule>,
        click: &Click<'_>,
    ) -> bool {
        let template = rule.map_or(engine::APPROVAL, |rule| rule.template.as_str());
        let message = match self.render(template, engine::APPROVAL, &engine::approval_facts(record, rule)) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%error, "the message can't be updated");
                return false;
            }
        };
        let mut places = vec![click.message];
        match &record.posting {
            Posting::Posted(at) if at != click.message => places.push(at),
            _ => {}
        }
        let mut shown = true;
        for place in places {
            if let Err(error) = self.chat.update(place, &message, click.until).await {
                tracing::error!(%error, channel = place.channel, ts = place.ts, "the message does not show the outcome");
                shown = false;
            }
        }
        shown
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
        self.amend(key, keep(&record.event, self.clock.now()), |found| match found {
            Record::Approval(found) => {
                match (&found.state, state) {
                    (ApprovalState::Ended(_), ApprovalState::Ended(_)) => {}
                    (ApprovalState::Ended(_), _) => return false,
                    (held, ApprovalState::Deciding { .. }) if *held != record.state => return false,
                    _ => found.state = state.clone(),
                }
                found.posting = record.posting.clone();
                found.shown = shown;
                true
            }
            Record::Notice { .. } => false,
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
        let record_to_save = Record::Approval(Box::new(record.clone()));
        self.store.save(key, &record_to_save, version, keep(&record.event, now), now).await.map(drop)
    }
}
