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

/// The recordings of a log, the oldest first, each once. It may be lines, with or without a time before them (an export to S3, `aws logs tail`,
/// what the console copies), or what `aws logs filter-log-events` and `get-log-events` print.
///
/// # Errors
///
/// A line that says it is a recording and can't be read, with its number.
pub fn read(log: &str) -> Result<Vec<Recorded>, String> {
    let whole: Option<Value> = serde_json::from_str(log).ok();
    let events = whole.as_ref().and_then(|whole| whole["events"].as_array());
    let lines: Vec<&str> = match events {
        Some(events) => events.iter().filter_map(|event| event["message"].as_str()).collect(),
        None => log.lines().collect(),
    };
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(begin) = line.find('{').filter(|_| line.contains(TARGET)) else { continue };
        let recorded = recorded(&line[begin..])
            .map_err(|problem| format!("line {} of the log is a recording that can't be read: {problem}", index + 1))?;
        found.push(recorded);
    }
    found.sort_by_key(|recorded| recorded.at);
    // Exports overlap. The same payload in the same millisecond is the same one.
    found.dedup();
    Ok(found)
}

fn recorded(line: &str) -> Result<Recorded, String> {
    let entry: Value = serde_json::from_str(line).map_err(|_| "it is cut off, or no JSON".to_owned())?;
    let at = entry["at"].as_str().and_then(|at| at.parse().ok()).ok_or("it has no time `at`")?;
    let payload = entry["recording"].as_str().ok_or("it has no `recording`")?;
    let payload = serde_json::from_str(payload).map_err(|_| "its `recording` is no JSON".to_owned())?;
    Ok(Recorded { at, payload })
}
