//! Who could approve, as far as the rules say it.

use jiff::Timestamp;

use crate::approval::window::{Opening, local, opening};
use crate::approval::{has_expired, people};
use crate::event::Event;
use crate::facts::Mention;
use crate::rules::command::CommandRule;
use crate::rules::policy::Policy;
use crate::rules::words::list;
use crate::rules::{ApprovalRule, Condition, Field, Match, Pattern, RuleSet};

/// Who could approve at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates {
    /// Why nobody could, and what would help; `None` where somebody could.
    pub nobody: Option<String>,
    /// Who could fill which seats: in the rule's words, and person by person.
    pub seats: Vec<(String, Vec<Mention>)>,
    /// Who could decide alone.
    pub override_by: Vec<Mention>,
    /// Who of these may not, and how that is found out.
    pub but_not: Option<String>,
}

/// Who could approve at a time. `event` is the request, where there is one.
pub fn who_could(rule: &ApprovalRule, event: Option<&Event>, now: Timestamp) -> Candidates {
    let policy = &rule.policy;
    let seats = policy.require.iter().map(|seats| (seats.words(), people(&seats.from))).collect();
    if event.is_some_and(|event| has_expired(event, now)) {
        let nobody = Some("the request has expired".to_owned());
        return Candidates { nobody, seats, override_by: Vec::new(), but_not: None };
    }
    let (nobody, but_not) = (closed(policy, now), but_not(policy, event));
    Candidates { nobody, seats, override_by: people(&policy.override_by), but_not }
}

/// Why nothing is approved at a time.
fn closed(policy: &Policy, now: Timestamp) -> Option<String> {
    let Opening::Closed { by, opens } = opening(policy.window.as_ref(), &policy.freezes, now) else { return None };
    let why = by.words(policy.window.as_ref());
    let opens = match opens {
        Some(opens) => format!("approvals are taken again from {}", local(policy, &by, opens)),
        None => "it does not end within a year".to_owned(),
    };
    Some(format!("{why}; {opens}"))
}

/// Who of those named may not, in words.
fn but_not(policy: &Policy, event: Option<&Event>) -> Option<String> {
    let who = policy.forbid_words()?;
    let email = event.and_then(|event| event.commit.as_ref()).and_then(|commit| commit.email.as_deref());
    let email = email.map(|email| format!(" ({email})")).unwrap_or_default();
    let unknown = if policy.allows_unknown_author { "" } else { ", and nobody while that can't be told" };
    Some(format!("{who}{email}, found by e-mail when somebody answers{unknown}"))
}

/// One answer to the question who may approve something: a rule, and under which circumstances it decides.
#[derive(Debug)]
pub struct Answer<'a> {
    /// What has to be true that is not known, such as ``region is like `eu-*` ``; empty where nothing more has to be.
    pub only_if: Vec<String>,
    /// The rule.
    pub rule: &'a ApprovalRule,
}

/// Who may approve what is known by these values: the rules that may decide, in order, to the first that surely does.
pub fn who<'a>(rules: &'a RuleSet, known: &[(Field, &str)]) -> Vec<Answer<'a>> {
    let mut answers = Vec::new();
    for rule in &rules.approvals {
        let Some(only_if) = only_if(&rule.matches, known) else { continue };
        let is_sure = only_if.is_empty();
        answers.push(Answer { only_if, rule });
        if is_sure {
            break;
        }
    }
    answers
}

/// The command rules that may be for a pipeline, or for a stage of it.
pub fn commands<'a>(rules: &'a RuleSet, known: &[(Field, &str)]) -> Vec<&'a CommandRule> {
    let fits = |rule: &&CommandRule| {
        rule.fields.iter().all(|(field, condition)| {
            known.iter().find(|(known, _)| known == field).is_none_or(|(_, value)| condition.is_match(value))
        })
    };
    rules.commands.iter().filter(fits).collect()
}

/// What has to be true beside what is known; `None` where what is known is not for the rule.
fn only_if(matches: &Match, known: &[(Field, &str)]) -> Option<Vec<String>> {
    let mut open = Vec::new();
    for (field, condition) in &matches.fields {
        match known.iter().find(|(known, _)| known == field) {
            Some((_, value)) if !condition.is_match(value) => return None,
            Some(_) => {}
            None => open.push(condition_words(*field, condition)),
        }
    }
    open.extend(matches.when.as_ref().map(|when| format!("`{}`", when.as_str())));
    Some(open)
}

fn condition_words(field: Field, Condition { any, not }: &Condition) -> String {
    let words = |patterns: &[Pattern]| list(patterns.iter().map(|pattern| format!("`{}`", pattern.as_str())), "or");
    let is_like = |patterns: &[Pattern]| if patterns.iter().all(Pattern::is_name) { "" } else { "like " };
    let key = field.key();
    match (any.is_empty(), not.is_empty()) {
        (false, true) => format!("the {key} is {}{}", is_like(any), words(any)),
        (true, _) => format!("the {key} is not {}{}", is_like(not), words(not)),
        (false, false) => {
            format!("the {key} is {}{} but not {}{}", is_like(any), words(any), is_like(not), words(not))
        }
    }
}
