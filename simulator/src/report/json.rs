//! What came of scenarios, for programs.

use serde_json::{Value, json};

use super::{Row, count};

/// The whole as one JSON object. `how`: what the scenarios ran through.
pub fn report(rows: &[Row], how: &str) -> Value {
    let (passed, failed) = count(rows);
    let scenarios = rows.iter().map(|row| {
        let findings = row.findings.iter().map(|finding| json!({ "line": finding.line, "what": finding.what }));
        json!({
            "file": row.path.display().to_string(),
            "scenario": row.title,
            "verdict": row.verdict.as_str(),
            "findings": findings.collect::<Vec<_>>(),
        })
    });
    json!({ "through": how, "passed": passed, "failed": failed, "scenarios": scenarios.collect::<Vec<_>>() })
}
