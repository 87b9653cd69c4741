//! CodePipeline through the AWS SDK.

mod approval_state;
mod clients;
mod operate;
mod origin;
pub mod pages;
mod runs;
pub mod source;
mod state;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{ApprovalResult, ApprovalStatus};

use super::aws_error::port_error;
use super::own_account::OwnAccount;
use crate::event::{ApprovalToken, Failure};
use crate::ports::{
    ActionRef, ActionState, Answer, OperateError, Operation, Origin, PipelineRef, PipelineState, Pipelines, PortError,
    PutError,
};
use crate::rules::Account;
use clients::Clients;

pub use operate::{REFUSALS, revision_type};

/// CodePipeline, in whatever account and region a pipeline is (W3).
#[derive(Debug)]
pub struct CodePipeline {
    clients: Clients,
}

impl CodePipeline {
    /// Takes the SDK's configuration, whose region is overruled by each pipeline's own. Its credentials are those of signoff's own
    /// account, and of no other.
    pub fn new(config: SdkConfig) -> Self {
        Self::across(config, OwnAccount::default(), Vec::new())
    }

    /// The same for several accounts: the own one is learnt from invocations, and in each of `accounts` a role is assumed.
    pub fn across(config: SdkConfig, own_account: OwnAccount, accounts: Vec<Account>) -> Self {
        Self { clients: Clients::new(config, own_account, accounts) }
    }

    async fn client(&self, pipeline: &PipelineRef) -> Result<Client, PortError> {
        self.clients.of(pipeline.account.as_deref(), &pipeline.region).await
    }
}

#[async_trait]
impl Pipelines for CodePipeline {
    async fn put_approval_result(&self, answer: &Answer) -> Result<(), PutError> {
        let ActionRef { pipeline, stage, action } = &answer.action;
        let status = if answer.approved { ApprovalStatus::Approved } else { ApprovalStatus::Rejected };
        let result = ApprovalResult::builder().status(status).summary(&answer.summary).build();
        let result = result.map_err(|error| PortError::Permanent(error.to_string()))?;
        let call = "CodePipeline's PutApprovalResult";
        let sent = self
            .client(pipeline)
            .await?
            .put_approval_result()
            .pipeline_name(&pipeline.name)
            .stage_name(stage)
            .action_name(action)
            .token(answer.token.expose())
            .result(result)
            .send()
            .await;
        let Err(error) = sent else { return Ok(()) };
        let over = error.as_service_error().is_some_and(|error| {
            error.is_approval_already_completed_exception()
                || error.is_invalid_approval_token_exception()
                || error.is_pipeline_not_found_exception()
                || error.is_stage_not_found_exception()
                || error.is_action_not_found_exception()
        });
        let error = port_error(call, &error);
        Err(if over { PutError::Over(error.to_string()) } else { PutError::Failed(error) })
    }

    async fn approval_state(
        &self,
        action: &ActionRef,
        token: &ApprovalToken,
        execution: Option<&str>,
    ) -> Result<Option<ActionState>, PortError> {
        approval_state::approval_state(&self.client(&action.pipeline).await?, action, token, execution).await
    }

    async fn origin(&self, pipeline: &PipelineRef, execution: &str) -> Result<Option<Origin>, PortError> {
        origin::origin(&self.client(pipeline).await?, &pipeline.name, execution).await
    }

    fn own_account(&self) -> Option<String> {
        self.clients.own_account()
    }

    fn own_region(&self) -> String {
        self.clients.own_region()
    }

    async fn pipelines(&self, account: Option<&str>, region: &str) -> Result<Vec<String>, PortError> {
        state::pipelines(&self.clients.of(account, region).await?).await
    }

    async fn state(&self, pipeline: &PipelineRef) -> Result<Option<PipelineState>, PortError> {
        state::state(&self.client(pipeline).await?, &pipeline.name).await
    }

    async fn succeeded_in(&self, pipeline: &PipelineRef, stage: &str) -> Result<Vec<String>, PortError> {
        state::succeeded_in(&self.client(pipeline).await?, &pipeline.name, stage).await
    }

    async fn operate(&self, pipeline: &PipelineRef, operation: &Operation) -> Result<Option<String>, OperateError> {
        operate::operate(&self.client(pipeline).await?, &pipeline.name, operation).await
    }

    async fn stages(&self, pipeline: &PipelineRef) -> Result<Vec<String>, PortError> {
        runs::stages(&self.client(pipeline).await?, &pipeline.name).await
    }

    async fn failures(&self, pipeline: &PipelineRef, execution: &str) -> Result<Vec<Failure>, PortError> {
        runs::failures(&self.client(pipeline).await?, &pipeline.name, execution).await
    }

    async fn run_in(&self, action: &ActionRef, execution: &str) -> Result<Option<ActionState>, PortError> {
        runs::run_in(&self.client(&action.pipeline).await?, action, execution).await
    }
}
