//! The shortest schedule that still breaks the same invariant, by leaving out what is not needed (delta debugging:
//! <https://doi.org/10.1109/32.988498>).

use super::event::Event;

/// How many schedules are tried at most.
const TRIES: usize = 3_000;

/// Leaves out parts of a schedule, and turns, as long as it still `breaks`.
pub fn shrink(events: &[Event], mut breaks: impl FnMut(&[Event]) -> bool) -> Vec<Event> {
    let mut left = TRIES;
    let mut breaks = |events: &[Event]| {
        left = left.saturating_sub(1);
        left > 0 && breaks(events)
    };
    let mut kept = events.to_vec();
    let mut size = kept.len().div_ceil(2).max(1);
    loop {
        let before = kept.len();
        let mut at = 0;
        while at < kept.len() {
            let mut fewer = kept.clone();
            fewer.drain(at..(at + size).min(kept.len()));
            if breaks(&fewer) {
                kept = fewer;
            } else {
                at += size;
            }
        }
        match (size, kept.len() < before) {
            (1, false) => break,
            (1, true) => {}
            _ => size = size.div_ceil(2),
        }
    }
    // What can come to its end at once, does; the rest makes as few calls as it may.
    for at in 0..kept.len() {
        for turns in [40, 0, 1, 2, 3, 4, 5, 6, 7, 8] {
            if kept[at].turns == turns {
                break;
            }
            let mut other = kept.clone();
            other[at].turns = turns;
            if breaks(&other) {
                kept = other;
                break;
            }
        }
    }
    kept
}
