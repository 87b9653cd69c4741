//! How a pipeline stands, for a message.

use super::Order;
use super::offers::button;
use super::waiting::waits_for;
use crate::approval::outcome::person_of_arn;
use crate::approval::people;
use crate::approval::record::ApprovalRecord;
use crate::event;
use crate::facts::{ActionFacts, ClosedFacts, StageFacts, StatusFacts};
use crate::ports::{ActionStatus, PipelineState, StageRun, StageState, StageStatus};
use crate::rules::RuleSet;
use crate::rules::command::{Target, Verb};

/// The variables of the template `status`. `waiting` are the approvals of the pipeline that wait; `may` tells what the person may do.
pub fn status_facts(
    target: &Target,
    state: &PipelineState,
    waiting: &[ApprovalRecord],
    rules: &RuleSet,
    may: &dyn Fn(Verb, &Target) -> bool,
) -> StatusFacts {
    let Target { region, pipeline, .. } = target;
    let of_stage = |stage: &StageState| Target { stage: Some(stage.name.clone()), ..target.clone() };
    let offer = |verb, target: Target, execution: Option<String>| {
        may(verb, &target).then(|| button(&Order { execution, ..Order::new(verb, target) }))
    };
    let stages = state.stages.iter().map(|stage| {
        let enable = stage.closed.as_ref().and_then(|_| offer(Verb::Enable, of_stage(stage), None));
        StageFacts { enable, ..stage_facts(target, stage, waiting, rules) }
    });
    let find = |verb, run_of: fn(&StageState) -> Option<&StageRun>| {
        state.stages.iter().find(|stage| run_of(stage).is_some() && may(verb, &of_stage(stage)))
    };
    let retryable = find(Verb::Retry, StageState::failed).or_else(|| find(Verb::Retry, StageState::abandoned));
    let retry = retryable.and_then(|stage| {
        let execution = stage.latest.as_ref().map(|run| run.execution.clone());
        offer(Verb::Retry, of_stage(stage), execution)
    });
    // Which execution it goes back to is found out when it is pressed.
    let rollback =
        find(Verb::Rollback, StageState::failed).and_then(|stage| offer(Verb::Rollback, of_stage(stage), None));
    let running = state.stages.iter().filter_map(|stage| stage.latest.as_ref());
    let running = running.filter(|run| run.status == StageStatus::InProgress).map(|run| run.execution.clone()).next();
    let stop = running.and_then(|execution| offer(Verb::Stop, target.clone(), Some(execution)));
    StatusFacts {
        account: rules.account_name(target.account.as_deref()),
        region: region.clone(),
        pipeline: pipeline.clone(),
        console_link: event::pipeline_link(region, pipeline),
        stages: stages.collect(),
        start: offer(Verb::Start, target.clone(), None),
        retry,
        rollback,
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
        enable: None,
        inbound: stage.inbound.len(),
        actions: actions.collect(),
    }
}
