//! How executions go on: who may enter a stage, what runs in it, and when it ends.
//!
//! The rules are those of <https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html>: a stage
//! takes one execution at a time, except in PARALLEL mode; a failed or stopped execution frees its stage; in SUPERSEDED mode
//! one execution waits in front of a stage, the newest, and in QUEUED mode all wait in the order in which they came.

use jiff::Timestamp;

use super::messages::Moment;
use super::model::{ActionStatus, ExecutionStatus, Pipeline, Place, Run, StageStatus};
use crate::world::given::{Category, ExecutionMode};
use crate::world::identity::uuid;

impl Pipeline {
    /// Lets happen whatever can happen at `now`, until everything waits for time, for a person, or for another execution.
    pub(super) fn settle(&mut self, now: Timestamp) {
        // Later stages first, so that they are free when earlier ones are through.
        while (0..self.stages.len()).rev().any(|stage| self.step(now, stage)) {}
    }

    /// Lets happen what time brought about up to `now`, each at its own time: actions that are through, approvals that
    /// nobody answered.
    pub(super) fn time_passed(&mut self, now: Timestamp) {
        while let Some((ends, _, execution, stage, at)) = self.next_end().filter(|(ends, ..)| *ends <= now) {
            let run = &mut self.executions[execution].stages[stage].runs[at];
            let approval = run.token.is_some();
            let status =
                if approval || run.will_fail.is_some() { ActionStatus::Failed } else { ActionStatus::Succeeded };
            run.error = run.will_fail.take();
            self.end_run(ends, execution, stage, at, status);
            self.settle(ends);
        }
    }

    /// When something happens next by itself.
    pub(super) fn next_change(&self) -> Option<Timestamp> {
        self.next_end().map(|(ends, ..)| ends)
    }

    /// The run that ends next by itself: when, its order, its execution, stage and place.
    fn next_end(&self) -> Option<(Timestamp, u64, usize, usize, usize)> {
        let mut next = None;
        for (at, execution) in self.executions.iter().enumerate().filter(|(_, execution)| execution.goes_on()) {
            let Place::In { stage } = execution.place else { continue };
            for (run_at, run) in execution.stages[stage].runs.iter().enumerate() {
                let found = (run.ends, run.order, at, stage, run_at);
                if run.status == ActionStatus::InProgress && next.is_none_or(|next| found < next) {
                    next = Some(found);
                }
            }
        }
        next
    }

    /// Lets the next thing happen in or in front of a stage; false when nothing can.
    fn step(&mut self, now: Timestamp, stage: usize) -> bool {
        let inside: Vec<usize> = self.inside(stage).collect();
        if inside.iter().any(|execution| self.work(now, *execution, stage)) {
            return true;
        }
        if self.transitions[stage].disabled.is_some() {
            return false;
        }
        if self.mode != ExecutionMode::Parallel && !inside.is_empty() {
            return false;
        }
        let Some(next) = self.waiting(stage).first().copied() else { return false };
        self.enter(now, next, stage);
        true
    }

    /// An execution comes to the front of a stage, where in SUPERSEDED mode only the newest waits.
    pub(super) fn arrive(&mut self, now: Timestamp, execution: usize, stage: usize) {
        let before = self.waiting(stage);
        let arrived = self.number();
        self.executions[execution].place = Place::Before { stage, arrived };
        self.executions[execution].updated = now;
        if self.mode == ExecutionMode::Superseded {
            // They are numbered by their start.
            for other in before {
                let (older, newer) = (other.min(execution), other.max(execution));
                let by = format!("Superseded by execution {}", self.executions[newer].id);
                self.executions[older].summary = Some(by);
                self.end_execution(now, older, ExecutionStatus::Superseded);
            }
        }
    }

    /// An execution enters a stage, which is locked by that unless executions run at once.
    pub(super) fn enter(&mut self, now: Timestamp, execution: usize, stage: usize) {
        let entered = self.number();
        let entering = &mut self.executions[execution];
        entering.place = Place::In { stage };
        entering.updated = now;
        let run = &mut entering.stages[stage];
        (run.status, run.entered, run.started) = (Some(StageStatus::InProgress), entered, Some(now));
        self.tell(now, execution, Moment::Stage { stage, state: "STARTED" });
    }

    /// Starts the next actions of an execution in a stage, or ends the stage; false when it waits.
    fn work(&mut self, now: Timestamp, execution: usize, stage: usize) -> bool {
        let actions = &self.stages[stage].actions;
        let run = &self.executions[execution].stages[stage];
        if run.in_progress() {
            return false;
        }
        let latest = |action: &usize| run.latest(*action).map(|run| run.status);
        let mut orders: Vec<u32> = actions.iter().map(|action| action.run_order).collect();
        orders.sort_unstable();
        orders.dedup();
        let stopping = self.executions[execution].stop.is_some();
        for order in orders {
            let group: Vec<usize> = (0..actions.len()).filter(|at| actions[*at].run_order == order).collect();
            if group.iter().all(|action| latest(action) == Some(ActionStatus::Succeeded)) {
                continue;
            }
            if stopping {
                break;
            }
            let due: Vec<usize> = group.iter().copied().filter(|action| latest(action).is_none()).collect();
            if due.is_empty() {
                self.end_stage(now, execution, stage, StageStatus::Failed);
            }
            for action in due {
                self.start_action(now, execution, stage, action);
            }
            return true;
        }
        self.end_stage(now, execution, stage, if stopping { StageStatus::Stopped } else { StageStatus::Succeeded });
        true
    }

    /// Starts an action. An approval then waits for an answer; what takes no time is through at once.
    pub(super) fn start_action(&mut self, now: Timestamp, execution: usize, stage: usize, action: usize) {
        let order = self.number();
        let first = self.executions.iter().all(|it| it.stages[stage].runs.iter().all(|run| run.action != action));
        let owner = &self.executions[execution];
        let attempt = owner.stages[stage].runs.iter().filter(|run| run.action == action).count();
        let starting = &mut self.stages[stage].actions[action];
        let approval = starting.category == Category::Approval;
        let will_fail = match &mut starting.failures {
            None => starting.fails.clone(),
            Some(0) => None,
            Some(left) => {
                *left -= 1;
                starting.fails.clone()
            }
        };
        let (name, attempt_name) = (starting.name.clone(), attempt.to_string());
        let mut names = vec!["action execution", &owner.id, &self.stages[stage].name, &name];
        if attempt > 0 {
            names.push(&attempt_name);
        }
        let action_of = &self.stages[stage].actions[action];
        let token = approval.then(|| match first {
            true => action_of.token.clone(),
            false => uuid(&[&["token", self.name.as_str()], &names[1..]].concat()),
        });
        let length = if approval { action_of.timeout } else { action_of.takes };
        let run = Run {
            order,
            action,
            id: uuid(&names),
            token,
            status: ActionStatus::InProgress,
            summary: None,
            error: None,
            started: now,
            changed: now,
            updated_by: None,
            ends: now.saturating_add(length).unwrap_or(Timestamp::MAX),
            will_fail,
            answered: false,
        };
        self.executions[execution].stages[stage].runs.push(run);
        self.executions[execution].updated = now;
        let at = self.executions[execution].stages[stage].runs.len() - 1;
        self.tell(now, execution, Moment::Action { stage, run: at, state: "STARTED" });
        if approval {
            self.request_approval(now, execution, stage, at);
        } else if length.is_zero() {
            let run = &mut self.executions[execution].stages[stage].runs[at];
            let failed = run.will_fail.take();
            let status = if failed.is_some() { ActionStatus::Failed } else { ActionStatus::Succeeded };
            run.error = failed;
            self.end_run(now, execution, stage, at, status);
        }
    }

    /// Ends an action execution.
    pub(super) fn end_run(&mut self, now: Timestamp, execution: usize, stage: usize, at: usize, status: ActionStatus) {
        let run = &mut self.executions[execution].stages[stage].runs[at];
        (run.status, run.changed) = (status, now);
        self.executions[execution].updated = now;
        let state = match status {
            ActionStatus::Succeeded => "SUCCEEDED",
            ActionStatus::Abandoned => "ABANDONED",
            ActionStatus::Failed | ActionStatus::InProgress => "FAILED",
        };
        self.tell(now, execution, Moment::Action { stage, run: at, state });
    }

    /// Ends a stage, which frees it, and with it the execution, unless that goes on to the next.
    pub(super) fn end_stage(&mut self, now: Timestamp, execution: usize, stage: usize, status: StageStatus) {
        self.executions[execution].stages[stage].status = Some(status);
        let (state, end) = match status {
            StageStatus::Succeeded => ("SUCCEEDED", ExecutionStatus::Succeeded),
            StageStatus::Stopped | StageStatus::Stopping => ("STOPPED", ExecutionStatus::Stopped),
            StageStatus::Failed | StageStatus::InProgress => ("FAILED", ExecutionStatus::Failed),
        };
        self.tell(now, execution, Moment::Stage { stage, state });
        let last = stage + 1 == self.stages.len() || self.executions[execution].rolls_back_to.is_some();
        if status == StageStatus::Succeeded && !last {
            self.arrive(now, execution, stage + 1);
        } else {
            self.end_execution(now, execution, end);
        }
    }

    /// Ends an execution.
    pub(super) fn end_execution(&mut self, now: Timestamp, execution: usize, status: ExecutionStatus) {
        let ending = &mut self.executions[execution];
        (ending.status, ending.place, ending.updated) = (status, Place::Out, now);
        let state = match status {
            ExecutionStatus::Succeeded => "SUCCEEDED",
            ExecutionStatus::Superseded => "SUPERSEDED",
            ExecutionStatus::Stopped | ExecutionStatus::Stopping => "STOPPED",
            ExecutionStatus::Failed | ExecutionStatus::InProgress => "FAILED",
        };
        self.tell(now, execution, Moment::Pipeline { state });
    }

    /// Approves or rejects the approval that waits.
    pub(super) fn answer(&mut self, now: Timestamp, waiting: Waiting, approved: bool, by: String, summary: &str) {
        let Waiting { execution, stage, run: at } = waiting;
        let run = &mut self.executions[execution].stages[stage].runs[at];
        run.summary = (!summary.is_empty()).then(|| summary.to_owned());
        run.updated_by = Some(by);
        run.answered = true;
        let status = if approved { ActionStatus::Succeeded } else { ActionStatus::Failed };
        self.end_run(now, execution, stage, at, status);
        self.settle(now);
    }
}

/// An approval's run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting {
    pub execution: usize,
    pub stage: usize,
    pub run: usize,
}
