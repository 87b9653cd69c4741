//! What several executions do to each other in each mode, and what people do to them: as histories.
//!
//! <https://docs.aws.amazon.com/codepipeline/latest/userguide/concepts-how-it-works.html>.

use serde_json::{Value, json};

use super::harbour::{answer, ask, code, ferry, history, open_requests, start, wait};

fn three_starts(mode: &str) -> String {
    let mut world = ferry(mode, json!({}), json!({}));
    for _ in 0..3 {
        start(&mut world);
        wait(&mut world, 1);
    }
    // The first goes through as soon as somebody says so, and whoever waits comes after it.
    for _ in 0..3 {
        wait(&mut world, 5);
        for (_, token) in open_requests(&mut world) {
            assert_eq!(answer(&mut world, &token, "Approved"), "ok");
            assert_eq!(answer(&mut world, &token, "Approved"), "ApprovalAlreadyCompletedException");
        }
    }
    wait(&mut world, 10);
    history(&mut world)
}

#[test]
fn in_superseded_mode_the_newest_waits_alone() {
    insta::assert_snapshot!(three_starts("SUPERSEDED"));
}

#[test]
fn in_queued_mode_executions_wait_in_their_order() {
    insta::assert_snapshot!(three_starts("QUEUED"));
}

#[test]
fn in_parallel_mode_nobody_waits_for_another() {
    insta::assert_snapshot!(three_starts("PARALLEL"));
}

#[test]
fn an_approval_that_times_out_frees_the_stage() {
    let mut world = ferry("QUEUED", json!({}), json!({}));
    start(&mut world);
    start(&mut world);
    wait(&mut world, 200);
    insta::assert_snapshot!(history(&mut world));
}

fn retry(mode: &str, rejected: bool) -> String {
    let fails = json!({ "fails": "a leak", "fails_times": 1 });
    let mut world = ferry("SUPERSEDED", json!({}), if rejected { json!({}) } else { fails });
    let id = start(&mut world);
    wait(&mut world, 6);
    let stage = if rejected { "Release" } else { "Build" };
    if rejected {
        let (_, token) = open_requests(&mut world).remove(0);
        assert_eq!(answer(&mut world, &token, "Rejected"), "ok");
        wait(&mut world, 1);
    }
    let more = json!({ "stageName": stage, "pipelineExecutionId": id, "retryMode": mode });
    assert_eq!(code(ask(&mut world, "RetryStageExecution", more.clone())), "ok");
    assert_eq!(code(ask(&mut world, "RetryStageExecution", more)), "StageNotRetryableException");
    wait(&mut world, 6);
    let (_, token) = open_requests(&mut world).remove(0);
    assert_eq!(answer(&mut world, &token, "Approved"), "ok");
    wait(&mut world, 1);
    history(&mut world)
}

#[test]
fn what_failed_alone_is_retried() {
    insta::assert_snapshot!(retry("FAILED_ACTIONS", false));
}

#[test]
fn a_stage_is_retried_from_its_first_action() {
    insta::assert_snapshot!(retry("ALL_ACTIONS", false));
}

#[test]
fn a_rejected_approval_that_is_retried_asks_again() {
    insta::assert_snapshot!(retry("FAILED_ACTIONS", true));
}

#[test]
fn what_failed_is_retried_while_its_siblings_go_on() {
    let mut world = ferry("SUPERSEDED", json!({}), json!({ "fails": "a leak", "fails_times": 1 }));
    let id = start(&mut world);
    wait(&mut world, 4);
    let more = |mode: &str| json!({ "stageName": "Build", "pipelineExecutionId": id, "retryMode": mode });
    assert_eq!(code(ask(&mut world, "RetryStageExecution", more("ALL_ACTIONS"))), "StageNotRetryableException");
    assert_eq!(code(ask(&mut world, "RetryStageExecution", more("FAILED_ACTIONS"))), "ok");
    wait(&mut world, 3);
    insta::assert_snapshot!(history(&mut world));
}

#[test]
fn a_stage_is_rolled_back_by_an_execution_of_its_own() {
    let mut world = ferry("SUPERSEDED", json!({ "variables": { "CARGO": "cars" } }), json!({}));
    let revision = |value: &str| json!([{ "actionName": "Plan", "revisionType": "COMMIT_ID", "revisionValue": value }]);
    let variables = |value: &str| json!([{ "name": "CARGO", "value": value }]);
    let mut ids = Vec::new();
    for (number, cargo) in [("c0ffee", "sheep"), ("decade", "goats")] {
        let more = json!({ "sourceRevisions": revision(number), "variables": variables(cargo) });
        ids.push(ask(&mut world, "StartPipelineExecution", more).unwrap()["pipelineExecutionId"].clone());
        wait(&mut world, 5);
        let (_, token) = open_requests(&mut world).remove(0);
        assert_eq!(answer(&mut world, &token, "Approved"), "ok");
        wait(&mut world, 2);
    }
    history(&mut world);
    let more = json!({ "stageName": "Release", "targetPipelineExecutionId": ids[0] });
    let rolled = ask(&mut world, "RollbackStage", more.clone()).unwrap()["pipelineExecutionId"].clone();
    assert_eq!(code(ask(&mut world, "RollbackStage", more)), "UnableToRollbackStageException", "it is running");
    let told = ask(&mut world, "GetPipelineExecution", json!({ "pipelineExecutionId": rolled })).unwrap();
    let told = &told["pipelineExecution"];
    assert_eq!(
        (&told["executionType"], &told["trigger"]["triggerType"]),
        (&json!("ROLLBACK"), &json!("ManualRollback"))
    );
    assert_eq!(told["rollbackMetadata"]["rollbackTargetPipelineExecutionId"], ids[0]);
    assert_eq!(
        (&told["artifactRevisions"][0]["revisionId"], &told["variables"][0]["resolvedValue"]),
        (&json!("c0ffee"), &json!("sheep"))
    );
    let (of, token) = open_requests(&mut world).remove(0);
    assert_eq!(json!(of), rolled);
    assert_eq!(answer(&mut world, &token, "Approved"), "ok");
    wait(&mut world, 2);
    insta::assert_snapshot!(history(&mut world));
    let next = start(&mut world);
    let told = ask(&mut world, "GetPipelineExecution", json!({ "pipelineExecutionId": next })).unwrap();
    let revision = &told["pipelineExecution"]["artifactRevisions"][0]["revisionId"];
    assert_eq!(revision, "decade", "a rollback does not change what the newest revision is");
}

fn stopped(abandon: &[bool], at: i64) -> String {
    let mut world = ferry("QUEUED", json!({}), json!({}));
    let id = start(&mut world);
    start(&mut world);
    wait(&mut world, at);
    for abandon in abandon {
        let more = json!({ "pipelineExecutionId": id, "abandon": abandon, "reason": "fog" });
        assert_eq!(code(ask(&mut world, "StopPipelineExecution", more.clone())), "ok");
        let again = code(ask(&mut world, "StopPipelineExecution", more));
        let stopped =
            if *abandon { "PipelineExecutionNotStoppableException" } else { "DuplicatedStopRequestException" };
        assert_eq!(again, stopped);
        wait(&mut world, 1);
    }
    wait(&mut world, 4);
    history(&mut world)
}

#[test]
fn an_execution_that_is_stopped_finishes_what_it_does() {
    insta::assert_snapshot!(stopped(&[false], 1));
}

#[test]
fn an_execution_that_is_stopped_may_abandon_what_it_does() {
    insta::assert_snapshot!(stopped(&[true], 1));
}

#[test]
fn an_approval_of_an_execution_that_stops_may_be_abandoned_later() {
    insta::assert_snapshot!(stopped(&[false, true], 6));
}

#[test]
fn what_waits_in_front_of_a_stage_stops_at_once() {
    let mut world = ferry("QUEUED", json!({}), json!({}));
    start(&mut world);
    let second = start(&mut world);
    assert_eq!(code(ask(&mut world, "StopPipelineExecution", json!({ "pipelineExecutionId": second }))), "ok");
    insta::assert_snapshot!(history(&mut world));
}

#[test]
fn a_disabled_transition_holds_what_comes() {
    let mut out = String::new();
    for (mode, stage, kind) in
        [("QUEUED", "Release", "Inbound"), ("SUPERSEDED", "Build", "Outbound"), ("PARALLEL", "Build", "Outbound")]
    {
        let mut world = ferry(mode, json!({}), json!({}));
        let to = json!({ "stageName": stage, "transitionType": kind, "reason": "ice (thick)!" });
        assert_eq!(code(ask(&mut world, "DisableStageTransition", to)), "ok");
        start(&mut world);
        start(&mut world);
        wait(&mut world, 11);
        let state = ask(&mut world, "GetPipelineState", json!({})).unwrap();
        let state = &state["stageStates"][2];
        assert_eq!(state["inboundTransitionState"]["disabledReason"], "ice (thick)!");
        assert_eq!(state["inboundTransitionState"]["enabled"], false);
        let waits = state["inboundExecutions"].as_array().map_or(0, Vec::len);
        assert_eq!(waits, if mode == "SUPERSEDED" { 1 } else { 2 });
        let lines = |world: &mut _| history(world).lines().filter(|line| line.contains("Release")).count();
        assert_eq!(lines(&mut world), 0, "nothing of the stage happens");
        let to = json!({ "stageName": stage, "transitionType": kind });
        assert_eq!(code(ask(&mut world, "EnableStageTransition", to)), "ok");
        out.push_str(&format!("{mode}\n{}\n", history(&mut world)));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn a_failed_execution_is_retried_only_while_it_is_the_latest() {
    let mut world = ferry("QUEUED", json!({}), json!({ "fails": "a leak", "fails_times": 1 }));
    let first = start(&mut world);
    wait(&mut world, 6);
    let more = json!({ "stageName": "Build", "pipelineExecutionId": first, "retryMode": "FAILED_ACTIONS" });
    start(&mut world);
    assert_eq!(code(ask(&mut world, "RetryStageExecution", more)), "NotLatestPipelineExecutionException");
}

#[test]
fn fifty_executions_run_at_once_or_wait_and_no_more() {
    let limit = "ConcurrentPipelineExecutionsLimitExceededException";
    for (mode, most) in [("PARALLEL", 50), ("QUEUED", 51), ("SUPERSEDED", 200)] {
        let mut world = ferry(mode, json!({}), json!({}));
        let started = (0..200).take_while(|_| code(ask(&mut world, "StartPipelineExecution", json!({}))) == "ok");
        assert_eq!(started.count(), most, "{mode}");
        if mode != "SUPERSEDED" {
            assert_eq!(code(ask(&mut world, "StartPipelineExecution", json!({}))), limit);
            // Where one has gone, there is room for one.
            wait(&mut world, if mode == "QUEUED" { 5 } else { 120 });
            assert_eq!(code(ask(&mut world, "StartPipelineExecution", json!({}))), "ok", "{mode}");
        }
    }
}

#[test]
fn events_and_requests_as_they_are_sent() {
    let captain = json!({ "stages": [
        { "name": "Source", "actions": [{ "name": "Plan", "category": "Source", "provider": "CodeStarSourceConnection" }] },
        { "name": "Release", "actions": [{
            "name": "Captain", "category": "Approval", "timeout_minutes": 60,
            "custom_data": "to the islands", "external_link": "https://harbour.example/plan",
        }] },
    ] });
    let mut world = ferry("SUPERSEDED", captain, json!({}));
    let id = start(&mut world);
    let more = json!({ "pipelineExecutionId": id, "abandon": true, "reason": "fog" });
    ask(&mut world, "StopPipelineExecution", more).unwrap();
    let bodies: Vec<Value> = world.codepipeline.take_sent().into_iter().map(|sent| sent.body).collect();
    insta::assert_json_snapshot!(bodies);
}
