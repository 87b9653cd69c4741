//! Slack has its answer within 3 seconds, whatever the work takes (S2): what takes longer goes on after the answer.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::{App, Failure, Reply};
use crate::facts::RefusalFacts;
use crate::slack::interaction::{Deed, Interaction};

/// How long Slack waits for the work. Slack's own limit of 3 seconds counts the way there and back, too:
/// <https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response>.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What is left of an invocation's time when work that is not done is given up, so that the person can still be told.
pub(super) const TO_TELL: SignedDuration = SignedDuration::from_secs(5);

/// What came of a click, for the log, or why it failed.
type Done = Result<(Reply, String), Failure>;

/// Work that goes on after Slack was answered.
#[derive(Clone, Default)]
pub struct Late(Arc<Mutex<Vec<Rest>>>);

/// The rest of a click's work.
type Rest = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Late {
    /// Ends what is not done. The invocation must not end before: Lambda would freeze the process in the middle.
    pub async fn finish(&self) {
        let rests = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for rest in rests {
            rest.await;
        }
    }

    fn push(&self, rest: Rest) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(rest);
    }
}

impl fmt::Debug for Late {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Late(…)")
    }
}

impl App {
    /// Does what an interaction asks for as far as that is quick, and leaves the rest to [`Late::finish`]. Returns what came
    /// of it; `None` where that is still to come.
    pub async fn interact_in_time(&self, interaction: &Interaction, deadline: Timestamp) -> Option<Done> {
        let (app, asked) = (self.clone(), interaction.clone());
        let mut work = tokio::spawn(async move { app.interact(&asked, deadline).await });
        if let Ok(done) = timeout(ANSWER_WITHIN, &mut work).await {
            return Some(done.unwrap_or_else(|stopped| Err(Failure(stopped.to_string()))));
        }
        let (app, interaction) = (self.clone(), interaction.clone());
        self.late.push(Box::pin(async move { app.go_on(&interaction, work, deadline).await }));
        None
    }

    /// Slack was answered, so nobody comes again by themselves: whatever happens has to be told.
    async fn go_on(&self, interaction: &Interaction, mut work: JoinHandle<Done>, deadline: Timestamp) {
        let user = interaction.user.id.as_str();
        let left = deadline.duration_since(self.clock.now()) - TO_TELL;
        let done = match timeout(Duration::try_from(left).unwrap_or_default(), &mut work).await {
            Ok(Ok(done)) => done,
            Ok(Err(stopped)) => Err(Failure(stopped.to_string())),
            Err(_) => {
                work.abort();
                Err(Failure("it took longer than the Lambda may run".to_owned()))
            }
        };
        let failure = match done {
            Ok((_, outcome)) => return tracing::info!(user, outcome, "click, after the answer"),
            Err(failure) => failure,
        };
        tracing::error!(user, outcome = "failed", %failure, "click, after the answer");
        let Some(channel) = interaction.deed.channel() else { return };
        let facts = RefusalFacts::new(
            "What you asked for took too long or failed on the way, so it may not count.",
            "Look at the message, and press again if it still waits.",
        );
        if let Err(failure) = self.whisper(channel, user, &facts, deadline).await {
            tracing::error!(user, %failure, "nobody can be told that a click failed");
        }
    }
}

impl Deed {
    /// Where it was done.
    fn channel(&self) -> Option<&str> {
        match self {
            Self::Press { message, .. } => Some(&message.channel),
            Self::Submit { about, .. } => Some(&about.message.channel),
            Self::Other => None,
        }
    }
}
