//! The engine driver: signoff's ports right on the world, without HTTP and the adapters that speak it.
//!
//! Each call is the one that the adapters would make, with the same JSON, so that the fakes check it as they check theirs. What the
//! adapters do about faults is done here, too: passing ones are tried again, as often as by the AWS SDK and by signoff's Slack adapter.

mod codepipeline;
mod dynamodb;
mod secrets;
mod slack;
mod sts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signoff::app::{App, Groups, Late, Others, SigningSecrets};
use signoff::approval::audit::AuditSettings;
use signoff::logbook::Logbook;
use signoff::ports::{Clock, PortError};
use signoff::rules::{Account, RuleSet};
use signoff::secret::Secret;
use signoff::template::Templates;
use tokio::sync::oneshot;

use crate::scenario::instance::BOT_TOKEN;
use crate::world::slack::Arguments;
use crate::world::{AwsError, Service, Shared, SlackFailure, Wire, World};

/// How often a call is tried, the first time included: `signoff::adapters::aws::retry`, and of Slack's adapter.
const TRIES: u32 = 4;

/// What happens around each call of an instance, for whoever decides when it may be made.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Waits until the call may be made.
    async fn before(&self, service: Service, operation: &str);

    /// The call was answered; whether that reaches the instance is another matter.
    fn done(&self, _: &Done<'_>) {}

    /// Waits for an answer that takes so long.
    async fn slow(&self, seconds: u32);

    /// Waits as long as the instance wants to.
    async fn sleep(&self, duration: SignedDuration);

    /// The time, where that is not what the world's clock shows.
    fn now(&self) -> Option<Timestamp> {
        None
    }

    /// The call was done, and the instance ends: this does not return.
    async fn die(&self);
}

/// A call that was answered.
pub struct Done<'a> {
    /// The operation, as in [`crate::world::Call`].
    pub operation: &'a str,
    /// Its input: JSON of AWS's, or Slack's arguments.
    pub input: Asked<'a>,
    /// The code with which it was refused, or failed.
    pub refused: Option<&'a str>,
    /// What was answered, where the whole answer is JSON.
    pub answer: Option<&'a Value>,
    /// Whether the connection broke, so that whoever asked does not learn of it.
    pub is_lost: bool,
}

/// What a call is answered with.
trait Answer: Send {
    /// The answer, where it is JSON as a whole.
    fn json(&self) -> Option<&Value> {
        None
    }
}

impl Answer for Value {
    fn json(&self) -> Option<&Value> {
        Some(self)
    }
}

/// That it was done is all that is wanted.
impl Answer for () {}

/// What a call is refused with.
trait Refusal: Send {
    /// The service's error code.
    fn code(&self) -> &str;
}

impl Refusal for AwsError {
    fn code(&self) -> &str {
        self.code
    }
}

impl Refusal for SlackFailure {
    fn code(&self) -> &str {
        self.code()
    }
}

/// What a call asked for.
#[derive(Clone, Copy)]
pub enum Asked<'a> {
    /// Of AWS.
    Aws(&'a Value),
    /// Of Slack.
    Slack(&'a Arguments),
}

/// The ports of one instance.
#[derive(Clone)]
pub struct Engine {
    world: Shared,
    gate: Arc<dyn Gate>,
    /// What Slack knows the instance by.
    bot_token: Secret,
    /// How far the instance's clock is ahead of the world's.
    skew: SignedDuration,
    /// The other accounts, and the credentials that their roles gave.
    accounts: Arc<[Account]>,
    sessions: Arc<Mutex<BTreeMap<String, sts::Session>>>,
}

/// A call to AWS that was refused.
struct Refused {
    /// The error code, where the service said one.
    code: Option<&'static str>,
    /// What the service said with it, after a colon.
    said: String,
    error: PortError,
}

impl Engine {
    /// The ports of an instance in front of the world.
    pub fn new(world: Shared, gate: Arc<dyn Gate>, skew: SignedDuration) -> Self {
        let (accounts, sessions) = (Arc::default(), Arc::default());
        Self { world, gate, bot_token: Secret::new(BOT_TOKEN), skew, accounts, sessions }
    }

    /// The same, with another bot token, which Slack may know or not.
    pub fn with_bot_token(self, bot_token: Secret) -> Self {
        Self { bot_token, ..self }
    }

    /// signoff on these ports.
    pub fn app(
        &self,
        rules: Arc<RuleSet>,
        templates: Arc<Templates>,
        audit: AuditSettings,
        signing_secrets: SigningSecrets,
    ) -> App {
        let ports = Arc::new(Self { accounts: rules.accounts.as_slice().into(), ..self.clone() });
        App {
            rules,
            templates,
            pipelines: Arc::clone(&ports) as _,
            chat: Arc::clone(&ports) as _,
            groups: Groups::default(),
            late: Late::default(),
            others: Others::default(),
            store: Arc::clone(&ports) as _,
            logbook: Logbook::default(),
            audit,
            clock: ports,
            signing_secrets,
        }
    }

    /// Calls AWS, and again after a passing fault.
    async fn aws<T: Answer>(
        &self,
        service: Service,
        operation: &'static str,
        call: &str,
        input: &Value,
        tries: u32,
        ask: impl Fn(&mut World) -> Result<T, AwsError> + Send + Sync,
    ) -> Result<T, Refused> {
        for attempt in 1.. {
            let (answer, is_broken) = self.ask(service, operation, Asked::Aws(input), &ask).await;
            let refused = match answer {
                _ if is_broken => Refused {
                    code: None,
                    said: String::new(),
                    error: PortError::Transient(format!("{call} failed on the way: the connection broke")),
                },
                Ok(answer) => return Ok(answer),
                Err(error) => refused(call, &error),
            };
            if attempt >= tries || matches!(refused.error, PortError::Permanent(_)) {
                return Err(refused);
            }
        }
        let error = PortError::Transient(format!("{call} was not called"));
        Err(Refused { code: None, said: String::new(), error })
    }

    /// Makes one call. Says whether the connection broke, which leaves its answer unknown.
    async fn ask<T: Answer, E: Refusal>(
        &self,
        service: Service,
        operation: &str,
        input: Asked<'_>,
        ask: impl Fn(&mut World) -> Result<T, E> + Send,
    ) -> (Result<T, E>, bool) {
        self.gate.before(service, operation).await;
        let (answer, wire) = {
            let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            (ask(&mut world), world.wire.take())
        };
        let (json, refused) = match &answer {
            Ok(answer) => (answer.json(), None),
            Err(refused) => (None, Some(refused.code())),
        };
        self.gate.done(&Done { operation, input, refused, answer: json, is_lost: wire == Some(Wire::Broken) });
        match wire {
            Some(Wire::Slow(seconds)) => self.gate.slow(seconds).await,
            Some(Wire::NobodyThere) => self.gate.die().await,
            Some(Wire::Broken) => return (answer, true),
            None => {}
        }
        (answer, false)
    }
}

/// An error as the adapters tell it.
fn refused(call: &str, error: &AwsError) -> Refused {
    let said = match error.message.as_str() {
        "" => String::new(),
        message => format!(": {message}"),
    };
    let text = format!("{call} answered {}{said}", error.code);
    let is_passing = error.status >= 500 || error.code == "ThrottlingException";
    let failed = if is_passing { PortError::Transient(text) } else { PortError::Permanent(text) };
    Refused { code: Some(error.code), said, error: failed }
}

#[async_trait]
impl Clock for Engine {
    fn now(&self) -> Timestamp {
        let now = self.gate.now().unwrap_or_else(|| self.world.lock().unwrap_or_else(PoisonError::into_inner).now);
        now.saturating_add(self.skew).unwrap_or(now)
    }

    async fn sleep(&self, duration: SignedDuration) {
        self.gate.sleep(duration).await;
    }

    #[allow(clippy::disallowed_methods, reason = "by the clock of the runtime, which goes on when everybody waits")]
    async fn limit(&self, duration: SignedDuration) {
        tokio::time::sleep(std::time::Duration::try_from(duration).unwrap_or_default()).await;
    }
}

/// The gate of a scenario: calls are made at once, but for a write that is held.
#[derive(Default)]
pub struct OpenGate {
    armed: Mutex<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>,
    died: tokio::sync::Notify,
}

/// A write that is held, or will be.
pub struct HeldWrite {
    reached: oneshot::Receiver<()>,
    release: oneshot::Sender<()>,
}

impl OpenGate {
    /// Holds the next `PutItem`, before the table sees it.
    pub fn hold_next_write(&self) -> HeldWrite {
        let (reached, when_reached) = oneshot::channel();
        let (release, released) = oneshot::channel();
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some((reached, released));
        HeldWrite { reached: when_reached, release }
    }

    /// Waits until the instance has ended in the middle.
    pub async fn died(&self) {
        self.died.notified().await;
    }
}

impl HeldWrite {
    /// Waits until a write has arrived and is held.
    pub async fn reached(&mut self) {
        // The sender only goes away with the gate.
        let _reached = (&mut self.reached).await;
    }

    /// Lets the write go on.
    pub fn release(self) {
        // Nobody waits where no write came.
        let _nobody = self.release.send(());
    }
}

#[async_trait]
impl Gate for OpenGate {
    async fn before(&self, _: Service, operation: &str) {
        let armed = match operation {
            "PutItem" => self.armed.lock().unwrap_or_else(PoisonError::into_inner).take(),
            _ => None,
        };
        if let Some((reached, released)) = armed {
            let _nobody = reached.send(());
            let _dropped = released.await;
        }
    }

    #[allow(clippy::disallowed_methods, reason = "an answer that takes its time takes it in real time")]
    async fn slow(&self, seconds: u32) {
        tokio::time::sleep(std::time::Duration::from_secs(seconds.into())).await;
    }

    /// Waiting takes none of the world's time: what is waited for, the scenario says.
    async fn sleep(&self, _: SignedDuration) {}

    async fn die(&self) {
        self.died.notify_one();
        std::future::pending().await
    }
}
