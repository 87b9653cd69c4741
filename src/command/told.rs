//! What is told of a command: before it is done, and after.

use jiff::Timestamp;

use super::{Order, words};
use crate::event;
use crate::facts::{CommandFacts, Person};
use crate::rules::command::{CommandRule, Target, Verb};

/// The variables of `confirm` and `command`, before anything is done.
pub fn command_facts(order: &Order, rule: &CommandRule) -> CommandFacts {
    let Target { region, pipeline, stage, .. } = &order.target;
    let execution = order.execution.clone().filter(|_| order.verb != Verb::Rollback);
    let execution_link = match &execution {
        Some(execution) => event::link_of_execution(region, pipeline, execution),
        None => event::pipeline_link(region, pipeline),
    };
    CommandFacts {
        verb: order.verb.to_string(),
        done: words::done(order.verb).to_owned(),
        region: region.clone(),
        pipeline: pipeline.clone(),
        stage: stage.clone(),
        execution,
        back_to: order.execution.clone().filter(|_| order.verb == Verb::Rollback),
        variables: order.variables.clone(),
        revisions: order.revisions.clone(),
        abandon: order.abandon,
        reason: order.reason.clone(),
        console_link: event::pipeline_link(region, pipeline),
        execution_link,
        by: None,
        at: None,
        rule: rule.name.clone(),
        needs_reason: order.lacks_reason(),
        private_metadata: None,
    }
}

/// The same, of what was done. `execution` is the one that it made, where it did.
pub fn done_facts(
    order: &Order,
    rule: &CommandRule,
    execution: Option<&str>,
    by: Person,
    at: Timestamp,
) -> CommandFacts {
    let facts = command_facts(order, rule);
    let Target { region, pipeline, .. } = &order.target;
    let (execution, execution_link) = match execution {
        Some(made) => (Some(made.to_owned()), event::link_of_execution(region, pipeline, made)),
        None => (facts.execution, facts.execution_link),
    };
    CommandFacts { execution, execution_link, by: Some(by), at: Some(at.as_second()), ..facts }
}

/// Somebody of Slack.
pub fn person(id: &str, name: &str) -> Person {
    Person { slack_id: Some(id.to_owned()), name: name.to_owned() }
}
