//! Gives a compiled `bootstrap` the scenario's time, from outside: see `clock.c`.
#![allow(clippy::disallowed_methods, reason = "writes the clock's file and builds its library in a folder of its own")]

use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use tempfile::TempDir;

/// A clock that one process runs by.
#[derive(Debug)]
pub(super) struct PreloadedClock {
    folder: TempDir,
}

impl PreloadedClock {
    /// Builds the library with `cc`, which is there wherever Rust programs can be linked.
    pub(super) fn build() -> Result<Self, String> {
        let folder = tempfile::Builder::new()
            .prefix("signoff-clock-")
            .tempdir()
            .map_err(|error| format!("no temporary folder for the scenario's clock: {error}"))?;
        let clock = Self { folder };
        let source = clock.folder.path().join("clock.c");
        std::fs::write(&source, include_str!("clock.c")).map_err(|error| error.to_string())?;
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(clock.library())
            .arg(&source)
            .output()
            .map_err(|error| format!("`--bootstrap` needs a C compiler, `cc`, for the scenario's clock: {error}"))?;
        if !built.status.success() {
            let said = String::from_utf8_lossy(&built.stderr);
            return Err(format!("`cc` could not build the scenario's clock (it needs Linux and glibc): {}", said.trim()));
        }
        Ok(clock)
    }

    /// What to preload.
    pub(super) fn library(&self) -> PathBuf {
        self.folder.path().join("clock.so")
    }

    /// The file with the time.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("now")
    }

    /// Sets the time.
    pub(super) fn set(&self, now: Timestamp) -> Result<(), String> {
        // A rename, so that no reader ever sees half a number.
        let next: &Path = &self.folder.path().join("next");
        std::fs::write(next, now.as_second().to_string())
            .and_then(|()| std::fs::rename(next, self.file()))
            .map_err(|error| format!("the scenario's clock can't be set: {error}"))
    }
}
