//! Shows what came of scenarios and checks.

pub mod audit;
pub mod explain;
pub mod html;
pub mod text;

/// What came of a scenario file, for the summary.
#[derive(Debug)]
pub struct Row {
    /// The file's name.
    pub file: String,
    /// What the scenario is called.
    pub title: String,
    /// How it went.
    pub verdict: Verdict,
}

/// Whether a scenario went as expected.
#[derive(Debug)]
pub enum Verdict {
    /// It did.
    Passed,
    /// It did, and its transcript is new.
    Updated,
    /// So many things were not as expected.
    Failed(usize),
    /// It could not be played.
    Stopped,
}
