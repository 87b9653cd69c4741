//! CodePipeline's part of the engine driver: the calls of `signoff::adapters::codepipeline`.

mod operate;
mod origin;
mod runs;
mod state;

use std::sync::PoisonError;

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::event::{ApprovalToken, Failure};
use signoff::ports::{
    ActionRef, ActionState, ActionStatus, Answer, OperateError, Operation, Origin, PipelineRef, PipelineState,
    Pipelines, PortError, PutError,
};

use super::{Engine, Refused, TRIES};
use crate::scenario::instance::REGION;
use crate::world::sts::{OWN_ACCESS_KEY, Signer};
use crate::world::{Service, World};

const NO_PIPELINE: &str = "PipelineNotFoundException";
const NO_EXECUTION: &str = "PipelineExecutionNotFoundException";

impl Engine {
    async fn codepipeline(
        &self,
        pipeline: &PipelineRef,
        operation: &'static str,
        input: &Value,
    ) -> Result<Value, Refused> {
        self.codepipeline_within(pipeline, operation, input, TRIES).await
    }

    async fn codepipeline_within(
        &self,
        pipeline: &PipelineRef,
        operation: &'static str,
        input: &Value,
        tries: u32,
    ) -> Result<Value, Refused> {
        let call = format!("CodePipeline's {operation}");
        let (access_key, token) = match self.session(pipeline.account.as_deref()).await? {
            Some(session) => (session.access_key, Some(session.token)),
            None => (OWN_ACCESS_KEY.to_owned(), None),
        };
        let ask = |world: &mut World| {
            let signer = Signer { key: &access_key, token: token.as_deref(), region: &pipeline.region };
            world.codepipeline_request_by(signer, operation, input)
        };
        self.aws(Service::CodePipeline, operation, &call, input, tries, ask).await
    }
}

#[async_trait]
impl Pipelines for Engine {
    async fn put_approval_result(&self, answer: &Answer) -> Result<(), PutError> {
        const OVER: [&str; 5] = [
            "ApprovalAlreadyCompletedException",
            "InvalidApprovalTokenException",
            NO_PIPELINE,
            "StageNotFoundException",
            "ActionNotFoundException",
        ];
        let ActionRef { pipeline, stage, action } = &answer.action;
        let input = json!({
            "pipelineName": pipeline.name,
            "stageName": stage,
            "actionName": action,
            "result": {
                "summary": answer.summary,
                "status": if answer.approved { "Approved" } else { "Rejected" },
            },
            "token": answer.token.expose(),
        });
        match self.codepipeline(pipeline, "PutApprovalResult", &input).await {
            Ok(_) => Ok(()),
            Err(refused) if refused.code.is_some_and(|code| OVER.contains(&code)) => {
                Err(PutError::Over(refused.error.to_string()))
            }
            Err(refused) => Err(PutError::Failed(refused.error)),
        }
    }

    async fn approval_state(
        &self,
        action: &ActionRef,
        token: &ApprovalToken,
        execution: Option<&str>,
    ) -> Result<Option<ActionState>, PortError> {
        let Some(state) = self.state_of(&action.pipeline).await? else { return Ok(None) };
        let latest = state::latest_of(&state, action);
        if latest.as_ref().is_some_and(|latest| latest.token.as_ref() == Some(token)) {
            return Ok(latest);
        }
        Ok(self.run_of(action, token, execution).await?.or(latest))
    }

    async fn origin(&self, pipeline: &PipelineRef, execution: &str) -> Result<Option<Origin>, PortError> {
        self.origin_of(pipeline, execution).await
    }

    async fn stages(&self, pipeline: &PipelineRef) -> Result<Vec<String>, PortError> {
        let state = self.state_of(pipeline).await?.unwrap_or_default();
        Ok(each(&state["stageStates"]).filter_map(|stage| text(&stage["stageName"])).collect())
    }

    async fn failures(&self, pipeline: &PipelineRef, execution: &str) -> Result<Vec<Failure>, PortError> {
        let runs = self.latest_runs(pipeline, execution, &|_| true).await?;
        Ok(runs.iter().rev().filter(|run| run["status"] == "Failed").map(runs::failure).collect())
    }

    async fn run_in(&self, action: &ActionRef, execution: &str) -> Result<Option<ActionState>, PortError> {
        let is_it = |run: &Value| run["stageName"] == *action.stage && run["actionName"] == *action.action;
        let runs = self.latest_runs(&action.pipeline, execution, &is_it).await?;
        Ok(runs.first().map(|run| {
            let token = text(&run["output"]["executionResult"]["externalExecutionId"]);
            runs::action_state(run, token.map(ApprovalToken::new))
        }))
    }

    fn own_region(&self) -> String {
        REGION.to_owned()
    }

    fn own_account(&self) -> Option<String> {
        Some(self.world.lock().unwrap_or_else(PoisonError::into_inner).own_account.clone())
    }

    async fn pipelines(&self, account: Option<&str>, region: &str) -> Result<Vec<String>, PortError> {
        self.names_of_pipelines(account, region).await
    }

    async fn state(&self, pipeline: &PipelineRef) -> Result<Option<PipelineState>, PortError> {
        Ok(self.state_of(pipeline).await?.map(|state| state::pipeline_state(&state)))
    }

    async fn succeeded_in(&self, pipeline: &PipelineRef, stage: &str) -> Result<Vec<String>, PortError> {
        let filter = json!({ "succeededInStage": { "stageName": stage } });
        let input = json!({ "pipelineName": pipeline.name, "filter": filter, "maxResults": 100 });
        let page = self.codepipeline(pipeline, "ListPipelineExecutions", &input).await;
        let page = page.map_err(|refused| refused.error)?;
        Ok(each(&page["pipelineExecutionSummaries"]).filter_map(|run| text(&run["pipelineExecutionId"])).collect())
    }

    async fn operate(&self, pipeline: &PipelineRef, operation: &Operation) -> Result<Option<String>, OperateError> {
        self.operate_on(pipeline, operation).await
    }
}

fn each(list: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn status(status: &Value) -> ActionStatus {
    match status.as_str() {
        Some("InProgress") => ActionStatus::InProgress,
        Some("Succeeded") => ActionStatus::Succeeded,
        Some("Failed") => ActionStatus::Failed,
        Some("Abandoned") => ActionStatus::Abandoned,
        _ => ActionStatus::Unknown,
    }
}

/// A time as JSON 1.1 carries it: seconds since 1970, with milliseconds as a fraction.
fn time(value: &Value) -> Option<Timestamp> {
    match value.as_i64() {
        Some(seconds) => Timestamp::from_second(seconds).ok(),
        // Milliseconds since 1970 are far below 2^53, so the conversion loses nothing.
        #[allow(clippy::cast_possible_truncation)]
        None => Timestamp::from_millisecond((value.as_f64()? * 1000.0).round() as i64).ok(),
    }
}
