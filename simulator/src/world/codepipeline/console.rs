//! What people do to a pipeline without signoff: in the AWS console.

use jiff::Timestamp;

use super::{ActionStatus, CodePipeline};
use crate::world::given::Category;

impl CodePipeline {
    /// Somebody approves or rejects in the AWS console. `by` is a name, which becomes the last part of the role's ARN in
    /// `lastUpdatedBy`; `summary` is the comment. The error says what is not there to be decided.
    #[allow(clippy::too_many_arguments, reason = "a console's form has these fields")]
    pub fn decide_in_console(
        &mut self,
        now: Timestamp,
        pipeline: &str,
        stage: &str,
        action: &str,
        approved: bool,
        by: &str,
        summary: Option<&str>,
    ) -> Result<(), String> {
        let known = self.names().join(", ");
        let Some(found) = self.named_mut(pipeline) else {
            return Err(format!("there is no pipeline `{pipeline}`; the pipelines are {known}"));
        };
        let by = format!("arn:aws:sts::{}:assumed-role/Admin/{by}", found.account);
        let Some(found_stage) = found.stages.iter_mut().find(|known| known.name == stage) else {
            return Err(format!("there is no stage `{stage}` in `{pipeline}`"));
        };
        let Some(found_action) = found_stage.actions.iter_mut().find(|known| known.name == action) else {
            return Err(format!("there is no action `{action}` in stage `{stage}` of `{pipeline}`"));
        };
        let place = format!("`{pipeline} / {stage} / {action}`");
        if found_action.category != Category::Approval {
            return Err(format!("{place} is not an approval"));
        }
        match found_action.run.as_ref().map(|run| run.status) {
            Some(ActionStatus::InProgress) => {}
            Some(status) => {
                return Err(format!("{place} does not wait for an answer: it is {}", status.as_str()));
            }
            None => {
                return Err(format!("{place} does not wait for an answer: the execution has not reached it"));
            }
        }
        found_action.answer(now, approved, by, summary.unwrap_or_default());
        found.go_on(now);
        Ok(())
    }

    /// Somebody stops the execution in the AWS console and abandons what is in progress: its approval takes no answer
    /// any more.
    pub fn stop_in_console(&mut self, now: Timestamp, pipeline: &str) -> Result<(), String> {
        let Some(found) = self.named_mut(pipeline) else {
            return Err(format!("there is no pipeline `{pipeline}`; the pipelines are {}", self.names().join(", ")));
        };
        if found.execution.status != super::ExecutionStatus::InProgress {
            return Err(format!("`{pipeline}` does not run: it is {}", found.execution.status.as_str()));
        }
        found.stop(now);
        Ok(())
    }
}
