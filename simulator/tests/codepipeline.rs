//! The fake CodePipeline: what it takes for an answer, and what becomes of the execution.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "codepipeline/harbour.rs"]
mod harbour;
#[path = "codepipeline/invariants.rs"]
mod invariants;
#[path = "codepipeline/modes.rs"]
mod modes;
#[path = "codepipeline/operations.rs"]
mod operations;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff_simulator::world::{AwsError, Given, World};

const TOKEN: &str = "0a1b2c3d-0000-4000-8000-00000000cafe";
const OTHER: &str = "0a1b2c3d-0000-4000-8000-00000000beef";
const REGION: &str = "eu-north-1";

/// A pipeline `ferry` that waits at `Release/Captain` for an hour; what comes after it may fail.
fn world(more: Value) -> World {
    let mut deploy = json!({ "name": "Sail", "category": "Deploy" });
    let fields = more.as_object().unwrap();
    if let Some(fails) = fields.get("fails") {
        deploy["fails"] = fails.clone();
    }
    let captain = json!({
        "name": "Captain", "category": "Approval", "token": TOKEN, "timeout_minutes": 60,
        "custom_data": "to the islands", "external_link": "https://harbour.example/plan",
    });
    let mut ferry = json!({ "region": REGION, "stages": [
        { "name": "Source", "actions": [{ "name": "Plan", "category": "Source" }] },
        { "name": "Release", "actions": [captain, deploy] },
    ] });
    if let Some(mode) = fields.get("mode") {
        ferry["mode"] = mode.clone();
    }
    let given: Given = serde_json::from_value(json!({ "pipelines": { "ferry": ferry } })).unwrap();
    World::new(&given, start()).unwrap()
}

fn start() -> Timestamp {
    "2026-05-30T09:10:11.25Z".parse().unwrap()
}

fn answer(changes: &[(&str, Value)]) -> Value {
    let mut input = json!({
        "pipelineName": "ferry", "stageName": "Release", "actionName": "Captain", "token": TOKEN,
        "result": { "status": "Approved", "summary": "calm sea" },
    });
    for (pointer, value) in changes {
        *input.pointer_mut(pointer).unwrap() = value.clone();
    }
    input
}

fn put(world: &mut World, changes: &[(&str, Value)]) -> Result<Value, AwsError> {
    world.codepipeline_request(REGION, "PutApprovalResult", &answer(changes))
}

fn code(asked: Result<Value, AwsError>) -> &'static str {
    asked.map_or_else(|error| error.code, |_| "ok")
}

fn ask(world: &mut World, operation: &str, input: Value) -> Value {
    world.codepipeline_request(REGION, operation, &input).unwrap()
}

fn captain(world: &mut World) -> Value {
    let state = ask(world, "GetPipelineState", json!({ "name": "ferry" }));
    state["stageStates"][1]["actionStates"][0]["latestExecution"].clone()
}

fn statuses(world: &World) -> (String, String) {
    let pipelines = &world.codepipeline;
    (pipelines.action_status("ferry", "Release", "Captain").unwrap(), pipelines.execution_status("ferry").unwrap())
}

/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html>.
#[test]
fn an_answer_is_checked_by_the_model() {
    let long = |length: usize| json!("ß".repeat(length));
    for changes in [
        &[][..],
        &[("/result/summary", json!(""))],
        &[("/result/summary", long(512))],
        &[("/result/status", json!("Rejected"))],
    ] {
        assert_eq!(code(put(&mut world(json!({})), changes)), "ok");
    }
    let uuid =
        "Member must satisfy regular expression pattern: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    let name = r"Member must satisfy regular expression pattern: [A-Za-z0-9.@\-_]+";
    let cases = [
        ("/result/summary", long(513), "result.summary", "Member must have length less than or equal to 512"),
        ("/result/summary", Value::Null, "result.summary", "Member must not be null"),
        ("/result", Value::Null, "result", "Member must not be null"),
        (
            "/result/status",
            json!("approved"),
            "result.status",
            "Member must satisfy enum value set: [Approved, Rejected]",
        ),
        ("/token", json!(TOKEN.to_uppercase()), "token", uuid),
        ("/token", json!(format!("{TOKEN} ")), "token", uuid),
        ("/token", json!(""), "token", uuid),
        ("/pipelineName", json!("fer/ry"), "pipelineName", name),
        ("/stageName", json!("Rel ease"), "stageName", name),
        ("/actionName", json!("a".repeat(101)), "actionName", "Member must have length less than or equal to 100"),
        ("/actionName", json!(""), "actionName", "Member must have length greater than or equal to 1"),
    ];
    for (pointer, value, path, rule) in cases {
        let refused = put(&mut world(json!({})), &[(pointer, value.clone())]).unwrap_err();
        assert_eq!((refused.code, refused.status), ("ValidationException", 400));
        assert!(
            refused.message.contains(&format!("at '{path}' failed to satisfy constraint: {rule}")),
            "{}",
            refused.message
        );
    }
    let none = put(&mut world(json!({})), &[("/result", Value::Null)]).unwrap_err();
    assert!(none.message.starts_with("1 validation error detected: Value null at 'result' "), "{}", none.message);
    let two = put(&mut world(json!({})), &[("/result/summary", long(513)), ("/token", json!("x"))]).unwrap_err();
    assert!(two.message.starts_with("2 validation errors detected: Value '"), "{}", two.message);
    for (pointer, value) in [("/token", json!(7)), ("/result", json!("Approved")), ("/result/summary", json!(["x"]))] {
        assert_eq!(code(put(&mut world(json!({})), &[(pointer, value)])), "SerializationException", "{pointer}");
    }
}

#[test]
fn an_answer_has_to_find_its_request() {
    let cases = [
        ("/token", OTHER, "InvalidApprovalTokenException"),
        ("/pipelineName", "barge", "PipelineNotFoundException"),
        ("/stageName", "release", "StageNotFoundException"),
        ("/actionName", "Mate", "ActionNotFoundException"),
        ("/actionName", "Sail", "InvalidApprovalTokenException"),
    ];
    for (pointer, value, wanted) in cases {
        let mut world = world(json!({}));
        assert_eq!(code(put(&mut world, &[(pointer, json!(value))])), wanted);
        assert_eq!(statuses(&world).0, "InProgress", "{pointer}");
    }
    let mut world = world(json!({}));
    let elsewhere = world.codepipeline_request("eu-west-1", "PutApprovalResult", &answer(&[]));
    assert_eq!(code(elsewhere), "PipelineNotFoundException");
    for (operation, name) in [("GetPipelineState", "name"), ("ListActionExecutions", "pipelineName")] {
        assert_eq!(
            code(world.codepipeline_request("eu-west-1", operation, &json!({ name: "ferry" }))),
            "PipelineNotFoundException"
        );
        assert_eq!(code(world.codepipeline_request(REGION, operation, &json!({ name: "ferry" }))), "ok");
    }
    assert_eq!(code(world.codepipeline_request(REGION, "UpdatePipeline", &json!({}))), "UnknownOperationException");
}

#[test]
fn an_approved_execution_goes_on_and_a_rejected_one_fails() {
    let cases = [
        ("Approved", None, "Succeeded", "Succeeded", Some("Succeeded")),
        ("Approved", Some("a storm"), "Succeeded", "Failed", Some("Failed")),
        ("Rejected", None, "Failed", "Failed", None),
    ];
    for (status, fails, action, execution, next) in cases {
        let mut world = world(fails.map_or(json!({}), |fails| json!({ "fails": fails })));
        assert_eq!(captain(&mut world)["token"], TOKEN);
        world.advance(SignedDuration::from_secs(60));
        let approved = put(&mut world, &[("/result/status", json!(status))]).unwrap();
        let at = json!(1_780_132_271.25);
        assert_eq!(approved, json!({ "approvedAt": at }));
        assert_eq!(statuses(&world), (action.to_owned(), execution.to_owned()), "{status}");
        assert_eq!(world.codepipeline.action_status("ferry", "Release", "Sail").as_deref(), next, "{status}");
        let state = captain(&mut world);
        assert_eq!(
            (&state["status"], &state["summary"], &state["lastStatusChange"]),
            (&json!(action), &json!("calm sea"), &at)
        );
        assert_eq!(state.get("token"), None, "an answered request has no token");
        assert!(state["lastUpdatedBy"].as_str().unwrap().ends_with(":assumed-role/signoff/signoff"));
        for again in ["Approved", "Rejected"] {
            assert_eq!(code(put(&mut world, &[("/result/status", json!(again))])), "ApprovalAlreadyCompletedException");
        }
        assert_eq!(code(put(&mut world, &[("/token", json!(OTHER))])), "InvalidApprovalTokenException");
        assert_eq!(statuses(&world), (action.to_owned(), execution.to_owned()), "a second answer changes nothing");
    }
}

#[test]
fn a_request_expires_in_the_very_moment_that_it_said() {
    let mut world = world(json!({}));
    world.advance(SignedDuration::from_mins(60) - SignedDuration::from_nanos(1));
    assert_eq!(code(put(&mut world.clone(), &[])), "ok");
    world.advance(SignedDuration::from_nanos(1));
    assert_eq!(statuses(&world), ("Failed".to_owned(), "Failed".to_owned()));
    // The error does not tell expired from answered; only the state does, which has nobody's answer.
    assert_eq!(code(put(&mut world, &[])), "InvalidApprovalTokenException");
    world.advance(SignedDuration::from_hours(24));
    let state = captain(&mut world);
    assert_eq!(
        state["lastStatusChange"],
        json!(1_780_132_211.25 + 3600.0),
        "it failed when its time was over, not when looked at"
    );
    assert_eq!((state.get("summary"), state.get("lastUpdatedBy")), (None, None));
}

#[test]
fn what_people_do_in_the_console_counts() {
    let mut world = world(json!({}));
    let now = world.now;
    let decide = |world: &mut World, stage: &str, action: &str| {
        world.codepipeline.decide_in_console(now, "ferry", stage, action, None, true, "mira", Some("go"))
    };
    assert_eq!(decide(&mut world, "Source", "Plan").unwrap_err(), "`ferry / Source / Plan` is not an approval");
    assert_eq!(decide(&mut world, "Relax", "Captain").unwrap_err(), "there is no stage `Relax` in `ferry`");
    let mut stopped = world.clone();
    decide(&mut world, "Release", "Captain").unwrap();
    assert_eq!(statuses(&world), ("Succeeded".to_owned(), "Succeeded".to_owned()));
    assert_eq!(captain(&mut world)["lastUpdatedBy"], "arn:aws:sts::482910375566:assumed-role/Admin/mira");
    assert_eq!(code(put(&mut world, &[])), "ApprovalAlreadyCompletedException");
    assert!(
        decide(&mut world, "Release", "Captain").unwrap_err().ends_with("does not wait for an answer: it is Succeeded")
    );
    assert_eq!(
        world.codepipeline.stop_in_console(now, "ferry", None, true, None),
        Err("`ferry` does not run: it is Succeeded".to_owned())
    );

    stopped.codepipeline.stop_in_console(now, "ferry", None, true, None).unwrap();
    assert_eq!(statuses(&stopped), ("Abandoned".to_owned(), "Stopped".to_owned()));
    assert_eq!(code(put(&mut stopped, &[])), "InvalidApprovalTokenException");
    stopped.advance(SignedDuration::from_hours(2));
    assert_eq!(statuses(&stopped).0, "Abandoned", "what was stopped does not time out");
}

/// In this mode "the token required … is not available": it is the `externalExecutionId` of `ListActionExecutions`, says
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PutApprovalResult.html>.
#[test]
fn in_parallel_mode_the_state_has_no_token() {
    for mode in ["SUPERSEDED", "QUEUED", "PARALLEL"] {
        let mut world = world(json!({ "mode": mode }));
        let token = captain(&mut world).get("token").cloned();
        assert_eq!(token, (mode != "PARALLEL").then(|| json!(TOKEN)), "{mode}");
        let listed = ask(&mut world, "ListActionExecutions", json!({ "pipelineName": "ferry" }));
        let result = &listed["actionExecutionDetails"][0]["output"]["executionResult"];
        assert_eq!(result["externalExecutionId"], TOKEN, "{mode}");
        let id = world.codepipeline.execution_id("ferry").unwrap();
        let input = json!({ "pipelineName": "ferry", "pipelineExecutionId": id });
        assert_eq!(ask(&mut world, "GetPipelineExecution", input)["pipelineExecution"]["executionMode"], mode);
        assert_eq!(code(put(&mut world, &[])), "ok", "{mode}");
    }
}

#[test]
fn action_executions_come_in_pages_newest_first() {
    let mut world = world(json!({}));
    put(&mut world, &[]).unwrap();
    let mut names = Vec::new();
    let mut input = json!({ "pipelineName": "ferry", "maxResults": 2 });
    loop {
        let page = ask(&mut world, "ListActionExecutions", input.clone());
        let details = page["actionExecutionDetails"].as_array().unwrap();
        assert!(details.len() <= 2);
        names.extend(details.iter().map(|detail| detail["actionName"].as_str().unwrap().to_owned()));
        let Some(token) = page.get("nextToken") else { break };
        input["nextToken"] = token.clone();
    }
    assert_eq!(names, ["Sail", "Captain", "Plan"]);
    let id = world.codepipeline.execution_id("ferry").unwrap();
    let cases = [
        (json!({ "maxResults": 3 }), "ok"),
        (json!({ "maxResults": 0 }), "ValidationException"),
        (json!({ "maxResults": 101 }), "ValidationException"),
        (json!({ "maxResults": "3" }), "SerializationException"),
        (json!({ "nextToken": "page 2" }), "InvalidNextTokenException"),
        (json!({ "nextToken": "from-3" }), "InvalidNextTokenException"),
        (json!({ "filter": { "pipelineExecutionId": id } }), "ok"),
        (json!({ "filter": { "pipelineExecutionId": "latest" } }), "ValidationException"),
        (json!({ "filter": { "pipelineExecutionId": OTHER } }), "PipelineExecutionNotFoundException"),
    ];
    for (more, wanted) in cases {
        let mut input = json!({ "pipelineName": "ferry" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(code(world.codepipeline_request(REGION, "ListActionExecutions", &input)), wanted, "{more}");
    }
    let exact = ask(&mut world, "ListActionExecutions", json!({ "pipelineName": "ferry", "maxResults": 3 }));
    assert_eq!(exact.get("nextToken"), None, "a page that is full to the brim is the last one");
}
