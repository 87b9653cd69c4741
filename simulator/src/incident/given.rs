//! The world that recordings need: the channels of the rules, the people who clicked, the pipelines that asked.

use std::collections::{BTreeMap, BTreeSet};

use signoff::event::Event;
use signoff::rules::{Approver, RuleSet};

use super::quoted;
use crate::recording::Arrived;

/// The name that a scenario calls a person by.
pub(super) fn person(id: &str) -> String {
    id.to_lowercase()
}

/// The file of the scenario's `given`.
pub(super) fn yaml(all: &[Arrived], rules: &RuleSet) -> String {
    let mut out = format!("workspace:\n  team: {}\n  channels:\n", rules.workspace.as_str());
    for id in channels(rules) {
        out.push_str(&format!("    {}: {id}\n", id.to_lowercase()));
    }
    out.push_str("  people:\n");
    for (id, team) in people(all, rules) {
        let team = team.filter(|team| team != rules.workspace.as_str());
        let team = team.map(|team| format!(", team: {team}")).unwrap_or_default();
        out.push_str(&format!("    {}: {{ id: {id}, name: {id}{team} }}\n", person(&id)));
    }
    out.push_str("pipelines:\n");
    for (name, asked) in requests(all) {
        out.push_str(&pipeline(name, &asked));
    }
    out
}

fn channels(rules: &RuleSet) -> BTreeSet<String> {
    let approvals = rules.approvals.iter().map(|rule| rule.channel.as_str());
    let notifications = rules.notifications.iter().map(|rule| rule.channel.as_str());
    let uncovered = rules.uncovered.iter().map(|uncovered| uncovered.channel.as_str());
    approvals.chain(notifications).chain(uncovered).map(str::to_owned).collect()
}

/// Everybody whom the rules name or who clicked, and the workspace they clicked from.
fn people(all: &[Arrived], rules: &RuleSet) -> BTreeMap<String, Option<String>> {
    let named = rules.approvals.iter().flat_map(|rule| rule.approvers.iter().chain(&rule.policy.override_by));
    let mut people: BTreeMap<String, Option<String>> = BTreeMap::new();
    for approver in named {
        match approver {
            Approver::User(id) => drop(people.insert(id.as_str().to_owned(), None)),
            Approver::Group { users, .. } => people.extend(users.iter().map(|id| (id.as_str().to_owned(), None))),
        }
    }
    for arrived in all {
        if let Arrived::Click(click) = arrived {
            people.insert(click.user.id.clone(), click.user.team.clone());
        }
    }
    people
}

/// The requests of each pipeline, each action's first.
fn requests(all: &[Arrived]) -> BTreeMap<&str, Vec<&Event>> {
    let mut found: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for arrived in all {
        let Arrived::Event(event) = arrived else { continue };
        let pipeline = found.entry(event.pipeline.as_str()).or_default();
        let is_known = |known: &&Event| (&known.stage, &known.action) == (&event.stage, &event.action);
        if event.request.is_some() && !pipeline.iter().any(is_known) {
            pipeline.push(event);
        }
    }
    found.retain(|_, events| !events.is_empty());
    found
}

fn pipeline(name: &str, asked: &[&Event]) -> String {
    let Some(first) = asked.first() else { return String::new() };
    let mut out = format!("  {}:\n    region: {}\n", quoted(name), quoted(&first.region));
    if let Some(account) = &first.account {
        out.push_str(&format!("    account: {}\n", quoted(account)));
    }
    if let (Some(stage), Some(action)) = (&first.stage, &first.action) {
        out.push_str(&format!("    waits_at: {}\n", quoted(&format!("{stage}/{action}"))));
    }
    out.push_str("    stages:\n");
    let mut stages: Vec<(&str, Vec<&Event>)> = Vec::new();
    for event in asked {
        let stage = event.stage.as_deref().unwrap_or("Approval");
        match stages.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, events)) => events.push(event),
            None => stages.push((stage, vec![event])),
        }
    }
    for (stage, events) in stages {
        out.push_str(&format!("      - name: {}\n        actions:\n", quoted(stage)));
        for event in events {
            let action = quoted(event.action.as_deref().unwrap_or("Approve"));
            let token = event.request.as_ref().map(|request| request.token.expose()).unwrap_or_default();
            out.push_str(&format!("          - {{ name: {action}, category: Approval, token: {} }}\n", quoted(token)));
        }
    }
    out
}
