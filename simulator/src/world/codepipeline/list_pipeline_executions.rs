//! `ListPipelineExecutions`: the executions of a pipeline, newest first.

use serde_json::{Map, Value, json};

use super::model::{Execution, Pipeline, StageStatus};
use super::pages::Page;
use super::pipeline_execution::{kind, trigger};
use super::validation::Input;
use super::{CodePipeline, mode, seconds, validation_error};
use crate::world::aws_error::AwsError;

impl CodePipeline {
    /// `ListPipelineExecutions` in `region`, with its filter and its pages.
    pub fn list_pipeline_executions(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let succeeded = checked.optional_name("filter.succeededInStage.stageName")?;
        let page = Page::read(&mut checked, 100)?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        let stage = match succeeded {
            None => None,
            // The operation has no error of its own for a stage that is not there.
            Some(stage) => Some(
                pipeline
                    .stage(stage)
                    .ok_or_else(|| validation_error(format!("pipeline `{name}` has no stage `{stage}`")))?,
            ),
        };
        let through = |execution: &&Execution| {
            stage.is_none_or(|stage| execution.stages[stage].status == Some(StageStatus::Succeeded))
        };
        let newest = pipeline.executions.iter().rev().filter(through);
        let summaries: Vec<Value> = newest.map(|execution| summary(pipeline, execution)).collect();
        page.of("pipelineExecutionSummaries", &summaries)
    }
}

fn summary(pipeline: &Pipeline, execution: &Execution) -> Value {
    let mut out = Map::new();
    out.insert("pipelineExecutionId".into(), json!(execution.id));
    out.insert("status".into(), json!(execution.status.as_str()));
    if let Some(summary) = &execution.summary {
        out.insert("statusSummary".into(), json!(summary));
    }
    out.insert("startTime".into(), seconds(execution.started));
    out.insert("lastUpdateTime".into(), seconds(execution.updated));
    let revisions: Vec<Value> = execution
        .revisions
        .iter()
        .map(|revision| {
            let mut out = Map::new();
            out.insert("actionName".into(), json!(revision.action));
            out.insert("revisionId".into(), json!(revision.id));
            if let Some(summary) = &revision.summary {
                out.insert("revisionSummary".into(), json!(summary));
            }
            if let Some(url) = &revision.url {
                out.insert("revisionUrl".into(), json!(url));
            }
            Value::Object(out)
        })
        .collect();
    out.insert("sourceRevisions".into(), Value::Array(revisions));
    if let Some(trigger) = trigger(execution) {
        out.insert("trigger".into(), trigger);
    }
    if let Some(stop) = &execution.stop {
        let reason = stop.reason.as_ref().map_or(json!({}), |reason| json!({ "reason": reason }));
        out.insert("stopTrigger".into(), reason);
    }
    out.insert("executionMode".into(), json!(mode(pipeline.mode)));
    out.extend(kind(execution));
    Value::Object(out)
}
