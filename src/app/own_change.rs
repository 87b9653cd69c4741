//! Whose change it is (A7): CodePipeline is asked where the execution comes from, and Slack who has these e-mail addresses.

use jiff::Timestamp;

use super::answer::action;
use super::{App, Failure, keep_until};
use crate::approval::own_change::{Barred, traces};
use crate::approval::record::{ApprovalRecord, Record};
use crate::event::{Event, EventKind};
use crate::ports::{PipelineRef, PortError, SaveError};
use crate::rules::policy::Forbidden;

impl App {
    /// Who may not approve. What can't be told for good is part of the answer; what may be told the next time is an error.
    pub(super) async fn barred(
        &self,
        forbid: &[Forbidden],
        record: &ApprovalRecord,
        until: Timestamp,
    ) -> Result<Barred, PortError> {
        let execution = self.execution_of(record).await?;
        self.barred_of(forbid, &record.event.pipeline_ref(), execution.as_deref(), until).await
    }

    /// Whose change an execution is. `None`: CodePipeline does not say which it is.
    pub(super) async fn barred_of(
        &self,
        forbid: &[Forbidden],
        pipeline: &PipelineRef,
        execution: Option<&str>,
        until: Timestamp,
    ) -> Result<Barred, PortError> {
        let (origin, pushed) = match execution {
            None => (None, Vec::new()),
            Some(execution) => {
                (self.pipelines.origin(pipeline, execution).await?, self.pushes_of(pipeline, execution).await?)
            }
        };
        let traces = traces(forbid, origin.as_ref(), &pushed);
        let mut barred = Barred { people: Default::default(), unknown: traces.unknown };
        for (email, who) in traces.emails {
            match self.chat.user_by_email(&email, until).await? {
                Some(user) => drop(barred.people.entry(user).or_insert(who)),
                None => drop(
                    barred.unknown.insert(format!("nobody in Slack has the e-mail address of the {}", who.as_str())),
                ),
            }
        }
        Ok(barred)
    }

    /// The execution that asks; its message does not say.
    pub(super) async fn execution_of(&self, record: &ApprovalRecord) -> Result<Option<String>, PortError> {
        let (Some(action), Some(request)) = (action(record), &record.event.request) else { return Ok(None) };
        let state = self.pipelines.approval_state(&action, &request.token, record.execution()).await?;
        // Another run's execution has another origin.
        Ok(state.and_then(|state| state.execution_asking(&request.token)))
    }

    /// Remembers who made the change that started an execution, where a rule asks for that: only this event says it.
    pub(super) async fn remember_push(&self, event: &Event) -> Result<(), Failure> {
        let EventKind::Pipeline(_) = event.kind else { return Ok(()) };
        let forbids = || {
            self.rules.approvals.iter().any(|rule| !rule.policy.forbid.is_empty())
                || self.rules.commands.iter().any(|rule| !rule.forbid.is_empty())
        };
        let mentions = || self.rules.notifications.iter().any(|rule| !rule.mention_involved.is_empty());
        let asked = forbids() || mentions();
        let commit = event.commit.as_ref().and_then(|commit| Some((commit.id.clone()?, commit.email.clone()?)));
        let (true, Some((commit, author_email)), Some(execution)) = (asked, commit, &event.execution) else {
            return Ok(());
        };
        let key = self.key_within("push", &event.pipeline_ref(), Some(execution));
        let now = self.clock.now();
        let told = (commit, author_email);
        let first = Record::Push { commit: told.0.clone(), author_email: told.1.clone(), otherwise: Vec::new() };
        match self.store.save(&key, &first, None, keep_until(now), now).await {
            Ok(_) => Ok(()),
            Err(SaveError::Conflict) => {
                // Whoever says otherwise bars one more, and unbars nobody.
                let add = |record: &mut Record| {
                    let Record::Push { commit, author_email, otherwise } = record else { return false };
                    let is_known = (&*commit, &*author_email) == (&told.0, &told.1) || otherwise.contains(&told);
                    if !is_known {
                        otherwise.push(told.clone());
                    }
                    !is_known
                };
                self.amend(&key, keep_until(now), add).await
            }
            Err(SaveError::Failed(error)) => Err(error.into()),
        }
    }

    /// The commits that were told to have started an execution, and their authors' e-mail addresses: one where nobody lies.
    pub(super) async fn pushes_of(
        &self,
        pipeline: &PipelineRef,
        execution: &str,
    ) -> Result<Vec<(String, String)>, PortError> {
        let stored = self.store.load(&self.key_within("push", pipeline, Some(execution)), self.clock.now()).await?;
        Ok(match stored.map(|stored| stored.record) {
            Some(Record::Push { commit, author_email, otherwise }) => {
                std::iter::once((commit, author_email)).chain(otherwise).collect()
            }
            _ => Vec::new(),
        })
    }
}
