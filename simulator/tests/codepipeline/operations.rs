//! What each operation answers and refuses.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signoff_simulator::world::World;
use signoff_simulator::world::given::{GivenRevision, GivenTrigger};

use super::harbour::{REGION, all, answer, ask, code, ferry, open_requests, pipeline_given, start, wait};

const NOBODY: &str = "0a1b2c3d-0000-4000-8000-00000000beef";

fn long(length: usize) -> Value {
    json!("x".repeat(length))
}

#[test]
fn what_is_asked_is_checked_by_the_model() {
    let stage = json!({ "stageName": "Build" });
    let with = |more: Value| {
        let mut input = stage.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let to = |kind: &str, reason: Value| with(json!({ "transitionType": kind, "reason": reason }));
    let id = |id: &str| json!({ "pipelineExecutionId": id });
    let variables = |name: Value, value: Value| json!({ "variables": [{ "name": name, "value": value }] });
    let revisions = |action: Value, kind: &str| {
        let revision = json!({ "actionName": action, "revisionType": kind, "revisionValue": "c0ffee" });
        json!({ "sourceRevisions": [revision] })
    };
    let invalid = "ValidationException";
    let cases = [
        ("ListPipelines", json!({ "maxResults": 1000 }), "ok"),
        ("ListPipelines", json!({ "maxResults": 1001 }), invalid),
        ("ListPipelines", json!({ "maxResults": 0 }), invalid),
        ("ListPipelines", json!({ "nextToken": "" }), invalid),
        ("ListPipelines", json!({ "nextToken": long(2049) }), invalid),
        ("ListPipelines", json!({ "nextToken": "left-9" }), "InvalidNextTokenException"),
        ("GetPipeline", json!({}), "ok"),
        ("GetPipeline", json!({ "version": 1 }), "ok"),
        ("GetPipeline", json!({ "version": 0 }), invalid),
        ("GetPipeline", json!({ "version": 2 }), "PipelineVersionNotFoundException"),
        ("GetPipeline", json!({ "name": "barge" }), "PipelineNotFoundException"),
        ("GetPipelineState", json!({ "name": "barge" }), "PipelineNotFoundException"),
        ("GetPipelineExecution", id(NOBODY), "PipelineExecutionNotFoundException"),
        ("GetPipelineExecution", id("latest"), invalid),
        ("ListPipelineExecutions", json!({}), "ok"),
        ("ListPipelineExecutions", json!({ "maxResults": 101 }), invalid),
        ("ListPipelineExecutions", json!({ "nextToken": "x" }), "InvalidNextTokenException"),
        ("ListPipelineExecutions", json!({ "filter": { "succeededInStage": stage } }), "ok"),
        ("ListPipelineExecutions", json!({ "filter": { "succeededInStage": { "stageName": "Bar" } } }), invalid),
        (
            "ListActionExecutions",
            json!({ "filter": { "latestInPipelineExecution": { "pipelineExecutionId": NOBODY } } }),
            invalid,
        ),
        ("StartPipelineExecution", json!({ "clientRequestToken": "a-1" }), "ok"),
        ("StartPipelineExecution", json!({ "clientRequestToken": "a_1" }), invalid),
        ("StartPipelineExecution", json!({ "clientRequestToken": "" }), invalid),
        ("StartPipelineExecution", json!({ "clientRequestToken": long(129) }), invalid),
        ("StartPipelineExecution", json!({ "variables": [] }), invalid),
        ("StartPipelineExecution", json!({ "variables": "CARGO" }), "SerializationException"),
        ("StartPipelineExecution", json!({ "variables": ["CARGO"] }), "SerializationException"),
        ("StartPipelineExecution", variables(json!("CARGO"), long(1000)), "ok"),
        ("StartPipelineExecution", variables(json!("CARGO"), long(1001)), invalid),
        ("StartPipelineExecution", variables(json!("CARGO"), json!("")), invalid),
        ("StartPipelineExecution", variables(json!("CARGO"), Value::Null), invalid),
        ("StartPipelineExecution", variables(json!("CARGO"), json!(7)), "SerializationException"),
        ("StartPipelineExecution", variables(json!("CAR.GO"), json!("x")), invalid),
        ("StartPipelineExecution", variables(json!("FUEL"), json!("x")), invalid),
        ("StartPipelineExecution", json!({ "sourceRevisions": [] }), "ok"),
        ("StartPipelineExecution", revisions(json!("Plan"), "COMMIT_ID"), "ok"),
        ("StartPipelineExecution", revisions(json!("Plan"), "IMAGE_DIGEST"), invalid),
        ("StartPipelineExecution", revisions(json!("Plan"), "TAG"), invalid),
        ("StartPipelineExecution", revisions(json!("Hull"), "COMMIT_ID"), invalid),
        ("StopPipelineExecution", id(NOBODY), "PipelineExecutionNotStoppableException"),
        ("StopPipelineExecution", json!({ "pipelineExecutionId": NOBODY, "reason": long(201) }), invalid),
        ("StopPipelineExecution", json!({ "pipelineExecutionId": NOBODY, "abandon": "yes" }), "SerializationException"),
        (
            "RetryStageExecution",
            with(json!({ "pipelineExecutionId": NOBODY, "retryMode": "FAILED_ACTIONS" })),
            "NotLatestPipelineExecutionException",
        ),
        ("RetryStageExecution", with(json!({ "pipelineExecutionId": NOBODY, "retryMode": "SOME" })), invalid),
        ("RetryStageExecution", with(id(NOBODY)), invalid),
        (
            "RetryStageExecution",
            json!({ "stageName": "Bar", "pipelineExecutionId": NOBODY, "retryMode": "ALL_ACTIONS" }),
            "StageNotFoundException",
        ),
        ("RollbackStage", with(json!({ "targetPipelineExecutionId": NOBODY })), "PipelineExecutionNotFoundException"),
        ("RollbackStage", json!({ "stageName": "Bar", "targetPipelineExecutionId": NOBODY }), "StageNotFoundException"),
        ("DisableStageTransition", to("Inbound", long(300)), "ok"),
        ("DisableStageTransition", to("Inbound", long(301)), invalid),
        ("DisableStageTransition", to("Inbound", json!("")), invalid),
        ("DisableStageTransition", to("Inbound", json!("eis & schnee")), invalid),
        ("DisableStageTransition", to("Sideways", json!("x")), invalid),
        ("DisableStageTransition", to("Outbound", Value::Null), invalid),
        ("EnableStageTransition", with(json!({ "transitionType": "Outbound" })), "ok"),
        ("EnableStageTransition", with(json!({})), invalid),
        ("EnableStageTransition", json!({ "stageName": "Bar", "transitionType": "Inbound" }), "StageNotFoundException"),
    ];
    for (operation, more, wanted) in cases {
        let mut world = ferry("SUPERSEDED", json!({ "variables": { "CARGO": "cars" } }), json!({}));
        assert_eq!(code(ask(&mut world, operation, more.clone())), wanted, "{operation} {more}");
        let elsewhere = world.codepipeline_request("eu-west-1", operation, &json!({}));
        assert!(matches!(code(elsewhere), "ValidationException" | "ok"), "{operation}");
    }
}

/// What a scenario may not give a pipeline is told with its place.
#[test]
fn what_a_pipeline_can_not_be_given() {
    let mut told = Vec::new();
    for (pipeline, hull) in [
        (json!({ "waits_at": "Release/Captain" }), json!({})),
        (json!({ "idle": false, "revisions": { "Hull": { "id": "c0ffee" } } }), json!({})),
        (json!({ "idle": false, "variables": { "CARGO": null } }), json!({})),
        (json!({}), json!({ "category": "Approval" })),
        (json!({}), json!({ "fails_times": 1 })),
        (json!({}), json!({ "run_order": 0 })),
        (json!({ "idle": false, "waits_at": "Release/Captain" }), json!({ "fails": "a leak" })),
    ] {
        told.push(pipeline_given(pipeline, hull).unwrap_err());
    }
    insta::assert_snapshot!(told.join("\n"));
    let waits = json!({ "idle": false, "waits_at": "Release/Captain" });
    let mut world = pipeline_given(waits, json!({ "fails": "a leak", "fails_times": 0 })).unwrap();
    assert_eq!(open_requests(&mut world).len(), 1);
    assert_eq!(world.codepipeline.take_sent(), [], "what is given was told before the story begins");
}

#[test]
fn a_request_that_comes_twice_starts_one_execution() {
    let mut world = ferry("PARALLEL", json!({}), json!({}));
    let token = json!({ "clientRequestToken": "3-2-1" });
    let first = ask(&mut world, "StartPipelineExecution", token.clone()).unwrap();
    assert_eq!(ask(&mut world, "StartPipelineExecution", token).unwrap(), first);
    let other = ask(&mut world, "StartPipelineExecution", json!({ "clientRequestToken": "4" })).unwrap();
    assert_ne!(other, first);
    assert_eq!(world.codepipeline.execution_statuses("ferry").unwrap().len(), 2);
}

#[test]
fn a_variable_without_a_default_has_to_be_given() {
    let mut world = ferry("QUEUED", json!({ "variables": { "CARGO": null, "PORT": "Bergen" } }), json!({}));
    let refused = ask(&mut world, "StartPipelineExecution", json!({})).unwrap_err();
    assert_eq!(refused.code, "ValidationException");
    assert!(refused.message.contains("CARGO"), "{refused}");
    let more = json!({ "variables": [{ "name": "CARGO", "value": "cars" }] });
    let id = ask(&mut world, "StartPipelineExecution", more).unwrap();
    let told = ask(&mut world, "GetPipelineExecution", id).unwrap();
    let wanted = json!([{ "name": "CARGO", "resolvedValue": "cars" }, { "name": "PORT", "resolvedValue": "Bergen" }]);
    assert_eq!(told["pipelineExecution"]["variables"], wanted);
}

#[test]
fn what_was_stopped_and_abandoned_can_be_retried() {
    let mut world = ferry("SUPERSEDED", json!({}), json!({}));
    let id = start(&mut world);
    wait(&mut world, 4);
    let stop = json!({ "pipelineExecutionId": id, "abandon": true });
    ask(&mut world, "StopPipelineExecution", stop).unwrap();
    let stage_status = |world: &mut World| {
        let state = ask(world, "GetPipelineState", json!({})).unwrap();
        state["stageStates"][1]["latestExecution"]["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(stage_status(&mut world), "Stopped");
    let retry = |stage: &str| json!({ "stageName": stage, "pipelineExecutionId": id, "retryMode": "FAILED_ACTIONS" });
    assert_eq!(code(ask(&mut world, "RetryStageExecution", retry("Source"))), "StageNotRetryableException");
    assert_eq!(ask(&mut world, "RetryStageExecution", retry("Build")).unwrap(), json!({ "pipelineExecutionId": id }));
    assert_eq!(stage_status(&mut world), "InProgress");
    // `Hull` had succeeded; only `Engine` runs again, and what comes then is as if nobody had stopped anything.
    let runs = all(&mut world, "ListActionExecutions", "actionExecutionDetails");
    let open: Vec<&Value> = runs.iter().filter(|run| run["status"] == "InProgress").collect();
    assert_eq!((open.len(), &open[0]["actionName"]), (1, &json!("Engine")));
    wait(&mut world, 6);
    let (_, token) = open_requests(&mut world).remove(0);
    assert_eq!(answer(&mut world, &token, "Approved"), "ok");
    wait(&mut world, 2);
    assert_eq!(world.codepipeline.execution_status("ferry").unwrap(), "Succeeded");
}

/// When nothing was abandoned there is nothing to be run again.
#[test]
fn what_was_stopped_when_it_was_through_can_t_be_retried() {
    let mut world = ferry("SUPERSEDED", json!({}), json!({}));
    let id = start(&mut world);
    ask(&mut world, "StopPipelineExecution", json!({ "pipelineExecutionId": id })).unwrap();
    wait(&mut world, 6);
    assert_eq!(world.codepipeline.execution_status("ferry").unwrap(), "Stopped");
    let retry = json!({ "stageName": "Build", "pipelineExecutionId": id, "retryMode": "FAILED_ACTIONS" });
    assert_eq!(code(ask(&mut world, "RetryStageExecution", retry)), "StageNotRetryableException");
}

#[test]
fn what_can_t_be_rolled_back() {
    let mut world = ferry("SUPERSEDED", json!({}), json!({ "fails": "a leak", "fails_times": 1 }));
    let failed = start(&mut world);
    wait(&mut world, 6);
    let good = start(&mut world);
    wait(&mut world, 6);
    let back = |stage: &str, to: &str| json!({ "stageName": stage, "targetPipelineExecutionId": to });
    let unable = "UnableToRollbackStageException";
    let rolled = ask(&mut world, "RollbackStage", back("Build", &good)).unwrap()["pipelineExecutionId"].clone();
    wait(&mut world, 6);
    for (stage, to) in
        [("Source", &*good), ("Build", &*failed), ("Build", rolled.as_str().unwrap()), ("Release", &good)]
    {
        assert_eq!(code(ask(&mut world, "RollbackStage", back(stage, to))), unable, "{stage} {to}");
    }
    assert_eq!(open_requests(&mut world).len(), 1, "a rollback ends with its stage");
    let mut parallel = ferry("PARALLEL", json!({}), json!({}));
    let id = start(&mut parallel);
    wait(&mut parallel, 6);
    assert_eq!(code(ask(&mut parallel, "RollbackStage", back("Build", &id))), unable);
}

#[test]
fn executions_come_in_pages_that_what_is_new_does_not_shift() {
    let mut world = ferry("QUEUED", json!({}), json!({ "fails": "a leak", "fails_times": 2 }));
    let ids: Vec<String> = (0..5).map(|_| start(&mut world)).collect();
    let first = ask(&mut world, "ListPipelineExecutions", json!({ "maxResults": 2 })).unwrap();
    start(&mut world);
    let more = json!({ "maxResults": 3, "nextToken": first["nextToken"] });
    let second = ask(&mut world, "ListPipelineExecutions", more).unwrap();
    let listed = |page: &serde_json::Value| {
        let page = page["pipelineExecutionSummaries"].as_array().unwrap().clone();
        page.iter().map(|summary| summary["pipelineExecutionId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let found = [listed(&first), listed(&second)].concat();
    assert_eq!(found, ids.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(second.get("nextToken"), None);
    wait(&mut world, 16);
    let filter = json!({ "filter": { "succeededInStage": { "stageName": "Build" } } });
    let through = listed(&ask(&mut world, "ListPipelineExecutions", filter).unwrap());
    assert_eq!(through, [ids[2].clone()]);
    assert_eq!(all(&mut world, "ListActionExecutions", "actionExecutionDetails").len(), 6 + 8 + 1);
}

#[test]
fn pipelines_are_listed_and_told_by_region() {
    let mut world = ferry("PARALLEL", json!({ "variables": { "PORT": null } }), json!({}));
    let here = world.codepipeline_request(REGION, "ListPipelines", &json!({})).unwrap();
    insta::assert_json_snapshot!("pipelines", here);
    let elsewhere = world.codepipeline_request("eu-west-1", "ListPipelines", &json!({})).unwrap();
    assert_eq!(elsewhere, json!({ "pipelines": [] }));
    insta::assert_json_snapshot!("pipeline", ask(&mut world, "GetPipeline", json!({})).unwrap());
}

/// A revision's summary is what its source's provider makes of it.
#[test]
fn revisions_are_told_as_their_providers_tell_them() {
    let source = |name: &str, provider: &str| json!({ "name": name, "category": "Source", "provider": provider });
    let sources = json!([
        source("Plan", "CodeStarSourceConnection"),
        source("Chart", "CodeCommit"),
        source("Stowage", "S3"),
        source("Crew", "ECR"),
    ]);
    let stages = json!([{ "name": "Source", "actions": sources }]);
    let pushed = json!({
        "id": "c0ffee00c0ffee", "message": "Stow it “well”", "author": "Mira Lund", "email": "mira@harbour.example",
        "repository": "harbour/plan", "branch": "main", "url": "https://github.example/harbour/plan/commit/c0ffee00c0ffee",
    });
    let revisions = json!({
        "Chart": { "id": "decade00", "message": "Mind the reef" },
        "Stowage": { "id": "Pq4s.K1x" },
        "Crew": { "id": "sha256:5eaf00d5" },
    });
    let mut world = pipeline_given(json!({ "stages": stages }), json!({})).unwrap();
    let revision = |given: &Value| serde_json::from_value::<GivenRevision>(given.clone()).unwrap();
    let further = revisions.as_object().unwrap().iter().map(|(action, given)| (Some(action.clone()), revision(given)));
    let taken: Vec<_> = std::iter::once((None, revision(&pushed))).chain(further).collect();
    let push = GivenTrigger { kind: "WebhookV2".to_owned(), detail: None };
    let now = world.now;
    assert_eq!(world.codepipeline.start_by(now, "ferry", &BTreeMap::new(), &taken, Ok(push)), Ok(1));
    let id = world.codepipeline.execution_id("ferry").unwrap();
    let told = ask(&mut world, "GetPipelineExecution", json!({ "pipelineExecutionId": id })).unwrap();
    let listed = all(&mut world, "ListPipelineExecutions", "pipelineExecutionSummaries");
    let runs = all(&mut world, "ListActionExecutions", "actionExecutionDetails");
    let plan = runs.iter().find(|run| run["actionName"] == "Plan").unwrap();
    let event = world.codepipeline.take_sent().remove(0).body;
    insta::assert_json_snapshot!(json!({
        "artifactRevisions": told["pipelineExecution"]["artifactRevisions"],
        "sourceRevisions": listed[0]["sourceRevisions"],
        "trigger": told["pipelineExecution"]["trigger"],
        "execution-trigger": event["detail"]["execution-trigger"],
        "outputVariables": plan["output"]["outputVariables"],
    }));
}
