//! What came of scenarios, as the JUnit XML that CI systems read.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Finding, Row, Verdict};

/// The whole as one suite; `how` is what the scenarios ran through.
///
/// # Errors
///
/// What can't be written as XML, in words.
pub fn report(rows: &[Row], how: &str) -> Result<String, String> {
    let mut suite = TestSuite::new(format!("signoff simulate ({how})"));
    for row in rows {
        let mut case = TestCase::new(row.title.as_str(), status(row));
        case.set_classname(row.path.display().to_string());
        suite.add_test_case(case);
    }
    let mut report = Report::new("signoff simulate");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| format!("the report can't be written as XML: {error}"))
}

fn status(row: &Row) -> TestCaseStatus {
    let kind = match row.verdict {
        Verdict::Passed | Verdict::Updated => return TestCaseStatus::success(),
        Verdict::Failed => NonSuccessKind::Failure,
        Verdict::Stopped => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    let findings: Vec<String> = row.findings.iter().map(Finding::with_line).collect();
    if let Some(first) = row.findings.first() {
        status.set_message(first.headline());
    }
    status.set_description(findings.join("\n\n"));
    status
}
