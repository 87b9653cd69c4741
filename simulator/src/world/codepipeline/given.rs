//! From what a scenario gives to a pipeline that has run as far as it says.

use jiff::{SignedDuration, Timestamp};

use super::validation::is_name;
use super::{Action, Execution, ExecutionStatus, Pipeline, Stage};
use crate::world::given::{Category, GivenAction, GivenPipeline, GivenStage};
use crate::world::identity::{is_uuid, uuid};

/// An approval waits seven days unless its action says otherwise (CodePipeline quotas).
const DEFAULT_TIMEOUT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// `timeoutInMinutes` is 5..86400 (CodePipeline API, ActionTimeout).
const TIMEOUT_MINUTES: std::ops::RangeInclusive<u32> = 5..=86400;
/// A value of an action's configuration has at most 1000 characters (CodePipeline API, ActionConfigurationValue).
const CONFIGURATION_VALUE: usize = 1000;

pub(super) fn pipeline(name: &str, given: &GivenPipeline, now: Timestamp) -> Result<Pipeline, String> {
    let place = format!("pipelines.{name}");
    name_is_valid(&place, name)?;
    if given.account.len() != 12 || !given.account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{place}.account: `{}` is not an AWS account, which has 12 digits", given.account));
    }
    let id = match &given.execution {
        Some(id) if is_uuid(id) => id.clone(),
        Some(id) => {
            return Err(format!("{place}.execution: `{id}` is not an execution id, which is a lower-case UUID"));
        }
        None => uuid(&["execution", name]),
    };
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
        account: given.account.clone(),
        region: given.region.clone(),
        mode: given.mode,
        stages,
        execution: Execution {
            id,
            status: ExecutionStatus::InProgress,
            trigger: given.trigger.clone(),
            revision: given.revision.clone(),
            started: now,
            updated: now,
        },
    };
    match waits_at {
        Some((stage, action)) => pipeline.succeed_before(now, stage, action),
        None => pipeline.go_on(now),
    }
    Ok(pipeline)
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
        actions.push(self::action(&place, pipeline, &given.name, action)?);
    }
    Ok(Stage { name: given.name.clone(), actions })
}

fn action(place: &str, pipeline: &str, stage: &str, given: &GivenAction) -> Result<Action, String> {
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
    if approval && !given.variables.is_empty() {
        return Err(format!("{place}.variables: an approval puts out no variables"));
    }
    if approval && given.fails.is_some() {
        return Err(format!("{place}.fails: an approval fails by being rejected or by timing out"));
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
        token: given.token.clone().unwrap_or_else(|| uuid(&["token", pipeline, stage, &given.name])),
        custom_data: given.custom_data.clone(),
        external_link: given.external_link.clone(),
        timeout,
        fails: given.fails.clone(),
        variables: given.variables.clone(),
        run: None,
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
    if let Some(failing) = before.into_iter().find(|action| action.fails.is_some()) {
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
