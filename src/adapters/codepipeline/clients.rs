//! A client for each account and region, made when it is first needed: with signoff's own credentials, or with those of the role
//! that it assumes in another account.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_codepipeline::config::{Builder, IdentityCache, SharedIdentityCache};
use aws_sdk_codepipeline::{Client, Config};

use crate::adapters::own_account::OwnAccount;
use crate::adapters::role;
use crate::ports::PortError;
use crate::rules::Account;

/// How long it may take to get credentials, with the SDK's own retries.
const PATIENCE: Duration = Duration::from_secs(20);

/// The clients, and what they are made of.
#[derive(Debug)]
pub(super) struct Clients {
    config: SdkConfig,
    own_account: OwnAccount,
    accounts: Vec<Account>,
    /// Credentials of roles are kept until shortly before they expire, for all regions of an account together.
    identities: SharedIdentityCache,
    roles: Mutex<BTreeMap<String, Config>>,
    clients: Mutex<BTreeMap<(Option<String>, String), Client>>,
}

impl Clients {
    pub(super) fn new(config: SdkConfig, own_account: OwnAccount, accounts: Vec<Account>) -> Self {
        let identities = IdentityCache::lazy().load_timeout(PATIENCE).build();
        let (roles, clients) = (Mutex::default(), Mutex::default());
        Self { config, own_account, accounts, identities, roles, clients }
    }

    pub(super) fn own_region(&self) -> String {
        self.config.region().map(ToString::to_string).unwrap_or_default()
    }

    pub(super) fn own_account(&self) -> Option<String> {
        self.own_account.get()
    }

    /// The client for the pipelines of an account in a region. An account that is neither signoff's own nor has a role is
    /// refused: with signoff's own credentials another pipeline of the same name would answer.
    pub(super) async fn of(&self, account: Option<&str>, region: &str) -> Result<Client, PortError> {
        let own = self.own_account();
        let other = account.filter(|account| own.as_deref() != Some(account));
        let key = (other.map(str::to_owned), region.to_owned());
        if let Some(client) = lock(&self.clients).get(&key) {
            return Ok(client.clone());
        }
        let builder = match other {
            None => Builder::from(&self.config),
            Some(other) => match self.accounts.iter().find(|account| account.id == other) {
                Some(account) => self.role(account).await.to_builder(),
                None => return Err(no_role(other, own.as_deref())),
            },
        };
        let builder = builder.region(Region::new(region.to_owned()));
        let client = Client::from_conf(builder.build());
        Ok(lock(&self.clients).entry(key).or_insert(client).clone())
    }

    /// The configuration with an account's role. That of each region is made from it: so they have one identity between them.
    async fn role(&self, account: &Account) -> Config {
        if let Some(config) = lock(&self.roles).get(&account.id) {
            return config.clone();
        }
        let role = role::assumed(&self.config, account).await;
        let config =
            Builder::from(&self.config).credentials_provider(role).identity_cache(self.identities.clone()).build();
        lock(&self.roles).entry(account.id.clone()).or_insert(config).clone()
    }
}

fn no_role(account: &str, own: Option<&str>) -> PortError {
    let whose = match own {
        Some(own) => format!("the account {account} is not signoff's own, {own}"),
        None => format!("whether the account {account} is signoff's own is not known"),
    };
    PortError::Permanent(format!("{whose}, and `accounts` in the rules has no role for it"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
