//! Messages and modals from YAML: the shape is read first, then every string in it is a small minijinja template of its own,
//! so that no data can change the shape.
//!
//! A template is a message (`text`, what notifications say, and `blocks`) or a `modal`, in Slack's own Block Kit shape. Two
//! keys work beside Slack's: `when: expression` leaves a map out, `loop: expression` repeats an element of a list, as `item`;
//! with both, `when` is asked of each `item`. The variables are those of [`crate::facts`]; `none` is written as nothing.
//! A block that has nothing left to show is left out; a button or input without its text is an error.
//!
//! In `mrkdwn` (and in the message's `text`) everything between braces is data and is escaped, except what these filters
//! write: `mention`, `link(label)`, `slack_date`, `bold`, `code`, `code_block`, `quote`. There are also `first_line`,
//! `truncate_chars(n)`, `short_commit`, `duration` (of seconds), `json(path)` (of a text) and minijinja's own filters. `safe` and `autoescape` are not there, on purpose.

pub mod codes;
mod compile;
mod engine;
mod expression;
mod filters;
mod mistake;
mod render;
mod shape;
mod variables;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::Value;

use crate::diagnostic::suggest::did_you_mean;
use crate::diagnostic::{Diagnostic, Source};
use crate::facts::{self, Facts};
use crate::slack::altogether::fit_altogether;
use crate::slack::{blocks, limits};
use crate::yaml::{self, Place};
use compile::{Compiler, Map, Part};
use engine::{ENGINE, Escape};
use render::Rendering;
use shape::Top;
use variables::Variables;

pub(crate) use expression::Expression;

/// The templates that are always there. A file of the same name replaces one.
const BUILT_IN: &[(&str, &str)] = &[
    ("approval", include_str!("../templates/approval.yaml")),
    ("approvals", include_str!("../templates/approvals.yaml")),
    ("command", include_str!("../templates/command.yaml")),
    ("comment", include_str!("../templates/comment.yaml")),
    ("confirm", include_str!("../templates/confirm.yaml")),
    ("detail", include_str!("../templates/detail.yaml")),
    ("escalation", include_str!("../templates/escalation.yaml")),
    ("execution", include_str!("../templates/execution.yaml")),
    ("failure", include_str!("../templates/failure.yaml")),
    ("help", include_str!("../templates/help.yaml")),
    ("notice", include_str!("../templates/notice.yaml")),
    ("refusal", include_str!("../templates/refusal.yaml")),
    ("reminder", include_str!("../templates/reminder.yaml")),
    ("status", include_str!("../templates/status.yaml")),
    ("uncovered", include_str!("../templates/uncovered.yaml")),
];

/// Those of them that are modals.
const MODALS: [&str; 2] = ["comment", "confirm"];

/// Those of them that are made of other variables than [`Facts`], and that no rule can name.
pub(crate) const FIXED: [&str; 7] = ["approvals", "command", "comment", "confirm", "help", "refusal", "status"];

/// A message for Slack's `chat.postMessage` and `chat.update`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// What notifications and screen readers say.
    pub text: String,
    /// Block Kit blocks within Slack's limits, in order.
    pub blocks: Vec<Value>,
}

/// A set of templates, ready to render.
#[derive(Debug)]
pub struct Templates {
    templates: BTreeMap<String, Held>,
}

/// A template of a set.
#[derive(Debug)]
enum Held {
    /// Compiled when it was read, so that its mistakes were found.
    Read(Box<Compiled>),
    /// Without mistakes, as a test has it: compiled when it is first used, since a start uses none, and takes longest over these.
    BuiltIn { source: Source, compiled: OnceLock<Option<Box<Compiled>>> },
}

/// A template with the engine that has its strings.
#[derive(Debug)]
struct Compiled {
    engine: Environment<'static>,
    template: Template,
}

impl Held {
    fn built_in(source: Source) -> Self {
        Self::BuiltIn { source, compiled: OnceLock::new() }
    }

    fn source(&self) -> &Source {
        match self {
            Self::Read(compiled) => &compiled.template.source,
            Self::BuiltIn { source, .. } => source,
        }
    }

    fn compiled(&self, name: &str) -> Option<&Compiled> {
        match self {
            Self::Read(compiled) => Some(compiled),
            Self::BuiltIn { source, compiled } => {
                let compile_it = || compile(name, source.clone(), false, &mut Vec::new()).map(Box::new);
                compiled.get_or_init(compile_it).as_deref()
            }
        }
    }
}

#[derive(Debug)]
struct Template {
    source: Source,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Message { text: Part, blocks: Part },
    Modal { view: Box<Map>, blocks: Part },
}

impl Templates {
    /// The built-in templates alone.
    pub fn builtin() -> Self {
        let mut templates = Self { templates: BTreeMap::new() };
        for (name, text) in BUILT_IN {
            templates.add_built_in(name, text);
        }
        templates
    }

    /// The built-in templates and those of `files`, such as `templates/progress.yaml`.
    /// The template's name is the file's without folder and extension.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of the files, in the order of files and lines: see [`codes`].
    pub fn read(files: impl IntoIterator<Item = Source>) -> Result<Self, Vec<Diagnostic>> {
        let mut templates = Self { templates: BTreeMap::new() };
        let mut errors = Vec::new();
        for source in files {
            templates.add_file(source, &mut errors);
        }
        for (name, text) in BUILT_IN {
            if !templates.templates.contains_key(*name) {
                templates.add_built_in(name, text);
            }
        }
        if errors.is_empty() {
            templates.try_fixed(&mut errors);
        }
        if errors.is_empty() { Ok(templates) } else { Err(errors) }
    }

    /// The templates' names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// Whether the template of this name is a message, and not a modal; `None` where there is none.
    pub(crate) fn is_message(&self, name: &str) -> Option<bool> {
        Some(match self.templates.get(name)? {
            Held::Read(compiled) => matches!(compiled.template.body, Body::Message { .. }),
            Held::BuiltIn { .. } => !MODALS.contains(&name),
        })
    }

    /// Whether the template of this name is the built-in one, and no file stands in for it.
    pub(crate) fn is_built_in(&self, name: &str) -> bool {
        matches!(self.templates.get(name), Some(Held::BuiltIn { .. }))
    }

    /// Renders a message: usually from [`Facts`], `refusal` from [`facts::RefusalFacts`].
    ///
    /// # Errors
    ///
    /// There is no message template of this name, or it can't be rendered from these variables.
    pub fn render(&self, name: &str, variables: &impl Serialize) -> Result<Message, Diagnostic> {
        let Compiled { engine, template: Template { source, body } } = self.find(name)?;
        let Body::Message { text, blocks } = body else {
            return Err(Diagnostic::nowhere(
                codes::UNKNOWN,
                format!("the template `{name}` is a modal, not a message"),
            ));
        };
        let data = Serde(variables).into();
        let mut rendering = Rendering::new(engine, source);
        let text = blocks::fit_message_text(&rendering.text(text, &data)?);
        let start = Place { line: 1, column: 1, start: 0, end: 0 };
        if text.is_empty() {
            return Err(source.at(start, codes::MISFIT, "`text` is empty").help("notifications would say nothing"));
        }
        let blocks = rendering.blocks(blocks, &data, limits::MESSAGE_BLOCKS)?;
        let blocks = fit_altogether(blocks, limits::MESSAGE_BLOCKS_TEXT)
            .map_err(|misfit| source.at(start, codes::MISFIT, misfit.0).help("show less of what is said there"))?;
        Ok(Message { text, blocks })
    }

    /// Renders a modal, as Slack's `views.open` takes it: `comment` from [`facts::CommentFacts`].
    ///
    /// # Errors
    ///
    /// There is no modal template of this name, or it can't be rendered from these variables.
    pub fn render_modal(&self, name: &str, variables: &impl Serialize) -> Result<Value, Diagnostic> {
        let Compiled { engine, template: Template { source, body } } = self.find(name)?;
        let Body::Modal { view: modal, blocks } = body else {
            return Err(Diagnostic::nowhere(
                codes::UNKNOWN,
                format!("the template `{name}` is a message, not a modal"),
            ));
        };
        let data = Serde(variables).into();
        let mut rendering = Rendering::new(engine, source);
        let mut view = rendering.map(modal, &data)?;
        blocks::fit_modal(&mut view).map_err(|misfit| rendering.misfit(&misfit, modal.place))?;
        let blocks = rendering.blocks(blocks, &data, limits::MODAL_BLOCKS)?;
        view.insert("blocks".to_owned(), Value::Array(blocks));
        Ok(Value::Object(view))
    }

    /// Tries a message template with made-up facts, so that a template that fails is found before a message is lost: with
    /// [`facts::approval_samples`] for an approval rule's template, with [`facts::samples`] for a notification rule's (those
    /// of the events that the rule matches).
    pub fn check(&self, name: &str, samples: &[Facts]) -> Vec<Diagnostic> {
        let mut errors: Vec<Diagnostic> = Vec::new();
        for facts in samples {
            let Err(mut error) = self.render(name, facts) else {
                continue;
            };
            if error.file.is_empty() {
                return vec![error];
            }
            if errors
                .iter()
                .any(|known| (known.line, known.column, known.code) == (error.line, error.column, error.code))
            {
                continue;
            }
            let subject = match &facts.approval {
                Some(approval) => format!("an approval that is {}", approval.status),
                None => format!("the event `{}`", facts.event),
            };
            let knows = if facts.commit.is_some() { "" } else { " of which little is known" };
            error.message = format!("{} (tried with {subject}{knows})", error.message);
            errors.push(error);
        }
        errors
    }

    fn find(&self, name: &str) -> Result<&Compiled, Diagnostic> {
        self.templates.get(name).and_then(|held| held.compiled(name)).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            Diagnostic::nowhere(codes::UNKNOWN, format!("there is no template `{name}`")).help(did_you_mean(
                name,
                &names,
                "",
                "the templates are",
            ))
        })
    }

    fn add_built_in(&mut self, name: &str, text: &str) {
        let source = Source::new(format!("built-in {name}.yaml"), text);
        self.templates.insert(name.to_owned(), Held::built_in(source));
    }

    fn add_file(&mut self, source: Source, errors: &mut Vec<Diagnostic>) {
        let file = source.file.rsplit('/').next().unwrap_or_default();
        let name = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml")).unwrap_or_default().to_owned();
        let whole = Place::default();
        if name.is_empty() {
            errors.push(source.at(whole, codes::NAME, "a template's file is named `something.yaml`"));
            return;
        }
        if let Some(other) = self.templates.get(&name) {
            let message = format!("`{}` is a template `{name}` already", other.source().file);
            errors.push(source.at(whole, codes::NAME, message).help("rename one of the two files"));
            return;
        }
        let before = errors.len();
        // The package has a copy of each built-in one, and a start has no need to try these.
        if BUILT_IN.iter().any(|(built_in, text)| *built_in == name && *text == source.text) {
            self.templates.insert(name, Held::built_in(source));
            return;
        }
        let compiled = compile(&name, source, true, errors);
        errors[before..].sort_by_key(|error| (error.line, error.column));
        let Some(compiled) = compiled else { return };
        let template = &compiled.template;
        let is_modal = matches!(template.body, Body::Modal { .. });
        let is_built_in = BUILT_IN.iter().any(|(built_in, _)| *built_in == name);
        if is_built_in && is_modal != MODALS.contains(&name.as_str()) {
            let shape = if is_modal { "a message: `text` and `blocks`" } else { "a `modal`" };
            errors.push(template.source.at(whole, codes::SHAPE, format!("the template `{name}` has to be {shape}")));
        }
        self.templates.insert(name, Held::Read(Box::new(compiled)));
    }

    /// Tries the templates that are not rendered from [`Facts`], which no rule names and so nobody checks.
    fn try_fixed(&self, errors: &mut Vec<Diagnostic>) {
        // That the built-in ones can be rendered is tested.
        for (name, held) in &self.templates {
            let Held::Read(compiled) = held else { continue };
            let is_modal = matches!(compiled.template.body, Body::Modal { .. });
            let samples = match facts::fixed_samples(name) {
                samples if samples.is_empty() && is_modal => facts::fixed_samples("comment"),
                samples => samples,
            };
            let failed = |facts: &Value| match is_modal {
                true => self.render_modal(name, facts).err(),
                false => self.render(name, facts).err(),
            };
            errors.extend(samples.iter().find_map(failed));
            if ["reminder", "escalation"].contains(&name.as_str()) {
                errors.extend(self.check(name, &facts::approval_samples()));
            }
        }
    }
}

/// Reads and compiles one template; `None` where its errors leave nothing to render.
fn compile(name: &str, source: Source, checked: bool, errors: &mut Vec<Diagnostic>) -> Option<Compiled> {
    let mut engine = ENGINE.clone();
    let root = match yaml::read(&source.text) {
        Ok(root) => root,
        Err(error) => {
            errors.push(source.at(error.place, codes::YAML, error.message));
            return None;
        }
    };
    let top = shape::check(&root, &source, errors)?;
    let variables = Variables::of(name, matches!(top, Top::Modal(_)));
    let mut compiler = Compiler { template: name, source: &source, engine: &mut engine, errors, leaves: 0, checked };
    let body = match top {
        Top::Message { text, blocks } => Body::Message {
            text: compiler.part(text, Escape::Mrkdwn, &variables),
            blocks: compiler.part(blocks, Escape::Plain, &variables),
        },
        Top::Modal(modal) => match compiler.part(modal, Escape::Plain, &variables) {
            Part::Map(mut view) => {
                let at = view.entries.iter().position(|(key, _)| key == "blocks")?;
                let (_, blocks) = view.entries.remove(at);
                Body::Modal { view, blocks }
            }
            _ => return None,
        },
    };
    Some(Compiled { engine, template: Template { source, body } })
}
