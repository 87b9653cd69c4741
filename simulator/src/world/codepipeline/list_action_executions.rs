//! `ListActionExecutions`: what ran, newest first.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::get_pipeline::{action_type, configuration};
use super::model::{Action, ActionStatus, Commit, Execution, Pipeline, Run};
use super::pages::Page;
use super::pipeline_execution::execution_not_found;
use super::validation::Input;
use super::{CodePipeline, seconds};
use crate::world::aws_error::AwsError;

impl CodePipeline {
    /// `ListActionExecutions` in `region`, with its filter and its pages.
    pub fn list_action_executions(&self, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("pipelineName")?;
        let execution = checked.optional_uuid("filter.pipelineExecutionId")?;
        let within = "filter.latestInPipelineExecution";
        let (mut latest, mut range) = (None, "All");
        if checked.has(within)? {
            latest = Some(checked.uuid("filter.latestInPipelineExecution.pipelineExecutionId")?);
            range = checked.one_of("filter.latestInPipelineExecution.startTimeRange", &["Latest", "All"])?;
        }
        let page = Page::read(&mut checked, 100)?;
        checked.check()?;
        let pipeline = self.find(region, name)?;
        let only = match execution.or(latest) {
            None => None,
            Some(id) => Some(pipeline.execution(id).ok_or_else(|| execution_not_found(name, id))?),
        };
        let mut found: Vec<(u64, Value)> = Vec::new();
        for (at, execution) in pipeline.executions.iter().enumerate() {
            if only.is_some_and(|only| only != at) {
                continue;
            }
            for (stage, run_of) in execution.stages.iter().enumerate() {
                // Of the latest: what ran before its last retry is left out.
                let from = if range == "Latest" { run_of.round } else { 0 };
                let runs = run_of.runs[from..].iter();
                found.extend(runs.map(|run| (run.order, detail(pipeline, execution, stage, run))));
            }
        }
        found.sort_by_key(|(order, _)| std::cmp::Reverse(*order));
        let details: Vec<Value> = found.into_iter().map(|(_, detail)| detail).collect();
        page.of("actionExecutionDetails", &details)
    }
}

fn detail(pipeline: &Pipeline, execution: &Execution, stage: usize, run: &Run) -> Value {
    let action = &pipeline.stages[stage].actions[run.action];
    let configuration = configuration(pipeline, action);
    let mut result = Map::new();
    if let Some(token) = &run.token {
        // In PARALLEL mode this is where the token is to be had (CodePipeline API, PutApprovalResult).
        result.insert("externalExecutionId".into(), json!(token));
    }
    if let Some(summary) = run.summary.as_ref().or(run.error.as_ref()) {
        result.insert("externalExecutionSummary".into(), json!(summary));
    }
    if let Some(reason) = &run.error {
        result.insert("errorDetails".into(), json!({ "code": "JobFailed", "message": reason }));
    }
    // Only of an action that is through.
    let variables = match run.status {
        ActionStatus::Succeeded => output_variables(pipeline, execution, action),
        _ => BTreeMap::new(),
    };
    let mut out = Map::new();
    out.insert("pipelineExecutionId".into(), json!(execution.id));
    out.insert("actionExecutionId".into(), json!(run.id));
    out.insert("pipelineVersion".into(), json!(1));
    out.insert("stageName".into(), json!(pipeline.stages[stage].name));
    out.insert("actionName".into(), json!(action.name));
    out.insert("startTime".into(), seconds(run.started));
    out.insert("lastUpdateTime".into(), seconds(run.changed));
    if let Some(by) = &run.updated_by {
        out.insert("updatedBy".into(), json!(by));
    }
    out.insert("status".into(), json!(run.status.as_str()));
    out.insert(
        "input".into(),
        json!({
            "actionTypeId": action_type(action),
            "configuration": configuration,
            "resolvedConfiguration": configuration,
            "region": pipeline.region,
            "inputArtifacts": [],
        }),
    );
    out.insert(
        "output".into(),
        json!({ "outputArtifacts": [], "executionResult": result, "outputVariables": variables }),
    );
    Value::Object(out)
}

/// What an action puts out: what it is given, and of a connection's source what it knows of the revision that it took. Whose
/// number the author has at the provider (`AuthorId`) nobody knows here:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html#reference-variables-list-configured-codestar>.
fn output_variables(pipeline: &Pipeline, execution: &Execution, action: &Action) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let taken = execution.revisions.iter().find(|revision| revision.action == action.name);
    if let Some(taken) = taken.filter(|_| action.provider == "CodeStarSourceConnection") {
        let known =
            |part: fn(&Commit) -> &Option<String>| taken.commit.as_ref().and_then(|commit| part(commit).clone());
        let fields = [
            ("AuthorDate", taken.commit.as_ref().map(|_| pipeline.author_date(execution))),
            ("AuthorDisplayName", known(|commit| &commit.author)),
            ("AuthorEmail", known(|commit| &commit.email)),
            ("BranchName", known(|commit| &commit.branch)),
            ("CommitId", Some(taken.id.clone())),
            ("CommitMessage", known(|commit| &commit.message)),
            ("ConnectionArn", Some(pipeline.connection())),
            ("FullRepositoryName", known(|commit| &commit.repository)),
            ("ProviderType", Some("GitHub".to_owned())),
        ];
        variables.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    variables.extend(action.variables.clone());
    variables
}
