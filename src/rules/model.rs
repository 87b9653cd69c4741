//! Rules as they are used: every name resolved, every id one of Slack's.

use std::collections::BTreeSet;

use super::account::Account;
use super::command::CommandRule;
use super::matching::{Match, Rules};
use super::policy::{Forbidden, Policy};
use super::{ChannelId, TeamId, UserGroupId, UserId};
use crate::facts::Mention;
use crate::yaml::Place;

/// The rules of all files.
#[derive(Debug, Clone)]
pub struct RuleSet {
    /// The workspace whose people may answer.
    pub workspace: TeamId,
    /// The first that matches decides, alone (A1). In the order of files and lines.
    pub approvals: Rules<ApprovalRule>,
    /// Every one that matches posts. In the order of files and lines.
    pub notifications: Rules<NotificationRule>,
    /// What may be done from Slack, by whom: whatever one of them allows. In the order of files and lines.
    pub commands: Vec<CommandRule>,
    /// Other accounts, whose pipelines it answers for as well. In the order of files and lines.
    pub accounts: Vec<Account>,
    /// Where an approval is announced that no rule covers.
    pub uncovered: Option<Uncovered>,
    /// Names this content of the rules, in what is kept of a decision (A15).
    pub digest: String,
}

impl RuleSet {
    /// The entry of `accounts` for this account, by its id.
    pub fn account(&self, id: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.id == id)
    }

    /// What `accounts` calls this account; `None` for signoff's own.
    pub fn account_name(&self, id: Option<&str>) -> Option<String> {
        self.account(id?).map(|account| account.name.clone())
    }
}

/// Where an approval is announced that no rule covers.
#[derive(Debug, Clone)]
pub struct Uncovered {
    /// The channel.
    pub channel: ChannelId,
    /// Whom to mention.
    pub mention: Vec<Mention>,
}

/// Where a rule's name stands, for what is found out about the rule later. The line itself is left to the file: at start-up
/// nobody asks for it.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) file: String,
    pub(super) place: Place,
}

impl Origin {
    /// Where it is, for findings about other rules to name: `rules/payments.yaml:4:11`.
    pub(super) fn whereabouts(&self) -> String {
        format!("{}:{}:{}", self.file, self.place.line, self.place.column)
    }
}

/// An entry of `approvals`.
#[derive(Debug, Clone)]
pub struct ApprovalRule {
    /// Its name, which no other approval rule has.
    pub name: String,
    pub(super) origin: Origin,
    /// The requests that it is for.
    pub matches: Match,
    /// Where they are shown.
    pub channel: ChannelId,
    /// How: the name of a message template.
    pub template: String,
    /// Everybody who may fill a seat of its policy, and so may reject; never empty.
    pub approvers: Vec<Approver>,
    /// What it asks of them.
    pub policy: Policy,
    /// Whom to mention.
    pub mention: Vec<Mention>,
}

/// An entry of `notifications`.
#[derive(Debug, Clone)]
pub struct NotificationRule {
    /// Its name, which no other notification rule has.
    pub name: String,
    pub(super) origin: Origin,
    /// The events that it is for.
    pub matches: Match,
    /// Where they are told.
    pub channel: ChannelId,
    /// How: the name of a message template.
    pub template: String,
    /// Whom to mention.
    pub mention: Vec<Mention>,
    /// Whom to mention for what they did, by their e-mail addresses.
    pub mention_involved: Vec<Forbidden>,
    /// How its messages hang together.
    pub thread: Thread,
}

/// How the messages of a notification rule hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thread {
    /// A message for each event.
    None,
    /// One message for each execution, updated in place.
    Execution,
}

/// Somebody who may answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approver {
    /// One person.
    User(UserId),
    /// Whoever is in a group.
    Group {
        /// The group's name in the rules.
        name: String,
        /// Its members that the rules name.
        users: BTreeSet<UserId>,
        /// The Slack user groups whose members are its members too.
        usergroups: BTreeSet<UserGroupId>,
    },
}
