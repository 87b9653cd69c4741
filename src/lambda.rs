//! What the Lambda is invoked with, whatever sends it: every record of it is handled, and one bad record fails alone.

pub mod classify;
pub mod http;
mod response;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::{App, Failure};
use crate::event::{self, Envelope, Event};
use crate::slack::request::Request;
use crate::slack::{request, signature};
use classify::{Payload, SnsRecord};
use http::HttpRequest;

/// Handles one invocation. `deadline` is when the Lambda will be stopped.
///
/// The answer says what was done and what was refused because it can never succeed. Once it is given, [`App::late`] has to be
/// finished before the invocation may end. A [`Failure`] means that something
/// may succeed when the same payload comes again, so that whoever sent it must send it again.
pub async fn handle(app: &App, payload: &Value, deadline: Timestamp) -> Result<Value, Failure> {
    match classify::classify(payload) {
        Payload::Sns(records) => {
            let mut report = Report::default();
            for record in &records {
                report.add(&record.name(), notification(app, record, deadline).await);
            }
            report.finish()
        }
        Payload::EventBridge { id } => {
            let mut report = Report::default();
            let read = event::read(payload, &Envelope::default());
            report.add(&format!("event {id}"), occurred(app, read, &id, deadline).await);
            report.finish()
        }
        Payload::Tick => {
            let mut report = Report::default();
            report.add(
                "tick",
                match app.tick(deadline).await {
                    Ok(done) => Handled::Done(format!("tick: {done}")),
                    Err(failure) => Handled::Failed(failure.to_string()),
                },
            );
            report.finish()
        }
        Payload::Http(request) => Ok(click(app, &request, deadline).await),
        Payload::Unknown { found } => {
            let mut report = Report::default();
            let help = "signoff takes SNS and EventBridge events and HTTP requests from API Gateway, a function URL or a load balancer";
            report.add("payload", Handled::Refused(format!("unknown payload with {found}; {help}")));
            report.finish()
        }
    }
}

/// What came of one record.
enum Handled {
    Done(String),
    /// It can never succeed.
    Refused(String),
    /// It may succeed when it comes again.
    Failed(String),
}

async fn notification(app: &App, record: &SnsRecord, deadline: Timestamp) -> Handled {
    let envelope = Envelope { topic_arn: record.topic_arn.clone(), sent_at: record.sent_at };
    let read = event::read_text(&record.message, &envelope);
    occurred(app, read, record.message_id.as_deref().unwrap_or_default(), deadline).await
}

async fn occurred(app: &App, read: Result<Event, event::Unreadable>, delivery: &str, deadline: Timestamp) -> Handled {
    let event = match read {
        Ok(event) => event,
        Err(error) => return Handled::Refused(error.to_string()),
    };
    let kind = event.kind;
    if event.request.is_some() {
        return match app.announce(event, deadline).await {
            Ok(done) => Handled::Done(format!("{kind}: {done}")),
            Err(failure) => Handled::Failed(format!("{kind}: {failure}")),
        };
    }
    // Neither keeps the other from being done.
    match (app.notify(&event, delivery, deadline).await, app.catch_up(&event, deadline).await) {
        (Ok(told), Ok(None)) => Handled::Done(format!("{kind}: {told}")),
        (Ok(told), Ok(Some(shown))) => Handled::Done(format!("{kind}: {told}; {shown}")),
        (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Handled::Failed(format!("{kind}: {failure}")),
        (Err(first), Err(second)) => Handled::Failed(format!("{kind}: {first}; {second}")),
    }
}

/// Why Slack sends an event again: <https://docs.slack.dev/apis/events-api#retries>.
const RETRY_REASON: &str = "x-slack-retry-reason";

/// An HTTP request: nothing of it is looked at before its signature (S1).
async fn click(app: &App, http: &HttpRequest, deadline: Timestamp) -> Value {
    let body = http.body();
    let verified = signature::verify(
        &app.signing_secrets,
        http.header(signature::TIMESTAMP_HEADER),
        http.header(signature::SIGNATURE_HEADER),
        body.as_deref().unwrap_or_default(),
        app.clock.now(),
    );
    if let Err(refused) = verified {
        tracing::warn!(outcome = "refused", %refused, "a request that is not Slack's");
        return response::empty(http, 401);
    }
    let asked = match request::read(body.as_deref().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(error) => {
            tracing::error!(outcome = "refused", %error, "a request of Slack's that signoff can't read");
            return response::empty(http, 400);
        }
    };
    if let (Request::Home(_), Some("http_timeout")) = (&asked, http.header(RETRY_REASON)) {
        // The first delivery is still at it, and goes on after its answer: nothing is done twice.
        tracing::info!(outcome = "acknowledged", "an event that Slack sends again");
        return response::empty(http, 200);
    }
    let user = asked.user().unwrap_or("Slack");
    match app.respond_in_time(&asked, deadline).await {
        Some(Ok((reply, outcome))) => {
            tracing::info!(user, outcome, "click");
            response::json(http, reply.as_ref())
        }
        None => {
            tracing::info!(user, outcome = "goes on after the answer", "click");
            response::empty(http, 200)
        }
        Some(Err(failure)) => {
            // Slack shows the person that something went wrong when the answer is not 200.
            tracing::error!(user, outcome = "failed", %failure, "click");
            response::empty(http, 500)
        }
    }
}

/// What came of an invocation.
#[derive(Default)]
struct Report {
    done: Vec<String>,
    refused: Vec<String>,
    failed: Vec<String>,
}

impl Report {
    fn add(&mut self, record: &str, handled: Handled) {
        match handled {
            Handled::Done(what) => {
                tracing::info!(record, outcome = what, "handled");
                self.done.push(what);
            }
            Handled::Refused(why) => {
                tracing::error!(record, outcome = "refused", why, "will not be tried again");
                self.refused.push(format!("{record}: {why}"));
            }
            Handled::Failed(why) => {
                tracing::error!(record, outcome = "failed", why, "must be delivered again");
                self.failed.push(format!("{record}: {why}"));
            }
        }
    }

    fn finish(self) -> Result<Value, Failure> {
        if self.failed.is_empty() {
            Ok(json!({ "done": self.done, "refused": self.refused }))
        } else {
            Err(Failure(self.failed.join("; ")))
        }
    }
}
