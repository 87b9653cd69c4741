//! From what somebody wrote to what exactly is done: which stage, which execution, by how the pipeline stands now.

use super::parse::sentence;
use super::{Order, Refused};
use crate::diagnostic::quoted;
use crate::diagnostic::suggest::did_you_mean;
use crate::ports::{PipelineState, StageRun, StageState, StageStatus};
use crate::rules::command::Verb;
use crate::rules::words::list;

/// The length of an execution's whole id.
const WHOLE: usize = 36;

/// The order with everything in it that it left out.
///
/// # Errors
///
/// Why it can't be done as the pipeline stands: nothing failed, nothing runs, several things could be meant.
pub fn resolve(mut order: Order, state: &PipelineState, succeeded: &[String]) -> Result<Order, Refused> {
    match order.verb {
        Verb::Start => sources(&mut order, state)?,
        Verb::Stop => order.execution = Some(running(&order, state)?),
        Verb::Retry => {
            let (stage, execution) = retryable(&order, state)?;
            order.target.stage = Some(stage);
            order.execution = Some(execution);
        }
        Verb::Rollback => order.execution = Some(earlier(&order, state, succeeded)?),
        Verb::Enable | Verb::Disable => transition(&order, state)?,
        Verb::Status | Verb::Approvals => {}
    }
    Ok(order)
}

/// Names the source action of each revision. A pipeline's first stage has the source actions, and no others:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html>.
fn sources(order: &mut Order, state: &PipelineState) -> Result<(), Refused> {
    let actions = state.stages.first().map(|stage| stage.actions.as_slice()).unwrap_or_default();
    let names: Vec<&str> = actions.iter().map(|action| action.name.as_str()).collect();
    for revision in &mut order.revisions {
        match (&revision.action, names.as_slice()) {
            (Some(action), _) if names.contains(&action.as_str()) => {}
            (Some(action), _) => {
                let help = sentence(&did_you_mean(action, &names, "", "they are"));
                return Err(Refused::new(format!("There is no source action {}.", quoted(action)), help));
            }
            (None, [only]) => revision.action = Some((*only).to_owned()),
            (None, _) => {
                let names = list(names.iter().map(|name| format!("`{name}.revision=…`")), "or");
                let reason = format!("`{}` has several source actions.", order.target.pipeline);
                return Err(Refused::new(reason, format!("Write {names}.")));
            }
        }
    }
    Ok(())
}

/// The execution that is to be stopped.
fn running(order: &Order, state: &PipelineState) -> Result<String, Refused> {
    let mut found: Vec<&str> = Vec::new();
    for stage in &state.stages {
        let inside = stage.latest.as_ref().filter(|run| run.status == StageStatus::InProgress);
        for execution in stage.inbound.iter().chain(inside.map(|run| &run.execution)) {
            if !found.contains(&execution.as_str()) {
                found.push(execution);
            }
        }
    }
    let begins = order.execution.as_deref().unwrap_or_default();
    let meant: Vec<&str> = found.iter().filter(|execution| execution.starts_with(begins)).copied().collect();
    let pipeline = &order.target.pipeline;
    match meant.as_slice() {
        [one] => Ok((*one).to_owned()),
        // A pipeline that runs in parallel has executions that its state does not tell of.
        [] if begins.len() == WHOLE => Ok(begins.to_owned()),
        [] if begins.is_empty() => {
            Err(Refused::new(format!("Nothing of `{pipeline}` is running."), "There is nothing to stop."))
        }
        [] => {
            let reason = format!("No running execution of `{pipeline}` begins with `{begins}`.");
            Err(Refused::new(reason, "Look at `status`, or leave the id out."))
        }
        several => {
            let several = list(several.iter().map(|execution| format!("`{execution}`")), "and");
            Err(Refused::new(
                format!("Several executions of `{pipeline}` are running: {several}."),
                "Name one of them.",
            ))
        }
    }
}

/// The stage that failed, and in which execution; where none has, the one that was stopped.
fn retryable(order: &Order, state: &PipelineState) -> Result<(String, String), Refused> {
    let pipeline = &order.target.pipeline;
    let in_console = "Look at `status`, or in the AWS console.";
    let only = "Only what failed, or was stopped and abandoned, can be retried.";
    let candidates: Vec<&StageState> = match &order.target.stage {
        Some(name) => vec![stage(order, name, state)?],
        None => state.stages.iter().collect(),
    };
    let find = |run_of: fn(&StageState) -> Option<&StageRun>| {
        let runs = candidates.iter().filter_map(|stage| Some((stage.name.clone(), run_of(stage)?.execution.clone())));
        let is_meant = |execution: &String| order.execution.as_ref().is_none_or(|meant| meant == execution);
        runs.filter(|(_, execution)| is_meant(execution)).collect::<Vec<_>>()
    };
    let (mut found, mut how) = (find(StageState::failed), "have failed");
    if found.is_empty() {
        (found, how) = (find(StageState::abandoned), "were stopped");
    }
    match (found.len(), &order.target.stage, &order.execution) {
        (1, ..) => Ok(found.remove(0)),
        (0, Some(stage), Some(_)) => {
            let reason =
                format!("This execution of `{pipeline}` does not stand failed or stopped in `{stage}` any more.");
            Err(Refused::new(reason, in_console))
        }
        (0, None, Some(_)) => Err(Refused::new(
            format!("This execution of `{pipeline}` does not stand failed or stopped any more."),
            in_console,
        )),
        (0, Some(stage), None) => Err(Refused::new(format!("`{stage}` of `{pipeline}` has not failed."), only)),
        (0, None, None) => Err(Refused::new(format!("Nothing of `{pipeline}` has failed."), only)),
        _ => {
            let stages = list(found.iter().map(|(stage, _)| format!("`{stage}`")), "and");
            Err(Refused::new(format!("Several stages of `{pipeline}` {how}: {stages}."), "Name one of them."))
        }
    }
}

/// The execution that a stage goes back to: the last that succeeded in it before the one that is in it.
fn earlier(order: &Order, state: &PipelineState, succeeded: &[String]) -> Result<String, Refused> {
    let name = order.target.stage.as_deref().unwrap_or_default();
    let stage = stage(order, name, state)?;
    if stage.latest.as_ref().is_some_and(|run| run.status == StageStatus::InProgress) {
        let reason = format!("`{name}` of `{}` is running.", order.target.pipeline);
        return Err(Refused::new(reason, "Stop the execution first, or wait until it has ended."));
    }
    let now = stage.latest.as_ref().map(|run| run.execution.as_str());
    let begins = order.execution.as_deref().unwrap_or_default();
    let mut others = succeeded.iter().filter(|execution| now != Some(execution) && execution.starts_with(begins));
    match (others.next(), begins.is_empty()) {
        (Some(execution), _) if begins.is_empty() || others.next().is_none() => Ok(execution.clone()),
        (Some(_), _) => {
            let reason = format!("Several executions begin with `{begins}`.");
            Err(Refused::new(reason, "Write more of the id."))
        }
        (None, true) => {
            let reason = format!("Nothing else has succeeded in `{name}` of `{}`.", order.target.pipeline);
            Err(Refused::new(reason, "There is nothing to go back to."))
        }
        (None, false) => {
            let reason = format!("No other execution that begins with `{begins}` has succeeded in `{name}`.");
            Err(Refused::new(reason, "Leave the id out to go back to the last one."))
        }
    }
}

fn transition(order: &Order, state: &PipelineState) -> Result<(), Refused> {
    let name = order.target.stage.as_deref().unwrap_or_default();
    let stage = stage(order, name, state)?;
    let pipeline = &order.target.pipeline;
    match (order.verb, &stage.closed) {
        (Verb::Enable, None) => {
            let reason = format!("The transition to `{name}` of `{pipeline}` is enabled.");
            Err(Refused::new(reason, "Nothing was changed."))
        }
        (Verb::Disable, Some(closed)) => {
            let why = closed.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let reason = format!("The transition to `{name}` of `{pipeline}` is disabled already{why}.");
            Err(Refused::new(reason, "Nothing was changed."))
        }
        _ => Ok(()),
    }
}

fn stage<'a>(order: &Order, name: &str, state: &'a PipelineState) -> Result<&'a StageState, Refused> {
    state.stages.iter().find(|stage| stage.name == name).ok_or_else(|| {
        let names: Vec<&str> = state.stages.iter().map(|stage| stage.name.as_str()).collect();
        let same = names.iter().find(|known| known.eq_ignore_ascii_case(name));
        let help = match same {
            Some(known) => format!("did you mean `{known}`?"),
            None => did_you_mean(name, &names, "", "the stages are"),
        };
        Refused::new(format!("`{}` has no stage {}.", order.target.pipeline, quoted(name)), sentence(&help))
    })
}
