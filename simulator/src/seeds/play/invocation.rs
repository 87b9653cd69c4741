//! Invocations: begun in an instance that is free, gone on with by turns, ended well or in the middle, and in the end at rest.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signoff::app::SigningSecrets;
use signoff::approval::audit::AuditSettings;
use signoff::secret::Secret;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Duration, Instant, sleep};

use super::{BATCH, Cause, Invoked, Play, Said, Stands, lock, message_id};
use crate::engine::Engine;
use crate::scenario::instance::{SIGNING_SECRET, TIMEOUT};
use crate::seeds::judge::Violation;
use crate::seeds::random::Random;
use crate::world::codepipeline::Sent;

/// How long is waited at a time for those who wait.
const A_LITTLE: SignedDuration = SignedDuration::from_millis(250);

impl Play<'_> {
    /// Begins an invocation, in an instance that is free or a fresh one.
    pub(super) async fn invoke(&mut self, cause: Cause, payload: Value) {
        let instance = self.free.pop().unwrap_or_else(|| self.instance());
        let (app, rules) = self.apps[&instance].clone();
        let started = self.world().now;
        let deadline = started.saturating_add(TIMEOUT).unwrap_or(Timestamp::MAX);
        let said: Arc<Mutex<Said>> = Arc::default();
        let invocation = self.subject.invoke(app.clone(), payload, deadline);
        let saying = Arc::clone(&said);
        let task = tokio::spawn(async move {
            let answer = invocation.await.map_err(|failure| failure.to_string());
            lock(&saying).answer = Some((answer, Instant::now()));
            app.late.finish().await;
            lock(&saying).is_over = true;
        });
        self.order += 1;
        self.injected.invocations += 1;
        self.working.push(self.invocations.len());
        self.invocations.push(Invoked {
            instance,
            rules,
            cause,
            stands: Stands::Works,
            started,
            ended: started,
            first: self.order,
            last: usize::MAX,
            deeds: Vec::new(),
            answer: None,
            begun: Instant::now(),
            task: Some(task),
            said,
        });
        self.settle().await;
    }

    fn instance(&mut self) -> usize {
        let instance = self.made;
        self.made += 1;
        // Clocks of the machines differ a little.
        let ahead = Random::new(&[self.seed, 2, u64::try_from(instance).unwrap_or_default()]).below(5);
        let skew = SignedDuration::from_secs(i64::try_from(ahead).unwrap_or(2) - 2);
        let engine = Engine::new(Arc::clone(&self.world), self.turns.gate(instance), skew);
        let (rules, templates) = (&self.start.rules[self.rules], self.templates);
        let app = engine.app(
            Arc::clone(&rules.set),
            Arc::clone(templates),
            AuditSettings::default(),
            SigningSecrets::fixed([Secret::new(SIGNING_SECRET)]),
        );
        self.apps.insert(instance, (self.subject.app(app, &self.first), self.rules));
        instance
    }

    /// Lets one call be made, of an instance that chance picks. False when nobody is at work any more.
    pub(super) async fn turn(&mut self, random: &mut Random) -> bool {
        let waiting = self.turns.waiting();
        let Some(instance) = random.one_of(&waiting).copied() else {
            let sleeps = self.working().any(|invoked| self.turns.sleeps(invoked.instance));
            if sleeps {
                self.pass(A_LITTLE).await;
            }
            return sleeps;
        };
        if let Some(call) = self.turns.grant(instance) {
            self.order += 1;
            self.injected.calls += 1;
            self.tell(&format!("  {instance}: {call}"));
        }
        self.settle().await;
        true
    }

    /// Lets time pass: whoever waits for it goes on, as far as their next call.
    #[allow(clippy::disallowed_methods, reason = "tokio's clock is paused: it takes no time")]
    async fn pass(&mut self, by: SignedDuration) {
        sleep(Duration::try_from(by).unwrap_or_default()).await;
        let now = self.turns.now();
        self.world().advance_to(now);
        self.settle().await;
    }

    fn working(&self) -> impl Iterator<Item = &Invoked> {
        self.working.iter().filter_map(|at| self.invocations.get(*at))
    }

    /// Waits until everybody waits for a turn, sleeps or is through, and writes down what they did.
    async fn settle(&mut self) {
        loop {
            let is_busy = self.working().any(|invoked| {
                let is_through =
                    lock(&invoked.said).is_over || invoked.task.as_ref().is_none_or(JoinHandle::is_finished);
                self.turns.runs(invoked.instance) && !is_through
            });
            if !is_busy {
                break;
            }
            yield_now().await;
        }
        let now = self.world().now;
        for (instance, deed) in self.turns.take_deeds() {
            let order = self.order;
            let found = self.invocations.iter_mut().rfind(|invoked| invoked.instance == instance);
            if let Some(invoked) = found {
                invoked.deeds.push((order, now, deed));
            }
        }
        for at in self.working.clone() {
            let invoked = &mut self.invocations[at];
            let (answer, is_over) = {
                let mut said = lock(&invoked.said);
                (said.answer.take(), said.is_over)
            };
            if let Some((answer, when)) = answer {
                invoked.answer = Some((answer, when - invoked.begun));
            }
            let has_panicked = invoked.task.as_ref().is_some_and(JoinHandle::is_finished) && !is_over;
            if is_over {
                self.end(at, Stands::Ended);
            } else if self.turns.died(invoked.instance) || has_panicked {
                self.end(at, Stands::Died);
            }
        }
        self.collect_sent();
    }

    /// An invocation is over.
    fn end(&mut self, at: usize, stands: Stands) {
        let now = self.world().now;
        self.working.retain(|working| *working != at);
        let invoked = &mut self.invocations[at];
        (invoked.stands, invoked.ended, invoked.last) = (stands, now, self.order);
        let (instance, rules) = (invoked.instance, invoked.rules);
        let task = invoked.task.take();
        let has_failed = stands == Stands::Died || matches!(invoked.answer, Some((Err(_), _)));
        let again = match &invoked.cause {
            Cause::Delivery(sent) if has_failed => vec![sent.clone()],
            Cause::Queue(messages) if has_failed => messages.clone(),
            Cause::Queue(messages) => failed(messages, invoked.answer.as_ref()),
            _ => Vec::new(),
        };
        self.queue.extend(again);
        if stands == Stands::Died {
            task.iter().for_each(JoinHandle::abort);
            self.injected.deaths += 1;
            self.tell(&format!("  {instance} ends in the middle"));
        }
        if stands == Stands::Ended && rules == self.rules {
            self.free.push(instance);
        } else {
            self.turns.remove(instance);
            self.apps.remove(&instance);
        }
    }

    pub(super) fn collect_sent(&mut self) {
        let sent = self.world().codepipeline.take_sent();
        self.queue.extend(sent);
    }

    /// Time passes. Whoever is at work longer than a Lambda may run is stopped.
    pub(super) async fn advance(&mut self, by: SignedDuration) {
        self.pass(by).await;
        let now = self.world().now;
        for at in self.working.clone() {
            let invoked = &self.invocations[at];
            if now.duration_since(invoked.started) >= TIMEOUT {
                self.end(at, Stands::Died);
            }
        }
        self.collect_sent();
    }

    /// Nothing fails any more, everything is delivered, and ticks come, until nothing is left to do.
    pub(super) async fn rest(&mut self) -> Result<(), Violation> {
        self.world().faults.clear();
        let mut random = Random::new(&[self.seed, 3]);
        let mut quiet = 0;
        // After a minute claims have run out, after some more a tick looks again at what it failed at.
        for round in 0..40 {
            while self.turn(&mut random).await {}
            let is_quiet = self.queue.is_empty();
            for messages in std::mem::take(&mut self.queue).chunks(BATCH) {
                self.deliver_batch(messages).await;
                while self.turn(&mut random).await {}
            }
            self.tick().await;
            while self.turn(&mut random).await {}
            let ticked = self.invocations.last().and_then(|invoked| invoked.answer.as_ref());
            let nothing = matches!(ticked, Some((Ok(answer), _)) if answer["done"][0] == "tick: nothing was due");
            quiet = if is_quiet && nothing && self.queue.is_empty() { quiet + 1 } else { 0 };
            if quiet >= 3 {
                return Ok(());
            }
            self.advance(SignedDuration::from_secs(if round % 2 == 0 { 61 } else { 301 })).await;
        }
        let left: Vec<&str> = self.queue.iter().map(|sent| sent.what.as_str()).collect();
        Err(Violation::new(3, format!("what was delivered again and again is never done with: {}", left.join(", "))))
    }
}

/// The messages of a batch that are to come again, by what the invocation answered.
fn failed(messages: &[Sent], answer: Option<&(Result<Value, String>, Duration)>) -> Vec<Sent> {
    let Some((Ok(answer), _)) = answer else { return Vec::new() };
    let named = |at: usize| {
        let failures = answer["batchItemFailures"].as_array();
        failures.into_iter().flatten().any(|failure| failure["itemIdentifier"] == message_id(at).as_str())
    };
    messages.iter().enumerate().filter(|(at, _)| named(*at)).map(|(_, sent)| sent.clone()).collect()
}
