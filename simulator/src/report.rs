//! Shows what came of scenarios and checks.

pub mod audit;
pub mod doctor;
pub mod explain;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod seeds;
pub mod text;

use std::path::PathBuf;

use signoff::diagnostic::Diagnostic;

use crate::scenario::run::Played;

/// What came of a scenario file.
#[derive(Debug)]
pub struct Outcome {
    /// In short.
    pub row: Row,
    /// What is wrong with the file, where it can't be read as a scenario.
    pub diagnostic: Option<Diagnostic>,
    /// Everything that happened; nothing where it could not be played.
    pub played: Option<Played>,
    /// How its transcript differs from the one that is kept.
    pub difference: Option<Difference>,
}

/// A transcript that is not as it was kept.
#[derive(Debug)]
pub struct Difference {
    /// Where it is kept.
    pub kept: PathBuf,
    /// As it was kept, if it was.
    pub before: Option<String>,
    /// As it is.
    pub now: String,
}

impl Difference {
    /// What to do about it, in words.
    pub fn words(&self) -> String {
        let kept = self.kept.display();
        match self.before {
            Some(_) => format!("not as in {kept} (accept it with --update)"),
            None => format!("{kept} has not been kept yet; look at what is shown, and accept it with --update"),
        }
    }
}

/// What came of a scenario file, in short.
#[derive(Debug)]
pub struct Row {
    /// The file, as it was named.
    pub path: PathBuf,
    /// What the scenario is called.
    pub title: String,
    /// How it went.
    pub verdict: Verdict,
    /// What was not as expected, or why it could not be played.
    pub findings: Vec<Finding>,
}

impl Row {
    /// The file's name, without its folder.
    pub fn file(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }
}

/// Something that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line and the column of the scenario file that expects it, from 1.
    pub at: Option<(usize, usize)>,
    /// What, in words.
    pub what: String,
}

impl Finding {
    /// What, in one line.
    pub fn headline(&self) -> &str {
        self.what.lines().next().unwrap_or_default().trim_end_matches(':')
    }

    /// What, after the line that expects it.
    pub fn with_line(&self) -> String {
        match self.at {
            Some((line, _)) => format!("line {line}: {}", self.what),
            None => self.what.clone(),
        }
    }
}

/// Whether a scenario went as expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Passed,
    /// It did, and its transcript is new.
    Updated,
    /// It did not.
    Failed,
    /// It could not be played.
    Stopped,
}

impl Verdict {
    /// Whether all is well.
    pub fn is_well(self) -> bool {
        matches!(self, Self::Passed | Self::Updated)
    }

    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Updated => "updated",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// How many went well, and how many did not.
pub fn count(rows: &[Row]) -> (usize, usize) {
    let passed = rows.iter().filter(|row| row.verdict.is_well()).count();
    (passed, rows.len() - passed)
}
