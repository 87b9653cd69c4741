//! The shape of `match`.

use super::List;
use crate::rules::codes;
use crate::rules::keys;
use crate::rules::reader::{Reader, Text};
use crate::yaml::{Key, Kind, Node};

/// `match`: conditions by the key that they stand under.
pub(in crate::rules) type Match<'a> = Vec<(&'a str, Condition<'a>)>;

/// What a field has to be: `shop-*`, `[shop-*, cart]` or `{ any: shop-*, not: shop-test }`.
#[derive(Default)]
pub(in crate::rules) struct Condition<'a> {
    pub(in crate::rules) any: Vec<Text<'a>>,
    pub(in crate::rules) not: Vec<Text<'a>>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn matches(&mut self, node: &'a Node, list: List) -> Match<'a> {
        let keys = match list {
            List::Approvals => &keys::APPROVAL_MATCH,
            List::Notifications => &keys::NOTIFICATION_MATCH,
            List::Commands => &keys::COMMAND_MATCH,
        };
        let entries = self.map(node, "`match`", keys).unwrap_or_default();
        let known = entries.iter().filter(|(key, _)| keys.known.contains(&key.name.as_str()));
        known.map(|(key, value)| (key.name.as_str(), self.condition(key, value))).collect()
    }

    fn condition(&mut self, key: &'a Key, node: &'a Node) -> Condition<'a> {
        let mut condition = Condition::default();
        // A pattern with braces that was not quoted is a map too, of words without values.
        let is_pattern = |entries: &[(Key, Node)]| entries.iter().all(|(_, value)| matches!(value.kind, Kind::Null));
        match &node.kind {
            Kind::Map(entries) if entries.is_empty() => {
                let message = format!("`{}` says nothing", key.name);
                self.error(node.place, codes::EMPTY, message).help =
                    Some("write a pattern, or leave the key out".to_owned());
            }
            Kind::Map(entries) if !is_pattern(entries) => {
                for (part, value) in self.map(node, &format!("`{}`", key.name), &keys::CONDITION).unwrap_or_default() {
                    match part.name.as_str() {
                        "any" => condition.any = self.patterns(&key.name, "`any`", value),
                        "not" => condition.not = self.patterns(&key.name, "`not`", value),
                        _ => {}
                    }
                }
            }
            _ => condition.any = self.patterns(&key.name, &format!("`{}`", key.name), node),
        }
        condition
    }

    fn patterns(&mut self, key: &str, what: &str, node: &'a Node) -> Vec<Text<'a>> {
        let nodes = match node.kind {
            Kind::List(_) => self.list(node, what).unwrap_or_default(),
            _ => std::slice::from_ref(node),
        };
        let pattern = |node: &'a Node| match key {
            "account" => self.digits(node).or_else(|| self.text(node, what)),
            _ => self.text(node, what),
        };
        nodes.iter().filter_map(pattern).collect()
    }
}
