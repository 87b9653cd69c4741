//! Recordings among the lines of a log, in whatever form CloudWatch Logs gave them away.

use jiff::Timestamp;
use serde_json::Value;

/// What signoff's log calls a recording.
const TARGET: &str = "signoff::recording";

/// A payload that was logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// When it came.
    pub at: Timestamp,
    /// The payload, scrubbed.
    pub payload: Value,
}

/// The recordings of a log, the oldest first, each once. It may be
///
/// - lines, with or without something before and after them: an export to S3, `aws logs tail`, what the console copies, `--output text`;
/// - a table with a column `message` or `@message`, as CSV: what the console saves;
/// - JSON, one value or several one after another: what `aws logs filter-log-events`, `get-log-events` and `get-query-results` print,
///   and the console's lists.
///
/// # Errors
///
/// An entry that says it is a recording and can't be read, with its number.
pub fn read(log: &str) -> Result<Vec<Recorded>, String> {
    let log = log.trim_start_matches('\u{feff}');
    let (unit, entries) = entries(log)?;
    let mut found = Vec::new();
    for (number, entry) in entries {
        let wrong = |problem| format!("{unit} {number} of the log is a recording that can't be read: {problem}");
        found.extend(recorded(&entry).map_err(wrong)?);
    }
    found.sort_by_key(|recorded| recorded.at);
    // Exports overlap. The same payload in the same millisecond is the same one.
    found.dedup();
    Ok(found)
}

/// What signoff wrote, with other things before and after it, each with its number; and what is counted.
fn entries(log: &str) -> Result<(&'static str, Numbered), String> {
    if let Some(messages) = table(log)? {
        return Ok(("row", numbered(messages)));
    }
    if let Some(first) = log.lines().find(|line| !line.trim().is_empty()).filter(|line| line.starts_with(['{', '['])) {
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(log).into_iter().collect();
        match values {
            Ok(values) => return Ok(("entry", numbered(values.iter().flat_map(messages)))),
            // Of one that has several lines, none says anything by itself.
            Err(error) if serde_json::from_str::<Value>(first).is_err() && !mentions(first) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                return Err(match error.is_eof() {
                    true => format!("the log is JSON that is cut off, in {place}: take it anew"),
                    false => format!("the log begins as JSON, and goes wrong in {place}"),
                });
            }
            Err(_) => {}
        }
    }
    let lines = log.lines().enumerate().flat_map(|(index, line)| {
        let value: Option<Value> = serde_json::from_str(line).ok();
        let messages = value.map_or_else(|| vec![line.to_owned()], |value| messages(&value));
        messages.into_iter().map(move |message| (index + 1, message))
    });
    Ok(("line", lines.collect()))
}

/// Entries and their numbers, from 1.
type Numbered = Vec<(usize, String)>;

fn numbered(messages: impl IntoIterator<Item = String>) -> Numbered {
    messages.into_iter().enumerate().map(|(index, message)| (index + 1, message)).collect()
}

/// The messages of a table, where the log is one.
fn table(log: &str) -> Result<Option<Vec<String>>, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(log.as_bytes());
    let Ok(head) = reader.headers() else { return Ok(None) };
    let is_message = |name: &str| ["message", "@message"].contains(&name.trim());
    let Some(column) = head.iter().position(is_message) else { return Ok(None) };
    let rows = reader.records().map(|row| {
        let row = row.map_err(|_| "the log begins as a table, and its rows can't be read: save it anew".to_owned())?;
        Ok(row.get(column).unwrap_or_default().to_owned())
    });
    rows.collect::<Result<_, String>>().map(Some)
}

/// The messages in what AWS answers, and in what signoff wrote itself.
fn messages(value: &Value) -> Vec<String> {
    if value["target"] == TARGET {
        return vec![value.to_string()];
    }
    if let Value::Array(values) = value {
        // A row of a query's results has fields with names.
        let field = values.iter().find(|field| field["field"] == "@message").and_then(|field| field["value"].as_str());
        return field.map_or_else(|| values.iter().flat_map(messages).collect(), |message| vec![message.to_owned()]);
    }
    let lists = [&value["events"], &value["results"]];
    if let Some(list) = lists.into_iter().find(|list| list.is_array()) {
        return messages(list);
    }
    let given = [&value["message"], &value["@message"]].into_iter();
    given
        .flat_map(|message| match message {
            Value::String(text) => vec![text.to_owned()],
            // The console saves a message that is JSON itself as such.
            Value::Object(_) => messages(message),
            _ => Vec::new(),
        })
        .collect()
}

/// Whether there is a recording in it, or the beginning of one.
fn mentions(entry: &str) -> bool {
    entry.contains(TARGET) || entry.contains(r#""recording":"{"#)
}

fn recorded(entry: &str) -> Result<Option<Recorded>, String> {
    if !mentions(entry) {
        return Ok(None);
    }
    let Some(begin) = entry.find('{') else {
        return match entry.trim_start().starts_with("\"target\"") {
            true => Err("its JSON is spread over several lines: take it with one line an entry".to_owned()),
            false => Ok(None),
        };
    };
    let mut values = serde_json::Deserializer::from_str(&entry[begin..]).into_iter::<Value>();
    let entry = match values.next() {
        Some(Ok(entry)) => entry,
        Some(Err(error)) if error.is_eof() => return Err("it is cut off".to_owned()),
        _ => return Err("it is no JSON".to_owned()),
    };
    if entry["target"] != TARGET {
        // It only speaks of one.
        return Ok(None);
    }
    let at = match &entry["at"] {
        Value::String(at) => at.parse().map_err(|_| format!("its `at`, `{at}`, is no time"))?,
        _ => return Err("it has no time `at`".to_owned()),
    };
    let payload = entry["recording"].as_str().ok_or("it has no `recording`")?;
    let payload = serde_json::from_str(payload).map_err(|_| "its `recording` is no JSON".to_owned())?;
    Ok(Some(Recorded { at, payload }))
}
