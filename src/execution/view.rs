//! How an execution stands, worked out of everything that was told of it.
//!
//! Events of the pipeline, its stages and its actions come each by themselves, some late and some never. So what is over for the
//! pipeline is over for its stages, and what has begun anew in a stage has begun anew for the pipeline.

use jiff::Timestamp;

use super::timeline::{Standing, is_start};
use super::{ActionHistory, History, Reason, StageHistory};
use crate::event::{Commit, Failure, State, Trigger};

/// How an execution stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionView {
    /// Its state.
    pub condition: Condition,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it came into a state in which nothing happens by itself any more.
    pub ended: Option<Timestamp>,
    /// 1, and one more each time a stage was retried.
    pub attempt: u32,
    /// Its stages in the pipeline's order; those that have not begun where the order is known.
    pub stages: Vec<StageView>,
    /// The actions that failed, each once, of their latest run.
    pub failures: Vec<Failure>,
    /// What started it.
    pub trigger: Option<Trigger>,
    /// The commit that it runs, as events told it.
    pub commit: Option<Commit>,
    /// What the person who stopped it said.
    pub stop_comment: Option<String>,
}

/// How a stage stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageView {
    /// Its name.
    pub name: String,
    /// Its state.
    pub condition: Condition,
    /// When its latest run began.
    pub began: Option<Timestamp>,
    /// When that ended.
    pub ended: Option<Timestamp>,
    /// How often it was begun.
    pub attempt: u32,
    /// Its actions, in the order in which they began.
    pub actions: Vec<ActionView>,
}

/// How an action stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionView {
    /// Its name.
    pub name: String,
    /// Its state.
    pub condition: Condition,
    /// When its latest run began.
    pub began: Option<Timestamp>,
    /// When that ended.
    pub ended: Option<Timestamp>,
    /// How often it was begun.
    pub attempt: u32,
    /// The action type's provider.
    pub provider: Option<String>,
    /// Whether it asks for an approval.
    pub is_approval: bool,
    /// Why its latest run failed, where it did and that was told.
    pub failure: Option<Failure>,
}

/// A state, in the words of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Has not begun.
    Pending,
    /// Runs.
    Running,
    /// Waits for an approval.
    Waiting,
    /// Is being stopped.
    Stopping,
    /// Ended well.
    Succeeded,
    /// Ended badly, and can be retried.
    Failed,
    /// Was stopped.
    Stopped,
    /// A newer execution took its place.
    Superseded,
    /// Was not done, since the pipeline was changed.
    Canceled,
    /// Was given up.
    Abandoned,
}

impl Condition {
    /// The name in templates.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Stopping => "stopping",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Superseded => "superseded",
            Self::Canceled => "canceled",
            Self::Abandoned => "abandoned",
        }
    }

    /// Whether something still happens by itself.
    pub const fn is_going_on(self) -> bool {
        matches!(self, Self::Pending | Self::Running | Self::Waiting | Self::Stopping)
    }

    const fn of(state: State) -> Self {
        match state {
            State::Started | State::Resumed => Self::Running,
            State::Succeeded => Self::Succeeded,
            State::Failed => Self::Failed,
            State::Canceled => Self::Canceled,
            State::Stopped => Self::Stopped,
            State::Stopping => Self::Stopping,
            State::Superseded => Self::Superseded,
            State::Abandoned => Self::Abandoned,
        }
    }
}

/// What no execution comes back from.
const FINAL: [State; 3] = [State::Succeeded, State::Superseded, State::Canceled];

impl History {
    /// How it stands. `plan` names the pipeline's stages in their order, where that is known.
    pub fn view(&self, plan: &[String]) -> ExecutionView {
        let pipeline = self.pipeline();
        let mut stages = self.stages(plan);
        let mut is_passed = false;
        let mut next_begins: Option<Timestamp> = None;
        for stage in stages.iter_mut().rev() {
            let (began, has_begun) = (stage.began, stage.condition != Condition::Pending);
            stage.settle(is_passed, next_begins, pipeline.as_ref());
            is_passed |= has_begun;
            next_begins = began.into_iter().chain(next_begins).min();
        }
        let condition = condition(pipeline.as_ref(), &stages);
        let last_end = || stages.iter().filter_map(|stage| stage.ended).max();
        let ended = pipeline.and_then(|standing| standing.at).or_else(last_end).filter(|_| !condition.is_going_on());
        ExecutionView {
            condition,
            began: self.began,
            ended,
            attempt: pipeline.map_or(1, |standing| standing.runs),
            failures: self.failures(&stages, condition),
            stages,
            trigger: self.trigger.clone(),
            commit: self.commit_known_best().cloned(),
            // Of a stop that a retry has gone on from it says nothing.
            stop_comment: self
                .stop_comment
                .clone()
                .filter(|_| matches!(condition, Condition::Stopping | Condition::Stopped)),
        }
    }

    /// How the pipeline stands, by its own events and by what has begun since.
    fn pipeline(&self) -> Option<Standing> {
        let standing = self.pipeline.standing()?;
        if let Some(step) = self.pipeline.latest_of(&FINAL) {
            return Some(Standing { state: step.2, at: step.0, ..standing });
        }
        let starts = self.stages.values().flat_map(|stage| {
            let actions = stage.actions.values().filter_map(|action| action.steps.last_start());
            actions.chain(stage.steps.last_start())
        });
        // A retry, of which the pipeline's own event is still to come.
        let is_over = matches!(standing.state, State::Failed | State::Stopped);
        let again = starts.filter(|start| is_over && standing.at.is_some_and(|at| *start > at)).min();
        Some(match again {
            Some(at) => Standing { state: State::Resumed, at: Some(at), started: Some(at), runs: standing.runs + 1 },
            None => standing,
        })
    }

    /// The stages: those of the plan, and before the first that has not begun, those that the plan does not know.
    fn stages(&self, plan: &[String]) -> Vec<StageView> {
        let unplanned = self.stages.iter().filter(|(name, _)| !plan.contains(name));
        let mut others: Vec<_> = unplanned.map(|(name, stage)| (stage.first(), stage.steps.last(), name)).collect();
        others.sort();
        let mut names: Vec<&String> = plan.iter().collect();
        let begun = plan.iter().rposition(|name| self.stages.contains_key(name)).map_or(0, |last| last + 1);
        names.splice(begun..begun, others.into_iter().map(|(_, _, name)| name));
        names.into_iter().map(|name| self.stages.get(name).unwrap_or(&NOTHING).view(name)).collect()
    }

    /// The failed actions, each once: by their own events, and where these say nothing, by what the pipeline's event lists.
    fn failures(&self, stages: &[StageView], condition: Condition) -> Vec<Failure> {
        // What became of an approval is no fault.
        let failed = |action: &&ActionView| action.failure.is_some() && !action.is_approval;
        let mut found: Vec<Failure> = Vec::new();
        for action in stages.iter().flat_map(|stage| &stage.actions).filter(failed) {
            found.extend(action.failure.clone());
        }
        let last = self.listed.iter().map(|listed| listed.at).max();
        for listed in self.listed.iter().filter(|listed| listed.at == last.flatten() && condition == Condition::Failed)
        {
            match found.iter_mut().find(|known| known.action == listed.failure.action) {
                Some(known) => known.reason = known.reason.take().or_else(|| listed.failure.reason.clone()),
                None => found.push(listed.failure.clone()),
            }
        }
        found
    }
}

static NOTHING: StageHistory =
    StageHistory { steps: super::timeline::Timeline::new(), actions: std::collections::BTreeMap::new() };

impl StageHistory {
    fn first(&self) -> Option<Timestamp> {
        let actions = self.actions.values().filter_map(|action| action.steps.first());
        self.steps.first().into_iter().chain(actions).min()
    }

    fn view(&self, name: &str) -> StageView {
        let mut actions: Vec<(Option<Timestamp>, ActionView)> =
            self.actions.iter().map(|(name, action)| (action.steps.first(), action.view(name))).collect();
        actions.sort_by(|(one, first), (other, second)| (one, &first.name).cmp(&(other, &second.name)));
        let actions: Vec<ActionView> = actions.into_iter().map(|(_, action)| action).collect();
        let last_start = self.actions.values().filter_map(|action| action.steps.last_start()).max();
        let standing = self.steps.standing();
        let (condition, began, ended, attempt) = match standing {
            // An action began since: a retry, of which the stage's own event is still to come.
            Some(Standing { state, at: Some(at), runs, .. }) if !is_start(state) && last_start > Some(at) => {
                (Condition::Running, last_start, None, runs + 1)
            }
            Some(Standing { state, at, started, runs }) => {
                let condition = Condition::of(state);
                (condition, started, at.filter(|_| !condition.is_going_on()), runs)
            }
            None if actions.is_empty() => (Condition::Pending, None, None, 1),
            None => {
                let failed = actions.iter().any(|action| action.condition == Condition::Failed);
                let goes_on = actions.iter().any(|action| action.condition.is_going_on());
                let condition = if failed && !goes_on { Condition::Failed } else { Condition::Running };
                let ended = actions.iter().filter_map(|action| action.ended).max().filter(|_| !condition.is_going_on());
                let attempt = actions.iter().map(|action| action.attempt).max().unwrap_or(1);
                (condition, actions.iter().filter_map(|action| action.began).min(), ended, attempt)
            }
        };
        StageView { name: name.to_owned(), condition, began, ended, attempt, actions }
    }
}

impl StageView {
    /// Whether it was stopped and left something behind that can be retried: what was abandoned.
    pub fn has_abandoned(&self) -> bool {
        let is_abandoned = |action: &ActionView| action.condition == Condition::Abandoned;
        self.condition == Condition::Stopped && self.actions.iter().any(is_abandoned)
    }

    /// What is over elsewhere is over here, too: a later stage has begun, or the execution has ended.
    fn settle(&mut self, is_passed: bool, next_begins: Option<Timestamp>, pipeline: Option<&Standing>) {
        let has_ended_well = pipeline.is_some_and(|pipeline| pipeline.state == State::Succeeded);
        if self.condition == Condition::Pending && (is_passed || has_ended_well) {
            self.condition = Condition::Succeeded;
        }
        let runs = matches!(self.condition, Condition::Running | Condition::Stopping);
        if runs && let Some(next) = next_begins.filter(|next| self.began.is_none_or(|began| began < *next)) {
            (self.condition, self.ended) = (Condition::Succeeded, Some(next));
        } else if runs
            && let Some(pipeline) = pipeline
            && !Condition::of(pipeline.state).is_going_on()
        {
            self.condition = match Condition::of(pipeline.state) {
                end @ (Condition::Succeeded | Condition::Failed) => end,
                _ => Condition::Stopped,
            };
            self.ended = pipeline.at;
        } else if runs && pipeline.is_some_and(|pipeline| pipeline.state == State::Stopping) {
            self.condition = Condition::Stopping;
        }
        for action in self.actions.iter_mut().filter(|action| action.condition.is_going_on()) {
            if self.condition.is_going_on() || self.condition == Condition::Failed {
                continue;
            }
            action.condition =
                if self.condition == Condition::Succeeded { Condition::Succeeded } else { Condition::Abandoned };
            action.ended = self.ended;
        }
        if self.condition == Condition::Running
            && self.actions.iter().any(|action| action.condition == Condition::Waiting)
            && !self.actions.iter().any(|action| action.condition == Condition::Running)
        {
            self.condition = Condition::Waiting;
        }
    }
}

impl ActionHistory {
    fn view(&self, name: &str) -> ActionView {
        let standing = self.steps.standing();
        let condition = standing.map_or(Condition::Pending, |standing| Condition::of(standing.state));
        let condition = match condition {
            Condition::Running if self.is_approval => Condition::Waiting,
            condition => condition,
        };
        let ended = standing.and_then(|standing| standing.at).filter(|_| !condition.is_going_on());
        let failure = self.reasons.iter().rfind(|Reason { at, .. }| condition == Condition::Failed && *at == ended);
        let told = failure.map(|reason| &reason.failure);
        let failure = (condition == Condition::Failed).then(|| Failure {
            action: Some(name.to_owned()),
            reason: told.and_then(|told| told.reason.clone()),
            code: told.and_then(|told| told.code.clone()),
            link: told.and_then(|told| told.link.clone()),
        });
        ActionView {
            name: name.to_owned(),
            condition,
            began: standing.and_then(|standing| standing.started),
            ended,
            attempt: standing.map_or(1, |standing| standing.runs),
            provider: self.provider.clone(),
            is_approval: self.is_approval,
            failure,
        }
    }
}

/// How the execution stands: by the pipeline's own events, else by its stages.
fn condition(pipeline: Option<&Standing>, stages: &[StageView]) -> Condition {
    let has = |condition| stages.iter().any(|stage| stage.condition == condition);
    let condition = match pipeline {
        Some(standing) => Condition::of(standing.state),
        None if has(Condition::Running) || has(Condition::Waiting) => Condition::Running,
        None if has(Condition::Failed) => Condition::Failed,
        None if has(Condition::Stopped) => Condition::Stopped,
        None => Condition::Running,
    };
    if condition == Condition::Running && has(Condition::Waiting) { Condition::Waiting } else { condition }
}
