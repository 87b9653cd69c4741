//! An instance of the Lambda that a scenario invokes: the handler in this process, or the compiled binary under an
//! emulated Runtime API. Each has endpoints of its own in front of the one world, as each Lambda instance has its own
//! connections.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
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
use tokio::time::timeout;

use super::log;
use crate::http::{Endpoints, SlowAnswers};
use crate::runtime_api::{self, BootstrapProcess, ClockLibrary, PATIENCE, Runtime, request_id, trace_id};
use crate::world::Shared;

/// The bot token that the fake Slack gives out. Invented.
pub const BOT_TOKEN: &str = "xoxb-simulated-0000-token";
/// What the fake Slack signs with. Invented.
pub const SIGNING_SECRET: &str = "0123456789abcdef0123456789abcdef";
/// What the AWS SDK signs with. Invented.
pub const AWS_SECRET_KEY: &str = "simulated/0123456789/secret/access/key";
/// The table of the fake DynamoDB.
pub const TABLE: &str = "signoff";
/// The region that the simulated Lambda runs in.
pub const REGION: &str = "eu-west-1";
/// How long the simulated Lambda may run: the shipped time-out.
pub const TIMEOUT: SignedDuration = SignedDuration::from_mins(3);

/// Which code a scenario runs.
#[derive(Debug, Clone)]
pub enum Driver {
    /// The handler, in this process.
    InProcess(Arc<Loaded>),
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
            Self::InProcess(loaded) => {
                let files = folder("rules", &rules, Absent::IsError).map_err(|error| error.to_string())?;
                let rules = read_rules(&files, &loaded.templates).map_err(|error| error.to_string())?;
                let (templates, http) = (Arc::clone(&loaded.templates), loaded.http.clone());
                Ok(Self::InProcess(Arc::new(Loaded { rules: Arc::new(rules), templates, http })))
            }
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

/// One instance.
pub struct Instance {
    /// The endpoints that this instance calls.
    pub endpoints: Endpoints,
    world: Shared,
    kind: Kind,
}

enum Kind {
    InProcess(Box<InProcess>, SlowAnswers),
    Bootstrap(Box<BootstrapProcess>),
}

impl Instance {
    /// Starts an instance in front of the world, with the scenario's settings, and waits until it can be invoked.
    pub async fn start(driver: &Driver, world: &Shared, own: &BTreeMap<String, String>) -> Result<Self, String> {
        let (endpoints, kind) = match driver {
            Driver::InProcess(loaded) => {
                let slow = SlowAnswers::default();
                let endpoints = Endpoints::start_with(Arc::clone(world), BOT_TOKEN, slow.clone()).await;
                let clock = VirtualClock { world: Arc::clone(world), slow: slow.clone() };
                let app = patiently(&slow, app(loaded, &endpoints, world, Arc::new(clock), own)).await??;
                (endpoints, Kind::InProcess(Box::new(app), slow))
            }
            Driver::Bootstrap { path, folders, clock, patience } => {
                let endpoints = Endpoints::start(Arc::clone(world), BOT_TOKEN).await;
                let settings = settings(folders, &endpoints, own);
                let clock = clock.begin(now(world))?;
                let runtime = Runtime::start(&own_account(world)).await?;
                let process = BootstrapProcess::start(path, runtime, clock, &settings, *patience)?;
                process.begin().await?;
                (endpoints, Kind::Bootstrap(Box::new(process)))
            }
        };
        Ok(Self { endpoints, world: Arc::clone(world), kind })
    }

    /// Invokes it with a payload, until it answers. An error is one of the simulation, not of the Lambda.
    pub async fn invoke(&self, payload: &Value) -> Result<Invoked, String> {
        let now = now(&self.world);
        let deadline = now.checked_add(TIMEOUT).unwrap_or(Timestamp::MAX);
        match &self.kind {
            Kind::InProcess(instance, slow) => {
                let InProcess { app, invoked, .. } = instance.as_ref();
                let number = invoked.fetch_add(1, Ordering::Relaxed) + 1;
                let (id, trace) = (request_id(number), trace_id(number));
                app.logbook.begin(now, Some(&id), Some(&trace));
                Ok(match patiently(slow, signoff::lambda::handle(app, payload, deadline)).await? {
                    Ok(answer) => Invoked::Answered(answer),
                    Err(failure) => Invoked::Failed(failure.to_string()),
                })
            }
            Kind::Bootstrap(process) => process.invoke(payload, now, deadline).await,
        }
    }

    /// Ends when an invocation has taken so long: by the time that slow answers take, or through the binary in real time.
    pub async fn limit(&self, time: Duration) {
        match &self.kind {
            Kind::InProcess(_, slow) => slow.limit(time).await,
            #[allow(clippy::disallowed_methods, reason = "the binary waits in real time")]
            Kind::Bootstrap(_) => tokio::time::sleep(time).await,
        }
    }

    /// Lets it do what it does after its answer.
    pub async fn settle(&self) -> Result<(), String> {
        match &self.kind {
            Kind::InProcess(instance, slow) => {
                let InProcess { app, metrics, .. } = instance.as_ref();
                if let Some(line) = patiently(slow, signoff::lambda::finish(app, metrics.as_deref())).await? {
                    log::line(&line);
                }
            }
            Kind::Bootstrap(process) => process.settle().await?,
        }
        Ok(())
    }

    /// Everything that the instance wrote to its standard output and error.
    pub async fn stop(self) -> String {
        match self.kind {
            Kind::InProcess(..) => String::new(),
            Kind::Bootstrap(process) => process.stop().await,
        }
    }
}

async fn app(
    loaded: &Loaded,
    endpoints: &Endpoints,
    world: &Shared,
    clock: Arc<dyn Clock>,
    own: &BTreeMap<String, String>,
) -> Result<InProcess, String> {
    // Its rules and templates are read already.
    let read = Folders { rules: PathBuf::new(), templates: PathBuf::new() };
    let settings = settings(&read, endpoints, own);
    let config =
        Config::read(&|name| settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()));
    let config = config.map_err(|error| error.to_string())?;
    let logbook = Logbook::default();
    let credentials = Credentials::new("AKIASIMULATED", AWS_SECRET_KEY, None, None, "simulator");
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

/// The environment of the binary.
fn settings<'a>(folders: &Folders, endpoints: &Endpoints, own: &'a BTreeMap<String, String>) -> Vec<(&'a str, String)> {
    let text = |path: &Path| path.display().to_string();
    let mut settings = vec![
        ("SIGNOFF_RULES", text(&folders.rules)),
        ("SIGNOFF_TEMPLATES", text(&folders.templates)),
        ("SIGNOFF_TABLE", TABLE.to_owned()),
        ("SLACK_BOT_TOKEN", BOT_TOKEN.to_owned()),
        ("SLACK_SIGNING_SECRET", SIGNING_SECRET.to_owned()),
        ("SLACK_API_URL", endpoints.slack_url()),
        ("AWS_ENDPOINT_URL", endpoints.uri()),
        // What is recorded is looked through for secrets like everything else that is printed.
        ("SIGNOFF_RECORD", "1".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", "AKIASIMULATED".to_owned()),
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

/// What comes of work in this process; an error where it hangs.
async fn patiently<T>(slow: &SlowAnswers, work: impl Future<Output = T>) -> Result<T, String> {
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
