//! What docs/operations.md says of the log and of the metrics is what scenarios log.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "the scenarios and the page are files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use signoff::diagnostic::Source;
use signoff::logbook::Metric;
use signoff_simulator::scenario::files::Place;
use signoff_simulator::scenario::format::Scenario;
use signoff_simulator::scenario::instance::{Driver, Folders};
use signoff_simulator::scenario::run::play;

/// Fields that only the compiled binary logs (tests/traced.rs sees them), or only where something is wrong that no scenario has: each is
/// documented all the same.
const NOT_IN_SCENARIOS: [&str; 6] = ["span.name", "span.requestId", "span.xrayTraceId", "code", "template", "left"];

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The lines that the shipped scenarios log.
async fn lines() -> Vec<Value> {
    let folders = Folders { rules: root("rules"), templates: root("templates") };
    let driver = Driver::InProcess(Arc::new(folders.load().unwrap()));
    let folder = root("simulator/scenarios");
    let mut names: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let mut logged = String::new();
    for path in names.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml")) {
        let scenario = Scenario::read(&Source::new("", std::fs::read_to_string(path).unwrap())).unwrap();
        let place = Place { folder: folder.clone(), recordings: root("simulator/recordings") };
        logged.push_str(&play(&scenario, &place, &driver).await.unwrap().logged);
    }
    logged.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("it is no JSON: {line}"))).collect()
}

/// The names of a line's fields; those within others with the name of these before them.
fn fields(line: &Value, before: &str, found: &mut BTreeSet<String>) {
    let metrics: Vec<&str> = Metric::ALL.into_iter().map(Metric::name).collect();
    for (name, value) in line.as_object().unwrap() {
        let name = match before {
            "calls." => "calls.SERVICE".to_owned(),
            _ => format!("{before}{name}"),
        };
        match value {
            _ if metrics.contains(&name.as_str()) => {}
            Value::Object(_) if name != "_aws" => fields(value, &format!("{name}."), found),
            Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                items.iter().for_each(|item| fields(item, &format!("{name}."), found));
            }
            _ => drop(found.insert(name)),
        }
    }
}

/// What stands in backticks in the first cells of the tables with this heading, each with the rest of its row.
fn documented(page: &str, heading: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut inside = false;
    for line in page.lines() {
        if !line.starts_with('|') {
            inside = false;
        }
        if line.starts_with(&format!("| {heading} |")) {
            inside = true;
        }
        let Some((first, rest)) = line.trim_start_matches("| ").split_once(" | ").filter(|_| inside) else { continue };
        found.extend(first.split('`').skip(1).step_by(2).map(|name| (name.to_owned(), rest.to_owned())));
    }
    found
}

#[tokio::test]
async fn what_scenarios_log_is_what_the_page_says() {
    let lines = lines().await;
    as_cloudwatch_wants_it(&lines);
    has_the_fields_that_the_page_lists(&lines);
}

fn has_the_fields_that_the_page_lists(lines: &[Value]) {
    let page = std::fs::read_to_string(root("docs/operations.md")).unwrap();
    let of = |target: &str| lines.iter().filter(|line| line["target"] == target).collect::<Vec<_>>();
    let mut invocation = BTreeSet::new();
    of("signoff::invocation").iter().for_each(|line| fields(line, "", &mut invocation));
    let listed: BTreeSet<String> = documented(&page, "field of an invocation").into_keys().collect();
    assert_eq!(invocation, listed, "left: logged of invocations; right: docs/operations.md");

    let mut others = BTreeSet::new();
    // docs/audit.md has those of evidence, docs/operations.md those of recordings.
    let elsewhere = ["signoff::invocation", "signoff::audit", "signoff::recording"];
    for line in lines.iter().filter(|line| !elsewhere.iter().any(|target| line["target"] == *target)) {
        fields(line, "", &mut others);
    }
    let mut listed: BTreeSet<String> = documented(&page, "field").into_keys().collect();
    for name in NOT_IN_SCENARIOS {
        assert!(listed.remove(name), "docs/operations.md does not list `{name}`");
    }
    assert_eq!(others, listed, "left: logged by scenarios; right: docs/operations.md");
}

#[test]
fn the_metrics_are_those_that_the_page_lists() {
    let page = std::fs::read_to_string(root("docs/operations.md")).unwrap();
    let listed = documented(&page, "metric");
    let known: BTreeSet<&str> = Metric::ALL.into_iter().map(Metric::name).collect();
    assert_eq!(listed.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    for metric in Metric::ALL {
        let unit = listed[metric.name()].split('|').next().unwrap().trim().to_owned();
        assert_eq!(unit, metric.unit(), "{}", metric.name());
    }
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
fn as_cloudwatch_wants_it(lines: &[Value]) {
    let mut emitted = BTreeSet::new();
    let mut invocations = 0;
    for line in lines.iter().filter(|line| line["target"] == "signoff::invocation") {
        invocations += 1;
        assert!(line.to_string().len() < 256 * 1024, "CloudWatch Logs takes no more: {line}");
        assert!(line["_aws"]["Timestamp"].is_i64(), "{line}");
        let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        for directive in directives {
            assert_eq!(directive["Namespace"], "signoff");
            assert_eq!(directive["Dimensions"], serde_json::json!([[]]));
            let metrics = directive["Metrics"].as_array().unwrap();
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                let name = metric["Name"].as_str().unwrap();
                let values = match &line[name] {
                    Value::Array(values) => values.clone(),
                    value => vec![value.clone()],
                };
                assert!((1..=100).contains(&values.len()) && values.iter().all(Value::is_i64), "{name} of {line}");
                assert!(["Count", "Milliseconds", "Seconds"].contains(&metric["Unit"].as_str().unwrap()), "{line}");
                emitted.insert(name.to_owned());
            }
        }
    }
    assert!(invocations > 300, "{invocations} invocations");
    let missing: Vec<&str> =
        Metric::ALL.into_iter().map(Metric::name).filter(|name| !emitted.contains(*name)).collect();
    assert!(missing.is_empty(), "no scenario counts {missing:?}");
}
