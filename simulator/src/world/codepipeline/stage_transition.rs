//! `EnableStageTransition` and `DisableStageTransition`: whether executions may go from a stage to the next.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::model::{Pipeline, Transition};
use super::validation::Input;
use super::{CodePipeline, stage_not_found};
use crate::world::aws_error::AwsError;

const KINDS: [&str; 2] = ["Inbound", "Outbound"];

impl CodePipeline {
    /// `EnableStageTransition` in `region`. What waited for it goes on.
    pub fn enable_stage_transition(&mut self, now: Timestamp, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let stage_name = checked.name("stageName")?;
        let kind = checked.one_of("transitionType", &KINDS)?;
        checked.check()?;
        self.change(now, region, name, stage_name, kind, None)
    }

    /// `DisableStageTransition` in `region`. What comes to the stage waits in front of it.
    pub fn disable_stage_transition(&mut self, now: Timestamp, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let stage_name = checked.name("stageName")?;
        let kind = checked.one_of("transitionType", &KINDS)?;
        let reason = checked.disabled_reason("reason")?;
        checked.check()?;
        self.change(now, region, name, stage_name, kind, Some(reason))
    }

    fn change(
        &mut self,
        now: Timestamp,
        region: &str,
        name: &str,
        stage_name: &str,
        kind: &str,
        disabled: Option<&str>,
    ) -> Result<Value, AwsError> {
        let pipeline = self.find_mut(region, name)?;
        let stage = pipeline.stage(stage_name).ok_or_else(|| stage_not_found(name, stage_name))?;
        let by = pipeline.caller();
        pipeline.set_transition(now, stage + usize::from(kind == "Outbound"), disabled, by);
        Ok(json!({}))
    }
}

impl Pipeline {
    /// Disables the transition into the stage with this number, for a reason, or enables it.
    pub(super) fn set_transition(&mut self, now: Timestamp, into: usize, disabled: Option<&str>, by: String) {
        self.transitions[into] = Transition { disabled: disabled.map(str::to_owned), changed: Some((by, now)) };
        self.settle(now);
    }
}
