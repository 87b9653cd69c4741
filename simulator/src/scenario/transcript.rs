//! Everything that a scenario made happen, in order: the same on any machine.

mod lines;

use jiff::Timestamp;
use serde_json::Value;

use crate::world::Call;

pub use lines::{Kind, Line, WIDTH};

/// A transcript that is being written.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    entries: Vec<Entry>,
    depth: usize,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Entry {
    /// How deep it is within other steps: one for what happens in a `meanwhile`.
    pub depth: usize,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum What {
    /// The scenario begins.
    Head {
        /// What it is called.
        title: String,
        /// What it is there for.
        explanation: String,
        /// The time.
        begin: Timestamp,
    },
    /// A step begins.
    Step {
        /// The time.
        at: Timestamp,
        /// The step in words.
        caption: String,
    },
    /// What follows happens within this step, at the same time.
    MeanwhileBegins,
    /// The step goes on that the others happened in.
    MeanwhileEnds {
        /// That step in words.
        caption: String,
    },
    /// AWS delivers what a pipeline sent, or does not.
    Delivery {
        /// The service that it comes through, and what that does.
        from: String,
        /// What.
        what: String,
    },
    /// A call to AWS or Slack.
    Call(Call),
    /// What the Lambda answered.
    Answer(String),
    /// Something that can be seen in Slack.
    Screen {
        /// Where, and by whom.
        caption: String,
        /// How it looks in text.
        drawing: String,
        /// What Slack shows.
        shown: Shown,
    },
    /// The pipelines at the end, each drawn in text.
    Pipelines(Vec<String>),
    /// Something is not as expected.
    Unmet(String),
}

/// What Slack shows.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A message: its text and its blocks.
    Message(String, Vec<Value>),
    /// A modal or another view.
    View(Value),
}

impl Transcript {
    /// What has happened so far.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The head: the scenario's name, what it is there for, and when it begins.
    pub fn head(&mut self, title: &str, explanation: &str, begin: Timestamp) {
        self.push(What::Head { title: title.to_owned(), explanation: explanation.trim().to_owned(), begin });
    }

    /// A step begins.
    pub fn step(&mut self, now: Timestamp, caption: &str) {
        self.push(What::Step { at: now, caption: caption.to_owned() });
    }

    /// What the following steps happen within, at the same time.
    pub fn begin_meanwhile(&mut self) {
        self.push(What::MeanwhileBegins);
        self.depth += 1;
    }

    /// The first step goes on.
    pub fn end_meanwhile(&mut self, caption: &str) {
        self.depth -= 1;
        self.push(What::MeanwhileEnds { caption: caption.to_owned() });
    }

    /// A call to AWS or Slack.
    pub fn call(&mut self, call: &Call) {
        self.push(What::Call(call.clone()));
    }

    /// AWS delivers what a pipeline sent.
    pub fn delivery(&mut self, from: &str, what: &str) {
        self.push(What::Delivery { from: from.to_owned(), what: what.to_owned() });
    }

    /// What the Lambda answered.
    pub fn answer(&mut self, what: &str) {
        self.push(What::Answer(what.to_owned()));
    }

    /// What somebody sees in Slack.
    pub fn screen(&mut self, caption: &str, drawing: &str, shown: Shown) {
        self.push(What::Screen { caption: caption.to_owned(), drawing: drawing.to_owned(), shown });
    }

    /// The pipelines at the end, where there are any to show.
    pub fn pipelines(&mut self, pictures: &[String]) {
        if !pictures.is_empty() {
            self.push(What::Pipelines(pictures.to_vec()));
        }
    }

    /// Something is not as expected.
    pub fn unmet(&mut self, what: &str) {
        self.push(What::Unmet(what.to_owned()));
    }

    fn push(&mut self, what: What) {
        self.entries.push(Entry { depth: self.depth, what });
    }
}
