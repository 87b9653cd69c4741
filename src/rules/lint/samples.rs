//! Requests that a rule is probably for: most rules are reached by one of them, which is quicker than to compare patterns.

use super::universe::{Universe, may_be_unknown};
use crate::rules::matching::{Condition, Field, Match};

/// How many are tried.
const MOST: usize = 8;

/// What is known of a request, in the order of [`Field::ALL`].
pub(super) type Values = [Option<String>; 5];

/// Requests that a rule is for; none where the patterns are not simple enough.
pub(super) fn samples(rule: &Match) -> Vec<Values> {
    let mut found = vec![Values::default()];
    for field in Field::ALL {
        let values = values(field, rule.field(field));
        let longer = |known: &Values| {
            let known = known.clone();
            values.clone().into_iter().map(move |value| {
                let mut known = known.clone();
                known[field as usize] = value;
                known
            })
        };
        found = found.iter().flat_map(longer).take(MOST).collect();
    }
    found
}

/// Values that a condition is for.
pub(super) fn values(field: Field, condition: Option<&Condition>) -> Vec<Option<String>> {
    let universe = Universe::of(field);
    let Some(condition) = condition else {
        // Nobody has a name like this, so that only patterns take it.
        return vec![if may_be_unknown(field) { None } else { Some("q0-zx-q9".to_owned()) }];
    };
    let anything = ["*"];
    let texts: Vec<&str> = match condition.any.as_slice() {
        [] => anything.to_vec(),
        any => any.iter().take(MOST).map(|pattern| pattern.as_str()).collect(),
    };
    let fits = |value: &String| universe.has(value) && condition.is_match(value);
    texts.into_iter().flat_map(|text| filled(text, universe)).filter(fits).map(Some).collect()
}

/// Names that a pattern of plain words and `*` is for.
fn filled(text: &str, universe: Universe) -> Vec<String> {
    let Some(length) = universe.length else {
        return if text.contains('*') {
            vec![text.replace('*', "q0-zx-q9"), text.replace('*', "")]
        } else {
            vec![text.to_owned()]
        };
    };
    let open = length.saturating_sub(text.replace('*', "").len());
    vec![text.replacen('*', &"4071835260946".chars().cycle().take(open).collect::<String>(), 1).replace('*', "")]
}

/// Whether a request that says so much is one that a rule is for, as far as its `match` goes.
pub(super) fn is_for(rule: &Match, values: &Values) -> bool {
    let fits = |(field, condition): &(Field, Condition)| {
        values[*field as usize].as_ref().is_some_and(|value| condition.is_match(value))
    };
    // The pipeline last: the index knows most of it already, and patterns take longer than names.
    rule.fields.iter().rev().all(fits)
}
