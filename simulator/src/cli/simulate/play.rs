//! Plays one scenario file, and compares it with what it expects and with its transcript.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use signoff::diagnostic::{Diagnostic, Source};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinHandle};

use crate::file::read;
use crate::report::{Difference, Finding, Outcome, Row, Verdict};
use crate::scenario::files::{Place, Unplayable};
use crate::scenario::format::Scenario;
use crate::scenario::instance::Driver;
use crate::scenario::run::play;

/// How many scenarios are played at once: some wait, so more than there are cores.
const AT_ONCE: usize = 8;

/// How many may be begun beyond the one that is to be told of next: what came of them waits in memory.
const AHEAD: usize = 4 * AT_ONCE;

/// Plays scenario files, several at once, in the order of the files as far as anybody can see.
pub(super) struct All<I> {
    places: I,
    driver: Driver,
    update: bool,
    free: Arc<Semaphore>,
    begun: VecDeque<JoinHandle<Outcome>>,
}

/// Plays these files.
pub(super) fn all<I: Iterator<Item = (PathBuf, Place)>>(places: I, driver: &Driver, update: bool) -> All<I> {
    let at_once = match driver {
        // Nobody waits for anything: more than there are cores is of no use.
        Driver::Engine(_) => std::thread::available_parallelism().map_or(1, usize::from),
        _ => AT_ONCE,
    };
    let free = Arc::new(Semaphore::new(at_once));
    All { places, driver: driver.clone(), update, free, begun: VecDeque::new() }
}

impl<I: Iterator<Item = (PathBuf, Place)>> All<I> {
    /// What came of the next file; `None` after the last. It is an error only if the simulator has a bug.
    pub(super) async fn next(&mut self) -> Option<Result<Outcome, JoinError>> {
        while self.begun.len() < AHEAD
            && let Some((file, place)) = self.places.next()
        {
            let (driver, free, update) = (self.driver.clone(), Arc::clone(&self.free), self.update);
            self.begun.push_back(tokio::spawn(async move {
                // It is never closed, so there is always one in the end.
                let _seat = free.acquire_owned().await;
                match &driver {
                    Driver::Engine(_) => without_waiting(file, place, driver, update).await,
                    _ => one(&file, &place, &driver, update).await,
                }
            }));
        }
        match self.begun.pop_front() {
            Some(playing) => Some(playing.await),
            None => None,
        }
    }
}

impl<I> Drop for All<I> {
    fn drop(&mut self) {
        self.begun.iter().for_each(JoinHandle::abort);
    }
}

/// Plays a scenario file by a clock of its own, which goes on when everybody waits: what is slow takes no time.
async fn without_waiting(file: PathBuf, place: Place, driver: Driver, update: bool) -> Outcome {
    let named = file.clone();
    let playing = tokio::task::spawn_blocking(move || {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        Ok(runtime.block_on(one(&file, &place, &driver, update)))
    });
    // It ends by a panic only if the simulator has a bug.
    let played = playing.await.map_err(|error| error.to_string()).and_then(|played| played);
    played.unwrap_or_else(|problem| stopped(&named, "", problem))
}

/// Plays a scenario file. `update`: whether its transcript is accepted as it is now.
async fn one(file: &Path, place: &Place, driver: &Driver, update: bool) -> Outcome {
    let source = match read(file) {
        Ok(text) => Source::new(file.display().to_string(), text),
        Err(why) => return stopped(file, "", format!("can't be read: {why}")),
    };
    let scenario = match Scenario::read(&source) {
        Ok(scenario) => scenario,
        Err(diagnostic) => return wrong(file, "", diagnostic),
    };
    let played = match play(&scenario, place, driver).await {
        Ok(played) => played,
        Err(Unplayable::Wrong(diagnostic)) => return wrong(file, &scenario.scenario, diagnostic),
        Err(Unplayable::Other(problem)) => return stopped(file, &scenario.scenario, problem),
    };
    let kept = file.with_extension("transcript");
    let now = played.transcript.text();
    let before = if kept.exists() { read(&kept).ok() } else { None };
    // Of half a story there is nothing to compare or to keep.
    let changed = !played.broke_off && before.as_deref() != Some(now.as_str());
    let mut findings: Vec<Finding> = played
        .unmet
        .iter()
        .map(|unmet| Finding { file: None, at: scenario.parts.position(&unmet.way), what: unmet.what.clone() })
        .collect();
    let difference = (changed && !update).then(|| Difference { kept: kept.clone(), before, now: now.clone() });
    findings.extend(difference.iter().map(Difference::finding));
    if changed
        && update
        && let Err(error) = write(&kept, &now)
    {
        return stopped(file, &scenario.scenario, format!("{} can't be written: {error}", kept.display()));
    }
    let verdict = match (findings.is_empty(), changed) {
        (true, false) => Verdict::Passed,
        (true, true) => Verdict::Updated,
        (false, _) => Verdict::Failed,
    };
    let row = Row { path: file.to_owned(), title: scenario.scenario, verdict, findings };
    Outcome { row, diagnostic: None, played: Some(played), difference }
}

/// What could not be played for something in one of its files.
fn wrong(file: &Path, title: &str, diagnostic: Diagnostic) -> Outcome {
    let help = diagnostic.help.iter().map(|help| format!("\n{help}"));
    let what = help.fold(diagnostic.message.clone(), |what, help| what + &help);
    let other = Some(PathBuf::from(&diagnostic.file)).filter(|other| other != file && !diagnostic.file.is_empty());
    let at = Some((diagnostic.line, diagnostic.column)).filter(|(line, _)| *line > 0);
    let finding = Finding { file: other, at, what };
    let outcome = stopped(file, title, String::new());
    Outcome { row: Row { findings: vec![finding], ..outcome.row }, diagnostic: Some(diagnostic), ..outcome }
}

/// What could not be played.
fn stopped(file: &Path, title: &str, what: String) -> Outcome {
    Outcome {
        row: Row {
            path: file.to_owned(),
            title: title.to_owned(),
            verdict: Verdict::Stopped,
            findings: vec![Finding { file: None, at: None, what }],
        },
        diagnostic: None,
        played: None,
        difference: None,
    }
}

#[allow(clippy::disallowed_methods, reason = "transcripts are files")]
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}
