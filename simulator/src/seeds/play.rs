//! Plays a schedule: invocations of several instances go on by turns, and in the end everything comes to rest.

mod invocation;

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff::app::{App, Failure};
use signoff::rules::RuleSet;
use signoff::template::Templates;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant};

use super::event::{Event, What, Which};
use super::judge::{Violation, judge};
use super::random::Random;
use super::setup::{BEGIN, COMMIT, PEOPLE, Setup, Start};
use super::turns::{Deed, Turns};
use crate::scenario::instance::{REGION, SIGNING_SECRET};
use crate::world::codepipeline::{Destination, Sent};
use crate::world::delivery::{Carrier, batch};
use crate::world::given::{GivenRevision, GivenTrigger};
use crate::world::slack::Interaction;
use crate::world::slack::request::{Envelope, Tamper, signed_request};
use crate::world::{FaultKind, Shared, World};

/// How many messages of a queue an invocation gets at the most, as in `deploy/`.
const BATCH: usize = 10;

/// The id of a message in a batch.
fn message_id(at: usize) -> String {
    format!("6b1f0c52-3d4e-4a7b-9c8d-{at:012}")
}

/// What an invocation of the Lambda comes to.
pub type Invocation = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send>>;

/// What is explored: signoff, or in tests one with a fault built in.
pub trait Subject: Send + Sync {
    /// A fresh instance. `first` are the rules of the first deployment.
    fn app(&self, app: App, first: &Arc<RuleSet>) -> App {
        let _unused = first;
        app
    }

    /// Invokes it with a payload.
    fn invoke(&self, app: App, payload: Value, deadline: Timestamp) -> Invocation {
        Box::pin(async move { signoff::lambda::handle(&app, &payload, deadline).await })
    }
}

/// signoff as it is.
#[derive(Debug, Clone, Copy)]
pub struct Signoff;

impl Subject for Signoff {}

/// What a schedule had in it that is not everyday.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Injected {
    /// Invocations.
    pub invocations: u64,
    /// Calls of services.
    pub calls: u64,
    /// Clicks and submissions, of which so many were tampered with.
    pub clicks: u64,
    /// Requests with a wrong signature.
    pub tampered: u64,
    /// Deliveries that came twice, out of order, or later.
    pub deliveries: u64,
    /// Calls that failed or were slow.
    pub faults: u64,
    /// Instances that ended in the middle.
    pub deaths: u64,
    /// Deployments of other rules.
    pub edits: u64,
}

impl Injected {
    /// Adds those of another schedule.
    pub fn add(&mut self, other: &Self) {
        self.invocations += other.invocations;
        self.calls += other.calls;
        self.clicks += other.clicks;
        self.tampered += other.tampered;
        self.deliveries += other.deliveries;
        self.faults += other.faults;
        self.deaths += other.deaths;
        self.edits += other.edits;
    }
}

/// What came of a schedule.
#[derive(Debug)]
pub struct Played {
    /// The first invariant that does not hold.
    pub violation: Option<Violation>,
    /// What was in it.
    pub injected: Injected,
    /// Everything that happened, where that was asked for.
    pub story: Vec<String>,
}

/// A click, as the judge sees it.
#[derive(Debug, Clone)]
pub(super) struct Click {
    pub by: usize,
    pub wish: String,
    pub approval: String,
    pub is_genuine: bool,
    pub is_submission: bool,
}

/// Why the Lambda is invoked.
#[derive(Debug, Clone)]
pub(super) enum Cause {
    Delivery(Sent),
    /// A batch of a queue.
    Queue(Vec<Sent>),
    Click(Click),
    Tick,
}

/// How an invocation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    Works,
    Ended,
    /// It ended in the middle: by a fault, or because its time was over.
    Died,
}

/// An invocation, as the judge sees it.
#[derive(Debug)]
pub(super) struct Invoked {
    pub instance: usize,
    pub rules: usize,
    pub cause: Cause,
    pub stands: Stands,
    /// By the world's clock.
    pub started: Timestamp,
    pub ended: Timestamp,
    /// By the order of everything.
    pub first: usize,
    pub last: usize,
    pub deeds: Vec<(usize, Timestamp, Deed)>,
    /// What it answered, and how long after it began.
    pub answer: Option<(Result<Value, String>, Duration)>,
    begun: Instant,
    task: Option<JoinHandle<()>>,
    said: Arc<Mutex<Said>>,
}

#[derive(Debug, Default)]
struct Said {
    answer: Option<(Result<Value, String>, Instant)>,
    is_over: bool,
}

/// A schedule that is being played.
pub(super) struct Play<'a> {
    pub start: &'a Start,
    templates: &'a Arc<Templates>,
    pub world: Shared,
    pub invocations: Vec<Invoked>,
    /// Those of them that are not over.
    working: Vec<usize>,
    /// Who wrote the change of each execution, by the pipeline and the execution's id.
    pub authors: BTreeMap<(String, String), usize>,
    subject: &'a Arc<dyn Subject>,
    seed: u64,
    turns: Turns,
    rules: usize,
    first: Arc<RuleSet>,
    apps: BTreeMap<usize, (App, usize)>,
    free: Vec<usize>,
    made: usize,
    queue: Vec<Sent>,
    order: usize,
    injected: Injected,
    story: Option<Vec<String>>,
}

/// Plays a schedule. With `told`, it is also written down.
pub async fn play(setup: &Setup, subject: &Arc<dyn Subject>, seed: u64, events: &[Event], told: bool) -> Played {
    let start = setup.start(seed);
    let rules = Random::new(&[seed, 1]).below(start.rules.len());
    let mut play = Play {
        start,
        templates: &setup.templates,
        world: Arc::new(Mutex::new(start.world())),
        invocations: Vec::new(),
        working: Vec::new(),
        authors: BTreeMap::new(),
        subject,
        seed,
        turns: Turns::new(BEGIN),
        rules,
        first: Arc::clone(&start.rules[rules].set),
        apps: BTreeMap::new(),
        free: Vec::new(),
        made: 0,
        queue: Vec::new(),
        order: 0,
        injected: Injected::default(),
        story: told.then(Vec::new),
    };
    for event in events {
        let mut random = Random::new(&[seed, event.salt]);
        play.happens(event, &mut random).await;
        for _ in 0..event.turns {
            if !play.turn(&mut random).await {
                break;
            }
        }
    }
    play.tell("everything comes to rest");
    let rested = play.rest().await;
    let violation = rested.err().or_else(|| judge(&play));
    Played { violation, injected: play.injected, story: play.story.unwrap_or_default() }
}

impl Play<'_> {
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&mut self, what: &str) {
        if let Some(story) = &mut self.story {
            story.push(what.to_owned());
        }
    }

    async fn happens(&mut self, event: &Event, random: &mut Random) {
        let words = event.what.to_string();
        let now = self.world().now;
        match &event.what {
            What::Start { pipeline, author } => {
                if self.start(pipeline, *author, now) {
                    self.tell(&words);
                }
            }
            What::Deliver { which, again } => {
                if let Some(at) = self.pick(*which, random) {
                    let sent = if *again { self.queue[at].clone() } else { self.queue.remove(at) };
                    self.injected.deliveries += u64::from(*again || at > 0);
                    let twice = if *again { ", and will once more" } else { "" };
                    self.tell(&format!("{words} “{}”{twice}", sent.what));
                    self.deliver(sent).await;
                }
            }
            What::DeliverAll => {
                let all = std::mem::take(&mut self.queue);
                let is_queued = random.percent(50);
                if !all.is_empty() {
                    let names: Vec<String> = all.iter().map(|sent| format!("“{}”", sent.what)).collect();
                    let how = if is_queued { "from a queue" } else { "at once" };
                    self.tell(&format!("{words}, {how}: {}", names.join(", ")));
                }
                if is_queued {
                    for batch in all.chunks(BATCH) {
                        self.deliver_batch(batch).await;
                    }
                } else {
                    for sent in all {
                        self.deliver(sent).await;
                    }
                }
            }
            What::Drop => {
                if self.queue.len() > 1 {
                    self.queue.rotate_left(1);
                    self.injected.deliveries += 1;
                    self.tell(&words);
                }
            }
            What::Press { by, button, message, tamper } => {
                if let Some(interaction) = self.press(*by, button, *message, now) {
                    self.tell(&words);
                    let value = interaction.payload["actions"][0]["value"].as_str().unwrap_or_default().to_owned();
                    let wish = (*button).to_owned();
                    self.click(*by, wish, value, &interaction, *tamper).await;
                }
            }
            What::Submit { by } => self.submit(*by, &words, now).await,
            What::Console { pipeline, approved } => {
                let mut world = self.world();
                let decided = world.codepipeline.decide_in_console(
                    now,
                    pipeline,
                    "Production",
                    "Approve",
                    None,
                    *approved,
                    "ops",
                    Some("by hand"),
                );
                drop(world);
                if decided.is_ok() {
                    self.tell(&words);
                }
            }
            What::Stop { pipeline } => {
                let stopped = self.world().codepipeline.stop_in_console(now, pipeline, None, true, None);
                if stopped.is_ok() {
                    self.tell(&words);
                }
            }
            What::Wait { seconds, settled } => {
                self.tell(&words);
                if *settled {
                    while self.turn(random).await {}
                }
                self.advance(SignedDuration::from_secs(*seconds)).await;
            }
            What::Tick => {
                self.tell(&words);
                self.tick().await;
            }
            What::Fault(fault) => {
                self.tell(&words);
                self.injected.faults += u64::from(fault.kind != FaultKind::Crash);
                self.world().faults.push(fault.clone());
            }
            What::Edit { rules } => {
                self.tell(&words);
                self.injected.edits += 1;
                self.rules = *rules;
                self.free.clear();
            }
        }
        self.collect_sent();
    }

    fn start(&mut self, pipeline: &str, author: usize, now: Timestamp) -> bool {
        let person = PEOPLE[author];
        let revision = GivenRevision {
            id: COMMIT.to_owned(),
            summary: None,
            url: None,
            message: Some("Pay refunds in instalments".to_owned()),
            author: Some(person.handle.to_owned()),
            email: Some(format!("{}@acme.example", person.handle)),
            repository: None,
            branch: None,
        };
        let trigger = GivenTrigger { kind: "WebhookV2".to_owned(), detail: None };
        let mut world = self.world();
        let started = world.codepipeline.start_by(now, pipeline, &BTreeMap::new(), &[(None, revision)], Ok(trigger));
        let id = world.codepipeline.execution_id(pipeline);
        drop(world);
        if let (Ok(_), Some(id)) = (&started, id) {
            self.authors.insert((pipeline.to_owned(), id), author);
        }
        started.is_ok()
    }

    /// Which message of the queue is delivered.
    fn pick(&self, which: Which, random: &mut Random) -> Option<usize> {
        let is_request = |sent: &&Sent| matches!(sent.to, Destination::Topic { .. });
        let any = || (!self.queue.is_empty()).then_some(0);
        match which {
            Which::Oldest => any(),
            Which::Request => self.queue.iter().rposition(|sent| is_request(&sent)).or_else(any),
            Which::Any => any().map(|_| random.below(self.queue.len())),
        }
    }

    async fn deliver(&mut self, sent: Sent) {
        let payload = Carrier::EventBridge.payload(&sent);
        self.invoke(Cause::Delivery(sent), payload).await;
    }

    /// Delivers messages as a queue's batch.
    async fn deliver_batch(&mut self, messages: &[Sent]) {
        let payload = batch(messages.iter().enumerate().map(|(at, sent)| (message_id(at), sent)));
        self.invoke(Cause::Queue(messages.to_vec()), payload).await;
    }

    fn press(&self, by: usize, button: &str, message: usize, now: Timestamp) -> Option<Interaction> {
        let mut world = self.world();
        let messages = world.slack.messages().iter().rev().filter(|message| message.channel_name == "releases");
        let with_buttons: Vec<_> =
            messages.filter(|message| message.blocks.iter().any(|block| block["type"] == "actions")).collect();
        let message = (*with_buttons.get(message % with_buttons.len().max(1))?).clone();
        world.slack.press_on(now, PEOPLE[by].handle, button, &message).ok()
    }

    async fn submit(&mut self, by: usize, words: &str, now: Timestamp) {
        let handle = PEOPLE[by].handle;
        let values = BTreeMap::from([("comment".to_owned(), "Looks right.".to_owned())]);
        let Ok(interaction) = self.world().slack.submit(now, handle, &values) else { return };
        self.tell(words);
        let about = interaction.payload["view"]["private_metadata"].as_str();
        let about: Value = about.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        self.click(by, text("wish"), text("approval"), &interaction, None).await;
        // The window closes with the answer; should that be an error, people close it themselves.
        let _told = self.world().slack.answer_submission(handle, None);
    }

    async fn click(
        &mut self,
        by: usize,
        wish: String,
        approval: String,
        interaction: &Interaction,
        tamper: Option<Tamper>,
    ) {
        self.injected.clicks += 1;
        self.injected.tampered += u64::from(tamper.is_some());
        let is_submission = interaction.payload["type"] == "view_submission";
        let now = self.world().now;
        let payload = signed_request(Envelope::FunctionUrl, &interaction.payload, SIGNING_SECRET, now, tamper);
        let click = Click { by, wish, approval, is_genuine: tamper.is_none(), is_submission };
        self.invoke(Cause::Click(click), payload).await;
    }

    async fn tick(&mut self) {
        let now = self.world().now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let payload = json!({
            "version": "0", "id": "3d2b8a54-6f1e-4c07-9b3a-5e8d7c6f0a12", "detail-type": "Scheduled Event",
            "source": "aws.scheduler", "account": "482910375566", "time": now, "region": REGION,
            "resources": ["arn:aws:scheduler:eu-west-1:482910375566:schedule/default/signoff"], "detail": "{}",
        });
        self.invoke(Cause::Tick, payload).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
