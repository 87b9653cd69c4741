//! A pipeline that takes its time, and short words for what is done to it through the API.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff_simulator::world::codepipeline::Sent;
use signoff_simulator::world::{AwsError, Given, World};

pub const REGION: &str = "eu-north-1";

/// An idle pipeline `ferry`: `Source/Plan` takes no time, `Build/Hull` and `Build/Engine` 3 and 5 minutes at once, and
/// `Release` waits for `Captain`, for an hour, and then takes a minute to `Sail`. `more` is laid over the pipeline, and
/// `hull` over the action.
pub fn ferry(mode: &str, more: Value, hull: Value) -> World {
    let mut given = json!({ "mode": mode });
    lay_over(&mut given, more);
    pipeline_given(given, hull).unwrap()
}

/// The same, or why it can't be given.
pub fn pipeline_given(more: Value, hull: Value) -> Result<World, String> {
    let mut hull_given = json!({ "name": "Hull", "category": "Build", "run_order": 1, "takes": "3m" });
    lay_over(&mut hull_given, hull);
    let mut given = json!({ "region": REGION, "idle": true, "stages": [
        { "name": "Source", "actions": [{ "name": "Plan", "category": "Source" }] },
        { "name": "Build", "actions": [
            hull_given,
            { "name": "Engine", "category": "Build", "run_order": 1, "takes": "5m" },
        ] },
        { "name": "Release", "actions": [
            { "name": "Captain", "category": "Approval", "timeout_minutes": 60 },
            { "name": "Sail", "category": "Deploy", "takes": "1m" },
        ] },
    ] });
    lay_over(&mut given, more);
    let given: Given = serde_json::from_value(json!({ "pipelines": { "ferry": given } })).unwrap();
    World::new(&given, begin())
}

pub fn begin() -> Timestamp {
    "2026-05-30T09:00:00Z".parse().unwrap()
}

fn lay_over(given: &mut Value, more: Value) {
    given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
}

/// An operation of the API on `ferry`.
pub fn ask(world: &mut World, operation: &str, more: Value) -> Result<Value, AwsError> {
    let key = match operation {
        "GetPipelineState" | "GetPipeline" | "StartPipelineExecution" => "name",
        _ => "pipelineName",
    };
    let mut input = json!({ key: "ferry" });
    lay_over(&mut input, more);
    world.codepipeline_request(REGION, operation, &input)
}

pub fn code(asked: Result<Value, AwsError>) -> &'static str {
    asked.map_or_else(|error| error.code, |_| "ok")
}

pub fn start(world: &mut World) -> String {
    let started = ask(world, "StartPipelineExecution", json!({})).unwrap();
    started["pipelineExecutionId"].as_str().unwrap().to_owned()
}

pub fn wait(world: &mut World, minutes: i64) {
    world.advance(SignedDuration::from_mins(minutes));
}

/// Every request for approval that waits, oldest first: its execution and its token.
pub fn open_requests(world: &mut World) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let waits = |detail: &&Value| detail["actionName"] == "Captain" && detail["status"] == "InProgress";
    let runs = all(world, "ListActionExecutions", "actionExecutionDetails");
    let open = runs.iter().rev().filter(waits);
    open.map(|detail| {
        let token = &detail["output"]["executionResult"]["externalExecutionId"];
        (text(&detail["pipelineExecutionId"]), text(token))
    })
    .collect()
}

pub fn answer(world: &mut World, token: &str, status: &str) -> &'static str {
    let result = json!({ "summary": "", "status": status });
    let more = json!({ "stageName": "Release", "actionName": "Captain", "token": token, "result": result });
    code(ask(world, "PutApprovalResult", more))
}

/// A whole list, page by page.
pub fn all(world: &mut World, operation: &str, key: &str) -> Vec<Value> {
    let (mut found, mut more) = (Vec::new(), json!({ "maxResults": 60 }));
    loop {
        let page = ask(world, operation, more.clone()).unwrap();
        found.extend(page[key].as_array().unwrap().clone());
        match page.get("nextToken") {
            Some(token) => more["nextToken"] = token.clone(),
            None => return found,
        }
    }
}

/// What was sent, one line each, with minutes since the beginning, and how the executions stand.
pub fn history(world: &mut World) -> String {
    let sent = world.codepipeline.take_sent();
    let minutes = |sent: &Sent| sent.at.duration_since(begin()).as_mins();
    let mut lines: Vec<String> = sent.iter().map(|it| format!("{:>2}  {}", minutes(it), it.what)).collect();
    lines.push(format!("in the end: {}", world.codepipeline.execution_statuses("ferry").unwrap().join(", ")));
    lines.join("\n").replace("ferry ", "")
}
