//! Where an execution comes from: `GetPipelineExecution` has the trigger and the revisions, `ListActionExecutions` what the source
//! actions brought.

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::types::{ActionCategory, ActionExecutionDetail, ActionExecutionFilter, ArtifactRevision};

use super::source::{Revision, Source, source_run, with_revisions};
use super::{pages, port_error};
use crate::event::Trigger;
use crate::ports::{Origin, PortError};

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
    let (sources, artifacts) = with_revisions(sources, &revisions.iter().map(revision).collect::<Vec<_>>());
    Ok(Some(Origin { trigger, sources, artifacts, rolls_back_to: rolls_back_to.map(str::to_owned) }))
}

/// Each source action once, by its latest run.
async fn sources(client: &Client, pipeline: &str, execution: &str) -> Result<Vec<Source>, PortError> {
    let filter = ActionExecutionFilter::builder().pipeline_execution_id(execution).build();
    let mut sources: Vec<Source> = Vec::new();
    let mut next = None;
    for _ in 0..pages::OF_SOURCES {
        let list = client.list_action_executions().pipeline_name(pipeline).filter(filter.clone()).max_results(100);
        let page = list.set_next_token(next).send().await;
        let page = page.map_err(|error| port_error("CodePipeline's ListActionExecutions", &error))?;
        for run in page.action_execution_details().iter().filter(|run| is_source(run)) {
            let source = source(run);
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
    Err(pages::too_many_runs_of_sources())
}

fn is_source(run: &ActionExecutionDetail) -> bool {
    run.input().and_then(|input| input.action_type_id()).is_some_and(|kind| *kind.category() == ActionCategory::Source)
}

fn source(run: &ActionExecutionDetail) -> Source {
    let variables = run.output().and_then(|output| output.output_variables());
    let kind = run.input().and_then(|input| input.action_type_id());
    let artifacts = run.output().map(|output| output.output_artifacts()).unwrap_or_default();
    Source {
        run: source_run(run.action_name().unwrap_or_default(), kind.map(|kind| kind.provider()), |name| {
            variables?.get(name).cloned()
        }),
        artifacts: artifacts.iter().filter_map(|artifact| artifact.name().map(str::to_owned)).collect(),
    }
}

fn revision(revision: &ArtifactRevision) -> Revision<'_> {
    Revision {
        name: revision.name().unwrap_or_default(),
        id: revision.revision_id(),
        summary: revision.revision_summary(),
        url: revision.revision_url(),
    }
}
