//! What happens in a seed's schedule, drawn from the seed, and how people read it.

use std::fmt;

use super::random::Random;
use super::setup::{PEOPLE, PIPELINES, RULE_SETS};
use crate::world::slack::request::Tamper;
use crate::world::{Fault, FaultKind, Service};

/// How many events a schedule has, about.
const EVENTS: (usize, usize) = (26, 9);

/// One thing that happens, and how many calls the instances at work make before the next one does.
#[derive(Debug, Clone)]
pub struct Event {
    /// Where its chances come from, whatever else is in the schedule.
    pub salt: u64,
    /// What happens.
    pub what: What,
    /// How many calls are made before the next event.
    pub turns: usize,
}

/// Something that happens.
#[derive(Debug, Clone)]
pub enum What {
    /// An execution of a pipeline starts, of somebody's change.
    Start {
        /// The pipeline.
        pipeline: &'static str,
        /// Who wrote the change.
        author: usize,
    },
    /// AWS delivers one of the messages that wait.
    Deliver {
        /// Which.
        which: Which,
        /// Whether it will deliver it once more.
        again: bool,
    },
    /// AWS delivers everything that waits, at once.
    DeliverAll,
    /// A delivery is lost on its way, and comes later.
    Drop,
    /// Somebody presses a button.
    Press {
        /// Who.
        by: usize,
        /// The button.
        button: &'static str,
        /// On which of the messages with buttons, the last one first.
        message: usize,
        /// What is wrong with the request.
        tamper: Option<Tamper>,
    },
    /// Somebody submits the window that they have open.
    Submit {
        /// Who.
        by: usize,
    },
    /// Somebody decides in the AWS console.
    Console {
        /// The pipeline.
        pipeline: &'static str,
        /// Approved, or rejected.
        approved: bool,
    },
    /// Somebody stops an execution, and abandons what is in progress.
    Stop {
        /// The pipeline.
        pipeline: &'static str,
    },
    /// Time passes.
    Wait {
        /// Seconds.
        seconds: i64,
        /// Whether what is at work comes to its end before.
        settled: bool,
    },
    /// The schedule ticks.
    Tick,
    /// A call will fail, or the Lambda die after it.
    Fault(Fault),
    /// The rules are deployed anew.
    Edit {
        /// Which set.
        rules: usize,
    },
}

/// Which message is delivered.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// The first that was sent.
    Oldest,
    /// The last request for approval.
    Request,
    /// Any.
    Any,
}

/// Draws the schedule of a seed.
pub fn schedule(seed: u64) -> Vec<Event> {
    let mut random = Random::new(&[seed]);
    let count = EVENTS.0 + random.below(EVENTS.1);
    (0..count)
        .map(|at| {
            // Mostly few, so that much is at work at once; sometimes so many that all come to their end.
            let turns = if random.percent(25) { 40 } else { random.below(10) };
            // So that there is something to press soon.
            let (what, turns) = match at {
                0 | 2 => (start(&mut random), turns),
                1 | 3 => (
                    What::Deliver { which: Which::Request, again: random.percent(20) },
                    if at == 1 { 40 } else { turns },
                ),
                _ => (draw(&mut random), turns),
            };
            Event { salt: random.next(), what, turns }
        })
        .collect()
}

fn start(random: &mut Random) -> What {
    What::Start { pipeline: PIPELINES[random.below(PIPELINES.len())], author: random.below(4) }
}

fn draw(random: &mut Random) -> What {
    match random.below(100) {
        0..=6 => start(random),
        7..=26 => {
            let which = match random.below(10) {
                0..=4 => Which::Request,
                5..=7 => Which::Oldest,
                _ => Which::Any,
            };
            What::Deliver { which, again: random.percent(30) }
        }
        27..=31 => What::DeliverAll,
        32..=33 => What::Drop,
        34..=63 => What::Press {
            by: if random.percent(80) { random.below(4) } else { random.below(PEOPLE.len()) },
            button: match random.below(20) {
                0..=12 => "approve",
                13..=15 => "reject",
                16..=17 => "withdraw",
                _ => "override",
            },
            message: if random.percent(70) { 0 } else { random.below(4) },
            tamper: random.percent(6).then(|| match random.below(4) {
                0 => Tamper::WrongSecret,
                1 => Tamper::OldTimestamp,
                2 => Tamper::BodyChanged,
                _ => Tamper::NoSignature,
            }),
        },
        64..=71 => What::Submit { by: random.below(6) },
        72..=74 => What::Console { pipeline: PIPELINES[random.below(3)], approved: random.percent(50) },
        75 => What::Stop { pipeline: PIPELINES[random.below(3)] },
        76..=82 => match random.below(3) {
            0 => What::Wait { seconds: 1 + i64::try_from(random.below(50)).unwrap_or(0), settled: false },
            1 => What::Wait { seconds: 61, settled: random.percent(80) },
            _ => What::Wait { seconds: 600 * (1 + i64::try_from(random.below(4)).unwrap_or(0)), settled: true },
        },
        83..=87 => What::Tick,
        88..=96 => What::Fault(fault(random)),
        _ => What::Edit { rules: random.below(RULE_SETS) },
    }
}

fn fault(random: &mut Random) -> Fault {
    const CALLS: [(Service, &str); 13] = [
        (Service::DynamoDb, "GetItem"),
        (Service::DynamoDb, "PutItem"),
        (Service::DynamoDb, "PutItem"),
        (Service::CodePipeline, "PutApprovalResult"),
        (Service::CodePipeline, "PutApprovalResult"),
        (Service::CodePipeline, "GetPipelineState"),
        (Service::Slack, "chat.postMessage"),
        (Service::Slack, "chat.update"),
        (Service::Slack, "users.info"),
        (Service::Slack, "chat.postEphemeral"),
        (Service::DynamoDb, "Query"),
        (Service::CodePipeline, "ListActionExecutions"),
        (Service::Slack, "views.open"),
    ];
    let (service, operation) = CALLS[random.below(CALLS.len())];
    let kind = match random.below(12) {
        0..=4 => FaultKind::Crash,
        5 => FaultKind::Throttled,
        6..=7 => FaultKind::ServerError,
        8 => FaultKind::ConnectionReset,
        9 => FaultKind::AnswerLost,
        _ => FaultKind::Slow { seconds: 1 + u32::try_from(random.below(5)).unwrap_or(0) },
    };
    // A call is tried four times before it fails.
    let times = match kind {
        FaultKind::Throttled | FaultKind::ServerError | FaultKind::ConnectionReset if random.percent(80) => 4,
        _ => 1,
    };
    Fault::new(service, Some(operation.to_owned()), times, kind)
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |person: &usize| PEOPLE[*person].handle;
        match self {
            Self::Start { pipeline, author } => write!(f, "{pipeline} starts, of a change by {}", name(author)),
            Self::Deliver { .. } | Self::DeliverAll => f.write_str("AWS delivers"),
            Self::Drop => f.write_str("a delivery is lost, and comes later"),
            Self::Press { by, button, tamper, .. } => {
                let how = match tamper {
                    None => "",
                    Some(Tamper::WrongSecret) => ", signed with another secret",
                    Some(Tamper::PreviousSecret) => ", signed with the secret from before",
                    Some(Tamper::OldTimestamp) => ", signed six minutes ago",
                    Some(Tamper::BodyChanged) => ", with the body changed on the way",
                    Some(Tamper::NoSignature) => ", without a signature",
                };
                write!(f, "{} presses {button}{how}", name(by))
            }
            Self::Submit { by } => write!(f, "{} submits the window", name(by)),
            Self::Console { pipeline, approved } => {
                write!(f, "ops {} {pipeline} in the console", if *approved { "approves" } else { "rejects" })
            }
            Self::Stop { pipeline } => write!(f, "ops stops {pipeline} in the console"),
            Self::Wait { seconds, settled } => {
                write!(f, "{seconds} seconds pass{}", if *settled { "" } else { ", whatever is at work" })
            }
            Self::Tick => f.write_str("the schedule ticks"),
            Self::Fault(fault) => write!(f, "{fault}"),
            Self::Edit { rules } => write!(f, "the rules are deployed anew: set {rules}"),
        }
    }
}
