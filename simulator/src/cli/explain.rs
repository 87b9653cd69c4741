//! `signoff explain`: what signoff makes of a payload, and who may approve what.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use signoff::config::{Absent, folder, read_templates};
use signoff::diagnostic::suggest::nearest;
use signoff::diagnostic::text as findings;
use signoff::explain;
use signoff::rules::{self, Field, RuleSet};
use signoff::template::Templates;

use super::templates::TemplatesFolder;
use super::{End, closed};
use crate::recording::{self, Arrived};
use crate::report::explain::{self as report, Explained};

/// Explain what signoff makes of a payload, and why; or who may approve what
///
/// A recording is a payload as it arrives at the Lambda, in a JSON file: SNS, EventBridge or a click in Slack. Each rule is told with
/// the first condition that failed, then who decides, who could approve, and the message.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  signoff explain recordings/approval-needed.json\n  \
    signoff explain recordings/approval-needed.json --at 2026-03-02T17:30[Europe/Berlin]\n  \
    signoff explain --who payments-api Production")]
pub struct Explain {
    /// The recording
    #[arg(required_unless_present = "who")]
    recording: Option<PathBuf>,

    /// Who may approve this, without a recording
    #[arg(long, num_args = 2..=3, value_names = ["PIPELINE", "STAGE", "ACTION"], conflicts_with = "recording")]
    who: Option<Vec<String>>,

    /// When somebody would answer, such as 2026-03-02T10:00Z or 2026-03-02T10:00[Europe/Berlin]; with a recording, when it was sent
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,

    /// The folder of the rules
    #[arg(long, value_name = "FOLDER", default_value = "rules")]
    rules: PathBuf,

    #[command(flatten)]
    templates: TemplatesFolder,

    /// How to tell it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// A time with its zone or offset.
fn time(text: &str) -> Result<Timestamp, String> {
    let zoned = || text.parse::<jiff::ZonedDateTime>().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>().or_else(|_| zoned()).map_err(|_| {
        if let Some(unknown) = zone(text) {
            return unknown;
        }
        "write a date and time with its zone, such as 2026-03-02T10:00Z or 2026-03-02T10:00[Europe/Berlin]".to_owned()
    })
}

/// What is wrong with the zone in brackets, where it is that.
fn zone(text: &str) -> Option<String> {
    let (_, name) = text.strip_suffix(']')?.split_once('[')?;
    let zones = jiff::tz::db();
    if zones.get(name).is_ok() {
        return None;
    }
    let known: Vec<String> = zones.available().map(|zone| zone.to_string()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    // All of them would be too many.
    let near = nearest(name, &known).map(|near| format!(": did you mean `{near}`?"));
    Some(format!("there is no time zone `{name}`{}", near.unwrap_or_default()))
}

impl Explain {
    pub(super) fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let templates = self.templates.read().map_err(|error| error.to_string())?;
        let templates = read_templates(templates).map_err(|error| error.to_string())?;
        let files = folder("--rules", &self.rules, Absent::IsError).map_err(|error| error.to_string())?;
        // Rules are explained before they can be used: warnings are `check`'s to tell.
        let rules = rules::read(&files, &templates).map_err(|found| {
            format!("the rules have errors; `signoff check` tells them too\n\n{}", findings::render_all(&found))
        })?;
        match (&self.who, &self.recording) {
            (Some(who), _) => self.who(&rules.rules, who, out),
            (None, Some(recording)) => self.recording(&rules.rules, &templates, recording, out),
            (None, None) => Ok(End::Well),
        }
    }

    fn recording(
        &self,
        rules: &RuleSet,
        templates: &Templates,
        recording: &std::path::Path,
        out: &mut impl Write,
    ) -> Result<End, String> {
        let arrived = recording::read(recording)?;
        let explained: Vec<Explained<'_>> = arrived
            .iter()
            .map(|arrived| match arrived {
                Arrived::Event(event) => {
                    // When nothing says when it was sent, nothing of it expires either.
                    let at = self.at.or(event.at);
                    let explanation = explain::event(rules, templates, event, at.unwrap_or(Timestamp::UNIX_EPOCH));
                    let candidates = explanation.decides.zip(at);
                    let candidates = candidates.map(|(rule, at)| (at, explain::who_could(rule, Some(event), at)));
                    Explained::Event { event, explanation: Box::new(explanation), candidates }
                }
                Arrived::Click(click) => Explained::Click(click),
                Arrived::Refused(why) => Explained::Refused(why),
            })
            .collect();
        match self.format {
            Format::Text => report::text(out, &explained).map_err(closed)?,
            Format::Json => writeln!(out, "{:#}", report::json(&explained)).map_err(closed)?,
        }
        let refused = explained.iter().any(|explained| matches!(explained, Explained::Refused(_)));
        Ok(if refused { End::Failed } else { End::Well })
    }

    fn who(&self, rules: &RuleSet, who: &[String], out: &mut impl Write) -> Result<End, String> {
        let fields = [Field::Pipeline, Field::Stage, Field::Action];
        let known: Vec<(Field, &str)> = fields.into_iter().zip(who.iter().map(String::as_str)).collect();
        let answers = explain::who(rules, &known);
        let commands = explain::commands(rules, &known);
        let title = who.join(" / ");
        match self.format {
            Format::Text => report::who_text(out, &title, rules, &answers, &commands, self.at).map_err(closed)?,
            Format::Json => writeln!(out, "{:#}", report::who_json(&title, &answers, self.at)).map_err(closed)?,
        }
        Ok(if answers.is_empty() { End::Failed } else { End::Well })
    }
}
