//! The secrets' part of the engine driver: the calls of `signoff::adapters::secrets`.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::adapters::secrets::{filled, picked};
use signoff::ports::{Kept, Secrets, UnreadableSecret};
use signoff::secret::{Secret, SecretPlace};

use super::{Engine, Refused, TRIES};
use crate::scenario::instance::REGION;
use crate::world::sts::Signer;
use crate::world::{Service, World};

impl Engine {
    async fn secret(&self, id: &str, stage: Option<&str>) -> Result<Value, Refused> {
        let mut input = json!({ "SecretId": id });
        if let Some(stage) = stage {
            input["VersionStage"] = stage.into();
        }
        let ask = |world: &mut World| world.secrets_manager_request(Signer::own(REGION), "GetSecretValue", &input);
        let call = "Secrets Manager's GetSecretValue";
        self.aws(Service::SecretsManager, "GetSecretValue", call, &input, TRIES, ask).await
    }
}

#[async_trait]
impl Secrets for Engine {
    async fn read(&self, place: &SecretPlace) -> Result<Kept, UnreadableSecret> {
        match place {
            SecretPlace::Parameter(name) => {
                let input = json!({ "Name": name, "WithDecryption": true });
                let ask = |world: &mut World| world.ssm_request(Signer::own(REGION), "GetParameter", &input);
                let call = "Parameter Store's GetParameter";
                let answer =
                    self.aws(Service::Ssm, "GetParameter", call, &input, TRIES, ask).await.map_err(unreadable)?;
                let value = answer["Parameter"]["Value"].as_str();
                let value = value.ok_or_else(|| UnreadableSecret("came without a value".to_owned()))?;
                Ok(Kept { secret: filled(value)?, since: None })
            }
            SecretPlace::Secret { id, key } => {
                let answer = self.secret(id, None).await.map_err(unreadable)?;
                #[allow(clippy::cast_possible_truncation, reason = "whole seconds of this century")]
                let since = answer["CreatedDate"].as_f64().and_then(|at| Timestamp::from_second(at as i64).ok());
                Ok(Kept { secret: picked(answer["SecretString"].as_str(), key.as_deref())?, since })
            }
        }
    }

    async fn previous(&self, place: &SecretPlace) -> Result<Option<Secret>, UnreadableSecret> {
        let SecretPlace::Secret { id, key } = place else { return Ok(None) };
        match self.secret(id, Some("AWSPREVIOUS")).await {
            Ok(answer) => picked(answer["SecretString"].as_str(), key.as_deref()).map(Some),
            Err(refused) if refused.code == Some("ResourceNotFoundException") => Ok(None),
            Err(refused) => Err(unreadable(refused)),
        }
    }
}

fn unreadable(refused: Refused) -> UnreadableSecret {
    UnreadableSecret(format!("can't be read: {}", refused.error))
}
