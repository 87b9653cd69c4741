//! What is noted of an invocation while it goes on: for the one line of the log that tells of it, and for the metrics in that line.
//!
//! Lambda gives an instance one invocation at a time, so an instance has one logbook, and whoever does something for the
//! invocation notes it there. The time is told by whoever notes.

mod call;
mod line;
mod metric;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};

pub use call::{Call, MOST_FAILED};
use call::{Calls, Failed};
pub use metric::Metric;

/// How many values of one metric a line holds: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
const MOST_VALUES: usize = 100;

/// The notes of the invocation that is going on.
#[derive(Debug, Clone, Default)]
pub struct Logbook(Arc<Mutex<Notes>>);

/// What came of an invocation, or of a record of one: the worse of two is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was dealt with.
    Done,
    /// It can't be dealt with, and is not to come again.
    Refused,
    /// It may succeed when it comes again.
    Failed,
}

impl Outcome {
    /// As the log has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What is noted of a record: a message of a batch, an event, a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordNotes {
    /// What happened, or what somebody does in Slack.
    pub event: Option<String>,
    /// The pipeline that it is about.
    pub pipeline: Option<String>,
    /// The rules that it was dealt with by, the first one first.
    pub rules: Vec<String>,
    began: Option<Timestamp>,
}

impl RecordNotes {
    /// The names of the rules, in one text.
    pub fn rule(&self) -> Option<String> {
        (!self.rules.is_empty()).then(|| self.rules.join("; "))
    }

    /// How long it has taken, in milliseconds.
    pub fn ms(&self, now: Timestamp) -> i64 {
        self.began.map_or(0, |began| ms(began, now))
    }
}

#[derive(Debug, Default)]
struct Notes {
    began: Option<Timestamp>,
    /// How many invocations there were before.
    before: u64,
    request_id: Option<String>,
    trace: Option<String>,
    invoked_by: Option<&'static str>,
    answered: Option<Timestamp>,
    records: u64,
    record: RecordNotes,
    outcome: Option<Outcome>,
    metrics: BTreeMap<Metric, Vec<i64>>,
    calls: BTreeMap<String, Calls>,
    failed: Vec<Failed>,
}

impl Logbook {
    /// An invocation begins. `request_id` and `trace` are Lambda's request id and X-Ray trace header.
    pub fn begin(&self, now: Timestamp, request_id: Option<&str>, trace: Option<&str>) {
        let mut notes = self.notes();
        let before = notes.before;
        *notes = Notes {
            began: Some(now),
            before,
            request_id: request_id.map(str::to_owned),
            trace: trace.map(str::to_owned),
            ..Notes::default()
        };
    }

    /// What invoked the Lambda.
    pub fn invoked_by(&self, what: &'static str) {
        self.notes().invoked_by = Some(what);
    }

    /// A record of the invocation is looked at. What is noted from now on is of it.
    pub fn record(&self, now: Timestamp) {
        let mut notes = self.notes();
        notes.records += 1;
        notes.record = RecordNotes { began: Some(now), ..RecordNotes::default() };
    }

    /// What the record is: an event by its name, or what somebody does in Slack.
    pub fn event(&self, event: impl Into<String>) {
        self.notes().record.event = Some(event.into());
    }

    /// The pipeline that the record is about.
    pub fn pipeline(&self, pipeline: &str) {
        if !pipeline.is_empty() {
            self.notes().record.pipeline = Some(pipeline.to_owned());
        }
    }

    /// A rule that the record is dealt with by.
    pub fn rule(&self, rule: &str) {
        let rules = &mut self.notes().record.rules;
        if !rules.iter().any(|known| known == rule) {
            rules.push(rule.to_owned());
        }
    }

    /// What came of the record. Returns what was noted of it.
    pub fn settle(&self, outcome: Outcome) -> RecordNotes {
        let mut notes = self.notes();
        notes.outcome = notes.outcome.max(Some(outcome));
        notes.record.clone()
    }

    /// Somebody was answered, and the work goes on.
    pub fn answered(&self, now: Timestamp) {
        self.notes().answered = Some(now);
    }

    /// Something happened that is counted.
    pub fn count(&self, metric: Metric) {
        let mut notes = self.notes();
        match notes.metrics.entry(metric).or_default().as_mut_slice() {
            [count, ..] => *count += 1,
            [] => drop(notes.metrics.insert(metric, vec![1])),
        }
    }

    /// Something was measured. Of more than a line can hold, the greatest are kept.
    pub fn measure(&self, metric: Metric, value: i64) {
        let mut notes = self.notes();
        let values = notes.metrics.entry(metric).or_default();
        values.push(value);
        if values.len() > MOST_VALUES {
            values.sort_unstable_by(|one, other| other.cmp(one));
            values.truncate(MOST_VALUES);
        }
    }

    /// A request was sent to a service, and answered or not.
    pub fn call(&self, call: Call) {
        let mut notes = self.notes();
        let calls = notes.calls.entry(call.service.clone()).or_default();
        calls.add(&call);
        if let Some(failed) = call.failed()
            && notes.failed.len() < MOST_FAILED
        {
            notes.failed.push(failed);
        }
    }

    /// The invocation is over. Returns its line, one JSON object; `None` where none had begun. `namespace` is that of its metrics; `None`:
    /// it has none.
    pub fn end(&self, now: Timestamp, namespace: Option<&str>) -> Option<String> {
        let mut notes = self.notes();
        let began = notes.began?;
        let ended = std::mem::take(&mut *notes);
        notes.before = ended.before + 1;
        drop(notes);
        Some(ended.line(began, now, namespace).to_string())
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Milliseconds between two times; none where a clock was set back.
fn ms(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.duration_since(from).as_millis()).unwrap_or(i64::MAX).max(0)
}

/// Adds what is there.
fn put<T: Into<Value>>(line: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value {
        line.insert(name.to_owned(), value.into());
    }
}
