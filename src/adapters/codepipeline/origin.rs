//! Where an execution comes from: `GetPipelineExecution` has the trigger and the revisions, `ListActionExecutions` what the source
//! actions brought.

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::types::{ActionCategory, ActionExecutionDetail, ActionExecutionFilter, ArtifactRevision};
use serde_json::Value;

use super::port_error;
use crate::event::Trigger;
use crate::ports::{Origin, PortError, SourceRun};

/// How many runs of the execution's actions are looked through: pages of 100, the API's most.
const PAGES: usize = 10;

pub(super) async fn origin(client: &Client, pipeline: &str, execution: &str) -> Result<Option<Origin>, PortError> {
    let get = client.get_pipeline_execution().pipeline_name(pipeline).pipeline_execution_id(execution);
    let found = match get.send().await {
        Ok(found) => found.pipeline_execution,
        Err(SdkError::ServiceError(error))
            if error.err().is_pipeline_not_found_exception()
                || error.err().is_pipeline_execution_not_found_exception() =>
        {
            return Ok(None);
        }
        Err(error) => return Err(port_error("CodePipeline's GetPipelineExecution", &error)),
    };
    let trigger = found.as_ref().and_then(|found| found.trigger()).map(|trigger| Trigger {
        kind: trigger.trigger_type().map(|kind| kind.as_str().to_owned()),
        detail: trigger.trigger_detail().map(str::to_owned),
    });
    let rolls_back_to = found.as_ref().and_then(|found| found.rollback_metadata());
    let rolls_back_to = rolls_back_to.and_then(|rollback| rollback.rollback_target_pipeline_execution_id());
    let sources = sources(client, pipeline, execution).await?;
    let revisions = found.as_ref().map(|found| found.artifact_revisions()).unwrap_or_default();
    let (sources, artifacts) = with_revisions(sources, revisions);
    Ok(Some(Origin { trigger, sources, artifacts, rolls_back_to: rolls_back_to.map(str::to_owned) }))
}

/// A source action, and the names of the artifacts that it gave.
struct Source {
    run: SourceRun,
    artifacts: Vec<String>,
}

/// Each source action with the revision of its artifact, and the revisions that are of none of them.
fn with_revisions(mut sources: Vec<Source>, revisions: &[ArtifactRevision]) -> (Vec<SourceRun>, Vec<SourceRun>) {
    let mut artifacts = Vec::new();
    let is_only_one = sources.len() == 1 && revisions.len() == 1;
    for revision in revisions {
        let (name, id) = (revision.name().unwrap_or_default(), revision.revision_id());
        let is_its = |source: &Source| {
            source.artifacts.iter().any(|artifact| artifact == name)
                || id.is_some() && source.run.revision.as_deref() == id
                || is_only_one
        };
        match sources.iter_mut().find(|source| is_its(source)) {
            Some(source) => take_revision(&mut source.run, revision),
            None => {
                let mut artifact = SourceRun { action: name.to_owned(), ..SourceRun::default() };
                take_revision(&mut artifact, revision);
                artifacts.push(artifact);
            }
        }
    }
    (sources.into_iter().map(|source| source.run).collect(), artifacts)
}

/// Takes what a revision says. Of a connection to GitHub, GitLab or Bitbucket the summary is JSON, of other sources it is text:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ArtifactRevision.html>.
fn take_revision(run: &mut SourceRun, revision: &ArtifactRevision) {
    let text = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let summary = text(revision.revision_summary());
    match summary.as_deref().map(serde_json::from_str::<Value>) {
        Some(Ok(Value::Object(said))) => {
            let said = |key: &str| text(said.get(key).and_then(Value::as_str));
            run.provider = said("ProviderType").or(run.provider.take());
            run.summary = said("CommitMessage").or(run.summary.take());
        }
        _ => run.summary = run.summary.take().or(summary),
    }
    run.revision = text(revision.revision_id()).or(run.revision.take());
    run.link = text(revision.revision_url()).filter(|url| url.starts_with("http")).or(run.link.take());
}

/// Each source action once, by its latest run.
async fn sources(client: &Client, pipeline: &str, execution: &str) -> Result<Vec<Source>, PortError> {
    let filter = ActionExecutionFilter::builder().pipeline_execution_id(execution).build();
    let mut sources: Vec<Source> = Vec::new();
    let mut next = None;
    for _ in 0..PAGES {
        let list = client.list_action_executions().pipeline_name(pipeline).filter(filter.clone()).max_results(100);
        let page = list.set_next_token(next).send().await;
        let page = page.map_err(|error| port_error("CodePipeline's ListActionExecutions", &error))?;
        for run in page.action_execution_details().iter().filter(|run| is_source(run)) {
            let source = source_run(run);
            // Newest first.
            if !sources.iter().any(|known| known.run.action == source.run.action) {
                sources.push(source);
            }
        }
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(sources);
        }
    }
    // A source that was not looked at may have another author.
    Err(PortError::Permanent(format!(
        "CodePipeline's ListActionExecutions has more than {PAGES} pages of one execution"
    )))
}

fn is_source(run: &ActionExecutionDetail) -> bool {
    run.input().and_then(|input| input.action_type_id()).is_some_and(|kind| *kind.category() == ActionCategory::Source)
}

/// The variables are those of the source's provider:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html>.
fn source_run(run: &ActionExecutionDetail) -> Source {
    let variable = |names: &[&str]| {
        let variables = run.output().and_then(|output| output.output_variables())?;
        names.iter().find_map(|name| variables.get(*name).filter(|value| !value.is_empty()).cloned())
    };
    let kind = run.input().and_then(|input| input.action_type_id());
    let artifacts = run.output().map(|output| output.output_artifacts()).unwrap_or_default();
    Source {
        run: SourceRun {
            action: run.action_name().unwrap_or_default().to_owned(),
            provider: kind.map(|kind| kind.provider().to_owned()),
            commit: variable(&["CommitId"]),
            revision: variable(&["CommitId", "VersionId", "ImageDigest", "ETag"]),
            summary: variable(&["CommitMessage"]),
            link: variable(&["CommitUrl"]).filter(|url| url.starts_with("http")),
            author: variable(&["AuthorDisplayName", "AuthorId"]),
            author_email: variable(&["AuthorEmail"]),
            repository: variable(&["FullRepositoryName", "RepositoryName", "BucketName"]),
            reference: variable(&["BranchName", "TagName", "ImageTag", "ObjectKey"]),
        },
        artifacts: artifacts.iter().filter_map(|artifact| artifact.name().map(str::to_owned)).collect(),
    }
}
