//! How an execution stands, worked out of its events: whatever their order, and however often they come.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "execution/stories.rs"]
mod stories;

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use signoff::event::{Event, EventKind, State};
use signoff::execution::record::{ExecutionRecord, Learnt};
use signoff::execution::{Condition, ExecutionView, History};
use signoff::ports::{Origin, SourceRun};
use stories::{Story, event};

fn view(events: &[&Event], plan: &[String]) -> ExecutionView {
    let mut history = History::default();
    events.iter().for_each(|event| history.fold(event));
    history.view(plan)
}

/// Everything in its order, each once: what is told last of a thing is how it stands.
#[derive(Default)]
struct Naive {
    pipeline: Option<Stands>,
    stages: BTreeMap<String, Stands>,
    actions: BTreeMap<(String, String), Stands>,
}

#[derive(Clone, Copy)]
struct Stands {
    state: State,
    began: Timestamp,
    ended: Option<Timestamp>,
    runs: u32,
}

impl Naive {
    fn tell(&mut self, event: &Event) {
        let at = event.at.unwrap();
        let place = (event.stage.clone().unwrap_or_default(), event.action.clone().unwrap_or_default());
        let (known, state) = match event.kind {
            EventKind::Pipeline(state) => (self.pipeline, state),
            EventKind::Stage(state) => (self.stages.get(&place.0).copied(), state),
            EventKind::Action(state) => (self.actions.get(&place).copied(), state),
            EventKind::ApprovalNeeded => (self.actions.get(&place).copied(), State::Started),
            EventKind::ApprovalSucceeded => (self.actions.get(&place).copied(), State::Succeeded),
            EventKind::ApprovalFailed => (self.actions.get(&place).copied(), State::Failed),
            EventKind::Other => return,
        };
        let now = match (known, state) {
            (None, _) => Stands { state, began: at, ended: None, runs: 1 },
            (Some(known), State::Started | State::Resumed) => {
                Stands { state, began: at, ended: None, runs: known.runs + 1 }
            }
            (Some(known), State::Stopping) => Stands { state, ..known },
            (Some(known), _) => Stands { state, ended: Some(at), ..known },
        };
        match event.kind {
            EventKind::Pipeline(_) => self.pipeline = Some(now),
            EventKind::Stage(_) => drop(self.stages.insert(place.0, now)),
            _ => drop(self.actions.insert(place, now)),
        }
    }
}

fn words(state: State) -> &'static str {
    match state {
        State::Started | State::Resumed => "running",
        other => other.as_str(),
    }
}

fn agrees(view: &ExecutionView, naive: &Naive, story: &Story) {
    let Some(pipeline) = naive.pipeline else { return };
    let waits = |stage: &str| {
        let here = || naive.actions.iter().filter(move |((of, _), _)| of == stage);
        let runs = |stands: &Stands| words(stands.state) == "running";
        let is_approval = |name: &str| name.starts_with("Approve");
        naive.stages.get(stage).is_some_and(runs)
            && here().any(|((_, name), stands)| is_approval(name) && runs(stands))
            && !here().any(|((_, name), stands)| !is_approval(name) && runs(stands))
    };
    let is_waiting = words(pipeline.state) == "running" && story.stages.iter().any(|stage| waits(stage));
    let expected = if is_waiting { "waiting" } else { words(pipeline.state) };
    assert_eq!(view.condition.as_str(), expected);
    assert_eq!(view.attempt, pipeline.runs);
    assert_eq!(view.ended, pipeline.ended);
    assert_eq!(view.stages.iter().map(|stage| stage.name.clone()).collect::<Vec<_>>(), story.stages);
    for stage in &view.stages {
        let Some(stands) = naive.stages.get(&stage.name) else {
            assert_eq!(stage.condition, Condition::Pending, "{stage:?}");
            continue;
        };
        let expected = match words(stands.state) {
            "running" if pipeline.state == State::Stopping => "stopping",
            "running" if waits(&stage.name) => "waiting",
            state => state,
        };
        assert_eq!(stage.condition.as_str(), expected, "{stage:?}");
        assert_eq!((stage.began, stage.ended, stage.attempt), (Some(stands.began), stands.ended, stands.runs));
        for action in &stage.actions {
            let stands = naive.actions[&(stage.name.clone(), action.name.clone())];
            let expected = match words(stands.state) {
                "running" if action.is_approval => "waiting",
                state => state,
            };
            assert_eq!(action.condition.as_str(), expected, "{action:?}");
            assert_eq!((action.began, action.ended, action.attempt), (Some(stands.began), stands.ended, stands.runs));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    /// The first so many events of an execution, shuffled and some of them twice, are the same as in their order and once.
    #[test]
    fn late_and_repeated_events_change_nothing(seed in any::<u64>(), part in 0.0..1.0_f64, order in any::<u64>()) {
        let story = Story::tell(seed);
        let told = ((story.events.len() as f64 * part) as usize).max(1);
        let events: Vec<&Event> = story.events.iter().take(told).collect();
        let in_order = view(&events, &story.stages);
        let mut naive = Naive::default();
        events.iter().for_each(|event| naive.tell(event));
        agrees(&in_order, &naive, &story);
        let mut random = stories::Random(order);
        let mut shuffled: Vec<&Event> = events.iter().chain(events.iter().filter(|_| random.next(3) == 0)).copied().collect();
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, random.next(at + 1));
        }
        prop_assert_eq!(&view(&shuffled, &story.stages), &in_order);
        // Records come from the store in between.
        let mut record = ExecutionRecord::new(shuffled[0], "execution");
        for event in &shuffled {
            record.fold(event);
            record = serde_json::from_value(serde_json::to_value(&record).unwrap()).unwrap();
        }
        prop_assert_eq!(record.history.view(&story.stages), in_order);
    }

    /// With some of the events lost for good, the rest are still the same in every order.
    #[test]
    fn lost_events_make_no_order_matter(seed in any::<u64>(), lost in any::<u64>(), order in any::<u64>()) {
        let story = Story::tell(seed);
        let mut random = stories::Random(lost);
        let events: Vec<&Event> = story.events.iter().filter(|_| random.next(4) > 0).collect();
        let mut shuffled = events.clone();
        let mut random = stories::Random(order);
        for at in (1..shuffled.len()).rev() {
            shuffled.swap(at, random.next(at + 1));
        }
        prop_assert_eq!(view(&shuffled, &story.stages), view(&events, &story.stages));
        prop_assert_eq!(view(&shuffled, &[]), view(&events, &[]));
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_778_517_600 + second).unwrap()
}

fn plan() -> Vec<String> {
    ["Source", "Build", "Live"].map(str::to_owned).to_vec()
}

#[test]
fn a_late_beginning_does_not_turn_an_end_back() {
    let ended = event(EventKind::Stage(State::Succeeded), 9, Some(1), "Source", "");
    let began = event(EventKind::Stage(State::Started), 4, Some(1), "Source", "");
    for events in [[&ended, &began], [&began, &ended]] {
        let source = &view(&events, &plan()).stages[0];
        assert_eq!(source.condition, Condition::Succeeded);
        assert_eq!((source.began, source.ended), (Some(at(4)), Some(at(9))));
    }
}

#[test]
fn what_follows_in_the_same_second_follows() {
    let within_a_second = [
        event(EventKind::Stage(State::Started), 4, Some(1), "Build", ""),
        event(EventKind::Stage(State::Failed), 4, Some(1), "Build", ""),
        event(EventKind::Stage(State::Resumed), 4, Some(2), "Build", ""),
    ];
    let [started, failed, resumed] = &within_a_second;
    let build = |events: &[&Event]| view(events, &plan()).stages[1].clone();
    assert_eq!(build(&[failed, started]).condition, Condition::Failed);
    let again = build(&[resumed, failed, started]);
    assert_eq!((again.condition, again.attempt), (Condition::Running, 2));
}

#[test]
fn what_is_over_elsewhere_is_over_here() {
    let source = event(EventKind::Stage(State::Started), 0, None, "Source", "");
    let build = event(EventKind::Stage(State::Started), 7, None, "Build", "");
    let compile = event(EventKind::Action(State::Started), 7, None, "Build", "Compile");
    let conditions =
        |events: &[&Event]| view(events, &plan()).stages.iter().map(|stage| stage.condition).collect::<Vec<_>>();
    use Condition::{Failed, Pending, Running, Stopped, Succeeded};
    assert_eq!(conditions(&[&source, &build]), [Succeeded, Running, Pending]);
    assert_eq!(conditions(&[&build, &compile]), [Succeeded, Running, Pending]);
    for (state, expected) in [
        (State::Succeeded, [Succeeded, Succeeded, Succeeded]),
        (State::Failed, [Succeeded, Failed, Pending]),
        (State::Stopped, [Succeeded, Stopped, Pending]),
        (State::Superseded, [Succeeded, Stopped, Pending]),
    ] {
        let over = event(EventKind::Pipeline(state), 30, None, "", "");
        assert_eq!(conditions(&[&over, &source, &build, &compile]), expected);
    }
}

#[test]
fn nothing_comes_back_from_its_final_end() {
    let superseded = event(EventKind::Pipeline(State::Superseded), 20, None, "", "");
    let late = event(EventKind::Pipeline(State::Resumed), 25, None, "", "");
    assert_eq!(view(&[&superseded, &late], &plan()).condition, Condition::Superseded);
    let failed = event(EventKind::Pipeline(State::Failed), 20, None, "", "");
    assert_eq!(view(&[&failed, &late], &plan()).condition, Condition::Running);
    // The stage's own event came before the pipeline's.
    let retried = event(EventKind::Stage(State::Resumed), 25, Some(2), "Build", "");
    let again = view(&[&failed, &retried], &plan());
    assert_eq!((again.condition, again.attempt), (Condition::Running, 2));
}

#[test]
fn each_failed_action_is_told_once() {
    let mut failed = event(EventKind::Action(State::Failed), 8, Some(1), "Build", "Compile");
    let of = |action: &str, reason: &str| signoff::event::Failure {
        action: Some(action.to_owned()),
        reason: Some(reason.to_owned()),
        code: None,
        link: None,
    };
    failed.failures = vec![of("Compile", "make test failed")];
    let mut pipeline = event(EventKind::Pipeline(State::Failed), 9, None, "", "");
    pipeline.failures = vec![of("Compile", "failed"), of("Lint", "2 warnings")];
    let view = view(&[&pipeline, &failed, &pipeline], &plan());
    assert_eq!(view.failures, [of("Compile", "make test failed"), of("Lint", "2 warnings")]);
}

#[test]
fn of_very_many_steps_the_latest_are_kept() {
    let mut events = Vec::new();
    for run in 0..100 {
        events.push(event(EventKind::Stage(State::Resumed), run * 10, Some(run as u32 + 1), "Build", ""));
        events.push(event(EventKind::Stage(State::Failed), run * 10 + 5, Some(run as u32 + 1), "Build", ""));
    }
    let forth: Vec<&Event> = events.iter().collect();
    let back: Vec<&Event> = events.iter().rev().collect();
    let one = view(&forth, &plan());
    assert_eq!(one, view(&back, &plan()));
    assert_eq!(one.stages[1].ended, Some(at(995)));
    let mut record = ExecutionRecord::new(&events[0], "execution");
    events.iter().for_each(|event| record.fold(event));
    assert!(serde_json::to_string(&record).unwrap().len() < 5_000);
}

#[test]
fn an_image_is_shown_by_its_digest() {
    let mut record = ExecutionRecord::new(&event(EventKind::Pipeline(State::Started), 0, None, "", ""), "execution");
    let image = SourceRun { revision: Some("sha256:4d1f9c07a2b85e63".to_owned()), ..SourceRun::default() };
    record.learn(&Learnt { origin: Some(Origin { sources: vec![image], ..Origin::default() }), ..Learnt::default() });
    let facts = signoff::engine::execution_facts(&record, &record.view(), None, &|_, _| None);
    let message = signoff::template::Templates::builtin().render("execution", &facts).unwrap();
    let text = message.blocks[0]["text"]["text"].as_str().unwrap();
    assert!(text.contains("`4d1f9c0`"), "{text}");
}
