//! Very many events at once: 500 of 50 executions within 10 seconds, in no order, some of them twice, each in an invocation of its
//! own or with others, at a Slack that takes one message a second in a channel.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "tokio's paused clock takes no time")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff::adapters::memory::MemoryStore;
use signoff::app::{App, Groups, Late, Others, SigningSecrets};
use signoff::approval::audit::AuditSettings;
use signoff::approval::record::Record;
use signoff::diagnostic::Source;
use signoff::engine;
use signoff::event::{self, ApprovalToken, Envelope, Failure};
use signoff::execution::record::ExecutionRecord;
use signoff::ports::{
    ActionRef, ActionState, Answer, Chat, Clock, OperateError, Operation, Origin, PipelineRef, PipelineState,
    Pipelines, PortError, PutError, SaveError, SlackUser, Store, Stored,
};
use signoff::rules;
use signoff::slack::interaction::MessageRef;
use signoff::template::{Message, Templates};
use signoff_simulator::world::slack::Arguments;
use signoff_simulator::world::{Given, SlackFailure, World};
use tokio::time::{Instant, sleep};

const RULES: &str = "\
version: 1
workspace: T0ACME
notifications:
  - { name: progress, channel: C0QUAY, thread: execution }
";
const EXECUTIONS: usize = 50;

/// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below as u64).unwrap()
    }
}

/// Everything outside, by a clock that moves when everybody waits.
struct Outside {
    begin: Timestamp,
    started: Instant,
    world: Mutex<World>,
    store: MemoryStore,
    /// When what was written in the channel.
    written: Mutex<Vec<(Timestamp, String)>>,
    refused: Mutex<usize>,
}

impl Outside {
    /// As the adapter does: obeys Retry-After, four times.
    async fn slack(&self, method: &str, arguments: Value, until: Timestamp) -> Result<Value, PortError> {
        let Value::Object(arguments) = arguments else { panic!("arguments") };
        let arguments = Arguments::json(arguments);
        for _ in 0..4 {
            // The way to Slack.
            sleep(Duration::from_millis(20)).await;
            let answer = {
                let mut world = self.world.lock().unwrap();
                world.now = self.now();
                world.slack_request(method, &arguments)
            };
            match answer {
                Ok(answer) => {
                    self.written.lock().unwrap().push((self.now(), method.to_owned()));
                    sleep(Duration::from_millis(80)).await;
                    return Ok(answer);
                }
                Err(SlackFailure::RateLimited { retry_after_s }) => {
                    *self.refused.lock().unwrap() += 1;
                    if self.now() + SignedDuration::from_secs(retry_after_s.into()) >= until {
                        break;
                    }
                    sleep(Duration::from_secs(retry_after_s.into())).await;
                }
                Err(failure) => return Err(PortError::Permanent(failure.code().to_owned())),
            }
        }
        Err(PortError::Transient("too many requests".to_owned()))
    }
}

#[async_trait]
impl Clock for Outside {
    fn now(&self) -> Timestamp {
        self.begin + SignedDuration::try_from(self.started.elapsed()).unwrap()
    }

    async fn sleep(&self, duration: SignedDuration) {
        sleep(Duration::try_from(duration).unwrap_or_default()).await;
    }

    async fn limit(&self, duration: SignedDuration) {
        self.sleep(duration).await;
    }
}

#[async_trait]
impl Store for Outside {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        sleep(Duration::from_millis(3)).await;
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
        sleep(Duration::from_millis(5)).await;
        self.store.save(key, record, expected, expires_at, now).await
    }

    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<String>, PortError> {
        panic!("nothing ticks")
    }
}

#[async_trait]
impl Chat for Outside {
    async fn post(&self, channel: &str, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        let arguments = json!({ "channel": channel, "text": message.text, "blocks": message.blocks });
        let answer = self.slack("chat.postMessage", arguments, until).await?;
        Ok(MessageRef { channel: channel.to_owned(), ts: answer["ts"].as_str().unwrap().to_owned() })
    }

    async fn reply(&self, to: &MessageRef, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        let arguments =
            json!({ "channel": to.channel, "thread_ts": to.ts, "text": message.text, "blocks": message.blocks });
        let answer = self.slack("chat.postMessage", arguments, until).await?;
        Ok(MessageRef { channel: to.channel.clone(), ts: answer["ts"].as_str().unwrap().to_owned() })
    }

    async fn update(&self, at: &MessageRef, message: &Message, until: Timestamp) -> Result<(), PortError> {
        let arguments = json!({ "channel": at.channel, "ts": at.ts, "text": message.text, "blocks": message.blocks });
        self.slack("chat.update", arguments, until).await.map(drop)
    }

    async fn permalink(&self, _: &MessageRef, _: Timestamp) -> Result<String, PortError> {
        panic!("nothing is escalated")
    }

    async fn publish_home(&self, _: &str, _: &Value, _: Timestamp) -> Result<(), PortError> {
        panic!("nobody looks at the Home tab")
    }

    async fn whisper(&self, _: &str, _: &str, _: &Message, _: Timestamp) -> Result<(), PortError> {
        panic!("nobody clicks")
    }

    async fn open_modal(&self, _: &str, _: &Value, _: Timestamp) -> Result<(), PortError> {
        panic!("nobody clicks")
    }

    async fn user(&self, _: &str, _: Timestamp) -> Result<Option<SlackUser>, PortError> {
        panic!("nobody clicks")
    }

    async fn user_by_email(&self, _: &str, _: Timestamp) -> Result<Option<String>, PortError> {
        Ok(None)
    }

    async fn user_group(&self, _: &str, _: Timestamp) -> Result<Vec<String>, PortError> {
        panic!("nobody clicks")
    }
}

/// CodePipeline, which does not say anything: a message needs none of it.
#[async_trait]
impl Pipelines for Outside {
    async fn put_approval_result(&self, _: &Answer) -> Result<(), PutError> {
        panic!("nobody clicks")
    }

    async fn approval_state(
        &self,
        _: &ActionRef,
        _: &ApprovalToken,
        _: Option<&str>,
    ) -> Result<Option<ActionState>, PortError> {
        Ok(None)
    }

    async fn origin(&self, _: &PipelineRef, _: &str) -> Result<Option<Origin>, PortError> {
        Err(PortError::Transient("CodePipeline is throttling".to_owned()))
    }

    async fn stages(&self, _: &PipelineRef) -> Result<Vec<String>, PortError> {
        Err(PortError::Transient("CodePipeline is throttling".to_owned()))
    }

    async fn failures(&self, _: &PipelineRef, _: &str) -> Result<Vec<Failure>, PortError> {
        Ok(Vec::new())
    }

    async fn run_in(&self, _: &ActionRef, _: &str) -> Result<Option<ActionState>, PortError> {
        Ok(None)
    }

    fn own_region(&self) -> String {
        "eu-north-1".to_owned()
    }

    fn own_account(&self) -> Option<String> {
        Some("730591846207".to_owned())
    }

    async fn pipelines(&self, _: Option<&str>, _: &str) -> Result<Vec<String>, PortError> {
        panic!("nobody gives commands")
    }

    async fn state(&self, _: &PipelineRef) -> Result<Option<PipelineState>, PortError> {
        panic!("nobody gives commands")
    }

    async fn succeeded_in(&self, _: &PipelineRef, _: &str) -> Result<Vec<String>, PortError> {
        panic!("nobody gives commands")
    }

    async fn operate(&self, _: &PipelineRef, _: &Operation) -> Result<Option<String>, OperateError> {
        panic!("nobody gives commands")
    }
}

/// The ten events of an execution; every seventh fails.
fn events(begin: Timestamp, number: usize) -> Vec<Value> {
    let ends = if number % 7 == 3 { "FAILED" } else { "SUCCEEDED" };
    let story = [
        ("Pipeline", "", "", "STARTED"),
        ("Stage", "Build", "", "STARTED"),
        ("Action", "Build", "Compile", "STARTED"),
        ("Action", "Build", "Compile", "SUCCEEDED"),
        ("Stage", "Build", "", "SUCCEEDED"),
        ("Stage", "Deploy", "", "STARTED"),
        ("Action", "Deploy", "Rollout", "STARTED"),
        ("Action", "Deploy", "Rollout", ends),
        ("Stage", "Deploy", "", ends),
        ("Pipeline", "", "", ends),
    ];
    let event = |(at, (kind, stage, action, state)): (usize, (&str, &str, &str, &str))| {
        let time = begin + SignedDuration::from_secs(i64::try_from(at * 2 / 3).unwrap());
        let mut detail = json!({
            "pipeline": format!("ferry-{number:02}"), "state": state, "pipeline-execution-attempt": 1.0,
            "execution-id": format!("7c1d4e90-0000-4000-8000-0000000000{number:02}"),
        });
        for (key, value) in [("stage", stage), ("action", action)] {
            if !value.is_empty() {
                detail[key] = value.into();
            }
        }
        if kind == "Action" && state == "FAILED" {
            detail["execution-result"] = json!({ "external-execution-summary": format!("deployment {number} failed") });
        }
        json!({
            "detail-type": format!("CodePipeline {kind} Execution State Change"), "source": "aws.codepipeline",
            "id": format!("{number}-{at}"), "region": "eu-north-1", "account": "730591846207",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "detail": detail,
        })
    };
    story.into_iter().enumerate().map(event).collect()
}

/// One invocation's payload: events as SNS delivers them.
fn payload(events: &[Value]) -> Value {
    let record = |event: &Value| json!({ "Sns": { "MessageId": event["id"], "Timestamp": event["time"], "Message": event.to_string() } });
    json!({ "Records": events.iter().map(record).collect::<Vec<_>>() })
}

fn without_ids(blocks: &[Value]) -> Vec<Value> {
    let mut blocks = blocks.to_vec();
    for block in &mut blocks {
        block.as_object_mut().unwrap().remove("block_id");
    }
    blocks
}

async fn burst(seed: u64) {
    let begin: Timestamp = "2026-05-30T09:10:00Z".parse().unwrap();
    let given: Given =
        serde_json::from_value(json!({ "workspace": { "channels": { "quay": "C0QUAY" }, "rate_limits": true } }))
            .unwrap();
    let templates = Arc::new(Templates::builtin());
    let rules = Arc::new(rules::read(&[Source::new("rules.yaml", RULES)], &templates).unwrap().rules);
    let outside = Arc::new(Outside {
        begin,
        started: Instant::now(),
        world: Mutex::new(World::new(&given, begin).unwrap()),
        store: MemoryStore::default(),
        written: Mutex::default(),
        refused: Mutex::default(),
    });
    let app = App {
        logbook: signoff::logbook::Logbook::default(),
        rules: Arc::clone(&rules),
        templates: Arc::clone(&templates),
        pipelines: Arc::clone(&outside) as Arc<dyn Pipelines>,
        chat: Arc::clone(&outside) as Arc<dyn Chat>,
        store: Arc::clone(&outside) as Arc<dyn Store>,
        clock: Arc::clone(&outside) as Arc<dyn Clock>,
        groups: Groups::default(),
        late: Late::default(),
        others: Others::default(),
        audit: AuditSettings::default(),
        signing_secrets: SigningSecrets::fixed([]),
    };

    // In no order, one in ten twice, alone or up to five together.
    let mut random = Random(seed);
    let mut all: Vec<Value> = (0..EXECUTIONS).flat_map(|number| events(begin, number)).collect();
    assert_eq!(all.len(), 500);
    for at in 0..500 {
        if random.next(10) == 0 {
            all.push(all[at].clone());
        }
    }
    for at in (1..all.len()).rev() {
        all.swap(at, random.next(at + 1));
    }
    let mut left = all.as_slice();
    let mut invocations = Vec::new();
    while !left.is_empty() {
        let together = if random.next(4) == 0 { 1 + random.next(5) } else { 1 };
        let (now, later) = left.split_at(together.min(left.len()));
        left = later;
        let (app, payload) = (app.clone(), payload(now));
        let clock = Arc::clone(&outside);
        let comes = Duration::from_millis(u64::try_from(random.next(10_000)).unwrap());
        invocations.push(tokio::spawn(async move {
            sleep(comes).await;
            // What fails comes again, as SNS and Lambda have it.
            for attempt in 1..=5 {
                let deadline = clock.now() + SignedDuration::from_mins(3);
                match signoff::lambda::handle(&app, &payload, deadline).await {
                    Ok(_) => return attempt,
                    Err(_) => sleep(Duration::from_secs(60)).await,
                }
            }
            panic!("it failed five times");
        }));
    }
    let mut again = 0;
    for invocation in invocations {
        again += invocation.await.unwrap() - 1;
    }

    // Every message shows everything, and every failure is told once in its thread.
    let world = outside.world.lock().unwrap();
    let mut threads: BTreeMap<String, usize> = BTreeMap::new();
    for reply in world.slack.messages().iter().filter_map(|message| message.thread_ts.clone()) {
        *threads.entry(reply).or_default() += 1;
    }
    let mut shown = BTreeMap::new();
    for message in world.slack.messages().iter().filter(|message| message.thread_ts.is_none()) {
        shown.insert(message.text.clone(), message.clone());
    }
    assert_eq!(world.slack.messages().iter().filter(|message| message.thread_ts.is_none()).count(), EXECUTIONS);
    for number in 0..EXECUTIONS {
        let events: Vec<_> =
            events(begin, number).iter().map(|told| event::read(told, &Envelope::default()).unwrap()).collect();
        let mut record = ExecutionRecord::new(&events[0], events[0].execution.as_deref().unwrap());
        events.iter().for_each(|event| record.fold(event));
        let rule = engine::notifier(&rules.notifications[0], &[]);
        let facts = engine::execution_facts(&record, &record.view(), Some(rule), &|_, _| None);
        let expected = templates.render("execution", &facts).unwrap();
        let found = shown.get(&expected.text).unwrap_or_else(|| panic!("no message `{}`", expected.text));
        assert_eq!(without_ids(&found.blocks), without_ids(&expected.blocks));
        let replies = usize::from(number % 7 == 3);
        assert_eq!(threads.get(&found.ts).copied().unwrap_or_default(), replies, "{}", found.text);
    }

    // One message a second, and Slack had to refuse none.
    let written = outside.written.lock().unwrap();
    let close = |pair: &[(Timestamp, String)]| pair[1].0.duration_since(pair[0].0) < SignedDuration::from_millis(999);
    assert_eq!(written.windows(2).filter(|pair| close(pair)).count(), 0, "{written:?}");
    assert_eq!(*outside.refused.lock().unwrap(), 0);
    let updates = written.iter().filter(|(_, method)| method == "chat.update").count();
    // 50 messages and 7 answers in threads; what came while they waited was put together.
    assert!(updates <= 25, "{updates} updates, and {again} invocations that failed");
    assert!(written.last().unwrap().0.duration_since(begin) < SignedDuration::from_secs(120));
}

#[tokio::test(start_paused = true)]
async fn fifty_executions_at_once_end_with_fifty_true_messages() {
    for seed in 0..5 {
        burst(seed).await;
    }
}
