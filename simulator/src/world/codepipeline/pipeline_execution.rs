//! `GetPipelineExecution`: an execution, what started it, and the revision it runs.

use serde_json::{Map, Value, json};

use super::get_pipeline::artifact;
use super::model::{Execution, Pipeline};
use super::validation::Input;
use super::{CodePipeline, mode, seconds};
use crate::world::aws_error::AwsError;

impl CodePipeline {
    /// `GetPipelineExecution` in `region`.
    pub fn get_pipeline_execution(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let id = checked.uuid("pipelineExecutionId")?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        let at = pipeline.execution(id).ok_or_else(|| execution_not_found(name, id))?;
        Ok(json!({ "pipelineExecution": execution(pipeline, &pipeline.executions[at]) }))
    }
}

pub(super) fn execution_not_found(pipeline: &str, id: &str) -> AwsError {
    let message = format!("pipeline `{pipeline}` has no execution `{id}`");
    AwsError::client("PipelineExecutionNotFoundException", message)
}

pub(super) fn execution_not_stoppable(id: &str) -> AwsError {
    let message = format!("Unable to stop pipeline execution {id}: it is not in progress.");
    AwsError::client("PipelineExecutionNotStoppableException", message)
}

fn execution(pipeline: &Pipeline, execution: &Execution) -> Value {
    let mut out = Map::new();
    out.insert("pipelineName".into(), json!(pipeline.name));
    out.insert("pipelineVersion".into(), json!(1));
    out.insert("pipelineExecutionId".into(), json!(execution.id));
    out.insert("status".into(), json!(execution.status.as_str()));
    if let Some(summary) = &execution.summary {
        out.insert("statusSummary".into(), json!(summary));
    }
    let mut revisions = Vec::new();
    for taken in &execution.revisions {
        let mut revision = Map::new();
        revision.insert("name".into(), json!(artifact(pipeline, &taken.action)));
        revision.insert("revisionId".into(), json!(taken.id));
        if let Some(summary) = &taken.summary {
            revision.insert("revisionSummary".into(), json!(summary));
        }
        revision.insert("created".into(), seconds(execution.started));
        if let Some(url) = &taken.url {
            revision.insert("revisionUrl".into(), json!(url));
        }
        revisions.push(Value::Object(revision));
    }
    out.insert("artifactRevisions".into(), Value::Array(revisions));
    let variables = execution.variables.iter();
    let variables: Vec<Value> =
        variables.map(|(name, value)| json!({ "name": name, "resolvedValue": value })).collect();
    out.insert("variables".into(), Value::Array(variables));
    if let Some(trigger) = trigger(execution) {
        out.insert("trigger".into(), trigger);
    }
    out.insert("executionMode".into(), json!(mode(pipeline.mode)));
    out.extend(kind(execution));
    Value::Object(out)
}

/// What started the execution.
pub(super) fn trigger(execution: &Execution) -> Option<Value> {
    let given = execution.trigger.as_ref()?;
    let mut trigger = Map::new();
    trigger.insert("triggerType".into(), json!(given.kind));
    if let Some(detail) = &given.detail {
        trigger.insert("triggerDetail".into(), json!(detail));
    }
    Some(Value::Object(trigger))
}

/// Whether it is a rollback, and to what.
pub(super) fn kind(execution: &Execution) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("executionType".into(), json!(execution_type(execution)));
    if let Some(target) = &execution.rolls_back_to {
        out.insert("rollbackMetadata".into(), json!({ "rollbackTargetPipelineExecutionId": target }));
    }
    out
}

/// `STANDARD` or `ROLLBACK`.
pub(super) fn execution_type(execution: &Execution) -> &'static str {
    if execution.rolls_back_to.is_some() { "ROLLBACK" } else { "STANDARD" }
}
