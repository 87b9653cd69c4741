//! `ListActionExecutions`: what ran, newest first.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::pipeline_execution::execution_not_found;
use super::validation::Input;
use super::{Action, ActionStatus, CodePipeline, Pipeline, Run, Stage, seconds};
use crate::world::aws_error::AwsError;
use crate::world::given::Category;

impl CodePipeline {
    /// `ListActionExecutions` in `region`, with its filter and its pages.
    pub fn list_action_executions(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let execution = checked.optional_uuid("filter.pipelineExecutionId")?;
        let latest = checked.optional_uuid("filter.latestInPipelineExecution.pipelineExecutionId")?;
        let page = checked.optional_number("maxResults", 1, 100)?.unwrap_or(100);
        let token = checked.optional_text("nextToken")?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        if let Some(id) = execution.or(latest).filter(|id| *id != pipeline.execution.id) {
            return Err(execution_not_found(name, id));
        }
        let mut details: Vec<Value> = Vec::new();
        for stage in &pipeline.stages {
            for action in &stage.actions {
                if let Some(run) = &action.run {
                    details.push(detail(pipeline, stage, action, run));
                }
            }
        }
        details.reverse();
        let start = match token {
            None => 0,
            Some(token) => {
                let at = token.strip_prefix("from-").and_then(|at| at.parse::<usize>().ok());
                at.filter(|at| *at < details.len()).ok_or_else(|| {
                    AwsError::client("InvalidNextTokenException", "The next token was specified in an invalid format.")
                })?
            }
        };
        let end = details.len().min(start + usize::try_from(page).unwrap_or(100));
        let mut out = Map::new();
        if end < details.len() {
            out.insert("nextToken".into(), json!(format!("from-{end}")));
        }
        out.insert("actionExecutionDetails".into(), Value::Array(details[start..end].to_vec()));
        Ok(Value::Object(out))
    }
}

fn detail(pipeline: &Pipeline, stage: &Stage, action: &Action, run: &Run) -> Value {
    let mut configuration = Map::new();
    if let Some(data) = &action.custom_data {
        configuration.insert("CustomData".into(), json!(data));
    }
    if let Some(link) = &action.external_link {
        configuration.insert("ExternalEntityLink".into(), json!(link));
    }
    let mut result = Map::new();
    if action.category == Category::Approval {
        // In PARALLEL mode this is where the token is to be had (CodePipeline API, PutApprovalResult).
        result.insert("externalExecutionId".into(), json!(action.token));
    }
    if let Some(summary) = run.summary.as_ref().or(run.error.as_ref()) {
        result.insert("externalExecutionSummary".into(), json!(summary));
    }
    if let Some(reason) = &run.error {
        result.insert("errorDetails".into(), json!({ "code": "JobFailed", "message": reason }));
    }
    // Only of an action that is through.
    let variables = if run.status == ActionStatus::Succeeded { action.variables.clone() } else { BTreeMap::new() };
    let mut out = Map::new();
    out.insert("pipelineExecutionId".into(), json!(pipeline.execution.id));
    out.insert("actionExecutionId".into(), json!(run.id));
    out.insert("pipelineVersion".into(), json!(1));
    out.insert("stageName".into(), json!(stage.name));
    out.insert("actionName".into(), json!(action.name));
    out.insert("startTime".into(), seconds(run.started));
    out.insert("lastUpdateTime".into(), seconds(run.changed));
    if let Some(by) = &run.updated_by {
        out.insert("updatedBy".into(), json!(by));
    }
    out.insert("status".into(), json!(run.status.as_str()));
    out.insert(
        "input".into(),
        json!({
            "actionTypeId": {
                "category": format!("{:?}", action.category),
                "owner": "AWS",
                "provider": action.provider,
                "version": "1",
            },
            "configuration": configuration,
            "resolvedConfiguration": configuration,
            "region": pipeline.region,
            "inputArtifacts": [],
        }),
    );
    out.insert(
        "output".into(),
        json!({ "outputArtifacts": [], "executionResult": result, "outputVariables": variables }),
    );
    Value::Object(out)
}
