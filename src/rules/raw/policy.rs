//! The shape of what an approval rule asks for, and of freezes.

use crate::diagnostic::quoted;
use crate::rules::codes;
use crate::rules::keys;
use crate::rules::reader::{Reader, Text};
use crate::yaml::{Key, Kind, Node};

/// What an approval rule asks for. What is `None` is left out or can't be read, which was told.
#[derive(Default)]
pub(in crate::rules) struct Policy<'a> {
    pub(in crate::rules) approvers: Option<Vec<Text<'a>>>,
    pub(in crate::rules) require: Option<Require<'a>>,
    pub(in crate::rules) forbid: Option<Said<'a, Vec<Text<'a>>>>,
    pub(in crate::rules) unknown_author: Option<Said<'a, Text<'a>>>,
    pub(in crate::rules) window: Option<Said<'a, Window<'a>>>,
    pub(in crate::rules) freezes: Option<Said<'a, Vec<Text<'a>>>>,
    pub(in crate::rules) comment: Option<Said<'a, Text<'a>>>,
    pub(in crate::rules) remind: Option<Said<'a, Remind<'a>>>,
    pub(in crate::rules) escalate: Option<Said<'a, Escalate<'a>>>,
    pub(in crate::rules) override_by: Option<Said<'a, Vec<Text<'a>>>>,
}

/// A key and what it says.
pub(in crate::rules) struct Said<'a, T> {
    pub(in crate::rules) key: Text<'a>,
    pub(in crate::rules) value: T,
}

pub(in crate::rules) struct Require<'a> {
    pub(in crate::rules) key: Text<'a>,
    pub(in crate::rules) seats: Vec<Seats<'a>>,
}

/// An entry of `require`.
pub(in crate::rules) struct Seats<'a> {
    pub(in crate::rules) from: Vec<Text<'a>>,
    pub(in crate::rules) count: u32,
}

pub(in crate::rules) struct Window<'a> {
    pub(in crate::rules) days: Option<Vec<Text<'a>>>,
    pub(in crate::rules) from: Option<Text<'a>>,
    pub(in crate::rules) until: Option<Text<'a>>,
    pub(in crate::rules) timezone: Option<Text<'a>>,
}

pub(in crate::rules) struct Remind<'a> {
    pub(in crate::rules) after: Option<Text<'a>>,
    pub(in crate::rules) every: Option<Text<'a>>,
}

pub(in crate::rules) struct Escalate<'a> {
    pub(in crate::rules) after: Option<Text<'a>>,
    pub(in crate::rules) channel: Option<Text<'a>>,
    pub(in crate::rules) mention: Option<Vec<Text<'a>>>,
}

/// An entry of `freezes`.
pub(in crate::rules) struct Freeze<'a> {
    pub(in crate::rules) name: Option<Text<'a>>,
    pub(in crate::rules) from: Option<Text<'a>>,
    pub(in crate::rules) until: Option<Text<'a>>,
    pub(in crate::rules) timezone: Option<Text<'a>>,
}

/// More people than any approval will ever need.
const MOST_SEATS: u64 = 50;

impl<'a> Reader<'a, '_> {
    /// A key of an approval rule's policy, if it is one.
    pub(super) fn policy(&mut self, policy: &mut Policy<'a>, key: &'a Key, value: &'a Node) {
        match key.name.as_str() {
            "approvers" => policy.approvers = self.texts(value, "`approvers`"),
            "require" => policy.require = self.require(key, value),
            "forbid" => policy.forbid = self.texts(value, "`forbid`").map(|texts| self.said(key, texts)),
            "unknown_author" => {
                policy.unknown_author = self.text(value, "`unknown_author`").map(|text| self.said(key, text));
            }
            "window" => policy.window = self.window(key, value),
            "freezes" => policy.freezes = self.texts(value, "`freezes`").map(|texts| self.said(key, texts)),
            "comment" => policy.comment = self.text(value, "`comment`").map(|text| self.said(key, text)),
            "remind" => policy.remind = self.remind(key, value),
            "escalate" => policy.escalate = self.escalate(key, value),
            "override" => policy.override_by = self.override_by(key, value),
            _ => {}
        }
    }

    pub(super) fn freezes(&mut self, node: &'a Node) -> Vec<Freeze<'a>> {
        let nodes = self.list(node, "`freezes`").unwrap_or_default();
        let mut freezes = Vec::new();
        for node in nodes {
            let mut freeze = Freeze { name: None, from: None, until: None, timezone: None };
            for (key, value) in self.map(node, "a freeze", &keys::FREEZE).unwrap_or_default() {
                match key.name.as_str() {
                    "name" => freeze.name = self.text(value, "`name`"),
                    "from" => freeze.from = self.text(value, "`from`"),
                    "until" => freeze.until = self.text(value, "`until`"),
                    "timezone" => freeze.timezone = self.text(value, "`timezone`"),
                    _ => {}
                }
            }
            let place = freeze.name.map_or(node.place, |name| name.place);
            self.needs(node, place, "a freeze", &keys::FREEZE, &["name", "from", "until", "timezone"]);
            freezes.push(freeze);
        }
        freezes
    }

    fn require(&mut self, key: &'a Key, node: &'a Node) -> Option<Require<'a>> {
        let mut seats = Vec::new();
        for node in self.list(node, "`require`")? {
            let mut from = None;
            let mut count = Some(1);
            for (key, value) in self.map(node, "an entry of `require`", &keys::SEATS).unwrap_or_default() {
                match key.name.as_str() {
                    "from" => from = self.one_or_more(value, "`from`"),
                    "count" => count = self.count(value),
                    _ => {}
                }
            }
            self.needs(node, node.place, "an entry of `require`", &keys::SEATS, &["from"]);
            seats.extend(from.zip(count).map(|(from, count)| Seats { from, count }));
        }
        Some(Require { key: self.key(key), seats })
    }

    fn count(&mut self, node: &'a Node) -> Option<u32> {
        let Kind::Number(number) = &node.kind else {
            let message = format!("`count` is a number, not {}", node.describe());
            self.error(node.place, codes::TYPE, message).help = Some("write `count: 2`".to_owned());
            return None;
        };
        let count = number.as_u64().filter(|count| (1..=MOST_SEATS).contains(count));
        if count.is_none() {
            let message =
                format!("`count` is a whole number from 1 to {MOST_SEATS}, not {}", quoted(&number.to_string()));
            self.error(node.place, codes::TYPE, message);
        }
        count.and_then(|count| u32::try_from(count).ok())
    }

    pub(super) fn window(&mut self, key: &'a Key, node: &'a Node) -> Option<Said<'a, Window<'a>>> {
        let mut window = Window { days: None, from: None, until: None, timezone: None };
        for (key, value) in self.map(node, "`window`", &keys::WINDOW)? {
            match key.name.as_str() {
                "days" => window.days = self.texts(value, "`days`"),
                "from" => window.from = self.text(value, "`from`"),
                "until" => window.until = self.text(value, "`until`"),
                "timezone" => window.timezone = self.text(value, "`timezone`"),
                _ => {}
            }
        }
        self.needs(node, key.place, "`window`", &keys::WINDOW, &["from", "until", "timezone"]);
        Some(self.said(key, window))
    }

    fn remind(&mut self, key: &'a Key, node: &'a Node) -> Option<Said<'a, Remind<'a>>> {
        let mut remind = Remind { after: None, every: None };
        for (key, value) in self.map(node, "`remind`", &keys::REMIND)? {
            match key.name.as_str() {
                "after" => remind.after = self.duration(value, "`after`"),
                "every" => remind.every = self.duration(value, "`every`"),
                _ => {}
            }
        }
        self.needs(node, key.place, "`remind`", &keys::REMIND, &["after"]);
        Some(self.said(key, remind))
    }

    fn escalate(&mut self, key: &'a Key, node: &'a Node) -> Option<Said<'a, Escalate<'a>>> {
        let mut escalate = Escalate { after: None, channel: None, mention: None };
        for (key, value) in self.map(node, "`escalate`", &keys::ESCALATE)? {
            match key.name.as_str() {
                "after" => escalate.after = self.duration(value, "`after`"),
                "channel" => escalate.channel = self.text(value, "`channel`"),
                "mention" => escalate.mention = self.texts(value, "`mention`"),
                _ => {}
            }
        }
        self.needs(node, key.place, "`escalate`", &keys::ESCALATE, &["after", "channel"]);
        Some(self.said(key, escalate))
    }

    fn override_by(&mut self, key: &'a Key, node: &'a Node) -> Option<Said<'a, Vec<Text<'a>>>> {
        let mut by = None;
        for (key, value) in self.map(node, "`override`", &keys::OVERRIDE)? {
            if key.name == "by" {
                by = self.one_or_more(value, "`by`");
            }
        }
        self.needs(node, key.place, "`override`", &keys::OVERRIDE, &["by"]);
        by.map(|by| self.said(key, by))
    }

    pub(super) fn said<T>(&self, key: &'a Key, value: T) -> Said<'a, T> {
        Said { key: self.key(key), value }
    }

    /// A word, or a list of them.
    pub(super) fn one_or_more(&mut self, node: &'a Node, what: &str) -> Option<Vec<Text<'a>>> {
        match node.kind {
            Kind::List(_) => self.texts(node, what),
            _ => self.text(node, what).map(|text| vec![text]),
        }
    }

    fn duration(&mut self, node: &'a Node, what: &str) -> Option<Text<'a>> {
        if let Kind::Number(number) = &node.kind {
            let message = format!("{what} needs a unit");
            let help = format!("write `{number}m` for minutes, `{number}h` for hours, or `{number}d` for days");
            self.error(node.place, codes::DURATION, message).help = Some(help);
            return None;
        }
        self.text(node, what)
    }
}
