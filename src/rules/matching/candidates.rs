//! The rules that may be for an event, out of several ordered lists.

use std::ops::Range;

/// More lists than any event has been seen to need: one for each field, and for each pattern that is part of another.
const LISTS: usize = 32;

/// Numbers of rules, each once and in ascending order. It keeps what it needs in itself, so that an event's matching
/// allocates nothing.
pub(super) struct Candidates<'a> {
    /// Those of `lists` that are in use are not empty.
    lists: [&'a [u32]; LISTS],
    used: usize,
    /// Stands in for the lists where there were too many, or one is unknown: all rules are candidates.
    every: Option<Range<u32>>,
    rules: u32,
}

impl<'a> Candidates<'a> {
    /// None yet, of so many rules.
    pub(super) fn new(rules: u32) -> Self {
        Self { lists: [&[]; LISTS], used: 0, every: None, rules }
    }

    /// Takes a list of rules in ascending order.
    pub(super) fn add(&mut self, list: &'a [u32]) {
        // A text may be in a name twice.
        if list.is_empty() || self.lists[..self.used].iter().any(|known| std::ptr::eq(*known, list)) {
            return;
        }
        match self.lists.get_mut(self.used) {
            Some(free) => {
                *free = list;
                self.used += 1;
            }
            None => self.add_every(),
        }
    }

    /// Takes all rules.
    pub(super) fn add_every(&mut self) {
        self.every = Some(0..self.rules);
    }
}

impl Iterator for Candidates<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if let Some(every) = &mut self.every {
            return every.next();
        }
        let lowest = self.lists[..self.used].iter().filter_map(|list| list.first()).min().copied()?;
        let mut at = 0;
        while at < self.used {
            match self.lists[at] {
                [first, rest @ ..] if *first == lowest => self.lists[at] = rest,
                _ => {}
            }
            if self.lists[at].is_empty() {
                self.used -= 1;
                self.lists.swap(at, self.used);
            } else {
                at += 1;
            }
        }
        Some(lowest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_merged_in_order_and_without_repeats() {
        let (a, b, c) = ([1, 4, 9], [1, 2, 9, 11], [0]);
        let mut candidates = Candidates::new(20);
        for list in [&a[..], &b, &[], &c, &b] {
            candidates.add(list);
        }
        assert_eq!(candidates.collect::<Vec<_>>(), [0, 1, 2, 4, 9, 11]);
        assert_eq!(Candidates::new(20).count(), 0);
    }

    #[test]
    fn too_many_lists_are_all_rules() {
        let numbers: Vec<u32> = (0..40).collect();
        for lists in [LISTS, LISTS + 1] {
            let mut candidates = Candidates::new(40);
            numbers.iter().take(lists).for_each(|number| candidates.add(std::slice::from_ref(number)));
            assert_eq!(candidates.count(), if lists > LISTS { 40 } else { lists });
        }
    }
}
