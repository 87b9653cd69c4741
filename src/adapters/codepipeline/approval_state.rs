//! What became of an approval: `GetPipelineState` knows the action's latest run, `ListActionExecutions` every run.

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::primitives::DateTime;
use aws_sdk_codepipeline::types::{
    ActionExecution, ActionExecutionDetail, ActionExecutionFilter, ActionExecutionStatus,
};
use jiff::Timestamp;

use super::{pages, port_error};
use crate::event::ApprovalToken;
use crate::ports::{ActionRef, ActionState, ActionStatus, PortError};

/// The run that this token's request belongs to. Where CodePipeline does not say which that is, the action's latest.
pub(super) async fn approval_state(
    client: &Client,
    action: &ActionRef,
    token: &ApprovalToken,
    execution: Option<&str>,
) -> Result<Option<ActionState>, PortError> {
    let sent = client.get_pipeline_state().name(&action.pipeline.name).send().await;
    let state = match sent {
        Ok(state) => state,
        Err(SdkError::ServiceError(error)) if error.err().is_pipeline_not_found_exception() => return Ok(None),
        Err(error) => return Err(port_error("CodePipeline's GetPipelineState", &error)),
    };
    let stage = state.stage_states().iter().find(|stage| stage.stage_name() == Some(&action.stage));
    let latest = stage
        .and_then(|stage| stage.action_states().iter().find(|found| found.action_name() == Some(&action.action)))
        .and_then(|found| found.latest_execution());
    let newest = stage.and_then(|stage| stage.latest_execution()).map(|latest| latest.pipeline_execution_id());
    let latest = latest.map(|latest| of_latest(latest, newest));
    if latest.as_ref().is_some_and(|latest| latest.token.as_ref() == Some(token)) {
        return Ok(latest);
    }
    // The latest run is another one, or it is over, or the pipeline runs in PARALLEL mode: in none of these does the state
    // have the token (<https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html>).
    Ok(run_of(client, action, token, execution).await?.or(latest))
}

/// The run whose `externalExecutionId` is the token.
async fn run_of(
    client: &Client,
    action: &ActionRef,
    token: &ApprovalToken,
    execution: Option<&str>,
) -> Result<Option<ActionState>, PortError> {
    let filter = execution.map(|execution| ActionExecutionFilter::builder().pipeline_execution_id(execution).build());
    let mut next = None;
    for _ in 0..pages::OF_LATER_RUNS {
        let list = client.list_action_executions().pipeline_name(&action.pipeline.name).max_results(100);
        let page = match list.set_filter(filter.clone()).set_next_token(next).send().await {
            Ok(page) => page,
            Err(SdkError::ServiceError(error))
                if error.err().is_pipeline_not_found_exception()
                    || error.err().is_pipeline_execution_not_found_exception() =>
            {
                return Ok(None);
            }
            Err(error) => return Err(port_error("CodePipeline's ListActionExecutions", &error)),
        };
        let is_it = |run: &&ActionExecutionDetail| {
            let result = run.output().and_then(|output| output.execution_result());
            run.stage_name() == Some(&action.stage)
                && run.action_name() == Some(&action.action)
                && result.and_then(|result| result.external_execution_id()) == Some(token.expose())
        };
        if let Some(run) = page.action_execution_details().iter().find(is_it) {
            return Ok(Some(of_run(run, Some(token.clone()))));
        }
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(None);
        }
    }
    Err(pages::too_many_later_runs())
}

fn of_latest(latest: &ActionExecution, execution: Option<&str>) -> ActionState {
    ActionState {
        status: status(latest.status()),
        token: latest.token().map(ApprovalToken::new),
        execution: execution.map(str::to_owned),
        summary: said(latest.summary()),
        updated_by: latest.last_updated_by().map(str::to_owned),
        changed_at: latest.last_status_change().and_then(time),
    }
}

pub(super) fn of_run(run: &ActionExecutionDetail, token: Option<ApprovalToken>) -> ActionState {
    let result = run.output().and_then(|output| output.execution_result());
    ActionState {
        status: status(run.status()),
        token,
        execution: run.pipeline_execution_id().map(str::to_owned),
        summary: said(result.and_then(|result| result.external_execution_summary())),
        updated_by: run.updated_by().map(str::to_owned),
        changed_at: run.last_update_time().and_then(time),
    }
}

pub(super) fn status(status: Option<&ActionExecutionStatus>) -> ActionStatus {
    match status {
        Some(ActionExecutionStatus::InProgress) => ActionStatus::InProgress,
        Some(ActionExecutionStatus::Succeeded) => ActionStatus::Succeeded,
        Some(ActionExecutionStatus::Failed) => ActionStatus::Failed,
        Some(ActionExecutionStatus::Abandoned) => ActionStatus::Abandoned,
        _ => ActionStatus::Unknown,
    }
}

fn said(summary: Option<&str>) -> Option<String> {
    summary.filter(|summary| !summary.is_empty()).map(str::to_owned)
}

pub(super) fn time(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}
