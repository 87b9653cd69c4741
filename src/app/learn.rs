//! What events do not tell of an execution is asked of CodePipeline. What it does not say is left out of the message: nothing of
//! this keeps a message from being written.

use super::announce::key as approval_key;
use super::{App, Failure};
use crate::approval::outcome::{of_action, person_of_arn};
use crate::approval::record::{ApprovalRecord, ApprovalState, Elsewhere, Fate, Outcome, Record};
use crate::event::{ApprovalToken, Event};
use crate::execution::record::{ApprovalEnd, ExecutionRecord, Learnt};
use crate::ports::{ActionRef, ActionState, ActionStatus, Stored};

impl App {
    /// Asks what is not known yet, and gives the record with what was learnt.
    pub(super) async fn learn(&self, key: &str, stored: Stored) -> Result<Stored, Failure> {
        let mut stored = stored;
        let Record::Execution(record) = &stored.record else { return Ok(stored) };
        // Somebody has to want to see it.
        if self.next_due(record).is_none() {
            return Ok(stored);
        }
        let learnt = self.ask(record).await;
        if learnt == Learnt::default() {
            return Ok(stored);
        }
        for _ in 0..super::TRIES {
            let Record::Execution(record) = &stored.record else { break };
            let mut record = record.clone();
            record.learn(&learnt);
            let version = stored.version;
            stored = self.replace(key, &record, version).await?;
            if stored.version == version + 1 && stored.record == Record::Execution(record) {
                break;
            }
        }
        Ok(stored)
    }

    async fn ask(&self, record: &ExecutionRecord) -> Learnt {
        let pipeline = record.pipeline_ref();
        let mut learnt = Learnt::default();
        if record.wants_origin() {
            learnt.asked = true;
            match self.pipelines.origin(&pipeline, &record.execution).await {
                Ok(origin) => learnt.origin = origin,
                Err(error) => tracing::warn!(%error, "where an execution comes from is left out of its message"),
            }
            if record.plan.is_empty() {
                match self.pipelines.stages(&pipeline).await {
                    Ok(plan) => learnt.plan = Some(plan).filter(|plan| !plan.is_empty()),
                    Err(error) => tracing::warn!(%error, "stages to come are left out of an execution's message"),
                }
            }
        }
        for (stage, action, run) in record.unknown_ends(&record.view()) {
            let action = ActionRef { pipeline: pipeline.clone(), stage, action };
            match self.end_of(record, &action).await {
                Ok(outcome) => learnt.approvals.extend(outcome.map(|outcome| ApprovalEnd::new(run, &outcome))),
                Err(error) => tracing::warn!(%error, "who answered an approval is left out of an execution's message"),
            }
        }
        learnt
    }

    /// How an approval of this execution ended: as CodePipeline tells, and where it was answered in Slack, as is remembered.
    async fn end_of(&self, record: &ExecutionRecord, action: &ActionRef) -> Result<Option<Outcome>, Failure> {
        let Some(state) = self.pipelines.run_in(action, &record.execution).await? else { return Ok(None) };
        let remembered = match &state.token {
            Some(token) => self.approval_of(record, action, token).await?,
            None => None,
        };
        Ok(match remembered {
            Some(ApprovalRecord { state: ApprovalState::Ended(outcome), .. }) => Some(outcome),
            Some(approval) => of_action(&approval, Some(&state), self.clock.now()),
            None => elsewhere(&state),
        })
    }

    /// The record of an approval, which the account is part of the name of where the topic told it.
    async fn approval_of(
        &self,
        record: &ExecutionRecord,
        action: &ActionRef,
        token: &ApprovalToken,
    ) -> Result<Option<ApprovalRecord>, Failure> {
        for account in [record.account.clone(), None] {
            let request = crate::event::ApprovalRequest { token: token.clone(), expires: None, review_link: None };
            let event = Event {
                account,
                request: Some(request),
                ..super::show_execution::request(record, &action.stage, &action.action)
            };
            let key = approval_key(&crate::approval::id(&event));
            let stored = self.store.load(&key, self.clock.now()).await?;
            if let Some(Record::Approval(approval)) = stored.map(|stored| stored.record) {
                return Ok(Some(*approval));
            }
        }
        Ok(None)
    }
}

/// How an approval ended of which signoff was not told. Whether nobody answered in time can't be told from a rejection then, but by
/// who did.
fn elsewhere(state: &ActionState) -> Option<Outcome> {
    let fate = match (state.status, &state.updated_by) {
        (ActionStatus::Succeeded, _) => Fate::Approved,
        (ActionStatus::Failed, Some(_)) => Fate::Rejected,
        (ActionStatus::Failed | ActionStatus::Abandoned, _) => Fate::Closed,
        (ActionStatus::InProgress | ActionStatus::Unknown, _) => return None,
    };
    Some(Outcome::Elsewhere(Elsewhere {
        fate,
        by: state.updated_by.as_deref().map(person_of_arn),
        at: state.changed_at,
        comment: state.summary.clone(),
    }))
}
