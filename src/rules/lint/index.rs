//! Which rules may be for a pipeline, without asking them all.

use std::collections::BTreeMap;

use crate::rules::matching::{Condition, Field, Match};

/// Rules by what their condition for the pipeline begins with.
pub(super) struct Index<'a> {
    names: BTreeMap<&'a str, Vec<usize>>,
    prefixes: BTreeMap<&'a str, Vec<usize>>,
    /// Those whose condition begins with anything, or that have none.
    rest: Vec<usize>,
    all: usize,
}

/// How a name begins that a pattern is for.
enum Head<'a> {
    Name(&'a str),
    Prefix(&'a str),
}

/// `None` where they may begin with anything.
fn heads(condition: &Condition) -> Option<Vec<Head<'_>>> {
    if condition.any.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    for pattern in &condition.any {
        found.push(match pattern.prefix() {
            _ if pattern.is_name() => Head::Name(pattern.as_str()),
            Some(prefix) => Head::Prefix(prefix),
            None => return None,
        });
    }
    Some(found)
}

impl<'a> Index<'a> {
    pub(super) fn new(rules: &[&'a Match]) -> Self {
        let mut index = Self { names: BTreeMap::new(), prefixes: BTreeMap::new(), rest: Vec::new(), all: rules.len() };
        for (at, rule) in rules.iter().enumerate() {
            let Some(heads) = rule.field(Field::Pipeline).and_then(heads) else {
                index.rest.push(at);
                continue;
            };
            for head in heads {
                match head {
                    Head::Name(name) => index.names.entry(name).or_default().push(at),
                    Head::Prefix(prefix) => index.prefixes.entry(prefix).or_default().push(at),
                }
            }
        }
        index
    }

    /// The rules before `end` that may be for a pipeline of this name, and maybe others.
    pub(super) fn of_name(&self, name: &str, end: usize) -> Vec<usize> {
        let mut found = Vec::new();
        self.collect(&Head::Name(name), end, &mut found);
        self.sorted(found, end)
    }

    /// The rules before `end` that may be for a pipeline which this condition is for, and maybe others.
    pub(super) fn of_condition(&self, condition: Option<&Condition>, end: usize) -> Vec<usize> {
        let Some(heads) = condition.and_then(heads) else { return (0..end.min(self.all)).collect() };
        let mut found = Vec::new();
        heads.iter().for_each(|head| self.collect(head, end, &mut found));
        self.sorted(found, end)
    }

    fn collect(&self, head: &Head<'_>, end: usize, found: &mut Vec<usize>) {
        let mut add = |rules: &Vec<usize>| found.extend(rules.iter().take_while(|at| **at < end));
        let (Head::Name(text) | Head::Prefix(text)) = head;
        for (shorter, _) in text.char_indices() {
            self.prefixes.get(&text[..shorter]).into_iter().for_each(&mut add);
        }
        match head {
            Head::Name(name) => {
                self.prefixes.get(name).into_iter().for_each(&mut add);
                self.names.get(name).into_iter().for_each(&mut add);
            }
            Head::Prefix(prefix) => {
                for known in [&self.names, &self.prefixes] {
                    let longer = known.range(*prefix..).take_while(|(text, _)| text.starts_with(prefix));
                    longer.map(|(_, rules)| rules).for_each(&mut add);
                }
            }
        }
    }

    fn sorted(&self, mut found: Vec<usize>, end: usize) -> Vec<usize> {
        found.extend(self.rest.iter().take_while(|at| **at < end));
        found.sort_unstable();
        found.dedup();
        found
    }
}
