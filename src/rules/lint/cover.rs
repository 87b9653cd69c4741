//! Whether some rules together take everything that another is for.

use std::collections::HashMap;

use super::bits::Bits;
use super::budget::Budget;
use super::choices::Choice;

/// What each field of a rule may be, and which of the earlier rules are for it.
pub(super) struct Table {
    fields: Vec<Vec<Choice>>,
    /// By field: the earlier rules that take whatever the fields after it may be.
    whatever: Vec<Bits>,
    earlier: usize,
}

/// How rules stand to one that comes after them.
pub(super) enum Cover {
    /// These take all of it, and none of them can be left out.
    By(Vec<usize>),
    /// They leave this: a choice of each field.
    Leaves(Vec<Option<String>>),
}

impl Table {
    /// Each field has some choice.
    pub(super) fn new(fields: Vec<Vec<Choice>>, earlier: usize) -> Self {
        let mut after = Bits::of(earlier, |_| true);
        let mut whatever = Vec::new();
        for choices in fields.iter().rev() {
            whatever.push(after.clone());
            after = choices.iter().fold(after, |after, choice| after.and(&choice.takes));
        }
        whatever.push(after);
        whatever.reverse();
        Self { fields, whatever, earlier }
    }

    pub(super) fn cover(&self, budget: &mut Budget) -> Option<Cover> {
        if let Some(single) = self.whatever.first().and_then(Bits::first) {
            return Some(Cover::By(vec![single]));
        }
        if let Some(left) = self.left_by(&Bits::of(self.earlier, |_| true), budget)? {
            return Some(Cover::Leaves(left));
        }
        // The last rule of the shortest list that covers is needed, with those before it; and so on with what is before it.
        let mut needed: Vec<usize> = Vec::new();
        let mut length = self.earlier;
        loop {
            let (mut short, mut long) = (0, length);
            while short < long {
                let middle = short.midpoint(long);
                let some = Bits::of(self.earlier, |at| at < middle || needed.contains(&at));
                match self.left_by(&some, budget)? {
                    None => long = middle,
                    Some(_) => short = middle + 1,
                }
            }
            match long.checked_sub(1) {
                Some(last) => needed.push(last),
                None => break,
            }
            length = long - 1;
        }
        needed.sort_unstable();
        Some(Cover::By(needed))
    }

    /// Values that none of `rules` takes; inner `None` where there are none.
    fn left_by(&self, rules: &Bits, budget: &mut Budget) -> Option<Option<Vec<Option<String>>>> {
        // Which rules still take what was chosen so far, by each set of rules once.
        let mut open = vec![(rules.clone(), Vec::new())];
        for (field, choices) in self.fields.iter().enumerate() {
            let mut next: HashMap<Bits, Vec<usize>> = HashMap::new();
            let mut order = Vec::new();
            for (rules, chosen) in &open {
                for (number, choice) in choices.iter().enumerate() {
                    budget.spend(rules.cost())?;
                    let rules = rules.and(&choice.takes);
                    if rules.is_empty() {
                        let chosen = chosen.iter().copied().chain([number]).collect::<Vec<_>>();
                        return Some(Some(self.values(&chosen)));
                    }
                    if !rules.meets(&self.whatever[field + 1]) && !next.contains_key(&rules) {
                        next.insert(rules.clone(), chosen.iter().copied().chain([number]).collect());
                        order.push(rules);
                    }
                }
            }
            open = order.into_iter().filter_map(|rules| next.remove_entry(&rules)).collect();
        }
        Some(None)
    }

    /// The values of these choices; of the fields after them, any.
    fn values(&self, chosen: &[usize]) -> Vec<Option<String>> {
        let value = |(field, choices): (usize, &Vec<Choice>)| {
            choices.get(chosen.get(field).copied().unwrap_or_default()).and_then(|choice| choice.value.clone())
        };
        self.fields.iter().enumerate().map(value).collect()
    }
}
