//! Seeds: what happens is drawn from a number, and everything that can go wrong with it, in every order that the number has. Whatever
//! that is, the invariants hold; if not, the shortest schedule that breaks one is found.
//!
//! A seed gives the same on any machine: no clock, no threads within a seed, no chance but the seed's own.

mod event;
mod judge;
mod play;
mod random;
mod setup;
mod shrink;
mod turns;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Builder;

pub use event::Event;
pub use judge::Violation;
pub use play::{Injected, Invocation, Played, Signoff, Subject};
pub use setup::Setup;

/// What came of a range of seeds.
#[derive(Debug)]
pub struct Explored {
    /// How many seeds were played, up to the first that breaks an invariant.
    pub seeds: u64,
    /// How many events their schedules had.
    pub events: u64,
    /// What was in them.
    pub injected: Injected,
    /// The first seed that breaks an invariant.
    pub broken: Option<Broken>,
}

/// A seed that breaks an invariant.
#[derive(Debug)]
pub struct Broken {
    /// The seed.
    pub seed: u64,
    /// How many events its schedule has.
    pub events: usize,
    /// How many the shortest one has that was found.
    pub shortest: usize,
    /// What breaks, in the shortest schedule.
    pub violation: Violation,
    /// What happens in the shortest schedule.
    pub story: Vec<String>,
}

/// What is explored, and what it starts from.
pub struct Explorer {
    setup: Setup,
    subject: Arc<dyn Subject>,
}

impl Explorer {
    /// Reads the rules that seeds choose from.
    pub fn new(subject: Arc<dyn Subject>) -> Result<Self, String> {
        Ok(Self { setup: Setup::new(str::to_owned)?, subject })
    }

    /// As [`Explorer::new`], but signoff reads other rules than those that the judge goes by.
    pub fn with_rules_rewritten(subject: Arc<dyn Subject>, rewritten: impl Fn(&str) -> String) -> Result<Self, String> {
        Ok(Self { setup: Setup::new(rewritten)?, subject })
    }

    /// Plays `count` seeds from `from` on, in several threads, up to the first that breaks an invariant.
    pub fn explore(&self, from: u64, count: u64, threads: usize) -> Result<Explored, String> {
        let end = from.saturating_add(count);
        let next = AtomicU64::new(from);
        let first_broken = AtomicU64::new(u64::MAX);
        let played: Mutex<BTreeMap<u64, (usize, Injected)>> = Mutex::default();
        let work = || -> Result<(), String> {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end || seed > first_broken.load(Ordering::Relaxed) {
                    return Ok(());
                }
                let events = event::schedule(seed);
                let done = self.play(seed, &events, false)?;
                if done.violation.is_some() {
                    first_broken.fetch_min(seed, Ordering::Relaxed);
                }
                let mut played = played.lock().unwrap_or_else(PoisonError::into_inner);
                played.insert(seed, (events.len(), done.injected));
            }
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mine = work();
            // It ends by a panic only if the simulator has a bug.
            others
                .into_iter()
                .map(|other| other.join().map_err(|_| "a thread panicked".to_owned())?)
                .fold(mine, Result::and)
        })?;
        let broken = first_broken.into_inner();
        let mut explored = Explored { seeds: 0, events: 0, injected: Injected::default(), broken: None };
        for (seed, (events, injected)) in played.into_inner().unwrap_or_else(PoisonError::into_inner) {
            // Which later ones were played depends on how fast the threads are.
            if seed <= broken {
                explored.seeds += 1;
                explored.events += u64::try_from(events).unwrap_or_default();
                explored.injected.add(&injected);
            }
        }
        explored.broken = if broken == u64::MAX { None } else { self.broken(broken)? };
        Ok(explored)
    }

    /// The first seed from `from` on that breaks an invariant, without its shortest schedule.
    pub fn first_broken(&self, from: u64, count: u64) -> Result<Option<(u64, Violation)>, String> {
        for seed in from..from.saturating_add(count) {
            let events = event::schedule(seed);
            if let Some(violation) = self.play(seed, &events, false)?.violation {
                return Ok(Some((seed, violation)));
            }
        }
        Ok(None)
    }

    fn broken(&self, seed: u64) -> Result<Option<Broken>, String> {
        let events = event::schedule(seed);
        let Some(first) = self.play(seed, &events, false)?.violation else { return Ok(None) };
        let shortest = shrink::shrink(&events, |fewer| {
            let played = self.play(seed, fewer, false);
            played.is_ok_and(|played| played.violation.is_some_and(|found| found.invariant == first.invariant))
        });
        let told = self.play(seed, &shortest, true)?;
        Ok(Some(Broken {
            seed,
            events: events.len(),
            shortest: shortest.len(),
            violation: told.violation.unwrap_or(first),
            story: told.story,
        }))
    }

    fn play(&self, seed: u64, events: &[Event], told: bool) -> Result<Played, String> {
        // A runtime of its own for each: what is left over of a schedule goes with it.
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        Ok(runtime.block_on(play::play(&self.setup, &self.subject, seed, events, told)))
    }
}
