//! Secrets are fetched once, at the start, and kept in memory only. What Slack signs with is fetched again when a signature does
//! not fit, so that it can be rotated without a new start.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::ports::{Clock, Secrets, UnreadableSecret, within};
use crate::secret::{Secret, SecretPlace, SecretSetting};
use crate::slack::signature::{Refused, verify};

/// Anybody can send what is not Slack's. They can't make us ask for secrets more often than this.
const ASK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// How long a request waits for the secrets. Slack waits 3 seconds, of which the click may take two.
const ASK_FOR: SignedDuration = SignedDuration::from_millis(800);

/// How long the version before a rotation is accepted: the secret may have been rotated because others know it.
const ACCEPT_PREVIOUS: SignedDuration = SignedDuration::from_hours(1);

/// Why a secret that a setting names is not had. Names the setting and the place, never a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{setting}` names {place}, which {problem}")]
pub struct SecretError {
    /// The setting.
    pub setting: &'static str,
    /// What it names.
    pub place: SecretPlace,
    /// Why that can't be had, and what to do.
    pub problem: UnreadableSecret,
}

/// The secret that a setting holds or names.
pub async fn fetch(
    (setting, held): &(&'static str, SecretSetting),
    store: &dyn Secrets,
) -> Result<Secret, SecretError> {
    match held {
        SecretSetting::Value(secret) => Ok(secret.clone()),
        SecretSetting::Place(place) => match store.read(place).await {
            Ok(kept) => Ok(kept.secret),
            Err(problem) => Err(SecretError { setting, place: place.clone(), problem }),
        },
    }
}

/// What Slack signs with.
#[derive(Clone)]
pub struct SigningSecrets(Arc<Inner>);

struct Inner {
    settings: Vec<(&'static str, SecretSetting)>,
    store: Option<(Arc<dyn Secrets>, Arc<dyn Clock>)>,
    memory: Mutex<Memory>,
}

/// What is in memory.
#[derive(Default)]
struct Memory {
    accepted: Arc<[Accepted]>,
    asked_again_at: Option<Timestamp>,
}

/// A secret that is accepted.
struct Accepted {
    secret: Secret,
    /// Until when.
    until: Option<Timestamp>,
}

impl SigningSecrets {
    /// Secrets that never change.
    pub fn fixed(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let accepted = secrets.into_iter().map(|secret| Accepted { secret, until: None }).collect();
        let memory = Mutex::new(Memory { accepted, asked_again_at: None });
        Self(Arc::new(Inner { settings: Vec::new(), store: None, memory }))
    }

    /// The secrets that these settings hold or name.
    pub async fn fetch(
        settings: Vec<(&'static str, SecretSetting)>,
        store: Arc<dyn Secrets>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SecretError> {
        let accepted = accepted(&settings, store.as_ref(), clock.now()).await?;
        let store = settings.iter().any(|(_, setting)| setting.is_place()).then_some((store, clock));
        let memory = Mutex::new(Memory { accepted, asked_again_at: None });
        Ok(Self(Arc::new(Inner { settings, store, memory })))
    }

    /// The secret in force, for what only signoff may be able to make.
    pub fn current(&self) -> Option<Secret> {
        self.memory().accepted.first().map(|accepted| accepted.secret.clone())
    }

    /// Checks that Slack signed this body: see [`verify`]. Where the secrets come from a store and none of them made the
    /// signature, they are fetched anew, at most once a minute, and it is checked again.
    pub async fn verify(
        &self,
        timestamp: Option<&str>,
        signature: Option<&str>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), Refused> {
        let fits = |accepted: &[Accepted]| {
            let lives = |accepted: &&Accepted| accepted.until.is_none_or(|until| now < until);
            let secrets: Vec<Secret> = accepted.iter().filter(lives).map(|accepted| accepted.secret.clone()).collect();
            verify(&secrets, timestamp, signature, body, now)
        };
        let known = Arc::clone(&self.memory().accepted);
        match fits(&known) {
            Err(Refused::Mismatch) => {}
            told => return told,
        }
        match self.ask_again(now).await {
            Some(accepted) => fits(&accepted),
            None => Err(Refused::Mismatch),
        }
    }

    /// `None` when there is nobody to ask, when somebody was asked less than a minute ago, or when there is no answer.
    async fn ask_again(&self, now: Timestamp) -> Option<Arc<[Accepted]>> {
        let (store, clock) = self.0.store.as_ref()?;
        {
            let mut memory = self.memory();
            if memory.asked_again_at.is_some_and(|at| now.duration_since(at) < ASK_AGAIN_AFTER) {
                return None;
            }
            memory.asked_again_at = Some(now);
        }
        match within(clock.as_ref(), ASK_FOR, accepted(&self.0.settings, store.as_ref(), now)).await {
            Some(Ok(accepted)) => {
                self.memory().accepted = Arc::clone(&accepted);
                Some(accepted)
            }
            Some(Err(error)) => {
                tracing::error!(%error, "the signing secrets could not be fetched anew; those in memory stay");
                None
            }
            None => {
                tracing::error!("the signing secrets did not come in time; those in memory stay");
                None
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SigningSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecrets(…)")
    }
}

/// Every secret that these settings stand for. One that was rotated lately is accepted as it was before, too.
async fn accepted(
    settings: &[(&'static str, SecretSetting)],
    store: &dyn Secrets,
    now: Timestamp,
) -> Result<Arc<[Accepted]>, SecretError> {
    let mut accepted = Vec::new();
    for (setting, held) in settings {
        let place = match held {
            SecretSetting::Value(secret) => {
                accepted.push(Accepted { secret: secret.clone(), until: None });
                continue;
            }
            SecretSetting::Place(place) => place,
        };
        let unreadable = |problem| SecretError { setting, place: place.clone(), problem };
        let kept = store.read(place).await.map_err(unreadable)?;
        accepted.push(Accepted { secret: kept.secret, until: None });
        let until = kept.since.and_then(|since| since.checked_add(ACCEPT_PREVIOUS).ok());
        let Some(until) = until.filter(|until| now < *until) else { continue };
        match store.previous(place).await {
            Ok(Some(secret)) => accepted.push(Accepted { secret, until: Some(until) }),
            Ok(None) => {}
            // What Slack signs with now is known, and is enough.
            Err(problem) => {
                let error = unreadable(problem);
                tracing::warn!(%error, "the secret from before the rotation is not accepted");
            }
        }
    }
    Ok(accepted.into())
}
