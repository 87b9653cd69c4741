//! What a source action brought, put together of what two operations tell. Pure.

use serde_json::Value;

use crate::ports::SourceRun;

/// A source action, and the names of the artifacts that it gave.
#[derive(Debug)]
pub struct Source {
    /// The action's latest run.
    pub run: SourceRun,
    /// The artifacts.
    pub artifacts: Vec<String>,
}

/// A revision of an artifact, as `GetPipelineExecution` tells it:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ArtifactRevision.html>.
#[derive(Debug, Clone, Copy)]
pub struct Revision<'a> {
    /// The artifact.
    pub name: &'a str,
    /// The revision's id, such as a commit's.
    pub id: Option<&'a str>,
    /// What it is about. Of a connection to GitHub, GitLab or Bitbucket it is JSON, of other sources it is text.
    pub summary: Option<&'a str>,
    /// Where to see it.
    pub url: Option<&'a str>,
}

/// A source action's run, by its output variables, which are those of its provider:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html>.
pub fn source_run(action: &str, provider: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> SourceRun {
    let variable = |names: &[&str]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    SourceRun {
        action: action.to_owned(),
        provider: provider.map(str::to_owned),
        commit: variable(&["CommitId"]),
        revision: variable(&["CommitId", "VersionId", "ImageDigest", "ETag"]),
        summary: variable(&["CommitMessage"]),
        link: variable(&["CommitUrl"]).filter(|url| url.starts_with("http")),
        author: variable(&["AuthorDisplayName", "AuthorId"]),
        author_email: variable(&["AuthorEmail"]),
        repository: variable(&["FullRepositoryName", "RepositoryName", "BucketName"]),
        reference: variable(&["BranchName", "TagName", "ImageTag", "ObjectKey"]),
    }
}

/// Each source action with the revision of its artifact, and the revisions that are of none of them.
pub fn with_revisions(mut sources: Vec<Source>, revisions: &[Revision<'_>]) -> (Vec<SourceRun>, Vec<SourceRun>) {
    let mut artifacts = Vec::new();
    let is_only_one = sources.len() == 1 && revisions.len() == 1;
    for revision in revisions {
        let is_its = |source: &Source| {
            source.artifacts.iter().any(|artifact| artifact == revision.name)
                || revision.id.is_some() && source.run.revision.as_deref() == revision.id
                || is_only_one
        };
        match sources.iter_mut().find(|source| is_its(source)) {
            Some(source) => take_revision(&mut source.run, revision),
            None => {
                let mut artifact = SourceRun { action: revision.name.to_owned(), ..SourceRun::default() };
                take_revision(&mut artifact, revision);
                artifacts.push(artifact);
            }
        }
    }
    (sources.into_iter().map(|source| source.run).collect(), artifacts)
}

fn take_revision(run: &mut SourceRun, revision: &Revision<'_>) {
    let text = |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let summary = text(revision.summary);
    match summary.as_deref().map(serde_json::from_str::<Value>) {
        Some(Ok(Value::Object(said))) => {
            let said = |key: &str| text(said.get(key).and_then(Value::as_str));
            run.provider = said("ProviderType").or(run.provider.take());
            run.summary = said("CommitMessage").or(run.summary.take());
        }
        _ => run.summary = run.summary.take().or(summary),
    }
    run.revision = text(revision.id).or(run.revision.take());
    run.link = text(revision.url).filter(|url| url.starts_with("http")).or(run.link.take());
}
