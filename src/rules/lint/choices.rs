//! What one field may be for a rule, as far as other rules tell it apart.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::bits::Bits;
use super::budget::Budget;
use super::machine::Machine;
use super::universe::{Universe, may_be_unknown};
use super::words::{Names, each_set};
use crate::rules::matching::{Condition, Field, Pattern};

/// Values of a field that the same other rules are for.
pub(super) struct Choice {
    /// One of them; `None` for unknown.
    pub(super) value: Option<String>,
    /// Those rules.
    pub(super) takes: Bits,
}

/// How many sets of patterns are kept as automata.
const KEPT: usize = 256;

/// The automata of patterns that were asked for together, since rules are alike.
#[derive(Default)]
pub(super) struct Machines<'a>(HashMap<Vec<&'a str>, Option<Machine>>);

impl<'a> Machines<'a> {
    fn of(&mut self, patterns: &[&'a Pattern], budget: &mut Budget) -> Option<&mut Machine> {
        let key: Vec<&str> = patterns.iter().map(|pattern| pattern.as_str()).collect();
        if self.0.len() >= KEPT && !self.0.contains_key(&key) {
            self.0.clear();
        }
        if !self.0.contains_key(&key) {
            // Making one takes some ten steps a letter.
            budget.spend(1_000 + 50 * key.iter().map(|text| text.len()).sum::<usize>())?;
        }
        self.0.entry(key).or_insert_with(|| Machine::new(patterns)).as_mut()
    }
}

/// What `field` may be where `wanted` is asked of it, told apart by what `others` ask. Where some choice takes fewer rules
/// than another, the other may be missing: whoever evades the rules will not take it. Empty where nothing can be it; `None`
/// where that takes too long to find out.
pub(super) fn choices<'a>(
    field: Field,
    wanted: Option<&'a Condition>,
    others: &[Option<&'a Condition>],
    machines: &mut Machines<'a>,
    budget: &mut Budget,
) -> Option<Vec<Choice>> {
    let universe = Universe::of(field);
    // No value escapes the rules that ask nothing of the field, and what is unknown escapes all that do.
    let least = Bits::of(others.len(), |at| others[at].is_none());
    if wanted.is_none() && may_be_unknown(field) {
        return Some(vec![Choice { value: None, takes: least }]);
    }
    let is_wanted = |name: &str| universe.has(name) && wanted.is_none_or(|wanted| wanted.is_match(name));
    let mut names: BTreeSet<&str> = wanted.iter().flat_map(|condition| names_of(condition)).collect();
    let mut found = Found { choices: Vec::new(), known: HashSet::new() };
    if !wanted.is_some_and(has_only_names) {
        let asked = others.iter().flatten().copied();
        names.extend(asked.flat_map(names_of).filter(|name| is_wanted(name)));
        budget.spend(others.len() + names.iter().map(|name| name.len()).sum::<usize>())?;
        let (patterns, numbers) = globs(wanted.iter().copied().chain(others.iter().flatten().copied()));
        let asks = wanted.map(|condition| Ask::new(condition, &numbers));
        let others: Vec<Option<Ask>> =
            others.iter().map(|other| other.map(|condition| Ask::new(condition, &numbers))).collect();
        let machine = machines.of(&patterns, budget)?;
        let apart = Names::new(names.iter().copied());
        let mut work = *budget;
        let mut is_over = Some(());
        each_set(machine, universe, &apart, budget, |set, word| {
            if asks.as_ref().is_none_or(|asks| asks.holds(set)) {
                is_over = work.spend(others.len());
                let takes = Bits::of(others.len(), |at| others[at].as_ref().is_none_or(|other| other.holds(set)));
                found.add(word, takes);
            }
            is_over.is_some() && !found.known.contains(&least)
        })?;
        is_over?;
    }
    for name in names.into_iter().filter(|name| is_wanted(name)) {
        if found.known.contains(&least) {
            break;
        }
        budget.spend(others.len())?;
        found.add(name.to_owned(), Bits::of(others.len(), |at| others[at].is_none_or(|other| other.is_match(name))));
    }
    Some(found.choices)
}

struct Found {
    choices: Vec<Choice>,
    known: HashSet<Bits>,
}

impl Found {
    fn add(&mut self, value: String, takes: Bits) {
        if self.known.insert(takes.clone()) {
            self.choices.push(Choice { value: Some(value), takes });
        }
    }
}

/// Whether a condition is for names, and for nothing else.
pub(super) fn has_only_names(condition: &Condition) -> bool {
    !condition.any.is_empty() && condition.any.iter().all(Pattern::is_name)
}

/// The names among a condition's patterns.
fn names_of(condition: &Condition) -> impl Iterator<Item = &str> {
    condition.any.iter().chain(&condition.not).filter(|pattern| pattern.is_name()).map(Pattern::as_str)
}

/// The patterns that are neither names nor for everything, and which they are by their text.
fn globs<'a>(conditions: impl Iterator<Item = &'a Condition>) -> (Vec<&'a Pattern>, HashMap<&'a str, usize>) {
    let patterns = conditions.flat_map(|condition| condition.any.iter().chain(&condition.not));
    let globs: Vec<(&str, &Pattern)> = patterns
        .filter(|pattern| !pattern.is_name() && !is_for_all(pattern))
        .map(|pattern| (pattern.as_str(), pattern))
        .collect();
    let sorted: std::collections::BTreeMap<&str, &Pattern> = globs.into_iter().collect();
    let numbers = sorted.keys().enumerate().map(|(number, text)| (*text, number)).collect();
    (sorted.into_values().collect(), numbers)
}

/// Whether a pattern is for every name.
pub(super) fn is_for_all(pattern: &Pattern) -> bool {
    pattern.as_str().bytes().all(|letter| letter == b'*')
}

/// A condition on words that are no pattern's name.
struct Ask {
    any: Globs,
    not: Globs,
}

enum Globs {
    All,
    Some(Vec<usize>),
}

impl Ask {
    fn new(condition: &Condition, numbers: &HashMap<&str, usize>) -> Self {
        let globs = |patterns: &[Pattern]| {
            if patterns.iter().any(is_for_all) {
                return Globs::All;
            }
            Globs::Some(patterns.iter().filter_map(|pattern| numbers.get(pattern.as_str()).copied()).collect())
        };
        let any = if condition.any.is_empty() { Globs::All } else { globs(&condition.any) };
        Self { any, not: globs(&condition.not) }
    }

    /// Whether it holds for a word that matches these patterns.
    fn holds(&self, set: &[usize]) -> bool {
        let has = |globs: &Globs| match globs {
            Globs::All => true,
            Globs::Some(globs) => globs.iter().any(|glob| set.contains(glob)),
        };
        has(&self.any) && !has(&self.not)
    }
}
