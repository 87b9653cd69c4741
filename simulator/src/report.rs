//! Shows what came of scenarios and checks.

pub mod audit;
pub mod doctor;
pub mod explain;
pub mod fold;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod seeds;
pub mod text;

use std::path::PathBuf;

use signoff::diagnostic::Diagnostic;
use similar::TextDiff;

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

/// How many lines of a difference are told where there is little room.
const MOST: usize = 20;

impl Difference {
    /// What to do about it, in words.
    pub fn words(&self) -> String {
        let kept = self.kept.display();
        match self.before {
            Some(_) => format!("not as in {kept} (accept it with --update)"),
            None => format!("{kept} is not kept yet: look at what happened, and keep it with --update"),
        }
    }

    /// It as something that was not as expected, with the first lines that differ, at the kept transcript's line.
    pub fn finding(&self) -> Finding {
        let Some(before) = &self.before else { return Finding { file: None, at: None, what: self.words() } };
        let diff = TextDiff::from_lines(before.as_str(), &self.now);
        let same = before.lines().zip(self.now.lines()).take_while(|(before, now)| before == now).count();
        // Where only more follows, the last line that is kept is the nearest.
        let line = (same + 1).min(before.lines().count().max(1));
        let mut lines = Vec::new();
        for (index, group) in diff.grouped_ops(1).iter().enumerate() {
            if index > 0 {
                lines.push("  …".to_owned());
            }
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                lines.push(format!("{} {}", change.tag(), change.value().trim_end_matches('\n')));
            }
        }
        let more = lines.len().saturating_sub(MOST);
        lines.truncate(MOST);
        if more > 0 {
            lines.push(format!("… and {more} more {}", if more == 1 { "line" } else { "lines" }));
        }
        let what = format!("{}:\n{}", self.words(), lines.join("\n"));
        Finding { file: Some(self.kept.clone()), at: Some((line, 1)), what }
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

    /// The file that expects something.
    pub fn file_of(&self, finding: &Finding) -> String {
        finding.file.as_ref().unwrap_or(&self.path).display().to_string()
    }

    /// Where something is expected: `scenarios/x.yaml:5:23`.
    pub fn place(&self, finding: &Finding) -> String {
        match finding.at {
            Some((line, column)) => format!("{}:{line}:{column}", self.file_of(finding)),
            None => self.file_of(finding),
        }
    }
}

/// Something that was not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file that says otherwise, where it is not the scenario's own.
    pub file: Option<PathBuf>,
    /// The line and the column of the file that expects it, from 1.
    pub at: Option<(usize, usize)>,
    /// What, in words.
    pub what: String,
}

impl Finding {
    /// What, in one line.
    pub fn headline(&self) -> &str {
        let line = self.what.lines().next().unwrap_or_default().trim_end_matches(':');
        line.trim_end_matches("; it printed")
    }

    /// What, after the place that expects it.
    pub fn with_place(&self, row: &Row) -> String {
        format!("{}: {}", row.place(self), self.what)
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
