//! An instance of the Lambda that a scenario invokes: the handler in this process, with its adapters or right on the world, or the
//! compiled binary under an emulated Runtime API. Each has endpoints of its own in front of the one world, as each Lambda
//! instance has its own connections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::TimeSource;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signoff::adapters::codepipeline::CodePipeline;
use signoff::adapters::dynamodb::DynamoDb;
use signoff::adapters::http_client;
use signoff::adapters::own_account::OwnAccount;
use signoff::adapters::secrets::AwsSecrets;
use signoff::adapters::slack_web::SlackWeb;
use signoff::app::{App, Groups, Late, Others, SigningSecrets, secrets};
use signoff::config::{Absent, Config, folder, read_rules, read_templates};
use signoff::logbook::Logbook;
use signoff::ports::{Clock, Secrets};
use signoff::rules::RuleSet;
use signoff::template::Templates;
use tokio::sync::RwLock;
use tokio::time::timeout;

use super::log;
use crate::engine::{Engine, HeldWrite, OpenGate};
use crate::http::{self, Endpoints, SlowAnswers};
use crate::runtime_api::{self, BootstrapProcess, ClockLibrary, PATIENCE, Runtime, request_id, trace_id};
use crate::world::sts::OWN_ACCESS_KEY;
use crate::world::{HOME_REGION, Shared};

/// The bot token that the fake Slack gives out. Invented.
pub const BOT_TOKEN: &str = "xoxb-simulated-0000-token";
/// What the fake Slack signs with. Invented.
pub const SIGNING_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// What the AWS SDK signs with. Invented.
pub const AWS_SECRET_KEY: &str = "simulated/0123456789/secret/access/key";
/// The table of the fake DynamoDB.
pub const TABLE: &str = "signoff";
/// The region that the simulated Lambda runs in.
pub const REGION: &str = HOME_REGION;
/// How long the simulated Lambda may run: the shipped time-out.
pub const TIMEOUT: SignedDuration = SignedDuration::from_mins(3);

/// Which code a scenario runs.
#[derive(Debug, Clone)]
pub enum Driver {
    /// The handler, in this process, with its adapters, over HTTP.
    InProcess(Arc<Loaded>),
    /// The handler, in this process, with the world for its ports: no adapters and no HTTP.
    Engine(Arc<Loaded>),
    /// The compiled Lambda binary.
    Bootstrap {
        /// The binary.
        path: PathBuf,
        /// The folders it reads.
        folders: Folders,
        /// Gives it the scenario's time.
        clock: Arc<ClockLibrary>,
        /// How long an invocation may take, in real time.
        patience: Duration,
    },
}

impl Driver {
    /// A driver for the binary at `path`.
    pub fn bootstrap(path: &Path, folders: Folders, patience: Duration) -> Result<Self, String> {
        if !path.is_file() {
            return Err(format!(
                "there is no binary at `{}`: build it with `cargo build --release --bin bootstrap`",
                path.display()
            ));
        }
        Ok(Self::Bootstrap { path: path.to_owned(), folders, clock: Arc::new(ClockLibrary::build()?), patience })
    }
}

/// The folders of rules and templates.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The rules.
    pub rules: PathBuf,
    /// The templates.
    pub templates: PathBuf,
}

/// Rules and templates, read once for all scenarios.
#[derive(Debug)]
pub struct Loaded {
    rules: Arc<RuleSet>,
    templates: Arc<Templates>,
    http: reqwest::Client,
}

impl Loaded {
    /// The rules.
    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    fn with_rules(&self, rules: &Path) -> Result<Self, String> {
        let files = folder("rules", rules, Absent::IsError).map_err(|error| error.to_string())?;
        let rules = read_rules(&files, &self.templates).map_err(|error| error.to_string())?;
        Ok(Self { rules: Arc::new(rules), templates: Arc::clone(&self.templates), http: self.http.clone() })
    }
}

impl Folders {
    /// Reads rules and templates as `bootstrap` would.
    pub fn load(&self) -> Result<Loaded, String> {
        let read = |files: Result<_, signoff::config::ConfigError>| files.map_err(|error| error.to_string());
        let templates = read(folder("--templates", &self.templates, Absent::IsEmpty))?;
        let templates = read_templates(templates).map_err(|error| error.to_string())?;
        let rules = read(folder("--rules", &self.rules, Absent::IsError))?;
        let rules = read_rules(&rules, &templates).map_err(|error| error.to_string())?;
        // A proxy that the environment names has no business between two ends of one machine.
        let http = http_client::builder()
            .and_then(|builder| builder.no_proxy().build().map_err(http_client::SetUpError::from));
        let http = http.map_err(|error| error.to_string())?;
        Ok(Loaded { rules: Arc::new(rules), templates: Arc::new(templates), http })
    }
}

impl Driver {
    /// The same, with the rules of another folder.
    pub fn with_rules(&self, rules: PathBuf) -> Result<Self, String> {
        match self {
            Self::InProcess(loaded) => Ok(Self::InProcess(Arc::new(loaded.with_rules(&rules)?))),
            Self::Engine(loaded) => Ok(Self::Engine(Arc::new(loaded.with_rules(&rules)?))),
            Self::Bootstrap { path, folders, clock, patience } => Ok(Self::Bootstrap {
                path: path.clone(),
                folders: Folders { rules, templates: folders.templates.clone() },
                clock: Arc::clone(clock),
                patience: *patience,
            }),
        }
    }
}

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Invoked {
    /// It answered.
    Answered(Value),
    /// It failed, so that AWS delivers the payload again.
    Failed(String),
}

struct InProcess {
    app: App,
    /// The namespace of the metrics.
    metrics: Option<String>,
    invoked: AtomicU64,
}

/// How an invocation fails whose instance ends before it has answered.
const DIED: &str = "the Lambda ended in the middle";

/// One instance, and the one that follows it where a fault ends it.
pub struct Instance {
    calls: Calls,
    world: Shared,
    driver: Driver,
    /// The scenario's settings.
    own: BTreeMap<String, String>,
    kind: RwLock<Kind>,
    /// What earlier processes printed.
    printed: Mutex<String>,
}

/// How an instance's calls reach the world.
enum Calls {
    Http(Endpoints, SlowAnswers),
    Engine(Arc<OpenGate>),
}

enum Kind {
    InProcess(Box<InProcess>),
    Bootstrap(Box<BootstrapProcess>),
}

impl Calls {
    /// Whose answers take no real time.
    fn slow(&self) -> Option<&SlowAnswers> {
        match self {
            Self::Http(_, slow) => Some(slow),
            Self::Engine(_) => None,
        }
    }
}

/// A write to the table that is held, or will be.
pub enum Hold {
    /// By the endpoints.
    Http(http::Hold),
    /// By the gate of the engine driver.
    Engine(HeldWrite),
}

impl Hold {
    /// Waits until a write has arrived and is held.
    pub async fn reached(&mut self) {
        match self {
            Self::Http(hold) => hold.reached().await,
            Self::Engine(hold) => hold.reached().await,
        }
    }

    /// Lets the write go on.
    pub fn release(self) {
        match self {
            Self::Http(hold) => hold.release(),
            Self::Engine(hold) => hold.release(),
        }
    }
}

impl Instance {
    /// Starts an instance in front of the world, with the scenario's settings, and waits until it can be invoked.
    pub async fn start(driver: &Driver, world: &Shared, own: &BTreeMap<String, String>) -> Result<Self, String> {
        let calls = match driver {
            Driver::Engine(_) => Calls::Engine(Arc::default()),
            Driver::InProcess(_) => {
                let slow = SlowAnswers::default();
                let endpoints = Endpoints::start_with(Arc::clone(world), BOT_TOKEN, slow.clone()).await;
                Calls::Http(endpoints, slow)
            }
            Driver::Bootstrap { .. } => {
                Calls::Http(Endpoints::start(Arc::clone(world), BOT_TOKEN).await, SlowAnswers::default())
            }
        };
        let kind = RwLock::new(Box::pin(Kind::start(driver, &calls, world, own)).await?);
        let (world, driver, own) = (Arc::clone(world), driver.clone(), own.clone());
        Ok(Self { calls, world, driver, own, kind, printed: Mutex::default() })
    }

    /// Invokes it with a payload, until it answers. An error is one of the simulation, not of the Lambda.
    pub async fn invoke(&self, payload: &Value) -> Result<Invoked, String> {
        let now = now(&self.world);
        let deadline = now.checked_add(TIMEOUT).unwrap_or(Timestamp::MAX);
        let invoked = {
            let kind = self.kind.read().await;
            tokio::select! {
                biased;
                // What an invocation holds is large, and the stacks of threads are small.
                invoked = Box::pin(kind.invoke(payload, now, deadline, self.calls.slow())) => Some(invoked?),
                () = self.died() => None,
            }
        };
        match invoked {
            Some(invoked) => Ok(invoked),
            None => {
                self.follow().await?;
                Ok(Invoked::Failed(DIED.to_owned()))
            }
        }
    }

    /// Ends when an invocation has taken so long: by the time that slow answers take, or through the binary in real time.
    pub async fn limit(&self, time: Duration) {
        match (&self.calls, &self.driver) {
            (Calls::Http(_, slow), Driver::InProcess(_)) => slow.limit(time).await,
            #[allow(
                clippy::disallowed_methods,
                reason = "the binary waits in real time, and the engine by a clock of its own"
            )]
            _ => tokio::time::sleep(time).await,
        }
    }

    /// Lets it do what it does after its answer.
    pub async fn settle(&self) -> Result<(), String> {
        let is_alive = {
            let kind = self.kind.read().await;
            tokio::select! {
                biased;
                settled = Box::pin(kind.settle(self.calls.slow())) => settled.map(|()| true)?,
                () = self.died() => false,
            }
        };
        if is_alive { Ok(()) } else { self.follow().await }
    }

    /// Holds the next write to the table, before the table sees it.
    pub fn hold_next_write(&self) -> Hold {
        match &self.calls {
            Calls::Http(endpoints, _) => Hold::Http(endpoints.hold_next_write()),
            Calls::Engine(gate) => Hold::Engine(gate.hold_next_write()),
        }
    }

    /// Everything that the instance wrote to its standard output and error.
    pub async fn stop(self) -> String {
        let printed = self.printed.into_inner().unwrap_or_else(PoisonError::into_inner);
        printed + &self.kind.into_inner().stop().await
    }

    async fn died(&self) {
        match &self.calls {
            Calls::Http(endpoints, _) => endpoints.died().await,
            Calls::Engine(gate) => gate.died().await,
        }
    }

    /// Puts a fresh instance in the place of one that has died.
    async fn follow(&self) -> Result<(), String> {
        let fresh = Box::pin(Kind::start(&self.driver, &self.calls, &self.world, &self.own)).await?;
        let dead = std::mem::replace(&mut *self.kind.write().await, fresh);
        let printed = dead.stop().await;
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).push_str(&printed);
        Ok(())
    }
}

impl Kind {
    async fn start(
        driver: &Driver,
        calls: &Calls,
        world: &Shared,
        own: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        Ok(match (driver, calls) {
            (Driver::Engine(loaded) | Driver::InProcess(loaded), Calls::Engine(gate)) => {
                Self::InProcess(Box::new(engine(loaded, gate, world, own).await?))
            }
            (Driver::Engine(loaded) | Driver::InProcess(loaded), Calls::Http(endpoints, slow)) => {
                let clock = Arc::new(VirtualClock { world: Arc::clone(world), slow: slow.clone() });
                let instance = patiently(Some(slow), app(loaded, endpoints, world, clock, own)).await??;
                Self::InProcess(Box::new(instance))
            }
            (Driver::Bootstrap { path, folders, clock, patience }, Calls::Http(endpoints, _)) => {
                let settings = settings(folders, &Addresses::of(endpoints), own);
                let clock = clock.begin(now(world))?;
                let runtime = Runtime::start(&own_account(world)).await?;
                let process = BootstrapProcess::start(path, runtime, clock, &settings, *patience)?;
                process.begin().await?;
                Self::Bootstrap(Box::new(process))
            }
            (Driver::Bootstrap { .. }, Calls::Engine(_)) => return Err("the binary speaks HTTP".to_owned()),
        })
    }

    async fn invoke(
        &self,
        payload: &Value,
        now: Timestamp,
        deadline: Timestamp,
        slow: Option<&SlowAnswers>,
    ) -> Result<Invoked, String> {
        match self {
            Self::InProcess(instance) => {
                let InProcess { app, invoked, .. } = instance.as_ref();
                let number = invoked.fetch_add(1, Ordering::Relaxed) + 1;
                let (id, trace) = (request_id(number), trace_id(number));
                app.logbook.begin(now, Some(&id), Some(&trace));
                Ok(match patiently(slow, signoff::lambda::handle(app, payload, deadline)).await? {
                    Ok(answer) => Invoked::Answered(answer),
                    Err(failure) => Invoked::Failed(failure.to_string()),
                })
            }
            Self::Bootstrap(process) => process.invoke(payload, now, deadline).await,
        }
    }

    async fn settle(&self, slow: Option<&SlowAnswers>) -> Result<(), String> {
        match self {
            Self::InProcess(instance) => {
                let InProcess { app, metrics, .. } = instance.as_ref();
                if let Some(line) = patiently(slow, signoff::lambda::finish(app, metrics.as_deref())).await? {
                    log::line(&line);
                }
            }
            Self::Bootstrap(process) => process.settle().await?,
        }
        Ok(())
    }

    async fn stop(self) -> String {
        match self {
            Self::InProcess(_) => String::new(),
            Self::Bootstrap(process) => process.stop().await,
        }
    }
}

/// signoff right on the world.
async fn engine(
    loaded: &Loaded,
    gate: &Arc<OpenGate>,
    world: &Shared,
    own: &BTreeMap<String, String>,
) -> Result<InProcess, String> {
    let config = config(&Addresses::default(), own)?;
    let ports = Engine::new(Arc::clone(world), Arc::clone(gate) as _, SignedDuration::ZERO);
    let bot_token = secrets::fetch(&config.bot_token, &ports).await.map_err(|error| error.to_string())?;
    let ports = ports.with_bot_token(bot_token);
    let signing_secrets =
        SigningSecrets::fetch(config.signing_secrets, Arc::new(ports.clone()), Arc::new(ports.clone()))
            .await
            .map_err(|error| error.to_string())?;
    let (rules, templates) = (Arc::clone(&loaded.rules), Arc::clone(&loaded.templates));
    let app = ports.app(rules, templates, config.audit, signing_secrets);
    Ok(InProcess { app, metrics: config.metrics, invoked: AtomicU64::default() })
}

/// The settings, as the binary would read them; rules and templates are read already.
fn config(addresses: &Addresses, own: &BTreeMap<String, String>) -> Result<Config, String> {
    let read = Folders { rules: PathBuf::new(), templates: PathBuf::new() };
    let settings = settings(&read, addresses, own);
    Config::read(&|name| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()))
        .map_err(|error| error.to_string())
}

async fn app(
    loaded: &Loaded,
    endpoints: &Endpoints,
    world: &Shared,
    clock: Arc<dyn Clock>,
    own: &BTreeMap<String, String>,
) -> Result<InProcess, String> {
    let config = config(&Addresses::of(endpoints), own)?;
    let logbook = Logbook::default();
    let credentials = Credentials::new(OWN_ACCESS_KEY, AWS_SECRET_KEY, None, None, "simulator");
    let aws = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoints.uri())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client::for_aws_noted(loaded.http.clone(), logbook.clone(), Arc::clone(&clock)))
        .retry_config(signoff::adapters::aws::retry())
        .sleep_impl(signoff::adapters::aws::sleep())
        // Credentials of roles expire by the world's time.
        .time_source(WorldTime(Arc::clone(world)))
        .build();
    let kept: Arc<dyn Secrets> = Arc::new(AwsSecrets::new(aws.clone()));
    let bot_token = secrets::fetch(&config.bot_token, kept.as_ref()).await.map_err(|error| error.to_string())?;
    let signing_secrets = SigningSecrets::fetch(config.signing_secrets, kept, Arc::clone(&clock))
        .await
        .map_err(|error| error.to_string())?;
    let own_account = OwnAccount::default();
    own_account.learn(&runtime_api::function_arn(&self::own_account(world)));
    let chat = SlackWeb::new(loaded.http.clone(), config.slack_api_url, bot_token, Arc::clone(&clock));
    let app = App {
        rules: Arc::clone(&loaded.rules),
        templates: Arc::clone(&loaded.templates),
        pipelines: Arc::new(CodePipeline::across(aws.clone(), own_account, loaded.rules.accounts.clone())),
        chat: Arc::new(chat.noting(logbook.clone())),
        groups: Groups::default(),
        late: Late::default(),
        others: Others::default(),
        store: Arc::new(DynamoDb::new(&aws, TABLE)),
        logbook,
        audit: config.audit,
        clock,
        signing_secrets,
    };
    Ok(InProcess { app, metrics: config.metrics, invoked: AtomicU64::default() })
}

/// Where the services are; nowhere in the engine driver.
struct Addresses {
    slack: String,
    aws: String,
}

impl Addresses {
    fn of(endpoints: &Endpoints) -> Self {
        Self { slack: endpoints.slack_url(), aws: endpoints.uri() }
    }
}

impl Default for Addresses {
    fn default() -> Self {
        Self { slack: "http://127.0.0.1/".to_owned(), aws: "http://127.0.0.1/".to_owned() }
    }
}

/// The environment of the binary.
fn settings<'a>(folders: &Folders, addresses: &Addresses, own: &'a BTreeMap<String, String>) -> Vec<(&'a str, String)> {
    let text = |path: &Path| path.display().to_string();
    let mut settings = vec![
        ("SIGNOFF_RULES", text(&folders.rules)),
        ("SIGNOFF_TEMPLATES", text(&folders.templates)),
        ("SIGNOFF_TABLE", TABLE.to_owned()),
        ("SLACK_BOT_TOKEN", BOT_TOKEN.to_owned()),
        ("SLACK_SIGNING_SECRET", SIGNING_SECRET.to_owned()),
        ("SLACK_API_URL", addresses.slack.clone()),
        ("AWS_ENDPOINT_URL", addresses.aws.clone()),
        // What is recorded is looked through for secrets like everything else that is printed.
        ("SIGNOFF_RECORD", "1".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", OWN_ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", AWS_SECRET_KEY.to_owned()),
    ];
    settings.retain(|(name, _)| !own.contains_key(*name));
    settings.extend(own.iter().map(|(name, value)| (name.as_str(), value.clone())));
    settings
}

fn now(world: &Shared) -> Timestamp {
    world.lock().unwrap_or_else(PoisonError::into_inner).now
}

fn own_account(world: &Shared) -> String {
    world.lock().unwrap_or_else(PoisonError::into_inner).own_account.clone()
}

/// What comes of work in this process; an error where it hangs. The engine's work takes as long as its own clock says, which
/// goes on when nobody does anything.
async fn patiently<T>(slow: Option<&SlowAnswers>, work: impl Future<Output = T>) -> Result<T, String> {
    let Some(slow) = slow else { return Ok(work.await) };
    let hangs =
        || format!("the handler does nothing any more, and has not ended within {} seconds", PATIENCE.as_secs());
    tokio::select! {
        done = timeout(PATIENCE, work) => done.map_err(|_| hangs()),
        never = slow.go_on() => match never {},
    }
}

/// The world's time. Pauses take none of it: what a scenario waits for, it says.
struct VirtualClock {
    world: Shared,
    slow: SlowAnswers,
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        now(&self.world)
    }

    async fn sleep(&self, _: SignedDuration) {}

    async fn limit(&self, duration: SignedDuration) {
        self.slow.limit(Duration::try_from(duration).unwrap_or_default()).await;
    }
}

/// The same for the AWS SDK.
#[derive(Debug)]
struct WorldTime(Shared);

impl TimeSource for WorldTime {
    fn now(&self) -> SystemTime {
        let since = u64::try_from(now(&self.0).as_millisecond()).unwrap_or_default();
        SystemTime::UNIX_EPOCH + Duration::from_millis(since)
    }
}
