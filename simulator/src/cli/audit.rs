//! `signoff audit`: who decided and did what, when and by which rule.

mod export;
mod table;

use std::io::Write;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use signoff::rules::Pattern;

use super::{End, closed};
use crate::evidence::{self, Wanted};
use crate::report::{audit, text};

/// Print the decisions and commands that signoff has kept: who, when, by which rule, and what CodePipeline said
///
/// From the table itself, with the AWS SDK's environment (AWS_REGION, credentials); or, with no network, from an export of it:
/// DynamoDB's export to S3, unpacked, or what `aws dynamodb scan` printed. The oldest comes first.
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

    /// Only what a person decided, approved or did: a Slack id, an ARN, or a part of a name
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

impl Audit {
    pub(super) async fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let items = match &self.table {
            Some(table) => table::scan(table).await?,
            None => export::read(&self.export)?,
        };
        let (mut found, unreadable) = evidence::read(&items);
        let wanted = Wanted {
            pipeline: self.pipeline.clone(),
            person: self.person.clone(),
            since: self.since,
            until: self.until,
        };
        found.retain(|evidence| evidence.is_wanted(&wanted));
        let printed = match self.format {
            Format::Text => audit::text(out, &found),
            Format::Json => audit::json(out, &found),
            Format::Csv => audit::csv(out, &found),
        };
        printed.map_err(closed)?;
        for problem in &unreadable {
            writeln!(anstream::stderr(), "{}", text::error(problem)).map_err(closed)?;
        }
        Ok(if unreadable.is_empty() { End::Well } else { End::Stopped })
    }
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
