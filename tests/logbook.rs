//! The line of an invocation, by what was noted of it.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signoff::logbook::{Call, Logbook, MOST_FAILED, Metric, Outcome};

const BEGAN: Timestamp = Timestamp::constant(1_778_517_600, 0);

fn after(ms: i64) -> Timestamp {
    BEGAN + SignedDuration::from_millis(ms)
}

fn begun() -> Logbook {
    let logbook = Logbook::default();
    logbook.begin(BEGAN, Some("8476a536"), Some("Root=1-6a0000aa"));
    logbook
}

fn end(logbook: &Logbook, ms: i64) -> Value {
    serde_json::from_str(&logbook.end(after(ms), Some("signoff")).unwrap()).unwrap()
}

#[test]
fn what_is_noted_is_told_once() {
    let logbook = begun();
    logbook.invoked_by("http");
    logbook.record(after(1));
    logbook.event("press");
    logbook.pipeline("checkout-web");
    logbook.rule("everything");
    logbook.rule("everything");
    logbook.call(Call {
        service: "slack".to_owned(),
        operation: "users.info".to_owned(),
        attempt: 1,
        ms: 40,
        ..Call::default()
    });
    let error = Some("ratelimited".to_owned());
    logbook.call(Call { service: "slack".to_owned(), attempt: 1, ms: 60, error, ..Call::default() });
    logbook.call(Call { service: "slack".to_owned(), attempt: 2, ms: 70, ..Call::default() });
    logbook.count(Metric::Votes);
    logbook.count(Metric::Votes);
    logbook.settle(Outcome::Done);
    logbook.answered(after(2_000));
    insta::assert_snapshot!(serde_json::to_string_pretty(&end(&logbook, 2_900)).unwrap());
    assert_eq!(logbook.end(after(3_000), None), None, "it has been told");

    logbook.begin(after(4_000), None, None);
    logbook.record(after(4_000));
    logbook.settle(Outcome::Done);
    let line = logbook.end(after(4_001), None).unwrap();
    assert_eq!(
        line,
        r#"{"level":"INFO","message":"invocation","records":1,"outcome":"done","cold_start":false,"duration_ms":1,"target":"signoff::invocation"}"#
    );
}

#[test]
fn the_worst_of_several_records_is_the_outcome() {
    let table = [
        (vec![], "broken off", "ERROR", "InvocationsFailed"),
        (vec![Outcome::Done, Outcome::Done], "done", "INFO", "InvocationsDone"),
        (vec![Outcome::Refused, Outcome::Done], "refused", "INFO", "InvocationsRefused"),
        (vec![Outcome::Failed, Outcome::Refused], "failed", "INFO", "InvocationsFailed"),
    ];
    for (outcomes, outcome, level, metric) in table {
        let logbook = begun();
        for outcome in outcomes {
            logbook.record(BEGAN);
            logbook.settle(outcome);
        }
        let line = end(&logbook, 5);
        assert_eq!((line["outcome"].as_str(), line["level"].as_str()), (Some(outcome), Some(level)));
        assert_eq!(line[metric], 1);
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
#[test]
fn a_line_holds_no_more_values_than_cloudwatch_takes() {
    let logbook = begun();
    for age in 0..250 {
        logbook.measure(Metric::OpenApprovalAge, age);
        logbook.call(Call { service: "slack".to_owned(), error: Some("500".to_owned()), ..Call::default() });
    }
    let line = end(&logbook, 1);
    let ages = line["OpenApprovalAge"].as_array().unwrap();
    assert_eq!((ages.len(), &ages[0]), (100, &249.into()), "the greatest are kept");
    assert_eq!(line["failed_calls"].as_array().unwrap().len(), MOST_FAILED);
    assert_eq!(line["calls"]["slack"]["count"], 250);
}

/// Two clocks of one machine may differ, and one may be set back.
#[test]
fn a_clock_that_is_set_back_takes_no_time() {
    let line = end(&begun(), -500);
    assert_eq!((&line["duration_ms"], &line["Duration"]), (&0.into(), &0.into()));
}

#[test]
fn somebody_elses_write_is_no_failed_call() {
    let logbook = begun();
    let error = Some("ConditionalCheckFailedException".to_owned());
    logbook.call(Call { service: "dynamodb".to_owned(), error, ..Call::default() });
    assert_eq!(end(&logbook, 1)["failed_calls"], Value::Null);
}
