//! What the Lambda is invoked with, whatever sends it: every record of it is handled, and one bad record fails alone.

pub mod classify;
pub mod http;
pub mod message;
mod response;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::{App, Failure, Round, Shown};
use crate::event::EventKind;
use crate::logbook::{Metric, Outcome};
use crate::scrub::Scrubber;
use crate::slack::request::Request;
use crate::slack::{request, signature};
use classify::Payload;
use http::HttpRequest;
use message::{Message, QueueRecord};

/// Handles one invocation. `deadline` is when the Lambda will be stopped.
///
/// The answer says what was done and what was refused because it can never succeed. Once it is given, [`App::late`] has to be
/// finished before the invocation may end. A [`Failure`] means that something
/// may succeed when the same payload comes again, so that whoever sent it must send it again. A batch of a queue is answered
/// with the records that must come again.
pub async fn handle(app: &App, payload: &Value, deadline: Timestamp) -> Result<Value, Failure> {
    let payload_kind = classify::classify(payload);
    app.logbook.invoked_by(payload_kind.name());
    if !matches!(payload_kind, Payload::Http(_)) {
        record(app, payload);
    }
    match payload_kind {
        Payload::Sns(messages) => {
            let mut report = Report::default();
            let mut round = Round::default();
            for message in messages {
                report.handle(app, message, &mut round, deadline).await;
            }
            report.show(app, round, deadline).await;
            report.finish()
        }
        Payload::Sqs(records) => batch(app, records, deadline).await,
        Payload::EventBridge(message) => {
            let mut report = Report::default();
            let mut round = Round::default();
            report.handle(app, *message, &mut round, deadline).await;
            report.show(app, round, deadline).await;
            report.finish()
        }
        Payload::Tick => {
            let mut report = Report::default();
            app.logbook.record(app.clock.now());
            app.logbook.event("tick");
            report.add(
                app,
                "tick",
                match app.tick(deadline).await {
                    Ok(done) => Handled::Done(format!("tick: {done}")),
                    Err(failure) => Handled::Failed(failure.to_string()),
                },
            );
            report.finish()
        }
        Payload::Http(request) => Ok(click(app, payload, &request, deadline).await),
        Payload::Unknown { found } => {
            let mut report = Report::default();
            let help = "signoff takes SNS, SQS and EventBridge events and HTTP requests from API Gateway, a function URL or a load balancer";
            app.logbook.record(app.clock.now());
            report.add(app, "payload", Handled::Refused(format!("unknown payload with {found}; {help}")));
            report.finish()
        }
    }
}

/// Ends an invocation whose answer was given: what goes on after it is brought to its end. Returns the invocation's line for the log.
/// `metrics` is the namespace of its metrics; `None`: it has none.
pub async fn finish(app: &App, metrics: Option<&str>) -> Option<String> {
    app.late.finish().await;
    app.logbook.end(app.clock.now(), metrics)
}

/// Logs what came in, scrubbed, where `SIGNOFF_RECORD` turns it on: `signoff record` makes recordings of it.
fn record(app: &App, payload: &Value) {
    if tracing::enabled!(target: "signoff::recording", tracing::Level::TRACE)
        && let Some(key) = app.signing_secrets.current()
    {
        let recording = Scrubber::new(&key).scrub(payload);
        tracing::trace!(target: "signoff::recording", at = %app.clock.now(), %recording, "recording");
    }
}

/// What came of one record.
enum Handled {
    Done(String),
    /// It can never succeed.
    Refused(String),
    /// It is none of CodePipeline's messages, and no rule is for it.
    Unwanted {
        /// What it is.
        sort: String,
        /// How many of its sort there were in this instance.
        count: u64,
    },
    /// It may succeed when it comes again.
    Failed(String),
}

/// A batch of a queue, answered as SQS wants it when the event source mapping reports batch item failures:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>. In a FIFO queue nothing overtakes a record
/// that failed: the rest of its message group comes again after it.
///
/// Where all records failed, the invocation fails, which brings them again whatever the mapping reports.
async fn batch(app: &App, records: Vec<QueueRecord>, deadline: Timestamp) -> Result<Value, Failure> {
    let count = records.len();
    let mut report = Report::default();
    let mut round = Round::default();
    let mut stuck: BTreeSet<String> = BTreeSet::new();
    let mut again = Vec::new();
    // The messages of the records that are done so far, and the ids of these records.
    let mut done: Vec<(Vec<String>, Option<String>)> = Vec::new();
    for record in records {
        let failed_before = report.failed.len();
        let names: Vec<String> = record.messages.iter().map(|message| message.name.clone()).collect();
        if record.group.as_ref().is_some_and(|group| stuck.contains(group)) {
            app.logbook.record(app.clock.now());
            report.add(app, &record.name(), Handled::Failed("an earlier message of its group failed".to_owned()));
        } else {
            for message in record.messages {
                report.handle(app, message, &mut round, deadline).await;
            }
        }
        if report.failed.len() > failed_before {
            stuck.extend(record.group);
            again.push(record.message_id);
        } else {
            done.push((names, record.message_id));
        }
    }
    let unshown = report.show(app, round, deadline).await;
    again.extend(
        done.into_iter().filter(|(names, _)| names.iter().any(|name| unshown.contains(name))).map(|(_, id)| id),
    );
    tracing::info!(
        records = count,
        again = again.len(),
        refused = report.refused.len(),
        other = report.other.len(),
        "batch of a queue"
    );
    let all_failed = !again.is_empty() && again.len() == count;
    match again.into_iter().collect::<Option<Vec<String>>>() {
        Some(again) if !all_failed => {
            let again: Vec<Value> = again.iter().map(|id| json!({ "itemIdentifier": id })).collect();
            Ok(json!({ "batchItemFailures": again }))
        }
        // One that has no id can't be named: then all come again, and what is done is not done twice.
        _ => Err(Failure(report.failed.join("; "))),
    }
}

async fn occurred(app: &App, message: Message, round: &mut Round, deadline: Timestamp) -> Handled {
    let event = match message.read {
        Ok(event) => event,
        Err(error) => return Handled::Refused(error.to_string()),
    };
    let event = match app.believed(message.topic_account.as_deref(), event) {
        Ok(event) => event,
        Err(why) => return Handled::Refused(why),
    };
    let kind = event.kind;
    app.logbook.event(kind.to_string());
    app.logbook.pipeline(&event.pipeline);
    if event.request.is_some() {
        return match app.announce(event, deadline).await {
            Ok(done) => Handled::Done(format!("{kind}: {done}")),
            Err(failure) => Handled::Failed(format!("{kind}: {failure}")),
        };
    }
    if kind == EventKind::Other && app.rules.notifications_for(&event).next().is_none() {
        let count = app.others.count(&message.sort);
        return Handled::Unwanted { sort: message.sort, count };
    }
    // None keeps the others from being done.
    let came_of_it = [
        app.notify(&event, &message.delivery, deadline).await,
        app.follow(&event, &message.name, round).await,
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

/// Why Slack sends an event again: <https://docs.slack.dev/apis/events-api#retries>.
const RETRY_REASON: &str = "x-slack-retry-reason";

/// An HTTP request: nothing of it is looked at before its signature (S1).
async fn click(app: &App, payload: &Value, http: &HttpRequest, deadline: Timestamp) -> Value {
    let body = http.body();
    app.logbook.record(app.clock.now());
    let verified = app.signing_secrets.verify(
        http.header(signature::TIMESTAMP_HEADER),
        http.header(signature::SIGNATURE_HEADER),
        body.as_deref().unwrap_or_default(),
        app.clock.now(),
    );
    if let Err(refused) = verified.await {
        tracing::warn!(outcome = "refused", %refused, "a request that is not Slack's");
        app.logbook.count(Metric::RefusedRequests);
        app.logbook.settle(Outcome::Refused);
        return response::empty(http, 401);
    }
    // What strangers send is not written down.
    record(app, payload);
    let asked = match request::read(body.as_deref().unwrap_or_default()) {
        Ok(asked) => asked,
        Err(error) => {
            tracing::error!(outcome = "refused", %error, "a request of Slack's that signoff can't read");
            app.logbook.settle(Outcome::Refused);
            return response::empty(http, 400);
        }
    };
    app.logbook.event(asked.name());
    if let (Request::Home(_), Some("http_timeout")) = (&asked, http.header(RETRY_REASON)) {
        // The first delivery is still at it, and goes on after its answer: nothing is done twice.
        tracing::info!(outcome = "acknowledged", "an event that Slack sends again");
        app.logbook.settle(Outcome::Done);
        return response::empty(http, 200);
    }
    let user = asked.user().unwrap_or("Slack");
    match app.respond_in_time(&asked, deadline).await {
        Some(Ok((reply, outcome))) => {
            let notes = app.logbook.settle(Outcome::Done);
            let (event, pipeline, rule) = (notes.event.as_deref(), notes.pipeline.as_deref(), notes.rule());
            tracing::info!(user, event, pipeline, rule, outcome, duration_ms = notes.ms(app.clock.now()), "click");
            response::json(http, reply.as_ref())
        }
        None => {
            let (now, notes) = (app.clock.now(), app.logbook.settle(Outcome::Done));
            app.logbook.answered(now);
            let event = notes.event.as_deref();
            tracing::info!(user, event, outcome = "goes on after the answer", duration_ms = notes.ms(now), "click");
            response::empty(http, 200)
        }
        Some(Err(failure)) => {
            app.logbook.count(Metric::FailedClicks);
            let notes = app.logbook.settle(Outcome::Failed);
            let (event, pipeline, rule) = (notes.event.as_deref(), notes.pipeline.as_deref(), notes.rule());
            let duration_ms = notes.ms(app.clock.now());
            // Slack shows the person that something went wrong when the answer is not 200.
            tracing::error!(user, event, pipeline, rule, outcome = "failed", duration_ms, %failure, "click");
            response::empty(http, 500)
        }
    }
}

/// What came of an invocation.
#[derive(Default)]
struct Report {
    done: Vec<String>,
    refused: Vec<String>,
    other: Vec<String>,
    failed: Vec<String>,
}

impl Report {
    async fn handle(&mut self, app: &App, message: Message, round: &mut Round, deadline: Timestamp) {
        let name = message.name.clone();
        app.logbook.record(app.clock.now());
        let handled = occurred(app, message, round, deadline).await;
        self.add(app, &name, handled);
    }

    fn add(&mut self, app: &App, record: &str, handled: Handled) {
        let notes = app.logbook.settle(match handled {
            Handled::Done(_) | Handled::Unwanted { .. } => Outcome::Done,
            Handled::Refused(_) => Outcome::Refused,
            Handled::Failed(_) => Outcome::Failed,
        });
        let (event, pipeline, rule) = (notes.event.as_deref(), notes.pipeline.as_deref(), notes.rule());
        let duration_ms = notes.ms(app.clock.now());
        match handled {
            Handled::Done(what) => {
                tracing::info!(record, event, pipeline, rule, outcome = what, duration_ms, "handled");
                self.done.push(what);
            }
            Handled::Refused(why) => {
                app.logbook.count(Metric::NeverTriedAgain);
                tracing::error!(record, outcome = "refused", why, duration_ms, "will not be tried again");
                self.refused.push(format!("{record}: {why}"));
            }
            Handled::Unwanted { sort, count } => {
                let help = "a rule with `match: { event: other }` would tell it; more of its sort are counted in `count` at debug";
                if count == 1 {
                    tracing::warn!(record, outcome = "other", sort, count, help, "no rule is for this message");
                } else {
                    tracing::debug!(record, outcome = "other", sort, count, "no rule is for this message");
                }
                self.other.push(format!("{record}: {sort}: no rule is for it; {count} of its sort so far"));
            }
            Handled::Failed(why) => {
                app.logbook.count(Metric::FailedMessages);
                tracing::error!(
                    record,
                    event,
                    pipeline,
                    rule,
                    outcome = "failed",
                    why,
                    duration_ms,
                    "must be delivered again"
                );
                self.failed.push(format!("{record}: {why}"));
            }
        }
    }

    /// Shows the executions that the messages were about. What fails is to come again, with all messages that were about it: their
    /// names are returned.
    async fn show(&mut self, app: &App, round: Round, deadline: Timestamp) -> BTreeSet<String> {
        let mut unshown = BTreeSet::new();
        for Shown { deliveries, done } in app.show_round(round, deadline).await {
            match done {
                Ok(what) => {
                    tracing::info!(outcome = what, "an execution is shown");
                    self.done.push(format!("its execution: {what}"));
                }
                Err(failure) => {
                    for name in deliveries {
                        self.add(app, &name, Handled::Failed(format!("its execution: {failure}")));
                        unshown.insert(name);
                    }
                }
            }
        }
        unshown
    }

    fn finish(self) -> Result<Value, Failure> {
        if self.failed.is_empty() {
            Ok(json!({ "done": self.done, "refused": self.refused, "other": self.other }))
        } else {
            Err(Failure(self.failed.join("; ")))
        }
    }
}
