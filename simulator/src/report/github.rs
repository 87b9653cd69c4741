//! What came of scenarios, as GitHub shows it beside the scenario's lines in a pull request.

use signoff::diagnostic::{Diagnostic, Severity, Source, github};
use signoff::yaml::{self, Kind, Node};

use super::Row;
use crate::coverage::{Coverage, Part};

/// A workflow command for each thing that was not as expected.
pub fn render(rows: &[Row]) -> String {
    let findings = rows.iter().flat_map(|row| {
        row.findings.iter().map(|finding| {
            let (line, column) = finding.at.unwrap_or_default();
            let file = row.file_of(finding);
            Diagnostic { file, line, column, ..Diagnostic::nowhere("scenario", finding.what.clone()) }
        })
    });
    github::render(&findings.collect::<Vec<_>>())
}

/// A warning for each part of the rules that no scenario touches, at the rule's line.
pub fn coverage(coverage: &Coverage, rules: &[Source]) -> String {
    let read: Vec<(&Source, Node)> =
        rules.iter().filter_map(|source| Some((source, yaml::read(&source.text).ok()?))).collect();
    let found = coverage.untouched().map(|part| {
        let message = format!("the rule `{}` is never {} in any scenario", part.rule, part.what);
        let place = read.iter().find_map(|(source, root)| Some((source, place(root, part)?)));
        let found = match place {
            Some((source, place)) => source.at(place, "coverage", message),
            None => Diagnostic::nowhere("coverage", message),
        };
        Diagnostic { severity: Severity::Warning, ..found }
    });
    github::render(&found.collect::<Vec<_>>())
}

/// Where a rule's name stands.
fn place(root: &Node, part: &Part) -> Option<yaml::Place> {
    let Kind::List(rules) = &root.get(part.list)?.kind else { return None };
    let mut names = rules.iter().filter_map(|rule| rule.get("name"));
    names.find(|name| name.as_str() == Some(&part.rule)).map(|name| name.place)
}
