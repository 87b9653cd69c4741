//! What happened to one thing, a pipeline execution, a stage or an action, and how it stands after that.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::State;

/// How many steps are kept, the latest: those of a dozen retries, which is more than anybody looks back.
const MOST: usize = 40;

/// A change of state: when, in which attempt of the execution, to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step(pub Option<Timestamp>, pub Option<u32>, pub State);

/// Steps as a set: it does not matter in which order they come, or how often.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timeline(BTreeSet<Step>);

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The state that it is in.
    pub state: State,
    /// Since when.
    pub at: Option<Timestamp>,
    /// When the run began that this state belongs to.
    pub started: Option<Timestamp>,
    /// How often it was begun: 1, and one more for each retry.
    pub runs: u32,
}

impl Timeline {
    /// Nothing is known.
    pub(super) const fn new() -> Self {
        Self(BTreeSet::new())
    }

    /// Takes a step. Of more than the most, the earliest go: whichever order they come in, the same are left.
    pub(super) fn add(&mut self, step: Step) {
        self.0.insert(step);
        while self.0.len() > MOST {
            self.0.pop_first();
        }
    }

    /// The time of the first step that is known.
    pub(super) fn first(&self) -> Option<Timestamp> {
        self.0.iter().find_map(|step| step.0)
    }

    /// The time of the last step that is known.
    pub(super) fn last(&self) -> Option<Timestamp> {
        self.0.last().and_then(|step| step.0)
    }

    /// The last time at which something was begun.
    pub(super) fn last_start(&self) -> Option<Timestamp> {
        self.0.iter().rev().find(|step| is_start(step.2)).and_then(|step| step.0)
    }

    /// The latest of these states, where it ever was in one.
    pub(super) fn latest_of(&self, states: &[State]) -> Option<Step> {
        self.0.iter().rev().find(|step| states.contains(&step.2)).copied()
    }

    /// How it stands: by the latest step, and of those in the same second, which is as exactly as events tell the time, by what can
    /// follow what. A step without a time counts where it says more than all that have one.
    pub(super) fn standing(&self) -> Option<Standing> {
        let dated = self.0.iter().filter_map(|step| step.0).max().and_then(|last| self.at(Some(last)));
        let current = match (dated, self.at(None)) {
            (Some(dated), Some(undated)) if rank(undated.2) > rank(dated.2) => undated,
            (Some(dated), _) => dated,
            (None, undated) => undated?,
        };
        let before = |step: &&Step| is_start(step.2) && (current.0.is_none() || step.0 <= current.0);
        let started = self.0.iter().rev().find(before).and_then(|step| step.0);
        Some(Standing { state: current.2, at: current.0, started, runs: self.runs() })
    }

    /// The step that counts of those at one time: of the last attempt, the furthest.
    fn at(&self, time: Option<Timestamp>) -> Option<Step> {
        let here = || self.0.iter().filter(|step| step.0 == time);
        let last = here().filter_map(|step| step.1).max();
        here().filter(|step| step.1.is_none() || step.1 == last).max_by_key(|step| (rank(step.2), step.2)).copied()
    }

    /// Each attempt once, however many steps tell of its beginning; and each beginning that does not say its attempt, unless
    /// another envelope told the same with it.
    fn runs(&self) -> u32 {
        let starts = || self.0.iter().filter(|step| is_start(step.2));
        let attempts: BTreeSet<u32> = starts().filter_map(|step| step.1).collect();
        let told: BTreeSet<_> = starts().filter(|step| step.1.is_some()).map(|step| step.0).collect();
        let others: BTreeSet<_> = starts().map(|step| step.0).filter(|at| at.is_some() && !told.contains(at)).collect();
        u32::try_from(attempts.len() + others.len()).unwrap_or(u32::MAX).max(1)
    }
}

/// Whether something begins with this state.
pub(super) const fn is_start(state: State) -> bool {
    matches!(state, State::Started | State::Resumed)
}

/// What can follow what: a beginning, then the wish to stop, then an end.
const fn rank(state: State) -> u8 {
    match state {
        State::Started | State::Resumed => 0,
        State::Stopping => 1,
        _ => 2,
    }
}
