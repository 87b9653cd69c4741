//! Which rules may be for a pipeline, without asking them all.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use crate::rules::matching::{Condition, Field, Match, Pattern, SPECIAL};

/// Rules by how the names begin or end that their condition for the pipeline is for.
pub(super) struct Index<'a> {
    names: BTreeMap<&'a str, Vec<usize>>,
    prefixes: BTreeMap<&'a str, Vec<usize>>,
    suffixes: BTreeMap<&'a str, Vec<usize>>,
    /// Those without a condition, or with one of what must not be.
    rest: Vec<usize>,
}

/// What is known of all names that a pattern is for.
enum Part<'a> {
    Name(&'a str),
    Prefix(&'a str),
    Suffix(&'a str),
}

impl<'a> Part<'a> {
    fn of(pattern: &'a Pattern) -> Self {
        let text = pattern.as_str();
        match (pattern.is_name(), text.split(SPECIAL).next().unwrap_or_default()) {
            (true, _) => Part::Name(text),
            // What closes a class or an alternative is not the pattern's end, nor is what an escape begins.
            (false, "") if text.starts_with('*') && !text[1..].contains(SPECIAL) => Part::Suffix(&text[1..]),
            (false, prefix) => Part::Prefix(prefix),
        }
    }
}

impl<'a> Index<'a> {
    pub(super) fn new(rules: &[&'a Match]) -> Self {
        let (names, prefixes, suffixes) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut index = Self { names, prefixes, suffixes, rest: Vec::new() };
        for (at, rule) in rules.iter().enumerate() {
            let any = rule.field(Field::Pipeline).map_or(&[][..], |condition| &condition.any);
            if any.is_empty() {
                index.rest.push(at);
            }
            for pattern in any {
                let (known, text) = match Part::of(pattern) {
                    Part::Name(name) => (&mut index.names, name),
                    Part::Prefix(prefix) => (&mut index.prefixes, prefix),
                    Part::Suffix(suffix) => (&mut index.suffixes, suffix),
                };
                known.entry(text).or_default().push(at);
            }
        }
        index
    }

    /// The rules before `end` that may be for a pipeline of this name, and maybe others.
    pub(super) fn of_name(&self, name: &str, end: usize) -> Vec<usize> {
        let mut found = Vec::new();
        self.collect(&Part::Name(name), &mut |rules| found.extend(rules.iter().take_while(|at| **at < end)));
        self.sorted(found, end)
    }

    /// The rules before `end` that may be for a pipeline which this condition is for, and maybe others.
    pub(super) fn of_condition(&self, condition: Option<&Condition>, end: usize) -> Vec<usize> {
        let any = condition.map_or(&[][..], |condition| &condition.any);
        let parts: Vec<Part<'_>> = any.iter().map(Part::of).collect();
        if parts.is_empty() || parts.iter().any(|part| matches!(part, Part::Suffix(_))) {
            return (0..end).collect();
        }
        let mut found = Vec::new();
        for part in &parts {
            self.collect(part, &mut |rules| found.extend(rules.iter().take_while(|at| **at < end)));
        }
        self.sorted(found, end)
    }

    fn collect(&self, part: &Part<'_>, add: &mut dyn FnMut(&[usize])) {
        let mut get =
            |known: &BTreeMap<&str, Vec<usize>>, text: &str| known.get(text).into_iter().for_each(|rules| add(rules));
        let (Part::Name(text) | Part::Prefix(text) | Part::Suffix(text)) = part;
        let cuts = || text.char_indices().map(|(at, _)| at).chain([text.len()]);
        cuts().for_each(|cut| get(&self.prefixes, &text[..cut]));
        if let Part::Name(name) = part {
            get(&self.names, name);
            cuts().for_each(|cut| get(&self.suffixes, &text[cut..]));
            return;
        }
        // What is longer begins like it, too, and what is known by its end may.
        let longer = |known: &BTreeMap<&'a str, Vec<usize>>| {
            let range = known.range::<str, _>((Excluded(*text), Unbounded));
            range
                .take_while(|(known, _)| known.starts_with(text))
                .flat_map(|(_, rules)| rules.clone())
                .collect::<Vec<_>>()
        };
        for rules in [longer(&self.prefixes), longer(&self.names), self.names.get(text).cloned().unwrap_or_default()] {
            let mut rules = rules;
            rules.sort_unstable();
            add(&rules);
        }
        self.suffixes.values().for_each(|rules| add(rules));
    }

    fn sorted(&self, mut found: Vec<usize>, end: usize) -> Vec<usize> {
        found.extend(self.rest.iter().take_while(|at| **at < end));
        found.sort_unstable();
        found.dedup();
        found
    }
}
