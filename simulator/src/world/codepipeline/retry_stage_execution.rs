//! `RetryStageExecution`: a stage that failed or was stopped runs again, all of it or what failed or was abandoned:
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-stop.html>.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::messages::Moment;
use super::model::{ActionStatus, ExecutionStatus, Pipeline, Place, StageStatus};
use super::validation::Input;
use super::{CodePipeline, stage_not_found};
use crate::world::aws_error::AwsError;
use crate::world::given::ExecutionMode;

impl CodePipeline {
    /// `RetryStageExecution` in `region`.
    pub fn retry_stage_execution(&mut self, now: Timestamp, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let stage_name = checked.name("stageName")?;
        let id = checked.uuid("pipelineExecutionId")?;
        let mode = checked.one_of("retryMode", &["FAILED_ACTIONS", "ALL_ACTIONS"])?;
        checked.check()?;
        let pipeline = self.find_mut(region, name)?;
        let stage = pipeline.stage(stage_name).ok_or_else(|| stage_not_found(name, stage_name))?;
        let execution = pipeline.execution(id).ok_or_else(|| not_latest(stage_name, id))?;
        pipeline.retry(now, execution, stage, mode == "ALL_ACTIONS")?;
        Ok(json!({ "pipelineExecutionId": id }))
    }
}

impl Pipeline {
    /// Lets a stage that failed or was stopped run again: with `all`, from its first action, else the actions that failed or
    /// were abandoned.
    pub(super) fn retry(&mut self, now: Timestamp, execution: usize, stage: usize, all: bool) -> Result<(), AwsError> {
        let name = self.stages[stage].name.clone();
        let retried = &self.executions[execution];
        let run = &retried.stages[stage];
        let latest = self.latest_in(stage).is_some_and(|latest| latest.id == retried.id);
        if self.mode != ExecutionMode::Parallel && run.status.is_some() && !latest {
            return Err(not_latest(&name, &retried.id));
        }
        let actions = 0..self.stages[stage].actions.len();
        let has_failed = |action: &usize| {
            let status = run.latest(*action).map(|run| run.status);
            matches!(status, Some(ActionStatus::Failed | ActionStatus::Abandoned))
        };
        let failed: Vec<usize> = actions.filter(has_failed).collect();
        let has_ended = matches!(retried.status, ExecutionStatus::Failed | ExecutionStatus::Stopped);
        let may = has_ended || retried.status == ExecutionStatus::InProgress;
        if failed.is_empty() || !may {
            return Err(not_retryable(&name, "it has no failed actions"));
        }
        if all && run.in_progress() {
            return Err(not_retryable(&name, "it has actions in progress"));
        }
        if has_ended {
            if self.mode == ExecutionMode::Parallel {
                self.has_room()?;
            }
            self.resume(now, execution, stage);
        }
        let run = &mut self.executions[execution].stages[stage];
        if all {
            run.round = run.runs.len();
        } else {
            for action in failed {
                self.start_action(now, execution, stage, action);
            }
        }
        self.settle(now);
        Ok(())
    }

    fn resume(&mut self, now: Timestamp, execution: usize, stage: usize) {
        let resumed = &mut self.executions[execution];
        (resumed.status, resumed.place, resumed.updated) = (ExecutionStatus::InProgress, Place::In { stage }, now);
        resumed.attempt += 1;
        resumed.stop = None;
        let run = &mut resumed.stages[stage];
        run.status = Some(StageStatus::InProgress);
        run.retries += 1;
        run.retried = Some(now);
        self.tell(now, execution, Moment::Pipeline { state: "RESUMED" });
        self.tell(now, execution, Moment::Stage { stage, state: "RESUMED" });
    }
}

fn not_latest(stage: &str, id: &str) -> AwsError {
    let message = format!("execution `{id}` is not the latest one in stage `{stage}`");
    AwsError::client("NotLatestPipelineExecutionException", message)
}

fn not_retryable(stage: &str, why: &str) -> AwsError {
    AwsError::client("StageNotRetryableException", format!("stage `{stage}` can't be retried: {why}"))
}
