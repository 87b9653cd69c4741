//! Whatever is done to a pipeline, in whatever order: what must always hold.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};
use signoff_simulator::world::World;
use signoff_simulator::world::codepipeline::Sent;

use super::harbour::{all, answer, ask, ferry, open_requests, start, wait};

const STAGES: [&str; 3] = ["Source", "Build", "Release"];

#[derive(Debug, Clone)]
enum Deed {
    Start,
    Answer(usize, bool),
    Stop(usize, bool),
    Retry(usize, usize, bool),
    RollBack(usize, usize),
    Disable(usize),
    Enable(usize),
    Wait(i64),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Start),
        3 => (0..4_usize, any::<bool>()).prop_map(|(which, yes)| Deed::Answer(which, yes)),
        1 => (0..6_usize, any::<bool>()).prop_map(|(which, abandon)| Deed::Stop(which, abandon)),
        2 => (0..6_usize, 0..3_usize, any::<bool>()).prop_map(|(which, stage, all)| Deed::Retry(which, stage, all)),
        1 => (0..6_usize, 0..3_usize).prop_map(|(which, stage)| Deed::RollBack(which, stage)),
        1 => (0..3_usize).prop_map(Deed::Disable),
        2 => (0..3_usize).prop_map(Deed::Enable),
        4 => (1..70_i64).prop_map(Deed::Wait),
    ]
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn executions(world: &mut World) -> Vec<Value> {
    all(world, "ListPipelineExecutions", "pipelineExecutionSummaries")
}

fn perform(world: &mut World, deed: &Deed) {
    let ids: Vec<String> =
        executions(world).iter().map(|execution| text(&execution["pipelineExecutionId"]).to_owned()).collect();
    let id = |which: &usize| ids.get(*which).cloned();
    // What is refused changes nothing, and the invariants see to that.
    let _outcome = match deed {
        Deed::Start => {
            start(world);
            return;
        }
        Deed::Answer(which, yes) => {
            if let Some((_, token)) = open_requests(world).get(*which) {
                assert_eq!(answer(world, token, if *yes { "Approved" } else { "Rejected" }), "ok");
            }
            return;
        }
        Deed::Wait(minutes) => {
            wait(world, *minutes);
            return;
        }
        Deed::Stop(which, abandon) => {
            let Some(id) = id(which) else { return };
            ask(world, "StopPipelineExecution", json!({ "pipelineExecutionId": id, "abandon": abandon }))
        }
        Deed::Retry(which, stage, all) => {
            let Some(id) = id(which) else { return };
            let mode = if *all { "ALL_ACTIONS" } else { "FAILED_ACTIONS" };
            let more = json!({ "stageName": STAGES[*stage], "pipelineExecutionId": id, "retryMode": mode });
            ask(world, "RetryStageExecution", more)
        }
        Deed::RollBack(which, stage) => {
            let Some(id) = id(which) else { return };
            let more = json!({ "stageName": STAGES[*stage], "targetPipelineExecutionId": id });
            ask(world, "RollbackStage", more)
        }
        Deed::Disable(stage) => {
            let more = json!({ "stageName": STAGES[*stage], "transitionType": "Inbound", "reason": "ice" });
            ask(world, "DisableStageTransition", more)
        }
        Deed::Enable(stage) => {
            ask(world, "EnableStageTransition", json!({ "stageName": STAGES[*stage], "transitionType": "Inbound" }))
        }
    };
}

/// What the API says at any time.
fn check_state(world: &mut World, mode: &str) {
    let runs = all(world, "ListActionExecutions", "actionExecutionDetails");
    let state = ask(world, "GetPipelineState", json!({})).unwrap();
    let executions = executions(world);
    let mut active: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for run in runs.iter().filter(|run| run["status"] == "InProgress") {
        active.entry(text(&run["stageName"])).or_default().insert(text(&run["pipelineExecutionId"]));
    }
    let mut waiting: BTreeSet<&str> = BTreeSet::new();
    for stage in state["stageStates"].as_array().unwrap() {
        let name = text(&stage["stageName"]);
        let inside = active.get(name).map_or(0, BTreeSet::len);
        let inbound = stage["inboundExecutions"].as_array().map_or(&[][..], Vec::as_slice);
        waiting.extend(inbound.iter().map(|execution| text(&execution["pipelineExecutionId"])));
        let open = stage["inboundTransitionState"]["enabled"] == true;
        if mode == "PARALLEL" {
            assert!(inbound.is_empty() || !open, "somebody waits without a reason");
        } else {
            assert!(inside <= 1, "{inside} executions are in {name}");
            assert!(inbound.is_empty() || !open || inside == 1, "somebody waits for a free stage");
        }
        assert!(mode != "SUPERSEDED" || inbound.len() <= 1, "the newest waits alone");
        // The latest run of each action is the one that the list has first.
        for action in stage["actionStates"].as_array().unwrap() {
            let same = |run: &&Value| run["stageName"] == name && run["actionName"] == action["actionName"];
            let listed = runs.iter().find(same).map(|run| (&run["actionExecutionId"], &run["status"]));
            let told = action.get("latestExecution");
            assert_eq!(listed, told.map(|latest| (&latest["actionExecutionId"], &latest["status"])));
        }
    }
    for execution in &executions {
        let id = text(&execution["pipelineExecutionId"]);
        let goes_on = matches!(text(&execution["status"]), "InProgress" | "Stopping");
        let acts = active.values().any(|inside| inside.contains(id));
        assert_eq!(goes_on, acts || waiting.contains(id), "it runs or waits as long as it has not ended");
        assert!(!(acts && waiting.contains(id)));
    }
}

/// The stages whose inbound transition is disabled.
fn closed(world: &mut World) -> BTreeSet<String> {
    let state = ask(world, "GetPipelineState", json!({})).unwrap();
    let stages = state["stageStates"].as_array().unwrap().iter();
    let closed = stages.filter(|stage| stage["inboundTransitionState"]["enabled"] == false);
    closed.map(|stage| text(&stage["stageName"]).to_owned()).collect()
}

/// No execution that comes through the pipeline enters a stage whose transition is disabled.
fn check_entries(world: &mut World, sent: &[Sent], closed: &BTreeSet<String>) {
    let rollbacks = executions(world).into_iter().filter(|it| it["executionType"] == "ROLLBACK");
    let rollbacks: Vec<Value> = rollbacks.map(|it| it["pipelineExecutionId"].clone()).collect();
    for message in
        sent.iter().filter(|message| message.body["detail-type"].as_str().is_some_and(|it| it.contains("Stage")))
    {
        let detail = &message.body["detail"];
        let enters = detail["state"] == "STARTED" && !rollbacks.contains(&detail["execution-id"]);
        assert!(!(enters && closed.contains(text(&detail["stage"]))), "{}", message.what);
    }
}

/// Whether a state may follow another, as AWS describes them.
fn follows(kind: &str, before: Option<&str>, state: &str) -> bool {
    let between: &[(Option<&str>, &[&str])] = match kind {
        "Pipeline" => &[
            (None, &["STARTED"]),
            (Some("STARTED"), &["SUCCEEDED", "FAILED", "STOPPING", "SUPERSEDED"]),
            (Some("RESUMED"), &["SUCCEEDED", "FAILED", "STOPPING", "SUPERSEDED"]),
            (Some("STOPPING"), &["STOPPED"]),
            (Some("FAILED"), &["RESUMED"]),
            (Some("STOPPED"), &["RESUMED"]),
        ],
        "Stage" => &[
            (None, &["STARTED"]),
            (Some("STARTED"), &["SUCCEEDED", "FAILED", "STOPPING"]),
            (Some("RESUMED"), &["SUCCEEDED", "FAILED", "STOPPING"]),
            (Some("STOPPING"), &["STOPPED"]),
            (Some("FAILED"), &["RESUMED"]),
            (Some("STOPPED"), &["RESUMED"]),
        ],
        _ => &[(None, &["STARTED"]), (Some("STARTED"), &["SUCCEEDED", "FAILED", "ABANDONED"])],
    };
    between.iter().any(|(known, next)| *known == before && next.contains(&state))
}

/// What was sent from beginning to end.
fn check_history(world: &mut World, sent: &[Sent], mode: &str) {
    let mut states: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    let mut entries: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let summaries = executions(world);
    let number = |id: &str| summaries.len() - summaries.iter().position(|it| it["pipelineExecutionId"] == id).unwrap();
    let rollback =
        |id: &str| summaries.iter().any(|it| it["pipelineExecutionId"] == id && it["executionType"] == "ROLLBACK");
    assert!(sent.is_sorted_by_key(|message| message.at), "it was sent in the order of time");
    for message in sent {
        let detail = &message.body["detail"];
        let Some(kind) = message.body["detail-type"].as_str().and_then(|kind| kind.split(' ').nth(1)) else {
            continue;
        };
        assert!(ids.insert(text(&message.body["id"])), "every event has an id of its own");
        let (id, state) = (text(&detail["execution-id"]), text(&detail["state"]));
        let about = format!("{}{}", text(&detail["stage"]), text(&detail["action-execution-id"]));
        let key = (id.to_owned(), about);
        let before = states.get(&key).map(String::as_str);
        assert!(follows(kind, before, state), "{kind} {state} after {before:?}: {}", message.what);
        let whole = states.get(&(id.to_owned(), String::new())).map(String::as_str);
        assert!(kind == "Pipeline" || matches!(whole, Some("STARTED" | "RESUMED" | "STOPPING")), "{}", message.what);
        if kind == "Stage" && state == "STARTED" && !rollback(id) {
            entries.entry(text(&detail["stage"])).or_default().push(number(id));
        }
        states.insert(key, state.to_owned());
    }
    if mode != "PARALLEL" {
        for (stage, entries) in entries {
            assert!(entries.is_sorted(), "they enter {stage} in their order: {entries:?}");
        }
    }
    for summary in &summaries {
        if summary["status"] == "Superseded" {
            let by = text(&summary["statusSummary"]).rsplit(' ').next().unwrap();
            assert!(number(by) > number(text(&summary["pipelineExecutionId"])), "the newer one goes on");
        }
        let told = states.get(&(text(&summary["pipelineExecutionId"]).to_owned(), String::new())).unwrap();
        let told = if matches!(told.as_str(), "STARTED" | "RESUMED") { "InProgress" } else { told };
        assert_eq!(told.to_lowercase(), text(&summary["status"]).to_lowercase());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn whatever_is_done_the_invariants_hold(
        mode in prop_oneof![Just("SUPERSEDED"), Just("QUEUED"), Just("PARALLEL")],
        failures in 0..4_u32,
        deeds in prop::collection::vec(deed(), 1..40),
    ) {
        let mut world = ferry(mode, json!({}), json!({ "fails": "a leak", "fails_times": failures }));
        let mut sent = Vec::new();
        for deed in &deeds {
            let before = closed(&mut world);
            perform(&mut world, deed);
            check_state(&mut world, mode);
            let new = world.codepipeline.take_sent();
            let after = closed(&mut world);
            check_entries(&mut world, &new, &before.intersection(&after).cloned().collect());
            sent.extend(new);
        }
        check_history(&mut world, &sent, mode);
        // Nothing is left when everything had its time and no transition is disabled.
        for stage in 0..3 {
            perform(&mut world, &Deed::Enable(stage));
        }
        wait(&mut world, 50 * 70);
        let ended = |execution: &Value| !matches!(text(&execution["status"]), "InProgress" | "Stopping");
        assert!(executions(&mut world).iter().all(ended), "every execution ends");
        sent.extend(world.codepipeline.take_sent());
        check_history(&mut world, &sent, mode);
    }
}
