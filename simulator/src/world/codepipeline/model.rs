//! A pipeline, its executions, and what ran in them: the data that everything here works on.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::messages::Sent;
use crate::world::given::{Category, ExecutionMode, GivenTrigger};

#[derive(Debug, Clone)]
pub(super) struct Pipeline {
    pub name: String,
    /// What people call it, where several have its name.
    pub label: String,
    pub account: String,
    pub region: String,
    pub mode: ExecutionMode,
    pub created: Timestamp,
    pub stages: Vec<Stage>,
    /// The variables that an execution may be given, and their defaults.
    pub variables: BTreeMap<String, Option<String>>,
    /// The inbound transition of each stage, and the outbound one of the last. The outbound transition of a stage is the
    /// inbound one of the next.
    pub transitions: Vec<Transition>,
    /// In the order in which they were started.
    pub executions: Vec<Execution>,
    /// The client request tokens that executions were started with, and the executions' ids.
    pub requests: BTreeMap<String, String>,
    /// What was sent to SNS and EventBridge since it was last taken.
    pub sent: Vec<Sent>,
    /// Counts whatever has an order of its own: arrivals, entries, runs, messages.
    pub count: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub name: String,
    pub actions: Vec<Action>,
}

#[derive(Debug, Clone)]
pub(super) struct Action {
    pub name: String,
    pub category: Category,
    pub provider: String,
    /// Actions of a stage with the same order run at once.
    pub run_order: u32,
    /// The token of the first request that the action makes.
    pub token: String,
    pub custom_data: Option<String>,
    pub external_link: Option<String>,
    /// Whether it has a topic.
    pub notifies: bool,
    pub timeout: SignedDuration,
    pub takes: SignedDuration,
    pub fails: Option<String>,
    /// How many runs still fail; all of them when none.
    pub failures: Option<u32>,
    pub variables: BTreeMap<String, String>,
}

/// Whether executions may enter a stage, and who changed that last.
#[derive(Debug, Clone, Default)]
pub(super) struct Transition {
    /// Why it is disabled.
    pub disabled: Option<String>,
    pub changed: Option<(String, Timestamp)>,
}

#[derive(Debug, Clone)]
pub(super) struct Execution {
    pub id: String,
    pub status: ExecutionStatus,
    pub summary: Option<String>,
    /// The execution whose revisions and variables a rollback uses.
    pub rolls_back_to: Option<String>,
    pub trigger: Option<GivenTrigger>,
    pub revisions: Vec<Revision>,
    pub variables: BTreeMap<String, String>,
    pub started: Timestamp,
    pub updated: Timestamp,
    /// 1, and one more with each retry.
    pub attempt: u32,
    pub stop: Option<Stop>,
    pub place: Place,
    /// What ran of each stage.
    pub stages: Vec<StageRun>,
}

/// Where an execution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It waits in front of a stage since its arrival there.
    Before { stage: usize, arrived: u64 },
    /// It is in a stage, and holds the stage's lock where there is one.
    In { stage: usize },
    /// It has ended.
    Out,
}

/// A request to stop.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    pub reason: Option<String>,
}

/// The revision that a source action takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Revision {
    /// The source action.
    pub action: String,
    pub id: String,
    pub summary: Option<String>,
    pub url: Option<String>,
    pub commit: Option<Commit>,
}

/// What a connection knows of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub message: Option<String>,
    pub author: Option<String>,
    pub email: Option<String>,
    pub repository: Option<String>,
    pub branch: Option<String>,
}

/// What an execution did in a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct StageRun {
    pub status: Option<StageStatus>,
    pub entered: u64,
    pub started: Option<Timestamp>,
    /// Retries by people, and when the last one was.
    pub retries: u32,
    pub retried: Option<Timestamp>,
    /// Every action execution, in the order in which they started.
    pub runs: Vec<Run>,
    /// Where in `runs` the present round begins: behind those that a retry of all actions leaves behind.
    pub round: usize,
}

/// An action execution.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Its place in the order of all runs of the pipeline.
    pub order: u64,
    /// The action, by its place in the stage.
    pub action: usize,
    pub id: String,
    /// The token of an approval's request.
    pub token: Option<String>,
    pub status: ActionStatus,
    pub summary: Option<String>,
    /// Why it failed, when a provider said so.
    pub error: Option<String>,
    pub started: Timestamp,
    pub changed: Timestamp,
    pub updated_by: Option<String>,
    /// When it ends by itself: an approval by giving up, anything else by being through.
    pub ends: Timestamp,
    /// Why it will fail then.
    pub will_fail: Option<String>,
    /// Whether somebody approved or rejected: what tells "already completed" from "expired".
    pub answered: bool,
}

macro_rules! statuses {
    ($(#[$about:meta])* $name:ident { $($status:ident),* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum $name { $($status),* }

        impl $name {
            /// As the API spells it.
            pub(super) fn as_str(self) -> &'static str {
                match self { $(Self::$status => stringify!($status)),* }
            }

            /// All of them, as the API spells them.
            #[allow(dead_code, reason = "not each kind's are told")]
            pub(super) const ALL: &[&str] = &[$(stringify!($status)),*];
        }
    };
}

statuses! {
    /// The states of an execution that can come about here (CodePipeline API, PipelineExecutionStatus).
    ExecutionStatus { InProgress, Stopping, Stopped, Succeeded, Superseded, Failed }
}
/// The states of an execution, as the API spells them.
pub const EXECUTION_STATUSES: &[&str] = ExecutionStatus::ALL;
statuses! {
    /// The states of a stage that can come about here (CodePipeline API, StageExecutionStatus).
    StageStatus { InProgress, Stopping, Stopped, Succeeded, Failed }
}
statuses! {
    /// The states of an action execution (CodePipeline API, ActionExecutionStatus).
    ActionStatus { InProgress, Abandoned, Succeeded, Failed }
}

impl Pipeline {
    /// The next number of the pipeline's own order.
    pub(super) fn number(&mut self) -> u64 {
        self.count += 1;
        self.count
    }

    pub(super) fn execution(&self, id: &str) -> Option<usize> {
        self.executions.iter().position(|execution| execution.id == id)
    }

    pub(super) fn stage(&self, name: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.name == name)
    }

    /// The executions in a stage, in the order in which they were started.
    pub(super) fn inside(&self, stage: usize) -> impl Iterator<Item = usize> {
        let inside = move |place| place == Place::In { stage };
        self.executions.iter().enumerate().filter(move |(_, it)| inside(it.place)).map(|(at, _)| at)
    }

    /// The executions that wait in front of a stage, in the order in which they arrived.
    pub(super) fn waiting(&self, stage: usize) -> Vec<usize> {
        let mut waiting: Vec<(u64, usize)> = Vec::new();
        for (at, execution) in self.executions.iter().enumerate() {
            if let Place::Before { stage: before, arrived } = execution.place
                && before == stage
            {
                waiting.push((arrived, at));
            }
        }
        waiting.sort_unstable();
        waiting.into_iter().map(|(_, at)| at).collect()
    }

    /// The execution that entered a stage last.
    pub(super) fn latest_in(&self, stage: usize) -> Option<&Execution> {
        let entered = self.executions.iter().filter(|execution| execution.stages[stage].status.is_some());
        entered.max_by_key(|execution| execution.stages[stage].entered)
    }

    /// The latest run of an action, whichever execution it was in.
    pub(super) fn latest_run(&self, stage: usize, action: usize) -> Option<&Run> {
        let runs = self.executions.iter().flat_map(|execution| &execution.stages[stage].runs);
        runs.filter(|run| run.action == action).max_by_key(|run| run.order)
    }
}

impl Execution {
    /// Whether it has not ended.
    pub(super) fn goes_on(&self) -> bool {
        self.place != Place::Out
    }
}

impl StageRun {
    /// The latest run of an action in the present round.
    pub(super) fn latest(&self, action: usize) -> Option<&Run> {
        self.runs[self.round..].iter().rev().find(|run| run.action == action)
    }

    pub(super) fn in_progress(&self) -> bool {
        self.runs.iter().any(|run| run.status == ActionStatus::InProgress)
    }
}
