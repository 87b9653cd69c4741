//! Approval actions that no rule is for.

use super::judge::Judge;
use crate::rules::matching::Field;
use crate::rules::model::RuleSet;

/// What is known of requests to come, in the order of [`Field::ALL`]; what is `None` may be anything.
pub type Known = [Option<String>; 5];

/// Whether no approval rule can be for a request of which this is known. A rule with a `when` may be.
pub fn is_uncovered(rules: &RuleSet, known: &Known) -> bool {
    let mut judge = Judge::new(Vec::new());
    let may_be_for = |rule: &&crate::rules::ApprovalRule| {
        let fits = |(field, condition): &(Field, crate::rules::Condition)| {
            known[*field as usize].as_ref().is_none_or(|value| condition.is_match(value))
        };
        rule.matches.fields.iter().all(fits)
    };
    // What is not known has to be something: that is asked last, since it takes longest.
    !rules.approvals.iter().filter(may_be_for).any(|rule| judge.never(&rule.matches).is_none())
}
