//! Findings as GitHub shows them beside the lines of a pull request:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message>.

use super::{Diagnostic, Severity};

/// A workflow command a line.
pub fn render(found: &[Diagnostic]) -> String {
    found.iter().map(|finding| command(finding) + "\n").collect()
}

fn command(found: &Diagnostic) -> String {
    let command = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = Vec::new();
    if !found.file.is_empty() {
        properties.push(("file", found.file.clone()));
    }
    if found.line > 0 {
        properties.push(("line", found.line.to_string()));
        properties.push(("col", found.column.to_string()));
        properties.push(("endColumn", (found.column + found.length).to_string()));
    }
    properties.push(("title", found.code.to_owned()));
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("{name}={}", escape(value).replace(':', "%3A").replace(',', "%2C")))
        .collect();
    let help = found.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    format!("::{command} {}::{}", properties.join(","), escape(&format!("{}{help}", found.message)))
}

/// The command's own encoding of what would end it.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}
