//! A pipeline drawn as text, for transcripts.

use super::CodePipeline;
use super::model::{ActionStatus, Pipeline, Place, Run, StageStatus};
use super::pipeline_execution::execution_type;
use crate::world::given::Category;

impl CodePipeline {
    /// The pipeline as a few lines of text: its stages in a row, and under them the actions of the stages that have an
    /// approval or a failure. `✔` succeeded, `✘` failed, `⋯` in progress, `⊘` abandoned, `○` not yet run. Where there
    /// were several executions, each has a line.
    pub fn picture(&self, pipeline: &str) -> String {
        match self.named(pipeline) {
            Some(pipeline) => draw(pipeline),
            None => format!("{pipeline}  (no such pipeline)"),
        }
    }
}

fn draw(pipeline: &Pipeline) -> String {
    let stages = pipeline.stages.iter().enumerate();
    let row: Vec<String> =
        stages.clone().map(|(at, stage)| format!("{} {}", stage.name, stage_mark(pipeline, at))).collect();
    let mut out = format!("{}  {}", pipeline.label, row.join(" → "));
    let told: Vec<usize> = (0..pipeline.stages.len()).filter(|stage| worth_telling(pipeline, *stage)).collect();
    let gap = " ".repeat(pipeline.label.chars().count() + 2);
    let width = told.iter().map(|stage| pipeline.stages[*stage].name.chars().count()).max().unwrap_or(0);
    for stage in told {
        let actions = 0..pipeline.stages[stage].actions.len();
        let actions: Vec<String> = actions.map(|at| action(pipeline, stage, at)).collect();
        out.push_str(&format!("\n{gap}{:width$}  {}", pipeline.stages[stage].name, actions.join(" → ")));
    }
    for (stage, transition) in pipeline.transitions.iter().enumerate().take(pipeline.stages.len()) {
        if let Some(reason) = &transition.disabled {
            out.push_str(&format!("\n{gap}The way into {} is closed: “{reason}”", pipeline.stages[stage].name));
        }
    }
    if pipeline.executions.len() > 1 {
        for (at, _) in pipeline.executions.iter().enumerate() {
            out.push_str(&format!("\n{gap}{}", execution(pipeline, at)));
        }
    }
    out
}

fn execution(pipeline: &Pipeline, at: usize) -> String {
    let execution = &pipeline.executions[at];
    let mut out = format!("#{} {}", at + 1, execution.status.as_str());
    match execution.place {
        Place::Before { stage, .. } => out.push_str(&format!(", waits for {}", pipeline.stages[stage].name)),
        Place::In { stage } => out.push_str(&format!(", in {}", pipeline.stages[stage].name)),
        Place::Out => {}
    }
    if execution_type(execution) == "ROLLBACK" {
        let to = execution.rolls_back_to.as_deref().and_then(|id| pipeline.execution(id));
        out.push_str(&to.map_or(String::new(), |to| format!(", a rollback to #{}", to + 1)));
    }
    out
}

fn worth_telling(pipeline: &Pipeline, stage: usize) -> bool {
    pipeline.stages[stage].actions.iter().enumerate().any(|(at, action)| {
        let run = pipeline.latest_run(stage, at);
        let failed = run.is_some_and(|run| run.status == ActionStatus::Failed);
        failed || (action.category == Category::Approval && run.is_some())
    })
}

fn action(pipeline: &Pipeline, stage: usize, at: usize) -> String {
    let name = &pipeline.stages[stage].actions[at].name;
    let Some(run) = pipeline.latest_run(stage, at) else {
        return format!("{name} ○");
    };
    let mut out = format!("{name} {}", mark(run));
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
    if run.token.is_some() && run.status == ActionStatus::Failed && !run.answered {
        out.push_str(" timed out");
    }
    out
}

fn stage_mark(pipeline: &Pipeline, stage: usize) -> char {
    match pipeline.latest_in(stage).and_then(|latest| latest.stages[stage].status) {
        None => '○',
        Some(StageStatus::Succeeded) => '✔',
        Some(StageStatus::Failed) => '✘',
        Some(StageStatus::Stopped) => '⊘',
        Some(StageStatus::InProgress | StageStatus::Stopping) => '⋯',
    }
}

fn mark(run: &Run) -> char {
    match run.status {
        ActionStatus::InProgress => '⋯',
        ActionStatus::Abandoned => '⊘',
        ActionStatus::Succeeded => '✔',
        ActionStatus::Failed => '✘',
    }
}
