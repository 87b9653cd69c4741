//! Filters that make values of other values: lengths of time in words, and what JSON says.

use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Error, ErrorKind};

/// The longest text that is read as JSON, in bytes: more than an approval's custom data may have
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>), and little enough to be read for each message.
const LONGEST_JSON: usize = 10_000;

/// Seconds as a length of time in its two largest units: `45 s`, `2 min 5 s`, `2 h 5 min`, `3 d 4 h`.
pub(super) fn duration(value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(""));
    }
    let wrong = |what: &str| Error::new(ErrorKind::InvalidOperation, format!("`duration` wants seconds, {what}"));
    let seconds = match value.kind() {
        ValueKind::Number => i64::try_from(value.clone()).or_else(|_| f64::try_from(value.clone()).map(whole)),
        _ => return Err(wrong("a number")),
    };
    let seconds = seconds.ok().filter(|seconds| *seconds >= 0).ok_or_else(|| wrong("and not fewer than none"))?;
    let units = [("d", seconds / 86_400), ("h", seconds / 3_600 % 24), ("min", seconds / 60 % 60), ("s", seconds % 60)];
    let first = units.iter().position(|(_, number)| *number > 0).unwrap_or(units.len() - 1);
    let shown = units.iter().skip(first).take(2).enumerate();
    let words: Vec<String> = shown
        .filter(|(at, (_, number))| *at == 0 || *number > 0)
        .map(|(_, (unit, number))| format!("{number} {unit}"))
        .collect();
    Ok(Value::from(words.join(" ")))
}

/// Whole seconds; less than none where it is no number.
fn whole(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a cast of a float stays within bounds")]
    let whole = seconds.trunc() as i64;
    if seconds.is_finite() { whole } else { -1 }
}

/// What a text says as JSON: all of it, or what is at a path such as `change.risk` or `reviewers.0`. None where the text is not
/// JSON, or has nothing there.
pub(super) fn json(value: &Value, path: Option<&str>) -> Result<Value, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    let Some(text) = value.as_str().filter(|text| text.len() <= LONGEST_JSON) else { return Ok(Value::from(())) };
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else { return Ok(Value::from(())) };
    let mut parts = path.unwrap_or_default().split('.').filter(|part| !part.is_empty());
    let found = parts.try_fold(&json, |at, part| match at {
        serde_json::Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        _ => at.get(part),
    });
    Ok(found.map_or_else(|| Value::from(()), |found| Value::from(Serde(found))))
}
