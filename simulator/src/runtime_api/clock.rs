//! Gives a compiled `bootstrap` the scenario's time, from outside: see `clock.c`.
#![allow(clippy::disallowed_methods, reason = "writes the clock's file and builds its library in a folder of its own")]

use std::path::PathBuf;
use std::process::Command;

use jiff::Timestamp;
use tempfile::TempDir;

/// The library to preload, built once.
#[derive(Debug)]
pub struct ClockLibrary {
    folder: TempDir,
}

/// The clock that one process runs by.
#[derive(Debug)]
pub struct PreloadedClock {
    library: PathBuf,
    folder: TempDir,
}

impl ClockLibrary {
    /// Builds the library with `cc`, which is there wherever Rust programs can be linked.
    pub fn build() -> Result<Self, String> {
        let folder = temporary_folder()?;
        let source = folder.path().join("clock.c");
        std::fs::write(&source, include_str!("clock.c"))
            .map_err(|error| format!("the scenario's clock can't be written: {error}"))?;
        let library = Self { folder };
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(library.path())
            .arg(&source)
            .output()
            .map_err(|error| format!("`--bootstrap` needs a C compiler, `cc`, for the scenario's clock: {error}"))?;
        if !built.status.success() {
            let said = String::from_utf8_lossy(&built.stderr);
            return Err(format!("`cc` could not build the scenario's clock (it needs Linux): {}", said.trim()));
        }
        Ok(library)
    }

    /// A clock for one process, set to a time.
    pub fn begin(&self, now: Timestamp) -> Result<PreloadedClock, String> {
        let clock = PreloadedClock { library: self.path(), folder: temporary_folder()? };
        clock.set(now)?;
        Ok(clock)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("clock.so")
    }
}

impl PreloadedClock {
    /// What to preload.
    pub(super) fn library(&self) -> &PathBuf {
        &self.library
    }

    /// The file with the time.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("now")
    }

    /// Sets the time.
    pub(super) fn set(&self, now: Timestamp) -> Result<(), String> {
        // A rename, so that no reader ever sees half a number.
        let next = self.folder.path().join("next");
        std::fs::write(&next, now.as_second().to_string())
            .and_then(|()| std::fs::rename(&next, self.file()))
            .map_err(|error| format!("the scenario's clock can't be set: {error}"))
    }
}

fn temporary_folder() -> Result<TempDir, String> {
    tempfile::Builder::new()
        .prefix("signoff-clock-")
        .tempdir()
        .map_err(|error| format!("no temporary folder for the scenario's clock: {error}"))
}
