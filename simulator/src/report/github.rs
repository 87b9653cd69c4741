//! What came of scenarios, as GitHub shows it beside the scenario's lines in a pull request.

use signoff::diagnostic::{Diagnostic, github};

use super::Row;

/// A workflow command for each thing that was not as expected.
pub fn render(rows: &[Row]) -> String {
    let findings = rows.iter().flat_map(|row| {
        row.findings.iter().map(|finding| Diagnostic {
            file: row.path.display().to_string(),
            line: finding.line.unwrap_or_default(),
            column: finding.line.map_or(0, |_| 1),
            ..Diagnostic::nowhere("scenario", finding.what.clone())
        })
    });
    github::render(&findings.collect::<Vec<_>>())
}
