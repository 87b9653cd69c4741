//! What the Lambda is invoked with, whatever sends it: every record of it is handled, and one bad record fails alone.

pub mod classify;
pub mod http;
mod response;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::{App, Failure, Round, Shown};
use crate::event::{self, Envelope, Event};
use crate::slack::{interaction, signature};
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
            let mut round = Round::default();
            for record in &records {
                report.add(&record.name(), notification(app, record, &mut round, deadline).await);
            }
            report.show(app, round, deadline).await;
            report.finish()
        }
        Payload::EventBridge { id } => {
            let mut report = Report::default();
            let mut round = Round::default();
            let read = event::read(payload, &Envelope::default());
            let record = format!("event {id}");
            report.add(&record, occurred(app, read, (&record, &id), &mut round, deadline).await);
            report.show(app, round, deadline).await;
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

async fn notification(app: &App, record: &SnsRecord, round: &mut Round, deadline: Timestamp) -> Handled {
    let envelope = Envelope { topic_arn: record.topic_arn.clone(), sent_at: record.sent_at };
    let read = event::read_text(&record.message, &envelope);
    let delivery = record.message_id.as_deref().unwrap_or_default();
    occurred(app, read, (&record.name(), delivery), round, deadline).await
}

/// `name` is the record's in logs, `delivery` the sender's name for it.
async fn occurred(
    app: &App,
    read: Result<Event, event::Unreadable>,
    (name, delivery): (&str, &str),
    round: &mut Round,
    deadline: Timestamp,
) -> Handled {
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
    // None keeps the others from being done.
    let came_of_it = [
        app.notify(&event, delivery, deadline).await,
        app.follow(&event, name, round).await,
        app.catch_up(&event, deadline).await,
    ];
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for came in came_of_it {
        match came {
            Ok(what) => done.extend(what),
            Err(failure) => failed.push(failure.to_string()),
        }
    }
    match (failed.is_empty(), done.is_empty()) {
        (false, _) => Handled::Failed(format!("{kind}: {}", failed.join("; "))),
        (true, true) => Handled::Done(format!("{kind}: no notification rule matches")),
        (true, false) => Handled::Done(format!("{kind}: {}", done.join("; "))),
    }
}

/// An HTTP request: nothing of it is looked at before its signature (S1).
async fn click(app: &App, request: &HttpRequest, deadline: Timestamp) -> Value {
    let body = request.body();
    let verified = signature::verify(
        &app.signing_secrets,
        request.header(signature::TIMESTAMP_HEADER),
        request.header(signature::SIGNATURE_HEADER),
        body.as_deref().unwrap_or_default(),
        app.clock.now(),
    );
    if let Err(refused) = verified {
        tracing::warn!(outcome = "refused", %refused, "a request that is not Slack's");
        return response::empty(request, 401);
    }
    let interaction = match interaction::read(body.as_deref().unwrap_or_default()) {
        Ok(interaction) => interaction,
        Err(error) => {
            tracing::error!(outcome = "refused", %error, "a request of Slack's that signoff can't read");
            return response::empty(request, 400);
        }
    };
    match app.interact_in_time(&interaction, deadline).await {
        Some(Ok((reply, outcome))) => {
            tracing::info!(user = interaction.user.id, outcome, "click");
            response::json(request, reply.as_ref())
        }
        None => {
            tracing::info!(user = interaction.user.id, outcome = "goes on after the answer", "click");
            response::empty(request, 200)
        }
        Some(Err(failure)) => {
            // Slack shows the person that something went wrong when the answer is not 200.
            tracing::error!(user = interaction.user.id, outcome = "failed", %failure, "click");
            response::empty(request, 500)
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

    /// Shows the executions that the records were about. What fails is to come again, with all records that were about it.
    async fn show(&mut self, app: &App, round: Round, deadline: Timestamp) {
        for Shown { deliveries, done } in app.show_round(round, deadline).await {
            match done {
                Ok(what) => {
                    tracing::info!(outcome = what, "an execution is shown");
                    self.done.push(format!("its execution: {what}"));
                }
                Err(failure) => deliveries
                    .iter()
                    .for_each(|record| self.add(record, Handled::Failed(format!("its execution: {failure}")))),
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
