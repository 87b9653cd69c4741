//! `progress.…` in a template: how far an execution has come.

use serde::Serialize;

use super::Person;

/// How an execution stands, in messages of rules with `thread: execution`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProgressFacts {
    /// `running`, `waiting` (for an approval), `stopping`, `succeeded`, `failed`, `stopped`, `superseded` or `canceled`.
    pub status: String,
    /// Whether nothing happens any more by itself.
    pub is_over: bool,
    /// The stage that it is at: the one that runs or waits, else the one that failed or was stopped.
    pub at_stage: Option<String>,
    /// When it began, in seconds since 1970.
    pub began: Option<i64>,
    /// How many seconds it took, once it is over.
    pub took: Option<i64>,
    /// 1, and one more each time a stage was retried.
    pub attempt: u32,
    /// Who or what started it, as the end of a sentence: `by jane.doe`, `by a change`.
    pub started_by: Option<String>,
    /// The execution to whose revisions it rolls a stage back.
    pub rolls_back_to: Option<String>,
    /// What it runs, one a source action.
    pub sources: Vec<SourceFacts>,
    /// Its stages, in the pipeline's order.
    pub stages: Vec<StageFacts>,
}

/// One of `progress.sources`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceFacts {
    /// The source action.
    pub action: String,
    /// Where it took it from: `GitHub`, `Bitbucket`, `GitLab`, or the action's provider, such as `CodeCommit`, `S3` or `ECR`.
    pub provider: Option<String>,
    /// The commit id, the version of the object, the digest of the image.
    pub revision: Option<String>,
    /// The commit message, or what the source says instead.
    pub summary: Option<String>,
    /// Where to look at it.
    pub link: Option<String>,
    /// The commit's author.
    pub author: Option<String>,
    /// The repository or bucket.
    pub repository: Option<String>,
    /// The branch, tag or key.
    pub reference: Option<String>,
}

/// One of `progress.stages`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageFacts {
    /// The stage's name.
    pub name: String,
    /// `pending`, `running`, `waiting`, `stopping`, `succeeded`, `failed`, `stopped`, `canceled` or `abandoned`.
    pub status: String,
    /// When its latest run began, in seconds since 1970.
    pub began: Option<i64>,
    /// How many seconds that took, once it is over.
    pub took: Option<i64>,
    /// How often it was begun.
    pub attempt: u32,
    /// Its actions, in the order in which they began.
    pub actions: Vec<ActionFacts>,
}

/// One of `progress.stages.….actions`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionFacts {
    /// The action's name.
    pub name: String,
    /// As a stage's; of an approval also `approved`, `rejected` and `expired`.
    pub status: String,
    /// When its latest run began, in seconds since 1970.
    pub began: Option<i64>,
    /// How many seconds that took, once it is over.
    pub took: Option<i64>,
    /// How often it was begun.
    pub attempt: u32,
    /// The action type's provider, such as `CodeBuild`.
    pub provider: Option<String>,
    /// Whether it asks for an approval.
    pub is_approval: bool,
    /// What an approval that waits asks for, in words: `2 of release-managers`; once somebody has approved, what of it is open.
    pub waits_for: Option<String>,
    /// Who has approved so far, where an approval waits for more.
    pub votes: Vec<Person>,
    /// Who answered an approval.
    pub by: Option<Person>,
    /// What they said.
    pub comment: Option<String>,
    /// Whether one person decided alone by the rule's `override`.
    pub is_override: bool,
    /// Why it failed.
    pub reason: Option<String>,
    /// Where to look at it: a build's log, a deployment.
    pub link: Option<String>,
}
