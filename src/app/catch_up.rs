//! Decisions that are made elsewhere, in the console, by the command line or by time, reach the message through what
//! CodePipeline tells of the pipeline (A16).

use jiff::{SignedDuration, Timestamp};

use super::announce::key;
use super::answer::action;
use super::show::{Look, Sight};
use super::{App, Failure, TRIES};
use crate::approval::audit::End;
use crate::approval::outcome::of_action;
use crate::approval::record::{ApprovalRecord, ApprovalState, Elsewhere, Fate, OpenApproval, Outcome, Posting, Record};
use crate::event::{Event, EventKind, State};
use crate::ports::{PipelineRef, SaveError};

/// How long a list of approvals stays at least. A Lambda runs for 15 minutes at the most:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const FORGET: SignedDuration = SignedDuration::from_hours(1);

/// How an approval stands that may have been decided elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caught {
    /// It still waits.
    Waits,
    /// It is over, which is remembered; and whether its messages show it.
    Over(Look),
    /// It is of another action.
    NotConcerned,
}

impl App {
    /// Remembers that an approval of this pipeline may wait.
    pub(super) async fn remember_open(&self, event: &Event, id: &str, until: Timestamp) -> Result<(), Failure> {
        let open_key = self.key_within("open", &event.pipeline_ref(), None);
        for _ in 0..TRIES {
            let now = self.clock.now();
            let (mut approvals, version) = self.open_approvals(&open_key, now).await?;
            if approvals.iter().any(|open| open.id == id) {
                return Ok(());
            }
            approvals.push(OpenApproval { id: id.to_owned(), until });
            if self.save_open(&open_key, approvals, version, now).await? {
                return Ok(());
            }
        }
        Err(Failure(format!("the record `{open_key}` was changed by others {TRIES} times in a row")))
    }

    /// Shows what became of the approvals that this happening may have ended. Returns what was done, for the log; nothing
    /// where none of them is over.
    ///
    /// # Errors
    ///
    /// What may work when the event comes again: an answer is on its way, or a service does not say.
    pub async fn catch_up(&self, event: &Event, until: Timestamp) -> Result<Option<String>, Failure> {
        self.remember_push(event).await?;
        if !may_end_an_approval(event.kind) {
            return Ok(None);
        }
        let open_key = self.key_within("open", &event.pipeline_ref(), None);
        let (approvals, version) = self.open_approvals(&open_key, self.clock.now()).await?;
        let mut over = Vec::new();
        let mut is_shown = true;
        let mut failed = Vec::new();
        for open in &approvals {
            match self.catch_up_one(&open.id, Some(event), until).await {
                Ok(Caught::Over(look)) => {
                    over.push(&open.id);
                    is_shown &= look == Look::Current;
                }
                Ok(Caught::Waits | Caught::NotConcerned) => {}
                Err(failure) => failed.push(failure.to_string()),
            }
        }
        if !over.is_empty() {
            let waiting = approvals.iter().filter(|open| !over.contains(&&open.id)).cloned().collect();
            // Whoever writes it meanwhile keeps an entry too many, which the next event takes away.
            self.save_open(&open_key, waiting, version, self.clock.now()).await?;
        }
        match (failed.is_empty(), over.is_empty()) {
            (false, _) => Err(Failure(failed.join("; "))),
            (true, true) => Ok(None),
            (true, false) if is_shown => Ok(Some("what became of the approval is shown".to_owned())),
            (true, false) => {
                Ok(Some("what became of the approval is kept, and Slack does not let it be shown".to_owned()))
            }
        }
    }

    /// Asks CodePipeline what became of an approval, and shows it.
    pub(super) async fn catch_up_one(
        &self,
        id: &str,
        event: Option<&Event>,
        until: Timestamp,
    ) -> Result<Caught, Failure> {
        let key = key(id);
        for _ in 0..TRIES {
            let now = self.clock.now();
            let stored = self.store.load(&key, now).await?;
            let version = stored.as_ref().map(|stored| stored.version);
            let Some(Record::Approval(mut record)) = stored.map(|stored| stored.record) else {
                // Its request may be about to be written down: the list is written first.
                return Ok(Caught::NotConcerned);
            };
            if event.is_some_and(|event| !concerns(event, &record)) {
                return Ok(Caught::NotConcerned);
            }
            if !matches!(record.posting, Posting::Posted(_)) {
                return Err(Failure(format!("the message of `{key}` is only being posted")));
            }
            match &record.state {
                ApprovalState::Deciding { until, .. } if *until > now => {
                    return Err(Failure(format!("an answer to `{key}` is on its way; look again after {until}")));
                }
                ApprovalState::Deciding { .. } | ApprovalState::Pending => {
                    let Some(end) = self.what_became_of(&mut record, now).await? else { return Ok(Caught::Waits) };
                    self.keep_evidence(&record, &end, now).await?;
                    record.state = ApprovalState::Ended(end.outcome);
                    record.shown = false;
                    match self.save(&key, &record, version, now).await {
                        Ok(()) => {}
                        Err(SaveError::Conflict) => continue,
                        Err(SaveError::Failed(error)) => return Err(error.into()),
                    }
                }
                // `expires` has no seconds, so that CodePipeline takes an answer for up to a minute after it.
                ApprovalState::Ended(Outcome::Elsewhere(end)) if end.fate == Fate::Expired => {
                    let known = Outcome::Elsewhere(end.clone());
                    let told = self.what_became_of(&mut record, now).await?;
                    if let Some(told) = told.filter(|told| told.outcome != known) {
                        self.keep_evidence(&record, &told, now).await?;
                        record.state = ApprovalState::Ended(told.outcome);
                        record.shown = false;
                        match self.save(&key, &record, version, now).await {
                            Ok(()) => {}
                            Err(SaveError::Conflict) => continue,
                            Err(SaveError::Failed(error)) => return Err(error.into()),
                        }
                    }
                }
                ApprovalState::Ended(_) => {}
            }
            let rule = self.approval_rule(&record.event).ok().flatten();
            return match self.show(&key, &mut record, rule, Sight { message: None, until, began: None }).await {
                // What Slack does not let be shown, ticks try again. Events of others have not to wait for it.
                look @ (Look::Current | Look::Refused) => Ok(Caught::Over(look)),
                Look::Outdated => Err(Failure(format!("the message of `{key}` does not show how it ended"))),
            };
        }
        Err(Failure(format!("the record `{key}` was changed by others {TRIES} times in a row")))
    }

    /// How an approval ended, as CodePipeline says; `None` while it waits. The record at hand learns which execution asks, for whoever
    /// writes it.
    pub(super) async fn what_became_of(
        &self,
        record: &mut ApprovalRecord,
        now: Timestamp,
    ) -> Result<Option<End>, Failure> {
        let (Some(action), Some(request)) = (action(record), &record.event.request) else { return Ok(None) };
        if !self.is_reachable(record) {
            // Only its time tells.
            let expired = || Elsewhere { fate: Fate::Expired, by: None, at: None, comment: None };
            let is_over = crate::approval::has_expired(&record.event, now);
            return Ok(is_over.then(|| End::told(Outcome::Elsewhere(expired()), None)));
        }
        let state = self.pipelines.approval_state(&action, &request.token, record.execution()).await?;
        let end = of_action(record, state.as_ref(), now).map(|outcome| End::told(outcome, state.as_ref()));
        if let Some(execution) = state.and_then(|state| state.execution_asking(&request.token)) {
            record.follow_up.execution = Some(execution);
        }
        Ok(end)
    }

    /// The approvals of a pipeline that may wait.
    pub(super) async fn open_of(&self, pipeline: &PipelineRef, now: Timestamp) -> Result<Vec<OpenApproval>, Failure> {
        Ok(self.open_approvals(&self.key_within("open", pipeline, None), now).await?.0)
    }

    async fn open_approvals(&self, key: &str, now: Timestamp) -> Result<(Vec<OpenApproval>, Option<u64>), Failure> {
        Ok(match self.store.load(key, now).await? {
            None => (Vec::new(), None),
            Some(stored) => match stored.record {
                Record::Open { approvals } => (approvals, Some(stored.version)),
                _ => return Err(Failure(format!("the record `{key}` is no list of approvals"))),
            },
        })
    }

    /// Whether it was written, which it is not when somebody else wrote it first.
    async fn save_open(
        &self,
        key: &str,
        mut approvals: Vec<OpenApproval>,
        version: Option<u64>,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        approvals.retain(|open| open.until > now);
        // An empty one stays for longer than an invocation may run: who has read it before would find the version that they know
        // again on a fresh one, and overwrite that.
        let read_before = now.checked_add(FORGET).unwrap_or(Timestamp::MAX);
        let until = approvals.iter().map(|open| open.until).fold(read_before, Timestamp::max);
        match self.store.save(key, &Record::Open { approvals }, version, until, now).await {
            Ok(_) => Ok(true),
            Err(SaveError::Conflict) => Ok(false),
            Err(SaveError::Failed(error)) => Err(error.into()),
        }
    }
}

/// Whether an approval may be over after this.
fn may_end_an_approval(kind: EventKind) -> bool {
    match kind {
        EventKind::ApprovalSucceeded | EventKind::ApprovalFailed => true,
        EventKind::ApprovalNeeded | EventKind::Other => false,
        EventKind::Pipeline(state) | EventKind::Stage(state) | EventKind::Action(state) => {
            !matches!(state, State::Started | State::Resumed | State::Stopping)
        }
    }
}

/// Whether what happened is about the approval's own action, or about the stage or pipeline that it is in.
fn concerns(event: &Event, record: &ApprovalRecord) -> bool {
    let same = |told: &Option<String>, asked: &Option<String>| told.is_none() || told == asked;
    same(&event.stage, &record.event.stage)
        && same(&event.action, &record.event.action)
        && (event.account.is_none() || record.event.account.is_none() || event.account == record.event.account)
}
