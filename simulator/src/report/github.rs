//! What came of scenarios, as GitHub shows it beside the scenario's lines in a pull request.

use signoff::diagnostic::{Diagnostic, github};

use super::Row;

/// A workflow command for each thing that was not as expected.
pub fn render(rows: &[Row]) -> String {
    let findings = rows.iter().flat_map(|row| {
        row.findings.iter().map(|finding| {
            let (line, column) = finding.at.unwrap_or_default();
            let file = row.path.display().to_string();
            Diagnostic { file, line, column, ..Diagnostic::nowhere("scenario", finding.what.clone()) }
        })
    });
    github::render(&findings.collect::<Vec<_>>())
}
