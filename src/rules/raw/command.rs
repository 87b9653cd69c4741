//! The shape of a rule about what may be done from Slack.

use super::{Condition, List, Match, Said, Window};
use crate::diagnostic::quoted;
use crate::rules::codes;
use crate::rules::keys;
use crate::rules::reader::{Reader, Text};
use crate::yaml::{Kind, Node};

/// An entry of `commands`. What is `None` is left out or can't be read, which was told.
pub(in crate::rules) struct Command<'a> {
    pub(in crate::rules) name: Option<Text<'a>>,
    pub(in crate::rules) matches: Match<'a>,
    pub(in crate::rules) verbs: Vec<Text<'a>>,
    pub(in crate::rules) by: Option<Vec<Text<'a>>>,
    pub(in crate::rules) forbid: Option<Said<'a, Vec<Text<'a>>>>,
    pub(in crate::rules) window: Option<Said<'a, Window<'a>>>,
    pub(in crate::rules) freezes: Option<Said<'a, Vec<Text<'a>>>>,
    pub(in crate::rules) confirm: Option<bool>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn commands(&mut self, node: &'a Node) -> Vec<Command<'a>> {
        let nodes = self.list(node, "`commands`").unwrap_or_default();
        nodes.iter().filter_map(|node| self.command(node)).collect()
    }

    fn command(&mut self, node: &'a Node) -> Option<Command<'a>> {
        let mut rule = Command {
            name: None,
            matches: Vec::<(&str, Condition<'_>)>::new(),
            verbs: Vec::new(),
            by: None,
            forbid: None,
            window: None,
            freezes: None,
            confirm: None,
        };
        for (key, value) in self.map(node, "a command rule", &keys::COMMAND)? {
            match key.name.as_str() {
                "name" => rule.name = self.text(value, "`name`"),
                "match" => rule.matches = self.matches(value, List::Commands),
                "do" => rule.verbs = self.one_or_more(value, "`do`").unwrap_or_default(),
                "by" => rule.by = self.one_or_more(value, "`by`"),
                "forbid" => rule.forbid = self.texts(value, "`forbid`").map(|texts| self.said(key, texts)),
                "window" => rule.window = self.window(key, value),
                "freezes" => rule.freezes = self.texts(value, "`freezes`").map(|texts| self.said(key, texts)),
                "confirm" => rule.confirm = self.yes_or_no(value, "`confirm`"),
                _ => {}
            }
        }
        let (place, what) = match &rule.name {
            Some(name) => (name.place, format!("the rule {}", quoted(name.value))),
            None => (node.place, "a command rule".to_owned()),
        };
        self.needs(node, place, &what, &keys::COMMAND, &["name", "do", "by"]);
        Some(rule)
    }

    fn yes_or_no(&mut self, node: &'a Node, what: &str) -> Option<bool> {
        if let Kind::Bool(value) = node.kind {
            return Some(value);
        }
        let message = format!("{what} is `true` or `false`, not {}", node.describe());
        self.error(node.place, codes::TYPE, message);
        None
    }
}
