//! Where an execution comes from: `GetPipelineExecution` has the trigger, `ListActionExecutions` what the source actions brought.

use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::types::{ActionCategory, ActionExecutionDetail, ActionExecutionFilter};

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
    Ok(Some(Origin { trigger, sources: sources(client, pipeline, execution).await? }))
}

/// Each source action once, by its latest run.
async fn sources(client: &Client, pipeline: &str, execution: &str) -> Result<Vec<SourceRun>, PortError> {
    let filter = ActionExecutionFilter::builder().pipeline_execution_id(execution).build();
    let mut sources: Vec<SourceRun> = Vec::new();
    let mut next = None;
    for _ in 0..PAGES {
        let list = client.list_action_executions().pipeline_name(pipeline).filter(filter.clone()).max_results(100);
        let page = list.set_next_token(next).send().await;
        let page = page.map_err(|error| port_error("CodePipeline's ListActionExecutions", &error))?;
        for run in page.action_execution_details().iter().filter(|run| is_source(run)) {
            let source = source_run(run);
            // Newest first.
            if !sources.iter().any(|known| known.action == source.action) {
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
fn source_run(run: &ActionExecutionDetail) -> SourceRun {
    let variable = |name: &str| {
        let variables = run.output().and_then(|output| output.output_variables())?;
        variables.get(name).filter(|value| !value.is_empty()).cloned()
    };
    SourceRun {
        action: run.action_name().unwrap_or_default().to_owned(),
        commit: variable("CommitId"),
        author_email: variable("AuthorEmail"),
    }
}
