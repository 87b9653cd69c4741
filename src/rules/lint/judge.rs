//! Whether anything is left for a rule.

use super::Reach;
use super::budget::Budget;
use super::choices::{Machines, choices, has_only_names, is_for_all};
use super::cover::{Cover, Table};
use super::index::Index;
use super::samples::{self, Values, is_for, samples};
use super::universe::may_be_unknown;
use crate::rules::matching::{Condition, Field, Match, Pattern};

/// Steps for all rules, and for one: some seconds and some tenths of one, at worst.
const TOTAL: usize = 10_000_000;
const EACH: usize = 1_000_000;

/// How often one more rule is looked at, before all are.
const ROUNDS: usize = 64;

/// Judges rules of a list of which the first that matches decides.
pub(super) struct Judge<'a> {
    rules: Vec<&'a Match>,
    index: Index<'a>,
    machines: Machines<'a>,
    total: Budget,
}

impl<'a> Judge<'a> {
    pub(super) fn new(rules: Vec<&'a Match>) -> Self {
        let index = Index::new(&rules);
        Self { rules, index, machines: Machines::default(), total: Budget::new(TOTAL) }
    }

    /// Whether the rule can decide something, or why not.
    pub(super) fn reach(&mut self, at: usize) -> Reach {
        self.within_budget(|judge, budget| judge.decide(at, budget)).unwrap_or(Reach::Unjudged)
    }

    /// The first field that can't be what its condition asks.
    pub(super) fn never(&mut self, rule: &'a Match) -> Option<Field> {
        let is_never = |judge: &mut Self, field, condition| {
            if !samples::values(field, Some(condition)).is_empty() {
                return false;
            }
            let found =
                judge.within_budget(|judge, budget| choices(field, Some(condition), &[], &mut judge.machines, budget));
            found.is_some_and(|choices| choices.is_empty())
        };
        rule.fields.iter().find(|(field, condition)| is_never(self, *field, condition)).map(|(field, _)| *field)
    }

    fn within_budget<T>(&mut self, work: impl FnOnce(&mut Self, &mut Budget) -> Option<T>) -> Option<T> {
        let whole = EACH.min(self.total.left());
        let mut budget = Budget::new(whole);
        let found = work(self, &mut budget);
        // What is spent is spent, whatever came of it.
        let _is_over = self.total.spend(whole - budget.left());
        found
    }

    fn decide(&mut self, at: usize, budget: &mut Budget) -> Option<Reach> {
        let rule = self.rules[at];
        let mut takers = Vec::new();
        for values in samples(rule) {
            match self.taker(&values, at, budget)? {
                None => return Some(Reach::Decides(values)),
                Some(earlier) if takes_all(self.rules[earlier], rule) => return Some(Reach::Covered(vec![earlier])),
                Some(earlier) => takers.push(earlier),
            }
        }
        // Few of the earlier rules matter: those that take what the others leave.
        for _ in 0..ROUNDS {
            takers.sort_unstable();
            takers.dedup();
            let reach = self.compare(rule, &takers, budget)?;
            let Reach::Decides(values) = &reach else { return Some(reach) };
            match self.taker(values, at, budget)? {
                None => return Some(reach),
                Some(earlier) if takes_all(self.rules[earlier], rule) => return Some(Reach::Covered(vec![earlier])),
                Some(earlier) => takers.push(earlier),
            }
        }
        let mut earlier = self.index.of_condition(rule.field(Field::Pipeline), at);
        budget.spend(earlier.len())?;
        earlier.retain(|earlier| may_take(self.rules[*earlier], rule) && may_meet(self.rules[*earlier], rule));
        self.compare(rule, &earlier, budget)
    }

    /// What these rules leave for one after them.
    fn compare(&mut self, rule: &'a Match, earlier: &[usize], budget: &mut Budget) -> Option<Reach> {
        let mut fields = Vec::new();
        for field in Field::ALL {
            let asked: Vec<Option<&Condition>> =
                earlier.iter().map(|earlier| self.rules[*earlier].field(field)).collect();
            let choices = choices(field, rule.field(field), &asked, &mut self.machines, budget)?;
            if choices.is_empty() {
                return Some(Reach::Never(field));
            }
            fields.push(choices);
        }
        Some(match Table::new(fields, earlier.len()).cover(budget)? {
            Cover::By(needed) => Reach::Covered(needed.into_iter().map(|number| earlier[number]).collect()),
            Cover::Leaves(values) => Reach::Decides(values.try_into().unwrap_or_default()),
        })
    }

    /// The first rule before `at` that takes a request before the rule there can.
    fn taker(&self, values: &Values, at: usize, budget: &mut Budget) -> Option<Option<usize>> {
        let name = values[Field::Pipeline as usize].as_deref().unwrap_or_default();
        let rules = self.index.of_name(name, at);
        budget.spend(1 + rules.len())?;
        let takes = |rule: &&usize| may_take(self.rules[**rule], self.rules[at]) && is_for(self.rules[**rule], values);
        Some(rules.iter().find(takes).copied())
    }
}

/// Whether a rule takes what its `match` is for from a later one: its `when` may be false, unless the other's is the same.
fn may_take(earlier: &Match, later: &Match) -> bool {
    let condition = |rule: &Match| rule.when.as_ref().map(|when| when.as_str().to_owned());
    earlier.event.is_none() && (earlier.when.is_none() || condition(earlier) == condition(later))
}

/// Whether there may be a request that both are for, of those which matter: where the later rule leaves open what may be
/// unknown, it can still decide while that is unknown, and then no rule takes it that asks for it.
fn may_meet(earlier: &Match, later: &Match) -> bool {
    earlier.fields.iter().all(|(field, condition)| match later.field(*field) {
        None => !may_be_unknown(*field),
        Some(wanted) => {
            let is_both = |name: &Pattern| condition.is_match(name.as_str()) && wanted.is_match(name.as_str());
            let names = [condition, wanted].into_iter().find(|condition| has_only_names(condition));
            names.is_none_or(|names| names.any.iter().any(is_both))
        }
    })
}

/// Whether a rule takes all of another as they are written; it may do so even where this is false.
fn takes_all(earlier: &Match, later: &Match) -> bool {
    let has =
        |patterns: &[Pattern], wanted: &Pattern| patterns.iter().any(|pattern| pattern.as_str() == wanted.as_str());
    earlier.fields.iter().all(|(field, condition)| {
        let Some(wanted) = later.field(*field) else {
            return !may_be_unknown(*field) && condition.not.is_empty() && condition.any.iter().any(is_for_all);
        };
        let any = condition.any.is_empty()
            || condition.any.iter().any(is_for_all)
            || (!wanted.any.is_empty() && wanted.any.iter().all(|pattern| has(&condition.any, pattern)));
        any && condition.not.iter().all(|pattern| has(&wanted.not, pattern))
    })
}
