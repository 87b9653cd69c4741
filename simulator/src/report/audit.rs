//! Decisions, for auditors: as text, as JSON and as CSV.

use std::io::{Result, Write};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::approval::audit::{AuditRecord, AuditResult, DecidedIn};
use signoff::approval::record::CastVote;

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
pub fn text(out: &mut impl Write, records: &[AuditRecord]) -> Result<()> {
    for record in records {
        one(out, record)?;
        writeln!(out)?;
    }
    let count = |result| records.iter().filter(|record| record.result == result).count();
    let results = [AuditResult::Approved, AuditResult::Rejected, AuditResult::Expired, AuditResult::Closed];
    let counts: Vec<String> = results
        .into_iter()
        .map(|result| (count(result), result.as_str()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
    match records.len() {
        0 => writeln!(out, "no decisions"),
        1 => writeln!(out, "1 decision: {}", counts.join(", ")),
        many => writeln!(out, "{many} decisions: {}", counts.join(", ")),
    }
}

/// One decision, without colours.
pub fn printed(record: &AuditRecord) -> String {
    let mut bytes = Vec::new();
    // Memory takes whatever is written to it.
    let _written = one(&mut anstream::StripStream::new(&mut bytes), record);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn one(out: &mut impl Write, record: &AuditRecord) -> Result<()> {
    let (mark, style) = match record.result {
        AuditResult::Approved => ('✔', GOOD),
        AuditResult::Rejected => ('✘', BAD),
        AuditResult::Expired | AuditResult::Closed => ('○', WARN),
    };
    let result = record.result.as_str();
    let how = if record.is_override { " by override" } else { "" };
    writeln!(out, "{style}{mark} {result}{how}{style:#}  {BOLD}{}{BOLD:#}", plain(&place(record)))?;
    let mut field = |label: &str, value: Option<String>| -> Result<()> {
        let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(()) };
        for (index, line) in textwrap::wrap(&plain(&value), WIDTH - LABEL - 2).iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            writeln!(out, "  {DIM}{label:<LABEL$}{DIM:#}{line}")?;
        }
        Ok(())
    };
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
    let revision = record.rules_revision.as_ref().map(|revision| format!(", revision {revision}")).unwrap_or_default();
    field("rules", record.rules_digest.as_ref().map(|digest| format!("digest {digest}{revision}")))?;
    let account = record.account.as_deref().map(|account| format!(", account {account}")).unwrap_or_default();
    field("where", Some(format!("{}{account}", record.region)))?;
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
    let parts = [Some(&record.pipeline), record.stage.as_ref(), record.action.as_ref()];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" / ")
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

/// For programs: the records as they are kept.
pub fn json(out: &mut impl Write, records: &[AuditRecord]) -> Result<()> {
    writeln!(out, "{:#}", json!(records))
}

/// The columns.
const COLUMNS: [&str; 24] = [
    "at",
    "result",
    "decided",
    "by",
    "name",
    "arn",
    "comment",
    "is_override",
    "votes",
    "rule",
    "rules_digest",
    "rules_revision",
    "account",
    "region",
    "pipeline",
    "stage",
    "action",
    "execution",
    "requested_at",
    "token_digest",
    "codepipeline",
    "message_channel",
    "message_ts",
    "approval",
];

/// For spreadsheets.
pub fn csv(out: &mut impl Write, records: &[AuditRecord]) -> Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for record in records {
        let row = row(record);
        table.write_record(COLUMNS.iter().map(|column| cell(&row[column])))?;
    }
    table.flush()
}

fn row(record: &AuditRecord) -> Value {
    let mut row = json!(record);
    let message = record.message.as_ref();
    row["votes"] = record.votes.iter().map(vote).collect::<Vec<_>>().join("; ").into();
    row["message_channel"] = json!(message.map(|message| &message.channel));
    row["message_ts"] = json!(message.map(|message| &message.ts));
    row
}

fn vote(vote: &CastVote) -> String {
    let said = vote.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
    format!("{} ({}) {}{said}", vote.name, vote.by, vote.at)
}

/// A spreadsheet takes what begins like a formula for one, wherever it comes from; an apostrophe before it makes it a text:
/// <https://owasp.org/www-community/attacks/CSV_Injection>.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let begins_like_a_formula = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let is_formula = text.trim_start().starts_with(begins_like_a_formula) || text.starts_with(['\t', '\r', '\n']);
    let text = text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "�");
    if is_formula {
        return format!("'{text}");
    }
    text
}
