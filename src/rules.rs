#![allow(missing_docs)]
use crate::diagnostic::{Diagnostic, Source};
use crate::event::Event;
use crate::facts::Mention;
use std::collections::BTreeSet;
#[derive(Debug)]
pub struct Read {
    pub rules: RuleSet,
    pub warnings: Vec<Diagnostic>,
}
pub fn read(_: &[Source], _: &crate::template::Templates) -> Result<Read, Vec<Diagnostic>> {
    Err(vec![])
}
macro_rules! id {
    ($n:ident) => {
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $n(String);
        impl $n {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
id!(TeamId);
id!(ChannelId);
id!(UserId);
id!(UserGroupId);
#[derive(Debug, Clone)]
pub struct RuleSet {
    pub workspace: TeamId,
    pub approvals: Vec<ApprovalRule>,
    pub notifications: Vec<NotificationRule>,
    pub uncovered: Option<Uncovered>,
    pub digest: String,
}
#[derive(Debug, Clone)]
pub struct Uncovered {
    pub channel: ChannelId,
    pub mention: Vec<Mention>,
}
#[derive(Debug, Clone)]
pub struct ApprovalRule {
    pub name: String,
    pub channel: ChannelId,
    pub template: String,
    pub approvers: Vec<Approver>,
    pub mention: Vec<Mention>,
}
#[derive(Debug, Clone)]
pub struct NotificationRule {
    pub name: String,
    pub channel: ChannelId,
    pub template: String,
    pub mention: Vec<Mention>,
}
#[derive(Debug, Clone)]
pub enum Approver {
    User(UserId),
    Group { name: String, users: BTreeSet<UserId>, usergroup: Option<UserGroupId> },
}
impl RuleSet {
    pub fn approval_for(&self, _: &Event) -> Option<&ApprovalRule> {
        self.approvals.first()
    }
    pub fn notifications_for(&self, _: &Event) -> impl Iterator<Item = &NotificationRule> {
        self.notifications.iter()
    }
}
