//! From what the Lambda logged to a scenario that plays it again: recordings, the world they need, and the steps. Pure.

mod given;
mod log;

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};
use serde_json::Value;
use signoff::rules::RuleSet;
use signoff::slack::interaction::{Deed, Interaction};

use crate::recording::{Arrived, arrived};

pub use log::{Recorded, read};

/// The files to write, by their paths below the folder of somebody's rules and scenarios.
pub type Files = BTreeMap<String, String>;

/// What was logged, as a scenario called `name`. `rules` says which channels there are.
///
/// # Errors
///
/// There is nothing to play.
pub fn scenario(name: &str, recorded: &[Recorded], rules: &RuleSet) -> Result<Files, String> {
    let Some(begin) = recorded.first().map(|first| whole_seconds(first.at)) else {
        return Err(
            "there is no recording in the log: set `SIGNOFF_RECORD=1` on the function, and take the log of that time"
                .to_owned(),
        );
    };
    let mut files = Files::new();
    let mut steps = String::new();
    let mut now = begin;
    let mut all = Vec::new();
    for (index, Recorded { at, payload }) in recorded.iter().enumerate() {
        let what = arrived(payload);
        let at = whole_seconds(*at).max(now);
        if at > now {
            steps.push_str(&format!("  - wait: {}\n", pause(at.as_second() - now.as_second())));
            now = at;
        }
        let file = format!("{name}-{:02}-{}.json", index + 1, label(&what));
        let made_anew = match what.as_slice() {
            [Arrived::Click(click)] => step(click),
            _ => None,
        };
        match made_anew {
            Some(step) => steps.push_str(&step),
            None => {
                // What Slack sent is signed anew.
                let verb = if payload["requestContext"].is_object() { "replay" } else { "deliver" };
                steps.push_str(&format!("  - {verb}: {file}\n"));
                files.insert(format!("recordings/{file}"), format!("{payload:#}\n"));
            }
        }
        all.extend(what);
    }
    files.insert(format!("scenarios/given/{name}.yaml"), given::yaml(&all, rules));
    let head = format!(
        "scenario: {}\nexplanation: What happened on {}, made of the log.\ngiven: given/{name}.yaml\nclock: {begin}\nsteps:\n",
        quoted(name),
        begin.strftime("%-d %B %Y")
    );
    files.insert(format!("scenarios/{name}.yaml"), head + &steps);
    Ok(files)
}

/// A click on an approval is made anew, since the approval is called otherwise now that its token is.
fn step(click: &Interaction) -> Option<String> {
    let person = given::person(&click.user.id);
    match &click.deed {
        Deed::Press { wish, .. } => Some(format!("  - click: {}\n    by: {person}\n", wish.as_str())),
        Deed::Submit { comment, .. } => {
            Some(format!("  - submit: {{ comment: {} }}\n    by: {person}\n", quoted(comment)))
        }
        Deed::Order { .. } | Deed::Confirm { .. } | Deed::Other => None,
    }
}

/// What a recording is called.
fn label(what: &[Arrived]) -> String {
    match what {
        [Arrived::Event(event)] => event.kind.to_string().replace('.', "-"),
        [Arrived::Click(_)] => "click".to_owned(),
        [_] => "refused".to_owned(),
        several => format!("{}-records", several.len()),
    }
}

/// Text as it may stand in YAML, whatever is in it: every JSON text is YAML.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A pause as scenarios write it.
fn pause(seconds: i64) -> String {
    let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
    let unit = units.into_iter().find(|(size, _)| seconds % size == 0);
    unit.map_or_else(|| format!("{seconds}s"), |(size, unit)| format!("{}{unit}", seconds / size))
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    at.round(Unit::Second).unwrap_or(at)
}
