//! How an execution goes on: actions run one after the other and at once, up to the next approval.

use jiff::Timestamp;

use super::{Action, ActionStatus, ExecutionStatus, Pipeline, Run};
use crate::world::given::Category;
use crate::world::identity::uuid;

impl Pipeline {
    /// Runs what comes next, until an approval waits, an action fails, or the execution is through.
    pub(super) fn go_on(&mut self, now: Timestamp) {
        if self.execution.status != ExecutionStatus::InProgress {
            return;
        }
        self.execution.updated = now;
        for stage in &mut self.stages {
            for action in &mut stage.actions {
                let status = match &action.run {
                    Some(run) => run.status,
                    None => action.start(now, &self.execution.id, &stage.name),
                };
                match status {
                    ActionStatus::Succeeded => {}
                    ActionStatus::InProgress => return,
                    ActionStatus::Failed | ActionStatus::Abandoned => {
                        self.execution.status = ExecutionStatus::Failed;
                        return;
                    }
                }
            }
        }
        self.execution.status = ExecutionStatus::Succeeded;
    }

    /// Puts the execution at an approval by its place: everything before it has succeeded, and it waits.
    pub(super) fn succeed_before(&mut self, now: Timestamp, stage_at: usize, action_at: usize) {
        for (at, stage) in self.stages.iter_mut().enumerate().take(stage_at + 1) {
            let before = if at == stage_at { action_at } else { stage.actions.len() };
            for action in &mut stage.actions[..before] {
                action.start(now, &self.execution.id, &stage.name);
                if let Some(run) = &mut action.run {
                    run.answered = action.category == Category::Approval;
                    run.status = ActionStatus::Succeeded;
                }
            }
        }
        self.go_on(now);
    }

    /// Fails the approval that waits, if its time is over.
    pub(super) fn time_out(&mut self, now: Timestamp) {
        let runs = self.stages.iter_mut().flat_map(|stage| &mut stage.actions).filter_map(|action| action.run.as_mut());
        let mut ended = None;
        for run in runs.filter(|run| run.status == ActionStatus::InProgress) {
            if let Some(expires) = run.expires.filter(|expires| *expires <= now) {
                run.status = ActionStatus::Failed;
                run.changed = expires;
                ended = Some(expires);
            }
        }
        if let Some(ended) = ended {
            self.go_on(ended);
        }
    }

    /// Abandons the approval that waits and stops the execution.
    pub(super) fn stop(&mut self, now: Timestamp) {
        let runs = self.stages.iter_mut().flat_map(|stage| &mut stage.actions).filter_map(|action| action.run.as_mut());
        for run in runs.filter(|run| run.status == ActionStatus::InProgress) {
            run.status = ActionStatus::Abandoned;
            run.changed = now;
        }
        self.execution.status = ExecutionStatus::Stopped;
        self.execution.updated = now;
    }
}

impl Action {
    /// Starts the action. An approval then waits; anything else is through at once.
    fn start(&mut self, now: Timestamp, execution: &str, stage: &str) -> ActionStatus {
        let approval = self.category == Category::Approval;
        let status = match (approval, &self.fails) {
            (true, _) => ActionStatus::InProgress,
            (false, None) => ActionStatus::Succeeded,
            (false, Some(_)) => ActionStatus::Failed,
        };
        self.run = Some(Run {
            id: uuid(&["action execution", execution, stage, &self.name]),
            status,
            summary: None,
            error: self.fails.clone(),
            started: now,
            changed: now,
            updated_by: None,
            expires: approval.then(|| now.saturating_add(self.timeout).unwrap_or(Timestamp::MAX)),
            answered: false,
        });
        status
    }

    /// Approves or rejects the approval that waits.
    pub(super) fn answer(&mut self, now: Timestamp, approved: bool, by: String, summary: &str) {
        if let Some(run) = &mut self.run {
            run.status = if approved { ActionStatus::Succeeded } else { ActionStatus::Failed };
            run.summary = (!summary.is_empty()).then(|| summary.to_owned());
            run.changed = now;
            run.updated_by = Some(by);
            run.answered = true;
        }
    }
}
