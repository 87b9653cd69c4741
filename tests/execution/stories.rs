//! Executions as CodePipeline runs them, made up of random choices, with the events that it tells of them in their order.

use jiff::Timestamp;
use signoff::event::{Event, EventKind, State};

/// A small generator of numbers: the same seed gives the same numbers.
pub struct Random(pub u64);

impl Random {
    /// A number below `below`.
    pub fn next(&mut self, below: usize) -> usize {
        // SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % below as u64).unwrap()
    }
}

/// An execution.
pub struct Story {
    /// The pipeline's stages.
    pub stages: Vec<String>,
    /// What is told, in its order.
    pub events: Vec<Event>,
    random: Random,
    second: i64,
    attempt: u32,
    tells_attempt: bool,
}

pub fn event(kind: EventKind, second: i64, attempt: Option<u32>, stage: &str, action: &str) -> Event {
    let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    Event {
        account: Some("730591846207".to_owned()),
        stage: named(stage),
        action: named(action),
        execution: Some("5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60".to_owned()),
        at: Some(Timestamp::from_second(1_778_517_600 + second).unwrap()),
        attempt,
        ..Event::new(kind, "eu-north-1", "checkout-web")
    }
}

impl Story {
    /// A story of its own for each seed.
    pub fn tell(seed: u64) -> Self {
        let mut random = Random(seed);
        let stages = (0..1 + random.next(4)).map(|at| format!("{}{at}", ["Zeta", "Alpha", "Mid"][at % 3])).collect();
        let tells_attempt = random.next(3) > 0;
        let mut story = Self { stages, events: Vec::new(), random, second: 0, attempt: 1, tells_attempt };
        story.say(EventKind::Pipeline(State::Started), "", "");
        for stage in story.stages.clone() {
            if story.random.next(12) == 0 {
                story.say(EventKind::Pipeline(State::Superseded), "", "");
                return story;
            }
            story.say(EventKind::Stage(State::Started), &stage, "");
            if !story.stage(&stage) {
                return story;
            }
        }
        story.say(EventKind::Pipeline(State::Succeeded), "", "");
        story
    }

    /// Runs a stage, and again while somebody retries it. Returns whether the next one may begin.
    fn stage(&mut self, stage: &str) -> bool {
        let actions: Vec<String> = (0..1 + self.random.next(3))
            .map(|at| format!("{}{at}", ["Deploy", "Approve"][self.random.next(2)]))
            .collect();
        let mut from = 0;
        loop {
            match self.actions(stage, &actions, &mut from) {
                Ended::Well => {
                    self.say(EventKind::Stage(State::Succeeded), stage, "");
                    return true;
                }
                Ended::Stopped => return false,
                Ended::Badly => {
                    self.say(EventKind::Stage(State::Failed), stage, "");
                    self.say(EventKind::Pipeline(State::Failed), "", "");
                }
            }
            if self.random.next(2) == 0 {
                return false;
            }
            self.attempt += 1;
            // Without the attempt, only the time tells one run from the next.
            self.second += if self.tells_attempt { self.random.next(2) as i64 } else { 1 };
            self.say(EventKind::Pipeline(State::Resumed), "", "");
            self.say(EventKind::Stage(State::Resumed), stage, "");
        }
    }

    fn actions(&mut self, stage: &str, actions: &[String], from: &mut usize) -> Ended {
        for action in &actions[*from..] {
            let is_approval = action.starts_with("Approve");
            let kind = |of_action: State, of_approval: EventKind| {
                if is_approval { of_approval } else { EventKind::Action(of_action) }
            };
            self.say(kind(State::Started, EventKind::ApprovalNeeded), stage, action);
            match self.random.next(8) {
                0 | 1 => {
                    self.say(kind(State::Failed, EventKind::ApprovalFailed), stage, action);
                    return Ended::Badly;
                }
                2 => {
                    self.say(EventKind::Pipeline(State::Stopping), "", "");
                    self.say(EventKind::Action(State::Abandoned), stage, action);
                    self.say(EventKind::Stage(State::Stopped), stage, "");
                    self.say(EventKind::Pipeline(State::Stopped), "", "");
                    return Ended::Stopped;
                }
                _ => self.say(kind(State::Succeeded, EventKind::ApprovalSucceeded), stage, action),
            }
            *from += 1;
        }
        Ended::Well
    }

    fn say(&mut self, kind: EventKind, stage: &str, action: &str) {
        // Often within the same second.
        self.second += [0, 0, 1, 3][self.random.next(4)];
        let attempt = self.tells_attempt.then_some(self.attempt);
        self.events.push(event(kind, self.second, attempt, stage, action));
    }
}

enum Ended {
    Well,
    Badly,
    Stopped,
}
