//! CodePipeline: pipelines whose executions run by themselves up to their approvals, and wait there for an answer.
//!
//! Shapes, limits and errors are those of the CodePipeline API 2015-07-09. `machine` says how executions go on; each
//! operation of the API has a file of its own.

mod console;
mod get_pipeline;
mod given;
mod list_action_executions;
mod list_pipeline_executions;
mod list_pipelines;
mod lists;
mod machine;
mod messages;
mod model;
mod pages;
mod picture;
mod pipeline_execution;
mod pipeline_state;
mod put_approval_result;
mod retry_stage_execution;
mod rollback_stage;
mod stage_transition;
mod start_pipeline_execution;
mod stop_pipeline_execution;
mod validation;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::aws_error::AwsError;
use super::given::{ExecutionMode, GivenPipeline};
use model::Pipeline;

pub use messages::{Destination, Sent};
pub use model::EXECUTION_STATUSES;

/// All pipelines of all accounts, in all regions.
#[derive(Debug, Clone)]
pub struct CodePipeline {
    /// By account, region and name: a pipeline asked for in another account or region does not exist there.
    pipelines: BTreeMap<(String, String, String), Pipeline>,
    /// The account whose request is being answered.
    account: String,
}

impl CodePipeline {
    /// The pipelines as a scenario gives them, having run up to `now`. The error names the place in the scenario.
    pub fn new(given: &BTreeMap<String, GivenPipeline>, own_account: &str, now: Timestamp) -> Result<Self, String> {
        let mut pipelines: BTreeMap<_, Pipeline> = BTreeMap::new();
        for (label, pipeline) in given {
            let pipeline = given::pipeline(label, pipeline, own_account, now)?;
            let key = (pipeline.account.clone(), pipeline.region.clone(), pipeline.name.clone());
            if let Some(other) = pipelines.get(&key) {
                let name = &pipeline.name;
                return Err(format!(
                    "pipelines.{label}: `{}` is the pipeline `{name}` of its account and region",
                    other.label
                ));
            }
            pipelines.insert(key, pipeline);
        }
        Ok(Self { pipelines, account: own_account.to_owned() })
    }

    /// Answers an operation of the API by its name, in an account and a region.
    pub fn answer(
        &mut self,
        now: Timestamp,
        (account, region): (&str, &str),
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        account.clone_into(&mut self.account);
        match operation {
            "PutApprovalResult" => self.put_approval_result(now, region, input),
            "GetPipelineState" => self.get_pipeline_state(region, input),
            "GetPipelineExecution" => self.get_pipeline_execution(region, input),
            "ListActionExecutions" => self.list_action_executions(region, input),
            "ListPipelines" => self.list_pipelines(region, input),
            "GetPipeline" => self.get_pipeline(region, input),
            "ListPipelineExecutions" => self.list_pipeline_executions(region, input),
            "StartPipelineExecution" => self.start_pipeline_execution(now, region, input),
            "StopPipelineExecution" => self.stop_pipeline_execution(now, region, input),
            "RetryStageExecution" => self.retry_stage_execution(now, region, input),
            "RollbackStage" => self.rollback_stage(now, region, input),
            "EnableStageTransition" => self.enable_stage_transition(now, region, input),
            "DisableStageTransition" => self.disable_stage_transition(now, region, input),
            _ => Err(AwsError::client("UnknownOperationException", format!("unknown operation `{operation}`"))),
        }
    }

    /// The status of an action's latest execution: `InProgress`, `Abandoned`, `Succeeded` or `Failed`. None when there
    /// is no such action, or it has not run.
    pub fn action_status(&self, pipeline: &str, stage: &str, action: &str) -> Option<String> {
        let pipeline = self.named(pipeline)?;
        let stage = pipeline.stage(stage)?;
        let action = pipeline.stages[stage].actions.iter().position(|known| known.name == action)?;
        Some(pipeline.latest_run(stage, action)?.status.as_str().to_owned())
    }

    /// The status of the execution that was started last, such as `InProgress`, `Succeeded` or `Failed`.
    pub fn execution_status(&self, pipeline: &str) -> Option<String> {
        Some(self.named(pipeline)?.executions.last()?.status.as_str().to_owned())
    }

    /// The statuses of all executions, in the order in which they were started.
    pub fn execution_statuses(&self, pipeline: &str) -> Option<Vec<String>> {
        let executions = &self.named(pipeline)?.executions;
        Some(executions.iter().map(|execution| execution.status.as_str().to_owned()).collect())
    }

    /// The id of the execution that was started last.
    pub fn execution_id(&self, pipeline: &str) -> Option<String> {
        Some(self.named(pipeline)?.executions.last()?.id.clone())
    }

    /// When something happens next without anybody's doing.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.pipelines.values().filter_map(Pipeline::next_change).min()
    }

    /// What pipelines have sent since this was last asked, oldest first.
    pub fn take_sent(&mut self) -> Vec<Sent> {
        let mut sent: Vec<Sent> =
            self.pipelines.values_mut().flat_map(|pipeline| std::mem::take(&mut pipeline.sent)).collect();
        sent.sort_by_key(|message| message.at);
        sent
    }

    /// The names of all pipelines, in order.
    pub fn names(&self) -> Vec<String> {
        self.pipelines.values().map(|pipeline| pipeline.label.clone()).collect()
    }

    /// The tokens of all approvals: what nobody may be shown.
    pub fn tokens(&self) -> Vec<String> {
        let stages = self.pipelines.values().flat_map(|pipeline| &pipeline.executions).flat_map(|it| &it.stages);
        stages.flat_map(|stage| &stage.runs).filter_map(|run| run.token.clone()).collect()
    }

    /// Lets actions be through whose time is over, and approvals time out that nobody answered.
    pub(super) fn time_passed(&mut self, now: Timestamp) {
        for pipeline in self.pipelines.values_mut() {
            pipeline.time_passed(now);
        }
    }

    /// The pipeline as people name it.
    fn named(&self, name: &str) -> Option<&Pipeline> {
        self.pipelines.values().find(|pipeline| pipeline.label == name)
    }

    fn named_mut(&mut self, name: &str) -> Option<&mut Pipeline> {
        self.pipelines.values_mut().find(|pipeline| pipeline.label == name)
    }

    /// The pipeline as the API names it.
    fn find(&self, region: &str, name: &str) -> Result<&Pipeline, AwsError> {
        self.pipelines
            .get(&(self.account.clone(), region.to_owned(), name.to_owned()))
            .ok_or_else(|| not_found(&self.account, name))
    }

    fn find_mut(&mut self, region: &str, name: &str) -> Result<&mut Pipeline, AwsError> {
        self.pipelines
            .get_mut(&(self.account.clone(), region.to_owned(), name.to_owned()))
            .ok_or_else(|| not_found(&self.account, name))
    }
}

fn stage_not_found(pipeline: &str, stage: &str) -> AwsError {
    AwsError::client("StageNotFoundException", format!("pipeline `{pipeline}` has no stage `{stage}`"))
}

/// What the operation refuses beyond the constraints of its model.
fn validation_error(message: String) -> AwsError {
    AwsError::client("ValidationException", message)
}

/// The execution mode as the API spells it.
fn mode(mode: ExecutionMode) -> &'static str {
    match mode {
        ExecutionMode::Superseded => "SUPERSEDED",
        ExecutionMode::Queued => "QUEUED",
        ExecutionMode::Parallel => "PARALLEL",
    }
}

/// In the words of <https://github.com/aws-samples/aws-serverless-saas-workshop/issues/51>: the model has none.
fn not_found(account: &str, name: &str) -> AwsError {
    AwsError::client(
        "PipelineNotFoundException",
        format!("Pipeline with name {name} does not exist in account {account}"),
    )
}

/// A time as JSON 1.1 carries it: seconds since 1970, with the milliseconds as a fraction.
fn seconds(at: Timestamp) -> Value {
    match at.as_millisecond() {
        whole if whole % 1000 == 0 => Value::from(whole / 1000),
        // Milliseconds since 1970 are far below 2^53, so the conversion loses nothing.
        #[allow(clippy::cast_precision_loss)]
        part => Value::from(part as f64 / 1000.0),
    }
}
