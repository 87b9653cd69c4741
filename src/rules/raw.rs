//! What the author of a file wrote: its shape, with the place of each word, before anything is looked up.

mod account;
mod command;
mod matches;
mod policy;

use super::codes;
use super::keys::{self, Keys};
use super::reader::{Reader, Text};
use crate::diagnostic::{Diagnostic, Source, quoted};
use crate::yaml::{Key, Kind, Node, NotYaml, Place};

pub(super) use account::Account;
pub(super) use command::Command;
pub(super) use matches::{Condition, Match};
pub(super) use policy::{Freeze, Policy, Require, Said, Window};

/// One file.
pub(super) struct File<'a> {
    pub(super) source: &'a Source,
    root: &'a Node,
    pub(super) workspace: Option<Text<'a>>,
    pub(super) channels: Vec<Channel<'a>>,
    pub(super) groups: Vec<Group<'a>>,
    pub(super) freezes: Vec<Freeze<'a>>,
    pub(super) accounts: Vec<Account<'a>>,
    pub(super) approvals: Vec<Rule<'a>>,
    pub(super) notifications: Vec<Rule<'a>>,
    pub(super) commands: Vec<Command<'a>>,
    pub(super) uncovered: Option<Uncovered<'a>>,
}

/// An entry of `channels`.
pub(super) struct Channel<'a> {
    pub(super) name: Text<'a>,
    pub(super) id: Option<Text<'a>>,
}

/// An entry of `groups`.
pub(super) struct Group<'a> {
    pub(super) name: Text<'a>,
    pub(super) users: Option<Vec<Text<'a>>>,
    pub(super) usergroup: Option<Text<'a>>,
    pub(super) groups: Option<Vec<Text<'a>>>,
}

/// `uncovered`.
pub(super) struct Uncovered<'a> {
    pub(super) key: Text<'a>,
    pub(super) channel: Option<Text<'a>>,
    pub(super) mention: Option<Vec<Text<'a>>>,
}

/// An entry of `approvals` or `notifications`. What is `None` is left out or can't be read, which was told.
pub(super) struct Rule<'a> {
    pub(super) name: Option<Text<'a>>,
    pub(super) matches: Match<'a>,
    pub(super) when: Option<Text<'a>>,
    pub(super) channel: Option<Text<'a>>,
    pub(super) template: Option<Text<'a>>,
    pub(super) mention: Option<Vec<Text<'a>>>,
    /// Of an approval rule.
    pub(super) policy: Policy<'a>,
    /// Of a notification rule.
    pub(super) thread: Option<Said<'a, Text<'a>>>,
}

/// The finding for a file that is not YAML.
pub(super) fn not_yaml(source: &Source, error: NotYaml) -> Diagnostic {
    let found = source.at(error.place, codes::YAML, error.message);
    let line = found.excerpt.as_deref().unwrap_or_default();
    let letter = |column: Option<usize>| line.chars().nth(column?.checked_sub(1)?);
    let is_complex = found.message.contains("too complex");
    let help = match (letter(found.column.checked_sub(1)), letter(Some(found.column))) {
        _ if line.trim_start_matches(' ').starts_with('\t') => Some("YAML is indented by spaces"),
        (_, Some('*')) if !is_complex => Some("a pattern that begins with `*` has to be in quotes: `\"*-production\"`"),
        (Some(']' | '}'), Some(_)) => Some("a pattern that begins with a bracket has to be in quotes: `\"[ab]*\"`"),
        (_, Some('!' | '@' | '`' | '%')) => Some("text that begins with this character has to be in quotes"),
        _ => None,
    };
    Diagnostic { help: help.map(str::to_owned), ..found }
}

impl<'a> File<'a> {
    /// Takes the tree of a file apart; `None` where it has no keys to begin with.
    pub(super) fn read(source: &'a Source, root: &'a Node, errors: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut reader = Reader { source, errors };
        if matches!(root.kind, Kind::Null) {
            let help = "write rules into it, or remove it";
            reader.error(Place::default(), codes::EMPTY, "the file is empty").help = Some(help.to_owned());
            return None;
        }
        if let Kind::List(_) | Kind::String(_) = root.kind {
            let message = format!("a rules file is a map, not {}", root.describe());
            let help = "write `version: 1`, `workspace:`, and the lists `approvals:` and `notifications:`";
            reader.error(root.place, codes::TYPE, message).help = Some(help.to_owned());
            return None;
        }
        let entries = reader.map(root, "a rules file", &keys::FILE)?;
        let mut file = Self {
            source,
            root,
            workspace: None,
            channels: Vec::new(),
            groups: Vec::new(),
            freezes: Vec::new(),
            accounts: Vec::new(),
            approvals: Vec::new(),
            notifications: Vec::new(),
            commands: Vec::new(),
            uncovered: None,
        };
        for (key, value) in entries {
            match key.name.as_str() {
                "version" => reader.version(value),
                "workspace" => file.workspace = reader.text(value, "`workspace`"),
                "channels" => file.channels = reader.channels(value),
                "groups" => file.groups = reader.groups(value),
                "freezes" => file.freezes = reader.freezes(value),
                "accounts" => file.accounts = reader.accounts(value),
                "approvals" => file.approvals = reader.rules(value, List::Approvals),
                "notifications" => file.notifications = reader.rules(value, List::Notifications),
                "commands" => file.commands = reader.commands(value),
                "uncovered" => file.uncovered = reader.uncovered(key, value),
                _ => {}
            }
        }
        Some(file)
    }

    /// Whether the file has this key, even if its value can't be read.
    pub(super) fn says(&self, key: &str) -> bool {
        self.root.get(key).is_some()
    }
}

/// The lists of rules.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Approvals,
    Notifications,
    Commands,
}

impl<'a> Reader<'a, '_> {
    fn version(&mut self, node: &'a Node) {
        let help = Some("write `version: 1`".to_owned());
        match &node.kind {
            Kind::Number(number) if number.as_u64() == Some(1) => {}
            Kind::Number(number) => {
                let message = format!("this version of signoff reads rules of version 1, not {number}");
                self.error(node.place, codes::VERSION, message).help = help;
            }
            _ => {
                let message = format!("`version` is a number, not {}", node.describe());
                self.error(node.place, codes::TYPE, message).help = help;
            }
        }
    }

    fn channels(&mut self, node: &'a Node) -> Vec<Channel<'a>> {
        let entries = self.entries(node, "`channels`").unwrap_or_default();
        let channel = |(key, value): &'a (Key, Node)| {
            let id = self.text(value, "a channel's id");
            Channel { name: self.key(key), id }
        };
        entries.iter().map(channel).collect()
    }

    fn groups(&mut self, node: &'a Node) -> Vec<Group<'a>> {
        let entries = self.entries(node, "`groups`").unwrap_or_default();
        entries.iter().map(|(key, value)| self.group(key, value)).collect()
    }

    fn group(&mut self, key: &'a Key, node: &'a Node) -> Group<'a> {
        let mut group = Group { name: self.key(key), users: None, usergroup: None, groups: None };
        if let Kind::List(_) = node.kind {
            let message = "a group is a map, not a list";
            self.error(node.place, codes::TYPE, message).help = Some("write `{ users: […] }`".to_owned());
            return group;
        }
        let Some(entries) = self.map(node, "a group", &keys::GROUP) else { return group };
        for (key, value) in entries {
            match key.name.as_str() {
                "users" => group.users = self.texts(value, "`users`"),
                "usergroup" => group.usergroup = self.text(value, "`usergroup`"),
                "groups" => group.groups = self.texts(value, "`groups`"),
                _ => {}
            }
        }
        if entries.is_empty() {
            self.error(key.place, codes::NOBODY, format!("the group {} names nobody", quoted(&key.name))).help =
                Some("give it `users`, a `usergroup`, or other `groups`".to_owned());
        }
        group
    }

    fn uncovered(&mut self, key: &'a Key, node: &'a Node) -> Option<Uncovered<'a>> {
        let mut uncovered = Uncovered { key: self.key(key), channel: None, mention: None };
        for (key, value) in self.map(node, "`uncovered`", &keys::UNCOVERED)? {
            match key.name.as_str() {
                "channel" => uncovered.channel = self.text(value, "`channel`"),
                "mention" => uncovered.mention = self.texts(value, "`mention`"),
                _ => {}
            }
        }
        self.needs(node, key.place, "`uncovered`", &keys::UNCOVERED, &["channel"]);
        Some(uncovered)
    }

    fn rules(&mut self, node: &'a Node, list: List) -> Vec<Rule<'a>> {
        let name = if list == List::Approvals { "`approvals`" } else { "`notifications`" };
        let nodes = self.list(node, name).unwrap_or_default();
        nodes.iter().filter_map(|node| self.rule(node, list)).collect()
    }

    fn rule(&mut self, node: &'a Node, list: List) -> Option<Rule<'a>> {
        let (keys, what) = match list {
            List::Approvals => (&keys::APPROVAL, "an approval rule"),
            List::Notifications | List::Commands => (&keys::NOTIFICATION, "a notification rule"),
        };
        let mut rule = Rule {
            name: None,
            matches: Vec::new(),
            when: None,
            channel: None,
            template: None,
            mention: None,
            policy: Policy::default(),
            thread: None,
        };
        for (key, value) in self.map(node, what, keys)? {
            match key.name.as_str() {
                "name" => rule.name = self.text(value, "`name`"),
                "match" => rule.matches = self.matches(value, list),
                "when" => rule.when = self.text(value, "`when`"),
                "channel" => rule.channel = self.text(value, "`channel`"),
                "template" => rule.template = self.text(value, "`template`"),
                "mention" => rule.mention = self.texts(value, "`mention`"),
                "thread" if list == List::Notifications => {
                    rule.thread = self.text(value, "`thread`").map(|value| Said { key: self.key(key), value });
                }
                _ if list == List::Approvals => self.policy(&mut rule.policy, key, value),
                _ => {}
            }
        }
        self.missing(node, &rule, what, keys);
        Some(rule)
    }

    /// What a rule has to say and does not.
    fn missing(&mut self, node: &'a Node, rule: &Rule<'a>, what: &str, keys: &Keys) {
        let (place, what) = match &rule.name {
            Some(name) => (name.place, format!("the rule {}", quoted(name.value))),
            None => (node.place, what.to_owned()),
        };
        self.needs(node, place, &what, keys, &["name", "channel"]);
        // One of two says who answers.
        let says = |key| node.get(key).is_some() || keys.is_misspelt(key, node);
        if keys.known.contains(&"approvers") && !says("approvers") && !says("require") {
            self.error(place, codes::MISSING, format!("{what} needs `approvers`")).help = Some(
                "a list of groups and user ids: one of these people has to approve; or `require`, for more than one"
                    .to_owned(),
            );
        }
    }

    /// Keys that have to be there.
    fn needs(&mut self, node: &Node, place: Place, what: &str, keys: &Keys, wanted: &[&str]) {
        for key in wanted {
            // A map that could not be read was told.
            if matches!(node.kind, Kind::Map(_)) && node.get(key).is_none() && !keys.is_misspelt(key, node) {
                self.error(place, codes::MISSING, format!("{what} needs `{key}`")).help =
                    keys.meaning(key).map(str::to_owned);
            }
        }
    }
}
