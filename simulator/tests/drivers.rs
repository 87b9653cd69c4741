//! Three drivers, one outcome (M3): the engine on the world, the handler with its adapters over HTTP, and the compiled binary. Each is
//! held to the transcript kept beside the scenario: the engine here, the handler by `signoff simulate`, and the binary by `.ci/run`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(clippy::disallowed_methods, reason = "scenarios are files")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use signoff::diagnostic::Source;
use signoff_simulator::scenario::files::Place;
use signoff_simulator::scenario::format::Scenario;
use signoff_simulator::scenario::instance::{Driver, Folders};
use signoff_simulator::scenario::run::play;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Plays the scenarios of a folder, and tells which go another way than their transcripts, of how many.
async fn play_all(project: &Path, scenarios: &str, recordings: &str) -> (Vec<String>, usize) {
    let folders = Folders { rules: project.join("rules"), templates: root().join("templates") };
    let driver = Driver::Engine(Arc::new(folders.load().unwrap()));
    let folder = project.join(scenarios);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "yaml"));
    files.sort();
    let mut other = Vec::new();
    for file in &files {
        let source = Source::new(file.display().to_string(), std::fs::read_to_string(file).unwrap());
        let scenario = Scenario::read(&source).unwrap();
        let place = Place { folder: folder.clone(), recordings: project.join(recordings) };
        let played = play(&scenario, &place, &driver).await.unwrap();
        let kept = std::fs::read_to_string(file.with_extension("transcript")).unwrap();
        let now = played.transcript.text();
        if now != kept || !played.unmet.is_empty() {
            let lines = similar::TextDiff::from_lines(&kept, &now).unified_diff().context_radius(1).to_string();
            other.push(format!("{}: {:?}\n{lines}", file.display(), played.unmet));
        }
    }
    (other, files.len())
}

/// With tokio's paused clock, so that calls that are slow take no time.
#[tokio::test(start_paused = true)]
async fn every_scenario_goes_the_same_way_without_the_adapters_and_http() {
    let starter = root().join("simulator/starter");
    for (project, scenarios, recordings, least) in [
        (root(), "simulator/scenarios", "simulator/recordings", 85),
        (root(), "simulator/tests/scenarios", "simulator/recordings", 1),
        (starter, "scenarios", "recordings", 2),
    ] {
        let (other, count) = play_all(&project, scenarios, recordings).await;
        assert!(count >= least, "{count} in {scenarios}");
        assert!(other.is_empty(), "{} of {count}\n{}", other.len(), other.join("\n"));
    }
}
