//! What came of scenarios, as the JUnit XML that CI systems read.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Row, Verdict};
use crate::coverage::Coverage;

/// The scenarios as a suite, and where it was asked for, the parts of the rules as another: those that no scenario touches are skipped
/// there, and where more of them are `wanted`, in percent, that fails. `how` is what the scenarios ran through.
///
/// # Errors
///
/// What can't be written as XML, in words.
pub fn report(rows: &[Row], how: &str, coverage: Option<(&Coverage, usize)>) -> Result<String, String> {
    let mut suite = TestSuite::new(format!("signoff simulate ({how})"));
    for row in rows {
        let mut case = TestCase::new(row.title.as_str(), status(row));
        case.set_classname(row.path.display().to_string());
        suite.add_test_case(case);
    }
    let mut report = Report::new("signoff simulate");
    report.add_test_suite(suite);
    report.add_test_suites(coverage.map(|(coverage, wanted)| parts(coverage, wanted)));
    report.to_string().map_err(|error| format!("the report can't be written as XML: {error}"))
}

fn parts(coverage: &Coverage, wanted: usize) -> TestSuite {
    let mut suite = TestSuite::new("rules that scenarios touch");
    for (part, touched) in &coverage.parts {
        let status = match touched {
            true => TestCaseStatus::success(),
            false => {
                let mut status = TestCaseStatus::skipped();
                status.set_message("no scenario does that");
                status
            }
        };
        let mut case = TestCase::new(format!("{}: {}", part.rule, part.what), status);
        case.set_classname(part.list);
        suite.add_test_case(case);
    }
    if wanted > 0 {
        let status = match coverage.percent() >= wanted {
            true => TestCaseStatus::success(),
            false => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(coverage.to_string());
                status
            }
        };
        suite.add_test_case(TestCase::new(format!("at least {wanted} % of the rules"), status));
    }
    suite
}

fn status(row: &Row) -> TestCaseStatus {
    let kind = match row.verdict {
        Verdict::Passed | Verdict::Updated => return TestCaseStatus::success(),
        Verdict::Failed => NonSuccessKind::Failure,
        Verdict::Stopped => NonSuccessKind::Error,
    };
    let mut status = TestCaseStatus::non_success(kind);
    let findings: Vec<String> = row.findings.iter().map(|finding| finding.with_place(row)).collect();
    if let Some(first) = row.findings.first() {
        status.set_message(first.headline());
    }
    status.set_description(findings.join("\n\n"));
    status
}
