//! Where an execution comes from: `GetPipelineExecution`, and what its source actions brought.

use serde_json::{Value, json};
use signoff::event::Trigger;
use signoff::ports::{Origin, PipelineRef, PortError, SourceRun};

use super::{NO_EXECUTION, NO_PIPELINE, each, text};
use crate::engine::Engine;

/// How many pages of 100 runs are looked through, as by the adapter.
const PAGES: usize = 10;

/// A source action, and the names of the artifacts that it gave.
struct Source {
    run: SourceRun,
    artifacts: Vec<String>,
}

impl Engine {
    pub(super) async fn origin_of(&self, pipeline: &PipelineRef, execution: &str) -> Result<Option<Origin>, PortError> {
        let input = json!({ "pipelineName": pipeline.name, "pipelineExecutionId": execution });
        let found = match self.codepipeline(pipeline, "GetPipelineExecution", &input).await {
            Ok(found) => found,
            Err(refused) if matches!(refused.code, Some(NO_PIPELINE | NO_EXECUTION)) => return Ok(None),
            Err(refused) => return Err(refused.error),
        };
        let found = &found["pipelineExecution"];
        let trigger = found
            .get("trigger")
            .map(|trigger| Trigger { kind: text(&trigger["triggerType"]), detail: text(&trigger["triggerDetail"]) });
        let rolls_back_to = text(&found["rollbackMetadata"]["rollbackTargetPipelineExecutionId"]);
        let sources = self.sources(pipeline, execution).await?;
        let (sources, artifacts) = with_revisions(sources, &found["artifactRevisions"]);
        Ok(Some(Origin { trigger, sources, artifacts, rolls_back_to }))
    }

    /// Each source action of an execution once, by its latest run.
    async fn sources(&self, pipeline: &PipelineRef, execution: &str) -> Result<Vec<Source>, PortError> {
        let filter = json!({ "pipelineExecutionId": execution });
        let mut input = json!({ "pipelineName": pipeline.name, "filter": filter, "maxResults": 100 });
        let mut sources: Vec<Source> = Vec::new();
        for _ in 0..PAGES {
            let page = self.codepipeline(pipeline, "ListActionExecutions", &input).await;
            let page = page.map_err(|refused| refused.error)?;
            let is_source = |run: &&Value| run["input"]["actionTypeId"]["category"] == "Source";
            for run in each(&page["actionExecutionDetails"]).filter(is_source) {
                let source = source(run);
                if !sources.iter().any(|known| known.run.action == source.run.action) {
                    sources.push(source);
                }
            }
            match page.get("nextToken") {
                Some(next) => input["nextToken"] = next.clone(),
                None => return Ok(sources),
            }
        }
        Err(PortError::Permanent(format!(
            "CodePipeline's ListActionExecutions has more than {PAGES} pages of one execution"
        )))
    }
}

/// Each source action with the revision of its artifact, and the revisions that are of none of them.
fn with_revisions(mut sources: Vec<Source>, revisions: &Value) -> (Vec<SourceRun>, Vec<SourceRun>) {
    let mut artifacts = Vec::new();
    let is_only_one = sources.len() == 1 && each(revisions).count() == 1;
    for revision in each(revisions) {
        let (name, id) = (revision["name"].as_str().unwrap_or_default(), revision["revisionId"].as_str());
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

fn take_revision(run: &mut SourceRun, revision: &Value) {
    let trimmed = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let summary = trimmed(&revision["revisionSummary"]);
    match summary.as_deref().map(serde_json::from_str::<Value>) {
        Some(Ok(said @ Value::Object(_))) => {
            run.provider = trimmed(&said["ProviderType"]).or(run.provider.take());
            run.summary = trimmed(&said["CommitMessage"]).or(run.summary.take());
        }
        _ => run.summary = run.summary.take().or(summary),
    }
    run.revision = trimmed(&revision["revisionId"]).or(run.revision.take());
    run.link = trimmed(&revision["revisionUrl"]).filter(|url| url.starts_with("http")).or(run.link.take());
}

fn source(run: &Value) -> Source {
    let variables = &run["output"]["outputVariables"];
    let variable = |names: &[&str]| names.iter().find_map(|name| text(&variables[*name]));
    Source {
        run: SourceRun {
            action: run["actionName"].as_str().unwrap_or_default().to_owned(),
            provider: run["input"]["actionTypeId"]["provider"].as_str().map(str::to_owned),
            commit: variable(&["CommitId"]),
            revision: variable(&["CommitId", "VersionId", "ImageDigest", "ETag"]),
            summary: variable(&["CommitMessage"]),
            link: variable(&["CommitUrl"]).filter(|url| url.starts_with("http")),
            author: variable(&["AuthorDisplayName", "AuthorId"]),
            author_email: variable(&["AuthorEmail"]),
            repository: variable(&["FullRepositoryName", "RepositoryName", "BucketName"]),
            reference: variable(&["BranchName", "TagName", "ImageTag", "ObjectKey"]),
        },
        artifacts: each(&run["output"]["outputArtifacts"]).filter_map(|artifact| text(&artifact["name"])).collect(),
    }
}
