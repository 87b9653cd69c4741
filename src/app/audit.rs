//! Evidence of votes and decisions (A15): a record that outlives the approval, and lines in the log. docs/audit.md describes both.
//!
//! The record of a decision is written after CodePipeline was told and before the approval's own record says that it is over. So
//! whoever dies in between leaves an approval that is not over yet: whoever settles its end writes what is missing.

use jiff::Timestamp;

use super::{App, Failure, TRIES};
use crate::approval::Vote;
use crate::approval::audit::{AuditRecord, End, PREFIX, RulesInForce, token_digest};
use crate::approval::record::{ApprovalRecord, Record};
use crate::ports::SaveError;

/// What log lines of evidence have as their `target`.
const TARGET: &str = "signoff::audit";

impl App {
    /// Keeps the end of an approval as evidence. Once it is kept, nobody writes it again, but one who knows more.
    pub(super) async fn keep_evidence(
        &self,
        record: &ApprovalRecord,
        end: &End,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let rule = self.rules.approval_for(&record.event).ok().flatten();
        let rules = RulesInForce {
            rule: rule.map(|rule| rule.name.as_str()),
            digest: &self.rules.digest,
            revision: self.audit.revision.as_deref(),
        };
        let evidence = AuditRecord::new(record, end, rules, now);
        let key = format!("{PREFIX}{}", record.id);
        let expires_at = self.evidence_expires_at(now);
        let to_keep = Record::Audit(Box::new(evidence.clone()));
        let mut version = None;
        for _ in 0..TRIES {
            match self.store.save(&key, &to_keep, version, expires_at, now).await {
                Ok(_) => {
                    log_decision(&evidence);
                    return Ok(());
                }
                Err(SaveError::Conflict) => {}
                Err(SaveError::Failed(error)) => return Err(error.into()),
            }
            version = match self.store.load(&key, now).await? {
                None => None,
                Some(stored) => match stored.record {
                    Record::Audit(kept) if !evidence.outweighs(&kept) => return Ok(()),
                    Record::Audit(_) => Some(stored.version),
                    _ => return Err(Failure(format!("the record `{key}` is no evidence"))),
                },
            };
        }
        Err(Failure(format!("the record `{key}` was changed by others {TRIES} times in a row")))
    }

    /// How long evidence of now is kept.
    pub(super) fn evidence_expires_at(&self, now: Timestamp) -> Timestamp {
        self.audit.retention.and_then(|retention| now.checked_add(retention).ok()).unwrap_or(Timestamp::MAX)
    }

    /// Logs a vote that counts.
    pub(super) fn log_vote(&self, record: &ApprovalRecord, by: &str, name: &str, vote: &Vote, outcome: &str) {
        let event = &record.event;
        let rule = self.rules.approval_for(event).ok().flatten();
        tracing::info!(
            target: TARGET,
            event = "vote",
            approval = record.id,
            vote = vote.wish.as_str(),
            by,
            name,
            comment = vote.comment.as_deref().filter(|comment| !comment.trim().is_empty()),
            outcome,
            rule = rule.map(|rule| rule.name.as_str()),
            rules_digest = self.rules.digest,
            rules_revision = self.audit.revision.as_deref(),
            account = event.account.as_deref(),
            region = event.region,
            pipeline = event.pipeline,
            stage = event.stage.as_deref(),
            action = event.action.as_deref(),
            execution = event.execution.as_deref(),
            token_digest = event.request.as_ref().map(|request| token_digest(&request.token)),
            at = %self.clock.now(),
            "vote"
        );
    }
}

fn log_decision(record: &AuditRecord) {
    let votes: Vec<&str> = record.votes.iter().map(|vote| vote.by.as_str()).collect();
    tracing::info!(
        target: TARGET,
        event = "decision",
        approval = record.approval,
        result = record.result.as_str(),
        decided = record.decided.as_str(),
        by = record.by.as_deref(),
        name = record.name.as_deref(),
        arn = record.arn.as_deref(),
        comment = record.comment.as_deref(),
        votes = votes.join(" "),
        is_override = record.is_override,
        rule = record.rule.as_deref(),
        rules_digest = record.rules_digest.as_deref(),
        rules_revision = record.rules_revision.as_deref(),
        account = record.account.as_deref(),
        region = record.region,
        pipeline = record.pipeline,
        stage = record.stage.as_deref(),
        action = record.action.as_deref(),
        execution = record.execution.as_deref(),
        token_digest = record.token_digest.as_deref(),
        codepipeline = record.codepipeline,
        at = %record.at,
        "decision"
    );
}
