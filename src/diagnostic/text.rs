//! Findings for people at a terminal: each above the line it means, with a caret.

use super::Diagnostic;

/// One finding, without colours. Ends with a line break.
pub fn render(found: &Diagnostic) -> String {
    let mut told = format!("{}[{}]: {}\n", found.severity.as_str(), found.code, found.message);
    let number = if found.line == 0 { String::new() } else { found.line.to_string() };
    let margin = " ".repeat(number.len());
    let place = found.place();
    if !place.is_empty() {
        told.push_str(&format!("{margin}--> {place}\n"));
    }
    if let Some(excerpt) = &found.excerpt {
        // Tabs are as wide as the terminal likes; a blank of the same number of tabs puts the caret right.
        let before = excerpt.chars().take(found.column.saturating_sub(1));
        let blank: String = before.map(|letter| if letter == '\t' { '\t' } else { ' ' }).collect();
        let caret = "^".repeat(found.length.max(1));
        told.push_str(&format!("{margin} |\n{number} | {excerpt}\n{margin} | {blank}{caret}\n"));
    }
    if let Some(help) = &found.help {
        told.push_str(&format!("{margin} = help: {help}\n"));
    }
    told
}

/// All of them, with an empty line between.
pub fn render_all(found: &[Diagnostic]) -> String {
    found.iter().map(render).collect::<Vec<_>>().join("\n")
}
