//! Which rule is for which event.

mod candidates;
mod index;
mod list;
mod literals;
mod pattern;

use super::model::{ApprovalRule, NotificationRule, RuleSet, Thread};
use super::when::When;
use crate::approval::quorum;
use crate::diagnostic::Diagnostic;
use crate::event::{Event, EventKind};

pub use list::Rules;
pub use pattern::Pattern;
pub(super) use pattern::SPECIAL;

/// What of an event a pattern may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The pipeline's name.
    Pipeline,
    /// The stage's name.
    Stage,
    /// The action's name.
    Action,
    /// The region.
    Region,
    /// The AWS account.
    Account,
}

impl Field {
    /// Every field, in the order in which conditions are looked at.
    pub const ALL: [Self; 5] = [Self::Pipeline, Self::Stage, Self::Action, Self::Region, Self::Account];

    /// Its key under `match`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Action => "action",
            Self::Region => "region",
            Self::Account => "account",
        }
    }

    /// What an event has there; `None` where it does not say.
    pub fn of(self, event: &Event) -> Option<&str> {
        match self {
            Self::Pipeline => Some(event.pipeline.as_str()).filter(|name| !name.is_empty()),
            Self::Stage => event.stage.as_deref(),
            Self::Action => event.action.as_deref(),
            Self::Region => Some(event.region.as_str()).filter(|region| !region.is_empty()),
            Self::Account => event.account.as_deref(),
        }
    }
}

/// What a field has to be.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// One of these has to match; anything does where there is none.
    pub any: Vec<Pattern>,
    /// None of these may match.
    pub not: Vec<Pattern>,
}

impl Condition {
    /// Whether this is a value that the condition is for.
    pub fn is_match(&self, value: &str) -> bool {
        (self.any.is_empty() || self.any.iter().any(|pattern| pattern.is_match(value)))
            && !self.not.iter().any(|pattern| pattern.is_match(value))
    }
}

/// The events that a rule is for.
#[derive(Debug, Clone, Default)]
pub struct Match {
    /// What each field has to be, in the order of [`Field::ALL`]. A field that is not there may be anything, even unknown; what
    /// an event does not know, no condition matches.
    pub fields: Vec<(Field, Condition)>,
    /// What happened: the kinds of event that the rule's patterns name, in the order of [`EventKind::all`]. `None` for all.
    pub event: Option<Vec<EventKind>>,
    /// What else has to be true.
    pub when: Option<When>,
}

/// The first condition of a rule that an event does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// What happened is none of the rule's events.
    Event,
    /// A field is not what it has to be.
    Field(Field),
    /// The rule's `when` is false.
    When,
    /// Whether the rule's `when` is true can't be told, and why.
    Unclear(Diagnostic),
}

impl Match {
    /// The condition for a field; `None` where it may be anything.
    pub fn field(&self, wanted: Field) -> Option<&Condition> {
        self.fields.iter().find(|(field, _)| *field == wanted).map(|(_, condition)| condition)
    }

    /// Whether the rule is for this event, and if not, why.
    ///
    /// # Errors
    ///
    /// The first condition that the event does not meet: what happened, then the fields, then `when`.
    pub fn check(&self, event: &Event) -> Result<(), Mismatch> {
        if self.event.as_ref().is_some_and(|kinds| !kinds.contains(&event.kind)) {
            return Err(Mismatch::Event);
        }
        if let Some(field) = self.first_other_field(event) {
            return Err(Mismatch::Field(field));
        }
        match self.when.as_ref().map(|when| when.holds(event)) {
            None | Some(Ok(true)) => Ok(()),
            Some(Ok(false)) => Err(Mismatch::When),
            Some(Err(error)) => Err(Mismatch::Unclear(error)),
        }
    }
}

impl Match {
    /// The first field that is not what it has to be.
    fn first_other_field(&self, event: &Event) -> Option<Field> {
        let fails =
            |(field, condition): &&(Field, Condition)| field.of(event).is_none_or(|value| !condition.is_match(value));
        self.fields.iter().find(fails).map(|(field, _)| *field)
    }
}

impl RuleSet {
    /// The rule that decides about this request: the first that matches (A1). Only a request has one.
    ///
    /// # Errors
    ///
    /// Why it can't be told whether a rule matches. No later one may decide then: it may ask for less.
    pub fn approval_for(&self, event: &Event) -> Result<Option<&ApprovalRule>, Diagnostic> {
        if event.request.is_none() {
            return Ok(None);
        }
        match self.approvals.met_by(event).next() {
            Some((_, Err(Mismatch::Unclear(error)))) => Err(error),
            met => Ok(met.map(|(rule, _)| rule)),
        }
    }

    /// What a request for approval that is like this event asks for, in words, as far as that can be told without the request
    /// itself: not where a rule that may be for it has a `when`.
    pub fn asks_for(&self, event: &Event) -> Option<String> {
        let rule = self.approvals.iter().find(|rule| rule.matches.first_other_field(event).is_none())?;
        rule.matches.when.is_none().then(|| quorum::words(&rule.policy.require))
    }

    /// The rules that may show this event's execution, whatever of it they ask to be told.
    pub fn threads_for(&self, event: &Event) -> impl Iterator<Item = &NotificationRule> {
        let of_executions = [Field::Pipeline, Field::Region, Field::Account];
        self.notifications.iter().filter(move |rule| {
            let mut fields = rule.matches.fields.iter().filter(|(field, _)| of_executions.contains(field));
            rule.thread == Thread::Execution
                && fields.all(|(field, condition)| field.of(event).is_some_and(|value| condition.is_match(value)))
        })
    }

    /// The rules that tell this event: all that match, and those of which it can't be told.
    pub fn notifications_for(&self, event: &Event) -> impl Iterator<Item = &NotificationRule> {
        self.notifications.met_by(event).map(|(rule, _)| rule)
    }
}
