//! `GetPipelineState`: how the pipeline's stages and actions stand.

use serde_json::{Map, Value, json};

use super::validation::Input;
use super::{Action, ActionStatus, CodePipeline, Pipeline, Run, Stage, seconds};
use crate::world::aws_error::AwsError;
use crate::world::given::{Category, ExecutionMode};

impl CodePipeline {
    /// `GetPipelineState` in `region`.
    pub fn get_pipeline_state(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("name")?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        let stages: Vec<Value> = pipeline.stages.iter().map(|stage| stage_state(pipeline, stage)).collect();
        Ok(json!({
            "pipelineName": pipeline.name,
            "pipelineVersion": 1,
            "stageStates": stages,
            "created": seconds(pipeline.execution.started),
            "updated": seconds(pipeline.execution.started),
        }))
    }
}

fn stage_state(pipeline: &Pipeline, stage: &Stage) -> Value {
    let mut state = Map::new();
    state.insert("stageName".into(), json!(stage.name));
    state.insert("inboundTransitionState".into(), json!({ "enabled": true }));
    let actions: Vec<Value> = stage.actions.iter().map(|action| action_state(pipeline, action)).collect();
    state.insert("actionStates".into(), Value::Array(actions));
    if let Some(status) = stage.status() {
        let latest = json!({ "pipelineExecutionId": pipeline.execution.id, "status": status, "type": "STANDARD" });
        state.insert("latestExecution".into(), latest);
    }
    Value::Object(state)
}

fn action_state(pipeline: &Pipeline, action: &Action) -> Value {
    let mut state = Map::new();
    state.insert("actionName".into(), json!(action.name));
    if let Some(link) = &action.external_link {
        state.insert("entityUrl".into(), json!(link));
    }
    if let Some(run) = &action.run {
        state.insert("latestExecution".into(), latest_execution(pipeline, action, run));
    }
    Value::Object(state)
}

fn latest_execution(pipeline: &Pipeline, action: &Action, run: &Run) -> Value {
    let mut latest = Map::new();
    latest.insert("actionExecutionId".into(), json!(run.id));
    latest.insert("status".into(), json!(run.status.as_str()));
    if let Some(summary) = &run.summary {
        latest.insert("summary".into(), json!(summary));
    }
    latest.insert("lastStatusChange".into(), seconds(run.changed));
    let waits = action.category == Category::Approval && run.status == ActionStatus::InProgress;
    if waits && pipeline.mode != ExecutionMode::Parallel {
        latest.insert("token".into(), json!(action.token));
    }
    if let Some(by) = &run.updated_by {
        latest.insert("lastUpdatedBy".into(), json!(by));
    }
    if let Some(reason) = &run.error {
        latest.insert("errorDetails".into(), json!({ "code": "JobFailed", "message": reason }));
    }
    Value::Object(latest)
}

impl Stage {
    /// The stage's status, or none when nothing of it has run.
    pub(super) fn status(&self) -> Option<&'static str> {
        let runs = || self.actions.iter().map(|action| action.run.as_ref().map(|run| run.status));
        if runs().all(|status| status.is_none()) {
            return None;
        }
        Some(if runs().any(|status| status == Some(ActionStatus::Failed)) {
            "Failed"
        } else if runs().any(|status| status == Some(ActionStatus::Abandoned)) {
            "Stopped"
        } else if runs().all(|status| status == Some(ActionStatus::Succeeded)) {
            "Succeeded"
        } else {
            "InProgress"
        })
    }
}
