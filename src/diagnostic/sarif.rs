//! Findings as SARIF 2.1.0, which code-scanning services read:
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Diagnostic, Severity};

/// One run of `signoff check`.
pub fn render(found: &[Diagnostic]) -> Value {
    let codes: BTreeSet<&str> = found.iter().map(|finding| finding.code).collect();
    let rules: Vec<Value> = codes.iter().map(|code| json!({ "id": code })).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "signoff", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            // Columns here count characters, not the UTF-16 units that SARIF supposes.
            "columnKind": "unicodeCodePoints",
            "results": found.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn result(found: &Diagnostic) -> Value {
    let help = found.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut result = json!({
        "ruleId": found.code,
        "level": level,
        "message": { "text": format!("{}{help}", found.message) },
    });
    if !found.file.is_empty() {
        let mut location = json!({ "artifactLocation": { "uri": found.file.replace('\\', "/").replace(' ', "%20") } });
        if found.line > 0 {
            location["region"] = json!({
                "startLine": found.line,
                "startColumn": found.column,
                "endColumn": found.column + found.length.max(1),
            });
        }
        result["locations"] = json!([{ "physicalLocation": location }]);
    }
    result
}
