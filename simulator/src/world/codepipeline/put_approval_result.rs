//! `PutApprovalResult`: the answer to an approval.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::validation::Input;
use super::{ActionStatus, CodePipeline, seconds};
use crate::world::aws_error::AwsError;
use crate::world::given::Category;

/// The longest summary, in characters (CodePipeline API, ApprovalSummary).
const SUMMARY: usize = 512;

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
        let by = format!("arn:aws:sts::{}:assumed-role/signoff/signoff", pipeline.account);
        let Some(stage) = pipeline.stages.iter_mut().find(|stage| stage.name == stage_name) else {
            let message = format!("pipeline `{pipeline_name}` has no stage `{stage_name}`");
            return Err(AwsError::client("StageNotFoundException", message));
        };
        let Some(action) = stage.actions.iter_mut().find(|action| action.name == action_name) else {
            let message = format!("stage `{stage_name}` has no action `{action_name}`");
            return Err(AwsError::client("ActionNotFoundException", message));
        };
        let run = action.run.as_ref().filter(|_| action.category == Category::Approval && action.token == token);
        match run {
            Some(run) if run.status == ActionStatus::InProgress => {}
            Some(run) if run.answered => {
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
        }
        action.answer(now, status == "Approved", by, summary);
        pipeline.go_on(now);
        Ok(json!({ "approvedAt": seconds(now) }))
    }
}
