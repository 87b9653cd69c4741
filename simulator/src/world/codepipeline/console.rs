//! What people do to a pipeline without signoff: in the AWS console.
//!
//! They name executions by their number: the first that the pipeline ever had is 1.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use super::CodePipeline;
use super::machine::Waiting;
use super::model::{ActionStatus, Pipeline};
use super::put_approval_result::SUMMARY;
use super::start_pipeline_execution::Start;
use super::stop_pipeline_execution::REASON;
use super::validation::Input;
use crate::world::aws_error::AwsError;
use crate::world::given::{Category, GivenRevision, GivenTrigger};

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
        execution: Option<usize>,
        approved: bool,
        by: &str,
        summary: Option<&str>,
    ) -> Result<(), String> {
        let found = self.for_people(pipeline)?;
        let by = found.person(by);
        let only = execution.map(|number| found.numbered(number)).transpose()?;
        let at = found.stage_for_people(stage)?;
        let Some(action_at) = found.stages[at].actions.iter().position(|known| known.name == action) else {
            return Err(format!("there is no action `{action}` in stage `{stage}` of `{pipeline}`"));
        };
        let place = format!("`{pipeline} / {stage} / {action}`");
        if found.stages[at].actions[action_at].category != Category::Approval {
            return Err(format!("{place} is not an approval"));
        }
        let mut open = Vec::new();
        for (execution, it) in found.executions.iter().enumerate() {
            if only.is_none_or(|only| only == execution) {
                let runs = it.stages[at].runs.iter().enumerate();
                let waits = runs.filter(|(_, run)| run.action == action_at && run.status == ActionStatus::InProgress);
                open.extend(waits.map(|(run, _)| Waiting { execution, stage: at, run }));
            }
        }
        check(summary, |input| input.text("comment", SUMMARY).map(drop))?;
        match open[..] {
            [waiting] => {
                found.answer(now, waiting, approved, by, summary.unwrap_or_default());
                Ok(())
            }
            [] => Err(match found.latest_run(at, action_at) {
                Some(run) => format!("{place} does not wait for an answer: it is {}", run.status.as_str()),
                None => format!("{place} does not wait for an answer: the execution has not reached it"),
            }),
            _ => {
                let numbers: Vec<String> = open.iter().map(|waiting| (waiting.execution + 1).to_string()).collect();
                let numbers = numbers.join(", ");
                Err(format!("{place} waits in several executions: say `execution`, one of {numbers}"))
            }
        }
    }

    /// Somebody stops an execution in the AWS console, the last one where none is named. With `abandon` its approval
    /// takes no answer any more.
    pub fn stop_in_console(
        &mut self,
        now: Timestamp,
        pipeline: &str,
        execution: Option<usize>,
        abandon: bool,
        reason: Option<&str>,
    ) -> Result<(), String> {
        let found = self.for_people(pipeline)?;
        let at = found.numbered_or_last(execution)?;
        let status = found.executions[at].status;
        check(reason, |input| input.text("comment", REASON).map(drop))?;
        found.stop(now, at, abandon, reason).map_err(|refused| match refused.code {
            "PipelineExecutionNotStoppableException" => format!("`{pipeline}` does not run: it is {}", status.as_str()),
            _ => said(&refused),
        })
    }

    /// Somebody starts an execution, or something does: `trigger` says what. The answer is the execution's number.
    pub fn start_by(
        &mut self,
        now: Timestamp,
        pipeline: &str,
        variables: &BTreeMap<String, String>,
        revisions: &[(Option<String>, GivenRevision)],
        trigger: Result<GivenTrigger, &str>,
    ) -> Result<usize, String> {
        let found = self.for_people(pipeline)?;
        let trigger = trigger.unwrap_or_else(|by| GivenTrigger {
            kind: "StartPipelineExecution".to_owned(),
            detail: Some(found.person(by)),
        });
        let mut taken = Vec::new();
        for (action, revision) in revisions {
            taken.push(found.revision(action.as_deref(), revision)?);
        }
        let start = Start { id: None, trigger: Some(trigger), revisions: taken, variables: variables.clone() };
        found.start(now, start).map(|at| at + 1).map_err(|refused| said(&refused))
    }

    /// Somebody retries a stage, of the execution that was in it last where none is named.
    pub fn retry_in_console(
        &mut self,
        now: Timestamp,
        pipeline: &str,
        stage: &str,
        execution: Option<usize>,
        all: bool,
    ) -> Result<(), String> {
        let found = self.for_people(pipeline)?;
        let at = found.stage_for_people(stage)?;
        let latest = found.latest_in(at).map(|latest| latest.id.clone());
        let execution = match (execution, latest.and_then(|id| found.execution(&id))) {
            (Some(number), _) => found.numbered(number)?,
            (None, Some(latest)) => latest,
            (None, None) => return Err(format!("no execution of `{pipeline}` has reached stage `{stage}`")),
        };
        found.retry(now, execution, at, all).map_err(|refused| said(&refused))
    }

    /// Somebody rolls a stage back to an earlier execution. The answer is the new execution's number.
    pub fn roll_back_in_console(
        &mut self,
        now: Timestamp,
        pipeline: &str,
        stage: &str,
        to: usize,
        by: &str,
    ) -> Result<usize, String> {
        let found = self.for_people(pipeline)?;
        let at = found.stage_for_people(stage)?;
        let to = found.numbered(to)?;
        let by = found.person(by);
        found.roll_back(now, at, to, &by).map(|at| at + 1).map_err(|refused| said(&refused))
    }

    /// Somebody disables the transition into a stage for a reason, or enables it.
    pub fn set_transition_in_console(
        &mut self,
        now: Timestamp,
        pipeline: &str,
        stage: &str,
        disabled: Option<&str>,
        by: &str,
    ) -> Result<(), String> {
        let found = self.for_people(pipeline)?;
        let at = found.stage_for_people(stage)?;
        let by = found.person(by);
        check(disabled, |input| input.disabled_reason("comment").map(drop))?;
        found.set_transition(now, at, disabled, by);
        Ok(())
    }

    fn for_people(&mut self, pipeline: &str) -> Result<&mut Pipeline, String> {
        let known = self.names().join(", ");
        self.named_mut(pipeline).ok_or_else(|| format!("there is no pipeline `{pipeline}`; the pipelines are {known}"))
    }
}

impl Pipeline {
    /// The ARN of somebody in the console.
    fn person(&self, name: &str) -> String {
        format!("arn:aws:sts::{}:assumed-role/Admin/{name}", self.account)
    }

    fn stage_for_people(&self, stage: &str) -> Result<usize, String> {
        self.stage(stage).ok_or_else(|| format!("there is no stage `{stage}` in `{}`", self.name))
    }

    /// The execution with a number.
    fn numbered(&self, number: usize) -> Result<usize, String> {
        number.checked_sub(1).filter(|at| *at < self.executions.len()).ok_or_else(|| {
            format!("there is no execution {number} of `{}`, which has had {}", self.name, self.executions.len())
        })
    }

    fn numbered_or_last(&self, number: Option<usize>) -> Result<usize, String> {
        match number {
            Some(number) => self.numbered(number),
            None => self.executions.len().checked_sub(1).ok_or_else(|| format!("`{}` has not run yet", self.name)),
        }
    }
}

/// Checks what somebody says by the constraints of the API, which the console calls.
fn check(comment: Option<&str>, by: impl FnOnce(&mut Input<'_>) -> Result<(), AwsError>) -> Result<(), String> {
    let Some(comment) = comment else { return Ok(()) };
    let said_so = json!({ "comment": comment });
    Input::new(&said_so)
        .and_then(|mut input| {
            by(&mut input)?;
            input.check()
        })
        .map_err(|refused| said(&refused))
}

/// Why CodePipeline does not do it, with its name for that.
fn said(refused: &AwsError) -> String {
    format!("CodePipeline refuses that: {refused}")
}
