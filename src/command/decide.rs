//! Whether somebody may do what they ask for: by any of the rules, and by nothing else.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::words;
use crate::approval::own_change::Barred;
use crate::approval::quorum::{Members, is_among, is_named, user_groups};
use crate::approval::window::{Closure, Opening, local_of, opening};
use crate::approval::{Unfit, Voter, people, unfit};
use crate::facts::RefusalFacts;
use crate::rules::command::{CommandRule, Target, Verb};
use crate::rules::policy::Forbidden;
use crate::rules::{Approver, RuleSet, UserGroupId};

/// What comes of asking.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// Refused; nothing changes.
    Refuse(RefusalFacts),
    /// They may.
    Allow {
        /// A rule that says so: its name is kept with what was done.
        rule: &'a CommandRule,
        /// Whether they are shown first what will be done.
        confirm: bool,
    },
}

/// Who asks, and what was found out about them.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// The person.
    pub person: &'a Voter<'a>,
    /// Who is in which user group, as far as [`groups_to_ask`] names it.
    pub members: &'a Members,
    /// Whose change the execution is, where [`forbidden`] asks for it and the execution is known.
    pub barred: Option<&'a Barred>,
}

/// Decides whether somebody may do something. Where the stage of what is done to a stage is not known yet, whether they may do it
/// to any.
pub fn decide<'a>(rules: &'a RuleSet, verb: Verb, target: &Target, asker: &Asker<'_>, now: Timestamp) -> Verdict<'a> {
    if let Some(facts) = not_of_the_workspace(rules, asker.person) {
        return Verdict::Refuse(facts);
    }
    let fitting: Vec<&CommandRule> = fitting(rules, verb, target).collect();
    let what = words::what(verb, target);
    if fitting.is_empty() {
        let help = "Have a rule added under `commands:`, or do it in the AWS console.";
        return refuse(format!("No rule lets anybody {what} from Slack."), help);
    }
    let naming: Vec<&CommandRule> =
        fitting.iter().filter(|rule| is_among(&rule.by, asker.person.id, asker.members)).copied().collect();
    if naming.is_empty() {
        let by: Vec<Approver> = fitting.iter().flat_map(|rule| rule.by.clone()).collect();
        return Verdict::Refuse(RefusalFacts {
            reason: format!("You may not {what}. The rules leave that to"),
            people: people(&by),
            help: Some("Ask one of them, or have yourself added to a rule.".to_owned()),
        });
    }
    if let Some(facts) = unfit_words(asker.person, rules) {
        return Verdict::Refuse(facts);
    }
    let open: Vec<&CommandRule> = naming.iter().filter(|rule| closed(rule, verb, now).is_none()).copied().collect();
    let Some(first) = open.first() else {
        return still_closed(&naming, verb, &what, now);
    };
    if let Some(barred) = asker.barred
        && open.iter().all(|rule| !rule.forbid.is_empty())
    {
        if let Some(who) = barred.people.get(asker.person.id) {
            let deed = if *who == Forbidden::Author { "wrote this change" } else { "started this execution" };
            let reason = format!("You {deed}, and the rule `{}` lets nobody retry what is their own.", first.name);
            return refuse(reason, "Ask somebody else whom a rule names.");
        }
        if !barred.unknown.is_empty() {
            let unknown = crate::rules::words::list(barred.unknown.iter().cloned(), "and");
            let reason = format!(
                "The rule `{}` lets nobody retry what is their own, and whose change this is can't be told: {unknown}.",
                first.name
            );
            return refuse(reason, "Retry it in the AWS console.");
        }
    }
    // Where one of the rules does not ask whose change it is, it was not asked, and only such a rule can be what allows it.
    let lenient = verb == Verb::Retry && open.iter().any(|rule| rule.forbid.is_empty());
    let usable = || open.iter().filter(|rule| !lenient || rule.forbid.is_empty());
    let confirm = verb.is_change() && usable().all(|rule| rule.confirm);
    let rule = usable().find(|rule| confirm || !rule.confirm).copied().unwrap_or(first);
    Verdict::Allow { rule, confirm }
}

/// The rules that may allow something, whoever asks.
fn fitting<'a>(rules: &'a RuleSet, verb: Verb, target: &Target) -> impl Iterator<Item = &'a CommandRule> {
    let any_stage = verb.is_of_stage() && target.stage.is_none();
    let (target, all) = (target.clone(), rules.commands.iter());
    all.filter(move |rule| if any_stage { rule.may_be_for(verb, &target) } else { rule.is_for(verb, &target) })
}

/// Whether any rule lets anybody do this, to any stage where none is known.
pub fn may_anybody(rules: &RuleSet, verb: Verb, target: &Target) -> bool {
    fitting(rules, verb, target).next().is_some()
}

/// Whether a rule names somebody for this, at whatever time.
pub fn may(rules: &RuleSet, verb: Verb, target: &Target, user: &str, members: &Members) -> bool {
    fitting(rules, verb, target).any(|rule| is_among(&rule.by, user, members))
}

/// The user groups that have to be asked of Slack before it can be told whether somebody may do something.
pub fn groups_to_ask(rules: &RuleSet, verb: Verb, target: &Target, user: &str) -> BTreeSet<UserGroupId> {
    let unnamed = fitting(rules, verb, target).filter(|rule| !is_named(&rule.by, user));
    unnamed.flat_map(|rule| user_groups(&rule.by)).collect()
}

/// The user groups that have to be asked before it can be told what somebody may do at all.
pub fn groups_of_all(rules: &RuleSet, user: &str) -> BTreeSet<UserGroupId> {
    let unnamed = rules.commands.iter().filter(|rule| !is_named(&rule.by, user));
    unnamed.flat_map(|rule| user_groups(&rule.by)).collect()
}

/// The rules that name somebody, whatever for.
pub fn rules_of<'a>(rules: &'a RuleSet, user: &str, members: &Members) -> Vec<&'a CommandRule> {
    rules.commands.iter().filter(|rule| is_among(&rule.by, user, members)).collect()
}

/// As whom nobody may do this, where that decides: empty where a rule allows it to whomever's change it is.
pub fn forbidden(rules: &RuleSet, verb: Verb, target: &Target, asker: &Asker<'_>, now: Timestamp) -> Vec<Forbidden> {
    if verb != Verb::Retry {
        return Vec::new();
    }
    let naming = fitting(rules, verb, target).filter(|rule| is_among(&rule.by, asker.person.id, asker.members));
    let open: Vec<&CommandRule> = naming.filter(|rule| closed(rule, verb, now).is_none()).collect();
    if open.iter().any(|rule| rule.forbid.is_empty()) {
        return Vec::new();
    }
    let who: BTreeSet<Forbidden> = open.iter().flat_map(|rule| rule.forbid.iter().copied()).collect();
    who.into_iter().collect()
}

/// Refuses whom the workspace does not know as one of its people (A3).
pub fn not_of_the_workspace(rules: &RuleSet, person: &Voter<'_>) -> Option<RefusalFacts> {
    let workspace = rules.workspace.as_str();
    let is_other = person.team != Some(workspace) || person.home.is_some_and(|home| home != workspace);
    is_other.then(|| {
        RefusalFacts::new(
            "Pipelines are worked by people of the workspace that the rules name, and you are not one of them.",
            "Ask somebody of that workspace, or have `workspace:` in the rules changed.",
        )
    })
}

fn unfit_words(person: &Voter<'_>, rules: &RuleSet) -> Option<RefusalFacts> {
    let reason = match unfit(person.profile, rules.workspace.as_str())? {
        Unfit::Unknown => "Slack knows nobody by your user id.",
        Unfit::Deactivated => "Your Slack account is deactivated.",
        Unfit::Bot => "Bots and apps may not do this.",
        Unfit::Stranger => "You are a guest from another organisation here, and guests may not do this.",
    };
    Some(RefusalFacts::new(reason, "Ask a person of this workspace whom a rule names."))
}

/// Why a rule does not hold now, and until when.
fn closed(rule: &CommandRule, verb: Verb, now: Timestamp) -> Option<(Closure, Option<Timestamp>)> {
    if !verb.sets_going() {
        return None;
    }
    match opening(rule.window.as_ref(), &rule.freezes, now) {
        Opening::Open => None,
        Opening::Closed { by, opens } => Some((by, opens)),
    }
}

/// Refuses with the time at which the first of the rules holds again.
fn still_closed(naming: &[&CommandRule], verb: Verb, what: &str, now: Timestamp) -> Verdict<'static> {
    let closures = naming.iter().filter_map(|rule| closed(rule, verb, now).map(|(by, opens)| (*rule, by, opens)));
    let first = closures.min_by_key(|(_, _, opens)| opens.unwrap_or(Timestamp::MAX));
    let Some((rule, by, opens)) = first else {
        return refuse(format!("You may not {what} now."), "Look at the rules.");
    };
    let why = by.words(rule.window.as_ref());
    let opens = match opens {
        Some(opens) => {
            format!("It is possible again from {}.", local_of(rule.window.as_ref(), &rule.freezes, &by, opens))
        }
        None => "It is not possible again within a year.".to_owned(),
    };
    refuse(format!("You may not {what} now: by the rule `{}` {why}.", rule.name), &opens)
}

fn refuse(reason: String, help: &str) -> Verdict<'static> {
    Verdict::Refuse(RefusalFacts::new(reason, help))
}
