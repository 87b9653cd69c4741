//! What is known of one execution of a pipeline, put together from its events.
//!
//! What is kept is a set that only grows, so that the order in which events come, and how often, makes no difference; how the
//! execution stands is worked out of it anew. Pure.

pub mod record;
mod timeline;
mod view;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::{Commit, Event, EventKind, Failure, State, Trigger};
use timeline::{Step, Timeline};

pub use view::{ActionView, Condition, ExecutionView, StageView};

/// How many reasons of one action's failures are kept, the latest.
const REASONS: usize = 5;

/// How many failures are kept that were listed by events of the pipeline, the latest.
const LISTED: usize = 20;

/// How many commits are kept; an execution has one for each of its sources.
const COMMITS: usize = 10;

/// The longest text that is kept of what a person or a service said, in characters.
const LONGEST: usize = 1_000;

/// Everything that events told of an execution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    #[serde(default)]
    pipeline: Timeline,
    #[serde(default)]
    stages: BTreeMap<String, StageHistory>,
    /// What events of the pipeline or a stage said of failed actions.
    #[serde(default)]
    listed: Vec<Reason>,
    #[serde(default)]
    trigger: Option<Trigger>,
    #[serde(default)]
    commits: Vec<Commit>,
    #[serde(default)]
    stop_comment: Option<String>,
    /// When it began, where an event of the pipeline told it.
    #[serde(default)]
    began: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct StageHistory {
    #[serde(default)]
    steps: Timeline,
    #[serde(default)]
    actions: BTreeMap<String, ActionHistory>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct ActionHistory {
    #[serde(default)]
    steps: Timeline,
    #[serde(default)]
    provider: Option<String>,
    #[serde(default)]
    is_approval: bool,
    /// Why it failed.
    #[serde(default)]
    reasons: Vec<Reason>,
}

/// Why something failed at some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Reason {
    at: Option<Timestamp>,
    failure: Failure,
}

impl History {
    /// Takes what an event tells.
    pub fn fold(&mut self, event: &Event) {
        let is_start = event.kind == EventKind::Pipeline(State::Started);
        let of_pipeline = event.began.filter(|_| matches!(event.kind, EventKind::Pipeline(_)));
        let told = of_pipeline.into_iter().chain(event.at.filter(|_| is_start));
        self.began = self.began.into_iter().chain(told).min();
        if let Some(trigger) = &event.trigger {
            let known = self.trigger.get_or_insert(Trigger { kind: None, detail: None });
            merge(&mut known.kind, &trigger.kind);
            merge(&mut known.detail, &trigger.detail);
        }
        if let Some(commit) = &event.commit {
            self.commit(commit);
        }
        merge(&mut self.stop_comment, &event.stop_comment);
        let step = |state| Step(event.at, event.attempt.filter(|attempt| *attempt > 0), state);
        match event.kind {
            EventKind::Pipeline(state) => self.pipeline.add(step(state)),
            EventKind::Stage(state) => {
                if let Some(stage) = &event.stage {
                    self.stages.entry(stage.clone()).or_default().steps.add(step(state));
                }
            }
            EventKind::Action(state) => self.action(event, step(state)),
            EventKind::ApprovalNeeded => self.action(event, step(State::Started)),
            EventKind::ApprovalSucceeded => self.action(event, step(State::Succeeded)),
            EventKind::ApprovalFailed => self.action(event, step(State::Failed)),
            EventKind::Other => {}
        }
        for failure in &event.failures {
            self.failure(event, failure);
        }
    }

    /// The commit with the most that is known of it, where there are several sources.
    pub fn commit_known_best(&self) -> Option<&Commit> {
        self.commits.iter().min_by_key(|commit| (Reverse(known(commit)), &commit.id))
    }

    /// Whether it was started to roll a stage back.
    fn is_rollback(&self) -> bool {
        let kind = self.trigger.as_ref().and_then(|trigger| trigger.kind.as_deref());
        matches!(kind, Some("ManualRollback" | "AutomatedRollback"))
    }

    fn action(&mut self, event: &Event, step: Step) {
        let (Some(stage), Some(action)) = (&event.stage, &event.action) else { return };
        let stage = self.stages.entry(stage.clone()).or_default();
        let action = stage.actions.entry(action.clone()).or_default();
        action.steps.add(step);
        merge(&mut action.provider, &event.provider);
        action.is_approval |=
            matches!(event.kind, EventKind::ApprovalNeeded | EventKind::ApprovalSucceeded | EventKind::ApprovalFailed)
                || event.provider.as_deref() == Some("Manual");
    }

    fn failure(&mut self, event: &Event, failure: &Failure) {
        let is_its_own = event.action.is_some() && (failure.action.is_none() || failure.action == event.action);
        let mut reason = Reason { at: event.at, failure: failure.clone() };
        match (&event.stage, &event.action) {
            (Some(stage), Some(action)) if is_its_own => {
                reason.failure.action = Some(action.clone());
                let stage = self.stages.entry(stage.clone()).or_default();
                let action = stage.actions.entry(action.clone()).or_default();
                take(&mut action.reasons, reason, REASONS);
            }
            _ => take(&mut self.listed, reason, LISTED),
        }
    }

    fn commit(&mut self, commit: &Commit) {
        let place = self.commits.partition_point(|known| known.id < commit.id);
        if self.commits.get(place).is_none_or(|known| known.id != commit.id) {
            let (message, author, email, repository, reference) = (None, None, None, None, None);
            let id = commit.id.clone();
            self.commits.insert(place, Commit { id, message, author, email, repository, reference });
        }
        let known = &mut self.commits[place];
        merge(&mut known.message, &commit.message);
        merge(&mut known.author, &commit.author);
        merge(&mut known.email, &commit.email);
        merge(&mut known.repository, &commit.repository);
        merge(&mut known.reference, &commit.reference);
        self.commits.truncate(COMMITS);
    }
}

/// Takes a reason, with what others say of the same. Of more than the most, the earliest go.
fn take(reasons: &mut Vec<Reason>, reason: Reason, most: usize) {
    let is_same = |known: &&mut Reason| known.at == reason.at && known.failure.action == reason.failure.action;
    let Reason { at, failure: Failure { action, reason: why, code, link } } = &reason;
    let found = match reasons.iter_mut().find(is_same) {
        Some(known) => known,
        None => {
            let failure = Failure { action: action.clone(), reason: None, code: None, link: None };
            let place = reasons.partition_point(|known| (known.at, &known.failure.action) < (*at, action));
            reasons.insert(place, Reason { at: *at, failure });
            &mut reasons[place]
        }
    };
    merge(&mut found.failure.reason, why);
    merge(&mut found.failure.code, code);
    merge(&mut found.failure.link, link);
    while reasons.len() > most {
        reasons.remove(0);
    }
}

/// Of two texts about one thing the one that says more, whichever came first.
fn merge(known: &mut Option<String>, told: &Option<String>) {
    let Some(told) = told else { return };
    let told: String = told.chars().take(LONGEST).collect();
    let length = |text: &str| text.chars().count();
    match known {
        Some(known) if (length(known), known.as_str()) >= (length(&told), told.as_str()) => {}
        _ => *known = Some(told),
    }
}

/// How much is known of a commit.
fn known(commit: &Commit) -> usize {
    let parts = [&commit.id, &commit.message, &commit.author, &commit.email, &commit.repository, &commit.reference];
    parts.into_iter().flatten().count()
}
