//! From an event to the few rules that may be for it, so that matching need not try them all.
//!
//! Each rule is filed under one of its conditions, under every name or text of which one has to be there. Which
//! condition, [`build`] chooses: the one that the fewest rules share. What is filed is a promise to look at the rule, no
//! more: [`super::Match::check`] has the last word.

mod build;

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;
use aho_corasick::automaton::OverlappingState;

use super::candidates::Candidates;
use super::literals::Anchor;
use super::{Field, Match};
use crate::event::{Event, EventKind};

/// Where to look for the rules that may be for an event.
#[derive(Debug, Clone)]
pub(super) struct Index {
    root: Bucket,
    rules: u32,
}

/// Rules that share a key.
#[derive(Debug, Clone)]
enum Bucket {
    /// So few that they are tried one after the other, or nothing tells them apart. In ascending order.
    Few(Box<[u32]>),
    /// Filed by their other conditions.
    Filed(Box<Files>),
}

/// Rules by what they need of an event.
#[derive(Debug, Clone, Default)]
struct Files {
    names: Vec<(Field, Names)>,
    kinds: BTreeMap<EventKind, Bucket>,
    /// The rules without a condition to file them under. In ascending order.
    rest: Box<[u32]>,
}

/// Rules by what they need a field to be.
#[derive(Debug, Clone, Default)]
struct Names {
    whole: HashMap<Box<str>, Bucket>,
    parts: Option<Parts>,
}

/// Rules by the texts that have to be in a name.
#[derive(Debug, Clone)]
struct Parts {
    /// Finds all texts in one go through the name, however many they are.
    automaton: AhoCorasick,
    /// For each text, in the automaton's order, the rules that need it there.
    buckets: Vec<Vec<(Anchor, Bucket)>>,
}

impl Index {
    /// Files rules, whose numbers are their places in the list.
    pub(super) fn new<'r>(rules: impl Iterator<Item = &'r Match>) -> Self {
        let rules: Vec<&Match> = rules.collect();
        let numbers: Vec<u32> = (0..).zip(&rules).map(|(number, _)| number).collect();
        let count = numbers.last().map_or(0, |last| last + 1);
        Self { root: build::bucket(&rules, numbers, &build::Aspect::ALL), rules: count }
    }

    /// The rules that may be for an event, in ascending order; all others are not.
    pub(super) fn candidates(&self, event: &Event) -> Candidates<'_> {
        let mut found = Candidates::new(self.rules);
        self.root.find(event, &mut found);
        found
    }
}

impl Bucket {
    fn find<'a>(&'a self, event: &Event, found: &mut Candidates<'a>) {
        match self {
            Self::Few(rules) => found.add(rules),
            Self::Filed(files) => files.find(event, found),
        }
    }
}

impl Files {
    fn find<'a>(&'a self, event: &Event, found: &mut Candidates<'a>) {
        found.add(&self.rest);
        if let Some(bucket) = self.kinds.get(&event.kind) {
            bucket.find(event, found);
        }
        for (field, names) in &self.names {
            let Some(name) = field.of(event) else { continue };
            if let Some(bucket) = names.whole.get(name) {
                bucket.find(event, found);
            }
            if let Some(parts) = &names.parts {
                parts.find(name, event, found);
            }
        }
    }
}

impl Parts {
    fn find<'a>(&'a self, name: &str, event: &Event, found: &mut Candidates<'a>) {
        let mut state = OverlappingState::start();
        loop {
            if self.automaton.try_find_overlapping(name, &mut state).is_err() {
                // It refuses only searches that it was not built for. Should it ever, no rule may be lost.
                found.add_every();
                return;
            }
            let Some(part) = state.get_match() else { return };
            let here = |anchor: &Anchor| match anchor {
                Anchor::Whole => part.start() == 0 && part.end() == name.len(),
                Anchor::Start => part.start() == 0,
                Anchor::End => part.end() == name.len(),
                Anchor::Inside => true,
            };
            let buckets = self.buckets.get(part.pattern().as_usize());
            for (_, bucket) in buckets.into_iter().flatten().filter(|(anchor, _)| here(anchor)) {
                bucket.find(event, found);
            }
        }
    }
}
