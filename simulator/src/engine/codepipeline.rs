//! CodePipeline's part of the engine driver: the calls of `signoff::adapters::codepipeline`.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::event::{ApprovalToken, Trigger};
use signoff::ports::{ActionRef, ActionState, ActionStatus, Answer, Origin, Pipelines, PortError, PutError, SourceRun};

use super::{Engine, Refused};
use crate::world::{Service, World};

/// How many pages of 100 runs are looked through, as by the adapter.
const PAGES_OF_RUNS: usize = 5;
const PAGES_OF_AN_EXECUTION: usize = 10;

impl Engine {
    async fn codepipeline(&self, region: &str, operation: &'static str, input: &Value) -> Result<Value, Refused> {
        let call = format!("CodePipeline's {operation}");
        let ask = |world: &mut World| world.codepipeline_request(region, operation, input);
        self.aws(Service::CodePipeline, operation, &call, input, ask).await
    }

    /// The run whose `externalExecutionId` is the token.
    async fn run_of(&self, action: &ActionRef, token: &ApprovalToken) -> Result<Option<ActionState>, PortError> {
        let mut input = json!({ "pipelineName": action.pipeline, "maxResults": 100 });
        for _ in 0..PAGES_OF_RUNS {
            let page = match self.codepipeline(&action.region, "ListActionExecutions", &input).await {
                Ok(page) => page,
                Err(refused) if refused.code == Some("PipelineNotFoundException") => return Ok(None),
                Err(refused) => return Err(refused.error),
            };
            let runs = page["actionExecutionDetails"].as_array();
            let is_it = |run: &&Value| {
                run["stageName"] == action.stage.as_str()
                    && run["actionName"] == action.action.as_str()
                    && run["output"]["executionResult"]["externalExecutionId"] == token.expose()
            };
            if let Some(run) = runs.into_iter().flatten().find(is_it) {
                return Ok(Some(ActionState {
                    status: status(&run["status"]),
                    token: Some(token.clone()),
                    execution: text(&run["pipelineExecutionId"]),
                    summary: text(&run["output"]["executionResult"]["externalExecutionSummary"]),
                    updated_by: text(&run["updatedBy"]),
                    changed_at: time(&run["lastUpdateTime"]),
                }));
            }
            match page.get("nextToken") {
                Some(next) => input["nextToken"] = next.clone(),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Each source action of an execution once, by its latest run.
    async fn sources(&self, region: &str, pipeline: &str, execution: &str) -> Result<Vec<SourceRun>, PortError> {
        let filter = json!({ "pipelineExecutionId": execution });
        let mut input = json!({ "pipelineName": pipeline, "filter": filter, "maxResults": 100 });
        let mut sources: Vec<SourceRun> = Vec::new();
        for _ in 0..PAGES_OF_AN_EXECUTION {
            let page = self.codepipeline(region, "ListActionExecutions", &input).await;
            let page = page.map_err(|refused| refused.error)?;
            for run in page["actionExecutionDetails"].as_array().into_iter().flatten() {
                let action = run["actionName"].as_str().unwrap_or_default();
                let is_source = run["input"]["actionTypeId"]["category"] == "Source";
                if is_source && !sources.iter().any(|known| known.action == action) {
                    let variables = &run["output"]["outputVariables"];
                    let (commit, author_email) = (text(&variables["CommitId"]), text(&variables["AuthorEmail"]));
                    sources.push(SourceRun { action: action.to_owned(), commit, author_email });
                }
            }
            match page.get("nextToken") {
                Some(next) => input["nextToken"] = next.clone(),
                None => return Ok(sources),
            }
        }
        Err(PortError::Permanent("CodePipeline's ListActionExecutions has more pages than are looked through".into()))
    }
}

#[async_trait]
impl Pipelines for Engine {
    async fn put_approval_result(&self, answer: &Answer) -> Result<(), PutError> {
        const OVER: [&str; 5] = [
            "ApprovalAlreadyCompletedException",
            "InvalidApprovalTokenException",
            "PipelineNotFoundException",
            "StageNotFoundException",
            "ActionNotFoundException",
        ];
        let ActionRef { region, pipeline, stage, action } = &answer.action;
        let input = json!({
            "pipelineName": pipeline,
            "stageName": stage,
            "actionName": action,
            "result": {
                "summary": answer.summary,
                "status": if answer.approved { "Approved" } else { "Rejected" },
            },
            "token": answer.token.expose(),
        });
        match self.codepipeline(region, "PutApprovalResult", &input).await {
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
    ) -> Result<Option<ActionState>, PortError> {
        let input = json!({ "name": action.pipeline });
        let state = match self.codepipeline(&action.region, "GetPipelineState", &input).await {
            Ok(state) => state,
            Err(refused) if refused.code == Some("PipelineNotFoundException") => return Ok(None),
            Err(refused) => return Err(refused.error),
        };
        let named = |list: &Value, key: &str, name: &str| {
            list.as_array().into_iter().flatten().find(|found| found[key] == name).cloned()
        };
        let stage = named(&state["stageStates"], "stageName", &action.stage);
        let latest = stage.as_ref().and_then(|stage| {
            let found = named(&stage["actionStates"], "actionName", &action.action)?;
            let latest = found.get("latestExecution")?;
            Some(ActionState {
                status: status(&latest["status"]),
                token: text(&latest["token"]).map(ApprovalToken::new),
                execution: text(&stage["latestExecution"]["pipelineExecutionId"]),
                summary: text(&latest["summary"]),
                updated_by: text(&latest["lastUpdatedBy"]),
                changed_at: time(&latest["lastStatusChange"]),
            })
        });
        if latest.as_ref().is_some_and(|latest| latest.token.as_ref() == Some(token)) {
            return Ok(latest);
        }
        Ok(self.run_of(action, token).await?.or(latest))
    }

    async fn origin(&self, region: &str, pipeline: &str, execution: &str) -> Result<Option<Origin>, PortError> {
        let input = json!({ "pipelineName": pipeline, "pipelineExecutionId": execution });
        let found = match self.codepipeline(region, "GetPipelineExecution", &input).await {
            Ok(found) => found,
            Err(Refused { code: Some("PipelineNotFoundException" | "PipelineExecutionNotFoundException"), .. }) => {
                return Ok(None);
            }
            Err(refused) => return Err(refused.error),
        };
        let trigger = found["pipelineExecution"]
            .get("trigger")
            .map(|trigger| Trigger { kind: text(&trigger["triggerType"]), detail: text(&trigger["triggerDetail"]) });
        Ok(Some(Origin { trigger, sources: self.sources(region, pipeline, execution).await? }))
    }
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
