//! `GetPipelineState`: how the pipeline's stages and actions stand.

use serde_json::{Map, Value, json};

use super::model::{Action, ActionStatus, Execution, Pipeline, Run, StageStatus, Transition};
use super::pipeline_execution::execution_type;
use super::validation::Input;
use super::{CodePipeline, seconds};
use crate::world::aws_error::AwsError;
use crate::world::given::ExecutionMode;

impl CodePipeline {
    /// `GetPipelineState` in `region`.
    pub fn get_pipeline_state(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("name")?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        let stages: Vec<Value> = (0..pipeline.stages.len()).map(|stage| stage_state(pipeline, stage)).collect();
        Ok(json!({
            "pipelineName": pipeline.name,
            "pipelineVersion": 1,
            "stageStates": stages,
            "created": seconds(pipeline.created),
            "updated": seconds(pipeline.created),
        }))
    }
}

fn stage_state(pipeline: &Pipeline, at: usize) -> Value {
    let stage = &pipeline.stages[at];
    let mut state = Map::new();
    state.insert("stageName".into(), json!(stage.name));
    let inbound: Vec<Value> = pipeline
        .waiting(at)
        .into_iter()
        .map(|waiting| stage_execution(&pipeline.executions[waiting], StageStatus::InProgress))
        .collect();
    if let Some(first) = inbound.first() {
        state.insert("inboundExecution".into(), first.clone());
        state.insert("inboundExecutions".into(), Value::Array(inbound));
    }
    state.insert("inboundTransitionState".into(), transition(&pipeline.transitions[at]));
    let actions = stage.actions.iter().enumerate();
    let actions: Vec<Value> =
        actions.map(|(action_at, action)| action_state(pipeline, action, pipeline.latest_run(at, action_at))).collect();
    state.insert("actionStates".into(), Value::Array(actions));
    if let Some(latest) = pipeline.latest_in(at) {
        let run = &latest.stages[at];
        if let Some(status) = run.status {
            state.insert("latestExecution".into(), stage_execution(latest, status));
        }
        if run.retries > 0 {
            let retries = json!({ "manualStageRetryAttempt": run.retries, "latestRetryTrigger": "ManualStageRetry" });
            state.insert("retryStageMetadata".into(), retries);
        }
    }
    Value::Object(state)
}

fn stage_execution(execution: &Execution, status: StageStatus) -> Value {
    json!({ "pipelineExecutionId": execution.id, "status": status.as_str(), "type": execution_type(execution) })
}

fn transition(transition: &Transition) -> Value {
    let mut state = Map::new();
    state.insert("enabled".into(), json!(transition.disabled.is_none()));
    if let Some((by, at)) = &transition.changed {
        state.insert("lastChangedBy".into(), json!(by));
        state.insert("lastChangedAt".into(), seconds(*at));
    }
    if let Some(reason) = &transition.disabled {
        state.insert("disabledReason".into(), json!(reason));
    }
    Value::Object(state)
}

fn action_state(pipeline: &Pipeline, action: &Action, run: Option<&Run>) -> Value {
    let mut state = Map::new();
    state.insert("actionName".into(), json!(action.name));
    if let Some(link) = &action.external_link {
        state.insert("entityUrl".into(), json!(link));
    }
    if let Some(run) = run {
        state.insert("latestExecution".into(), latest_execution(pipeline, run));
    }
    Value::Object(state)
}

fn latest_execution(pipeline: &Pipeline, run: &Run) -> Value {
    let mut latest = Map::new();
    latest.insert("actionExecutionId".into(), json!(run.id));
    latest.insert("status".into(), json!(run.status.as_str()));
    if let Some(summary) = &run.summary {
        latest.insert("summary".into(), json!(summary));
    }
    latest.insert("lastStatusChange".into(), seconds(run.changed));
    let told = pipeline.mode != ExecutionMode::Parallel && run.status == ActionStatus::InProgress;
    if let Some(token) = run.token.as_ref().filter(|_| told) {
        latest.insert("token".into(), json!(token));
    }
    if let Some(by) = &run.updated_by {
        latest.insert("lastUpdatedBy".into(), json!(by));
    }
    if let Some(reason) = &run.error {
        latest.insert("errorDetails".into(), json!({ "code": "JobFailed", "message": reason }));
    }
    Value::Object(latest)
}
