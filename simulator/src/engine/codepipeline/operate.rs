//! What changes a pipeline. What done twice would be done twice is sent once, as by the adapter.

use serde_json::{Value, json};
use signoff::adapters::codepipeline::{REFUSALS, revision_type};
use signoff::ports::{OperateError, Operation, PipelineRef, PortError};

use super::text;
use crate::engine::{Engine, Refused, TRIES};

impl Engine {
    pub(super) async fn operate_on(
        &self,
        pipeline: &PipelineRef,
        operation: &Operation,
    ) -> Result<Option<String>, OperateError> {
        let of = json!({ "pipelineName": pipeline.name });
        let (name, tries, input) = match operation {
            Operation::Start { variables, revisions, token } => {
                let variable = |set: &signoff::command::Variable| json!({ "name": set.name, "value": set.value });
                let variables: Vec<Value> = variables.iter().map(variable).collect();
                let revision = |wanted: &signoff::command::Revision| {
                    json!({
                        "actionName": wanted.action.as_deref().unwrap_or_default(),
                        "revisionType": revision_type(&wanted.id).as_str(),
                        "revisionValue": wanted.id,
                    })
                };
                let revisions: Vec<Value> = revisions.iter().map(revision).collect();
                let mut input = json!({ "name": pipeline.name, "clientRequestToken": token });
                for (key, list) in [("variables", variables), ("sourceRevisions", revisions)] {
                    if !list.is_empty() {
                        input[key] = list.into();
                    }
                }
                ("StartPipelineExecution", TRIES, input)
            }
            Operation::Stop { execution, abandon, reason } => {
                let what = json!({ "pipelineExecutionId": execution, "abandon": abandon, "reason": reason });
                ("StopPipelineExecution", 1, with(of, what))
            }
            Operation::Retry { stage, execution } => {
                let what =
                    json!({ "stageName": stage, "pipelineExecutionId": execution, "retryMode": "FAILED_ACTIONS" });
                ("RetryStageExecution", 1, with(of, what))
            }
            Operation::Rollback { stage, target } => {
                ("RollbackStage", 1, with(of, json!({ "stageName": stage, "targetPipelineExecutionId": target })))
            }
            Operation::Enable { stage } => {
                let what = json!({ "stageName": stage, "transitionType": "Inbound" });
                ("EnableStageTransition", TRIES, with(of, what))
            }
            Operation::Disable { stage, reason } => {
                let what = json!({ "stageName": stage, "transitionType": "Inbound", "reason": reason });
                ("DisableStageTransition", TRIES, with(of, what))
            }
        };
        let done = self.codepipeline_within(pipeline, name, &input, tries).await.map_err(refused)?;
        Ok(match operation {
            Operation::Stop { execution, .. } => Some(execution.clone()),
            Operation::Enable { .. } | Operation::Disable { .. } => None,
            _ => text(&done["pipelineExecutionId"]),
        })
    }
}

fn with(mut input: Value, more: Value) -> Value {
    if let (Value::Object(input), Value::Object(more)) = (&mut input, more) {
        input.extend(more);
    }
    input
}

fn refused(refused: Refused) -> OperateError {
    match (refused.error, refused.code) {
        (PortError::Permanent(_), Some(code)) if REFUSALS.contains(&code) => {
            OperateError::Refused { said: format!("{code}{}", refused.said) }
        }
        (error, _) => error.into(),
    }
}
