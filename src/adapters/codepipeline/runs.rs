//! What ran in an execution, newest first: `ListActionExecutions` with the execution as its filter. And the pipeline's stages.

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::types::{ActionExecutionDetail, ActionExecutionFilter, ActionExecutionStatus};

use super::approval_state::of_run;
use super::{pages, port_error};
use crate::event::{ApprovalToken, Failure};
use crate::ports::{ActionRef, ActionState, PortError};

/// The names of a pipeline's stages.
pub(super) async fn stages(client: &Client, pipeline: &str) -> Result<Vec<String>, PortError> {
    match client.get_pipeline_state().name(pipeline).send().await {
        Ok(state) => {
            Ok(state.stage_states().iter().filter_map(|stage| stage.stage_name().map(str::to_owned)).collect())
        }
        Err(SdkError::ServiceError(error)) if error.err().is_pipeline_not_found_exception() => Ok(Vec::new()),
        Err(error) => Err(port_error("CodePipeline's GetPipelineState", &error)),
    }
}

/// The latest run of an action in an execution.
pub(super) async fn run_in(
    client: &Client,
    action: &ActionRef,
    execution: &str,
) -> Result<Option<ActionState>, PortError> {
    let is_it = |run: &ActionExecutionDetail| {
        run.stage_name() == Some(&action.stage) && run.action_name() == Some(&action.action)
    };
    let runs = latest(client, &action.pipeline.name, execution, &is_it).await?;
    Ok(runs.first().map(|run| {
        let result = run.output().and_then(|output| output.execution_result());
        of_run(run, result.and_then(|result| result.external_execution_id()).map(ApprovalToken::new))
    }))
}

/// The actions whose latest run failed, the first to fail first.
pub(super) async fn failures(client: &Client, pipeline: &str, execution: &str) -> Result<Vec<Failure>, PortError> {
    let runs = latest(client, pipeline, execution, &|_| true).await?;
    let failed = runs.iter().rev().filter(|run| run.status() == Some(&ActionExecutionStatus::Failed));
    Ok(failed.map(failure).collect())
}

fn failure(run: &ActionExecutionDetail) -> Failure {
    let result = run.output().and_then(|output| output.execution_result());
    let error = result.and_then(|result| result.error_details());
    let text = |text: Option<&str>| text.filter(|text| !text.trim().is_empty()).map(str::to_owned);
    Failure {
        action: text(run.action_name()),
        reason: text(result.and_then(|result| result.external_execution_summary()))
            .or_else(|| text(error.and_then(|error| error.message()))),
        code: text(error.and_then(|error| error.code())),
        link: text(result.and_then(|result| result.external_execution_url())),
    }
}

/// The latest run of each action that is `wanted`, newest first.
async fn latest(
    client: &Client,
    pipeline: &str,
    execution: &str,
    wanted: &(dyn Fn(&ActionExecutionDetail) -> bool + Sync),
) -> Result<Vec<ActionExecutionDetail>, PortError> {
    let filter = ActionExecutionFilter::builder().pipeline_execution_id(execution).build();
    let mut found: Vec<ActionExecutionDetail> = Vec::new();
    let mut next = None;
    for _ in 0..pages::OF_AN_EXECUTION {
        let list = client.list_action_executions().pipeline_name(pipeline).filter(filter.clone()).max_results(100);
        let page = match list.set_next_token(next).send().await {
            Ok(page) => page,
            Err(SdkError::ServiceError(error))
                if error.err().is_pipeline_not_found_exception()
                    || error.err().is_pipeline_execution_not_found_exception() =>
            {
                return Ok(found);
            }
            Err(error) => return Err(port_error("CodePipeline's ListActionExecutions", &error)),
        };
        for run in page.action_execution_details.unwrap_or_default() {
            let is_known = |known: &ActionExecutionDetail| {
                known.stage_name() == run.stage_name() && known.action_name() == run.action_name()
            };
            if wanted(&run) && !found.iter().any(is_known) {
                found.push(run);
            }
        }
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    Ok(found)
}
