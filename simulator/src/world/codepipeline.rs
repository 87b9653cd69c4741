//! CodePipeline: pipelines that run by themselves up to their approvals, and wait there for an answer.
//!
//! Shapes, limits and errors are those of the CodePipeline API 2015-07-09.

mod console;
mod given;
mod list_action_executions;
mod machine;
mod picture;
mod pipeline_execution;
mod pipeline_state;
mod put_approval_result;
mod validation;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::aws_error::AwsError;
use super::given::{Category, ExecutionMode, GivenPipeline, GivenRevision, GivenTrigger};

/// All pipelines of the account, in all regions.
#[derive(Debug, Clone)]
pub struct CodePipeline {
    /// By region and name: a pipeline asked for in another region does not exist there.
    pipelines: BTreeMap<(String, String), Pipeline>,
}

#[derive(Debug, Clone)]
struct Pipeline {
    name: String,
    account: String,
    region: String,
    mode: ExecutionMode,
    stages: Vec<Stage>,
    execution: Execution,
}

#[derive(Debug, Clone)]
struct Execution {
    id: String,
    status: ExecutionStatus,
    trigger: Option<GivenTrigger>,
    revision: Option<GivenRevision>,
    started: Timestamp,
    updated: Timestamp,
}

/// The states of an execution that can come about here (CodePipeline API, PipelineExecutionStatus).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExecutionStatus {
    InProgress,
    Stopped,
    Succeeded,
    Failed,
}

#[derive(Debug, Clone)]
struct Stage {
    name: String,
    actions: Vec<Action>,
}

#[derive(Debug, Clone)]
struct Action {
    name: String,
    category: Category,
    provider: String,
    token: String,
    custom_data: Option<String>,
    external_link: Option<String>,
    timeout: SignedDuration,
    fails: Option<String>,
    variables: BTreeMap<String, String>,
    run: Option<Run>,
}

/// An action execution.
#[derive(Debug, Clone)]
struct Run {
    id: String,
    status: ActionStatus,
    summary: Option<String>,
    /// Why it failed, when a provider said so.
    error: Option<String>,
    started: Timestamp,
    changed: Timestamp,
    updated_by: Option<String>,
    /// When an approval gives up.
    expires: Option<Timestamp>,
    /// Whether somebody approved or rejected: what tells "already completed" from "expired".
    answered: bool,
}

/// The states of an action execution (CodePipeline API, ActionExecutionStatus).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ActionStatus {
    InProgress,
    Abandoned,
    Succeeded,
    Failed,
}

impl ActionStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Abandoned => "Abandoned",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

impl ExecutionStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "InProgress",
            Self::Stopped => "Stopped",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
        }
    }
}

impl CodePipeline {
    /// The pipelines as a scenario gives them, having run up to `now`. The error names the place in the scenario.
    pub fn new(given: &BTreeMap<String, GivenPipeline>, now: Timestamp) -> Result<Self, String> {
        let mut pipelines = BTreeMap::new();
        for (name, pipeline) in given {
            let pipeline = given::pipeline(name, pipeline, now)?;
            pipelines.insert((pipeline.region.clone(), name.clone()), pipeline);
        }
        Ok(Self { pipelines })
    }

    /// Answers an operation of the API by its name, in `region`.
    pub fn answer(&mut self, now: Timestamp, region: &str, operation: &str, input: &Value) -> Result<Value, AwsError> {
        match operation {
            "PutApprovalResult" => self.put_approval_result(now, region, input),
            "GetPipelineState" => self.get_pipeline_state(region, input),
            "GetPipelineExecution" => self.get_pipeline_execution(region, input),
            "ListActionExecutions" => self.list_action_executions(region, input),
            _ => Err(AwsError::client("UnknownOperationException", format!("unknown operation `{operation}`"))),
        }
    }

    /// The status of an action's latest execution: `InProgress`, `Abandoned`, `Succeeded` or `Failed`. None when there
    /// is no such action, or it has not run.
    pub fn action_status(&self, pipeline: &str, stage: &str, action: &str) -> Option<String> {
        let pipeline = self.named(pipeline)?;
        let stage = pipeline.stages.iter().find(|known| known.name == stage)?;
        let action = stage.actions.iter().find(|known| known.name == action)?;
        Some(action.run.as_ref()?.status.as_str().to_owned())
    }

    /// The status of the pipeline's execution, such as `InProgress`, `Succeeded` or `Failed`.
    pub fn execution_status(&self, pipeline: &str) -> Option<String> {
        Some(self.named(pipeline)?.execution.status.as_str().to_owned())
    }

    /// The id of the pipeline's execution.
    pub fn execution_id(&self, pipeline: &str) -> Option<String> {
        Some(self.named(pipeline)?.execution.id.clone())
    }

    /// The names of all pipelines, in order.
    pub fn names(&self) -> Vec<String> {
        self.pipelines.values().map(|pipeline| pipeline.name.clone()).collect()
    }

    /// The tokens of all approvals: what nobody may be shown.
    pub fn tokens(&self) -> Vec<String> {
        let actions = self.pipelines.values().flat_map(|pipeline| &pipeline.stages).flat_map(|stage| &stage.actions);
        actions.filter(|action| action.category == Category::Approval).map(|action| action.token.clone()).collect()
    }

    /// Lets approvals time out that nobody answered.
    pub(super) fn time_passed(&mut self, now: Timestamp) {
        for pipeline in self.pipelines.values_mut() {
            pipeline.time_out(now);
        }
    }

    /// The pipeline as people name it: without its region, which a scenario gives each name only one of.
    fn named(&self, name: &str) -> Option<&Pipeline> {
        self.pipelines.values().find(|pipeline| pipeline.name == name)
    }

    fn named_mut(&mut self, name: &str) -> Option<&mut Pipeline> {
        self.pipelines.values_mut().find(|pipeline| pipeline.name == name)
    }

    /// The pipeline as the API names it.
    fn find(&self, region: &str, name: &str) -> Result<&Pipeline, AwsError> {
        self.pipelines.get(&(region.to_owned(), name.to_owned())).ok_or_else(|| not_found(region, name))
    }

    fn find_mut(&mut self, region: &str, name: &str) -> Result<&mut Pipeline, AwsError> {
        self.pipelines.get_mut(&(region.to_owned(), name.to_owned())).ok_or_else(|| not_found(region, name))
    }
}

fn not_found(region: &str, name: &str) -> AwsError {
    AwsError::client("PipelineNotFoundException", format!("there is no pipeline `{name}` in region `{region}`"))
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
