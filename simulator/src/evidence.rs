//! What signoff keeps as evidence: decisions, and commands that changed a pipeline. Read from items as DynamoDB's JSON has them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use signoff::approval::audit::{self, AuditRecord};
use signoff::approval::record::Record;
use signoff::command::record::{self as command, CommandRecord};
use signoff::rules::Pattern;

/// An item of the table, as DynamoDB's JSON has it.
pub type Item = Map<String, Value>;

/// What the keys of evidence begin with.
pub const PREFIXES: [&str; 2] = [audit::PREFIX, command::PREFIX];

/// Something that is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// How an approval ended.
    Decision(AuditRecord),
    /// A command that was carried out.
    Command {
        /// The last part of the item's key.
        id: String,
        /// What is kept of it.
        record: CommandRecord,
    },
}

/// Which evidence is wanted; what is `None` may be anything.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of pipelines whose names match.
    pub pipeline: Option<Pattern>,
    /// Of a person: a Slack id, an ARN, or a part of a name.
    pub person: Option<String>,
    /// From then on.
    pub since: Option<Timestamp>,
    /// Until then.
    pub until: Option<Timestamp>,
}

impl Evidence {
    /// When it was.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Decision(record) => record.at,
            Self::Command { record, .. } => record.at,
        }
    }

    /// The approval's id, or the command's.
    pub fn id(&self) -> &str {
        match self {
            Self::Decision(record) => &record.approval,
            Self::Command { id, .. } => id,
        }
    }

    /// The pipeline's name.
    pub fn pipeline(&self) -> &str {
        match self {
            Self::Decision(record) => &record.pipeline,
            Self::Command { record, .. } => &record.order.target.pipeline,
        }
    }

    /// As it is kept, with the command's id.
    pub fn json(&self) -> Value {
        match self {
            Self::Decision(record) => json!(Record::Audit(Box::new(record.clone()))),
            Self::Command { id, record } => {
                let mut kept = json!(Record::Command(Box::new(record.clone())));
                kept["command"] = json!(id);
                kept
            }
        }
    }

    /// Whether this is evidence that is wanted.
    pub fn is_wanted(&self, wanted: &Wanted) -> bool {
        wanted.pipeline.as_ref().is_none_or(|pattern| pattern.is_match(self.pipeline()))
            && wanted.person.as_deref().is_none_or(|person| self.is_of(person))
            && wanted.since.is_none_or(|since| self.at() >= since)
            && wanted.until.is_none_or(|until| self.at() <= until)
    }

    fn is_of(&self, person: &str) -> bool {
        let part = person.to_lowercase();
        let is = |id: &str, name: &str| id == person || name.to_lowercase().contains(&part);
        match self {
            Self::Decision(record) => {
                record.by.as_deref() == Some(person)
                    || record.name.as_ref().is_some_and(|name| name.to_lowercase().contains(&part))
                    || record.arn.as_deref() == Some(person)
                    || record.votes.iter().any(|vote| is(&vote.by, &vote.name))
            }
            Self::Command { record, .. } => is(&record.by, &record.name),
        }
    }
}

/// The evidence among the items, each once, the oldest first; and what can't be read of it.
pub fn read<'a>(items: impl IntoIterator<Item = &'a Item>) -> (Vec<Evidence>, Vec<String>) {
    let mut newest: BTreeMap<&str, (u64, &Item)> = BTreeMap::new();
    for item in items {
        let key = item.get("pk").and_then(|key| key["S"].as_str());
        let Some(key) = key.filter(|key| PREFIXES.iter().any(|prefix| key.starts_with(prefix))) else { continue };
        let version = item.get("version").and_then(|version| version["N"].as_str()?.parse().ok()).unwrap_or(0);
        match newest.get(key) {
            Some((known, _)) if *known >= version => {}
            _ => drop(newest.insert(key, (version, item))),
        }
    }
    let mut found = Vec::new();
    let mut unreadable = Vec::new();
    for (key, (_, item)) in newest {
        let body = item.get("body").and_then(|body| body["S"].as_str()).unwrap_or_default();
        match (serde_json::from_str(body), key.strip_prefix(command::PREFIX)) {
            (Ok(Record::Audit(record)), None) => found.push(Evidence::Decision(*record)),
            (Ok(Record::Command(record)), Some(id)) => {
                found.push(Evidence::Command { id: id.to_owned(), record: *record });
            }
            (Ok(_), command) => {
                let what = if command.is_some() { "command" } else { "decision" };
                unreadable.push(format!("the item `{key}` is no {what}: its `body` is another kind of record"));
            }
            (Err(error), _) => unreadable.push(format!(
                "the item `{key}` can't be read: its `body` is not what this version of signoff writes ({error})"
            )),
        }
    }
    found.sort_by(|one, other| (one.at(), one.id()).cmp(&(other.at(), other.id())));
    (found, unreadable)
}
