//! What a step of a scenario takes, by the number of steps and by the driver; and what a seed takes.
//!
//! `cargo bench -p signoff-simulator --bench drivers`; docs/performance.md says what is to be seen.

#![allow(missing_docs, reason = "a program, not a library")]
#![allow(clippy::unwrap_used, reason = "a bench that can't go on has failed")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use divan::{Bencher, counter::ItemsCount};
use signoff::diagnostic::Source;
use signoff_simulator::scenario::files::Place;
use signoff_simulator::scenario::format::Scenario;
use signoff_simulator::scenario::instance::{Driver, Folders};
use signoff_simulator::scenario::run::play;
use signoff_simulator::seeds::{Explorer, Signoff};
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const STEPS: [usize; 3] = [10, 100, 1_000];
const SEEDS: u64 = 100;

fn main() {
    divan::main();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn folders() -> Folders {
    Folders { rules: root().join("rules"), templates: root().join("templates") }
}

/// Plays a scenario in which a request for approval comes so often.
fn steps(bencher: Bencher<'_, '_>, steps: usize, driver: &Driver) {
    let text = format!(
        "scenario: a bench\ngiven: given/acme.yaml\nsteps:\n{}",
        "  - deliver: approval-needed.json\n".repeat(steps)
    );
    let scenario = Scenario::read(&Source::new("bench.yaml", text)).unwrap();
    let place = Place { folder: root().join("simulator/scenarios"), recordings: root().join("simulator/recordings") };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    bencher.counter(ItemsCount::new(steps)).bench_local(|| {
        let played = runtime.block_on(play(&scenario, &place, driver)).unwrap();
        assert!(played.unmet.is_empty());
        played
    });
}

#[divan::bench(args = STEPS, sample_count = 10)]
fn steps_without_http(bencher: Bencher<'_, '_>, count: usize) {
    steps(bencher, count, &Driver::Engine(Arc::new(folders().load().unwrap())));
}

#[divan::bench(args = STEPS, sample_count = 10)]
fn steps_in_process(bencher: Bencher<'_, '_>, count: usize) {
    steps(bencher, count, &Driver::InProcess(Arc::new(folders().load().unwrap())));
}

#[divan::bench(sample_count = 10)]
fn seeds(bencher: Bencher<'_, '_>) {
    let explorer = Explorer::new(Arc::new(Signoff)).unwrap();
    bencher.counter(ItemsCount::new(SEEDS)).bench_local(|| {
        assert!(explorer.first_broken(0, SEEDS).unwrap().is_none());
    });
}
