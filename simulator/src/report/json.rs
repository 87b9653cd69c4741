//! What came of scenarios, for programs.

use serde_json::{Value, json};

use super::{Row, count};
use crate::coverage::Coverage;

/// The whole as one JSON object. `how`: what the scenarios ran through. `coverage` where it was asked for.
pub fn report(rows: &[Row], how: &str, coverage: Option<&Coverage>) -> Value {
    let (passed, failed) = count(rows);
    let scenarios = rows.iter().map(|row| {
        let findings = row.findings.iter().map(|finding| {
            let (line, column) = finding.at.unzip();
            json!({ "file": row.file_of(finding), "line": line, "column": column, "what": finding.what })
        });
        json!({
            "file": row.path.display().to_string(),
            "scenario": row.title,
            "verdict": row.verdict.as_str(),
            "findings": findings.collect::<Vec<_>>(),
        })
    });
    let mut report =
        json!({ "through": how, "passed": passed, "failed": failed, "scenarios": scenarios.collect::<Vec<_>>() });
    if let Some(coverage) = coverage {
        let untouched = coverage.untouched();
        let untouched = untouched.map(|part| json!({ "list": part.list, "rule": part.rule, "never": part.what }));
        report["coverage"] = json!({
            "percent": coverage.percent(),
            "touched": coverage.touched(),
            "parts": coverage.parts.len(),
            "untouched": untouched.collect::<Vec<_>>(),
        });
    }
    report
}
