//! Decisions and commands, for auditors: as text, as JSON and as CSV.

mod csv;

use std::io::{Result, Write};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use serde_json::Value;
use signoff::approval::audit::{AuditRecord, AuditResult, DecidedIn};
use signoff::command::record::{CommandRecord, CommandState};
use signoff::rules::command::Verb;

pub use csv::csv;

use crate::evidence::Evidence;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();

/// How wide the text is.
const WIDTH: usize = 80;
/// How wide the names of the fields are.
const LABEL: usize = 14;

/// For people.
pub fn text(out: &mut impl Write, found: &[Evidence]) -> Result<()> {
    for evidence in found {
        one(out, evidence)?;
        writeln!(out)?;
    }
    let results = ["approved", "rejected", "expired", "closed"].map(|name| {
        let is = |one: &&Evidence| matches!(one, Evidence::Decision(record) if record.result.as_str() == name);
        (name, found.iter().filter(is).count())
    });
    let states = ["done", "refused", "unknown", "on its way"].map(|name| {
        let is = |one: &&Evidence| matches!(one, Evidence::Command { record, .. } if record.state.as_str() == name);
        (name, found.iter().filter(is).count())
    });
    let counted = [counted("decision", &results), counted("command", &states)];
    let counted: Vec<String> = counted.into_iter().flatten().collect();
    if counted.is_empty() {
        return writeln!(out, "no decisions and no commands");
    }
    writeln!(out, "{}", counted.join("\n"))
}

fn counted(what: &str, counts: &[(&str, usize)]) -> Option<String> {
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let some = counts.iter().filter(|(_, count)| *count > 0);
    let parts: Vec<String> = some.map(|(name, count)| format!("{count} {name}")).collect();
    let plural = if all == 1 { "" } else { "s" };
    (all > 0).then(|| format!("{all} {what}{plural}: {}", parts.join(", ")))
}

/// One of them, without colours.
pub fn printed(evidence: &Evidence) -> String {
    let mut bytes = Vec::new();
    // Memory takes whatever is written to it.
    let _written = one(&mut anstream::StripStream::new(&mut bytes), evidence);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn one(out: &mut impl Write, evidence: &Evidence) -> Result<()> {
    match evidence {
        Evidence::Decision(record) => decision(out, record),
        Evidence::Command { id, record } => command(out, id, record),
    }
}

fn field(out: &mut impl Write, label: &str, value: Option<String>) -> Result<()> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(()) };
    for (index, line) in textwrap::wrap(&plain(&value), WIDTH - LABEL - 2).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        writeln!(out, "  {DIM}{label:<LABEL$}{DIM:#}{line}")?;
    }
    Ok(())
}

fn decision(out: &mut impl Write, record: &AuditRecord) -> Result<()> {
    let (mark, style) = match record.result {
        AuditResult::Approved => ('✔', GOOD),
        AuditResult::Rejected => ('✘', BAD),
        AuditResult::Expired | AuditResult::Closed => ('○', WARN),
    };
    let result = record.result.as_str();
    let how = if record.is_override { " by override" } else { "" };
    writeln!(out, "{style}{mark} {result}{how}{style:#}  {BOLD}{}{BOLD:#}", plain(&place(record)))?;
    let mut field = |label: &str, value: Option<String>| field(out, label, value);
    field("when", Some(time(record.at)))?;
    field("by", who(record))?;
    field("said", record.comment.as_ref().map(|comment| format!("“{comment}”")))?;
    // Whoever decided alone is told already.
    if record.votes.len() > 1 || record.votes.iter().any(|vote| Some(&vote.by) != record.by.as_ref()) {
        for (index, vote) in record.votes.iter().enumerate() {
            let said = vote.comment.as_ref().map(|comment| format!(", “{comment}”")).unwrap_or_default();
            let vote = format!("{} ({}), {}{said}", vote.name, vote.by, time(vote.at));
            field(if index == 0 { "approvals" } else { "" }, Some(vote))?;
        }
    }
    field("rule", record.rule.clone())?;
    field("rules", record.rules_digest.as_deref().map(|digest| rules(digest, record.rules_revision.as_deref())))?;
    field("where", Some(whereabouts(&record.region, record.account.as_deref())))?;
    field("execution", record.execution.clone())?;
    field("asked", record.requested_at.map(time))?;
    field("token digest", record.token_digest.clone())?;
    field("CodePipeline", Some(record.codepipeline.clone()))?;
    field("message", record.message.as_ref().map(|at| format!("{} in {}", at.ts, at.channel)))?;
    field("approval", Some(record.approval.clone()))
}

fn who(record: &AuditRecord) -> Option<String> {
    let name = record.name.as_deref().unwrap_or_default();
    let person = match (&record.by, &record.arn) {
        (Some(id), _) => format!("{name} ({id})"),
        (None, Some(arn)) => format!("{name} ({arn})"),
        (None, None) => name.to_owned(),
    };
    let place = match record.decided {
        DecidedIn::Slack => "in Slack",
        DecidedIn::Elsewhere => "outside of Slack",
    };
    Some(if person.is_empty() { format!("nobody that is known, {place}") } else { format!("{person}, {place}") })
}

fn place(record: &AuditRecord) -> String {
    joined([Some(&record.pipeline), record.stage.as_ref(), record.action.as_ref()])
}

fn joined<const N: usize>(parts: [Option<&String>; N]) -> String {
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" / ")
}

fn whereabouts(region: &str, account: Option<&str>) -> String {
    account.map_or_else(|| region.to_owned(), |account| format!("{region}, account {account}"))
}

fn rules(digest: &str, revision: Option<&str>) -> String {
    let revision = revision.map(|revision| format!(", revision {revision}")).unwrap_or_default();
    format!("digest {digest}{revision}")
}

fn command(out: &mut impl Write, id: &str, record: &CommandRecord) -> Result<()> {
    let (order, target) = (&record.order, &record.order.target);
    let (mark, style, how) = match record.state {
        CommandState::Done { .. } => ('✔', GOOD, ""),
        CommandState::Refused { .. } => ('✘', BAD, ", refused by CodePipeline"),
        CommandState::Unknown { .. } => ('○', WARN, ", not known whether it was done"),
        CommandState::Claimed { .. } => ('○', WARN, ", on its way to CodePipeline"),
    };
    let place = plain(&joined([Some(&target.pipeline), target.stage.as_ref()]));
    writeln!(out, "{style}{mark} {}{how}{style:#}  {BOLD}{place}{BOLD:#}", order.verb)?;
    let mut field = |label: &str, value: Option<String>| field(out, label, value);
    field("when", Some(time(record.at)))?;
    field("by", Some(format!("{} ({}), in Slack", record.name, record.by)))?;
    field("said", order.reason.as_ref().map(|reason| format!("“{reason}”")))?;
    field("with", Some(details(record)))?;
    field("rule", Some(record.rule.clone()))?;
    field("rules", Some(rules(&record.rules_digest, record.rules_revision.as_deref())))?;
    field("where", Some(whereabouts(&target.region, target.account.as_deref())))?;
    let is_rollback = order.verb == Verb::Rollback;
    field("back to", order.execution.clone().filter(|_| is_rollback))?;
    field("execution", made(record).or_else(|| order.execution.clone().filter(|_| !is_rollback)))?;
    field("CodePipeline", said(record))?;
    field("channel", Some(record.channel.clone()))?;
    field("command", Some(id.to_owned()))
}

/// The execution that CodePipeline named.
fn made(record: &CommandRecord) -> Option<String> {
    match &record.state {
        CommandState::Done { execution } => execution.clone(),
        _ => None,
    }
}

/// What CodePipeline said.
fn said(record: &CommandRecord) -> Option<String> {
    match &record.state {
        CommandState::Done { .. } => Some("did it".to_owned()),
        CommandState::Refused { said } | CommandState::Unknown { said } => Some(said.clone()),
        CommandState::Claimed { .. } => None,
    }
}

/// What it was given.
fn details(record: &CommandRecord) -> String {
    let order = &record.order;
    let variables = order.variables.iter().map(|variable| format!("{}={}", variable.name, variable.value));
    let revisions = order.revisions.iter().map(|revision| {
        let action = revision.action.as_ref().map(|action| format!(" of {action}")).unwrap_or_default();
        format!("revision {}{action}", revision.id)
    });
    let abandon = order.abandon.then(|| "what is in progress abandoned".to_owned());
    variables.chain(revisions).chain(abandon).collect::<Vec<_>>().join("; ")
}

fn time(at: Timestamp) -> String {
    at.strftime("%-d %b %Y %H:%M:%S UTC").to_string()
}

/// Without what could move a terminal's cursor or colour what follows.
fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(hidden, "�")
}

/// For programs: what is kept, as it is kept.
pub fn json(out: &mut impl Write, found: &[Evidence]) -> Result<()> {
    writeln!(out, "{:#}", Value::Array(found.iter().map(Evidence::json).collect()))
}
