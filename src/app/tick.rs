//! The scheduler's tick: what waits too long is brought to mind, told elsewhere, or shown as expired; what an invocation left in
//! the middle is brought to its end.
//!
//! Each approval is claimed first, then acted on, then what was done is recorded. So of ticks at the same time one acts, and one
//! that ends in the middle leads to one more reminder when its claim has run out, never to none.

use jiff::{SignedDuration, Timestamp};

use super::announce::{keep, name};
use super::show::{Look, Sight};
use super::{App, Failure, TRIES};
use crate::approval::audit::End;
use crate::approval::record::{ApprovalRecord, ApprovalState, Posting, Record, claim_until};
use crate::approval::schedule::{Plan, after_failure, plan};
use crate::logbook::Metric;
use crate::ports::SaveError;
use crate::rules::ApprovalRule;

/// How many approvals one tick looks at; the next one goes on.
const MOST: usize = 100;

/// What has to be left of an invocation's time for one more approval.
const FOR_ONE: SignedDuration = SignedDuration::from_secs(20);

/// What was done about an approval, and how far it came.
#[derive(Default)]
struct Done {
    deeds: Vec<&'static str>,
    /// When the reminder was due that was given.
    reminded: Option<Timestamp>,
    failed: Vec<String>,
    /// Whether Slack refused for good to change a message.
    is_refused: bool,
    /// What names it among those who show an approval that waits, where it is one.
    shows: Option<Timestamp>,
}

impl App {
    /// Looks at every approval that is due. Each is tried, whatever becomes of the others. Returns what was done, for the log.
    ///
    /// # Errors
    ///
    /// What did not work and is to be tried again: the same tick may come again, or another.
    pub async fn tick(&self, deadline: Timestamp) -> Result<String, Failure> {
        let until = deadline.checked_sub(FOR_ONE).unwrap_or(deadline);
        let keys = self.store.due(self.clock.now(), MOST).await?;
        let mut done = Vec::new();
        let mut failed = Vec::new();
        for (key, before) in keys.iter().zip(0..) {
            if before > 0 && self.clock.now() >= until {
                tracing::warn!(left = keys.len() - before, "the rest of what is due is left to the next tick");
                break;
            }
            match self.look_after(key, until).await {
                Ok(what) => done.extend(what),
                Err(failure) => failed.push(failure.to_string()),
            }
        }
        match (failed.is_empty(), done.is_empty()) {
            (false, _) => Err(Failure(failed.join("; "))),
            (true, true) => Ok("nothing was due".to_owned()),
            (true, false) => Ok(done.join("; ")),
        }
    }

    /// Does what is due about one approval.
    async fn look_after(&self, key: &str, until: Timestamp) -> Result<Option<String>, Failure> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let Some(stored) = self.store.load(key, now).await? else { return Ok(None) };
            let Record::Approval(mut record) = stored.record else { return Ok(None) };
            // The index lags behind: somebody may have done it since.
            if record.due_at().is_none_or(|due| due > now) {
                return Ok(None);
            }
            let rule = self.approval_rule(&record.event).unwrap_or_else(|error| {
                tracing::error!(%error, "which rule is for an approval can't be told");
                None
            });
            let is_over = matches!(record.state, ApprovalState::Ended(_));
            if !is_over && record.follow_up.uncovered != self.is_uncovered(&record, rule) {
                // Rules were edited since: it may be answered now, or may not any more.
                record.shown = false;
            }
            if record.overtaken_until().is_some_and(|until| until <= now) {
                // Whoever ended before they looked at the record again would have had the last word.
                record.shown = false;
                record.follow_up.showing.forget(now);
            }
            let plan = plan(rule, &record, now);
            let is_posted = matches!(record.posting, Posting::Posted(_));
            let claim = (!is_posted || !plan.is_idle()).then(|| claim_until(now));
            record.follow_up.held_until = claim;
            let mut done = Done::default();
            if (plan.show || plan.escalate) && !matches!(record.state, ApprovalState::Ended(_)) {
                record.follow_up.showing.begin(now, until);
                done.shows = record.follow_up.showing.last();
            }
            record.follow_up.since = record.since().or(Some(now));
            if claim.is_none() {
                record.follow_up.looked = Some(now);
                record.follow_up.look_at = plan.next;
            }
            match self.save(key, &record, Some(stored.version), now).await {
                Ok(()) => {}
                Err(SaveError::Conflict) => continue,
                Err(SaveError::Failed(error)) => return Err(error.into()),
            }
            let Some(claim) = claim else {
                self.measure_age(&record, now);
                return Ok(None);
            };
            let name = name(&record.event);
            if let Err(failure) = self.act(key, &mut record, rule, plan, &mut done, until).await {
                done.failed.push(failure.to_string());
            }
            self.measure_age(&record, now);
            let planned = is_posted.then_some(plan.next).flatten();
            self.record_done(key, &record, &done, claim, now, planned).await?;
            return if done.failed.is_empty() {
                Ok(Some(format!("{name}: {}", done.deeds.join(", "))))
            } else {
                Err(Failure(format!("{name}: {}", done.failed.join("; "))))
            };
        }
        // Whoever wrote it so often has seen to it; the next tick looks again.
        Ok(None)
    }

    /// How long an approval has waited. A tick looks at each that waits once an hour at least, so that the greatest of an hour is the age
    /// of the oldest: it costs no call.
    fn measure_age(&self, record: &ApprovalRecord, now: Timestamp) {
        if let (false, Some(since)) = (matches!(record.state, ApprovalState::Ended(_)), record.since()) {
            self.logbook.measure(Metric::OpenApprovalAge, now.duration_since(since).as_secs().max(0));
        }
    }

    async fn act(
        &self,
        key: &str,
        record: &mut ApprovalRecord,
        rule: Option<&ApprovalRule>,
        plan: Plan,
        done: &mut Done,
        until: Timestamp,
    ) -> Result<(), Failure> {
        if !matches!(record.posting, Posting::Posted(_)) {
            self.announce(record.event.clone(), until).await?;
            done.deeds.push("posted");
            return Ok(());
        }
        if plan.ask {
            match self.what_became_of(record, self.clock.now()).await? {
                Some(end) => {
                    if !self.end(key, record, end).await? {
                        done.deeds.push("somebody is answering it");
                        return Ok(());
                    }
                }
                None => {
                    done.deeds.push("it still waits");
                    if let ApprovalState::Deciding { decision, until: left } = &record.state
                        && record.follow_up.looked.is_none_or(|looked| looked < *left)
                    {
                        self.tell_lost(record, decision, until).await;
                    }
                }
            }
        }
        if !record.shown {
            match self.show(key, record, rule, Sight { message: None, until, began: None }).await {
                Look::Current => done.deeds.push("its messages show how it stands"),
                Look::Outdated => return Err(Failure("not every message shows how it stands".to_owned())),
                // It is tried again as after a failure. Nobody is helped by a tick that fails for as long.
                Look::Refused => {
                    done.deeds.push("Slack does not let its messages be changed");
                    done.is_refused = true;
                }
            }
        }
        let (true, Some(rule)) = (waits(record, self.clock.now()), rule) else { return Ok(()) };
        if let Some(escalate) = rule.policy.escalate.as_ref().filter(|_| plan.escalate) {
            match self.escalate(key, record, rule, escalate, until).await {
                Ok(()) => done.deeds.push("escalated"),
                Err(failure) => done.failed.push(failure.to_string()),
            }
        }
        if let Some(due) = plan.remind.filter(|_| waits(record, self.clock.now())) {
            self.remind(record, rule, until).await?;
            done.reminded = Some(due);
            done.deeds.push("reminded");
        }
        Ok(())
    }

    /// Remembers what CodePipeline says became of it. False where the record does not stand any more as it did: what CodePipeline
    /// says may then be the answer of somebody who is just giving it, and who remembers and shows who they are.
    async fn end(&self, key: &str, record: &mut ApprovalRecord, end: End) -> Result<bool, Failure> {
        let now = self.clock.now();
        match self.store.load(key, now).await?.map(|stored| stored.record) {
            Some(Record::Approval(found)) if found.state == record.state => {}
            _ => return Ok(false),
        }
        // Should somebody answer it right now, their evidence outweighs this.
        self.keep_evidence(record, &end, now).await?;
        let ended = ApprovalState::Ended(end.outcome);
        let mut is_ours = false;
        self.amend(key, keep(&record.event, self.clock.now()), |found| match found {
            Record::Approval(found) if found.state == record.state => {
                found.state = ended.clone();
                found.shown = false;
                found.follow_up.showing.forget(now);
                is_ours = true;
                true
            }
            _ => false,
        })
        .await?;
        if is_ours {
            record.state = ended;
            record.shown = false;
        }
        Ok(is_ours)
    }

    /// Records what was done and gives the claim back.
    async fn record_done(
        &self,
        key: &str,
        record: &ApprovalRecord,
        done: &Done,
        claim: Timestamp,
        began: Timestamp,
        planned: Option<Timestamp>,
    ) -> Result<(), Failure> {
        let now = self.clock.now();
        self.amend(key, keep(&record.event, now), |found| {
            let Record::Approval(found) = found else { return false };
            let follow_up = &mut found.follow_up;
            follow_up.reminded = follow_up.reminded.max(done.reminded);
            if follow_up.execution.is_none() {
                follow_up.execution.clone_from(&record.follow_up.execution);
            }
            // Where it took longer than the claim holds, another may be at it.
            if follow_up.held_until != Some(claim) {
                return done.reminded.is_some();
            }
            if done.failed.is_empty() && !done.is_refused {
                follow_up.failures = 0;
                follow_up.held_until = None;
                follow_up.looked = Some(began);
                follow_up.look_at = planned;
                if let Some(shows) = done.shows {
                    follow_up.showing.is_through(shows);
                }
            } else {
                follow_up.failures = follow_up.failures.saturating_add(1);
                follow_up.held_until = now.checked_add(after_failure(follow_up.failures)).ok();
            }
            true
        })
        .await
    }
}

/// Whether it waits for somebody to act, and nobody is at it.
fn waits(record: &ApprovalRecord, now: Timestamp) -> bool {
    match &record.state {
        ApprovalState::Pending => true,
        ApprovalState::Deciding { until, .. } => *until <= now,
        ApprovalState::Ended(_) => false,
    }
}
