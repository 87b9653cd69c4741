//! Several patterns at once, letter by letter: which of them a word matches.
//!
//! A state is the set of places in all patterns that a word may have led to. States are made when they are first come to,
//! since most of them never are.

use std::collections::HashMap;
use std::rc::Rc;

use regex_automata::nfa::thompson::{Config, NFA, State, WhichCaptures};
use regex_automata::util::look::Look;
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;

use super::budget::Budget;
use crate::rules::matching::Pattern;

/// A pattern's automaton may take so many bytes.
const LARGEST: usize = 1 << 20;
const UNMADE: u32 = u32::MAX;

/// Patterns as one deterministic automaton.
pub(super) struct Machine {
    nfa: NFA,
    states: Vec<Rc<[StateID]>>,
    numbers: HashMap<Rc<[StateID]>, u32>,
    /// By state, and then by class of letters.
    steps: Vec<Box<[u32]>>,
    /// By state, the patterns that a word which ends there matches.
    accepted: Vec<Option<Rc<[usize]>>>,
}

impl Machine {
    /// `None` where the patterns are too large together.
    pub(super) fn new(patterns: &[&Pattern]) -> Option<Self> {
        let regexes: Vec<String> = patterns.iter().map(|pattern| pattern.regex()).collect::<Option<_>>()?;
        // As globset reads its own expressions.
        let syntax = syntax::Config::new().utf8(false).dot_matches_new_line(true);
        let config = Config::new().utf8(false).nfa_size_limit(Some(LARGEST)).which_captures(WhichCaptures::None);
        let nfa = NFA::compiler().syntax(syntax).configure(config).build_many(&regexes).ok()?;
        let (states, numbers, steps, accepted) = (Vec::new(), HashMap::new(), Vec::new(), Vec::new());
        let mut machine = Self { nfa, states, numbers, steps, accepted };
        let start = machine.closure(vec![machine.nfa.start_anchored()], Some(Look::Start));
        machine.number(start);
        Some(machine)
    }

    /// The state of the empty word.
    pub(super) const START: u32 = 0;

    /// Letters of one class lead to the same states, always.
    pub(super) fn class(&self, letter: u8) -> u8 {
        self.nfa.byte_classes().get(letter)
    }

    /// The state after one more letter.
    pub(super) fn step(&mut self, state: u32, letter: u8, budget: &mut Budget) -> Option<u32> {
        let class = usize::from(self.class(letter));
        let known = self.steps[state as usize][class];
        if known != UNMADE {
            return Some(known);
        }
        let from = Rc::clone(&self.states[state as usize]);
        let next: Vec<StateID> = from.iter().filter_map(|place| after(self.nfa.state(*place), letter)).collect();
        let next = self.closure(next, None);
        budget.spend(from.len() + next.len())?;
        let next = self.number(next);
        self.steps[state as usize][class] = next;
        Some(next)
    }

    /// The patterns that a word which ends in this state matches.
    pub(super) fn accepted(&mut self, state: u32) -> Rc<[usize]> {
        if let Some(known) = &self.accepted[state as usize] {
            return Rc::clone(known);
        }
        let ends = self.closure(self.states[state as usize].to_vec(), Some(Look::End));
        let pattern = |place: &StateID| match self.nfa.state(*place) {
            State::Match { pattern_id } => Some(pattern_id.as_usize()),
            _ => None,
        };
        let found: Rc<[usize]> = ends.iter().filter_map(pattern).collect();
        self.accepted[state as usize] = Some(Rc::clone(&found));
        found
    }

    fn number(&mut self, state: Vec<StateID>) -> u32 {
        let state: Rc<[StateID]> = state.into();
        if let Some(number) = self.numbers.get(&state) {
            return *number;
        }
        // The budget ends long before the numbers do.
        let number = u32::try_from(self.states.len()).unwrap_or(UNMADE);
        self.numbers.insert(Rc::clone(&state), number);
        self.states.push(state);
        self.steps.push(vec![UNMADE; self.nfa.byte_classes().alphabet_len()].into());
        self.accepted.push(None);
        number
    }

    /// All places that these lead to without a letter, where `look` is what is true between two letters: only globset's `^`
    /// and `$` ask that.
    fn closure(&self, mut open: Vec<StateID>, look: Option<Look>) -> Vec<StateID> {
        let mut seen = std::collections::BTreeSet::new();
        let mut found = Vec::new();
        while let Some(place) = open.pop() {
            if !seen.insert(place) {
                continue;
            }
            match self.nfa.state(place) {
                State::Union { alternates } => open.extend(alternates.iter()),
                State::BinaryUnion { alt1, alt2 } => open.extend([alt1, alt2]),
                State::Capture { next, .. } => open.push(*next),
                State::Look { look: wanted, next } if Some(*wanted) == look => open.push(*next),
                State::Look { look: Look::Start, .. } | State::Fail => {}
                // What comes at the end is asked for at the end.
                State::Look { .. } | State::Match { .. } => found.push(place),
                State::ByteRange { .. } | State::Sparse(_) | State::Dense(_) => found.push(place),
            }
        }
        found.sort_unstable();
        found
    }
}

/// Where a letter leads from a place.
fn after(place: &State, letter: u8) -> Option<StateID> {
    match place {
        State::ByteRange { trans } => trans.matches_byte(letter).then_some(trans.next),
        State::Sparse(several) => several.matches_byte(letter),
        State::Dense(all) => all.matches_byte(letter),
        _ => None,
    }
}
