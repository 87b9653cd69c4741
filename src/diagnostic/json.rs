//! Findings for programs.

use serde_json::{Value, json};

use super::{Diagnostic, Severity};

/// All findings and how many there are: `{"findings": […], "errors": 1, "warnings": 0}`. A finding has the fields of
/// [`Diagnostic`]; `line` and `column` count from 1, `column` and `length` in characters.
pub fn render(found: &[Diagnostic]) -> Value {
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    json!({ "findings": found, "errors": count(Severity::Error), "warnings": count(Severity::Warning) })
}
