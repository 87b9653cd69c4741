//! Turns: each call of each instance waits until it is let go on, one at a time, and what it did is written down.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::{Duration, Instant, sleep};

use crate::engine::{Asked, Done, Gate};
use crate::world::Service;

/// What an invocation did that the judge asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Deed {
    /// It told CodePipeline an answer.
    Put {
        /// The approval's token.
        token: String,
        /// Approved, or rejected.
        approved: bool,
        /// Whether CodePipeline took it.
        taken: bool,
    },
    /// It posted a message with buttons.
    Posted {
        /// The approval's id, which the buttons carry.
        approval: String,
        /// Whether it does not know that, for the connection broke.
        is_lost: bool,
    },
    /// It updated a message.
    Updated,
    /// It told one person something.
    Whispered,
    /// It opened a window.
    Opened,
    /// A write was refused because somebody else's had come before.
    Overtaken,
    /// A call was refused or failed.
    Failed(String),
}

/// How an instance stands.
#[derive(Debug, Default)]
enum Seat {
    /// It works by itself, or not at all.
    #[default]
    Runs,
    /// It waits for its turn to make this call.
    Waits(oneshot::Sender<()>, String),
    /// It waits for a slow answer.
    Sleeps,
    /// It has ended in the middle.
    Died,
}

#[derive(Debug, Default)]
struct State {
    seats: BTreeMap<usize, Seat>,
    deeds: Vec<(usize, Deed)>,
}

/// Who waits for a turn, and the time: tokio's clock, by which people wait, is the world's.
#[derive(Debug, Clone)]
pub struct Turns {
    state: Arc<Mutex<State>>,
    begin: Timestamp,
    begun: Instant,
}

impl Turns {
    /// Nobody waits, and it is `begin`.
    pub fn new(begin: Timestamp) -> Self {
        Self { state: Arc::default(), begin, begun: Instant::now() }
    }

    /// The time, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.begin.saturating_add(SignedDuration::from_millis(passed)).unwrap_or(self.begin)
    }

    /// The gate of an instance.
    pub fn gate(&self, instance: usize) -> Arc<dyn Gate> {
        self.state().seats.insert(instance, Seat::Runs);
        Arc::new(Turn { turns: self.clone(), instance })
    }

    /// The instances that wait for a turn, in the order of their numbers.
    pub fn waiting(&self) -> Vec<usize> {
        let waits = |seat: &Seat| matches!(seat, Seat::Waits(..));
        self.state().seats.iter().filter(|(_, seat)| waits(seat)).map(|(instance, _)| *instance).collect()
    }

    /// Lets an instance make its call. Returns what it is.
    pub fn grant(&self, instance: usize) -> Option<String> {
        let seat = std::mem::take(self.state().seats.get_mut(&instance)?);
        let Seat::Waits(turn, call) = seat else { return None };
        // Whoever was given up does not wait any more.
        let _nobody = turn.send(());
        Some(call)
    }

    /// Whether an instance works by itself at this moment.
    pub fn runs(&self, instance: usize) -> bool {
        matches!(self.state().seats.get(&instance), Some(Seat::Runs))
    }

    /// Whether an instance waits for a slow answer.
    pub fn sleeps(&self, instance: usize) -> bool {
        matches!(self.state().seats.get(&instance), Some(Seat::Sleeps))
    }

    /// Whether an instance has ended in the middle.
    pub fn died(&self, instance: usize) -> bool {
        matches!(self.state().seats.get(&instance), Some(Seat::Died))
    }

    /// An instance is gone.
    pub fn remove(&self, instance: usize) {
        self.state().seats.remove(&instance);
    }

    /// What was done since this was asked last, each with the instance that did it.
    pub fn take_deeds(&self) -> Vec<(usize, Deed)> {
        std::mem::take(&mut self.state().deeds)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, instance: usize, seat: Seat) {
        if let Some(known) = self.state().seats.get_mut(&instance) {
            *known = seat;
        }
    }
}

struct Turn {
    turns: Turns,
    instance: usize,
}

#[async_trait]
impl Gate for Turn {
    async fn before(&self, _: Service, operation: &str) {
        let (turn, granted) = oneshot::channel();
        self.turns.set(self.instance, Seat::Waits(turn, operation.to_owned()));
        if granted.await.is_err() {
            // The instance is gone, and with it everybody who could give it a turn.
            std::future::pending::<()>().await;
        }
    }

    fn done(&self, done: &Done<'_>) {
        if let Some(deed) = deed(done) {
            self.turns.state().deeds.push((self.instance, deed));
        }
    }

    #[allow(clippy::disallowed_methods, reason = "tokio's clock is paused: it takes no time")]
    async fn slow(&self, seconds: u32) {
        self.turns.set(self.instance, Seat::Sleeps);
        sleep(Duration::from_secs(seconds.into())).await;
        self.turns.set(self.instance, Seat::Runs);
    }

    #[allow(clippy::disallowed_methods, reason = "tokio's clock is paused: it takes no time")]
    async fn sleep(&self, duration: SignedDuration) {
        self.turns.set(self.instance, Seat::Sleeps);
        sleep(Duration::try_from(duration).unwrap_or_default()).await;
        self.turns.set(self.instance, Seat::Runs);
    }

    fn now(&self) -> Option<Timestamp> {
        Some(self.turns.now())
    }

    async fn die(&self) {
        self.turns.set(self.instance, Seat::Died);
        std::future::pending().await
    }
}

fn deed(done: &Done<'_>) -> Option<Deed> {
    if let ("PutApprovalResult", Asked::Aws(input)) = (done.operation, done.input) {
        return Some(Deed::Put {
            token: input["token"].as_str().unwrap_or_default().to_owned(),
            approved: input["result"]["status"] == "Approved",
            taken: done.refused.is_none(),
        });
    }
    if let Some(refused) = done.refused {
        let is_conflict = refused == "ConditionalCheckFailedException";
        return Some(if is_conflict { Deed::Overtaken } else { Deed::Failed(done.operation.to_owned()) });
    }
    match done.operation {
        "chat.postMessage" => Some(Deed::Posted {
            approval: approval_of(&done.answer?["message"]["blocks"])?.to_owned(),
            is_lost: done.is_lost,
        }),
        "chat.update" => Some(Deed::Updated),
        "chat.postEphemeral" => Some(Deed::Whispered),
        "views.open" => Some(Deed::Opened),
        _ => None,
    }
}

/// The approval that a message's buttons name.
fn approval_of(blocks: &Value) -> Option<&str> {
    let elements = blocks.as_array()?.iter().filter_map(|block| block["elements"].as_array()).flatten();
    elements.filter(|element| element["type"] == "button").find_map(|button| button["value"].as_str())
}
