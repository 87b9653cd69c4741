//! `StartPipelineExecution`: one more execution, with variables and source revisions of its own.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::messages::Moment;
use super::model::{Commit, Execution, ExecutionStatus, Pipeline, Place, Revision, StageRun};
use super::validation::Input;
use super::{CodePipeline, validation_error};
use crate::world::aws_error::AwsError;
use crate::world::given::{Category, ExecutionMode, GivenRevision, GivenTrigger};
use crate::world::identity::uuid;

/// How many executions run at once in PARALLEL mode, and how many wait in QUEUED mode
/// (<https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>).
pub(super) const CONCURRENT: usize = 50;

/// How an execution differs from any other.
#[derive(Debug, Default)]
pub(super) struct Start {
    pub id: Option<String>,
    pub trigger: Option<GivenTrigger>,
    /// The revisions that are not those of the execution before.
    pub revisions: Vec<Revision>,
    /// The variables that do not have their defaults.
    pub variables: BTreeMap<String, String>,
}

impl CodePipeline {
    /// `StartPipelineExecution` in `region`. The execution goes on at once as far as it can.
    pub fn start_pipeline_execution(&mut self, now: Timestamp, region: &str, input: &Value) -> Result<Value, AwsError> {
        let mut checked = Input::new(input)?;
        let name = checked.name("name")?;
        let token = checked.optional_client_token("clientRequestToken")?;
        let given = checked.variables("variables")?;
        let overrides = checked.source_revisions("sourceRevisions")?;
        checked.check()?;
        let pipeline = self.find_mut(region, name)?;
        if let Some(id) = token.and_then(|token| pipeline.requests.get(token)) {
            return Ok(json!({ "pipelineExecutionId": id }));
        }
        let variables: BTreeMap<String, String> = given.into_iter().collect();
        let mut revisions: Vec<Revision> = Vec::new();
        for (action, kind, value) in overrides {
            revisions.push(pipeline.overridden(&action, &kind, value)?);
        }
        let trigger = GivenTrigger { kind: "StartPipelineExecution".to_owned(), detail: Some(pipeline.caller()) };
        let start = Start { id: None, trigger: Some(trigger), revisions, variables };
        let at = pipeline.start(now, start)?;
        let id = pipeline.executions[at].id.clone();
        if let Some(token) = token {
            pipeline.requests.insert(token.to_owned(), id.clone());
        }
        Ok(json!({ "pipelineExecutionId": id }))
    }
}

impl Pipeline {
    /// Who calls the API: the product's role.
    pub(super) fn caller(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/signoff/signoff", self.account)
    }

    /// Starts an execution, which goes on as far as it can, and says which it is.
    pub(super) fn start(&mut self, now: Timestamp, start: Start) -> Result<usize, AwsError> {
        self.has_room()?;
        let at = self.add(now, start)?;
        self.tell(now, at, Moment::Pipeline { state: "STARTED" });
        self.arrive(now, at, 0);
        self.settle(now);
        Ok(at)
    }

    /// Whether one more execution may run or wait.
    pub(super) fn has_room(&self) -> Result<(), AwsError> {
        let taken = match self.mode {
            ExecutionMode::Superseded => 0,
            ExecutionMode::Queued => {
                self.executions.iter().filter(|it| matches!(it.place, Place::Before { .. })).count()
            }
            ExecutionMode::Parallel => self.executions.iter().filter(|execution| execution.goes_on()).count(),
        };
        if taken < CONCURRENT {
            return Ok(());
        }
        let message = format!("The pipeline {} has reached the limit for concurrent pipeline executions.", self.name);
        Err(AwsError::client("ConcurrentPipelineExecutionsLimitExceededException", message))
    }

    /// Adds an execution that has done nothing yet.
    pub(super) fn add(&mut self, now: Timestamp, start: Start) -> Result<usize, AwsError> {
        if let Some(unknown) = start.variables.keys().find(|name| !self.variables.contains_key(*name)) {
            let message = format!("Pipeline {} has no variable with the name {unknown}", self.name);
            return Err(validation_error(message));
        }
        let mut variables = BTreeMap::new();
        for (name, default) in &self.variables {
            let Some(value) = start.variables.get(name).or(default.as_ref()) else {
                return Err(validation_error(format!("The variable {name} has no default value, so it must be given")));
            };
            variables.insert(name.clone(), value.clone());
        }
        let last = self.executions.iter().rev().find(|execution| execution.rolls_back_to.is_none());
        let mut revisions = last.map(|last| last.revisions.clone()).unwrap_or_default();
        for revision in start.revisions {
            match revisions.iter_mut().find(|known| known.action == revision.action) {
                Some(known) => *known = revision,
                None => revisions.push(revision),
            }
        }
        let number = self.executions.len().to_string();
        let id = start.id.unwrap_or_else(|| match self.executions.len() {
            0 => uuid(&["execution", &self.name]),
            _ => uuid(&["execution", &self.name, &number]),
        });
        self.executions.push(Execution {
            id,
            status: ExecutionStatus::InProgress,
            summary: None,
            rolls_back_to: None,
            trigger: start.trigger,
            revisions,
            variables,
            started: now,
            updated: now,
            attempt: 1,
            stop: None,
            place: Place::Out,
            stages: vec![StageRun::default(); self.stages.len()],
        });
        Ok(self.executions.len() - 1)
    }

    /// The names and providers of the source actions.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        let actions = self.stages.iter().flat_map(|stage| &stage.actions);
        let sources = actions.filter(|action| action.category == Category::Source);
        sources.map(|action| (action.name.as_str(), action.provider.as_str()))
    }

    fn overridden(&self, action: &str, kind: &str, value: String) -> Result<Revision, AwsError> {
        let Some((_, provider)) = self.sources().find(|(name, _)| *name == action) else {
            let message = format!("Pipeline {} has no source action with the name {action}", self.name);
            return Err(validation_error(message));
        };
        let kinds: &[&str] = match provider {
            "ECR" => &["IMAGE_DIGEST"],
            "S3" => &["S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"],
            _ => &["COMMIT_ID"],
        };
        if !kinds.contains(&kind) {
            let message = format!("The revision type {kind} is not one of the action {action}: {}", kinds.join(", "));
            return Err(validation_error(message));
        }
        Ok(Revision { action: action.to_owned(), id: value, summary: None, url: None, commit: None })
    }

    /// A revision as a scenario gives it, with the summary that its source's provider makes.
    pub(super) fn revision(&self, action: Option<&str>, given: &GivenRevision) -> Result<Revision, String> {
        let mut sources = self.sources();
        let found = match action {
            None => sources.next(),
            Some(named) => sources.find(|(name, _)| *name == named),
        };
        let (action, provider) = match (found, action) {
            (Some((name, provider)), _) => (name.to_owned(), provider),
            // A revision without an action to take it is one of the usual source.
            (None, None) => ("Source".to_owned(), "CodeStarSourceConnection"),
            (None, Some(named)) => {
                let known: Vec<&str> = self.sources().map(|(name, _)| name).collect();
                return Err(format!("there is no source action `{named}`; they are {}", known.join(", ")));
            }
        };
        let commit = Commit {
            message: given.message.clone(),
            author: given.author.clone(),
            email: given.email.clone(),
            repository: given.repository.clone(),
            branch: given.branch.clone(),
        };
        let summary = given.summary.clone().or_else(|| match (provider, &given.message) {
            ("CodeStarSourceConnection", Some(message)) => {
                Some(json!({ "ProviderType": "GitHub", "CommitMessage": message }).to_string())
            }
            ("S3", None) => Some(format!("Amazon S3 version id: {}", given.id)),
            (_, message) => message.clone(),
        });
        Ok(Revision {
            action,
            id: given.id.clone(),
            summary,
            url: given.url.clone(),
            commit: (provider == "CodeStarSourceConnection").then_some(commit),
        })
    }
}
