//! What the rules name of Slack: channels, people and user groups, and which rules do.

use std::collections::BTreeMap;

use signoff::facts::Mention;
use signoff::rules::policy::Policy;
use signoff::rules::{Approver, RuleSet};

/// How many rules are named of those that use something.
const SHOWN: usize = 2;

/// What rules name, by Slack's ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Channels.
    pub channels: BTreeMap<String, Uses>,
    /// People.
    pub people: BTreeMap<String, Uses>,
    /// User groups.
    pub groups: BTreeMap<String, Uses>,
}

/// Who names something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// The rules, in their order.
    rules: Vec<String>,
    /// What the rules let it do, rather than mention it.
    pub may: May,
}

/// What rules let somebody do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum May {
    /// They are mentioned.
    #[default]
    Nothing,
    /// They may give commands.
    Command,
    /// They may answer approvals.
    Answer,
}

impl Uses {
    fn add(&mut self, rule: &str, may: May) {
        self.may = self.may.max(may);
        if !self.rules.iter().any(|known| known == rule) {
            self.rules.push(rule.to_owned());
        }
    }

    /// The rules in words.
    pub fn words(&self) -> String {
        let quoted = |rule: &String| format!("`{rule}`");
        match self.rules.as_slice() {
            [only] => format!("rule {}", quoted(only)),
            [one, other] => format!("rules {} and {}", quoted(one), quoted(other)),
            rules => {
                let shown: Vec<String> = rules.iter().take(SHOWN).map(quoted).collect();
                format!("rules {} and {} more", shown.join(", "), rules.len() - shown.len())
            }
        }
    }
}

impl Named {
    /// Of these rules.
    pub fn of(rules: &RuleSet) -> Self {
        let mut named = Self::default();
        for rule in rules.approvals.iter() {
            named.channel(rule.channel.as_str(), &rule.name);
            named.mentions(&rule.mention, &rule.name);
            named.policy(&rule.policy, &rule.name);
            named.people(&rule.approvers, &rule.name, May::Answer);
        }
        for rule in rules.notifications.iter() {
            named.channel(rule.channel.as_str(), &rule.name);
            named.mentions(&rule.mention, &rule.name);
        }
        for rule in &rules.commands {
            named.people(&rule.by, &rule.name, May::Command);
        }
        if let Some(uncovered) = &rules.uncovered {
            named.channel(uncovered.channel.as_str(), "uncovered");
            named.mentions(&uncovered.mention, "uncovered");
        }
        named
    }

    fn policy(&mut self, policy: &Policy, rule: &str) {
        for seats in &policy.require {
            self.people(&seats.from, rule, May::Answer);
        }
        self.people(&policy.override_by, rule, May::Answer);
        if let Some(escalate) = &policy.escalate {
            self.channel(escalate.channel.as_str(), rule);
            self.mentions(&escalate.mention, rule);
        }
    }

    fn channel(&mut self, id: &str, rule: &str) {
        self.channels.entry(id.to_owned()).or_default().add(rule, May::Nothing);
    }

    fn mentions(&mut self, mentions: &[Mention], rule: &str) {
        for mention in mentions {
            match mention {
                Mention::User { id } => self.people.entry(id.clone()).or_default().add(rule, May::Nothing),
                Mention::UserGroup { id } => self.groups.entry(id.clone()).or_default().add(rule, May::Nothing),
            }
        }
    }

    fn people(&mut self, people: &[Approver], rule: &str, may: May) {
        for person in people {
            match person {
                Approver::User(user) => self.people.entry(user.as_str().to_owned()).or_default().add(rule, may),
                Approver::Group { users, usergroups, .. } => {
                    for user in users {
                        self.people.entry(user.as_str().to_owned()).or_default().add(rule, may);
                    }
                    for group in usergroups {
                        self.groups.entry(group.as_str().to_owned()).or_default().add(rule, may);
                    }
                }
            }
        }
    }
}
