//! Answers that take their time, without taking ours: an answer is held back, and when nothing else happens any more the time
//! goes on to whatever comes next, be it an answer or the limit of somebody who waits for one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

/// When nothing has been asked for so long, in real time, whoever waits for an answer does nothing else.
const QUIET: Duration = Duration::from_millis(20);

/// The answers that one instance of the Lambda waits for, and its limits.
#[derive(Debug, Clone, Default)]
pub struct SlowAnswers(Arc<State>);

#[derive(Debug, Default)]
struct State {
    waits: Mutex<Waits>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waits {
    /// How much time was waited for, since the beginning.
    elapsed: Duration,
    /// Who waits until when, and in which order they began to.
    waiting: BTreeMap<(Duration, u64), Waiting>,
    begun: u64,
    /// How often something has happened.
    happened: u64,
}

#[derive(Debug)]
enum Waiting {
    Answer(mpsc::Sender<()>),
    Limit(oneshot::Sender<()>),
}

impl SlowAnswers {
    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.0.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something was asked.
    pub(super) fn asked(&self) {
        self.waits().happened += 1;
    }

    /// Blocks the thread until an answer has taken so long.
    pub(super) fn answer_takes(&self, time: Duration) {
        let (due, when_due) = mpsc::channel();
        self.waits().wait(time, Waiting::Answer(due));
        self.0.changed.notify_one();
        // The sender goes away with everything else.
        let _gone = when_due.recv();
    }

    /// Nobody waits any more.
    pub(super) fn end(&self) {
        self.waits().waiting.clear();
    }

    /// Ends when answers have taken so long; never, while none is held back.
    pub async fn limit(&self, time: Duration) {
        let (due, when_due) = oneshot::channel();
        let key = self.waits().wait(time, Waiting::Limit(due));
        let _forgotten = Forgotten { of: self, key };
        let _gone = when_due.await;
    }

    /// Lets time go on for as long as this is polled.
    pub async fn go_on(&self) -> std::convert::Infallible {
        loop {
            let Some(seen) = self.waits().while_held() else {
                self.0.changed.notified().await;
                continue;
            };
            #[allow(clippy::disallowed_methods, reason = "real time, in which others may still do something")]
            tokio::time::sleep(QUIET).await;
            let mut waits = self.waits();
            if waits.while_held() == Some(seen) {
                waits.next();
            }
        }
    }
}

impl Waits {
    fn wait(&mut self, time: Duration, waiting: Waiting) -> (Duration, u64) {
        self.happened += 1;
        self.begun += 1;
        let key = (self.elapsed + time, self.begun);
        self.waiting.insert(key, waiting);
        key
    }

    /// How much has happened, while an answer is held back.
    fn while_held(&self) -> Option<u64> {
        self.waiting.values().any(|waiting| matches!(waiting, Waiting::Answer(_))).then_some(self.happened)
    }

    /// Goes on to what is due next.
    fn next(&mut self) {
        let Some(((due, _), waiting)) = self.waiting.pop_first() else { return };
        self.elapsed = due;
        self.happened += 1;
        // Whoever waited may have given up.
        let _gone = match waiting {
            Waiting::Answer(answer) => answer.send(()).is_err(),
            Waiting::Limit(limit) => limit.send(()).is_err(),
        };
    }
}

/// Takes a limit back that nobody waits for any more.
struct Forgotten<'a> {
    of: &'a SlowAnswers,
    key: (Duration, u64),
}

impl Drop for Forgotten<'_> {
    fn drop(&mut self) {
        self.of.waits().waiting.remove(&self.key);
    }
}
