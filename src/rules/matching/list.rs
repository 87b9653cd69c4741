//! A list of rules and its index, which belong together.

use std::fmt;
use std::ops::Deref;

use super::index::Index;
use super::{Match, Mismatch};
use crate::event::Event;
use crate::rules::model::{ApprovalRule, NotificationRule};

/// What is for some events and not for others.
pub trait Rule {
    /// The events that it is for.
    fn matches(&self) -> &Match;
}

impl Rule for ApprovalRule {
    fn matches(&self) -> &Match {
        &self.matches
    }
}

impl Rule for NotificationRule {
    fn matches(&self) -> &Match {
        &self.matches
    }
}

/// Rules in the order of files and lines. It can be read like a slice and not be changed, so that its index is always about
/// these rules.
#[derive(Clone)]
pub struct Rules<R> {
    list: Vec<R>,
    index: Index,
}

impl<R: Rule> Rules<R> {
    /// Takes rules and prepares for finding among them.
    pub fn new(list: Vec<R>) -> Self {
        let index = Index::new(list.iter().map(Rule::matches));
        Self { list, index }
    }

    /// The rules that an event meets, or of which that can't be told, in their order, with what tells which. Allocates
    /// nothing but what `when` does.
    pub(super) fn met_by(&self, event: &Event) -> impl Iterator<Item = (&R, Result<(), Mismatch>)> {
        let rules = self.index.candidates(event).filter_map(|number| self.list.get(number as usize));
        let checked = rules.map(|rule| (rule, rule.matches().check(event)));
        checked.filter(|(_, found)| matches!(found, Ok(()) | Err(Mismatch::Unclear(_))))
    }
}

impl<R> Deref for Rules<R> {
    type Target = [R];

    fn deref(&self) -> &[R] {
        &self.list
    }
}

impl<'a, R> IntoIterator for &'a Rules<R> {
    type Item = &'a R;
    type IntoIter = std::slice::Iter<'a, R>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl<R> IntoIterator for Rules<R> {
    type Item = R;
    type IntoIter = std::vec::IntoIter<R>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<R: fmt::Debug> fmt::Debug for Rules<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.fmt(f)
    }
}
