//! A shop's CodePipeline and Slack, small enough to fail where a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff::adapters::memory::MemoryStore;
use signoff::app::{App, Failure, Groups, Late};
use signoff::approval::record::{ApprovalState, Record};
use signoff::approval::{Wish, id};
use signoff::diagnostic::Source;
use signoff::event::{ApprovalToken, Envelope, Event, Trigger, read_text};
use signoff::ports::{
    ActionRef, ActionState, ActionStatus, Answer, Chat, Clock, Origin, Pipelines, PortError, PutError, SaveError,
    SlackUser, SourceRun, Store, Stored,
};
use signoff::rules;
use signoff::slack::interaction::{Clicker, Deed, Interaction, MessageRef, ModalMetadata};
use signoff::template::{Message, Templates};

const RULES: &str = "\
version: 1
workspace: T0SHOP
approvals:
  - { name: live, match: {}, channel: C0LIVE, POLICY }
notifications:
  - { name: all, match: {}, channel: C0LIVE }
  - { name: failures, channel: C0MORE, match: { event: '*.failed' } }
";

/// The commit that it runs.
pub const COMMIT: &str = "0b7e4f2c91d84a6f8e35c7d2a1906b4f3e8d5c27";

/// The execution that asks.
const EXECUTION: &str = "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60";

/// What signoff called, in order. Reads are not written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    Post(String),
    /// The first words of the answer in the message's thread.
    Reply(String),
    /// The first words of the message's text.
    Update(String),
    Whisper(String, String),
    Modal(String),
    Put(bool, String),
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
    /// How long CodePipeline takes to answer an answer.
    put_takes: Mutex<Duration>,
    answered: Mutex<Option<(bool, String, &'static str, Timestamp)>>,
    origin: Mutex<Origin>,
    origin_fault: Mutex<Option<PortError>>,
    store: MemoryStore,
    /// How many writes still arrive; `None`: all.
    writes_left: Mutex<Option<u32>>,
}

impl World {
    fn call(&self, call: Called) {
        self.calls.lock().unwrap().push(call);
    }

    fn fault(&self, method: &str) -> Result<(), PortError> {
        self.chat_faults.lock().unwrap().remove(method).map_or(Ok(()), Err)
    }
}

impl Shop {
    pub fn new() -> Self {
        Self::with_rule("approvers: [U0NOOR, U0OLA]")
    }

    /// With this as the policy of the approval rule.
    pub fn with_rule(policy: &str) -> Self {
        Self::with_rules(&RULES.replace("POLICY", policy))
    }

    /// With these rules.
    pub fn with_rules(rules: &str) -> Self {
        let templates = Templates::builtin();
        let rules = rules::read(&[Source::new("shop.yaml", rules)], &templates).unwrap().rules;
        let world = Arc::new(World {
            now: Mutex::new("2026-05-11T16:40:00Z".parse().unwrap()),
            calls: Mutex::default(),
            chat_faults: Mutex::default(),
            put_fault: Mutex::default(),
            state_fault: Mutex::default(),
            put_takes: Mutex::default(),
            answered: Mutex::default(),
            origin: Mutex::default(),
            origin_fault: Mutex::default(),
            store: MemoryStore::default(),
            writes_left: Mutex::default(),
        });
        let app = App {
            rules: Arc::new(rules),
            templates: Arc::new(templates),
            pipelines: Arc::clone(&world) as Arc<dyn Pipelines>,
            chat: Arc::clone(&world) as Arc<dyn Chat>,
            groups: Groups::default(),
            late: Late::default(),
            store: Arc::clone(&world) as Arc<dyn Store>,
            clock: Arc::clone(&world) as Arc<dyn Clock>,
            signing_secrets: Arc::from([]),
        };
        let message = r#"{"region": "eu-north-1", "approval": {"pipelineName": "checkout-web", "stageName": "Live",
            "actionName": "GoLive", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T16:40Z"}}"#;
        let envelope = Envelope { sent_at: Some("2026-05-11T16:40:00Z".parse().unwrap()), topic_arn: None };
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

    pub async fn press(&self, button: &str, user: &str) -> Result<String, Failure> {
        let wish = Wish::ALL.into_iter().find(|wish| wish.as_str() == button).unwrap();
        let approval = id(&self.event);
        self.interact(user, Deed::Press { wish, approval, message: message(), trigger: "1.2.3".to_owned() }).await
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
        let done = self.app.interact_in_time(&interaction(user, deed), deadline).await;
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

    pub fn calls(&self) -> Vec<Called> {
        self.world.calls.lock().unwrap().clone()
    }

    pub async fn state(&self) -> ApprovalState {
        let key = format!("approval#{}", id(&self.event));
        let stored = self.world.store.load(&key, self.world.now()).await.unwrap().unwrap();
        let Record::Approval(record) = stored.record else { panic!("an approval") };
        record.state
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

    pub fn answer_in_console(&self, approved: bool, comment: &str) {
        let by = "arn:aws:iam::730591846207:user/pia";
        *self.world.answered.lock().unwrap() = Some((approved, comment.to_owned(), by, self.world.now()));
    }
}

fn interaction(user: &str, deed: Deed) -> Interaction {
    let team = Some("T0SHOP".to_owned());
    Interaction { team: team.clone(), user: Clicker { id: user.to_owned(), team }, deed }
}

fn message() -> MessageRef {
    MessageRef { channel: "C0LIVE".to_owned(), ts: "1778517600.000100".to_owned() }
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
}

#[async_trait]
impl Store for World {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        // Lets other clicks come between a read and the write that depends on it.
        tokio::task::yield_now().await;
        self.store.load(key, now).await
    }

    async fn save(
        &self,
        key: &str,
        record: &Record,
        expected: Option<u64>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<u64, SaveError> {
        tokio::task::yield_now().await;
        if let Some(left) = self.writes_left.lock().unwrap().as_mut() {
            *left = left.checked_sub(1).ok_or_else(|| PortError::Transient("the table is gone".to_owned()))?;
        }
        self.store.save(key, record, expected, expires_at, now).await
    }
}

#[async_trait]
impl Chat for World {
    async fn post(&self, channel: &str, _: &Message, _: Timestamp) -> Result<MessageRef, PortError> {
        self.fault("post")?;
        self.call(Called::Post(channel.to_owned()));
        Ok(message())
    }

    async fn reply(&self, to: &MessageRef, said: &Message, _: Timestamp) -> Result<MessageRef, PortError> {
        self.fault("reply")?;
        assert_eq!(*to, message());
        self.call(Called::Reply(first_words(&said.text)));
        Ok(MessageRef { ts: "1778517600.000200".to_owned(), ..message() })
    }

    async fn update(&self, at: &MessageRef, shown: &Message, _: Timestamp) -> Result<(), PortError> {
        self.fault("update")?;
        assert_eq!(*at, message());
        self.call(Called::Update(first_words(&shown.text)));
        Ok(())
    }

    async fn whisper(&self, _: &str, user: &str, told: &Message, _: Timestamp) -> Result<(), PortError> {
        self.fault("whisper")?;
        let text = told.blocks[0]["text"]["text"].as_str().unwrap();
        self.call(Called::Whisper(user.to_owned(), text.trim_start_matches(":no_entry_sign: ").to_owned()));
        Ok(())
    }

    async fn open_modal(&self, _: &str, view: &Value, _: Timestamp) -> Result<(), PortError> {
        self.fault("open_modal")?;
        self.call(Called::Modal(view["callback_id"].as_str().unwrap().to_owned()));
        Ok(())
    }

    async fn user(&self, user: &str, _: Timestamp) -> Result<Option<SlackUser>, PortError> {
        self.fault("user")?;
        tokio::task::yield_now().await;
        Ok(Some(SlackUser {
            name: format!("{user}'s name"),
            team: Some("T0SHOP".to_owned()),
            deleted: false,
            bot: false,
            stranger: false,
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
    #[allow(clippy::disallowed_methods, reason = "tokio's paused clock takes no time")]
    async fn put_approval_result(&self, answer: &Answer) -> Result<(), PutError> {
        let takes = *self.put_takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        assert_eq!(answer.token.expose(), "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6");
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

    async fn approval_state(
        &self,
        action: &ActionRef,
        token: &ApprovalToken,
    ) -> Result<Option<ActionState>, PortError> {
        assert_eq!((action.region.as_str(), action.action.as_str()), ("eu-north-1", "GoLive"));
        if let Some(error) = self.state_fault.lock().unwrap().take() {
            return Err(error);
        }
        let answered = self.answered.lock().unwrap().clone();
        Ok(Some(match answered {
            None => ActionState {
                status: ActionStatus::InProgress,
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
                updated_by: Some(by.to_owned()),
                changed_at: Some(at),
            },
        }))
    }

    async fn origin(&self, region: &str, pipeline: &str, execution: &str) -> Result<Option<Origin>, PortError> {
        assert_eq!((region, pipeline, execution), ("eu-north-1", "checkout-web", EXECUTION));
        if let Some(error) = self.origin_fault.lock().unwrap().take() {
            return Err(error);
        }
        Ok(Some(self.origin.lock().unwrap().clone()))
    }

    async fn stages(&self, _: &str, _: &str) -> Result<Vec<String>, PortError> {
        Ok(vec!["Source".to_owned(), "Live".to_owned()])
    }

    async fn failures(&self, _: &str, _: &str, _: &str) -> Result<Vec<signoff::event::Failure>, PortError> {
        Ok(Vec::new())
    }

    async fn run_in(&self, action: &ActionRef, execution: &str) -> Result<Option<ActionState>, PortError> {
        assert_eq!(execution, EXECUTION);
        let token = ApprovalToken::new("a94c07d1-3be8-4f52-9d60-72c18e5fb3a6");
        self.approval_state(action, &token).await
    }
}
