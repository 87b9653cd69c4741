//! Scenarios as a page: each as a timeline with the messages as they look in Slack, the calls, and what is not as expected.

use signoff::diagnostic::{Diagnostic, text};
use similar::{ChangeTag, TextDiff};

use super::mrkdwn::escape;
use super::{STYLE, message, modal, styled_page};
use crate::coverage::Coverage;
use crate::report::{Difference, Outcome, Row, Verdict, count};
use crate::scenario::run::Played;
use crate::scenario::transcript::{Entry, Shown, What};
use crate::world::Call;

/// What this page has beyond a page with one message.
const TIMELINE: &str = include_str!("timeline.css");

/// A page that is being written, one scenario after the other.
#[derive(Debug)]
pub struct Scenarios {
    how: String,
    sections: String,
    number: usize,
}

impl Scenarios {
    /// A page without scenarios yet. `how`: what they run through.
    pub fn new(how: &str) -> Self {
        Self { how: how.to_owned(), sections: String::new(), number: 0 }
    }

    /// Adds what came of a scenario.
    pub fn add(&mut self, outcome: &Outcome) {
        self.number += 1;
        let Row { path, title, verdict, findings } = &outcome.row;
        let open = if verdict.is_well() { "" } else { " open" };
        self.sections += &format!(
            "<details class=\"scenario {}\"{open}>\n<summary>{}<b>{}</b> <span>{}</span></summary>\n<a id=\"s{}\"></a>\n",
            verdict.as_str(),
            mark(*verdict),
            escape(if title.is_empty() { "a scenario that can't be read" } else { title }),
            escape(&path.display().to_string()),
            // A browser opens what is closed around the place that a link leads to, but not the place itself.
            self.number
        );
        match &outcome.played {
            Some(played) => self.sections += &timeline(played, &outcome.row),
            None => match &outcome.diagnostic {
                Some(diagnostic) => self.sections += &unread(diagnostic),
                None => findings.iter().for_each(|finding| {
                    self.sections += &unmet(&outcome.row.place(finding), &finding.what);
                }),
            },
        }
        if let Some(difference) = &outcome.difference {
            self.sections += &self::difference(difference);
        }
        self.sections += "</details>\n";
    }

    /// The whole page.
    pub fn finish(self, rows: &[Row], coverage: Option<&Coverage>) -> String {
        let (passed, failed) = count(rows);
        let verdict = if failed == 0 { "passed" } else { "failed" };
        let list: String = rows
            .iter()
            .enumerate()
            .map(|(index, row)| {
                let name = format!("{} <span>{}</span>", escape(&row.title), escape(&row.file()));
                format!("<li><a href=\"#s{}\">{}{}</a></li>\n", index + 1, mark(row.verdict), name.trim_start())
            })
            .collect();
        let body = format!(
            "<header class=\"top {verdict}\">\n<h1>signoff simulate</h1>\n<p><b>{passed} passed, {failed} failed</b> \
             <span>{}</span></p>\n</header>\n<nav><ol>\n{list}</ol></nav>\n{}<main>\n{}</main>\n",
            escape(&self.how),
            coverage.map(self::coverage).unwrap_or_default(),
            self.sections
        );
        styled_page("signoff simulate", &format!("{STYLE}{TIMELINE}"), &body)
    }
}

/// Which parts of the rules no scenario touches, rule by rule.
fn coverage(coverage: &Coverage) -> String {
    let untouched: String = coverage
        .untouched()
        .map(|part| format!("<li><b>{}</b> is never {}</li>\n", escape(&part.rule), escape(&part.what)))
        .collect();
    let list = if untouched.is_empty() { String::new() } else { format!("<ul>\n{untouched}</ul>\n") };
    format!("<section class=\"coverage\">\n<p>{}</p>\n{list}</section>\n", escape(&coverage.to_string()))
}

fn mark(verdict: Verdict) -> &'static str {
    if verdict.is_well() {
        "<i class=\"mark good\" title=\"passed\">✔\u{fe0e}</i> "
    } else {
        "<i class=\"mark bad\" title=\"failed\">✘\u{fe0e}</i> "
    }
}

/// Calls that follow one another are told in one line, to be opened.
fn timeline(played: &Played, row: &Row) -> String {
    // They are told in this order.
    let mut findings = row.findings.iter();
    let mut out = String::from("<div class=\"timeline\">\n");
    let mut calls: Vec<&Call> = Vec::new();
    for Entry { depth, what } in played.transcript.entries() {
        if let What::Call(call) = what {
            calls.push(call);
            continue;
        }
        out += &self::calls(&std::mem::take(&mut calls));
        let inner = if *depth > 0 { " inner" } else { "" };
        out += &match what {
            What::Head { explanation, begin, .. } => {
                let begin = begin.strftime("%A, %-d %B %Y, %H:%M:%S UTC");
                let why = format!("<p class=\"why\">{}</p>\n", escape(explanation));
                let why = if explanation.is_empty() { "" } else { &why };
                format!("{why}<p class=\"when\">{begin}</p>\n")
            }
            What::Step { at, caption } => {
                format!("<h3 class=\"step{inner}\"><time>{}</time>{}</h3>\n", at.strftime("%H:%M:%S"), escape(caption))
            }
            What::MeanwhileBegins => {
                "<p class=\"aside\">Before its first write to the table, in another instance of the Lambda:</p>\n"
                    .to_owned()
            }
            What::MeanwhileEnds { caption } => {
                format!("<p class=\"aside\">The first instance goes on, where {}:</p>\n", escape(caption))
            }
            What::Delivery { from, what } => {
                format!("<p class=\"delivery{inner}\">▸ {} {}</p>\n", escape(from), escape(what))
            }
            What::Answer(answer) => format!("<p class=\"answer{inner}\">⇒ {}</p>\n", escape(answer)),
            What::Screen { caption, shown, .. } => {
                let shown = match shown {
                    Shown::Message(text, blocks) => message(&played.workspace, text, blocks),
                    Shown::View(view) => modal(&played.workspace, view),
                };
                format!(
                    "<figure class=\"{}\"><figcaption>{}</figcaption>\n{shown}</figure>\n",
                    inner.trim(),
                    escape(caption)
                )
            }
            What::Pipelines(pictures) => {
                format!(
                    "<h3 class=\"step\">In the end</h3>\n<pre class=\"pipelines\">{}</pre>\n",
                    escape(&pictures.join("\n"))
                )
            }
            What::Unmet(what) => {
                let finding = findings.find(|finding| finding.what == *what);
                unmet(&finding.map(|finding| row.place(finding)).unwrap_or_default(), what)
            }
            What::Call(_) => String::new(),
        };
    }
    out + &self::calls(&calls) + "</div>\n"
}

fn calls(calls: &[&Call]) -> String {
    if calls.is_empty() {
        return String::new();
    }
    let refused = calls.iter().filter(|call| call.outcome.is_err()).count();
    let many = if calls.len() == 1 { "1 call".to_owned() } else { format!("{} calls", calls.len()) };
    let refused = if refused == 0 { String::new() } else { format!(", <b>{refused} refused</b>") };
    let rows: String = calls
        .iter()
        .map(|call| {
            let (class, outcome) = match &call.outcome {
                Ok(said) => ("", said),
                Err(said) => (" class=\"refused\"", said),
            };
            format!(
                "<tr{class}><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                call.service,
                escape(&call.operation),
                escape(&call.subject),
                escape(outcome)
            )
        })
        .collect();
    format!("<details class=\"calls\"><summary>{many}{refused}</summary>\n<table>\n{rows}</table>\n</details>\n")
}

/// What is not as expected, and where that stands.
fn unmet(place: &str, what: &str) -> String {
    let place =
        if place.is_empty() { String::new() } else { format!("<span class=\"place\">{}</span>\n", escape(place)) };
    format!("<pre class=\"unmet\">✘ {place}{}</pre>\n", escape(what))
}

/// Why a file can't be read, with its line.
fn unread(diagnostic: &Diagnostic) -> String {
    format!("<pre class=\"unmet excerpt\">{}</pre>\n", escape(text::render(diagnostic).trim_end()))
}

/// The lines that differ, with what is around them.
fn difference(difference: &Difference) -> String {
    let finding = difference.finding();
    let place = finding.at.map(|(line, _)| format!("{}:{line}", difference.kept.display())).unwrap_or_default();
    let mut out = unmet(&place, &difference.words());
    let Some(before) = &difference.before else { return out };
    out += "<pre class=\"diff\">";
    let diff = TextDiff::from_lines(before.as_str(), &difference.now);
    for (index, group) in diff.grouped_ops(3).iter().enumerate() {
        if index > 0 {
            out += "<span class=\"gap\">…</span>\n";
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (mark, tag) = match change.tag() {
                ChangeTag::Delete => ('-', "del"),
                ChangeTag::Insert => ('+', "ins"),
                ChangeTag::Equal => (' ', "span"),
            };
            out += &format!("<{tag}>{mark} {}</{tag}>\n", escape(change.value().trim_end_matches('\n')));
        }
    }
    out + "</pre>\n"
}
