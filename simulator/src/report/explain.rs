//! What `signoff explain` says, as text and as JSON.

mod json;
mod who;

use std::io::{Result, Write};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use serde_json::Value;
use signoff::command::words;
use signoff::event::Event;
use signoff::explain::{Candidates, Explanation, Judged, Post, Verdict};
use signoff::facts::Mention;
use signoff::rules::ApprovalRule;
use signoff::slack::interaction::{Deed, Interaction};

use crate::world::slack::Workspace;
use crate::world::slack::text::draw;

pub use json::{json, who_json};
pub use who::who_text;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();

/// How wide the text is.
const WIDTH: usize = 80;

/// One thing of a recording, explained.
#[derive(Debug)]
pub enum Explained<'a> {
    /// A message of CodePipeline.
    Event {
        /// The event.
        event: &'a Event,
        /// What is made of it.
        explanation: Box<Explanation<'a>>,
        /// Who could approve, and when.
        candidates: Option<(Timestamp, Candidates)>,
    },
    /// Something that a person did in Slack.
    Click(&'a Interaction),
    /// What is refused for good, and why.
    Refused(&'a str),
}

/// For people.
pub fn text(out: &mut impl Write, explained: &[Explained<'_>]) -> Result<()> {
    for (at, explained) in explained.iter().enumerate() {
        if at > 0 {
            writeln!(out, "\n{DIM}{}{DIM:#}\n", "─".repeat(WIDTH))?;
        }
        match explained {
            Explained::Event { event, explanation, candidates } => {
                self::event(out, event, explanation, candidates.as_ref())?;
            }
            Explained::Click(interaction) => click(out, interaction)?,
            Explained::Refused(why) => {
                writeln!(out, "{BAD}✘ refused for good{BAD:#}")?;
                wrapped(out, why, "  ", "  ")?;
            }
        }
    }
    Ok(())
}

fn event(
    out: &mut impl Write,
    event: &Event,
    explanation: &Explanation<'_>,
    candidates: Option<&(Timestamp, Candidates)>,
) -> Result<()> {
    let asks = if explanation.is_request { ": somebody is asked to approve" } else { "" };
    writeln!(out, "{BOLD}{}{BOLD:#}{asks}", event.kind)?;
    rows(out, &of_event(event))?;
    let (title, judged) = match explanation.is_request {
        true => ("Approval rules: the first that matches decides", &explanation.approvals),
        false => ("Notification rules: every one that matches posts", &explanation.notifications),
    };
    writeln!(out, "\n{BOLD}{title}{BOLD:#}")?;
    self::judged(out, judged)?;
    if let Some(rule) = explanation.decides {
        writeln!(out, "\n{BOLD}Decided by{BOLD:#} `{}`", rule.name)?;
        rows(out, &of_rule(rule))?;
    }
    if let Some((at, candidates)) = candidates {
        self::candidates(out, *at, candidates)?;
    }
    for post in &explanation.posts {
        self::post(out, post)?;
    }
    if explanation.posts.is_empty() {
        let why = match explanation.is_request {
            true => {
                "no rule covers it, and the rules have no `uncovered`: the invocation fails, so that it is delivered again"
            }
            false => "no rule tells it: nothing is posted",
        };
        let style = if explanation.is_request { BAD } else { DIM };
        write!(out, "\n{style}")?;
        wrapped(out, why, "", "")?;
        write!(out, "{style:#}")?;
    }
    Ok(())
}

/// What signoff knows of an event. The approval's token is not shown.
fn of_event(event: &Event) -> Vec<(&'static str, String)> {
    let commit = event.commit.as_ref();
    let trigger = event.trigger.as_ref();
    let of_commit =
        |part: fn(&signoff::event::Commit) -> &Option<String>| commit.and_then(|commit| part(commit).clone());
    let author = of_commit(|commit| &commit.author).map(|author| match of_commit(|commit| &commit.email) {
        Some(email) => format!("{author} <{email}>"),
        None => author,
    });
    let failures = event.failures.iter().map(|failure| {
        let parts = [failure.action.as_deref(), failure.reason.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
    });
    let started = trigger.and_then(|trigger| {
        let parts: Vec<&str> = [trigger.kind.as_deref(), trigger.detail.as_deref()].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    });
    let expires = event.request.as_ref().and_then(|request| request.expires);
    [
        ("pipeline", Some(event.pipeline.clone()).filter(|name| !name.is_empty())),
        ("subject", event.subject.clone()),
        ("stage", event.stage.clone()),
        ("action", event.action.clone()),
        ("region", Some(event.region.clone()).filter(|region| !region.is_empty())),
        ("account", event.account.clone()),
        ("execution", event.execution.clone()),
        ("attempt", event.attempt.filter(|attempt| *attempt > 1).map(|attempt| attempt.to_string())),
        ("time", event.at.map(time)),
        ("provider", event.provider.clone()),
        ("started by", started),
        ("commit", of_commit(|commit| &commit.id)),
        ("message", of_commit(|commit| &commit.message)),
        ("author", author),
        ("repository", of_commit(|commit| &commit.repository)),
        ("branch", of_commit(|commit| &commit.reference)),
        ("failed", Some(failures.collect::<Vec<_>>().join("; ")).filter(|failed| !failed.is_empty())),
        ("stopped", event.stop_comment.clone()),
        ("custom data", event.custom_data.clone()),
        ("review", event.external_link.clone()),
        ("expires", expires.map(time)),
    ]
    .into_iter()
    .filter_map(|(label, value)| Some((label, value?)))
    .collect()
}

/// What a rule asks for.
fn of_rule(rule: &ApprovalRule) -> Vec<(&'static str, String)> {
    let mut rows = vec![("asks for", rule.policy.words())];
    rows.extend(rule.policy.waiting_words().into_iter().map(|words| ("waiting", words)));
    if !rule.mention.is_empty() {
        rows.push(("mentions", ids(&rule.mention)));
    }
    rows
}

fn judged(out: &mut impl Write, judged: &[Judged<'_>]) -> Result<()> {
    if judged.is_empty() {
        return writeln!(out, "  {DIM}there are none{DIM:#}");
    }
    let width = judged.iter().map(|judged| judged.rule.chars().count()).max().unwrap_or_default().min(30);
    for Judged { rule, verdict } in judged {
        let (mark, style, why) = match verdict {
            Verdict::Matches => ("✔", GOOD, "matches"),
            Verdict::TooLate => ("·", DIM, "matches too, but a rule before it decides"),
            Verdict::Differs(why) => ("✘", DIM, why.as_str()),
            Verdict::Unclear(why) => ("!", WARN, why.as_str()),
        };
        let first = format!("  {style}{mark}{style:#} {rule:<width$}  ");
        let shown = 4 + width.max(rule.chars().count()) + 2;
        // Short names and reasons share a line.
        let (first, rest) = match shown <= 36 {
            true => (first, " ".repeat(shown)),
            false => {
                writeln!(out, "{}", first.trim_end())?;
                ("      ".to_owned(), "      ".to_owned())
            }
        };
        let lines = textwrap::wrap(why, folded(WIDTH - rest.chars().count()));
        for (at, line) in lines.iter().enumerate() {
            writeln!(out, "{}{style}{line}{style:#}", if at == 0 { &first } else { &rest })?;
        }
    }
    Ok(())
}

fn candidates(out: &mut impl Write, at: Timestamp, candidates: &Candidates) -> Result<()> {
    writeln!(out, "\n{BOLD}Who could approve{BOLD:#} at {}", time(at))?;
    let mut lines = Vec::new();
    if let Some(why) = &candidates.nobody {
        write!(out, "  {WARN}✘{WARN:#} ")?;
        wrapped(out, &format!("nobody: {why}"), "", "    ")?;
    } else {
        lines.extend(candidates.seats.iter().map(seat));
        lines.extend(candidates.but_not.iter().map(|words| ("but not", words.clone())));
    }
    if !candidates.override_by.is_empty() {
        lines.push(("override", ids(&candidates.override_by)));
    }
    rows(out, &lines)
}

fn post(out: &mut impl Write, post: &Post) -> Result<()> {
    let by = match &post.rule {
        Some(rule) => format!("by the rule `{rule}`"),
        None => "since no rule covers it".to_owned(),
    };
    writeln!(out, "\n{BOLD}Posted to {}{BOLD:#} {by}, template `{}`", post.channel, post.template)?;
    match &post.message {
        Ok(message) => {
            writeln!(out, "  {DIM}┌{DIM:#}")?;
            for line in draw(&Workspace::nameless(), &message.text, &message.blocks).lines() {
                writeln!(out, "{}", format!("  {DIM}│{DIM:#} {line}").trim_end())?;
            }
            writeln!(out, "  {DIM}└{DIM:#}")
        }
        Err(error) => {
            wrapped(out, &format!("✘ the template fails, and the built-in one stands in: {error}"), "  ", "    ")
        }
    }
}

fn click(out: &mut impl Write, interaction: &Interaction) -> Result<()> {
    let (title, rest) = match &interaction.deed {
        Deed::Press { wish, approval, message, .. } => {
            let at = format!("{} in {}", message.ts, message.channel);
            (
                format!("A click on the button that is to {}", wish.as_str()),
                vec![("approval", approval.clone()), ("message", at)],
            )
        }
        Deed::Submit { about, comment } => (
            format!("A comment to {}, sent from the modal", about.wish.as_str()),
            vec![("approval", about.approval.clone()), ("comment", comment.clone())],
        ),
        Deed::Order { order, message, .. } => {
            let at = format!("{} in {}", message.ts, message.channel);
            let title = format!("A click on the button that is to {}", words::what(order.verb, &order.target));
            (title, vec![("message", at)])
        }
        Deed::Confirm { about, reason } => {
            let title = format!("A confirmation to {}", words::what(about.order.verb, &about.order.target));
            (title, reason.iter().map(|reason| ("reason", reason.clone())).collect())
        }
        Deed::Other => ("Something in Slack that signoff has no part in".to_owned(), Vec::new()),
    };
    writeln!(out, "{BOLD}{title}{BOLD:#}")?;
    let mut lines = vec![("user", interaction.user.id.clone())];
    lines.extend(interaction.team.clone().map(|team| ("workspace", team)));
    lines.extend(rest);
    rows(out, &lines)?;
    writeln!(out)?;
    let note = "What it leads to depends on what signoff remembers of the approval, which no recording holds, and on Slack's \
                signature, which is checked when it comes in. `signoff simulate` plays clicks.";
    wrapped(out, note, "", "")
}

/// Labels and values, in two columns.
fn rows(out: &mut impl Write, rows: &[(&str, String)]) -> Result<()> {
    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or_default().clamp(10, 34);
    for (label, value) in rows {
        let rest = " ".repeat(width + 4);
        let value: String = value.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if label.chars().count() > width {
            writeln!(out, "  {DIM}{label}{DIM:#}")?;
            wrapped(out, &value, &rest, &rest)?;
        } else {
            write!(out, "  {DIM}{label:<width$}{DIM:#}  ")?;
            let lines = textwrap::wrap(&value, folded(WIDTH - width - 4));
            writeln!(out, "{}", lines.join(&format!("\n{rest}")))?;
        }
    }
    Ok(())
}

fn wrapped(out: &mut impl Write, text: &str, first: &str, rest: &str) -> Result<()> {
    let options = folded(WIDTH).initial_indent(first).subsequent_indent(rest);
    writeln!(out, "{}", textwrap::fill(text, options))
}

/// A seat and who may fill it; where that is one person, the seat has no other name than theirs.
fn seat((seat, people): &(String, Vec<Mention>)) -> (&str, String) {
    let ids = ids(people);
    (if *seat == ids { "approver" } else { seat }, ids)
}

/// The people and user groups, by their ids.
fn ids(people: &[Mention]) -> String {
    let id = |mention: &Mention| match mention {
        Mention::User { id } => id.clone(),
        Mention::UserGroup { id } => format!("whoever is in {id}"),
    };
    people.iter().map(id).collect::<Vec<_>>().join(", ")
}

fn time(at: Timestamp) -> String {
    at.strftime("%a %Y-%m-%d %H:%M UTC").to_string()
}

/// A value that is left out where there is none.
fn some(value: Option<String>) -> Value {
    value.map_or(Value::Null, Value::String)
}

/// Lines so wide, broken between words only: dates and ids have hyphens in them.
fn folded(width: usize) -> textwrap::Options<'static> {
    textwrap::Options::new(width).word_splitter(textwrap::WordSplitter::NoHyphenation)
}
