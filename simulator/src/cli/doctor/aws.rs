//! Asks DynamoDB and CodePipeline, by calls that only look.

use aws_config::{Region, SdkConfig};
use aws_sdk_codepipeline::types::{ActionCategory, ActionDeclaration};
use aws_sdk_dynamodb::types::{TableDescription, TimeToLiveDescription};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use signoff::adapters::aws_error::port_error;
use signoff::ports::PortError;

use crate::doctor::Refused;
use crate::doctor::pipelines::{Approval, Pipeline};

/// `DescribeTable`.
pub(super) async fn table(config: &SdkConfig, name: &str) -> Result<TableDescription, Box<Refused>> {
    let client = aws_sdk_dynamodb::Client::new(config);
    let told = client.describe_table().table_name(name).send().await;
    let told = told.map_err(|error| refused("DynamoDB's DescribeTable", &error))?;
    told.table.ok_or_else(|| Box::new(Refused::Silent("DynamoDB's DescribeTable said nothing of it".to_owned())))
}

/// `DescribeTimeToLive`.
pub(super) async fn time_to_live(config: &SdkConfig, name: &str) -> Result<TimeToLiveDescription, Refused> {
    let client = aws_sdk_dynamodb::Client::new(config);
    let told = client.describe_time_to_live().table_name(name).send().await;
    let told = told.map_err(|error| refused("DynamoDB's DescribeTimeToLive", &error))?;
    told.time_to_live_description
        .ok_or_else(|| Refused::Silent("DynamoDB's DescribeTimeToLive said nothing of it".to_owned()))
}

/// All pipelines of a region: `ListPipelines`, and `GetPipeline` of each.
pub(super) async fn pipelines(config: &SdkConfig, region: &str) -> Result<Vec<Pipeline>, Refused> {
    let region = Region::new(region.to_owned());
    let config = aws_sdk_codepipeline::config::Builder::from(config).region(region).build();
    let client = aws_sdk_codepipeline::Client::from_conf(config);
    let mut names = Vec::new();
    let mut next = None;
    loop {
        let page = client.list_pipelines().set_next_token(next).send().await;
        let page = page.map_err(|error| refused("CodePipeline's ListPipelines", &error))?;
        names.extend(page.pipelines.unwrap_or_default().into_iter().filter_map(|pipeline| pipeline.name));
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    let mut pipelines = Vec::new();
    for name in names {
        match client.get_pipeline().name(&name).send().await {
            Ok(told) => pipelines.extend(told.pipeline.map(|declared| {
                let arn = told.metadata.and_then(|metadata| metadata.pipeline_arn).unwrap_or_default();
                let account = arn.split(':').nth(4).filter(|account| !account.is_empty()).map(str::to_owned);
                let stages = declared.stages.iter();
                let approvals = stages.flat_map(|stage| {
                    let approvals = stage.actions.iter().filter(|action| is_approval(action));
                    approvals.map(|action| Approval {
                        stage: stage.name.clone(),
                        action: action.name.clone(),
                        topic: topic(action),
                    })
                });
                Pipeline { name, account, approvals: approvals.collect() }
            })),
            // It was deleted since it was listed.
            Err(error) if error.code() == Some("PipelineNotFoundException") => {}
            Err(error) => return Err(refused("CodePipeline's GetPipeline", &error)),
        }
    }
    Ok(pipelines)
}

fn is_approval(action: &ActionDeclaration) -> bool {
    action.action_type_id().is_some_and(|kind| *kind.category() == ActionCategory::Approval)
}

fn topic(action: &ActionDeclaration) -> Option<String> {
    let topic = action.configuration()?.get("NotificationArn")?;
    Some(topic.clone()).filter(|topic| !topic.is_empty())
}

fn refused<E>(call: &str, error: &SdkError<E, HttpResponse>) -> Refused
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match port_error(call, error) {
        // After the first line, the SDK tells of every place where it looked for credentials.
        PortError::Transient(text) => {
            let line = text.lines().next().unwrap_or_default();
            Refused::Silent(line.trim_end_matches(" Attempted:").to_owned())
        }
        PortError::Permanent(text) => Refused::Said { code: error.code().unwrap_or_default().to_owned(), text },
    }
}
