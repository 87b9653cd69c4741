//! A shop's CodePipeline and Slack, small enough to fail where a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff::adapters::memory::MemoryStore;
use signoff::app::{App, Failure, Groups, Late, Others, SigningSecrets};
use signoff::approval::audit::{AuditRecord, AuditSettings};
use signoff::approval::record::{ApprovalRecord, ApprovalState, Record};
use signoff::approval::{Wish, id};
use signoff::diagnostic::Source;
use signoff::event::{ApprovalToken, Envelope, Event, Trigger, read_text};
use signoff::lambda;
use signoff::logbook::Logbook;
use signoff::ports::{
    ActionRef, ActionState, ActionStatus, Answer, Chat, Clock, OperateError, Operation, Origin, PipelineRef,
    PipelineState, Pipelines, PortError, PutError, SaveError, SlackUser, SourceRun, Store, Stored,
};
use signoff::rules::{self, RuleSet};
use signoff::secret::Secret;
use signoff::slack::interaction::{Clicker, Deed, Interaction, MessageRef, ModalMetadata};
use signoff::slack::request::{HomeOpened, Request, SlashCommand};
use signoff::template::{Message, Templates};

const RULES: &str = "\
version: 1
workspace: T0SHOP
approvals:
  - { name: live, match: {}, channel: C0LIVE, POLICY }
notifications:
  - { name: all, match: {}, channel: C0LIVE }
  - { name: failures, channel: C0MORE, match: { event: '*.failed' } }
commands:
  - { name: operate, match: { pipeline: 'checkout-*' }, do: [start, retry, rollback, stop, enable, disable], by: U0NOOR, confirm: false }
  - { name: ask, do: [start, status, approvals], by: U0OLA }
";

static TEMPLATES: LazyLock<Arc<Templates>> = LazyLock::new(|| Arc::new(Templates::builtin()));

/// The commit that it runs.
pub const COMMIT: &str = "0b7e4f2c91d84a6f8e35c7d2a1906b4f3e8d5c27";

/// The execution that asks.
pub const EXECUTION: &str = "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60";

/// What signoff called, in order. Reads are not written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    Post(String),
    /// The first words of the answer in the message's thread.
    Reply(String),
    /// The first words of the message's text.
    Update(String),
    /// The same, of the message that an escalation posted.
    UpdateElsewhere(String),
    Whisper(String, String),
    Modal(String),
    Put(bool, String),
    /// Whose Home tab, and how many blocks it shows.
    Home(String, usize),
    Operate(Operation),
}

/// signoff in a world that fails as it is told.
pub struct Shop {
    app: App,
    world: Arc<World>,
    event: Event,
}

struct World {
    now: Mutex<Timestamp>,
    calls: Mutex<Vec<Called>>,
    /// By method: the next call fails so.
    chat_faults: Mutex<BTreeMap<&'static str, PortError>>,
    /// The next answer fails so; true where it counts all the same.
    put_fault: Mutex<Option<(PutError, bool)>>,
    state_fault: Mutex<Option<PortError>>,
    pipeline: Mutex<PipelineState>,
    succeeded: Mutex<Vec<String>>,
    operate_fault: Mutex<Option<OperateError>>,
    /// How long CodePipeline takes to answer an answer.
    put_takes: Mutex<Duration>,
    /// How long it takes to look how an approval stands; and half of how long an answer that was taken takes to be confirmed.
    state_takes: Mutex<Duration>,
    answered: Mutex<Option<(bool, String, &'static str, Timestamp)>>,
    is_stopped: Mutex<bool>,
    origin: Mutex<Origin>,
    origin_fault: Mutex<Option<PortError>>,
    store: Arc<dyn Store>,
    /// How many writes still arrive; `None`: all.
    writes_left: Mutex<Option<u32>>,
    /// The messages that were posted, in order, each as it looks now.
    posted: Mutex<Vec<Message>>,
    /// How many calls are still done before the invocation dies; `None`: it lives.
    calls_left: Mutex<Option<u32>>,
    /// How many calls were done, reads among them.
    calls_done: Mutex<u32>,
    /// What it did last before it died.
    died_after: Mutex<Option<&'static str>>,
    /// Which of several invocations goes on when; `None`: each as far as it gets.
    schedule: Mutex<Option<u64>>,
}

impl World {
    fn call(&self, call: Called) {
        self.calls.lock().unwrap().push(call);
    }

    fn fault(&self, method: &str) -> Result<(), PortError> {
        self.chat_faults.lock().unwrap().remove(method).map_or(Ok(()), Err)
    }

    /// CodePipeline takes an answer, or does not.
    fn take_answer(&self, answer: &Answer) -> Result<(), PutError> {
        let fault = self.put_fault.lock().unwrap().take();
        let mut answered = self.answered.lock().unwrap();
        if answered.is_some() {
            return Err(PutError::Over("ApprovalAlreadyCompletedException".to_owned()));
        }
        self.call(Called::Put(answer.approved, answer.summary.clone()));
        let role = "arn:aws:sts::730591846207:assumed-role/signoff/signoff";
        let counts = (answer.approved, answer.summary.clone(), role, self.now());
        match fault {
            None => {
                *answered = Some(counts);
                Ok(())
            }
            Some((error, true)) => {
                *answered = Some(counts);
                Err(error)
            }
            Some((error, false)) => {
                self.calls.lock().unwrap().pop();
                Err(error)
            }
        }
    }

    /// Where another invocation may come between.
    async fn others_first(&self) {
        let pauses = match self.schedule.lock().unwrap().as_mut() {
            None => 1,
            Some(state) => {
                *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (*state >> 33) % 8
            }
        };
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
    }

    /// The call was done. An invocation that dies of it never learns so.
    async fn done(&self, call: &'static str) {
        *self.calls_done.lock().unwrap() += 1;
        let mut dies = false;
        if let Some(left) = self.calls_left.lock().unwrap().as_mut() {
            *left = left.saturating_sub(1);
            dies = *left == 0;
        }
        if dies {
            self.died_after.lock().unwrap().get_or_insert(call);
            std::future::pending::<()>().await;
        }
        self.others_first().await;
    }
}

impl Shop {
    pub fn new() -> Self {
        Self::with_rule("approvers: [U0NOOR, U0OLA]")
    }

    /// With this as the policy of the approval rule.
    pub fn with_rule(policy: &str) -> Self {
        Self::with_store(policy, Arc::new(MemoryStore::default()))
    }

    /// With these rules.
    pub fn with_rules(rules: &str) -> Self {
        Self::of(read_rules(rules), Arc::new(MemoryStore::default()))
    }

    /// With its records in this store.
    pub fn with_store(policy: &str, store: Arc<dyn Store>) -> Self {
        Self::of(read_rules(&RULES.replace("POLICY", policy)), store)
    }

    fn of(rules: Arc<RuleSet>, store: Arc<dyn Store>) -> Self {
        let world = Arc::new(World {
            now: Mutex::new("2026-05-11T16:40:00Z".parse().unwrap()),
            calls: Mutex::default(),
            chat_faults: Mutex::default(),
            put_fault: Mutex::default(),
            state_fault: Mutex::default(),
            pipeline: Mutex::default(),
            succeeded: Mutex::default(),
            operate_fault: Mutex::default(),
            put_takes: Mutex::default(),
            state_takes: Mutex::default(),
            answered: Mutex::default(),
            is_stopped: Mutex::default(),
            origin: Mutex::default(),
            origin_fault: Mutex::default(),
            store,
            writes_left: Mutex::default(),
            posted: Mutex::default(),
            calls_left: Mutex::default(),
            calls_done: Mutex::default(),
            died_after: Mutex::default(),
            schedule: Mutex::default(),
        });
        let app = App {
            rules,
            templates: Arc::clone(&TEMPLATES),
            pipelines: Arc::clone(&world) as Arc<dyn Pipelines>,
            chat: Arc::clone(&world) as Arc<dyn Chat>,
            groups: Groups::default(),
            late: Late::default(),
            others: Others::default(),
            store: Arc::clone(&world) as Arc<dyn Store>,
            clock: Arc::clone(&world) as Arc<dyn Clock>,
            logbook: Logbook::default(),
            audit: AuditSettings::default(),
            signing_secrets: SigningSecrets::fixed([]),
        };
        let message = r#"{"region": "eu-north-1", "approval": {"pipelineName": "checkout-web", "stageName": "Live",
            "actionName": "GoLive", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T16:40Z"}}"#;
        let envelope =
            Envelope { sent_at: Some("2026-05-11T16:40:00Z".parse().unwrap()), topic_arn: None, subject: None };
        Self { app, world, event: read_text(message, &envelope).unwrap() }
    }

    pub async fn announce(&self) -> Result<String, Failure> {
        self.app.announce(self.event.clone(), Timestamp::MAX).await
    }

    pub async fn notify(&self) -> Result<String, Failure> {
        let message = r#"{"detail-type": "CodePipeline Pipeline Execution State Change", "region": "eu-north-1",
            "time": "2026-05-11T16:45:00Z", "detail": {"pipeline": "checkout-web", "state": "FAILED"}}"#;
        let event = read_text(message, &Envelope::default()).unwrap();
        self.app.notify(&event, "delivery", Timestamp::MAX).await.map(Option::unwrap_or_default)
    }

    /// SNS delivers events, each of a kind, with a state, of a stage or none, so many seconds after the beginning.
    pub async fn deliver(&self, events: &[(&str, &str, &str, i64)]) -> Result<Value, Failure> {
        let begin: Timestamp = "2026-05-11T16:40:00Z".parse().unwrap();
        let record = |(kind, state, stage, second): &(&str, &str, &str, i64)| {
            let at = begin.checked_add(SignedDuration::from_secs(*second)).unwrap();
            let mut detail = json!({ "pipeline": "checkout-web", "execution-id": EXECUTION, "state": state });
            if !stage.is_empty() {
                detail["stage"] = (*stage).into();
            }
            if *kind == "Action" {
                detail["action"] = "GoLive".into();
                detail["execution-result"] = json!({ "external-execution-summary": "deployment d-9 failed" });
            }
            let message = json!({
                "detail-type": format!("CodePipeline {kind} Execution State Change"), "region": "eu-north-1",
                "time": at.to_string(), "detail": detail,
            });
            json!({ "Sns": { "MessageId": format!("{kind} {state} {stage}"), "Message": message.to_string() } })
        };
        let payload = json!({ "Records": events.iter().map(record).collect::<Vec<_>>() });
        signoff::lambda::handle(&self.app, &payload, Timestamp::MAX).await
    }

    /// What comes of a slash command: for the log, and what the person is told, if anything.
    pub async fn command(&self, user: &str, text: &str, trigger: &str) -> Result<(String, Option<String>), Failure> {
        let command = SlashCommand {
            command: "/deploy".to_owned(),
            text: text.to_owned(),
            team: Some("T0SHOP".to_owned()),
            user: Clicker { id: user.to_owned(), team: None },
            channel: "C0LIVE".to_owned(),
            trigger: trigger.to_owned(),
        };
        let (reply, outcome) = self.app.respond(&Request::Command(command), Timestamp::MAX).await?;
        let told = reply.map(|reply| reply["blocks"][0]["text"]["text"].as_str().unwrap().to_owned());
        Ok((outcome, told))
    }

    /// Somebody looks at the app's Home tab.
    pub async fn look_home(&self, user: &str) -> Result<String, Failure> {
        let user = Clicker { id: user.to_owned(), team: None };
        let home = Request::Home(HomeOpened { team: Some("T0SHOP".to_owned()), user });
        Ok(self.app.respond(&home, Timestamp::MAX).await?.1)
    }

    /// How the pipeline stands.
    pub fn stands(&self, state: PipelineState) {
        *self.world.pipeline.lock().unwrap() = state;
    }

    /// The next operation fails so.
    pub fn fail_operation(&self, error: OperateError) {
        *self.world.operate_fault.lock().unwrap() = Some(error);
    }

    /// The scheduler's tick.
    pub async fn tick(&self) -> Result<String, Failure> {
        self.app.tick(Timestamp::MAX).await
    }

    /// CodePipeline tells of the approval's action.
    pub async fn tell(&self, state: &str) -> Result<Option<String>, Failure> {
        let message = format!(
            r#"{{"detail-type": "CodePipeline Action Execution State Change", "region": "eu-north-1",
            "detail": {{"pipeline": "checkout-web", "stage": "Live", "action": "GoLive", "state": "{state}",
            "type": {{"category": "Approval"}}}}}}"#
        );
        let event = read_text(&message, &Envelope::default()).unwrap();
        self.app.catch_up(&event, Timestamp::MAX).await
    }

    /// Presses a button of the message posted last.
    pub async fn press(&self, button: &str, user: &str) -> Result<String, Failure> {
        self.press_on(self.messages().len().saturating_sub(1), button, user).await
    }

    /// Presses a button of the message of this number.
    pub async fn press_on(&self, number: usize, button: &str, user: &str) -> Result<String, Failure> {
        let wish = Wish::ALL.into_iter().find(|wish| wish.as_str() == button).unwrap();
        let approval = id(&self.event);
        self.interact(user, Deed::Press { wish, approval, message: place(number), trigger: "1.2.3".to_owned() }).await
    }

    pub async fn submit(&self, comment: &str, user: &str) -> Result<String, Failure> {
        let about = ModalMetadata { approval: id(&self.event), message: message(), wish: Wish::Reject };
        self.interact(user, Deed::Submit { about, comment: comment.to_owned() }).await
    }

    async fn interact(&self, user: &str, deed: Deed) -> Result<String, Failure> {
        self.app.interact(&interaction(user, deed), Timestamp::MAX).await.map(|(_, outcome)| outcome)
    }

    /// Approves as Slack has it: answered in time, then what is left, with so many seconds until the Lambda is stopped.
    pub async fn press_in_time(&self, user: &str, seconds: i64) -> Option<Result<String, Failure>> {
        let deed =
            Deed::Press { wish: Wish::Approve, approval: id(&self.event), message: message(), trigger: String::new() };
        let deadline = self.world.now().checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let done = self.app.respond_in_time(&Request::Interaction(interaction(user, deed)), deadline).await;
        done.map(|done| done.map(|(_, outcome)| outcome))
    }

    /// Lets it do what is left after its answer.
    pub async fn finish(&self) {
        self.app.late.finish().await;
    }

    /// With tokio's paused clock.
    pub fn put_takes(&self, seconds: u64) {
        *self.world.put_takes.lock().unwrap() = Duration::from_secs(seconds);
    }

    /// The same for how an approval stands; that an answer was taken is confirmed after twice as long.
    pub fn state_takes(&self, seconds: u64) {
        *self.world.state_takes.lock().unwrap() = Duration::from_secs(seconds);
    }

    pub fn calls(&self) -> Vec<Called> {
        self.world.calls.lock().unwrap().clone()
    }

    /// The Lambda is invoked with this.
    pub async fn handle(&self, payload: &Value) -> Value {
        signoff::lambda::handle(&self.app, payload, Timestamp::MAX).await.unwrap()
    }

    /// Presses Approve for the request of a pipeline of this account.
    pub async fn press_of(&self, account: &str, user: &str) -> Result<String, Failure> {
        let event = Event { account: Some(account.to_owned()), ..self.event.clone() };
        let (wish, trigger) = (Wish::Approve, "1.2.3".to_owned());
        self.interact(user, Deed::Press { wish, approval: id(&event), message: place(0), trigger }).await
    }

    /// How the approval of a pipeline of this account stands.
    pub async fn state_of(&self, account: &str) -> ApprovalState {
        let event = Event { account: Some(account.to_owned()), ..self.event.clone() };
        let stored = self.world.store.load(&format!("approval#{}", id(&event)), self.world.now()).await.unwrap();
        let Record::Approval(record) = stored.unwrap().record else { panic!("an approval") };
        record.state
    }

    pub async fn state(&self) -> ApprovalState {
        self.record().await.state
    }

    pub async fn record(&self) -> ApprovalRecord {
        let key = format!("approval#{}", id(&self.event));
        let stored = self.world.store.load(&key, self.world.now()).await.unwrap().unwrap();
        let Record::Approval(record) = stored.record else { panic!("an approval") };
        *record
    }

    /// The messages that were posted, each as it looks now.
    pub fn messages(&self) -> Vec<Message> {
        self.world.posted.lock().unwrap().clone()
    }

    /// What CodePipeline was answered, here or in the console.
    pub fn answered(&self) -> Option<(bool, String)> {
        let answered = self.world.answered.lock().unwrap();
        answered.as_ref().map(|(approved, summary, ..)| (*approved, summary.clone()))
    }

    /// The rules are deployed anew, with this as the policy of the approval rule.
    pub fn set_rule(&mut self, policy: &str) {
        self.app.rules = read_rules(&RULES.replace("POLICY", policy));
    }

    /// What Slack signs with.
    pub fn set_secrets(&mut self, secrets: &[&str]) {
        self.app.signing_secrets = SigningSecrets::fixed(secrets.iter().copied().map(Secret::new));
    }

    /// Invokes the Lambda.
    pub async fn invoke(&self, payload: &Value) -> Result<Value, Failure> {
        lambda::handle(&self.app, payload, Timestamp::MAX).await
    }

    /// How often the store, Slack or CodePipeline was asked anything.
    pub fn calls_done(&self) -> u32 {
        *self.world.calls_done.lock().unwrap()
    }

    /// The approval's id, which its buttons carry.
    pub fn logbook(&self) -> &Logbook {
        &self.app.logbook
    }

    pub fn approval(&self) -> String {
        id(&self.event)
    }

    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// From now on several invocations go on by turns, drawn from this seed.
    pub fn interleave(&self, seed: u64) {
        *self.world.schedule.lock().unwrap() = Some(seed);
    }

    /// Lets the invocation that does this many more calls, reads among them, die after the last of them.
    pub fn die_after(&self, calls: u32) {
        *self.world.calls_left.lock().unwrap() = Some(calls);
    }

    /// Every invocation lives from now on.
    pub fn mend_calls(&self) {
        *self.world.calls_left.lock().unwrap() = None;
    }

    /// After what the invocation that was to die did so; `None` where it lived.
    pub fn died_after(&self) -> Option<&'static str> {
        *self.world.died_after.lock().unwrap()
    }

    /// What comes of an invocation; `None` where it dies.
    pub async fn unless_it_dies<T>(&self, invocation: impl Future<Output = T>) -> Option<T> {
        let before = self.died_after();
        let mut invocation = std::pin::pin!(invocation);
        std::future::poll_fn(|context| {
            if let Poll::Ready(done) = invocation.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            if before.is_none() && self.died_after().is_some() {
                // The next instance lives.
                *self.world.calls_left.lock().unwrap() = None;
                return Poll::Ready(None);
            }
            Poll::Pending
        })
        .await
    }

    /// What is kept of the end, as evidence.
    pub async fn evidence(&self) -> Option<AuditRecord> {
        let key = format!("audit#{}", id(&self.event));
        match self.world.store.load(&key, self.world.now()).await.unwrap()?.record {
            Record::Audit(kept) => Some(*kept),
            record => panic!("evidence, not {record:?}"),
        }
    }

    pub fn wait(&self, seconds: i64) {
        let mut now = self.world.now.lock().unwrap();
        *now = now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    pub fn fail_chat(&self, method: &'static str, error: PortError) {
        self.world.chat_faults.lock().unwrap().insert(method, error);
    }

    /// Lets the next answer fail; `counts`: CodePipeline took it, and only its confirmation is lost.
    pub fn fail_put(&self, error: PutError, counts: bool) {
        *self.world.put_fault.lock().unwrap() = Some((error, counts));
    }

    pub fn fail_state(&self, error: PortError) {
        *self.world.state_fault.lock().unwrap() = Some(error);
    }

    /// The execution was started so, by a change of this commit; the source tells the author's e-mail address, or does not.
    pub fn comes_from(&self, kind: &str, detail: &str, author_email: Option<&str>) {
        let trigger = Trigger { kind: Some(kind.to_owned()), detail: Some(detail.to_owned()) };
        let source = SourceRun {
            action: "Checkout".to_owned(),
            commit: Some(COMMIT.to_owned()),
            author_email: author_email.map(str::to_owned),
            ..SourceRun::default()
        };
        *self.world.origin.lock().unwrap() =
            Origin { trigger: Some(trigger), sources: vec![source], ..Origin::default() };
    }

    pub fn fail_origin(&self, error: PortError) {
        *self.world.origin_fault.lock().unwrap() = Some(error);
    }

    /// CodePipeline tells that the execution began, with who pushed which commit.
    pub async fn tell_push(&self, commit: &str, email: &str) -> Result<Option<String>, Failure> {
        let message = format!(
            r#"{{"detail-type": "CodePipeline Pipeline Execution State Change", "region": "eu-north-1",
            "detail": {{"pipeline": "checkout-web", "execution-id": "{EXECUTION}", "state": "STARTED",
            "execution-trigger": {{"commit-id": "{commit}", "author-email": "{email}"}}}}}}"#
        );
        let event = read_text(&message, &Envelope::default()).unwrap();
        self.app.catch_up(&event, Timestamp::MAX).await
    }

    /// Lets every write to the store fail but the next `writes`: what an invocation that dies leaves behind.
    pub fn lose_writes_after(&self, writes: u32) {
        *self.world.writes_left.lock().unwrap() = Some(writes);
    }

    pub fn mend(&self) {
        *self.world.writes_left.lock().unwrap() = None;
    }

    /// The execution is stopped, and its approval abandoned.
    pub fn stop_in_console(&self) {
        *self.world.is_stopped.lock().unwrap() = true;
    }

    pub fn answer_in_console(&self, approved: bool, comment: &str) {
        let by = "arn:aws:iam::730591846207:user/pia";
        *self.world.answered.lock().unwrap() = Some((approved, comment.to_owned(), by, self.world.now()));
    }

    /// CodePipeline gives up waiting: nobody answered.
    pub fn time_out(&self) {
        *self.world.answered.lock().unwrap() = Some((false, String::new(), "", self.world.now()));
    }
}

fn interaction(user: &str, deed: Deed) -> Interaction {
    let team = Some("T0SHOP".to_owned());
    Interaction { team: team.clone(), user: Clicker { id: user.to_owned(), team }, deed }
}

fn message() -> MessageRef {
    MessageRef { channel: "C0LIVE".to_owned(), ts: "1778517600.000100".to_owned() }
}

/// The message that an escalation posts.
fn elsewhere(channel: &str) -> MessageRef {
    MessageRef { channel: channel.to_owned(), ts: "1778517600.000300".to_owned() }
}

/// Where a message is, by its number.
fn place(number: usize) -> MessageRef {
    MessageRef { ts: format!("1778517600.{:06}", 100 + number), ..message() }
}

/// Rules that were read, by their policy: reading them tries every template.
static READ: Mutex<BTreeMap<String, Arc<RuleSet>>> = Mutex::new(BTreeMap::new());

fn read_rules(rules: &str) -> Arc<RuleSet> {
    let read = || {
        let file = Source::new("shop.yaml", rules);
        Arc::new(rules::read(&[file], &TEMPLATES).unwrap().rules)
    };
    Arc::clone(READ.lock().unwrap().entry(rules.to_owned()).or_insert_with(read))
}

fn first_words(text: &str) -> String {
    text.split(':').next().unwrap().to_owned()
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, _: SignedDuration) {}

    async fn limit(&self, duration: SignedDuration) {
        #[allow(clippy::disallowed_methods, reason = "by tokio's paused clock")]
        tokio::time::sleep(Duration::try_from(duration).unwrap_or_default()).await;
    }
}

#[async_trait]
impl Store for World {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        // Lets other clicks come between a read and the write that depends on it.
        self.others_first().await;
        let loaded = self.store.load(key, now).await;
        self.done("a read of the store").await;
        loaded
    }

    async fn save(
        &self,
        key: &str,
        record: &Record,
        expected: Option<u64>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<u64, SaveError> {
        self.others_first().await;
        if let Some(left) = self.writes_left.lock().unwrap().as_mut() {
            *left = left.checked_sub(1).ok_or_else(|| PortError::Transient("the table is gone".to_owned()))?;
        }
        let saved = self.store.save(key, record, expected, expires_at, now).await;
        self.done("a write to the store").await;
        saved
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<String>, PortError> {
        self.store.due(now, limit).await
    }
}

#[async_trait]
impl Chat for World {
    async fn post(&self, channel: &str, shown: &Message, _: Timestamp) -> Result<MessageRef, PortError> {
        self.fault("post")?;
        self.call(Called::Post(channel.to_owned()));
        if channel == "C0HELP" {
            self.done("chat.postMessage").await;
            return Ok(elsewhere(channel));
        }
        let number = {
            let mut posted = self.posted.lock().unwrap();
            posted.push(shown.clone());
            posted.len() - 1
        };
        self.done("chat.postMessage").await;
        Ok(place(number))
    }

    async fn reply(&self, to: &MessageRef, said: &Message, _: Timestamp) -> Result<MessageRef, PortError> {
        self.fault("reply")?;
        let posted = self.posted.lock().unwrap().len();
        assert!((0..posted).any(|number| *to == place(number)), "{to:?} is no message");
        self.call(Called::Reply(first_words(&said.text)));
        Ok(MessageRef { ts: "1778517600.000200".to_owned(), ..message() })
    }

    async fn permalink(&self, of: &MessageRef, _: Timestamp) -> Result<String, PortError> {
        self.fault("permalink")?;
        Ok(format!("https://shop.slack.example/archives/{}/p{}", of.channel, of.ts))
    }

    async fn update(&self, at: &MessageRef, shown: &Message, _: Timestamp) -> Result<(), PortError> {
        self.fault("update")?;
        self.others_first().await;
        if *at == elsewhere("C0HELP") {
            self.fault("update elsewhere")?;
            self.call(Called::UpdateElsewhere(first_words(&shown.text)));
            return Ok(());
        }
        self.call(Called::Update(first_words(&shown.text)));
        {
            let mut posted = self.posted.lock().unwrap();
            let number = (0..posted.len()).find(|number| *at == place(*number)).unwrap();
            posted[number] = shown.clone();
        }
        self.done("chat.update").await;
        Ok(())
    }

    async fn whisper(&self, _: &str, user: &str, told: &Message, _: Timestamp) -> Result<(), PortError> {
        self.fault("whisper")?;
        let text = told.blocks[0]["text"]["text"].as_str().unwrap();
        self.call(Called::Whisper(user.to_owned(), text.trim_start_matches(":no_entry_sign: ").to_owned()));
        self.done("chat.postEphemeral").await;
        Ok(())
    }

    async fn open_modal(&self, _: &str, view: &Value, _: Timestamp) -> Result<(), PortError> {
        self.fault("open_modal")?;
        self.call(Called::Modal(view["callback_id"].as_str().unwrap().to_owned()));
        self.done("views.open").await;
        Ok(())
    }

    async fn publish_home(&self, user: &str, view: &Value, _: Timestamp) -> Result<(), PortError> {
        self.fault("publish_home")?;
        self.call(Called::Home(user.to_owned(), view["blocks"].as_array().unwrap().len()));
        Ok(())
    }

    async fn user(&self, user: &str, _: Timestamp) -> Result<Option<SlackUser>, PortError> {
        self.fault("user")?;
        self.done("users.info").await;
        Ok(Some(SlackUser {
            name: format!("{user}'s name"),
            team: Some("T0SHOP".to_owned()),
            deleted: user == "U0GONE",
            bot: user == "U0ROBOT",
            stranger: user == "U0GUEST",
        }))
    }

    async fn user_by_email(&self, email: &str, _: Timestamp) -> Result<Option<String>, PortError> {
        self.fault("user_by_email")?;
        Ok(email.strip_suffix("@shop.example").map(|name| format!("U0{}", name.to_uppercase())))
    }

    async fn user_group(&self, _: &str, _: Timestamp) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Pipelines for World {
    fn own_region(&self) -> String {
        "eu-north-1".to_owned()
    }

    fn own_account(&self) -> Option<String> {
        Some("730591846207".to_owned())
    }

    async fn pipelines(&self, _: Option<&str>, _: &str) -> Result<Vec<String>, PortError> {
        Ok(vec!["checkout-web".to_owned(), "stock".to_owned()])
    }

    async fn state(&self, pipeline: &PipelineRef) -> Result<Option<PipelineState>, PortError> {
        if let Some(error) = self.state_fault.lock().unwrap().take() {
            return Err(error);
        }
        Ok((pipeline.name == "checkout-web").then(|| self.pipeline.lock().unwrap().clone()))
    }

    async fn succeeded_in(&self, _: &PipelineRef, _: &str) -> Result<Vec<String>, PortError> {
        Ok(self.succeeded.lock().unwrap().clone())
    }

    async fn operate(&self, _: &PipelineRef, operation: &Operation) -> Result<Option<String>, OperateError> {
        let fault = self.operate_fault.lock().unwrap().take();
        if !matches!(&fault, Some(OperateError::Refused { .. })) {
            self.call(Called::Operate(operation.clone()));
        }
        fault.map_or(Ok(None), Err)
    }

    #[allow(clippy::disallowed_methods, reason = "tokio's paused clock takes no time")]
    async fn put_approval_result(&self, answer: &Answer) -> Result<(), PutError> {
        let takes = *self.put_takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        assert_eq!(answer.token.expose(), "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6");
        let put = self.take_answer(answer);
        let takes = *self.state_takes.lock().unwrap();
        tokio::time::sleep(takes * 2).await;
        self.done("PutApprovalResult").await;
        put
    }

    #[allow(clippy::disallowed_methods, reason = "tokio's paused clock takes no time")]
    async fn approval_state(
        &self,
        action: &ActionRef,
        token: &ApprovalToken,
        _: Option<&str>,
    ) -> Result<Option<ActionState>, PortError> {
        assert_eq!((action.pipeline.region.as_str(), action.action.as_str()), ("eu-north-1", "GoLive"));
        if let Some(error) = self.state_fault.lock().unwrap().take() {
            return Err(error);
        }
        let takes = *self.state_takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        let (answered, is_stopped) = (self.answered.lock().unwrap().clone(), *self.is_stopped.lock().unwrap());
        self.done("GetPipelineState").await;
        Ok(Some(match answered {
            None => ActionState {
                status: if is_stopped { ActionStatus::Abandoned } else { ActionStatus::InProgress },
                token: Some(token.clone()),
                execution: Some(EXECUTION.to_owned()),
                summary: None,
                updated_by: None,
                changed_at: Some("2026-05-11T16:40:00Z".parse().unwrap()),
            },
            Some((approved, summary, by, at)) => ActionState {
                status: if approved { ActionStatus::Succeeded } else { ActionStatus::Failed },
                token: None,
                execution: None,
                summary: Some(summary),
                updated_by: Some(by.to_owned()).filter(|by| !by.is_empty()),
                changed_at: Some(at),
            },
        }))
    }

    async fn origin(&self, pipeline: &PipelineRef, execution: &str) -> Result<Option<Origin>, PortError> {
        let PipelineRef { region, name, .. } = pipeline;
        assert_eq!((region.as_str(), name.as_str(), execution), ("eu-north-1", "checkout-web", EXECUTION));
        if let Some(error) = self.origin_fault.lock().unwrap().take() {
            return Err(error);
        }
        Ok(Some(self.origin.lock().unwrap().clone()))
    }

    async fn stages(&self, _: &PipelineRef) -> Result<Vec<String>, PortError> {
        Ok(vec!["Source".to_owned(), "Live".to_owned()])
    }

    async fn failures(&self, _: &PipelineRef, _: &str) -> Result<Vec<signoff::event::Failure>, PortError> {
        Ok(Vec::new())
    }

    async fn run_in(&self, action: &ActionRef, execution: &str) -> Result<Option<ActionState>, PortError> {
        assert_eq!(execution, EXECUTION);
        let token = ApprovalToken::new("a94c07d1-3be8-4f52-9d60-72c18e5fb3a6");
        self.approval_state(action, &token, Some(execution)).await
    }
}
