//! Recordings with some of their fields different: `with` of a step. Pure.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use signoff::diagnostic::suggest::did_you_mean;

use crate::world::{CodePipeline, duration};

/// Why a way leads to no field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nowhere {
    /// What is wrong.
    pub what: String,
    /// The part of the way that is not there, and what is there instead.
    instead: Option<(String, Vec<String>)>,
    /// Whether a field of that name could be added.
    addable: bool,
}

impl Nowhere {
    fn because(what: impl Into<String>) -> Self {
        Self { what: what.into(), instead: None, addable: false }
    }

    /// What to do about it, if that can be said.
    pub fn help(&self) -> Option<String> {
        let (word, known) = self.instead.as_ref()?;
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let meant = did_you_mean(word, &known, "", "there are");
        let stop = if meant.ends_with('?') { "" } else { ";" };
        Some(if self.addable { format!("{meant}{stop} a `+` before the way adds a new field") } else { meant })
    }
}

impl fmt::Display for Nowhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.help().iter().try_for_each(|help| write!(f, " ({help})"))
    }
}

/// Sets a field of a recording. The way to it is its keys and numbers with dots between, and leads on into JSON that is kept as a
/// text; with a `+` before it, it adds a field. The error says where there is no such field.
pub fn set(recording: &mut Value, way: &str, to: &Value) -> Result<(), Nowhere> {
    match way.strip_prefix(ADDS) {
        Some(way) => follow(recording, way, to, true),
        None => follow(recording, way, to, false),
    }
}

/// What a way begins with that leads to a new field.
const ADDS: char = '+';

/// Whether the field is new, and its name.
pub fn field(way: &str) -> (bool, &str) {
    let (adds, way) = way.strip_prefix(ADDS).map_or((false, way), |way| (true, way));
    (adds, way.rsplit('.').next().unwrap_or(way))
}

fn follow(recording: &mut Value, way: &str, to: &Value, adds: bool) -> Result<(), Nowhere> {
    let (first, rest) = way.split_once('.').map_or((way, None), |(first, rest)| (first, Some(rest)));
    if first.is_empty() {
        return Err(Nowhere::because("a part of it is empty"));
    }
    if let Value::String(text) = recording {
        let mut within: Value = serde_json::from_str(text)
            .map_err(|_| Nowhere::because(format!("`{first}` is looked for in a text that is not JSON")))?;
        follow(&mut within, way, to, adds)?;
        *text = within.to_string();
        return Ok(());
    }
    let is_last = rest.is_none();
    let field = match recording {
        Value::Object(fields) if adds && is_last => {
            if fields.contains_key(first) {
                return Err(Nowhere::because(format!("there is a `{first}` already: leave out the `+`")));
            }
            fields.entry(first.to_owned()).or_insert(Value::Null)
        }
        Value::Object(fields) => {
            let instead = Some((first.to_owned(), fields.keys().cloned().collect()));
            let nowhere = Nowhere { what: format!("there is no `{first}`"), instead, addable: is_last };
            fields.get_mut(first).ok_or(nowhere)?
        }
        Value::Array(values) => {
            let many = values.len();
            let at = first.parse::<usize>().ok().and_then(|at| values.get_mut(at));
            at.ok_or_else(|| {
                Nowhere::because(format!("there is no `{first}` in a list of {many}, which are numbered from 0"))
            })?
        }
        _ => return Err(Nowhere::because(format!("there is no `{first}` in what has no fields"))),
    };
    match rest {
        Some(rest) => follow(field, rest, to, adds),
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
