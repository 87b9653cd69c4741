//! How pipelines stand: `GetPipelineState` and `ListPipelines`.

use serde_json::{Value, json};
use signoff::adapters::codepipeline::pages;
use signoff::event::ApprovalToken;
use signoff::ports::{
    ActionRef, ActionRun, ActionState, ClosedTransition, PipelineRef, PipelineState, PortError, StageRun, StageState,
    StageStatus,
};

use super::{NO_PIPELINE, each, status, text, time};
use crate::engine::Engine;

impl Engine {
    /// What `GetPipelineState` answers; `None` when there is no such pipeline.
    pub(super) async fn state_of(&self, pipeline: &PipelineRef) -> Result<Option<Value>, PortError> {
        match self.codepipeline(pipeline, "GetPipelineState", &json!({ "name": pipeline.name })).await {
            Ok(state) => Ok(Some(state)),
            Err(refused) if refused.code == Some(NO_PIPELINE) => Ok(None),
            Err(refused) => Err(refused.error),
        }
    }

    pub(super) async fn names_of_pipelines(
        &self,
        account: Option<&str>,
        region: &str,
    ) -> Result<Vec<String>, PortError> {
        // All pipelines: of none in particular.
        let (account, region) = (account.map(str::to_owned), region.to_owned());
        let within = PipelineRef { account, region, name: String::new() };
        let mut names = Vec::new();
        let mut input = json!({ "maxResults": 1000 });
        for _ in 0..pages::OF_PIPELINES {
            let page = self.codepipeline(&within, "ListPipelines", &input).await.map_err(|refused| refused.error)?;
            names.extend(each(&page["pipelines"]).filter_map(|pipeline| text(&pipeline["name"])));
            match page.get("nextToken") {
                Some(next) => input["nextToken"] = next.clone(),
                None => break,
            }
        }
        Ok(names)
    }
}

/// An action's latest run.
pub(super) fn latest_of(state: &Value, action: &ActionRef) -> Option<ActionState> {
    let stage = each(&state["stageStates"]).find(|stage| stage["stageName"] == *action.stage)?;
    let found = each(&stage["actionStates"]).find(|found| found["actionName"] == *action.action)?;
    let latest = found.get("latestExecution")?;
    Some(ActionState {
        status: status(&latest["status"]),
        token: text(&latest["token"]).map(ApprovalToken::new),
        execution: text(&stage["latestExecution"]["pipelineExecutionId"]),
        summary: text(&latest["summary"]),
        updated_by: text(&latest["lastUpdatedBy"]),
        changed_at: time(&latest["lastStatusChange"]),
    })
}

pub(super) fn pipeline_state(state: &Value) -> PipelineState {
    PipelineState { stages: each(&state["stageStates"]).map(stage).collect() }
}

fn stage(state: &Value) -> StageState {
    let mut inbound: Vec<String> = Vec::new();
    for waiting in state.get("inboundExecution").into_iter().chain(each(&state["inboundExecutions"])) {
        let id = waiting["pipelineExecutionId"].as_str().unwrap_or_default();
        if !inbound.iter().any(|known| known == id) {
            inbound.push(id.to_owned());
        }
    }
    let transition = state.get("inboundTransitionState").filter(|transition| transition["enabled"] == false);
    StageState {
        name: state["stageName"].as_str().unwrap_or_default().to_owned(),
        closed: transition.map(|transition| ClosedTransition {
            reason: transition["disabledReason"].as_str().map(str::to_owned),
            by: transition["lastChangedBy"].as_str().map(str::to_owned),
            at: time(&transition["lastChangedAt"]),
        }),
        inbound,
        latest: state.get("latestExecution").map(|run| StageRun {
            execution: run["pipelineExecutionId"].as_str().unwrap_or_default().to_owned(),
            status: stage_status(&run["status"]),
        }),
        actions: each(&state["actionStates"]).map(action).collect(),
    }
}

fn action(state: &Value) -> ActionRun {
    let latest = state.get("latestExecution");
    ActionRun {
        name: state["actionName"].as_str().unwrap_or_default().to_owned(),
        status: latest.map(|latest| status(&latest["status"])),
        changed_at: latest.and_then(|latest| time(&latest["lastStatusChange"])),
        error: latest.and_then(|latest| text(&latest["errorDetails"]["message"])),
        link: latest.and_then(|latest| latest["externalExecutionUrl"].as_str()).map(str::to_owned),
    }
}

fn stage_status(status: &Value) -> StageStatus {
    match status.as_str() {
        Some("InProgress") => StageStatus::InProgress,
        Some("Succeeded") => StageStatus::Succeeded,
        Some("Failed") => StageStatus::Failed,
        Some("Stopping") => StageStatus::Stopping,
        Some("Stopped") => StageStatus::Stopped,
        Some("Cancelled") => StageStatus::Canceled,
        Some("Skipped") => StageStatus::Skipped,
        _ => StageStatus::Unknown,
    }
}
