//! What people are told of an approval that waits: a reminder in its thread, a message in another channel, and that an answer was lost.

use jiff::Timestamp;

use super::announce::keep;
use super::show::{Look, Sight};
use super::{App, Failure};
use crate::approval::quorum::{Members, user_groups};
use crate::approval::record::{ApprovalRecord, Decision, Escalation, Posting, Record};
use crate::approval::schedule::to_call;
use crate::engine;
use crate::facts::RefusalFacts;
use crate::rules::ApprovalRule;
use crate::rules::policy::Escalate;

impl App {
    /// Reminds those who can still act, in the thread of the approval's message.
    pub(super) async fn remind(
        &self,
        record: &ApprovalRecord,
        rule: &ApprovalRule,
        until: Timestamp,
    ) -> Result<(), Failure> {
        let Posting::Posted(at) = &record.posting else { return Ok(()) };
        let now = self.clock.now();
        let mut members = Members::default();
        if !record.votes.is_empty() {
            // Who took which seat depends on who is in which group. Where Slack does not say, more are called than needed.
            for group in rule.policy.require.iter().flat_map(|seats| user_groups(&seats.from)) {
                match self.groups.members(self.chat.as_ref(), &group, now, until).await {
                    Ok(users) => members.insert(group, users),
                    Err(error) => tracing::warn!(%error, "who can still act can't be told exactly"),
                }
            }
        }
        let facts = engine::reminder_facts(record, rule, to_call(rule, record, &members), now);
        let message = self.render(engine::REMINDER, engine::REMINDER, &facts)?;
        self.chat.reply(at, &message, until).await?;
        Ok(())
    }

    /// Tells elsewhere what waits, and remembers where, so that the message does not go on telling it when it is over.
    pub(super) async fn escalate(
        &self,
        key: &str,
        record: &mut ApprovalRecord,
        rule: &ApprovalRule,
        escalate: &Escalate,
        until: Timestamp,
    ) -> Result<(), Failure> {
        let Posting::Posted(approval) = &record.posting else { return Ok(()) };
        let link = match self.chat.permalink(approval, until).await {
            Ok(link) => Some(link),
            Err(error) => {
                tracing::warn!(%error, "the escalation has no link to the approval's message");
                None
            }
        };
        let facts = engine::escalation_facts(record, Some(rule), link.as_deref(), self.clock.now());
        let message = self.render(engine::ESCALATION, engine::ESCALATION, &facts)?;
        let at = self.chat.post(escalate.channel.as_str(), &message, until).await?;
        let posted = Some(Escalation { at, link });
        let mut newer = None;
        self.amend(key, keep(&record.event, self.clock.now()), |found| {
            let Record::Approval(found) = found else { return false };
            found.follow_up.escalation.clone_from(&posted);
            // Whoever voted or decided meanwhile did not know of this message.
            if found.state != record.state || found.votes != record.votes {
                found.shown = false;
            }
            newer = Some(found.clone());
            true
        })
        .await?;
        if let Some(newer) = newer {
            *record = *newer;
        }
        match self.show(key, record, Some(rule), Sight { message: None, until, began: None }).await {
            Look::Current | Look::Refused => Ok(()),
            Look::Outdated => Err(Failure("the escalation does not show how it stands".to_owned())),
        }
    }

    /// Tells who decided that it did not reach CodePipeline: the invocation that was to tell them may have ended before.
    pub(super) async fn tell_lost(&self, record: &ApprovalRecord, decision: &Decision, until: Timestamp) {
        let Posting::Posted(at) = &record.posting else { return };
        let facts = RefusalFacts::new(
            "CodePipeline does not have your answer, so it does not count so far.",
            "Press again, or answer in the AWS console.",
        );
        if let Err(failure) = self.whisper(&at.channel, &decision.by, &facts, until).await {
            tracing::warn!(%failure, user = decision.by, "who decided can't be told that it was lost");
        }
    }
}
