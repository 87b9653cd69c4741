//! The roles that are assumed in other accounts.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use signoff::ports::{Clock, PortError};
use signoff::rules::Account;

use super::{Engine, Refused, TRIES};
use crate::scenario::instance::REGION;
use crate::world::sts::Signer;
use crate::world::{Service, World};

/// Credentials are used until so long before they end: the SDK's own margin.
const MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// Temporary credentials.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) access_key: String,
    pub(super) token: String,
    ends: Timestamp,
}

impl Engine {
    /// The credentials of an account's role; `None` for signoff's own.
    pub(super) async fn session(&self, account: Option<&str>) -> Result<Option<Session>, Refused> {
        let own = self.world.lock().unwrap_or_else(PoisonError::into_inner).own_account.clone();
        let Some(other) = account.filter(|account| *account != own) else { return Ok(None) };
        let Some(account) = self.accounts.iter().find(|account| account.id == other) else {
            let said = format!(
                "the account {other} is not signoff's own, {own}, and `accounts` in the rules has no role for it"
            );
            return Err(Refused { code: None, said: String::new(), error: PortError::Permanent(said) });
        };
        let kept = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&account.id).cloned();
        if let Some(kept) = kept.filter(|kept| kept.ends.duration_since(self.now()) > MARGIN) {
            return Ok(Some(kept));
        }
        let session = self.assume(account).await?;
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(account.id.clone(), session.clone());
        Ok(Some(session))
    }

    async fn assume(&self, account: &Account) -> Result<Session, Refused> {
        let mut input = BTreeMap::from([
            ("RoleArn".to_owned(), account.role.clone()),
            ("RoleSessionName".to_owned(), "signoff".to_owned()),
        ]);
        input.extend(account.external_id.clone().map(|external_id| ("ExternalId".to_owned(), external_id)));
        let ask = |world: &mut World| {
            let assumed = world.assume_role_request(Signer::own(REGION), &input)?;
            Ok(json!({ "key": assumed.access_key, "token": assumed.token, "ends": assumed.ends }))
        };
        let asked = json!(input);
        let answer = self.aws(Service::Sts, "AssumeRole", "STS's AssumeRole", &asked, TRIES, ask).await;
        let words =
            |said: &str| format!("the role {} of account {} could not be assumed: {said}", account.role, account.id);
        let answer = answer.map_err(|refused| Refused {
            // Of STS, not of the operation that wants its credentials.
            code: None,
            said: String::new(),
            error: match refused.error {
                PortError::Transient(said) => PortError::Transient(words(&said)),
                PortError::Permanent(said) => PortError::Permanent(words(&said)),
            },
        })?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        // The world writes its times as they are read.
        let ends = text("ends").parse().unwrap_or(Timestamp::MIN);
        Ok(Session { access_key: text("key"), token: text("token"), ends })
    }
}
