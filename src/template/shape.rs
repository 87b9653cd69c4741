//! Checks the parts of Block Kit's shape that people get wrong, before anything is rendered.
//!
//! Block types that are not known here are let through, since Slack adds new ones; near misses of known ones are not.

use super::codes;
use crate::diagnostic::{Diagnostic, Source};
use crate::slack::blocks::{child_owner, text_place};
use crate::yaml::{Kind, Node, Place};

/// What stands at the top of a template.
pub(crate) enum Top<'a> {
    Message { text: &'a Node, blocks: &'a Node },
    Modal(&'a Node),
}

/// <https://docs.slack.dev/reference/block-kit/blocks>.
const BLOCKS: &[&str] = &[
    "actions",
    "context",
    "context_actions",
    "divider",
    "file",
    "header",
    "image",
    "input",
    "markdown",
    "rich_text",
    "section",
    "table",
    "video",
];

/// Keys without which Slack refuses the object. The owners are those of [`text_place`].
const REQUIRED: &[(&str, &[&str])] = &[
    ("header", &["text"]),
    ("context", &["elements"]),
    ("actions", &["elements"]),
    ("image", &["alt_text"]),
    ("input", &["label", "element"]),
    ("markdown", &["text"]),
    ("button", &["text"]),
    ("static_select", &["options"]),
    ("option", &["text", "value"]),
    ("confirm", &["title", "text", "confirm", "deny"]),
    ("mrkdwn", &["text"]),
    ("plain_text", &["text"]),
    ("modal", &["title", "blocks"]),
];

/// Splits a template into its parts and collects what is wrong with its shape.
pub(crate) fn check<'a>(root: &'a Node, source: &Source, errors: &mut Vec<Diagnostic>) -> Option<Top<'a>> {
    let mut shape = Shape { source, errors };
    let Kind::Map(entries) = &root.kind else {
        shape.error(root.place, format!("a template is a map, not {}", root.describe())).help =
            Some("write `text:` and `blocks:` for a message, or `modal:`".to_owned());
        return None;
    };
    for (key, _) in entries {
        if !matches!(key.name.as_str(), "text" | "blocks" | "modal") {
            let help = "a template has `text` and `blocks`, or `modal`".to_owned();
            shape.error(key.place, format!("unknown key `{}`", key.name)).help = Some(help);
        }
    }
    if let Some(modal) = root.get("modal") {
        for (key, _) in entries.iter().filter(|(key, _)| matches!(key.name.as_str(), "text" | "blocks")) {
            let help = "a template is a message (`text` and `blocks`) or a modal".to_owned();
            shape.error(key.place, format!("`{}` beside `modal`", key.name)).help = Some(help);
        }
        shape.modal(modal);
        return Some(Top::Modal(modal));
    }
    let start = Place { line: 1, column: 1, start: 0, end: 0 };
    let text = root.get("text");
    let blocks = root.get("blocks");
    match text {
        None => {
            let help = "`text` is what notifications and screen readers say instead of the blocks".to_owned();
            shape.error(start, "a message needs `text`").help = Some(help);
        }
        Some(text) if text.as_str().is_none() => {
            shape.error(text.place, format!("`text` is text, not {}", text.describe()));
        }
        Some(_) => {}
    }
    match blocks {
        None => {
            shape.error(start, "a message needs `blocks`").help = Some("write a list of Block Kit blocks".to_owned());
        }
        Some(blocks) => shape.blocks(blocks),
    }
    Some(Top::Message { text: text?, blocks: blocks? })
}

struct Shape<'a> {
    source: &'a Source,
    errors: &'a mut Vec<Diagnostic>,
}

impl Shape<'_> {
    fn error(&mut self, place: Place, message: impl Into<String>) -> &mut Diagnostic {
        self.errors.push(self.source.at(place, codes::SHAPE, message));
        let last = self.errors.len() - 1;
        &mut self.errors[last]
    }

    fn modal(&mut self, view: &Node) {
        let Kind::Map(_) = &view.kind else {
            self.error(view.place, format!("`modal` is a map, not {}", view.describe()));
            return;
        };
        match view.get("type") {
            Some(node) if node.as_str() == Some("modal") => {}
            Some(node) => {
                self.error(node.place, "the `type` of a modal is `modal`");
            }
            None => {
                self.error(view.place, "a modal needs a `type`").help = Some("write `type: modal`".to_owned());
            }
        }
        self.object("modal", view);
        if let Some(blocks) = view.get("blocks") {
            self.blocks(blocks);
        }
    }

    fn blocks(&mut self, blocks: &Node) {
        let Kind::List(list) = &blocks.kind else {
            self.error(blocks.place, format!("`blocks` is a list, not {}", blocks.describe()));
            return;
        };
        for block in list {
            let Some(kind) = self.type_of(block, "a block") else {
                continue;
            };
            let near = BLOCKS.iter().find(|known| strsim::damerau_levenshtein(known, kind) <= 2);
            let place = block.get("type").map_or(block.place, |node| node.place);
            match (kind, near) {
                ("button", _) => {
                    self.error(place, "a `button` is not a block").help =
                        Some("put it into the `elements` of an `actions` block".to_owned());
                }
                ("mrkdwn" | "plain_text", _) => {
                    self.error(place, format!("`{kind}` is a type of text, not a block")).help =
                        Some("put it under the `text` of a `section` block".to_owned());
                }
                (_, Some(known)) if !BLOCKS.contains(&kind) => {
                    self.error(place, format!("there is no block type `{kind}`")).help =
                        Some(format!("did you mean `{known}`?"));
                }
                _ => self.object(kind, block),
            }
        }
    }

    /// The `type` of a map, which decides how its strings are escaped and so can't come from data.
    fn type_of<'n>(&mut self, node: &'n Node, what: &str) -> Option<&'n str> {
        if !matches!(node.kind, Kind::Map(_)) {
            self.error(node.place, format!("{what} is a map with a `type`, not {}", node.describe()));
            return None;
        }
        let Some(kind) = node.get("type") else {
            self.error(node.place, format!("{what} needs a `type`"));
            return None;
        };
        let fixed = kind.as_str().filter(|name| !name.contains('{'));
        if fixed.is_none() {
            self.error(kind.place, "a `type` is a fixed word").help =
                Some("write two elements, each with its own `when`".to_owned());
        }
        fixed
    }

    fn object(&mut self, owner: &str, node: &Node) {
        let Kind::Map(entries) = &node.kind else { return };
        let required = REQUIRED.iter().find(|(of, _)| *of == owner).map_or(&[][..], |(_, keys)| keys);
        for key in required.iter().filter(|key| node.get(key).is_none()) {
            self.error(node.place, format!("`{owner}` needs `{key}`"));
        }
        if owner == "section" && node.get("text").is_none() && node.get("fields").is_none() {
            self.error(node.place, "`section` needs `text` or `fields`");
        }
        for (key, value) in entries {
            if let Some(place) = text_place(owner, &key.name) {
                self.text_object(value, &format!("the `{}` of `{owner}`", key.name), place.plain_only);
            } else if owner == "section" && key.name == "fields" {
                for field in self.list(value, "`fields`") {
                    self.text_object(field, "a field", false);
                }
            } else if let Some(child) = child_owner(&key.name) {
                self.children(&key.name, child, value);
            }
        }
    }

    fn children(&mut self, key: &str, owner: &str, value: &Node) {
        let nodes = if matches!(key, "elements" | "options" | "initial_options") {
            self.list(value, &format!("`{key}`"))
        } else {
            std::slice::from_ref(value)
        };
        for node in nodes {
            if owner.is_empty() {
                if let Some(kind) = self.type_of(node, "an element") {
                    self.object(kind, node);
                }
            } else {
                self.object(owner, node);
            }
        }
    }

    fn list<'n>(&mut self, value: &'n Node, what: &str) -> &'n [Node] {
        let Kind::List(list) = &value.kind else {
            self.error(value.place, format!("{what} is a list, not {}", value.describe()));
            return &[];
        };
        list
    }

    fn text_object(&mut self, node: &Node, what: &str, plain_only: bool) {
        let wanted = if plain_only { "plain_text" } else { "mrkdwn" };
        let Kind::Map(_) = &node.kind else {
            self.error(node.place, format!("{what} is a text object, not {}", node.describe())).help =
                Some(format!("write `{{ type: {wanted}, text: … }}`"));
            return;
        };
        let Some(kind) = self.type_of(node, what) else { return };
        if !matches!(kind, "mrkdwn" | "plain_text") || (plain_only && kind == "mrkdwn") {
            let place = node.get("type").map_or(node.place, |node| node.place);
            let choice = if plain_only { "`plain_text`" } else { "`mrkdwn` or `plain_text`" };
            self.error(place, format!("{what} can't be `{kind}`")).help = Some(format!("Slack takes {choice} here"));
            return;
        }
        self.object(kind, node);
        if let Some(text) = node.get("text").filter(|text| text.as_str().is_none()) {
            self.error(text.place, format!("`text` is text, not {}", text.describe()));
        }
    }
}
