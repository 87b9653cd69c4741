//! Rules that nobody reads, for they are in folders of the rules' folder.

use std::path::{Path, PathBuf};

use signoff::diagnostic::{Diagnostic, Severity};
use signoff::rules::codes;

use crate::file;

/// What files of rules begin a line with.
const KEYS: [&str; 3] = ["approvals:", "notifications:", "commands:"];

/// A warning for each in a folder right below this one. A scenario has its own rules deeper down.
pub(super) fn unread(folder: &Path) -> Vec<Diagnostic> {
    let has_rules = |path: &&PathBuf| {
        let text = file::read(path).unwrap_or_default();
        text.lines().any(|line| KEYS.iter().any(|key| line.starts_with(key)))
    };
    let files: Vec<PathBuf> =
        file::within(folder).iter().flat_map(|below| file::paths(below, &["yaml", "yml"])).collect();
    let warning = |path: &PathBuf| Diagnostic {
        file: path.display().to_string(),
        severity: Severity::Warning,
        help: Some(format!("move the file into `{}` itself", folder.display())),
        ..Diagnostic::nowhere(codes::FOLDER, "rule files in subfolders are not read")
    };
    files.iter().filter(has_rules).map(warning).collect()
}
