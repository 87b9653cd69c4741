//! Seeds that once found a bug. How seeds are made into schedules may change, and then these tell less than the tests that were
//! written for each bug; until then they are the very schedules.

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::sync::Arc;

use signoff_simulator::seeds::{Explorer, Signoff};

#[test]
fn what_seeds_have_found_is_mended() {
    let explorer = Explorer::new(Arc::new(Signoff)).unwrap();
    // An event that was left to an invocation which ended; a message that was written from a record which others had ended; a list
    // that was begun anew with a version that others knew; evidence by the clock that CodePipeline contradicts; a last word that nobody
    // looked after; two who showed an execution at once, one of them for longer than it is held.
    for seed in [3_595, 12_629, 32_851, 41_534, 47_402, 128_679] {
        let broken = explorer.first_broken(seed, 1).unwrap();
        assert!(broken.is_none(), "seed {seed}: {broken:?}");
    }
}
