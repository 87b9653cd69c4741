//! Which scenario files are meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::file;

/// What was found.
pub(super) struct Found {
    /// The scenario files: in name order within each folder, each once.
    pub(super) files: Vec<PathBuf>,
    /// The folders that were looked at.
    folders: Vec<PathBuf>,
}

/// The scenario files that these files and folders name; those of the usual folder where none is named.
pub(super) fn find(named: &[PathBuf]) -> Result<Found, String> {
    let named = if named.is_empty() {
        let usual = ["scenarios", "simulator/scenarios"].map(PathBuf::from);
        let found = usual.into_iter().find(|folder| folder.is_dir());
        vec![found.ok_or("there is no folder `scenarios` here: name the scenario files, or their folder")?]
    } else {
        named.to_vec()
    };
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in named {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let found = yaml_files(&path)?;
        if found.is_empty() {
            let below = Found { files: Vec::new(), folders: vec![path.clone()] }.below();
            let folders = folders_of(&below);
            let hint = if below.is_empty() { String::new() } else { format!(", but in `{folders}`: name that") };
            return Err(format!("{}: there are no scenarios, `*.yaml`, in this folder{hint}", path.display()));
        }
        files.extend(found);
        folders.push(path);
    }
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(same(file)));
    let mut transcripts: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    for file in &files {
        if let Some(other) = transcripts.insert(file.with_extension("transcript"), file) {
            let (one, other) = (other.display(), file.display());
            return Err(format!("`{one}` and `{other}` would keep the same transcript: give one another name"));
        }
    }
    Ok(Found { files, folders })
}

impl Found {
    /// What people should know of what is not played. `update`: whether transcripts are put in order.
    pub(super) fn remarks(&self, update: bool) -> Vec<String> {
        let orphans = if update { self.orphans() } else { Vec::new() };
        self.skipped().into_iter().chain(orphans).collect()
    }

    fn skipped(&self) -> Option<String> {
        let below = self.below();
        let count = match below.len() {
            0 => return None,
            1 => "1 scenario in a folder below is".to_owned(),
            many => format!("{many} scenarios in folders below are"),
        };
        Some(format!("{count} not played: name the folder, too, `{}`", folders_of(&below)))
    }

    /// Scenarios in folders below, which are not played.
    fn below(&self) -> Vec<PathBuf> {
        let played: BTreeSet<PathBuf> = self.files.iter().map(|file| same(file)).collect();
        let is_scenario = |path: &PathBuf| {
            let text = file::read(path).unwrap_or_default();
            !played.contains(&same(path)) && text.lines().any(|line| line.starts_with("scenario:"))
        };
        self.folders.iter().flat_map(|folder| file::below(folder, &["yaml", "yml"])).filter(is_scenario).collect()
    }

    /// Transcripts whose scenario is gone.
    fn orphans(&self) -> Vec<String> {
        let kept: BTreeSet<PathBuf> = self.files.iter().map(|file| file.with_extension("transcript")).collect();
        let all = self.folders.iter().flat_map(|folder| file::paths(folder, &["transcript"]));
        all.filter(|path| !kept.contains(path))
            .map(|path| format!("`{}` has no scenario any more: remove it", path.display()))
            .collect()
    }
}

fn folders_of(files: &[PathBuf]) -> String {
    let folders: BTreeSet<String> =
        files.iter().filter_map(|path| Some(path.parent()?.display().to_string())).collect();
    folders.into_iter().collect::<Vec<_>>().join("`, `")
}

/// The file itself, however it is named.
fn same(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
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
