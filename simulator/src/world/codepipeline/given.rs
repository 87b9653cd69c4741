//! From what a scenario gives to a pipeline that has run as far as it says.

use jiff::{SignedDuration, Timestamp};

use super::model::{Action, ActionStatus, Pipeline, Place, Stage, StageStatus, Transition};
use super::start_pipeline_execution::Start;
use super::validation::is_name;
use crate::world::aws_error::AwsError;
use crate::world::given::{Category, GivenAction, GivenPipeline, GivenStage};
use crate::world::identity::{is_uuid, uuid};
use crate::world::sts::is_account;

/// An approval waits seven days unless its action says otherwise (CodePipeline quotas).
const DEFAULT_TIMEOUT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// `timeoutInMinutes` is 5..86400 (CodePipeline API, ActionTimeout).
const TIMEOUT_MINUTES: std::ops::RangeInclusive<u32> = 5..=86400;
/// `runOrder` is 1..999 (CodePipeline API, ActionRunOrder).
const RUN_ORDER: std::ops::RangeInclusive<u32> = 1..=999;
/// A value of an action's configuration has at most 1000 characters (CodePipeline API, ActionConfigurationValue).
const CONFIGURATION_VALUE: usize = 1000;

pub(super) fn pipeline(
    label: &str,
    given: &GivenPipeline,
    own_account: &str,
    now: Timestamp,
) -> Result<Pipeline, String> {
    let place = format!("pipelines.{label}");
    let name = given.name.as_deref().unwrap_or(label);
    name_is_valid(&place, name)?;
    let account = given.account.as_deref().unwrap_or(own_account);
    if !is_account(account) {
        return Err(format!("{place}.account: `{account}` is not an AWS account, which has 12 digits"));
    }
    if let Some(id) = given.execution.as_ref().filter(|id| !is_uuid(id)) {
        return Err(format!("{place}.execution: `{id}` is not an execution id, which is a lower-case UUID"));
    }
    let mut stages: Vec<Stage> = Vec::new();
    if given.stages.is_empty() {
        return Err(format!("{place}.stages: a pipeline has at least one stage"));
    }
    for (at, stage) in given.stages.iter().enumerate() {
        let place = format!("{place}.stages[{at}]");
        if stages.iter().any(|earlier| earlier.name == stage.name) {
            return Err(format!("{place}.name: there is another stage `{}`", stage.name));
        }
        stages.push(self::stage(&place, name, stage)?);
    }
    let waits_at = given.waits_at.as_deref().map(|waits_at| waiting_approval(&place, &stages, waits_at)).transpose()?;
    let mut pipeline = Pipeline {
        name: name.to_owned(),
        label: label.to_owned(),
        account: account.to_owned(),
        region: given.region.clone(),
        mode: given.mode,
        created: now,
        transitions: vec![Transition::default(); stages.len() + 1],
        stages,
        variables: given.variables.clone(),
        executions: Vec::new(),
        requests: Default::default(),
        sent: Vec::new(),
        count: 0,
    };
    if given.idle {
        let started = [
            ("execution", given.execution.is_some()),
            ("trigger", given.trigger.is_some()),
            ("revision", given.revision.is_some()),
            ("waits_at", given.waits_at.is_some()),
        ];
        if let Some((key, _)) = started.iter().find(|(_, present)| *present) {
            return Err(format!("{place}.{key}: a pipeline that is idle has no execution yet"));
        }
        return Ok(pipeline);
    }
    let mut start = Start { id: given.execution.clone(), trigger: given.trigger.clone(), ..Start::default() };
    if let Some(revision) = &given.revision {
        start.revisions.push(pipeline.revision(None, revision)?);
    }
    for (action, revision) in &given.revisions {
        let taken = pipeline.revision(Some(action), revision).map_err(|wrong| format!("{place}.revisions: {wrong}"))?;
        start.revisions.push(taken);
    }
    match waits_at {
        Some((stage, action)) => pipeline.put_at(now, start, stage, action),
        None => pipeline.start(now, start).map(|_| ()),
    }
    .map_err(|refused| format!("{place}: {}", refused.message))?;
    // What came to be before the scenario begins was delivered before it.
    pipeline.sent.clear();
    Ok(pipeline)
}

impl Pipeline {
    /// Starts an execution that has come to an approval by its place: everything before it has succeeded, and it waits.
    fn put_at(&mut self, now: Timestamp, start: Start, stage_at: usize, action_at: usize) -> Result<(), AwsError> {
        let at = self.add(now, start)?;
        for stage in 0..=stage_at {
            self.enter(now, at, stage);
            let before = self.stages[stage_at].actions[action_at].run_order;
            for action in 0..self.stages[stage].actions.len() {
                if stage < stage_at || self.stages[stage].actions[action].run_order < before {
                    self.start_action(now, at, stage, action);
                }
            }
            for run in &mut self.executions[at].stages[stage].runs {
                run.answered = run.token.is_some();
                run.status = ActionStatus::Succeeded;
            }
            if stage < stage_at {
                self.executions[at].stages[stage].status = Some(StageStatus::Succeeded);
            }
        }
        self.executions[at].place = Place::In { stage: stage_at };
        self.settle(now);
        Ok(())
    }
}

fn stage(place: &str, pipeline: &str, given: &GivenStage) -> Result<Stage, String> {
    name_is_valid(&format!("{place}.name"), &given.name)?;
    if given.actions.is_empty() {
        return Err(format!("{place}.actions: a stage has at least one action"));
    }
    let mut actions: Vec<Action> = Vec::new();
    for (at, action) in given.actions.iter().enumerate() {
        let place = format!("{place}.actions[{at}]");
        if actions.iter().any(|earlier| earlier.name == action.name) {
            return Err(format!("{place}.name: there is another action `{}` in stage `{}`", action.name, given.name));
        }
        let order = actions.last().map_or(1, |last| last.run_order + 1);
        actions.push(self::action(&place, pipeline, &given.name, action, order)?);
    }
    Ok(Stage { name: given.name.clone(), actions })
}

fn action(place: &str, pipeline: &str, stage: &str, given: &GivenAction, order: u32) -> Result<Action, String> {
    name_is_valid(&format!("{place}.name"), &given.name)?;
    let approval = given.category == Category::Approval;
    let only_approvals = [
        ("token", given.token.is_some()),
        ("custom_data", given.custom_data.is_some()),
        ("external_link", given.external_link.is_some()),
        ("timeout_minutes", given.timeout_minutes.is_some()),
    ];
    if let Some((key, _)) = only_approvals.iter().find(|(_, present)| *present && !approval) {
        return Err(format!("{place}.{key}: only an action of category Approval has one"));
    }
    if !approval && !given.notifies {
        return Err(format!("{place}.notifies: only an action of category Approval sends requests"));
    }
    if approval && !given.variables.is_empty() {
        return Err(format!("{place}.variables: an approval puts out no variables"));
    }
    if approval && given.fails.is_some() {
        return Err(format!("{place}.fails: an approval fails by being rejected or by timing out"));
    }
    if approval && given.takes.is_some() {
        return Err(format!("{place}.takes: an approval takes until somebody answers, or `timeout_minutes`"));
    }
    if given.fails_times.is_some() && given.fails.is_none() {
        return Err(format!("{place}.fails_times: it needs `fails`, which says why"));
    }
    let run_order = given.run_order.unwrap_or(order);
    if !RUN_ORDER.contains(&run_order) {
        return Err(format!("{place}.run_order: {run_order} is outside CodePipeline's range, 1 to 999"));
    }
    if let Some(token) = given.token.as_deref().filter(|token| !is_uuid(token)) {
        // Invented tokens of scenarios may be shown; the length is enough to find the slip all the same.
        return Err(format!("{place}.token: {} characters that are not a lower-case UUID", token.chars().count()));
    }
    for (key, text) in [("custom_data", &given.custom_data), ("external_link", &given.external_link)] {
        let length = text.as_deref().map_or(0, |text| text.chars().count());
        if length > CONFIGURATION_VALUE {
            return Err(format!("{place}.{key}: {length} characters; CodePipeline allows {CONFIGURATION_VALUE}"));
        }
    }
    let timeout = match given.timeout_minutes {
        None => DEFAULT_TIMEOUT,
        Some(minutes) if TIMEOUT_MINUTES.contains(&minutes) => SignedDuration::from_mins(minutes.into()),
        Some(minutes) => {
            return Err(format!("{place}.timeout_minutes: {minutes} is outside CodePipeline's range, 5 to 86400"));
        }
    };
    Ok(Action {
        name: given.name.clone(),
        category: given.category,
        provider: given.provider.clone().unwrap_or_else(|| usual_provider(given.category).to_owned()),
        run_order,
        token: given.token.clone().unwrap_or_else(|| uuid(&["token", pipeline, stage, &given.name])),
        custom_data: given.custom_data.clone(),
        external_link: given.external_link.clone(),
        notifies: approval && given.notifies,
        timeout,
        takes: given.takes.map_or(SignedDuration::ZERO, |takes| takes.0),
        fails: given.fails.clone(),
        failures: given.fails_times,
        variables: given.variables.clone(),
    })
}

/// Where `Stage/Action` is, which must be an approval that everything before it lets the execution reach.
fn waiting_approval(place: &str, stages: &[Stage], waits_at: &str) -> Result<(usize, usize), String> {
    let place = format!("{place}.waits_at");
    let Some((stage_name, action_name)) = waits_at.split_once('/') else {
        return Err(format!("{place}: `{waits_at}` is not of the form `Stage/Action`"));
    };
    let Some(at) = stages.iter().position(|stage| stage.name == stage_name) else {
        let known: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        return Err(format!("{place}: there is no stage `{stage_name}`; the stages are {}", known.join(", ")));
    };
    let stage = &stages[at];
    let Some(within) = stage.actions.iter().position(|action| action.name == action_name) else {
        let known: Vec<&str> = stage.actions.iter().map(|action| action.name.as_str()).collect();
        return Err(format!(
            "{place}: there is no action `{action_name}` in stage `{stage_name}`; its actions are {}",
            known.join(", ")
        ));
    };
    if stage.actions[within].category != Category::Approval {
        return Err(format!("{place}: `{waits_at}` is not an action of category Approval, so it does not wait"));
    }
    let before = stages[..at].iter().flat_map(|stage| &stage.actions).chain(&stage.actions[..within]);
    if let Some(failing) = before.into_iter().find(|action| action.fails.is_some() && action.failures != Some(0)) {
        return Err(format!("{place}: the execution does not get there, because `{}` before it fails", failing.name));
    }
    Ok((at, within))
}

fn name_is_valid(place: &str, name: &str) -> Result<(), String> {
    if is_name(name) {
        return Ok(());
    }
    Err(format!("{place}: `{name}` is not a name to CodePipeline: 1 to 100 of letters, digits and `.@-_`"))
}

fn usual_provider(category: Category) -> &'static str {
    match category {
        Category::Source => "CodeStarSourceConnection",
        Category::Build | Category::Test => "CodeBuild",
        Category::Deploy => "CodeDeploy",
        Category::Invoke => "Lambda",
        Category::Approval => "Manual",
        Category::Compute => "Commands",
    }
}
