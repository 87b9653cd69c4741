//! Orders in plain words.

use super::Order;
use super::record::CommandState;
use crate::rules::command::{Target, Verb};

/// What would be done, behind `may`: ``start `payments-api` ``.
pub fn what(verb: Verb, target: &Target) -> String {
    let pipeline = &target.pipeline;
    let stage = target.stage.as_ref();
    match (verb, stage) {
        (Verb::Start, _) => format!("start `{pipeline}`"),
        (Verb::Stop, _) => format!("stop `{pipeline}`"),
        (Verb::Retry, None) => format!("retry a stage of `{pipeline}`"),
        (Verb::Retry, Some(stage)) => format!("retry `{stage}` of `{pipeline}`"),
        (Verb::Rollback, None) => format!("roll a stage of `{pipeline}` back"),
        (Verb::Rollback, Some(stage)) => format!("roll `{stage}` of `{pipeline}` back"),
        (Verb::Enable | Verb::Disable, None) => format!("{verb} a transition of `{pipeline}`"),
        (Verb::Enable | Verb::Disable, Some(stage)) => format!("{verb} the transition to `{stage}` of `{pipeline}`"),
        (Verb::Status, _) => format!("see how `{pipeline}` stands"),
        (Verb::Approvals, _) if pipeline.is_empty() => "see which approvals wait".to_owned(),
        (Verb::Approvals, _) => format!("see which approvals of `{pipeline}` wait"),
    }
}

/// What was done, behind a name: `started`, `rolled back`.
pub fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Start => "started",
        Verb::Retry => "retried",
        Verb::Rollback => "rolled back",
        Verb::Stop => "stopped",
        Verb::Enable => "enabled",
        Verb::Disable => "disabled",
        Verb::Status | Verb::Approvals => "looked at",
    }
}

/// What became of a command, for the log.
pub fn outcome(state: &CommandState) -> String {
    match state {
        CommandState::Claimed { .. } => "on its way".to_owned(),
        CommandState::Done { execution: Some(execution) } => format!("done: execution {execution}"),
        CommandState::Done { execution: None } => "done".to_owned(),
        CommandState::Refused { said } => format!("refused: {said}"),
        CommandState::Unknown { said } => format!("not known: {said}"),
    }
}

/// The reason that CodePipeline is told of an execution's stop, within its 200 characters:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StopPipelineExecution.html>.
pub fn stop_reason(order: &Order, name: &str, id: &str) -> String {
    let reason = order.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    crate::approval::outcome::cut(format!("Stopped by {name} ({id}) in Slack{reason}"), 200)
}

/// The reason that CodePipeline is told of a transition that is disabled, in the letters and the 300 characters that it takes:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_DisableStageTransition.html>.
pub fn disable_reason(order: &Order, name: &str, id: &str) -> String {
    let reason = order.reason.as_deref().unwrap_or_default();
    let by = format!(" (by {name}, {id}, in Slack)");
    let room = 300_usize.saturating_sub(by.chars().count());
    let kept: String = reason.chars().take(room).collect();
    let fit = |letter: char| {
        if letter.is_ascii_alphanumeric() || "!@ ().*?-".contains(letter) { Some(letter) } else { substitute(letter) }
    };
    format!("{kept}{by}").chars().filter_map(fit).take(300).collect()
}

/// What stands for a letter that CodePipeline does not take.
fn substitute(letter: char) -> Option<char> {
    match letter {
        '\'' | '’' | '"' | '“' | '”' | '`' => None,
        ',' => None,
        _ if letter.is_whitespace() => Some(' '),
        ':' | ';' | '/' | '–' | '—' | '_' => Some('-'),
        _ => Some('?'),
    }
}
