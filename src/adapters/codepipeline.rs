//! CodePipeline through the AWS SDK.

mod approval_state;
mod operate;
mod origin;
mod runs;
mod state;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use aws_config::{Region, SdkConfig};
use aws_sdk_codepipeline::Client;
use aws_sdk_codepipeline::types::{ApprovalResult, ApprovalStatus};

use super::aws_error::port_error;
use super::own_account::OwnAccount;
use crate::event::{ApprovalToken, Failure};
use crate::ports::{
    ActionRef, ActionState, Answer, OperateError, Operation, Origin, PipelineRef, PipelineState, Pipelines, PortError,
    PutError,
};

pub use operate::{REFUSALS, revision_type};

/// CodePipeline, in whatever region a pipeline is (W3).
#[derive(Debug)]
pub struct CodePipeline {
    config: SdkConfig,
    own_account: OwnAccount,
    clients: Mutex<BTreeMap<String, Client>>,
}

impl CodePipeline {
    /// Takes the SDK's configuration, whose region is overruled by each pipeline's own.
    pub fn new(config: SdkConfig) -> Self {
        Self { config, own_account: OwnAccount::default(), clients: Mutex::default() }
    }

    /// The same, where the account that it runs in is learnt from invocations.
    #[must_use]
    pub fn within(self, own_account: OwnAccount) -> Self {
        Self { own_account, ..self }
    }

    fn client(&self, pipeline: &PipelineRef) -> Client {
        self.client_of(pipeline.account.as_deref(), &pipeline.region)
    }

    fn client_of(&self, _account: Option<&str>, region: &str) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.to_owned())
            .or_insert_with(|| {
                let config = aws_sdk_codepipeline::config::Builder::from(&self.config)
                    .region(Region::new(region.to_owned()))
                    .build();
                Client::from_conf(config)
            })
            .clone()
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
    ) -> Result<Option<ActionState>, PortError> {
        approval_state::approval_state(&self.client(&action.pipeline), action, token).await
    }

    async fn origin(&self, pipeline: &PipelineRef, execution: &str) -> Result<Option<Origin>, PortError> {
        origin::origin(&self.client(pipeline), &pipeline.name, execution).await
    }

    fn own_account(&self) -> Option<String> {
        self.own_account.get()
    }

    fn own_region(&self) -> String {
        self.config.region().map(ToString::to_string).unwrap_or_default()
    }

    async fn pipelines(&self, account: Option<&str>, region: &str) -> Result<Vec<String>, PortError> {
        state::pipelines(&self.client_of(account, region)).await
    }

    async fn state(&self, pipeline: &PipelineRef) -> Result<Option<PipelineState>, PortError> {
        state::state(&self.client(pipeline), &pipeline.name).await
    }

    async fn succeeded_in(&self, pipeline: &PipelineRef, stage: &str) -> Result<Vec<String>, PortError> {
        state::succeeded_in(&self.client(pipeline), &pipeline.name, stage).await
    }

    async fn operate(&self, pipeline: &PipelineRef, operation: &Operation) -> Result<Option<String>, OperateError> {
        operate::operate(&self.client(pipeline), &pipeline.name, operation).await
    }

    async fn stages(&self, pipeline: &PipelineRef) -> Result<Vec<String>, PortError> {
        runs::stages(&self.client(pipeline), &pipeline.name).await
    }

    async fn failures(&self, pipeline: &PipelineRef, execution: &str) -> Result<Vec<Failure>, PortError> {
        runs::failures(&self.client(pipeline), &pipeline.name, execution).await
    }

    async fn run_in(&self, action: &ActionRef, execution: &str) -> Result<Option<ActionState>, PortError> {
        runs::run_in(&self.client(&action.pipeline), action, execution).await
    }
}
