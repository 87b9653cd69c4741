//! Slack has its answer within 3 seconds, whatever the work takes (S2): what takes longer goes on after the answer.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::{App, Failure, Reply};
use crate::facts::RefusalFacts;
use crate::logbook::{Metric, Outcome};
use crate::ports::within;
use crate::slack::interaction::Deed;
use crate::slack::request::Request;
use crate::template::Message;

/// How long Slack waits for the work. Slack's own limit of 3 seconds counts the way there and back, too:
/// <https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response>.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_secs(2);

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
    /// Does what a request asks for as far as that is quick, and leaves the rest to [`Late::finish`]. Returns what came
    /// of it; `None` where that is still to come.
    pub async fn respond_in_time(&self, request: &Request, deadline: Timestamp) -> Option<Done> {
        let (app, asked) = (self.clone(), request.clone());
        // In the invocation's span, so that its lines say which invocation they are of.
        let mut work = tokio::spawn(async move { app.respond(&asked, deadline).await }.in_current_span());
        if let Some(done) = within(self.clock.as_ref(), ANSWER_WITHIN, &mut work).await {
            return Some(done.unwrap_or_else(|stopped| Err(Failure(stopped.to_string()))));
        }
        let (app, request) = (self.clone(), request.clone());
        self.late.push(Box::pin(async move { app.go_on(&request, work, deadline).await }));
        None
    }

    /// Slack was answered, so nobody comes again by themselves: whatever happens has to be told.
    async fn go_on(&self, request: &Request, mut work: JoinHandle<Done>, deadline: Timestamp) {
        let user = request.user().unwrap_or_default();
        let left = deadline.duration_since(self.clock.now()) - TO_TELL;
        let done = match within(self.clock.as_ref(), left, &mut work).await {
            Some(Ok(done)) => done,
            Some(Err(stopped)) => Err(Failure(stopped.to_string())),
            None => {
                work.abort();
                Err(Failure("it took longer than the Lambda may run".to_owned()))
            }
        };
        let failure = match done {
            Ok((reply, outcome)) => {
                tracing::info!(user, outcome, "done after the answer");
                return self.hand_in(request, reply.as_ref(), deadline).await;
            }
            Err(failure) => failure,
        };
        tracing::error!(user, outcome = "failed", %failure, "done after the answer");
        self.logbook.count(Metric::FailedClicks);
        self.logbook.settle(Outcome::Failed);
        let Some(channel) = channel(request) else { return };
        let facts = RefusalFacts::new(
            "What you asked for took too long or failed on the way, so it may not count.",
            match request {
                Request::Command(_) => "Look at `status`, and give the command anew if it was not done.",
                _ => "Look at the message, and press again if it still waits.",
            },
        );
        if let Err(failure) = self.whisper(channel, user, &facts, deadline).await {
            tracing::error!(user, %failure, "nobody can be told that it failed");
        }
    }

    /// What a slash command would have been answered with is told now.
    async fn hand_in(&self, request: &Request, reply: Option<&Value>, deadline: Timestamp) {
        let (Request::Command(command), Some(reply)) = (request, reply) else { return };
        let message = Message {
            text: reply["text"].as_str().unwrap_or_default().to_owned(),
            blocks: reply["blocks"].as_array().cloned().unwrap_or_default(),
        };
        let user = command.user.id.as_str();
        if let Err(error) = self.chat.whisper(&command.channel, user, &message, deadline).await {
            tracing::error!(user, %error, "nobody can be told what came of a command");
        }
    }
}

/// Where it was asked for.
fn channel(request: &Request) -> Option<&str> {
    match request {
        Request::Interaction(interaction) => interaction.deed.channel(),
        Request::Command(command) => Some(&command.channel),
        Request::Home(_) | Request::Challenge(_) | Request::Other => None,
    }
}

impl Deed {
    /// Where it was done.
    fn channel(&self) -> Option<&str> {
        match self {
            Self::Press { message, .. } | Self::Order { message, .. } => Some(&message.channel),
            Self::Confirm { about, .. } => Some(&about.channel),
            Self::Submit { about, .. } => Some(&about.message.channel),
            Self::Other => None,
        }
    }
}
