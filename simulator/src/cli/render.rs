//! `signoff render`: a message or modal, as a template makes it.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::approval::record::ApprovalRecord;
use signoff::config::read_templates;
use signoff::diagnostic::{Diagnostic, Source, text as findings};
use signoff::engine;
use signoff::event::EventKind;
use signoff::execution::record::ExecutionRecord;
use signoff::facts::{self, Facts};
use signoff::template::{Message, Templates};

use super::templates::TemplatesFolder;
use super::{End, closed};
use crate::file;
use crate::recording::{self, Arrived};
use crate::report::html;
use crate::world::slack::Workspace;
use crate::world::slack::text::{draw, draw_view};

/// Render a template: from a recording, or from made-up facts
///
/// TEMPLATE is a template's name, such as `approval`, or its file. Without a recording the facts are made up; --event, --status and
/// --minimal say which.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  signoff render approval\n  signoff render failure recordings/action-failed.json\n  \
    signoff render approval --status rejected --format html > rejected.html\n  signoff render templates/progress.yaml --event stage.failed --format json"
)]
pub struct Render {
    /// The template's name or file
    template: String,

    /// A payload as it arrives at the Lambda, in a JSON file
    recording: Option<PathBuf>,

    /// How to show the message
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// What happened, in the made-up facts
    #[arg(long, value_name = "EVENT", value_parser = event, conflicts_with = "recording")]
    event: Option<EventKind>,

    /// How the approval stands, in the made-up facts
    #[arg(long, value_enum, conflicts_with_all = ["recording", "event"])]
    status: Option<Status>,

    /// Nothing is known but what is always known
    #[arg(long, conflicts_with = "recording")]
    minimal: bool,

    #[command(flatten)]
    templates: TemplatesFolder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As it looks, in text
    Text,
    /// As Slack gets it
    Json,
    /// As it looks, in a page
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Status {
    Pending,
    Approved,
    Rejected,
    Expired,
    Closed,
}

fn event(name: &str) -> Result<EventKind, String> {
    EventKind::from_name(name).ok_or_else(|| {
        let names: Vec<String> = EventKind::all().map(|kind| kind.to_string()).collect();
        format!("the events are {}", names.join(", "))
    })
}

/// What a template makes.
enum Rendered {
    Message(Message),
    Modal(Value),
}

impl Render {
    pub(super) fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let (name, templates) = self.templates()?;
        let rendered = self.rendered(&name, &templates)?;
        let workspace = Workspace::nameless();
        let written = match (self.format, &rendered) {
            (Format::Json, Rendered::Message(message)) => writeln!(out, "{:#}", json!(message)),
            (Format::Json, Rendered::Modal(view)) => writeln!(out, "{view:#}"),
            (Format::Text, Rendered::Message(message)) => {
                write!(out, "{}", draw(&workspace, &message.text, &message.blocks))
            }
            (Format::Text, Rendered::Modal(view)) => write!(out, "{}", draw_view(&workspace, view)),
            (Format::Html, Rendered::Message(message)) => {
                let body = html::message(&workspace, &message.text, &message.blocks);
                write!(out, "{}", html::page(&name, &body))
            }
            (Format::Html, Rendered::Modal(view)) => {
                write!(out, "{}", html::page(&name, &html::modal(&workspace, view)))
            }
        };
        written.map_err(closed)?;
        Ok(End::Well)
    }

    /// The template's name, and the set that it is in.
    fn templates(&self) -> Result<(String, Templates), String> {
        let mut files = self.templates.read().map_err(|error| error.to_string())?;
        let path = Path::new(&self.template);
        let is_file = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let name = if is_file {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let same = |file: &Source| Path::new(&file.file).file_stem() == path.file_stem();
            files.retain(|file| !same(file));
            files.push(Source::new(self.template.clone(), read(path)?));
            name
        } else {
            self.template.clone()
        };
        let templates = read_templates(files).map_err(|error| error.to_string())?;
        Ok((name, templates))
    }

    fn rendered(&self, name: &str, templates: &Templates) -> Result<Rendered, String> {
        let told = |error: Diagnostic| match error.file.as_str() {
            "" => error.to_string(),
            _ => format!("the template does not render\n\n{}", findings::render(&error).trim_end()),
        };
        let fixed = facts::fixed_samples(name);
        let of_modal = if fixed.is_empty() { facts::fixed_samples("comment") } else { fixed.clone() };
        let facts = first(of_modal, self.minimal)?;
        if templates.render_modal(name, &facts).is_ok() {
            return templates.render_modal(name, &facts).map(Rendered::Modal).map_err(told);
        }
        if !fixed.is_empty() {
            return templates.render(name, &facts).map(Rendered::Message).map_err(told);
        }
        let facts = match &self.recording {
            Some(recording) if [engine::EXECUTION, engine::DETAIL].contains(&name) => of_execution(recording)?,
            Some(recording) => of_recording(recording)?,
            None => self.sample(name)?,
        };
        templates.render(name, &facts).map(Rendered::Message).map_err(told)
    }

    /// Made-up facts, as the arguments want them.
    fn sample(&self, name: &str) -> Result<Facts, String> {
        let is_of_approval =
            ["approval", "uncovered", "reminder", "escalation"].contains(&name) && self.event.is_none();
        // Of each two, the first knows everything and the second nothing that may be unknown; the very first has every variable.
        let mut samples: Vec<Facts> = if [engine::EXECUTION, engine::DETAIL].contains(&name) {
            let all = if name == engine::EXECUTION { facts::progress_samples() } else { facts::detail_samples() };
            let wanted = self.event.map(|event| event.to_string());
            let waits = |facts: &Facts| facts.progress.as_ref().is_some_and(|progress| progress.status == "waiting");
            let is_wanted = |facts: &Facts| match &wanted {
                Some(event) => facts.event == *event,
                None => name == engine::DETAIL || waits(facts),
            };
            all.into_iter().filter(is_wanted).take(2).collect()
        } else if is_of_approval || self.status.is_some() {
            let status = format!("{:?}", self.status.unwrap_or(Status::Pending)).to_lowercase();
            let is_wanted = |facts: &Facts| facts.approval.as_ref().is_some_and(|approval| approval.status == status);
            facts::approval_samples().into_iter().skip(1).filter(is_wanted).collect()
        } else {
            let default = if name == "failure" { "action.failed" } else { "pipeline.succeeded" };
            let event = self.event.map_or(default.to_owned(), |event| event.to_string());
            facts::samples().into_iter().skip(1).filter(|facts| facts.event == event).collect()
        };
        let last = samples.pop();
        let chosen = if self.minimal { last } else { samples.pop().or(last) };
        chosen.ok_or_else(|| "there are no facts to make this of".to_owned())
    }
}

/// The sample that is wanted: the first knows everything, the last the least.
fn first<T>(samples: Vec<T>, minimal: bool) -> Result<T, String> {
    let mut samples = samples.into_iter();
    let chosen = if minimal { samples.next_back() } else { samples.next() };
    chosen.ok_or_else(|| "there are no facts to make this of".to_owned())
}

/// What the events of a recording say of the first execution that is in it.
fn of_execution(path: &Path) -> Result<Facts, String> {
    let mut record: Option<ExecutionRecord> = None;
    for arrived in recording::read(path)? {
        let Arrived::Event(event) = arrived else { continue };
        let Some(execution) = &event.execution else { continue };
        let known = record.get_or_insert_with(|| ExecutionRecord::new(&event, execution));
        if known.execution == *execution {
            known.fold(&event);
        }
    }
    let none = || format!("the recording `{}` has no event of an execution", path.display());
    let record = record.ok_or_else(none)?;
    Ok(engine::execution_facts(&record, &record.view(), None, &|_, _| None))
}

/// What the first event of a recording says; of a request for approval, as it has just come.
fn of_recording(path: &Path) -> Result<Facts, String> {
    let mut refused = None;
    for arrived in recording::read(path)? {
        match arrived {
            Arrived::Event(event) if event.request.is_some() => {
                let at = event.at.unwrap_or(Timestamp::UNIX_EPOCH);
                return Ok(engine::approval_facts(&ApprovalRecord::requested(*event, at), None, at));
            }
            Arrived::Event(event) => return Ok(Facts::of_event(&event)),
            Arrived::Click(_) => refused = Some("it is a click in Slack, and messages are made of events".to_owned()),
            Arrived::Refused(why) => refused = Some(why),
        }
    }
    let why = refused.unwrap_or_else(|| "there is nothing in it".to_owned());
    Err(format!("the recording `{}` has no event to make a message of: {why}", path.display()))
}

fn read(path: &Path) -> Result<String, String> {
    file::read(path).map_err(|why| format!("the template `{}` can't be read: {why}", path.display()))
}
