//! How a pipeline stands, for a message.

use super::{Order, decide, words};
use crate::approval::outcome::person_of_arn;
use crate::approval::quorum::Members;
use crate::approval::record::{ApprovalRecord, ApprovalState};
use crate::approval::{people, quorum};
use crate::event::{self, Event, EventKind, State};
use crate::facts::{
    ActionFacts, ButtonFacts, ClosedFacts, CommandFacts, HelpFacts, HelpLine, Mention, Person, StageFacts, StatusFacts,
    WaitingApproval,
};
use crate::ports::{ActionStatus, PipelineState, StageState, StageStatus};
use crate::rules::command::{CommandRule, Target, Verb};
use crate::rules::words::list;
use crate::rules::{Condition, Field, Pattern, RuleSet};

/// The variables of the template `status`. `waiting` are the approvals of the pipeline that wait; `may` tells what the person may do.
pub fn status_facts(
    target: &Target,
    state: &PipelineState,
    waiting: &[ApprovalRecord],
    rules: &RuleSet,
    may: &dyn Fn(Verb, &Target) -> bool,
) -> StatusFacts {
    let Target { region, pipeline, .. } = target;
    let stages: Vec<StageFacts> = state.stages.iter().map(|stage| stage_facts(target, stage, waiting, rules)).collect();
    let of_stage = |stage: &StageState| Target { stage: Some(stage.name.clone()), ..target.clone() };
    let failed = state.stages.iter().find(|stage| {
        stage.latest.as_ref().is_some_and(|run| run.status == StageStatus::Failed) && may(Verb::Retry, &of_stage(stage))
    });
    let retry = failed.map(|stage| {
        let execution = stage.latest.as_ref().map(|run| run.execution.clone());
        button(&Order { execution, ..Order::new(Verb::Retry, of_stage(stage)) })
    });
    let running = state.stages.iter().filter_map(|stage| stage.latest.as_ref());
    let running = running.filter(|run| run.status == StageStatus::InProgress).map(|run| run.execution.clone()).next();
    let stop = running
        .filter(|_| may(Verb::Stop, target))
        .map(|execution| button(&Order { execution: Some(execution), ..Order::new(Verb::Stop, target.clone()) }));
    StatusFacts {
        region: region.clone(),
        pipeline: pipeline.clone(),
        console_link: event::pipeline_link(region, pipeline),
        stages,
        retry,
        stop,
    }
}

fn stage_facts(target: &Target, stage: &StageState, waiting: &[ApprovalRecord], rules: &RuleSet) -> StageFacts {
    let status = stage.latest.as_ref().map(|run| match run.status {
        StageStatus::InProgress => "in_progress",
        StageStatus::Succeeded => "succeeded",
        StageStatus::Failed => "failed",
        StageStatus::Stopping => "stopping",
        StageStatus::Stopped => "stopped",
        StageStatus::Canceled => "canceled",
        StageStatus::Skipped => "skipped",
        StageStatus::Unknown => "unknown",
    });
    let actions = stage.actions.iter().map(|action| {
        let is_it = |record: &&ApprovalRecord| {
            record.event.stage.as_deref() == Some(&stage.name) && record.event.action.as_deref() == Some(&action.name)
        };
        let waits = waiting.iter().find(is_it).filter(|_| action.status == Some(ActionStatus::InProgress));
        let rule = waits.and_then(|record| rules.approval_for(&record.event).ok().flatten());
        ActionFacts {
            name: action.name.clone(),
            status: action.status.map(|status| {
                match status {
                    ActionStatus::InProgress => "in_progress",
                    ActionStatus::Succeeded => "succeeded",
                    ActionStatus::Failed => "failed",
                    ActionStatus::Abandoned => "abandoned",
                    ActionStatus::Unknown => "unknown",
                }
                .to_owned()
            }),
            at: action.changed_at.map(jiff::Timestamp::as_second),
            error: action.error.clone(),
            link: action.link.clone(),
            waits_for: waits.and_then(|record| waits_for(record, rules)),
            approvers: rule.map(|rule| people(&rule.approvers)).unwrap_or_default(),
        }
    });
    StageFacts {
        name: stage.name.clone(),
        status: status.map(str::to_owned),
        execution: stage.latest.as_ref().map(|run| run.execution.clone()),
        execution_link: stage
            .latest
            .as_ref()
            .map(|run| event::link_of_execution(&target.region, &target.pipeline, &run.execution)),
        closed: stage.closed.as_ref().map(|closed| ClosedFacts {
            reason: closed.reason.clone(),
            by: closed.by.as_deref().map(person_of_arn),
            at: closed.at.map(jiff::Timestamp::as_second),
        }),
        inbound: stage.inbound.len(),
        actions: actions.collect(),
    }
}

/// For whom an approval waits, in words; `None` where no rule covers it.
pub fn waits_for(record: &ApprovalRecord, rules: &RuleSet) -> Option<String> {
    let rule = rules.approval_for(&record.event).ok().flatten()?;
    Some(record.waits_for.clone().unwrap_or_else(|| quorum::words(&rule.policy.require)))
}

/// An approval that waits, for a list. `link` is where its message is.
pub fn waiting_facts(record: &ApprovalRecord, rules: &RuleSet, link: Option<String>) -> WaitingApproval {
    let event = &record.event;
    WaitingApproval {
        region: event.region.clone(),
        pipeline: event.pipeline.clone(),
        stage: event.stage.clone(),
        action: event.action.clone(),
        since: record.since().map(jiff::Timestamp::as_second),
        expires: event.request.as_ref().and_then(|request| request.expires).map(jiff::Timestamp::as_second),
        waits_for: waits_for(record, rules),
        votes: record.votes.len(),
        link,
        console_link: event.console_link(),
    }
}

/// Whether an approval waits for an answer.
pub fn is_waiting(record: &ApprovalRecord, now: jiff::Timestamp) -> bool {
    !matches!(record.state, ApprovalState::Ended(_)) && !crate::approval::has_expired(&record.event, now)
}

/// The variables of `confirm` and `command`, before anything is done.
pub fn command_facts(order: &Order, rule: &CommandRule) -> CommandFacts {
    let Target { region, pipeline, stage } = &order.target;
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
    at: jiff::Timestamp,
) -> CommandFacts {
    let facts = command_facts(order, rule);
    let Target { region, pipeline, .. } = &order.target;
    let (execution, execution_link) = match execution {
        Some(made) => (Some(made.to_owned()), event::link_of_execution(region, pipeline, made)),
        None => (facts.execution, facts.execution_link),
    };
    CommandFacts { execution, execution_link, by: Some(by), at: Some(at.as_second()), ..facts }
}

/// What a button carries: what it would do. It gives no power over it.
pub fn button(order: &Order) -> String {
    // Plain data in a plain structure: it can't fail.
    serde_json::to_string(order).unwrap_or_default()
}

/// What may be done about an event, by anybody: who presses is asked then.
pub fn buttons(rules: &RuleSet, event: &Event) -> ButtonFacts {
    let target = |stage: Option<&String>| Target {
        region: event.region.clone(),
        pipeline: event.pipeline.clone(),
        stage: stage.cloned(),
    };
    let order = |verb, target: Target| {
        let may = event.execution.is_some() && decide::may_anybody(rules, verb, &target);
        may.then(|| button(&Order { execution: event.execution.clone(), ..Order::new(verb, target) }))
    };
    match event.kind {
        EventKind::Pipeline(State::Failed) | EventKind::Stage(State::Failed) | EventKind::Action(State::Failed) => {
            ButtonFacts { retry: order(Verb::Retry, target(event.stage.as_ref())), stop: None }
        }
        EventKind::Pipeline(State::Started | State::Resumed) => {
            ButtonFacts { retry: None, stop: order(Verb::Stop, target(None)) }
        }
        _ => ButtonFacts::default(),
    }
}

/// What somebody may do, for `help`.
pub fn help_facts(command: &str, rules: &RuleSet, user: &str, members: &Members) -> HelpFacts {
    let mine = decide::rules_of(rules, user, members);
    let mut lines = Vec::new();
    for verb in Verb::ALL {
        let mut targets: Vec<String> = Vec::new();
        for rule in mine.iter().filter(|rule| rule.verbs.contains(&verb)) {
            let words = targets_words(rule);
            if !targets.contains(&words) {
                targets.push(words);
            }
        }
        if !targets.is_empty() {
            let (usage, meaning) = super::parse::usage(verb);
            let targets = targets.join("; ");
            lines.push(HelpLine { usage: usage.to_owned(), meaning: meaning.to_owned(), targets });
        }
    }
    HelpFacts { command: command.to_owned(), lines }
}

/// What a rule is for, such as `payments-*, stage Production`.
fn targets_words(rule: &CommandRule) -> String {
    let words = rule.fields.iter().map(|(field, condition)| {
        let key = if *field == Field::Pipeline { String::new() } else { format!("{} ", field.key()) };
        format!("{key}{}", condition_words(condition))
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "all pipelines".to_owned() } else { words.join(", ") }
}

fn condition_words(condition: &Condition) -> String {
    let all = |patterns: &[Pattern]| list(patterns.iter().map(|pattern| pattern.as_str().to_owned()), "or");
    match (condition.any.is_empty(), condition.not.is_empty()) {
        (false, true) => all(&condition.any),
        (true, _) => format!("all but {}", all(&condition.not)),
        (false, false) => format!("{} but not {}", all(&condition.any), all(&condition.not)),
    }
}

/// Whether an approval waits for this person: they may answer it and have not.
pub fn waits_for_person(record: &ApprovalRecord, rules: &RuleSet, user: &str, members: &Members) -> bool {
    let Some(rule) = rules.approval_for(&record.event).ok().flatten() else { return false };
    if record.votes.iter().any(|vote| vote.by == user) {
        return false;
    }
    let voters: Vec<&str> = record.votes.iter().map(|vote| vote.by.as_str()).collect();
    let mine: Vec<&str> = voters.iter().copied().chain([user]).collect();
    // Whoever would fill a seat that is open.
    quorum::open_seats(&rule.policy.require, &mine, members)
        != quorum::open_seats(&rule.policy.require, &voters, members)
}

/// Somebody of Slack.
pub fn person(id: &str, name: &str) -> Person {
    Person { slack_id: Some(id.to_owned()), name: name.to_owned() }
}

/// A mention of somebody of Slack.
pub fn mention(id: &str) -> Mention {
    Mention::User { id: id.to_owned() }
}
