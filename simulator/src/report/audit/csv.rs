//! Evidence for spreadsheets.

use std::io::{Result, Write};

use serde_json::{Value, json};
use signoff::approval::audit::AuditRecord;
use signoff::approval::record::CastVote;
use signoff::command::record::CommandRecord;

use super::{details, made, said};
use crate::evidence::Evidence;

/// The columns.
const COLUMNS: [&str; 28] = [
    "kind",
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
    "command",
    "verb",
    "details",
];

/// For spreadsheets.
pub fn csv(out: &mut impl Write, found: &[Evidence]) -> Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    for evidence in found {
        let row = match evidence {
            Evidence::Decision(record) => decision(record),
            Evidence::Command { id, record } => command(id, record),
        };
        table.write_record(COLUMNS.iter().map(|column| cell(&row[column])))?;
    }
    table.flush()
}

fn decision(record: &AuditRecord) -> Value {
    let mut row = json!(record);
    row["kind"] = "decision".into();
    let message = record.message.as_ref();
    row["votes"] = record.votes.iter().map(vote).collect::<Vec<_>>().join("; ").into();
    row["message_channel"] = json!(message.map(|message| &message.channel));
    row["message_ts"] = json!(message.map(|message| &message.ts));
    row
}

fn command(id: &str, record: &CommandRecord) -> Value {
    let (order, target) = (&record.order, &record.order.target);
    json!({
        "kind": "command",
        "verb": order.verb.to_string(),
        "at": record.at,
        "result": record.state.as_str(),
        "decided": "slack",
        "by": record.by,
        "name": record.name,
        "comment": order.reason,
        "rule": record.rule,
        "rules_digest": record.rules_digest,
        "rules_revision": record.rules_revision,
        "account": target.account,
        "region": target.region,
        "pipeline": target.pipeline,
        "stage": target.stage,
        "execution": made(record).or_else(|| order.execution.clone()),
        "codepipeline": said(record),
        "message_channel": record.channel,
        "command": id,
        "details": details(record),
    })
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
