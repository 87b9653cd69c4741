//! Which scenario files are meant.

use std::path::{Path, PathBuf};

/// The scenario files that these files and folders name, in name order within each folder; those of the usual folder
/// where none is named.
pub(super) fn find(named: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let folders = if named.is_empty() {
        let usual = ["scenarios", "simulator/scenarios"].map(PathBuf::from);
        let found = usual.into_iter().find(|folder| folder.is_dir());
        vec![found.ok_or("there is no folder `scenarios` here: name the scenario files, or their folder")?]
    } else {
        named.to_vec()
    };
    let mut files = Vec::new();
    for path in folders {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let found = yaml_files(&path)?;
        if found.is_empty() {
            return Err(format!("{}: there are no scenarios, `*.yaml`, in this folder", path.display()));
        }
        files.extend(found);
    }
    Ok(files)
}

#[allow(clippy::disallowed_methods, reason = "scenarios are files")]
fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error: std::io::Error| format!("{}: can't be read: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
