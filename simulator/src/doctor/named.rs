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
    /// Whether one of them lets it answer, rather than mention it.
    pub may_answer: bool,
}

impl Uses {
    fn add(&mut self, rule: &str, may_answer: bool) {
        self.may_answer |= may_answer;
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
            named.approvers(&rule.approvers, &rule.name);
        }
        for rule in rules.notifications.iter() {
            named.channel(rule.channel.as_str(), &rule.name);
            named.mentions(&rule.mention, &rule.name);
        }
        if let Some(uncovered) = &rules.uncovered {
            named.channel(uncovered.channel.as_str(), "uncovered");
            named.mentions(&uncovered.mention, "uncovered");
        }
        named
    }

    fn policy(&mut self, policy: &Policy, rule: &str) {
        for seats in &policy.require {
            self.approvers(&seats.from, rule);
        }
        self.approvers(&policy.override_by, rule);
        if let Some(escalate) = &policy.escalate {
            self.channel(escalate.channel.as_str(), rule);
            self.mentions(&escalate.mention, rule);
        }
    }

    fn channel(&mut self, id: &str, rule: &str) {
        self.channels.entry(id.to_owned()).or_default().add(rule, false);
    }

    fn mentions(&mut self, mentions: &[Mention], rule: &str) {
        for mention in mentions {
            match mention {
                Mention::User { id } => self.people.entry(id.clone()).or_default().add(rule, false),
                Mention::UserGroup { id } => self.groups.entry(id.clone()).or_default().add(rule, false),
            }
        }
    }

    fn approvers(&mut self, approvers: &[Approver], rule: &str) {
        for approver in approvers {
            match approver {
                Approver::User(user) => self.people.entry(user.as_str().to_owned()).or_default().add(rule, true),
                Approver::Group { users, usergroups, .. } => {
                    for user in users {
                        self.people.entry(user.as_str().to_owned()).or_default().add(rule, true);
                    }
                    for group in usergroups {
                        self.groups.entry(group.as_str().to_owned()).or_default().add(rule, true);
                    }
                }
            }
        }
    }
}
