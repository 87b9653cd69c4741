//! The keys of rules files: those that are read, and where others belong.

use crate::diagnostic::suggest::nearest;
use crate::yaml::{Kind, Node};

/// The keys that a map may have.
pub(super) struct Keys {
    /// Those that are read.
    pub(super) known: &'static [&'static str],
    /// Those that belong elsewhere, and where.
    pub(super) elsewhere: &'static [(&'static str, &'static str)],
    /// What such a map looks like; empty where its author is told elsewhere.
    pub(super) example: &'static str,
    /// What those that have to be there are for.
    pub(super) meanings: &'static [(&'static str, &'static str)],
}

impl Keys {
    /// Whether `wanted` seems to be there under a wrong name, which is told by itself.
    pub(super) fn is_misspelt(&self, wanted: &str, map: &Node) -> bool {
        let Kind::Map(entries) = &map.kind else { return false };
        let names = entries.iter().map(|(key, _)| key.name.as_str()).filter(|name| !self.known.contains(name));
        names.into_iter().any(|name| nearest(name, self.known) == Some(wanted))
    }

    /// What a key that has to be there is for.
    pub(super) fn meaning(&self, key: &str) -> Option<&'static str> {
        self.meanings.iter().find(|(known, _)| *known == key).map(|(_, meaning)| *meaning)
    }
}

/// Keys that are all that a map has.
const fn only(
    known: &'static [&'static str],
    example: &'static str,
    meanings: &'static [(&'static str, &'static str)],
) -> Keys {
    Keys { known, elsewhere: &[], example, meanings }
}

const ZONE: (&str, &str) = ("timezone", "whose clocks these are, such as `timezone: Europe/Berlin`");

pub(super) const FILE: Keys = only(
    &[
        "version",
        "workspace",
        "channels",
        "groups",
        "freezes",
        "accounts",
        "approvals",
        "notifications",
        "commands",
        "uncovered",
    ],
    "",
    &[],
);
pub(super) const GROUP: Keys = only(&["users", "usergroup", "groups"], "{ users: [U024BE7LH] }", &[]);
pub(super) const ACCOUNT: Keys = only(
    &["id", "role", "external_id", "regions"],
    "{ role: arn:aws:iam::111122223333:role/signoff }",
    &[("role", "the ARN of the role that is assumed there, such as `role: arn:aws:iam::111122223333:role/signoff`")],
);
pub(super) const FREEZE: Keys = only(
    &["name", "from", "until", "timezone"],
    "{ name: year end, from: 2026-12-19T00:00, until: 2027-01-04T08:00, timezone: Europe/Berlin }",
    &[
        ("name", "rules name the freezes that they obey"),
        ("from", "when it begins, such as `from: 2026-12-19T00:00`"),
        ("until", "when it ends, such as `until: 2027-01-04T08:00`"),
        ZONE,
    ],
);
pub(super) const UNCOVERED: Keys = Keys {
    known: &["channel", "mention"],
    elsewhere: &[("template", "these messages are made by the template `uncovered`: write your own of that name")],
    example: "{ channel: incidents }",
    meanings: &[("channel", "it is where approvals are announced that no rule covers")],
};

const OF_RULES: &[(&str, &str)] = &[
    ("name", "decisions and messages say which rule made them"),
    ("channel", "a name from `channels`, or a channel's id"),
];
const OF_APPROVALS: &str = "it is a key of the rules in `approvals`";
pub(super) const APPROVAL: Keys = Keys {
    known: &[
        "name",
        "match",
        "when",
        "channel",
        "template",
        "mention",
        "approvers",
        "require",
        "forbid",
        "unknown_author",
        "window",
        "freezes",
        "comment",
        "remind",
        "escalate",
        "override",
    ],
    elsewhere: &[("thread", "it is a key of the rules in `notifications`")],
    example: "{ name: …, match: …, channel: …, approvers: … }",
    meanings: OF_RULES,
};
pub(super) const NOTIFICATION: Keys = Keys {
    known: &["name", "match", "when", "channel", "template", "mention", "thread"],
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
    example: "{ name: …, match: …, channel: … }",
    meanings: OF_RULES,
};

const OF_PIPELINES: &str = "commands are for pipelines and their stages";
pub(super) const COMMAND: Keys = Keys {
    known: &["name", "match", "do", "by", "forbid", "window", "freezes", "confirm"],
    elsewhere: &[
        ("approvers", "who may do it stands under `by`"),
        ("require", "who may do it stands under `by`"),
        ("channel", "what came of a command is shown where it was given"),
        ("when", "there is no event to ask about"),
        ("mention", "what came of a command is shown where it was given"),
        ("unknown_author", "whose change can't be told is nobody's to retry"),
    ],
    example: "{ name: …, match: …, do: […], by: … }",
    meanings: &[
        ("name", "what is kept and told of a command says which rule allowed it"),
        ("do", "what may be done, such as `do: [start, status]`"),
        ("by", "who may do it: groups and user ids"),
    ],
};

const OF_THE_RULE: &str = "it is a key of the rule, beside `match`";
const OF_ONE_KEY: &str = "it belongs to one key: `pipeline: { not: shop-test }`";
pub(super) const APPROVAL_MATCH: Keys = Keys {
    known: &["pipeline", "stage", "action", "region", "account"],
    elsewhere: &[
        ("event", "an approval rule is for requests for approval, and for nothing else"),
        ("when", OF_THE_RULE),
        ("not", OF_ONE_KEY),
    ],
    example: "{ pipeline: payments-*, stage: Production }",
    meanings: &[],
};
pub(super) const NOTIFICATION_MATCH: Keys = Keys {
    known: &["event", "pipeline", "stage", "action", "region", "account"],
    elsewhere: &[("when", OF_THE_RULE), ("not", OF_ONE_KEY)],
    example: "{ event: pipeline.failed }",
    meanings: &[],
};
pub(super) const COMMAND_MATCH: Keys = Keys {
    known: &["pipeline", "stage", "region", "account"],
    elsewhere: &[("action", OF_PIPELINES), ("event", OF_PIPELINES), ("not", OF_ONE_KEY)],
    example: "{ pipeline: payments-* }",
    meanings: &[],
};
pub(super) const CONDITION: Keys = only(&["any", "not"], "", &[]);

pub(super) const SEATS: Keys = only(
    &["from", "count"],
    "{ from: release-managers, count: 2 }",
    &[("from", "who may fill the seat: a group, a user's id, or a list of these")],
);
pub(super) const WINDOW: Keys = only(
    &["days", "from", "until", "timezone"],
    "{ from: \"09:00\", until: \"16:00\", timezone: Europe/Berlin }",
    &[
        ("from", "when it opens, such as `from: \"09:00\"`"),
        ("until", "when it closes, such as `until: \"16:00\"`"),
        ZONE,
    ],
);
pub(super) const REMIND: Keys = only(
    &["after", "every"],
    "{ after: 2h, every: 4h }",
    &[("after", "how long the request has waited, such as `after: 2h`")],
);
pub(super) const ESCALATE: Keys = only(
    &["after", "channel", "mention"],
    "{ after: 24h, channel: incidents }",
    &[
        ("after", "how long the request has waited, such as `after: 24h`"),
        ("channel", "where it is told: a name from `channels`, or a channel's id"),
    ],
);
pub(super) const OVERRIDE: Keys = only(
    &["by"],
    "{ by: incident-commanders }",
    &[("by", "who may decide alone: a group, a user's id, or a list of these")],
);
