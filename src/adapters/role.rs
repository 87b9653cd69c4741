//! The role that is assumed in another account (`AssumeRole` of STS).

use std::error::Error;

use aws_config::SdkConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::aws_error::{NoCredentials, port_error};
use crate::ports::PortError;
use crate::rules::Account;

/// The name of the sessions, in the other account's CloudTrail: `assumed-role/ROLE/signoff`.
const SESSION: &str = "signoff";

/// The credentials of an account's role. STS is asked by the SDK's HTTP client and retries, in the configuration's region.
pub async fn assumed(config: &SdkConfig, account: &Account) -> SharedCredentialsProvider {
    // The provider takes it for granted.
    let time = config.time_source().unwrap_or_default();
    let config = config.to_builder().time_source(time).build();
    let mut builder = AssumeRoleProvider::builder(&account.role).configure(&config).session_name(SESSION);
    if let Some(external_id) = &account.external_id {
        builder = builder.external_id(external_id);
    }
    let inner = builder.build().await;
    SharedCredentialsProvider::new(Role { inner, role: account.role.clone(), account: account.id.clone() })
}

/// Tries whether the role can be assumed.
///
/// # Errors
///
/// Why it can't: what STS answered, with the role and the account.
pub async fn try_to_assume(config: &SdkConfig, account: &Account) -> Result<SharedCredentialsProvider, PortError> {
    let role = assumed(config, account).await;
    match role.provide_credentials().await {
        Ok(_) => Ok(role),
        Err(error) => {
            let told = error.source().and_then(|source| source.downcast_ref::<NoCredentials>());
            Err(told.map_or_else(|| PortError::Transient(error.to_string()), |told| told.0.clone()))
        }
    }
}

/// A role that is assumed.
#[derive(Debug)]
struct Role {
    inner: AssumeRoleProvider,
    role: String,
    account: String,
}

impl Role {
    /// What went wrong, in words that name the role and the account. The credentials are in none of it.
    fn refused(&self, error: &CredentialsError) -> NoCredentials {
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(found) = cause {
            if let Some(refused) = found.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>() {
                return NoCredentials(match port_error("STS's AssumeRole", refused) {
                    PortError::Transient(said) => PortError::Transient(self.words(&said)),
                    PortError::Permanent(said) => PortError::Permanent(self.words(&said)),
                });
            }
            cause = found.source();
        }
        // Nothing was said by STS: the clock, or credentials of one's own.
        NoCredentials(PortError::Transient(self.words("signoff's own credentials could not be used")))
    }

    fn words(&self, said: &str) -> String {
        format!("the role {} of account {} could not be assumed: {said}", self.role, self.account)
    }
}

impl ProvideCredentials for Role {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let given: provider::Result = self.inner.provide_credentials().await;
            given.map_err(|error| CredentialsError::provider_error(self.refused(&error)))
        })
    }
}
