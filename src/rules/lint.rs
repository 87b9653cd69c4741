//! Rules that are never used, although nothing is wrong with them: found by comparing what all patterns can match.
//!
//! A rule decides nothing where the rules before it take whatever it is for. That is found out exactly, for all names that AWS
//! allows: what a field may be falls into finitely many sets of values which the same patterns match ([`choices`]), and every
//! combination of those has to be taken by some earlier rule ([`cover`]). Patterns can be made whose comparison has no end in
//! sight; such rules go unjudged ([`budget`]).
//!
//! Only `signoff check` asks for it: it takes longer than reading the rules.

mod bits;
mod budget;
mod choices;
mod cover;
mod index;
mod judge;
mod machine;
mod samples;
mod uncovered;
mod universe;
mod words;

use std::collections::HashMap;

use super::codes;
use super::matching::{Field, Match};
use super::model::{Origin, RuleSet};
use crate::diagnostic::{Diagnostic, Source, quoted};
use judge::Judge;

pub use uncovered::{Known, is_uncovered};

/// What is left for an approval rule, when those before it have taken theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It decides: for one, a request of which this is known, in the order of [`Field::ALL`]. (Where there is a `when`, that
    /// has to be true of the request, too.)
    Decides([Option<String>; 5]),
    /// Nothing is ever what it asks of this field.
    Never(Field),
    /// These rules before it, by their position, take all that it is for; none of them can be left out.
    Covered(Vec<usize>),
    /// To find out would take too long.
    Unjudged,
}

/// How long a line may be to be shown, in bytes.
const LONGEST: usize = 1_000;

/// How many of the rules that take everything are named.
const NAMED: usize = 3;

/// What is left for each of the approval rules.
pub fn reach(rules: &RuleSet) -> Vec<Reach> {
    let mut judge = Judge::new(rules.approvals.iter().map(|rule| &rule.matches).collect());
    (0..rules.approvals.len()).map(|at| judge.reach(at)).collect()
}

/// Rules that are never used, in the order of files and lines. `files` are those that the rules were read from: findings show
/// their lines.
pub fn lint(rules: &RuleSet, files: &[Source]) -> Vec<Diagnostic> {
    let lines = Lines::of(files);
    let mut found = Vec::new();
    for (rule, reach) in rules.approvals.iter().zip(reach(rules)) {
        match reach {
            Reach::Never(field) => found.push(never(&lines, &rule.name, &rule.origin, field.key())),
            Reach::Covered(by) => {
                let named = by.iter().take(NAMED).filter_map(|at| rules.approvals.get(*at));
                let named: Vec<String> =
                    named.map(|rule| format!("{} ({})", quoted(&rule.name), rule.origin.whereabouts())).collect();
                let finding =
                    lines.warning(&rule.origin, codes::UNREACHABLE, unreachable(&rule.name, &named, by.len()));
                found.push(finding.help(match by.len() {
                    1 => "move it before that rule, narrow that rule, or remove one of them",
                    _ => "move it before those rules, narrow one of them, or remove it",
                }));
            }
            Reach::Decides(_) | Reach::Unjudged => {}
        }
    }
    let mut judge = Judge::new(Vec::new());
    for rule in &rules.notifications {
        let key = never_met(&mut judge, &rule.matches);
        found.extend(key.map(|key| never(&lines, &rule.name, &rule.origin, key)));
    }
    found.sort_by(|one, other| (&one.file, one.line, one.column).cmp(&(&other.file, other.line, other.column)));
    found
}

/// The key of the first condition that is never met.
fn never_met<'a>(judge: &mut Judge<'a>, matches: &'a Match) -> Option<&'static str> {
    if matches.event.as_ref().is_some_and(Vec::is_empty) {
        return Some("event");
    }
    judge.never(matches).map(Field::key)
}

fn never(lines: &Lines<'_>, name: &str, origin: &Origin, key: &str) -> Diagnostic {
    let message = format!("the rule {} is for nothing: no {key} is what it asks for", quoted(name));
    let help = format!("mend its condition for `{key}`, or remove the rule");
    lines.warning(origin, codes::NEVER, message).help(help)
}

fn unreachable(name: &str, named: &[String], all: usize) -> String {
    let begin = format!("no request is left for the rule {}:", quoted(name));
    match (named, all - named.len()) {
        ([only], 0) => format!("{begin} {only} takes all of them"),
        ([first @ .., last], 0) => format!("{begin} {} and {last} take all of them", first.join(", ")),
        (_, more) => format!("{begin} {} and {more} more take all of them", named.join(", ")),
    }
}

/// The lines of files, which are looked up as often as there are findings.
struct Lines<'a>(HashMap<&'a str, (&'a str, Vec<&'a str>)>);

impl<'a> Lines<'a> {
    fn of(files: &'a [Source]) -> Self {
        let lines = |source: &'a Source| (source.file.as_str(), (source.text.as_str(), source.text.lines().collect()));
        Self(files.iter().map(lines).collect())
    }

    /// A warning about a rule.
    fn warning(&self, origin: &Origin, code: &'static str, message: String) -> Diagnostic {
        let Origin { file, place } = origin;
        let (text, lines) = self.0.get(file.as_str()).map_or(("", &[][..]), |(text, lines)| (*text, lines.as_slice()));
        let name = text.get(place.start..place.end).and_then(|name| name.lines().next()).unwrap_or_default();
        // Who writes all rules in one line is not shown all of them with each.
        let excerpt = place.line.checked_sub(1).and_then(|line| lines.get(line)).filter(|line| line.len() < LONGEST);
        Diagnostic {
            file: file.clone(),
            line: place.line,
            column: place.column,
            length: name.trim_end().chars().count(),
            excerpt: excerpt.map(|line| (*line).to_owned()),
            ..Diagnostic::nowhere(code, message)
        }
        .warning()
    }
}
