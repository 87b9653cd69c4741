//! Everything that a scenario made happen, as text: the same on any machine.

use jiff::Timestamp;

use crate::world::{Call, Service};

/// How wide a transcript is, in columns.
pub const WIDTH: usize = 100;

/// The column at which what happens begins, after the time.
const INDENT: usize = 10;

/// A line and what it is, for colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The scenario's name.
    Title,
    /// Words about it.
    Remark,
    /// A step begins.
    Step,
    /// A call to AWS or Slack.
    Call,
    /// A call that was refused.
    Refusal,
    /// What the Lambda answered.
    Answer,
    /// What somebody sees in Slack.
    Screen,
    /// A pipeline.
    Pipeline,
    /// Something is not as expected.
    Unmet,
    /// Nothing.
    Blank,
}

/// A transcript that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Transcript {
    lines: Vec<Line>,
    depth: usize,
}

impl Transcript {
    /// The lines so far.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The whole as text, without colours.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(line.text.trim_end());
            text.push('\n');
        }
        text
    }

    /// The head: the scenario's name, what it is there for, and when it begins.
    pub fn head(&mut self, title: &str, explanation: &str, begin: Timestamp) {
        let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        self.push(Kind::Title, &format!("── {title} {rule}"));
        if !explanation.trim().is_empty() {
            for line in textwrap::wrap(explanation.trim(), WIDTH - 2) {
                self.push(Kind::Remark, &format!("  {line}"));
            }
            self.push(Kind::Blank, "");
        }
        self.push(Kind::Remark, &begin.strftime("It is %A, %-d %B %Y, %H:%M:%S UTC.").to_string());
    }

    /// A step begins.
    pub fn step(&mut self, now: Timestamp, what: &str) {
        self.push(Kind::Blank, "");
        let time = now.strftime("%H:%M:%S").to_string();
        let margin = " ".repeat(self.depth * 2);
        self.push(Kind::Step, &format!("{margin}{time}  {what}"));
    }

    /// What the following steps happen within, at the same time.
    pub fn begin_meanwhile(&mut self) {
        self.indented(Kind::Remark, "… and before its first write to the table, in another instance of the Lambda:");
        self.depth += 1;
    }

    /// The first step goes on.
    pub fn end_meanwhile(&mut self, what: &str) {
        self.depth -= 1;
        self.push(Kind::Blank, "");
        self.indented(Kind::Remark, &format!("… and the first instance goes on, where {what}:"));
    }

    /// A call to AWS or Slack.
    pub fn call(&mut self, call: &Call) {
        let service = match call.service {
            Service::CodePipeline => "CodePipeline",
            Service::Slack => "Slack",
            Service::DynamoDb => "DynamoDB",
        };
        let (kind, outcome) = match &call.outcome {
            Ok(said) => (Kind::Call, said),
            Err(said) => (Kind::Refusal, said),
        };
        let head = format!("{service:<12}  {:<21}  ", call.operation);
        let room = WIDTH.saturating_sub(INDENT + self.depth * 2 + head.chars().count());
        let gap = if call.subject.is_empty() { "" } else { " " };
        let text = format!("{}{gap}→ {outcome}", call.subject);
        for (index, line) in textwrap::wrap(&text, room.max(30)).iter().enumerate() {
            let head = if index == 0 { head.clone() } else { " ".repeat(head.chars().count()) };
            self.indented(kind, &format!("{head}{line}"));
        }
    }

    /// AWS delivers what a pipeline sent.
    pub fn delivery(&mut self, from: &str, what: &str) {
        self.indented(Kind::Remark, &format!("▸ {from} delivers {what}"));
    }

    /// What the Lambda answered.
    pub fn answer(&mut self, what: &str) {
        for (index, line) in textwrap::wrap(what, WIDTH - INDENT - 2 - self.depth * 2).iter().enumerate() {
            let mark = if index == 0 { "⇒ " } else { "  " };
            self.indented(Kind::Answer, &format!("{mark}{line}"));
        }
    }

    /// What somebody sees in Slack.
    pub fn screen(&mut self, caption: &str, drawing: &str) {
        self.indented(Kind::Screen, &format!("┌ {caption}"));
        for line in drawing.trim_end().lines() {
            self.indented(Kind::Screen, format!("│ {line}").trim_end());
        }
        self.indented(Kind::Screen, "└");
    }

    /// The pipelines at the end, where there are any to show.
    pub fn pipelines(&mut self, pictures: &[String]) {
        if pictures.is_empty() {
            return;
        }
        self.push(Kind::Blank, "");
        self.push(Kind::Remark, "In the end");
        for line in pictures.iter().flat_map(|picture| picture.lines()) {
            let begin = line.len() - line.trim_start().len() + 2;
            let margin = " ".repeat(begin);
            let options = textwrap::Options::new(WIDTH - INDENT).subsequent_indent(&margin);
            for line in textwrap::wrap(line, options) {
                self.indented(Kind::Pipeline, &line);
            }
        }
    }

    /// Something is not as expected.
    pub fn unmet(&mut self, what: &str) {
        for (index, line) in what.lines().enumerate() {
            let mark = if index == 0 { "✘ " } else { "  " };
            self.indented(Kind::Unmet, &format!("{mark}{line}"));
        }
    }

    fn indented(&mut self, kind: Kind, text: &str) {
        let margin = " ".repeat(INDENT + self.depth * 2);
        self.push(kind, &format!("{margin}{text}"));
    }

    fn push(&mut self, kind: Kind, text: &str) {
        self.lines.push(Line { kind, text: text.to_owned() });
    }
}
