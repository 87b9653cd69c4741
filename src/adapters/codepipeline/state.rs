//! How pipelines stand: `GetPipelineState`, `ListPipelines`, `ListPipelineExecutions`.

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::types::{
    self, PipelineExecutionFilter, StageExecutionStatus, SucceededInStageFilter, TransitionState,
};

use super::approval_state::{status, time};
use super::{pages, port_error};
use crate::ports::{ActionRun, ClosedTransition, PipelineState, PortError, StageRun, StageState, StageStatus};

pub(super) async fn state(client: &Client, pipeline: &str) -> Result<Option<PipelineState>, PortError> {
    match client.get_pipeline_state().name(pipeline).send().await {
        Ok(state) => Ok(Some(PipelineState { stages: state.stage_states().iter().map(stage).collect() })),
        Err(SdkError::ServiceError(error)) if error.err().is_pipeline_not_found_exception() => Ok(None),
        Err(error) => Err(port_error("CodePipeline's GetPipelineState", &error)),
    }
}

pub(super) async fn pipelines(client: &Client) -> Result<Vec<String>, PortError> {
    let mut names = Vec::new();
    let mut next = None;
    for _ in 0..pages::OF_PIPELINES {
        let page = client.list_pipelines().max_results(1000).set_next_token(next).send().await;
        let page = page.map_err(|error| port_error("CodePipeline's ListPipelines", &error))?;
        names.extend(page.pipelines().iter().filter_map(|pipeline| pipeline.name()).map(str::to_owned));
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            break;
        }
    }
    Ok(names)
}

pub(super) async fn succeeded_in(client: &Client, pipeline: &str, stage: &str) -> Result<Vec<String>, PortError> {
    let in_stage = SucceededInStageFilter::builder().stage_name(stage).build();
    let filter = PipelineExecutionFilter::builder().succeeded_in_stage(in_stage).build();
    let list = client.list_pipeline_executions().pipeline_name(pipeline).filter(filter).max_results(100);
    let page = list.send().await.map_err(|error| port_error("CodePipeline's ListPipelineExecutions", &error))?;
    let ids = page.pipeline_execution_summaries().iter().filter_map(|summary| summary.pipeline_execution_id());
    Ok(ids.map(str::to_owned).collect())
}

fn stage(state: &types::StageState) -> StageState {
    let mut inbound: Vec<String> = Vec::new();
    for waiting in state.inbound_execution().into_iter().chain(state.inbound_executions()) {
        let id = waiting.pipeline_execution_id().to_owned();
        if !inbound.contains(&id) {
            inbound.push(id);
        }
    }
    StageState {
        name: state.stage_name().unwrap_or_default().to_owned(),
        closed: state.inbound_transition_state().filter(|transition| !transition.enabled()).map(closed),
        inbound,
        latest: state.latest_execution().map(|run| StageRun {
            execution: run.pipeline_execution_id().to_owned(),
            status: stage_status(run.status()),
        }),
        actions: state.action_states().iter().map(action).collect(),
    }
}

fn closed(transition: &TransitionState) -> ClosedTransition {
    ClosedTransition {
        reason: transition.disabled_reason().map(str::to_owned),
        by: transition.last_changed_by().map(str::to_owned),
        at: transition.last_changed_at().and_then(time),
    }
}

fn action(state: &types::ActionState) -> ActionRun {
    let latest = state.latest_execution();
    let error = latest.and_then(|latest| latest.error_details()).and_then(|error| error.message());
    ActionRun {
        name: state.action_name().unwrap_or_default().to_owned(),
        status: latest.map(|latest| status(latest.status())),
        changed_at: latest.and_then(|latest| latest.last_status_change()).and_then(time),
        error: error.filter(|error| !error.is_empty()).map(str::to_owned),
        link: latest.and_then(|latest| latest.external_execution_url()).map(str::to_owned),
    }
}

fn stage_status(status: &StageExecutionStatus) -> StageStatus {
    match status {
        StageExecutionStatus::InProgress => StageStatus::InProgress,
        StageExecutionStatus::Succeeded => StageStatus::Succeeded,
        StageExecutionStatus::Failed => StageStatus::Failed,
        StageExecutionStatus::Stopping => StageStatus::Stopping,
        StageExecutionStatus::Stopped => StageStatus::Stopped,
        StageExecutionStatus::Cancelled => StageStatus::Canceled,
        StageExecutionStatus::Skipped => StageStatus::Skipped,
        _ => StageStatus::Unknown,
    }
}
