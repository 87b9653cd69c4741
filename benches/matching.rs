//! How long it takes to find the rule for an event, by the number of rules: through the index, and by looking at all of them.
//!
//! `cargo bench --bench matching`; docs/performance.md says what is to be seen. Five rules share a pipeline, one for each of
//! its stages, so that 10,000 rules are over 2,000 pipelines.

#![allow(missing_docs, reason = "a program, not a library")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench that can't go on has failed")]

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};

use divan::{AllocProfiler, Bencher, black_box};
use signoff::diagnostic::{Source, text};
use signoff::event::{Envelope, Event, read_text};
use signoff::rules::{self, ApprovalRule, RuleSet, Rules};
use signoff::template::Templates;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 100_000];
const STAGES: [&str; 5] = ["Source", "Test", "Staging", "Approve", "Production"];
/// Rules a file: a file has a limit, and people have several.
const A_FILE: usize = 10_000;

/// How the rules name their pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// `team-00042-service`.
    Literal,
    /// `team-00042-*`.
    Wildcard,
    /// Names, beginnings, ends, middles, classes and alternatives, in turn.
    Mixed,
}

impl Kind {
    fn pattern(self, pipeline: usize) -> String {
        let number = format!("{pipeline:05}");
        match (self, pipeline % 6) {
            (Self::Literal, _) | (Self::Mixed, 0) => format!("team-{number}-service"),
            (Self::Wildcard, _) | (Self::Mixed, 1) => format!("team-{number}-*"),
            (Self::Mixed, 2) => format!("*-{number}-service"),
            (Self::Mixed, 3) => format!("*-{number}-*"),
            (Self::Mixed, 4) => format!("[st]eam-{number}-s?rvice"),
            _ => format!("{{team,squad}}-{number}-*"),
        }
    }
}

/// Each set is read once for all benches.
static SETS: LazyLock<Mutex<BTreeMap<(Kind, usize), &'static RuleSet>>> = LazyLock::new(Mutex::default);

fn rules(kind: Kind, size: usize) -> &'static RuleSet {
    SETS.lock().unwrap().entry((kind, size)).or_insert_with(|| Box::leak(Box::new(read(kind, size))))
}

fn read(kind: Kind, size: usize) -> RuleSet {
    let rule = |at: usize| {
        let (pattern, stage) = (kind.pattern(at / STAGES.len()), STAGES[at % STAGES.len()]);
        format!(
            "  - {{ name: rule {at}, match: {{ pipeline: \"{pattern}\", stage: {stage} }}, channel: C0LIVE, approvers: [U0NOOR] }}\n"
        )
    };
    let numbers: Vec<usize> = (0..size).collect();
    let files = numbers.chunks(A_FILE).enumerate().map(|(file, rules)| {
        let head = if file == 0 { "version: 1\nworkspace: T0SHOP\n" } else { "" };
        let rules: String = rules.iter().map(|at| rule(*at)).collect();
        Source::new(format!("{file:03}.yaml"), format!("{head}approvals:\n{rules}"))
    });
    let files: Vec<Source> = files.collect();
    let read = rules::read(&files, &Templates::builtin());
    read.unwrap_or_else(|found| panic!("{}", text::render_all(&found[..1]))).rules
}

/// A request that the last rule is for, or with another stage none.
fn event(size: usize, is_hit: bool) -> Event {
    let pipeline = (size - 1) / STAGES.len();
    let stage = if is_hit { STAGES[(size - 1) % STAGES.len()] } else { "Elsewhere" };
    let message = format!(
        r#"{{"region": "eu-north-1", "approval": {{"pipelineName": "team-{pipeline:05}-service", "stageName": "{stage}",
        "actionName": "GoLive", "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T16:40Z"}}}}"#
    );
    read_text(&message, &Envelope::default()).unwrap()
}

fn linear<'a>(rules: &'a Rules<ApprovalRule>, event: &Event) -> Option<&'a ApprovalRule> {
    rules.iter().find(|rule| rule.matches.check(event).is_ok())
}

fn indexed_bench(bencher: Bencher<'_, '_>, kind: Kind, size: usize, is_hit: bool) {
    let (rules, event) = (rules(kind, size), event(size, is_hit));
    let found = rules.approval_for(&event).unwrap().map(|rule| rule.name.as_str());
    assert_eq!(found, linear(&rules.approvals, &event).map(|rule| rule.name.as_str()));
    assert_eq!(found.is_some(), is_hit);
    bencher.bench(|| black_box(rules).approval_for(black_box(&event)).is_ok_and(|found| found.is_some()));
}

fn linear_bench(bencher: Bencher<'_, '_>, kind: Kind, size: usize, is_hit: bool) {
    let (rules, event) = (rules(kind, size), event(size, is_hit));
    bencher.bench(|| linear(black_box(&rules.approvals), black_box(&event)).is_some());
}

macro_rules! of_kind {
    ($name:ident, $kind:expr) => {
        mod $name {
            use super::*;

            #[divan::bench(args = SIZES)]
            fn indexed_last_rule(bencher: Bencher<'_, '_>, size: usize) {
                indexed_bench(bencher, $kind, size, true);
            }

            #[divan::bench(args = SIZES)]
            fn indexed_no_rule(bencher: Bencher<'_, '_>, size: usize) {
                indexed_bench(bencher, $kind, size, false);
            }

            #[divan::bench(args = SIZES)]
            fn linear_last_rule(bencher: Bencher<'_, '_>, size: usize) {
                linear_bench(bencher, $kind, size, true);
            }
        }
    };
}

of_kind!(literal, Kind::Literal);
of_kind!(wildcard, Kind::Wildcard);
of_kind!(mixed, Kind::Mixed);

/// What making the index adds to a start.
#[divan::bench(args = [100, 10_000])]
fn making_the_index(bencher: Bencher<'_, '_>, size: usize) {
    let rules = rules(Kind::Mixed, size);
    bencher.with_inputs(|| rules.approvals.to_vec()).bench_values(Rules::new);
}

#[divan::bench(args = [100, 10_000])]
fn reading_the_rules(bencher: Bencher<'_, '_>, size: usize) {
    bencher.bench(|| read(Kind::Mixed, size));
}

fn main() {
    divan::main();
}
