//! From YAML to a tree of parts: every string compiled once, every `when` and `loop` an expression.

use minijinja::{Environment, Error, ErrorKind, Expression};
use serde_json::Value;

use super::codes;
use super::engine::{ENGINE, Escape, leaf_name};
use super::mistake::explain;
use super::variables::Variables;
use crate::diagnostic::{Diagnostic, Source};
use crate::yaml::{Kind, Node, Place};

/// A piece of a template.
#[derive(Debug)]
pub(crate) enum Part {
    /// A value, as it is.
    Fixed(Value),
    /// A string with something to fill in.
    Text(Leaf),
    /// A list, whose elements may come and go.
    List(Vec<Part>),
    /// A map.
    Map(Box<Map>),
}

/// A map, with what decides whether and how often it appears.
#[derive(Debug)]
pub(crate) struct Map {
    pub(crate) place: Place,
    pub(crate) when: Option<Formula>,
    pub(crate) repeat: Option<Formula>,
    pub(crate) entries: Vec<(String, Part)>,
}

/// A string that is a template of its own.
#[derive(Debug)]
pub(crate) struct Leaf {
    /// Its name in the environment.
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// The expression of a `when` or `loop`.
#[derive(Debug)]
pub(crate) struct Formula {
    pub(crate) compiled: Expression<'static, 'static>,
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// Compiles the strings of one template into an environment and collects what is wrong with them.
pub(crate) struct Compiler<'a> {
    pub(crate) template: &'a str,
    pub(crate) source: &'a Source,
    pub(crate) engine: &'a mut Environment<'static>,
    pub(crate) errors: &'a mut Vec<Diagnostic>,
    pub(crate) leaves: usize,
    /// Whether to look for unknown names as well: the built-in templates are known to have none.
    pub(crate) checked: bool,
}

impl Compiler<'_> {
    /// A value and all that is in it; `escape` is for a string that stands here by itself.
    pub(crate) fn part(&mut self, node: &Node, escape: Escape, variables: &Variables) -> Part {
        match &node.kind {
            Kind::Null => Part::Fixed(Value::Null),
            Kind::Bool(value) => Part::Fixed((*value).into()),
            Kind::Number(number) => Part::Fixed(Value::Number(number.clone())),
            Kind::String(text) => self.string(text, node.place, escape, variables),
            Kind::List(nodes) => Part::List(nodes.iter().map(|node| self.element(node, variables)).collect()),
            Kind::Map(_) => {
                if let Some(repeat) = node.get("loop") {
                    self.errors.push(
                        self.source
                            .at(repeat.place, codes::LOOP, "`loop` works on the elements of a list")
                            .help("put it into an element that starts with `-`"),
                    );
                }
                Part::Map(Box::new(self.map(node, variables)))
            }
        }
    }

    fn element(&mut self, node: &Node, variables: &Variables) -> Part {
        let Kind::Map(_) = &node.kind else {
            return self.part(node, Escape::Plain, variables);
        };
        let Some(repeat) = node.get("loop") else {
            return Part::Map(Box::new(self.map(node, variables)));
        };
        let formula = self.formula(repeat, "loop", variables);
        let inside = variables.inside_loop(formula.as_ref().map_or("", |formula| &formula.text));
        Part::Map(Box::new(Map { repeat: formula, ..self.map(node, &inside) }))
    }

    fn map(&mut self, node: &Node, variables: &Variables) -> Map {
        let Kind::Map(nodes) = &node.kind else {
            return Map { place: node.place, when: None, repeat: None, entries: Vec::new() };
        };
        let kind = node.get("type").and_then(Node::as_str).unwrap_or_default();
        let when = node.get("when").and_then(|when| self.formula(when, "when", variables));
        let mut entries = Vec::with_capacity(nodes.len());
        for (key, value) in nodes {
            if matches!(key.name.as_str(), "when" | "loop") {
                continue;
            }
            if key.name.contains("{{") || key.name.contains("{%") {
                self.errors.push(self.source.at(key.place, codes::SHAPE, "a key is a fixed word"));
            }
            // `markdown` blocks read `<…>` as `mrkdwn` does.
            let escapes = key.name == "text" && matches!(kind, "mrkdwn" | "markdown");
            let escape = if escapes { Escape::Mrkdwn } else { Escape::Plain };
            entries.push((key.name.clone(), self.part(value, escape, variables)));
        }
        if kind == "mrkdwn" && node.get("verbatim").is_none() {
            // Without it Slack makes links and mentions of words in the data, such as `@here` or a bare address:
            // <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>.
            entries.push(("verbatim".to_owned(), Part::Fixed(true.into())));
        }
        Map { place: node.place, when, repeat: None, entries }
    }

    fn string(&mut self, text: &str, place: Place, escape: Escape, variables: &Variables) -> Part {
        if !["{{", "{%", "{#"].iter().any(|open| text.contains(open)) {
            return Part::Fixed(text.trim().into());
        }
        if let Some(tag) = forbidden_tag(text) {
            let place = self.source.within(place, tag, 0);
            self.errors.push(
                self.source
                    .at(place, codes::SYNTAX, format!("`{tag}` can't be used here"))
                    .help("data is escaped by the place where it stands"),
            );
            return Part::Fixed(Value::Null);
        }
        let name = leaf_name(self.template, self.leaves, escape);
        self.leaves += 1;
        if let Err(error) = self.engine.add_template_owned(name.clone(), text.to_owned()) {
            self.errors.push(explain(&error, self.source, place));
            return Part::Fixed(Value::Null);
        }
        if self.checked
            && let Ok(template) = self.engine.get_template(&name)
        {
            let names = template.undeclared_variables(true);
            let tried = template.render(variables.example()).err();
            check_names(names, tried, (self.source, place), variables, self.errors);
        }
        Part::Text(Leaf { name, place })
    }

    fn formula(&mut self, node: &Node, key: &str, variables: &Variables) -> Option<Formula> {
        let text = match &node.kind {
            Kind::String(text) => text.trim().to_owned(),
            Kind::Bool(value) if key == "when" => value.to_string(),
            _ => {
                let message = format!("`{key}` is an expression, not {}", node.describe());
                let help = if key == "loop" { "write `loop: failures`" } else { "write `when: commit`" };
                self.errors.push(self.source.at(node.place, codes::SHAPE, message).help(help));
                return None;
            }
        };
        if text.starts_with("{{") || text.starts_with("{%") {
            let message = format!("`{key}` is an expression already");
            let help = format!("leave the braces away: `{key}: {}`", text.trim_matches(['{', '}', '%', ' ']));
            self.errors.push(self.source.at(node.place, codes::SYNTAX, message).help(help));
            return None;
        }
        match ENGINE.compile_expression_owned(text.clone()) {
            Ok(compiled) => {
                if self.checked {
                    let names = compiled.undeclared_variables(true);
                    let tried = compiled.eval(variables.example()).err();
                    check_names(names, tried, (self.source, node.place), variables, self.errors);
                }
                Some(Formula { compiled, text, place: node.place })
            }
            Err(error) => {
                self.errors.push(explain(&error, self.source, node.place));
                None
            }
        }
    }
}

/// Names that no event can have, and filters that don't exist. What else goes wrong depends on the event, and on the
/// `when` around the string.
pub(crate) fn check_names(
    names: impl IntoIterator<Item = String>,
    tried: Option<Error>,
    (source, place): (&Source, Place),
    variables: &Variables,
    errors: &mut Vec<Diagnostic>,
) {
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort();
    let is_function = |name: &str| ENGINE.globals().any(|(global, _)| global == name);
    for path in names.iter().filter(|name| !is_function(name)) {
        let Some(unknown) = variables.check(path) else { continue };
        let place = source.name_within(place, path);
        let message = format!("there is no variable `{}`", unknown.name);
        errors.push(source.at(place, codes::VARIABLE, message).help(unknown.help));
    }
    let Some(error) = tried else { return };
    if matches!(
        error.kind(),
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod
    ) {
        let error = explain(&error, source, place);
        // A function that is no variable either has been told of already.
        if error.code != codes::FILTER || !errors.iter().any(|known| same_place(known, &error)) {
            errors.push(error);
        }
    }
}

fn same_place(a: &Diagnostic, b: &Diagnostic) -> bool {
    (&a.file, a.line, a.column) == (&b.file, b.line, b.column)
}

/// The tag that would turn escaping off.
fn forbidden_tag(text: &str) -> Option<&'static str> {
    let mut rest = text;
    while let Some(at) = rest.find("{%") {
        rest = &rest[at + 2..];
        if rest.trim_start_matches(['-', '+', ' ', '\t', '\n']).starts_with("autoescape") {
            return Some("autoescape");
        }
    }
    None
}
