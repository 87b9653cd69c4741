//! `signoff audit`: who decided what, when and by which rule.

mod export;
mod table;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use signoff::approval::audit::{AuditRecord, PREFIX};
use signoff::approval::record::Record;
use signoff::rules::Pattern;

use super::{End, closed};
use crate::report::{audit, text};

/// Print the decisions that signoff has kept: who, when, by which rule, and what CodePipeline said
///
/// From the table itself, with the AWS SDK's environment (AWS_REGION, credentials); or, with no network, from an export of it:
/// DynamoDB's export to S3, unpacked, or what `aws dynamodb scan` printed. The oldest decision comes first.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  signoff audit --table signoff --since 2026-03-01 --pipeline 'payments-*'\n  \
    signoff audit --export signoff.json --person U0JANE --format csv > decisions.csv")]
#[command(group(ArgGroup::new("source").required(true).args(["table", "export"])))]
pub struct Audit {
    /// The DynamoDB table
    #[arg(long, value_name = "NAME")]
    table: Option<String>,

    /// Files of an export; `-` for standard input
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "table")]
    export: Vec<PathBuf>,

    /// Only pipelines whose names match, such as payments-*
    #[arg(long, value_name = "PATTERN", value_parser = Pattern::parse)]
    pipeline: Option<Pattern>,

    /// Only what a person decided or approved: a Slack id, or a part of a name
    #[arg(long, value_name = "NAME-OR-ID")]
    person: Option<String>,

    /// Only from then on, such as 2026-03-02 (its first moment, UTC) or 2026-03-02T10:00Z
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Timestamp>,

    /// Only until then, such as 2026-03-02 (its last moment, UTC) or 2026-03-02T10:00Z
    #[arg(long, value_name = "TIME", value_parser = until)]
    until: Option<Timestamp>,

    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// An item of the table, as DynamoDB's JSON has it.
type Item = Map<String, Value>;

impl Audit {
    pub(super) async fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let items = match &self.table {
            Some(table) => table::scan(table).await?,
            None => export::read(&self.export)?,
        };
        let (records, unreadable) = evidence(&items);
        let mut records: Vec<AuditRecord> = records.into_iter().filter(|record| self.wants(record)).collect();
        records.sort_by(|a, b| (a.at, &a.approval).cmp(&(b.at, &b.approval)));
        let printed = match self.format {
            Format::Text => audit::text(out, &records),
            Format::Json => audit::json(out, &records),
            Format::Csv => audit::csv(out, &records),
        };
        printed.map_err(closed)?;
        for problem in &unreadable {
            writeln!(anstream::stderr(), "{}", text::error(problem)).map_err(closed)?;
        }
        Ok(if unreadable.is_empty() { End::Well } else { End::Stopped })
    }

    fn wants(&self, record: &AuditRecord) -> bool {
        let named = |person: &str| {
            let part = person.to_lowercase();
            let is = |id: &Option<String>, name: &Option<String>| {
                id.as_deref() == Some(person) || name.as_ref().is_some_and(|name| name.to_lowercase().contains(&part))
            };
            let voted =
                |vote: &signoff::approval::record::CastVote| is(&Some(vote.by.clone()), &Some(vote.name.clone()));
            is(&record.by, &record.name) || record.arn.as_deref() == Some(person) || record.votes.iter().any(voted)
        };
        self.pipeline.as_ref().is_none_or(|pattern| pattern.is_match(&record.pipeline))
            && self.person.as_deref().is_none_or(named)
            && self.since.is_none_or(|since| record.at >= since)
            && self.until.is_none_or(|until| record.at <= until)
    }
}

/// The decisions among the items, each once, and what can't be read of them.
fn evidence(items: &[Item]) -> (Vec<AuditRecord>, Vec<String>) {
    let mut newest: BTreeMap<&str, (u64, &Item)> = BTreeMap::new();
    for item in items {
        let Some(key) = item.get("pk").and_then(|key| key["S"].as_str()).filter(|key| key.starts_with(PREFIX)) else {
            continue;
        };
        let version = item.get("version").and_then(|version| version["N"].as_str()?.parse().ok()).unwrap_or(0);
        match newest.get(key) {
            Some((known, _)) if *known >= version => {}
            _ => drop(newest.insert(key, (version, item))),
        }
    }
    let mut records = Vec::new();
    let mut unreadable = Vec::new();
    for (key, (_, item)) in newest {
        let body = item.get("body").and_then(|body| body["S"].as_str()).unwrap_or_default();
        match serde_json::from_str(body) {
            Ok(Record::Audit(record)) => records.push(*record),
            Ok(_) => unreadable.push(format!("the item `{key}` is no decision: its `body` is another kind of record")),
            Err(error) => unreadable.push(format!(
                "the item `{key}` can't be read: its `body` is not what this version of signoff writes ({error})"
            )),
        }
    }
    (records, unreadable)
}

fn time(text: &str, of_day: fn(Timestamp) -> Timestamp) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let day = text.parse::<Date>().ok().filter(|_| !text.contains(['T', ' ']));
    let first = day.and_then(|day| format!("{day}T00:00:00Z").parse().ok());
    let help = "write a date, such as 2026-03-02, or a time with its offset, such as 2026-03-02T10:00Z";
    first.map(of_day).ok_or_else(|| help.to_owned())
}

fn since(text: &str) -> Result<Timestamp, String> {
    time(text, |first| first)
}

fn until(text: &str) -> Result<Timestamp, String> {
    time(text, |first| {
        let next = first.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        next.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(next)
    })
}
