//! The variables of the message of an execution, and of what is told in its thread.

use jiff::Timestamp;

use super::RuleFacts;
use crate::approval::record::{CastVote, Fate};
use crate::event::{Event, EventKind, Failure, State, Trigger};
use crate::execution::record::{ApprovalEnd, Detail, ExecutionRecord, VotesSoFar, run_key};
use crate::execution::{ActionView, Condition, ExecutionView, StageView};
use crate::facts::{
    ApprovalFacts, Facts, OutcomeFacts, Person, ProgressActionFacts as ActionFacts, ProgressFacts,
    ProgressStageFacts as StageFacts, SourceFacts,
};
use crate::ports::{Origin, SourceRun};

/// The template of an execution's message.
pub const EXECUTION: &str = "execution";
/// The template of what is told in its thread.
pub const DETAIL: &str = "detail";

/// What an approval of a stage and action asks for, in words, as far as the rules tell.
pub type AsksFor<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// The variables of the message of an execution. They say how it stands, whatever event came last.
pub fn execution_facts(
    record: &ExecutionRecord,
    view: &ExecutionView,
    rule: Option<RuleFacts>,
    asks_for: AsksFor<'_>,
) -> Facts {
    let origin = record.origin.as_ref();
    let trigger = view.trigger.clone().or_else(|| origin.and_then(|origin| origin.trigger.clone()));
    let event = Event {
        kind: EventKind::Pipeline(state(view.condition)),
        account: record.account.clone(),
        region: record.region.clone(),
        pipeline: record.pipeline.clone(),
        stage: None,
        action: None,
        execution: Some(record.execution.clone()),
        at: view.ended.or(view.began),
        began: None,
        attempt: None,
        subject: None,
        provider: None,
        trigger: trigger.clone(),
        commit: view.commit.clone(),
        failures: view.failures.clone(),
        stop_comment: view.stop_comment.clone(),
        custom_data: None,
        external_link: None,
        request: None,
    };
    let progress = ProgressFacts {
        status: view.condition.as_str().to_owned(),
        is_over: !view.condition.is_going_on(),
        at_stage: at_stage(view),
        began: view.began.map(Timestamp::as_second),
        took: took(view.began, view.ended),
        attempt: view.attempt,
        started_by: trigger.as_ref().and_then(started_by),
        rolls_back_to: origin.and_then(|origin| origin.rolls_back_to.clone()),
        sources: sources(origin, view),
        stages: view.stages.iter().map(|stage| stage_facts(stage, record, asks_for)).collect(),
    };
    Facts { progress: Some(progress), rule, ..Facts::of_event(&event) }
}

/// The variables of what is told in the thread: those of the execution, and what became of one action.
pub fn detail_facts(record: &ExecutionRecord, view: &ExecutionView, detail: &Detail, rule: RuleFacts) -> Facts {
    let Detail { stage, action, .. } = detail;
    let facts = execution_facts(record, view, Some(rule), &|_, _| None);
    let kind = match (action.is_approval, action.condition) {
        (true, Condition::Succeeded) => EventKind::ApprovalSucceeded,
        (true, _) => EventKind::ApprovalFailed,
        (false, _) => EventKind::Action(State::Failed),
    };
    Facts {
        event: kind.to_string(),
        state: kind.state().to_owned(),
        stage: Some(stage.clone()),
        action: Some(action.name.clone()),
        time: action.ended.map(Timestamp::as_second),
        provider: action.provider.clone(),
        failures: failure(action, view).into_iter().collect(),
        approval: action.is_approval.then(|| approval_facts(stage, action, &record.approvals)),
        ..facts
    }
}

/// Why an action failed: also by what the pipeline's own event says of it.
fn failure(action: &ActionView, view: &ExecutionView) -> Option<Failure> {
    let of_pipeline = view.failures.iter().find(|failure| failure.action.as_ref() == Some(&action.name));
    of_pipeline.cloned().or_else(|| action.failure.clone()).filter(|_| !action.is_approval)
}

/// The nearest that an event says of such a state.
fn state(condition: Condition) -> State {
    match condition {
        Condition::Pending | Condition::Running | Condition::Waiting => State::Started,
        Condition::Stopping => State::Stopping,
        Condition::Succeeded => State::Succeeded,
        Condition::Failed => State::Failed,
        Condition::Stopped => State::Stopped,
        Condition::Superseded => State::Superseded,
        Condition::Canceled => State::Canceled,
        Condition::Abandoned => State::Abandoned,
    }
}

fn at_stage(view: &ExecutionView) -> Option<String> {
    let last = |wanted: &[Condition]| view.stages.iter().rfind(|stage| wanted.contains(&stage.condition));
    let found = match view.condition {
        Condition::Running | Condition::Waiting | Condition::Stopping => {
            last(&[Condition::Running, Condition::Waiting, Condition::Stopping])
        }
        Condition::Succeeded => None,
        _ => last(&[Condition::Failed, Condition::Stopped, Condition::Canceled, Condition::Abandoned]),
    };
    found.map(|stage| stage.name.clone())
}

fn stage_facts(stage: &StageView, record: &ExecutionRecord, asks_for: AsksFor<'_>) -> StageFacts {
    StageFacts {
        name: stage.name.clone(),
        status: stage.condition.as_str().to_owned(),
        began: stage.began.map(Timestamp::as_second),
        took: took(stage.began, stage.ended),
        attempt: stage.attempt,
        actions: stage.actions.iter().map(|action| action_facts(&stage.name, action, record, asks_for)).collect(),
    }
}

fn action_facts(stage: &str, action: &ActionView, record: &ExecutionRecord, asks_for: AsksFor<'_>) -> ActionFacts {
    let end = end_of(stage, action, &record.approvals);
    let votes = record.votes_of(stage, action);
    let failure = action.failure.as_ref().filter(|_| !action.is_approval);
    let waits = action.condition == Condition::Waiting;
    ActionFacts {
        name: action.name.clone(),
        status: status(action, end).to_owned(),
        began: action.began.map(Timestamp::as_second),
        took: took(action.began, action.ended),
        attempt: action.attempt,
        provider: action.provider.clone(),
        is_approval: action.is_approval,
        waits_for: match votes {
            Some(votes) => votes.waits_for.clone(),
            None if waits => asks_for(stage, &action.name),
            None => None,
        },
        votes: votes.map(voters).unwrap_or_default(),
        by: end.and_then(person),
        comment: end.and_then(|end| end.comment.clone()),
        is_override: end.is_some_and(|end| end.is_override),
        reason: failure.and_then(|failure| failure.reason.clone().or_else(|| failure.code.clone())),
        link: failure.and_then(|failure| failure.link.clone()),
    }
}

fn voters(votes: &VotesSoFar) -> Vec<Person> {
    let person = |vote: &CastVote| Person { slack_id: Some(vote.by.clone()), name: vote.name.clone() };
    votes.votes.iter().map(person).collect()
}

fn end_of<'a>(stage: &str, action: &ActionView, ends: &'a [ApprovalEnd]) -> Option<&'a ApprovalEnd> {
    let run = run_key(stage, action);
    ends.iter().find(|end| action.is_approval && end.run == run)
}

fn status(action: &ActionView, end: Option<&ApprovalEnd>) -> &'static str {
    match action.condition {
        Condition::Succeeded if action.is_approval => "approved",
        Condition::Failed if end.is_some_and(|end| end.fate == Fate::Expired) => "expired",
        // Without an answer of CodePipeline's it may also have expired, or be wrongly configured.
        Condition::Failed if end.is_some_and(|end| end.fate == Fate::Rejected) => "rejected",
        condition => condition.as_str(),
    }
}

fn person(end: &ApprovalEnd) -> Option<Person> {
    end.by.clone().map(|name| Person { slack_id: end.slack_id.clone(), name })
}

/// As in the messages of approvals, of which nothing but the outcome is known here.
fn approval_facts(stage: &str, action: &ActionView, ends: &[ApprovalEnd]) -> ApprovalFacts {
    let end = end_of(stage, action, ends);
    let place = if end.is_some_and(|end| end.slack_id.is_some()) { "slack" } else { "elsewhere" };
    let status = match status(action, end) {
        "failed" => "closed",
        status => status,
    };
    ApprovalFacts {
        id: String::new(),
        status: status.to_owned(),
        custom_data: None,
        external_link: None,
        review_link: None,
        expires: None,
        since: None,
        approvers: Vec::new(),
        calls: Vec::new(),
        message_link: None,
        votes: Vec::new(),
        required: 1,
        asks_for: None,
        waits_for: None,
        window: None,
        freeze: None,
        opens: None,
        forbid: None,
        override_by: Vec::new(),
        outcome: Some(OutcomeFacts {
            by: end.and_then(person),
            at: action.ended.map(Timestamp::as_second),
            comment: end.and_then(|end| end.comment.clone()),
            place: place.to_owned(),
            is_override: end.is_some_and(|end| end.is_override),
        }),
    }
}

/// What the execution runs: as CodePipeline tells it, with what events say of the same commit, or as events alone do.
fn sources(origin: Option<&Origin>, view: &ExecutionView) -> Vec<SourceFacts> {
    let told = origin.map(|origin| if origin.sources.is_empty() { &origin.artifacts } else { &origin.sources });
    let mut found: Vec<SourceFacts> = told.into_iter().flatten().map(source_facts).collect();
    found.retain(|source| source.revision.is_some() || source.summary.is_some());
    let Some(commit) = &view.commit else { return found };
    let is_its = |source: &SourceFacts| source.revision.is_some() && source.revision == commit.id;
    match found.iter().position(is_its) {
        Some(at) => {
            let source = &mut found[at];
            let fill =
                |known: &mut Option<String>, told: &Option<String>| *known = known.take().or_else(|| told.clone());
            fill(&mut source.summary, &commit.message);
            fill(&mut source.author, &commit.author);
            fill(&mut source.repository, &commit.repository);
            fill(&mut source.reference, &commit.reference);
        }
        None if found.is_empty() => found.push(SourceFacts {
            action: String::new(),
            provider: None,
            revision: commit.id.clone(),
            summary: commit.message.clone(),
            link: None,
            author: commit.author.clone(),
            repository: commit.repository.clone(),
            reference: commit.reference.clone(),
        }),
        None => {}
    }
    found
}

fn source_facts(source: &SourceRun) -> SourceFacts {
    // An image is known by its digest, which is shown by its first digits as a commit is.
    let revision = source.revision.as_deref().map(|revision| revision.strip_prefix("sha256:").unwrap_or(revision));
    SourceFacts {
        action: source.action.clone(),
        provider: source.provider.clone(),
        revision: revision.map(str::to_owned),
        summary: source.summary.clone(),
        link: source.link.clone(),
        author: source.author.clone(),
        repository: source.repository.clone(),
        reference: source.reference.clone(),
    }
}

/// Who or what started an execution, by CodePipeline's trigger types:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html>.
fn started_by(trigger: &Trigger) -> Option<String> {
    let name =
        trigger.detail.as_deref().and_then(|detail| detail.rsplit(['/', ':']).next()).filter(|name| !name.is_empty());
    let by = |what: &str| Some(name.map_or_else(|| what.to_owned(), |name| format!("by {name}")));
    match trigger.kind.as_deref() {
        Some("StartPipelineExecution" | "PutActionRevision") => by("by hand"),
        Some("CreatePipeline") => Some("by the creation of the pipeline".to_owned()),
        Some("Webhook" | "WebhookV2" | "PollForSourceChanges") => Some("by a change".to_owned()),
        Some("CloudWatchEvent") => Some(match name {
            Some(name) => format!("by the EventBridge rule {name}"),
            None => "by an EventBridge rule".to_owned(),
        }),
        Some("ManualRollback") => Some(match name {
            Some(name) => format!("as a rollback by {name}"),
            None => "as a rollback by hand".to_owned(),
        }),
        Some("AutomatedRollback") => Some("as an automatic rollback".to_owned()),
        Some(kind) => Some(format!("by {kind}")),
        None => name.map(|name| format!("by {name}")),
    }
}

/// Seconds from one time to another.
fn took(began: Option<Timestamp>, ended: Option<Timestamp>) -> Option<i64> {
    Some(ended?.duration_since(began?).as_secs().max(0))
}
