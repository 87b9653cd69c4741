//! The line of an invocation, with its metrics in CloudWatch's embedded metric format:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//!
//! CloudWatch Logs takes the metrics out of the line, so that counting costs no call. They have no dimensions: a namespace is one
//! installation, and each dimension would be another metric to pay for.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Metric, Notes, Outcome, ms, put};

impl Notes {
    pub(super) fn line(mut self, began: Timestamp, now: Timestamp, namespace: Option<&str>) -> Value {
        let duration = ms(began, now);
        let mut line = Map::new();
        // What failed has a line of its own; of what broke off nobody else tells.
        put(&mut line, "level", Some(if self.outcome.is_none() { "ERROR" } else { "INFO" }));
        put(&mut line, "message", Some("invocation"));
        put(&mut line, "invoked_by", self.invoked_by);
        put(&mut line, "records", Some(self.records));
        // Each record of several has a line of its own.
        if self.records == 1 {
            put(&mut line, "event", self.record.event.as_deref());
            put(&mut line, "pipeline", self.record.pipeline.as_deref());
            put(&mut line, "rule", self.record.rule());
        }
        put(&mut line, "outcome", Some(self.outcome.map_or("broken off", Outcome::as_str)));
        put(&mut line, "cold_start", Some(self.before == 0));
        put(&mut line, "duration_ms", Some(duration));
        put(&mut line, "answered_ms", self.answered.map(|answered| ms(began, answered)));
        let calls: Map<String, Value> =
            self.calls.iter().map(|(service, calls)| (service.clone(), calls.value())).collect();
        put(&mut line, "calls", (!calls.is_empty()).then_some(calls));
        let failed: Vec<Value> = self.failed.iter().map(super::Failed::value).collect();
        put(&mut line, "failed_calls", (!failed.is_empty()).then_some(failed));
        put(&mut line, "target", Some("signoff::invocation"));
        let mut span = Map::new();
        put(&mut span, "requestId", self.request_id.as_deref());
        put(&mut span, "xrayTraceId", self.trace.as_deref());
        put(&mut line, "span", (!span.is_empty()).then_some(span));
        if let Some(namespace) = namespace {
            let outcome = match self.outcome {
                Some(Outcome::Done) => Metric::InvocationsDone,
                Some(Outcome::Refused) => Metric::InvocationsRefused,
                Some(Outcome::Failed) | None => Metric::InvocationsFailed,
            };
            self.metrics.insert(outcome, vec![1]);
            self.metrics.insert(Metric::Duration, vec![duration]);
            self.embed(&mut line, now, namespace);
        }
        Value::Object(line)
    }

    /// Adds the metrics, and what tells CloudWatch which they are.
    fn embed(self, line: &mut Map<String, Value>, now: Timestamp, namespace: &str) {
        let mut metrics = Vec::new();
        for (metric, values) in self.metrics {
            metrics.push(json!({ "Name": metric.name(), "Unit": metric.unit() }));
            let value = match values.as_slice() {
                [only] => json!(only),
                several => json!(several),
            };
            line.insert(metric.name().to_owned(), value);
        }
        let directive = json!({ "Namespace": namespace, "Dimensions": [[]], "Metrics": metrics });
        line.insert("_aws".to_owned(), json!({ "Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive] }));
    }
}
