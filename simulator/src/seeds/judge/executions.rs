//! Whether each execution has its message, and that shows what CodePipeline says (I3, I4).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Violation;
use crate::scenario::instance::{REGION, TABLE};
use crate::seeds::setup::PIPELINES;
use crate::world::World;

/// The first execution that is not shown as it is.
pub(super) fn shown(world: &mut World) -> Option<Violation> {
    let mut records: BTreeMap<String, Value> = BTreeMap::new();
    for body in world.dynamodb.bodies(TABLE) {
        let Ok(record) = serde_json::from_str::<Value>(body) else { continue };
        if let (Some(execution), true) = (record["execution"].as_str(), record["history"].is_object()) {
            records.insert(execution.to_owned(), record);
        }
    }
    for pipeline in PIPELINES {
        let waits = waiting(world, pipeline);
        let now = world.now;
        let input = json!({ "pipelineName": pipeline, "maxResults": 100 });
        let list = world
            .codepipeline
            .answer(now, (&world.own_account, REGION), "ListPipelineExecutions", &input)
            .unwrap_or_default();
        for execution in list["pipelineExecutionSummaries"].as_array().into_iter().flatten() {
            let id = execution["pipelineExecutionId"].as_str().unwrap_or_default();
            let status = execution["status"].as_str().unwrap_or_default();
            let name = format!("{pipeline} {}", &id[..8.min(id.len())]);
            let Some(record) = records.get(id) else {
                return Some(Violation::new(3, format!("nothing is known of the execution {name}")));
            };
            let ts = &record["messages"][0]["at"]["ts"];
            let Some(message) = world.slack.messages().iter().find(|message| *ts == message.ts.as_str()) else {
                return Some(Violation::new(3, format!("no message shows the execution {name}")));
            };
            let says = match status {
                "InProgress" if waits.iter().any(|waiting| waiting == id) => "waits for an approval",
                "InProgress" => "is running",
                "Stopping" => "is being stopped",
                "Stopped" => "was stopped",
                "Superseded" => "was superseded",
                "Cancelled" => "was canceled",
                "Failed" => "failed",
                _ => "succeeded",
            };
            if !message.text.starts_with(&format!("{pipeline} {says}")) {
                let what = format!("the execution {name} is {status}, and its message says “{}”", message.text);
                return Some(Violation::new(4, what));
            }
        }
    }
    None
}

/// The executions that wait for an approval.
fn waiting(world: &mut World, pipeline: &str) -> Vec<String> {
    let now = world.now;
    let input = json!({ "pipelineName": pipeline, "maxResults": 100 });
    let runs = world
        .codepipeline
        .answer(now, (&world.own_account, REGION), "ListActionExecutions", &input)
        .unwrap_or_default();
    let runs = runs["actionExecutionDetails"].as_array().into_iter().flatten();
    let waits = |run: &&Value| run["status"] == "InProgress" && run["input"]["actionTypeId"]["category"] == "Approval";
    runs.filter(waits).filter_map(|run| run["pipelineExecutionId"].as_str().map(str::to_owned)).collect()
}
