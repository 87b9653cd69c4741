//! Where an execution comes from: `GetPipelineExecution`, and what its source actions brought.

use serde_json::{Value, json};
use signoff::adapters::codepipeline::pages;
use signoff::adapters::codepipeline::source::{Revision, Source, source_run, with_revisions};
use signoff::event::Trigger;
use signoff::ports::{Origin, PipelineRef, PortError};

use super::{NO_EXECUTION, NO_PIPELINE, each, text};
use crate::engine::Engine;

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
        let revisions: Vec<Revision<'_>> = each(&found["artifactRevisions"]).map(revision).collect();
        let (sources, artifacts) = with_revisions(sources, &revisions);
        Ok(Some(Origin { trigger, sources, artifacts, rolls_back_to }))
    }

    /// Each source action of an execution once, by its latest run.
    async fn sources(&self, pipeline: &PipelineRef, execution: &str) -> Result<Vec<Source>, PortError> {
        let filter = json!({ "pipelineExecutionId": execution });
        let mut input = json!({ "pipelineName": pipeline.name, "filter": filter, "maxResults": 100 });
        let mut sources: Vec<Source> = Vec::new();
        for _ in 0..pages::OF_SOURCES {
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
        Err(pages::too_many_runs_of_sources())
    }
}

fn source(run: &Value) -> Source {
    let (kind, output) = (&run["input"]["actionTypeId"], &run["output"]);
    let action = run["actionName"].as_str().unwrap_or_default();
    Source {
        run: source_run(action, kind["provider"].as_str(), |name| text(&output["outputVariables"][name])),
        artifacts: each(&output["outputArtifacts"]).filter_map(|artifact| text(&artifact["name"])).collect(),
    }
}

fn revision(revision: &Value) -> Revision<'_> {
    Revision {
        name: revision["name"].as_str().unwrap_or_default(),
        id: revision["revisionId"].as_str(),
        summary: revision["revisionSummary"].as_str(),
        url: revision["revisionUrl"].as_str(),
    }
}
