//! Files that people name, and in their words why one can't be read.
#![allow(clippy::disallowed_methods, reason = "the command is given files")]

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Reads a file. The error says why not, to be put after its name.
pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| why(&error))
}

/// Why something can't be read, without the operating system's numbers.
pub fn why(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::InvalidData => "it is not text (UTF-8)".to_owned(),
        kind => kind.to_string(),
    }
}

/// What is in a folder and has one of these extensions, in order; nothing where it can't be read.
pub fn paths(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known)))
        .collect();
    paths.sort();
    paths
}

/// The same by their names.
pub fn names(folder: &Path, extensions: &[&str]) -> Vec<String> {
    paths(folder, extensions).iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

/// The files in the folders below this one that have one of these extensions, in order; hidden folders and links are not followed.
pub fn below(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = within(folder);
    while let Some(folder) = folders.pop() {
        found.extend(paths(&folder, extensions).into_iter().filter(|path| path.is_file()));
        folders.extend(within(&folder));
    }
    found.sort();
    found
}

/// The folders that are right in this one, in order; but for hidden ones and links.
pub fn within(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_hidden = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
    let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let mut folders: Vec<PathBuf> =
        entries.filter(|entry| is_folder(entry) && !is_hidden(entry)).map(|entry| entry.path()).collect();
    folders.sort();
    folders
}
