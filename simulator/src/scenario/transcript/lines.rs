//! A transcript as lines of text.

use jiff::Timestamp;

use super::{Transcript, What};
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

impl Transcript {
    /// The whole as lines.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = Lines::default();
        for entry in self.entries() {
            lines.depth = entry.depth;
            lines.entry(&entry.what);
        }
        lines.lines
    }

    /// What happened as text, to be kept and compared: without what was not as expected, which is told on its own.
    pub fn text(&self) -> String {
        let happened = self.lines().into_iter().filter(|line| line.kind != Kind::Unmet);
        happened.map(|line| line.text.trim_end().to_owned() + "\n").collect()
    }
}

#[derive(Default)]
struct Lines {
    lines: Vec<Line>,
    depth: usize,
}

impl Lines {
    fn entry(&mut self, what: &What) {
        match what {
            What::Head { title, explanation, begin } => self.head(title, explanation, *begin),
            What::Step { at, caption } => {
                self.push(Kind::Blank, "");
                let margin = " ".repeat(self.depth * 2);
                self.push(Kind::Step, &format!("{margin}{}  {caption}", at.strftime("%H:%M:%S")));
            }
            What::MeanwhileBegins => {
                let within = "… and before its first write to the table, in another instance of the Lambda:";
                self.indented(Kind::Remark, within);
            }
            What::MeanwhileEnds { caption } => {
                self.push(Kind::Blank, "");
                self.indented(Kind::Remark, &format!("… and the first instance goes on, where {caption}:"));
            }
            What::Delivery { from, what } => self.indented(Kind::Remark, &format!("▸ {from} {what}")),
            What::Call(call) => self.call(call),
            What::Answer(answer) => self.answer(answer),
            What::Screen { caption, drawing, .. } => {
                self.indented(Kind::Screen, &format!("┌ {caption}"));
                for line in drawing.trim_end().lines() {
                    self.indented(Kind::Screen, format!("│ {line}").trim_end());
                }
                self.indented(Kind::Screen, "└");
            }
            What::Pipelines(pictures) => self.pipelines(pictures),
            What::Unmet(what) => {
                for (index, line) in what.lines().enumerate() {
                    let mark = if index == 0 { "✘ " } else { "  " };
                    self.indented(Kind::Unmet, &format!("{mark}{line}"));
                }
            }
        }
    }

    fn head(&mut self, title: &str, explanation: &str, begin: Timestamp) {
        let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        self.push(Kind::Title, &format!("── {title} {rule}"));
        if !explanation.is_empty() {
            for line in textwrap::wrap(explanation, WIDTH - 2) {
                self.push(Kind::Remark, &format!("  {line}"));
            }
            self.push(Kind::Blank, "");
        }
        self.push(Kind::Remark, &begin.strftime("It is %A, %-d %B %Y, %H:%M:%S UTC.").to_string());
    }

    fn call(&mut self, call: &Call) {
        let service = match call.service {
            Service::CodePipeline => "CodePipeline",
            Service::Slack => "Slack",
            Service::DynamoDb => "DynamoDB",
            Service::Ssm => "SSM",
            Service::SecretsManager => "Secrets Mgr",
            Service::Sts => "STS",
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

    fn answer(&mut self, what: &str) {
        for (index, line) in textwrap::wrap(what, WIDTH - INDENT - 2 - self.depth * 2).iter().enumerate() {
            let mark = if index == 0 { "⇒ " } else { "  " };
            self.indented(Kind::Answer, &format!("{mark}{line}"));
        }
    }

    fn pipelines(&mut self, pictures: &[String]) {
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

    fn indented(&mut self, kind: Kind, text: &str) {
        let margin = " ".repeat(INDENT + self.depth * 2);
        self.push(kind, &format!("{margin}{text}"));
    }

    fn push(&mut self, kind: Kind, text: &str) {
        self.lines.push(Line { kind, text: text.to_owned() });
    }
}
