//! `GetPipelineExecution`: an execution, what started it, and the revision it runs.

use serde_json::{Map, Value, json};

use super::validation::Input;
use super::{CodePipeline, Pipeline, seconds};
use crate::world::aws_error::AwsError;
use crate::world::given::ExecutionMode;

impl CodePipeline {
    /// `GetPipelineExecution` in `region`.
    pub fn get_pipeline_execution(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let id = checked.uuid("pipelineExecutionId")?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        if pipeline.execution.id != id {
            return Err(execution_not_found(name, id));
        }
        Ok(json!({ "pipelineExecution": execution(pipeline) }))
    }
}

pub(super) fn execution_not_found(pipeline: &str, id: &str) -> AwsError {
    let message = format!("pipeline `{pipeline}` has no execution `{id}`");
    AwsError::client("PipelineExecutionNotFoundException", message)
}

fn execution(pipeline: &Pipeline) -> Value {
    let execution = &pipeline.execution;
    let mut out = Map::new();
    out.insert("pipelineName".into(), json!(pipeline.name));
    out.insert("pipelineVersion".into(), json!(1));
    out.insert("pipelineExecutionId".into(), json!(execution.id));
    out.insert("status".into(), json!(execution.status.as_str()));
    let mut revisions = Vec::new();
    if let Some(given) = &execution.revision {
        let mut revision = Map::new();
        revision.insert("name".into(), json!("SourceArtifact"));
        revision.insert("revisionId".into(), json!(given.id));
        if let Some(summary) = &given.summary {
            revision.insert("revisionSummary".into(), json!(summary));
        }
        revision.insert("created".into(), seconds(execution.started));
        if let Some(url) = &given.url {
            revision.insert("revisionUrl".into(), json!(url));
        }
        revisions.push(Value::Object(revision));
    }
    out.insert("artifactRevisions".into(), Value::Array(revisions));
    if let Some(given) = &execution.trigger {
        let mut trigger = Map::new();
        trigger.insert("triggerType".into(), json!(given.kind));
        if let Some(detail) = &given.detail {
            trigger.insert("triggerDetail".into(), json!(detail));
        }
        out.insert("trigger".into(), Value::Object(trigger));
    }
    let mode = match pipeline.mode {
        ExecutionMode::Superseded => "SUPERSEDED",
        ExecutionMode::Queued => "QUEUED",
        ExecutionMode::Parallel => "PARALLEL",
    };
    out.insert("executionMode".into(), json!(mode));
    out.insert("executionType".into(), json!("STANDARD"));
    Value::Object(out)
}
