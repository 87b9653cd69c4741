//! What ran, newest first: `ListActionExecutions`.

use serde_json::{Value, json};
use signoff::adapters::codepipeline::pages;
use signoff::event::{ApprovalToken, Failure};
use signoff::ports::{ActionRef, ActionState, PipelineRef, PortError};

use super::{NO_EXECUTION, NO_PIPELINE, each, status, text, time};
use crate::engine::Engine;

impl Engine {
    /// The run whose `externalExecutionId` is the token.
    pub(super) async fn run_of(
        &self,
        action: &ActionRef,
        token: &ApprovalToken,
        execution: Option<&str>,
    ) -> Result<Option<ActionState>, PortError> {
        let mut input = json!({ "pipelineName": action.pipeline.name, "maxResults": 100 });
        if let Some(execution) = execution {
            input["filter"] = json!({ "pipelineExecutionId": execution });
        }
        for _ in 0..pages::OF_LATER_RUNS {
            let page = match self.codepipeline(&action.pipeline, "ListActionExecutions", &input).await {
                Ok(page) => page,
                Err(refused) if matches!(refused.code, Some(NO_PIPELINE | NO_EXECUTION)) => return Ok(None),
                Err(refused) => return Err(refused.error),
            };
            let is_it = |run: &&Value| {
                run["stageName"] == *action.stage
                    && run["actionName"] == *action.action
                    && run["output"]["executionResult"]["externalExecutionId"] == token.expose()
            };
            if let Some(run) = each(&page["actionExecutionDetails"]).find(is_it) {
                return Ok(Some(action_state(run, Some(token.clone()))));
            }
            match page.get("nextToken") {
                Some(next) => input["nextToken"] = next.clone(),
                None => return Ok(None),
            }
        }
        Err(pages::too_many_later_runs())
    }

    /// The latest run of each action of an execution that is `wanted`, newest first.
    pub(super) async fn latest_runs(
        &self,
        pipeline: &PipelineRef,
        execution: &str,
        wanted: &(dyn Fn(&Value) -> bool + Sync),
    ) -> Result<Vec<Value>, PortError> {
        let filter = json!({ "pipelineExecutionId": execution });
        let mut input = json!({ "pipelineName": pipeline.name, "filter": filter, "maxResults": 100 });
        let mut found: Vec<Value> = Vec::new();
        for _ in 0..pages::OF_AN_EXECUTION {
            let mut page = match self.codepipeline(pipeline, "ListActionExecutions", &input).await {
                Ok(page) => page,
                Err(refused) if matches!(refused.code, Some(NO_PIPELINE | NO_EXECUTION)) => return Ok(found),
                Err(refused) => return Err(refused.error),
            };
            let Value::Array(runs) = page["actionExecutionDetails"].take() else { break };
            for run in runs {
                let is_known =
                    |known: &Value| known["stageName"] == run["stageName"] && known["actionName"] == run["actionName"];
                if wanted(&run) && !found.iter().any(is_known) {
                    found.push(run);
                }
            }
            match page.get("nextToken") {
                Some(next) => input["nextToken"] = next.clone(),
                None => break,
            }
        }
        Ok(found)
    }
}

pub(super) fn action_state(run: &Value, token: Option<ApprovalToken>) -> ActionState {
    ActionState {
        status: status(&run["status"]),
        token,
        execution: text(&run["pipelineExecutionId"]),
        summary: text(&run["output"]["executionResult"]["externalExecutionSummary"]),
        updated_by: text(&run["updatedBy"]),
        changed_at: time(&run["lastUpdateTime"]),
    }
}

pub(super) fn failure(run: &Value) -> Failure {
    let result = &run["output"]["executionResult"];
    let text = |value: &Value| text(value).filter(|text| !text.trim().is_empty());
    Failure {
        action: text(&run["actionName"]),
        reason: text(&result["externalExecutionSummary"]).or_else(|| text(&result["errorDetails"]["message"])),
        code: text(&result["errorDetails"]["code"]),
        link: text(&result["externalExecutionUrl"]),
    }
}
