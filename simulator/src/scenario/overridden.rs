//! Recordings with some of their fields different: `with` of a step. Pure.

use jiff::Timestamp;
use serde_json::Value;

use crate::world::{CodePipeline, duration};

/// Sets a field of a recording. The way to it is its keys and numbers with dots between, and leads on into JSON that is kept as a
/// text. The error says where there is no such field.
pub fn set(recording: &mut Value, way: &str, to: &Value) -> Result<(), String> {
    let (first, rest) = way.split_once('.').map_or((way, None), |(first, rest)| (first, Some(rest)));
    if let Value::String(text) = recording {
        let mut within: Value =
            serde_json::from_str(text).map_err(|_| format!("`{first}` is looked for in a text that is not JSON"))?;
        set(&mut within, way, to)?;
        *text = within.to_string();
        return Ok(());
    }
    let field = match recording {
        // A new field may be added where the others are.
        Value::Object(fields) if rest.is_none() => fields.entry(first.to_owned()).or_insert(Value::Null),
        Value::Object(fields) => {
            let known = fields.keys().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            fields.get_mut(first).ok_or_else(|| format!("there is no `{first}`, only {known}"))?
        }
        Value::Array(values) => {
            let many = values.len();
            let at = first.parse::<usize>().ok().and_then(|at| values.get_mut(at));
            at.ok_or_else(|| format!("there is no `{first}` in a list of {many}, which are numbered from 0"))?
        }
        _ => return Err(format!("there is no `{first}` in what has no fields")),
    };
    match rest {
        Some(rest) => set(field, rest, to),
        None => {
            *field = to.clone();
            Ok(())
        }
    }
}

/// The value with its placeholders filled in: `{now}`, `{now+2h}`, `{now-8d}`, and `{execution PIPELINE}`, the id of its latest.
/// The error says which there is not.
pub fn filled(value: &Value, now: Timestamp, pipelines: &CodePipeline) -> Result<Value, String> {
    let Value::String(text) = value else { return Ok(value.clone()) };
    let (mut filled, mut rest) = (String::new(), text.as_str());
    while let Some((before, from)) = rest.split_once('{') {
        filled.push_str(before);
        match from.split_once('}').filter(|(name, _)| is_placeholder(name)) {
            Some((name, after)) => {
                filled.push_str(&placeholder(name, now, pipelines)?);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = from;
            }
        }
    }
    Ok(Value::String(filled + rest))
}

/// Whether this is one, and no brace of the value's own.
fn is_placeholder(name: &str) -> bool {
    ["now", "execution"].iter().any(|known| name.starts_with(known))
}

fn placeholder(name: &str, now: Timestamp, pipelines: &CodePipeline) -> Result<String, String> {
    if let Some(pipeline) = name.strip_prefix("execution ") {
        let wrong = || format!("`{{{name}}}`: there is no execution of `{}`", pipeline.trim());
        return pipelines.execution_id(pipeline.trim()).ok_or_else(wrong);
    }
    let shift = name.strip_prefix("now").map(str::trim);
    let at = match shift.map(|shift| (shift, shift.strip_prefix('+'), shift.strip_prefix('-'))) {
        Some(("", ..)) => Ok(now),
        Some((_, Some(later), _)) => now.checked_add(duration::parse(later.trim())?),
        Some((_, _, Some(earlier))) => now.checked_sub(duration::parse(earlier.trim())?),
        _ => {
            return Err(format!(
                "`{{{name}}}` is none of `{{now}}`, `{{now+2h}}`, `{{now-8d}}` and `{{execution PIPELINE}}`"
            ));
        }
    };
    at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).map_err(|error| error.to_string())
}
