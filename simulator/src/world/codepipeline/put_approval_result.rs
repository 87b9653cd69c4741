//! `PutApprovalResult`: the answer to an approval.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::machine::Waiting;
use super::model::ActionStatus;
use super::validation::Input;
use super::{CodePipeline, seconds, stage_not_found};
use crate::world::aws_error::AwsError;

/// The longest summary, in characters (CodePipeline API, ApprovalSummary).
pub(super) const SUMMARY: usize = 512;

impl CodePipeline {
    /// `PutApprovalResult` in `region`. The action takes the answer, and an approved execution goes on at once.
    pub fn put_approval_result(&mut self, now: Timestamp, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let pipeline_name = checked.name("pipelineName")?;
        let stage_name = checked.name("stageName")?;
        let action_name = checked.name("actionName")?;
        let summary = checked.text("result.summary", SUMMARY)?;
        let status = checked.one_of("result.status", &["Approved", "Rejected"])?;
        let token = checked.uuid("token")?;
        checked.check()?;

        let pipeline = self.find_mut(region, pipeline_name)?;
        let by = pipeline.caller();
        let stage = pipeline.stage(stage_name).ok_or_else(|| stage_not_found(pipeline_name, stage_name))?;
        let Some(action) = pipeline.stages[stage].actions.iter().position(|action| action.name == action_name) else {
            let message = format!("stage `{stage_name}` has no action `{action_name}`");
            return Err(AwsError::client("ActionNotFoundException", message));
        };
        let asked = pipeline.executions.iter().enumerate().find_map(|(execution, it)| {
            let mut runs = it.stages[stage].runs.iter();
            let run = runs.position(|run| run.action == action && run.token.as_deref() == Some(token))?;
            Some(Waiting { execution, stage, run })
        });
        let run = asked.map(|asked| (asked, &pipeline.executions[asked.execution].stages[stage].runs[asked.run]));
        let waiting = match run {
            Some((waiting, run)) if run.status == ActionStatus::InProgress => waiting,
            Some((_, run)) if run.answered => {
                return Err(AwsError::client(
                    "ApprovalAlreadyCompletedException",
                    "The approval action has already been approved or rejected.",
                ));
            }
            _ => {
                return Err(AwsError::client(
                    "InvalidApprovalTokenException",
                    "The approval request already received a response or has expired.",
                ));
            }
        };
        pipeline.answer(now, waiting, status == "Approved", by, summary);
        Ok(json!({ "approvedAt": seconds(now) }))
    }
}
