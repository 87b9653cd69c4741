//! Secrets in AWS: Systems Manager's Parameter Store, and Secrets Manager.

use std::sync::OnceLock;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::operation::get_secret_value::{GetSecretValueError, GetSecretValueOutput};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;
use serde_json::Value;

use super::aws_error::port_error;
use crate::ports::{Kept, Secrets, UnreadableSecret};
use crate::secret::{Secret, SecretPlace};

/// The stage of the version before the current one:
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version>.
const PREVIOUS: &str = "AWSPREVIOUS";

/// Both services; the client of each is made when a place first asks for it.
#[derive(Debug)]
pub struct AwsSecrets {
    config: SdkConfig,
    parameters: OnceLock<aws_sdk_ssm::Client>,
    secrets: OnceLock<aws_sdk_secretsmanager::Client>,
}

impl AwsSecrets {
    /// Takes the SDK's configuration, whose region is the one where secrets are.
    pub fn new(config: SdkConfig) -> Self {
        Self { config, parameters: OnceLock::new(), secrets: OnceLock::new() }
    }

    async fn parameter(&self, name: &str) -> Result<String, UnreadableSecret> {
        let client = self.parameters.get_or_init(|| aws_sdk_ssm::Client::new(&self.config));
        let sent = client.get_parameter().name(name).with_decryption(true).send().await;
        let answer = sent.map_err(|error| {
            let help = match error.code() {
                Some("ParameterNotFound") => "create it in the region of the function, or correct its name",
                Some("ParameterVersionNotFound") => "correct the version or label after `:`",
                Some("ValidationException") => "correct its name",
                Some("InvalidKeyId") => "see that the key it is encrypted with is there and enabled",
                Some("AccessDeniedException") => {
                    "allow the function `ssm:GetParameter` on it, and `kms:Decrypt` where it has a key of its own"
                }
                _ => PASSING,
            };
            unreadable("Parameter Store's GetParameter", &error, help)
        })?;
        let value = answer.parameter.and_then(|parameter| parameter.value);
        value.ok_or_else(|| UnreadableSecret("came without a value".to_owned()))
    }

    async fn secret(
        &self,
        id: &str,
        stage: Option<&str>,
    ) -> Result<GetSecretValueOutput, SdkError<GetSecretValueError, HttpResponse>> {
        let client = self.secrets.get_or_init(|| aws_sdk_secretsmanager::Client::new(&self.config));
        client.get_secret_value().secret_id(id).set_version_stage(stage.map(str::to_owned)).send().await
    }
}

#[async_trait]
impl Secrets for AwsSecrets {
    async fn read(&self, place: &SecretPlace) -> Result<Kept, UnreadableSecret> {
        match place {
            SecretPlace::Parameter(name) => Ok(Kept { secret: filled(&self.parameter(name).await?)?, since: None }),
            SecretPlace::Secret { id, key } => {
                let answer = self.secret(id, None).await.map_err(|error| of_secrets_manager(&error))?;
                let since = answer.created_date().and_then(|at| Timestamp::from_second(at.secs()).ok());
                Ok(Kept { secret: picked(answer.secret_string(), key.as_deref())?, since })
            }
        }
    }

    async fn previous(&self, place: &SecretPlace) -> Result<Option<Secret>, UnreadableSecret> {
        let SecretPlace::Secret { id, key } = place else { return Ok(None) };
        match self.secret(id, Some(PREVIOUS)).await {
            Ok(answer) => picked(answer.secret_string(), key.as_deref()).map(Some),
            // It has never been rotated, or the stage was taken away.
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(of_secrets_manager(&error)),
        }
    }
}

const PASSING: &str = "it may work when it is tried again";

fn of_secrets_manager(error: &SdkError<GetSecretValueError, HttpResponse>) -> UnreadableSecret {
    let help = match error.code() {
        Some("ResourceNotFoundException") => {
            "create it in the region of the function and give it a value, or correct its name"
        }
        Some("ValidationException" | "InvalidParameterException") => "correct its name",
        Some("InvalidRequestException") => "see that it is not marked for deletion",
        Some("DecryptionFailure") => "see that the key it is encrypted with is there and enabled",
        Some("AccessDeniedException") => {
            "allow the function `secretsmanager:GetSecretValue` on it, and `kms:Decrypt` where it has a key of its own"
        }
        _ => PASSING,
    };
    unreadable("Secrets Manager's GetSecretValue", error, help)
}

fn unreadable<E>(call: &str, error: &SdkError<E, HttpResponse>, help: &str) -> UnreadableSecret
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let said = port_error(call, error).to_string();
    UnreadableSecret(format!("can't be read: {}: {help}", said.trim_end_matches('.')))
}

/// The text of a secret, or of one of its keys; `None` where it holds bytes.
pub fn picked(text: Option<&str>, key: Option<&str>) -> Result<Secret, UnreadableSecret> {
    let wrong = |problem: String| Err(UnreadableSecret(problem));
    let Some(text) = text else {
        return wrong("holds bytes, not text: store it as text".to_owned());
    };
    let object = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    };
    match (key, object) {
        (None, None) => filled(text),
        (None, Some(object)) => {
            let key = object.keys().next().map_or("key", String::as_str);
            wrong(format!("holds a JSON object: name the key that is meant, as in `secretsmanager:name#{key}`"))
        }
        (Some(_), None) => wrong("is in no JSON object: store one, or leave `#` and the key away".to_owned()),
        (Some(key), Some(object)) => match object.get(key) {
            Some(Value::String(text)) => filled(text),
            Some(_) => wrong("is no text: store it as a JSON string".to_owned()),
            None => wrong("is not there: correct the key after `#`".to_owned()),
        },
    }
}

/// Without what a file or a terminal puts around it.
pub fn filled(text: &str) -> Result<Secret, UnreadableSecret> {
    match text.trim() {
        "" => Err(UnreadableSecret("is empty: store the secret in it".to_owned())),
        text => Ok(Secret::new(text)),
    }
}
