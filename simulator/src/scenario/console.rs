//! The step `console`: what somebody does in the AWS console.

use jiff::Timestamp;
use serde::Deserialize;

use super::way::{Mistake, Way};
use crate::world::CodePipeline;

/// What somebody does in the AWS console.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// The action to approve: `pipeline/stage/action`.
    pub approve: Option<String>,
    /// The action to reject.
    pub reject: Option<String>,
    /// The pipeline whose execution to stop, abandoning what is in progress unless `finish` is set.
    pub stop: Option<String>,
    /// The stage to retry: `pipeline/stage`; what failed of it, or `all`.
    pub retry: Option<String>,
    /// The stage to roll back: `pipeline/stage`.
    pub rollback: Option<String>,
    /// The stage into which nothing may go: `pipeline/stage`.
    pub disable: Option<String>,
    /// The stage into which executions may go again.
    pub enable: Option<String>,
    /// Who it is.
    pub by: String,
    /// What they say.
    pub comment: Option<String>,
    /// Which execution, by its number from 1: the one that is meant otherwise is the latest there.
    pub execution: Option<usize>,
    /// With `rollback`: the execution to go back to, by its number.
    pub to: Option<usize>,
    /// With `stop`: what is in progress is finished first.
    #[serde(default)]
    pub finish: bool,
    /// With `retry`: from the stage's first action.
    #[serde(default)]
    pub all: bool,
}

impl Console {
    /// What is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), Mistake> {
        let deeds = [&self.approve, &self.reject, &self.stop, &self.retry, &self.rollback, &self.disable, &self.enable];
        if deeds.into_iter().flatten().count() != 1 {
            let one_of = "`approve` or `reject`, with `pipeline/stage/action`, `stop`, with a pipeline, and `retry`, \
                          `rollback`, `disable` or `enable`, with `pipeline/stage`";
            return Err(Mistake::of_value(Way::default(), format!("`console` needs one of {one_of}")));
        }
        let transition = self.disable.is_some() || self.enable.is_some();
        let speechless = self.retry.is_some() || self.rollback.is_some() || self.enable.is_some();
        let misplaced = [
            (
                "execution",
                self.execution.is_some() && (transition || self.rollback.is_some()),
                "`approve`, `reject`, `stop` and `retry`",
            ),
            ("to", self.to.is_some() && self.rollback.is_none(), "`rollback`"),
            ("finish", self.finish && self.stop.is_none(), "`stop`"),
            ("all", self.all && self.retry.is_none(), "`retry`"),
            ("comment", self.comment.is_some() && speechless, "`approve`, `reject`, `stop` and `disable`"),
        ];
        if let Some((key, _, with)) = misplaced.iter().find(|(_, misplaced, _)| *misplaced) {
            return Err(Mistake::of_key(Way::to(key), format!("`{key}` has a meaning only with {with}")));
        }
        if self.rollback.is_some() && self.to.is_none() {
            let what = "`rollback` needs `to`: the number of the execution to go back to";
            return Err(Mistake::of_key(Way::to("rollback"), what));
        }
        if self.disable.is_some() && self.comment.is_none() {
            let what = "`disable` needs `comment`: the reason, which CodePipeline asks for";
            return Err(Mistake::of_key(Way::to("disable"), what));
        }
        Ok(())
    }

    /// Does it, and says what was done.
    pub fn perform(&self, now: Timestamp, pipelines: &mut CodePipeline) -> Result<String, String> {
        let (by, comment, execution) = (&self.by, self.comment.as_deref(), self.execution);
        let of = execution.map(|number| format!(" #{number}")).unwrap_or_default();
        if let Some(pipeline) = &self.stop {
            pipelines.stop_in_console(now, pipeline, execution, !self.finish, comment)?;
            let how = if self.finish { "lets it finish" } else { "abandons" };
            return Ok(format!("{by} stops {pipeline}{of} in the AWS console and {how} what it does"));
        }
        if let Some(path) = &self.retry {
            let (pipeline, stage) = stage(path)?;
            pipelines.retry_in_console(now, pipeline, stage, execution, self.all)?;
            let what = if self.all { "all" } else { "what failed" };
            return Ok(format!("{by} retries {what} of {path}{of} in the AWS console"));
        }
        if let (Some(path), Some(to)) = (&self.rollback, self.to) {
            let (pipeline, stage) = stage(path)?;
            let number = pipelines.roll_back_in_console(now, pipeline, stage, to, by)?;
            return Ok(format!("{by} rolls {path} back to #{to} in the AWS console, as #{number}"));
        }
        if let Some(path) = self.disable.as_ref().or(self.enable.as_ref()) {
            let (pipeline, stage) = stage(path)?;
            let reason = self.disable.as_ref().and(comment);
            pipelines.set_transition_in_console(now, pipeline, stage, reason, by)?;
            let deed = if reason.is_some() { "closes" } else { "opens" };
            return Ok(format!("{by} {deed} the way into {path} in the AWS console"));
        }
        let approved = self.approve.is_some();
        let path = self.approve.as_ref().or(self.reject.as_ref()).map(String::as_str).unwrap_or_default();
        let [pipeline, stage, action] = path.split('/').collect::<Vec<_>>()[..] else {
            return Err(format!("`{path}` does not name an action: write `pipeline/stage/action`"));
        };
        pipelines.decide_in_console(now, pipeline, stage, action, execution, approved, by, comment)?;
        let deed = if approved { "approves" } else { "rejects" };
        Ok(format!("{by} {deed} {path}{of} in the AWS console"))
    }
}

fn stage(path: &str) -> Result<(&str, &str), String> {
    path.split_once('/')
        .filter(|(_, stage)| !stage.contains('/'))
        .ok_or_else(|| format!("`{path}` does not name a stage: write `pipeline/stage`"))
}
