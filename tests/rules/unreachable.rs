//! Rules that are never used: what is told of them, and that it is true.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use signoff::diagnostic::{Source, text};
use signoff::event::{ApprovalRequest, ApprovalToken, Event, EventKind};
use signoff::rules::{self, Reach, RuleSet, Rules};
use signoff::template::Templates;

use super::glob::{Token, pattern, written};
use super::matching::event_of;
use super::{entries, read, snapshot_settings, source};

#[test]
fn what_is_told_of_rules_that_are_never_used() {
    let mut cases = 0;
    for path in entries("tests/rules/unreachable") {
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let files = [source(&path)];
        let rules = read(&files);
        let mut told = text::render_all(&rules::lint(&rules, &files));
        for (rule, reach) in rules.approvals.iter().zip(rules::reach(&rules)) {
            if let Reach::Decides(known) = reach {
                let decided = rules.approval_for(&request(&known)).unwrap().map(|rule| rule.name.as_str());
                assert!(decided == Some(&rule.name) || rules.approvals.iter().any(|rule| rule.matches.when.is_some()));
                let known = known.map(|value| value.unwrap_or_else(|| "?".to_owned()));
                writeln!(told, "\n`{}` decides: {}", rule.name, known.join(" ")).unwrap();
            }
        }
        let name = path.file_stem().unwrap().to_str().unwrap();
        snapshot_settings("unreachable").bind(|| insta::assert_snapshot!(name, told));
        cases += 1;
    }
    assert!(cases >= 12, "{cases}");
}

/// A request of which this is known.
fn request([pipeline, stage, action, region, account]: &[Option<String>; 5]) -> Event {
    let token = ApprovalToken::new("invented");
    let request = Some(ApprovalRequest { token, expires: None, review_link: None });
    let [stage, action, account] = [stage, action, account].map(Clone::clone);
    let region = region.clone().unwrap();
    Event { stage, action, region, account, request, ..event_of(EventKind::ApprovalNeeded, pipeline.as_ref().unwrap()) }
}

/// What a rule asks of a field: one of these, and none of those.
type Asked = Option<(Vec<Vec<Token>>, Vec<Vec<Token>>)>;

fn asked() -> impl Strategy<Value = Asked> {
    let patterns = |range| prop::collection::vec(pattern(), range);
    prop_oneof![1 => Just(None), 4 => (patterns(1..3), patterns(0..2)).prop_map(Some), 1 => (patterns(0..1), patterns(1..2)).prop_map(Some)]
}

fn written_rule(at: usize, fields: &[Asked; 3]) -> Value {
    let mut map = serde_json::Map::new();
    for (key, asked) in ["pipeline", "stage", "region"].into_iter().zip(fields) {
        let Some((any, not)) = asked else { continue };
        let mut condition = serde_json::Map::new();
        for (key, patterns) in [("any", any), ("not", not)] {
            if !patterns.is_empty() {
                condition.insert(key.to_owned(), patterns.iter().map(|tokens| written(tokens)).collect());
            }
        }
        map.insert(key.to_owned(), Value::Object(condition));
    }
    json!({ "name": format!("rule {at}"), "match": map, "channel": "C0LIVE", "approvers": ["U0NOOR"] })
}

/// All names of `length` letters at most.
fn names(length: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut last = vec![String::new()];
    for _ in 0..length {
        last = last.iter().flat_map(|name| ["a", "b", "-", "0"].map(|letter| format!("{name}{letter}"))).collect();
        all.extend(last.iter().cloned());
    }
    all
}

/// Holds each judgement against requests: those that show that a rule decides, and all of a small world for those that are
/// said not to. Returns how many of each there were.
fn hold(rules: &RuleSet) -> [usize; 3] {
    let mut counts = [0; 3];
    let some = |names: Vec<String>| names.into_iter().map(Some).collect::<Vec<_>>();
    let worlds = [(some(names(4)), some(names(1)), names(1)), (some(names(1)), some(names(3)), names(1))];
    let judged = rules::reach(rules);
    let mut decides = vec![false; judged.len()];
    for (pipelines, stages, regions) in worlds {
        for pipeline in &pipelines {
            for stage in stages.iter().chain([&None]) {
                for region in &regions {
                    let known = [pipeline.clone(), stage.clone(), None, Some(region.clone()), None];
                    let rule = rules.approval_for(&request(&known)).unwrap();
                    let rule = rule.and_then(|rule| rules.approvals.iter().position(|other| other.name == rule.name));
                    rule.into_iter().for_each(|rule| decides[rule] = true);
                }
            }
        }
    }
    for (at, (reach, decides)) in judged.iter().zip(decides).enumerate() {
        let name = &rules.approvals[at].name;
        match reach {
            Reach::Decides(known) => {
                let rule = rules.approval_for(&request(known)).unwrap();
                assert_eq!(rule.map(|rule| &rule.name), Some(name), "{known:?}");
                counts[0] += 1;
            }
            Reach::Never(_) | Reach::Covered(_) => assert!(!decides, "{name} decides, and not: {reach:?}"),
            Reach::Unjudged => panic!("{name} is not judged"),
        }
        match reach {
            Reach::Never(_) => counts[1] += 1,
            Reach::Covered(by) => {
                counts[2] += 1;
                assert!(!by.is_empty() && by.iter().all(|by| *by < at), "{by:?}");
                is_minimal(rules, at, by);
            }
            _ => {}
        }
    }
    counts
}

/// With these rules alone nothing is left for the one at `at`, and with any one fewer something is.
fn is_minimal(rules: &RuleSet, at: usize, by: &[usize]) {
    for left_out in by.iter().map(Some).chain([None]) {
        let mut fewer = rules.clone();
        let kept = by.iter().filter(|by| Some(*by) != left_out).chain([&at]);
        fewer.approvals = Rules::new(kept.map(|at| rules.approvals[*at].clone()).collect());
        let last = rules::reach(&fewer).pop();
        assert_eq!(
            matches!(last, Some(Reach::Decides(_))),
            left_out.is_some(),
            "{by:?} without {left_out:?}: {last:?}"
        );
    }
}

#[test]
fn judgements_are_true() {
    let config = ProptestConfig {
        cases: 120,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(11),
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let counts = std::cell::Cell::new([0; 3]);
    let templates = Templates::builtin();
    let rules = prop::collection::vec([asked(), asked(), asked()], 1..9);
    let tried = runner.run(&rules, |rules| {
        let approvals: Vec<Value> = rules.iter().enumerate().map(|(at, fields)| written_rule(at, fields)).collect();
        let file = json!({ "version": 1, "workspace": "T0SHOP", "approvals": approvals });
        let rules = rules::read(&[Source::new("a.yaml", file.to_string())], &templates).unwrap().rules;
        let held = hold(&rules);
        let sum = counts.get();
        counts.set([sum[0] + held[0], sum[1] + held[1], sum[2] + held[2]]);
        Ok(())
    });
    tried.unwrap();
    // Else the test would prove little.
    assert!(counts.get().iter().all(|count| *count > 20), "{:?}", counts.get());
}

/// Ten thousand rules for two thousand pipelines, all of which are judged.
#[test]
fn many_rules_are_judged() {
    for (kind, expected) in [2_000, 2_796, 2_000, 10_001].into_iter().enumerate() {
        let mut approvals = Vec::new();
        for at in 0..10_000 {
            let pipeline = format!("team{}-service{}", at % 50, at % 2_000);
            let stage = ["Test", "Staging", "Live", "*", "L*"][at / 2_000];
            let pipeline = match kind {
                // Names; names with some patterns between; patterns alone; and a first rule that takes everything.
                0 | 3 => pipeline,
                1 if at % 10 == 0 => format!("*-service{}", at % 2_000),
                1 if at % 10 == 1 => format!("team[0-{}]*-s", at % 10),
                1 => pipeline,
                _ => format!("{pipeline}-*"),
            };
            let rule = json!({
                "name": format!("rule {at}"),
                "match": { "pipeline": pipeline, "stage": stage },
                "channel": "C0LIVE",
                "approvers": ["U0NOOR"],
            });
            approvals.push(rule);
        }
        let all = json!({ "name": "all", "channel": "C0LIVE", "approvers": ["U0NOOR"] });
        let stages =
            json!({ "name": "all stages", "match": { "stage": "*" }, "channel": "C0LIVE", "approvers": ["U0NOOR"] });
        approvals.push(stages.clone());
        if kind == 3 {
            approvals.insert(0, stages);
            approvals[0]["name"] = json!("first");
        }
        approvals.push(all);
        let file = json!({ "version": 1, "workspace": "T0SHOP", "approvals": approvals });
        let rules = read(&[Source::new("a.yaml", file.to_string())]);
        let judged = rules::reach(&rules);
        let count = |wanted: fn(&Reach) -> bool| judged.iter().filter(|reach| wanted(reach)).count();
        let covered = count(|reach| matches!(reach, Reach::Covered(_)));
        let unjudged = count(|reach| matches!(reach, Reach::Unjudged));
        assert_eq!((covered, unjudged), (expected, 0), "kind {kind}");
    }
}
