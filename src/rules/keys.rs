//! The keys of rules files: those that are read, and where others belong.

use crate::diagnostic::suggest::nearest;
use crate::yaml::{Kind, Node};

/// The keys that a map may have.
pub(super) struct Keys {
    /// Those that are read.
    pub(super) known: &'static [&'static str],
    /// Those of a later version, and what to do without them.
    pub(super) later: &'static [(&'static str, &'static str)],
    /// Those that belong elsewhere, and where.
    pub(super) elsewhere: &'static [(&'static str, &'static str)],
}

impl Keys {
    /// Whether `wanted` seems to be there under a wrong name, which is told by itself.
    pub(super) fn is_misspelt(&self, wanted: &str, map: &Node) -> bool {
        let Kind::Map(entries) = &map.kind else { return false };
        let names = entries.iter().map(|(key, _)| key.name.as_str()).filter(|name| !self.known.contains(name));
        names.into_iter().any(|name| nearest(name, self.known) == Some(wanted))
    }
}

pub(super) const FILE: Keys = Keys {
    known: &["version", "workspace", "channels", "groups", "approvals", "notifications", "uncovered"],
    later: &[("freezes", "until then, disable the stage's inbound transition in CodePipeline for as long")],
    elsewhere: &[],
};
pub(super) const GROUP: Keys = Keys { known: &["users", "usergroup"], later: &[], elsewhere: &[] };
pub(super) const UNCOVERED: Keys = Keys {
    known: &["channel", "mention"],
    later: &[],
    elsewhere: &[("template", "these messages are made by the template `uncovered`: write your own of that name")],
};
const LEAVE_OUT: &str = "leave it out";
const USE_APPROVERS: &str = "write `approvers: [release-managers]`: one of them has to approve";
const OF_APPROVALS: &str = "it is a key of the rules in `approvals`";
pub(super) const APPROVAL: Keys = Keys {
    known: &["name", "match", "when", "channel", "template", "approvers", "mention"],
    later: &[
        ("require", USE_APPROVERS),
        ("forbid", LEAVE_OUT),
        ("unknown_author", LEAVE_OUT),
        ("window", LEAVE_OUT),
        ("freezes", LEAVE_OUT),
        ("comment", "leave it out: who rejects is asked for the reason, who approves is not"),
        ("remind", LEAVE_OUT),
        ("escalate", LEAVE_OUT),
        ("override", LEAVE_OUT),
    ],
    elsewhere: &[("thread", "it is a key of the rules in `notifications`")],
};
pub(super) const NOTIFICATION: Keys = Keys {
    known: &["name", "match", "when", "channel", "template", "mention"],
    later: &[("thread", "leave it out: each event has a message of its own")],
    elsewhere: &[
        ("approvers", OF_APPROVALS),
        ("require", OF_APPROVALS),
        ("forbid", OF_APPROVALS),
        ("unknown_author", OF_APPROVALS),
        ("window", OF_APPROVALS),
        ("freezes", OF_APPROVALS),
        ("comment", OF_APPROVALS),
        ("remind", OF_APPROVALS),
        ("escalate", OF_APPROVALS),
        ("override", OF_APPROVALS),
    ],
};
pub(super) const APPROVAL_MATCH: Keys = Keys {
    known: &["pipeline", "stage", "action", "region", "account"],
    later: &[],
    elsewhere: &[("event", "an approval rule is for requests for approval, and for nothing else")],
};
pub(super) const NOTIFICATION_MATCH: Keys =
    Keys { known: &["event", "pipeline", "stage", "action", "region", "account"], later: &[], elsewhere: &[] };
pub(super) const CONDITION: Keys = Keys { known: &["any", "not"], later: &[], elsewhere: &[] };
