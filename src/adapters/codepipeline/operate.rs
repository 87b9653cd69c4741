//! What changes a pipeline.
//!
//! A start carries a token, so the SDK may send it again after a fault. Of the rest, what is done twice may be done twice: it is
//! sent once, and who asked is told that it may not have arrived.

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::config::Config;
use aws_sdk_codepipeline::config::http::HttpResponse;
use aws_sdk_codepipeline::config::retry::RetryConfig;
use aws_sdk_codepipeline::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_codepipeline::types::{
    PipelineVariable, SourceRevisionOverride, SourceRevisionType, StageRetryMode, StageTransitionType,
};

use super::port_error;
use crate::ports::{OperateError, Operation, PortError};

/// What CodePipeline refuses as things stand. The rest is a fault, or a mistake in the set-up.
pub const REFUSALS: [&str; 12] = [
    "ConflictException",
    "ConcurrentPipelineExecutionsLimitExceededException",
    "DuplicatedStopRequestException",
    "NotLatestPipelineExecutionException",
    "PipelineExecutionNotFoundException",
    "PipelineExecutionNotStoppableException",
    "PipelineExecutionOutdatedException",
    "PipelineNotFoundException",
    "StageNotFoundException",
    "StageNotRetryableException",
    "UnableToRollbackStageException",
    "ValidationException",
];

pub(super) async fn operate(
    client: &Client,
    pipeline: &str,
    operation: &Operation,
) -> Result<Option<String>, OperateError> {
    let once = Config::builder().retry_config(RetryConfig::disabled());
    match operation {
        Operation::Start { variables, revisions, token } => {
            let mut start = client.start_pipeline_execution().name(pipeline).client_request_token(token);
            for variable in variables {
                let built = PipelineVariable::builder().name(&variable.name).value(&variable.value).build();
                start = start.variables(built.map_err(unbuilt)?);
            }
            for revision in revisions {
                let built = SourceRevisionOverride::builder()
                    .action_name(revision.action.as_deref().unwrap_or_default())
                    .revision_type(revision_type(&revision.id))
                    .revision_value(&revision.id)
                    .build();
                start = start.source_revisions(built.map_err(unbuilt)?);
            }
            let started = start.send().await.map_err(|error| refused("StartPipelineExecution", &error))?;
            Ok(started.pipeline_execution_id)
        }
        Operation::Stop { execution, abandon, reason } => {
            let stop = client.stop_pipeline_execution().pipeline_name(pipeline).pipeline_execution_id(execution);
            let stop = stop.abandon(*abandon).reason(reason).customize().config_override(once);
            stop.send().await.map_err(|error| refused("StopPipelineExecution", &error))?;
            Ok(Some(execution.clone()))
        }
        Operation::Retry { stage, execution } => {
            let retry = client.retry_stage_execution().pipeline_name(pipeline).stage_name(stage);
            let retry = retry.pipeline_execution_id(execution).retry_mode(StageRetryMode::FailedActions);
            let retried = retry.customize().config_override(once).send().await;
            let retried = retried.map_err(|error| refused("RetryStageExecution", &error))?;
            Ok(retried.pipeline_execution_id)
        }
        Operation::Rollback { stage, target } => {
            let rollback = client.rollback_stage().pipeline_name(pipeline).stage_name(stage);
            let rollback = rollback.target_pipeline_execution_id(target).customize().config_override(once);
            let made = rollback.send().await.map_err(|error| refused("RollbackStage", &error))?;
            Ok(Some(made.pipeline_execution_id))
        }
        Operation::Enable { stage } => {
            let enable = client.enable_stage_transition().pipeline_name(pipeline).stage_name(stage);
            let enable = enable.transition_type(StageTransitionType::Inbound);
            enable.send().await.map_err(|error| refused("EnableStageTransition", &error))?;
            Ok(None)
        }
        Operation::Disable { stage, reason } => {
            let disable = client.disable_stage_transition().pipeline_name(pipeline).stage_name(stage);
            let disable = disable.transition_type(StageTransitionType::Inbound).reason(reason);
            disable.send().await.map_err(|error| refused("DisableStageTransition", &error))?;
            Ok(None)
        }
    }
}

/// What kind of revision this is: <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_SourceRevisionOverride.html>.
pub fn revision_type(revision: &str) -> SourceRevisionType {
    let is_hex = revision.len() == 40 && revision.bytes().all(|digit| digit.is_ascii_hexdigit());
    if is_hex {
        SourceRevisionType::CommitId
    } else if revision.starts_with("sha256:") {
        SourceRevisionType::ImageDigest
    } else {
        SourceRevisionType::S3ObjectVersionId
    }
}

fn unbuilt(error: aws_sdk_codepipeline::error::BuildError) -> OperateError {
    PortError::Permanent(error.to_string()).into()
}

fn refused<E>(call: &str, error: &SdkError<E, HttpResponse>) -> OperateError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let failed = port_error(&format!("CodePipeline's {call}"), error);
    let service = error.as_service_error();
    let code = service.and_then(|error| error.code()).filter(|code| REFUSALS.contains(code));
    match (failed, code) {
        (PortError::Permanent(_), Some(code)) => {
            let said = service.and_then(|error| error.message()).map(|said| format!(": {said}")).unwrap_or_default();
            OperateError::Refused { said: format!("{code}{said}") }
        }
        (failed, _) => failed.into(),
    }
}
