//! `RollbackStage`: a new execution runs one stage again with what an earlier one ran it with.
//!
//! What can't be rolled back: <https://docs.aws.amazon.com/codepipeline/latest/userguide/stage-rollback.html>.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::messages::Moment;
use super::model::{Pipeline, StageStatus};
use super::pipeline_execution::execution_not_found;
use super::start_pipeline_execution::Start;
use super::validation::Input;
use super::{CodePipeline, stage_not_found};
use crate::world::aws_error::AwsError;
use crate::world::given::{Category, ExecutionMode, GivenTrigger};

impl CodePipeline {
    /// `RollbackStage` in `region`.
    pub fn rollback_stage(&mut self, now: Timestamp, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let stage_name = checked.name("stageName")?;
        let target_id = checked.uuid("targetPipelineExecutionId")?;
        checked.check()?;
        let pipeline = self.find_mut(region, name)?;
        let stage = pipeline.stage(stage_name).ok_or_else(|| stage_not_found(name, stage_name))?;
        let target = pipeline.execution(target_id).ok_or_else(|| execution_not_found(name, target_id))?;
        let by = pipeline.caller();
        let at = pipeline.roll_back(now, stage, target, &by)?;
        Ok(json!({ "pipelineExecutionId": pipeline.executions[at].id }))
    }
}

impl Pipeline {
    /// Runs a stage with the revisions and variables of `target`, and says in which execution.
    pub(super) fn roll_back(
        &mut self,
        now: Timestamp,
        stage: usize,
        target: usize,
        by: &str,
    ) -> Result<usize, AwsError> {
        let name = &self.stages[stage].name;
        let unable = |why: &str| {
            let message = format!("Unable to roll back stage {name}: {why}");
            Err(AwsError::client("UnableToRollbackStageException", message))
        };
        let to = &self.executions[target];
        if self.mode == ExecutionMode::Parallel {
            return unable("stages of pipelines in PARALLEL mode are not rolled back");
        }
        if self.stages[stage].actions.iter().any(|action| action.category == Category::Source) {
            return unable("it is a source stage");
        }
        if to.rolls_back_to.is_some() {
            return unable("the target is a rollback itself");
        }
        if to.stages[stage].status != Some(StageStatus::Succeeded) {
            return unable("the target has not succeeded in it");
        }
        if self.inside(stage).next().is_some() {
            return unable("it is currently running");
        }
        let (to_id, revisions, variables) = (to.id.clone(), to.revisions.clone(), to.variables.clone());
        let trigger = GivenTrigger { kind: "ManualRollback".to_owned(), detail: Some(by.to_owned()) };
        let at = self.add(now, Start { id: None, trigger: Some(trigger), revisions: Vec::new(), variables })?;
        self.executions[at].revisions = revisions;
        self.executions[at].rolls_back_to = Some(to_id);
        self.tell(now, at, Moment::Pipeline { state: "STARTED" });
        // It does not come through a transition, so that none holds it.
        self.enter(now, at, stage);
        self.settle(now);
        Ok(at)
    }
}
