//! `StopPipelineExecution`: what is in progress is finished, or abandoned, and nothing more is begun.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::CodePipeline;
use super::messages::Moment;
use super::model::{ActionStatus, ExecutionStatus, Pipeline, Place, StageStatus, Stop};
use super::pipeline_execution::execution_not_stoppable;
use super::validation::Input;
use crate::world::aws_error::AwsError;

/// The longest reason, in characters (CodePipeline API, StopPipelineExecutionReason).
pub(super) const REASON: usize = 200;

impl CodePipeline {
    /// `StopPipelineExecution` in `region`.
    pub fn stop_pipeline_execution(&mut self, now: Timestamp, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let id = checked.uuid("pipelineExecutionId")?;
        let abandon = checked.optional_flag("abandon")?.unwrap_or(false);
        let reason = checked.optional_short_text("reason", 0, REASON)?;
        checked.check()?;
        let pipeline = self.find_mut(region, name)?;
        let execution = pipeline.execution(id).ok_or_else(|| execution_not_stoppable(id))?;
        pipeline.stop(now, execution, abandon, reason)?;
        Ok(json!({ "pipelineExecutionId": id }))
    }
}

impl Pipeline {
    /// Stops an execution: at once where nothing is in progress or what is may be abandoned, else when that is through.
    pub(super) fn stop(
        &mut self,
        now: Timestamp,
        execution: usize,
        abandon: bool,
        reason: Option<&str>,
    ) -> Result<(), AwsError> {
        let stopping = &mut self.executions[execution];
        match stopping.status {
            ExecutionStatus::InProgress => {}
            ExecutionStatus::Stopping if abandon => {}
            ExecutionStatus::Stopping => {
                let message = "The pipeline execution is already in a Stopping state.";
                return Err(AwsError::client("DuplicatedStopRequestException", message));
            }
            _ => return Err(execution_not_stoppable(&stopping.id)),
        }
        let first = stopping.status == ExecutionStatus::InProgress;
        if first || reason.is_some() {
            stopping.stop = Some(Stop { reason: reason.map(str::to_owned) });
        }
        stopping.status = ExecutionStatus::Stopping;
        stopping.updated = now;
        if first {
            self.tell(now, execution, Moment::Pipeline { state: "STOPPING" });
        }
        let Place::In { stage } = self.executions[execution].place else {
            self.end_execution(now, execution, ExecutionStatus::Stopped);
            self.settle(now);
            return Ok(());
        };
        if first {
            self.executions[execution].stages[stage].status = Some(StageStatus::Stopping);
            self.tell(now, execution, Moment::Stage { stage, state: "STOPPING" });
        }
        if abandon {
            let runs = self.executions[execution].stages[stage].runs.iter().enumerate();
            let open: Vec<usize> =
                runs.filter(|(_, run)| run.status == ActionStatus::InProgress).map(|(at, _)| at).collect();
            for run in open {
                self.end_run(now, execution, stage, run, ActionStatus::Abandoned);
            }
        }
        self.settle(now);
        Ok(())
    }
}
