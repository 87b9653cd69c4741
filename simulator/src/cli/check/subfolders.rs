//! Rules that nobody reads, for they are in folders of the rules' folder.

use std::path::Path;

use signoff::diagnostic::{Diagnostic, Severity};
use signoff::rules::codes;

use crate::file;

/// What files of rules begin a line with.
const KEYS: [&str; 3] = ["approvals:", "notifications:", "commands:"];

/// A warning for each.
pub(super) fn unread(folder: &Path) -> Vec<Diagnostic> {
    let has_rules = |path: &&std::path::PathBuf| {
        let text = file::read(path).unwrap_or_default();
        text.lines().any(|line| KEYS.iter().any(|key| line.starts_with(key)))
    };
    let files = file::below(folder, &["yaml", "yml"]);
    let warning = |path: &std::path::PathBuf| Diagnostic {
        file: path.display().to_string(),
        severity: Severity::Warning,
        help: Some(format!("move the file into `{}` itself", folder.display())),
        ..Diagnostic::nowhere(codes::FOLDER, "rule files in subfolders are not read")
    };
    files.iter().filter(has_rules).map(warning).collect()
}
