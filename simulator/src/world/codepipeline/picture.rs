//! A pipeline drawn as text, for transcripts.

use super::{Action, ActionStatus, CodePipeline, Pipeline, Stage};
use crate::world::given::Category;

impl CodePipeline {
    /// The pipeline as a few lines of text: its stages in a row, and under them the actions of the stages that have an
    /// approval or a failure. `✔` succeeded, `✘` failed, `⋯` in progress, `⊘` abandoned, `○` not yet run.
    pub fn picture(&self, pipeline: &str) -> String {
        match self.named(pipeline) {
            Some(pipeline) => draw(pipeline),
            None => format!("{pipeline}  (no such pipeline)"),
        }
    }
}

fn draw(pipeline: &Pipeline) -> String {
    let row: Vec<String> =
        pipeline.stages.iter().map(|stage| format!("{} {}", stage.name, stage_mark(stage))).collect();
    let mut out = format!("{}  {}", pipeline.name, row.join(" → "));
    let told: Vec<&Stage> = pipeline.stages.iter().filter(|stage| worth_telling(stage)).collect();
    let indent = pipeline.name.chars().count() + 2;
    let width = told.iter().map(|stage| stage.name.chars().count()).max().unwrap_or(0);
    for stage in told {
        let actions: Vec<String> = stage.actions.iter().map(action).collect();
        let gap = " ".repeat(indent);
        out.push_str(&format!("\n{gap}{:width$}  {}", stage.name, actions.join(" → ")));
    }
    out
}

fn worth_telling(stage: &Stage) -> bool {
    stage.actions.iter().any(|action| {
        let failed = action.run.as_ref().is_some_and(|run| run.status == ActionStatus::Failed);
        failed || (action.category == Category::Approval && action.run.is_some())
    })
}

fn action(action: &Action) -> String {
    let Some(run) = &action.run else {
        return format!("{} ○", action.name);
    };
    let mut out = format!("{} {}", action.name, mark(run.status));
    if let Some(said) = run.summary.as_ref().or(run.error.as_ref()) {
        // A summary of several lines is drawn in one.
        let said: Vec<&str> = said.split_whitespace().collect();
        out.push_str(&format!(" “{}”", said.join(" ")));
    }
    if let Some(by) = run.updated_by.as_deref().and_then(|arn| arn.split(":assumed-role/").nth(1)) {
        // The product's own role and session have one name; people come through a role of another.
        let by = by.strip_prefix("signoff/").unwrap_or(by);
        out.push_str(&format!(" by {by}"));
    }
    if action.category == Category::Approval && run.status == ActionStatus::Failed && !run.answered {
        out.push_str(" timed out");
    }
    out
}

fn stage_mark(stage: &Stage) -> char {
    match stage.status() {
        None => '○',
        Some("Succeeded") => '✔',
        Some("Failed") => '✘',
        Some("Stopped") => '⊘',
        Some(_) => '⋯',
    }
}

fn mark(status: ActionStatus) -> char {
    match status {
        ActionStatus::InProgress => '⋯',
        ActionStatus::Abandoned => '⊘',
        ActionStatus::Succeeded => '✔',
        ActionStatus::Failed => '✘',
    }
}
