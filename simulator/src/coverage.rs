//! Which parts of the rules the scenarios have touched, and which none has. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use signoff::approval::quorum::{self, Members};
use signoff::approval::record::{ApprovalRecord, ApprovalState, CastVote, Outcome, Record};
use signoff::approval::window::{Closure, Opening, opening};
use signoff::approval::{Wish, id};
use signoff::event::Event;
use signoff::rules::{ApprovalRule, RuleSet, UserGroupId};
use signoff::slack::interaction::Deed;

use crate::recording::{Arrived, arrived};

/// What happened in scenarios, as far as rules are concerned.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    events: Vec<Event>,
    /// When somebody asked for what, of which approval.
    presses: Vec<(Timestamp, Wish, String)>,
    records: Vec<ApprovalRecord>,
    members: Members,
}

impl Seen {
    /// The Lambda took a payload. Requests that it refused for their signature are not to be added.
    pub fn payload(&mut self, now: Timestamp, payload: &Value) {
        for arrived in arrived(payload) {
            match arrived {
                Arrived::Event(event) => self.events.push(*event),
                Arrived::Click(interaction) => match interaction.deed {
                    Deed::Press { wish, approval, .. } => self.presses.push((now, wish, approval)),
                    Deed::Submit { about, .. } => self.presses.push((now, about.wish, about.approval)),
                    Deed::Order { .. } | Deed::Confirm { .. } | Deed::Other => {}
                },
                Arrived::Refused(_) => {}
            }
        }
    }

    /// What signoff remembers in the end: the bodies of its records; and who is in which user group.
    pub fn end<'a>(
        &mut self,
        bodies: impl Iterator<Item = &'a str>,
        groups: impl Iterator<Item = (&'a str, &'a [String])>,
    ) {
        for record in bodies.filter_map(|body| serde_json::from_str(body).ok()) {
            if let Record::Approval(record) = record {
                self.records.push(*record);
            }
        }
        for (group, users) in groups {
            if let Some(group) = UserGroupId::parse(group) {
                self.members.insert(group, users.iter().cloned());
            }
        }
    }
}

/// A part of a rule that a scenario can touch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// `approvals` or `notifications`.
    pub list: &'static str,
    /// The rule's name.
    pub rule: String,
    /// What has to happen, in words.
    pub what: String,
}

/// How much of the rules was touched.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Every part, in the order of the rules, and whether a scenario touched it.
    pub parts: Vec<(Part, bool)>,
}

impl Coverage {
    /// The parts of these rules, none touched.
    pub fn of(rules: &RuleSet) -> Self {
        let approvals = rules.approvals.iter().flat_map(parts_of);
        let notifications = rules.notifications.iter().map(|rule| Part {
            list: "notifications",
            rule: rule.name.clone(),
            what: POSTED.to_owned(),
        });
        Self { parts: approvals.chain(notifications).map(|part| (part, false)).collect() }
    }

    /// Marks what a scenario has touched.
    pub fn add(&mut self, rules: &RuleSet, seen: &Seen) {
        let touched = touched(rules, seen);
        for (part, is_touched) in &mut self.parts {
            *is_touched |= touched.contains(part);
        }
    }

    /// How many parts were touched.
    pub fn touched(&self) -> usize {
        self.parts.iter().filter(|(_, touched)| *touched).count()
    }

    /// In percent, rounded down; 100 where there is nothing to touch.
    pub fn percent(&self) -> usize {
        (self.touched() * 100).checked_div(self.parts.len()).unwrap_or(100)
    }
}

impl Coverage {
    /// The parts that no scenario touches.
    pub fn untouched(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|(_, touched)| !touched).map(|(part, _)| part)
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (touched, of) = (self.touched(), self.parts.len());
        write!(f, "{} % of the rules touched: {touched} of {of} parts", self.percent())
    }
}

const POSTED: &str = "posted";
const ASKED: &str = "asked for";
const APPROVED: &str = "approved";
const REJECTED: &str = "rejected";
const OVERRIDDEN: &str = "overridden";
const OUTSIDE: &str = "pressed outside the window";

fn part(rule: &ApprovalRule, what: impl Into<String>) -> Part {
    Part { list: "approvals", rule: rule.name.clone(), what: what.into() }
}

fn frozen(name: &str) -> String {
    format!("pressed in the freeze `{name}`")
}

fn seat(seats: &signoff::rules::policy::Seats) -> String {
    format!("approved by one of {}", signoff::rules::words::approvers(&seats.from))
}

fn parts_of(rule: &ApprovalRule) -> Vec<Part> {
    let policy = &rule.policy;
    let mut what = vec![ASKED.to_owned(), APPROVED.to_owned(), REJECTED.to_owned()];
    what.extend(policy.require.iter().map(seat));
    if policy.window.is_some() {
        what.push(OUTSIDE.to_owned());
    }
    what.extend(policy.freezes.iter().map(|freeze| frozen(&freeze.name)));
    if !policy.override_by.is_empty() {
        what.push(OVERRIDDEN.to_owned());
    }
    let mut parts: Vec<Part> = Vec::new();
    for what in what {
        let part = part(rule, what);
        // Two entries of `require` may ask for the same people.
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

fn touched(rules: &RuleSet, seen: &Seen) -> BTreeSet<Part> {
    let mut touched = BTreeSet::new();
    let mut asked = BTreeMap::new();
    for event in &seen.events {
        if event.request.is_none() {
            let posted = rules.notifications_for(event);
            touched.extend(posted.map(|rule| Part {
                list: "notifications",
                rule: rule.name.clone(),
                what: POSTED.to_owned(),
            }));
        } else if let Ok(Some(rule)) = rules.approval_for(event) {
            touched.insert(part(rule, ASKED));
            asked.insert(id(event), rule);
        }
    }
    for (at, wish, approval) in &seen.presses {
        let Some(rule) = asked.get(approval).filter(|_| *wish == Wish::Approve) else { continue };
        match opening(rule.policy.window.as_ref(), &rule.policy.freezes, *at) {
            Opening::Closed { by: Closure::Window, .. } => drop(touched.insert(part(rule, OUTSIDE))),
            Opening::Closed { by: Closure::Freeze(name), .. } => drop(touched.insert(part(rule, frozen(&name)))),
            Opening::Open => {}
        }
    }
    for record in &seen.records {
        if let Some(rule) = asked.get(&record.id) {
            of_record(rule, record, &seen.members, &mut touched);
        }
    }
    touched
}

fn of_record(rule: &ApprovalRule, record: &ApprovalRecord, members: &Members, touched: &mut BTreeSet<Part>) {
    let mut votes: Vec<&CastVote> = record.votes.iter().collect();
    if let ApprovalState::Ended(Outcome::Decided(decision)) = &record.state {
        let end = match (decision.approved, decision.is_override) {
            (_, true) => OVERRIDDEN,
            (true, false) => APPROVED,
            (false, false) => REJECTED,
        };
        touched.insert(part(rule, end));
        votes.extend(&decision.votes);
    }
    for seats in &rule.policy.require {
        if votes.iter().any(|vote| quorum::is_among(&seats.from, &vote.by, members)) {
            touched.insert(part(rule, seat(seats)));
        }
    }
}
