//! What is remembered of an execution that has a message: what was told of it, where it is shown, and how much of it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ActionView, Condition, ExecutionView, History};
use crate::approval::record::{ApprovalRecord, CastVote, Decision, Elsewhere, Fate, Outcome};
use crate::event::Event;
use crate::ports::{Origin, PipelineRef};
use crate::slack::interaction::MessageRef;

/// How long an invocation may be at showing an execution, from when it is its turn, before another may take that over.
pub const HOLD: SignedDuration = SignedDuration::from_secs(60);

/// How often CodePipeline is asked where an execution comes from: once at the beginning, when its sources may not have run yet,
/// and then until it tells of them.
const ASKED_AT_MOST: u32 = 4;

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionRecord {
    /// The AWS account, where an event told it.
    #[serde(default)]
    pub account: Option<String>,
    /// The pipeline's region.
    pub region: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The pipeline execution id.
    pub execution: String,
    /// What events told.
    pub history: History,
    /// Where it comes from, as CodePipeline tells.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// The pipeline's stages in their order, as CodePipeline tells; empty while it has not been asked.
    #[serde(default)]
    pub plan: Vec<String>,
    /// How often CodePipeline was asked for these.
    #[serde(default)]
    pub asked: u32,
    /// What became of its approvals.
    #[serde(default)]
    pub approvals: Vec<ApprovalEnd>,
    /// The approvals so far of what waits for several.
    #[serde(default)]
    pub votes: Vec<VotesSoFar>,
    /// Its messages, one a rule.
    #[serde(default)]
    pub messages: Vec<ThreadMessage>,
    /// Counts the changes of what there is to show.
    #[serde(default)]
    pub revision: u64,
    /// Who is at showing it.
    #[serde(default)]
    pub hold: Option<Hold>,
}

/// Who is at showing an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The event with which they came, so that its redelivery does not rely on them.
    pub by: String,
    /// When another may take it over.
    pub until: Timestamp,
    /// Whether what brought them is delivered again should they not come to an end. Only to those may others leave what they know.
    #[serde(default = "yes")]
    pub comes_again: bool,
}

fn yes() -> bool {
    true
}

/// A message that shows an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadMessage {
    /// The rule that asks for it.
    pub rule: String,
    /// Where it is; none while it is to be posted.
    pub at: Option<MessageRef>,
    /// The revision that it shows.
    #[serde(default)]
    pub shown: Option<u64>,
    /// Digest of what it looks like.
    #[serde(default)]
    pub looks: Option<String>,
    /// What was told in its thread: [`Detail::key`].
    #[serde(default)]
    pub told: Vec<String>,
}

/// What became of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalEnd {
    /// The run: [`run_key`].
    pub run: String,
    /// How it ended.
    pub fate: Fate,
    /// The Slack user who decided, where that was in Slack.
    pub slack_id: Option<String>,
    /// Who decided, in words.
    pub by: Option<String>,
    /// What they said.
    pub comment: Option<String>,
    /// Whether one person decided alone by the rule's `override`.
    #[serde(default)]
    pub is_override: bool,
}

/// Who has approved where more are needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VotesSoFar {
    /// The approval's id.
    pub approval: String,
    /// The stage's name.
    pub stage: String,
    /// The action's name.
    pub action: String,
    /// When CodePipeline asked for it.
    pub asked_at: Option<Timestamp>,
    /// Who has approved, in order; nobody after all have withdrawn.
    pub votes: Vec<CastVote>,
    /// The seats that are open after these, in words.
    pub waits_for: Option<String>,
}

/// Something worth a word in the thread of the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Names it, so that it is told once.
    pub key: String,
    /// The stage's name.
    pub stage: String,
    /// What became of an action: it failed, or is an approval that was answered.
    pub action: ActionView,
}

impl ApprovalEnd {
    /// Of a run that ended so.
    pub fn new(run: String, outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Decided(Decision { approved, by, name, comment, is_override, .. }) => Self {
                run,
                fate: if *approved { Fate::Approved } else { Fate::Rejected },
                slack_id: Some(by.clone()),
                by: Some(name.clone()),
                comment: comment.clone(),
                is_override: *is_override,
            },
            Outcome::Elsewhere(Elsewhere { fate, by, comment, .. }) => {
                Self { run, fate: *fate, slack_id: None, by: by.clone(), comment: comment.clone(), is_override: false }
            }
        }
    }
}

/// What was learnt by asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learnt {
    /// Whether CodePipeline was asked where the execution comes from.
    pub asked: bool,
    /// Where it comes from.
    pub origin: Option<Origin>,
    /// The pipeline's stages.
    pub plan: Option<Vec<String>>,
    /// What became of approvals.
    pub approvals: Vec<ApprovalEnd>,
}

impl ExecutionRecord {
    /// The pipeline that it is of.
    pub fn pipeline_ref(&self) -> PipelineRef {
        PipelineRef { account: self.account.clone(), region: self.region.clone(), name: self.pipeline.clone() }
    }

    /// Of an execution of which this is the first event.
    pub fn new(event: &Event, execution: &str) -> Self {
        Self {
            account: None,
            region: event.region.clone(),
            pipeline: event.pipeline.clone(),
            execution: execution.to_owned(),
            history: History::default(),
            origin: None,
            plan: Vec::new(),
            asked: 0,
            approvals: Vec::new(),
            votes: Vec::new(),
            messages: Vec::new(),
            revision: 0,
            hold: None,
        }
    }

    /// Takes what an event tells.
    pub fn fold(&mut self, event: &Event) {
        let before = self.history.clone();
        self.history.fold(event);
        // Not every envelope tells the account.
        if self.account.is_none() {
            self.account = event.account.clone();
        }
        if self.history != before {
            self.revision += 1;
        }
    }

    /// Takes what was learnt by asking.
    pub fn learn(&mut self, learnt: &Learnt) {
        let before = (self.origin.clone(), self.plan.clone(), self.approvals.clone());
        self.asked += u32::from(learnt.asked);
        if let Some(origin) = &learnt.origin {
            self.origin = Some(origin.clone());
        }
        if let Some(plan) = &learnt.plan {
            self.plan.clone_from(plan);
        }
        for end in &learnt.approvals {
            if !self.approvals.iter().any(|known| known.run == end.run) {
                self.approvals.push(end.clone());
            }
        }
        if before != (self.origin.clone(), self.plan.clone(), self.approvals.clone()) {
            self.revision += 1;
        }
    }

    /// Takes who has approved so far.
    pub fn count(&mut self, approval: &ApprovalRecord) {
        let (Some(stage), Some(action)) = (&approval.event.stage, &approval.event.action) else { return };
        let found = VotesSoFar {
            approval: approval.id.clone(),
            stage: stage.clone(),
            action: action.clone(),
            asked_at: approval.event.at,
            votes: approval.votes.clone(),
            waits_for: approval.waits_for.clone(),
        };
        if self.votes.contains(&found) {
            return;
        }
        self.votes.retain(|known| known.approval != found.approval);
        self.votes.push(found);
        self.revision += 1;
    }

    /// Who has approved so far of what the latest run of an action asks for. An earlier run's approvals count no more.
    pub fn votes_of(&self, stage: &str, action: &ActionView) -> Option<&VotesSoFar> {
        let is_of =
            |known: &&VotesSoFar| known.stage == stage && known.action == action.name && !known.votes.is_empty();
        let latest = self.votes.iter().filter(is_of).max_by_key(|known| known.asked_at)?;
        let began = action.began;
        let is_of_this_run = latest.votes.iter().all(|vote| began.is_none_or(|began| vote.at >= began));
        (action.condition == Condition::Waiting && is_of_this_run).then_some(latest)
    }

    /// How it stands.
    pub fn view(&self) -> ExecutionView {
        // A rollback runs one stage, not those before it.
        let plan = if self.is_rollback() { &[] } else { self.plan.as_slice() };
        self.history.view(plan)
    }

    fn is_rollback(&self) -> bool {
        let of_origin = self.origin.as_ref().is_some_and(|origin| origin.rolls_back_to.is_some());
        of_origin || self.history.is_rollback()
    }

    /// Whether CodePipeline has to be asked where it comes from.
    pub fn wants_origin(&self) -> bool {
        let told = |origin: &Origin| {
            !origin.sources.is_empty() && origin.sources.iter().all(|source| source.revision.is_some())
        };
        let has_gone_on = || self.view().stages.iter().any(|stage| stage.condition == Condition::Succeeded);
        match &self.origin {
            Some(origin) if told(origin) => false,
            _ if self.asked >= ASKED_AT_MOST => false,
            None => true,
            // Sources have run by the time that a stage is through.
            Some(_) => has_gone_on(),
        }
    }

    /// The approvals that have ended, and of which it is not known how.
    pub fn unknown_ends(&self, view: &ExecutionView) -> Vec<(String, String, String)> {
        let mut found = Vec::new();
        for stage in &view.stages {
            for action in stage.actions.iter().filter(|action| is_answered(action)) {
                let run = run_key(&stage.name, action);
                if !self.approvals.iter().any(|known| known.run == run) {
                    found.push((stage.name.clone(), action.name.clone(), run));
                }
            }
        }
        found
    }

    /// What of it is worth a word in the thread, in the order in which it happened.
    pub fn details(view: &ExecutionView) -> Vec<Detail> {
        let mut found: Vec<Detail> = Vec::new();
        for stage in &view.stages {
            let telling = |action: &&ActionView| action.condition == Condition::Failed || is_answered(action);
            found.extend(stage.actions.iter().filter(telling).map(|action| Detail {
                key: run_key(&stage.name, action),
                stage: stage.name.clone(),
                action: action.clone(),
            }));
        }
        found.sort_by_key(|detail| detail.action.ended);
        found
    }

    /// What is to be done next of what a rule's message has to show; none where it shows all there is.
    pub fn due(&self, message: &ThreadMessage, view: &ExecutionView) -> Option<Due> {
        if message.at.is_none() {
            return Some(Due::Post);
        }
        if message.shown != Some(self.revision) {
            return Some(Due::Update);
        }
        Self::details(view)
            .into_iter()
            .find(|detail| !message.told.contains(&detail.key))
            .map(|detail| Due::Reply(Box::new(detail)))
    }
}

/// What is to be done to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// It is to be posted.
    Post,
    /// It shows less than there is.
    Update,
    /// Something is to be told in its thread.
    Reply(Box<Detail>),
}

/// Whether somebody answered an approval, or nobody in time.
fn is_answered(action: &ActionView) -> bool {
    action.is_approval && matches!(action.condition, Condition::Succeeded | Condition::Failed)
}

/// Names a run of an action: its stage, itself, and when it ended.
pub fn run_key(stage: &str, action: &ActionView) -> String {
    let at = action.ended.map(|at| at.to_string()).unwrap_or_default();
    format!("{stage}/{}@{at}", action.name)
}
