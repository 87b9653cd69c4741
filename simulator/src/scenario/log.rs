//! What the handler logs when it runs in this process, each scenario's by itself: to be searched for secrets, and for what a scenario
//! expects to be logged.

use std::collections::BTreeMap;
use std::future::Future;
use std::io::{Result, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use serde_json::Value;
use tracing::Instrument;

static LOG: Mutex<Log> = Mutex::new(Log { of: BTreeMap::new() });
static BEGUN: Once = Once::new();
static LAST: AtomicU64 = AtomicU64::new(0);

tokio::task_local! {
    /// The number of the scenario that is played.
    static SCENARIO: u64;
}

/// The span of a scenario, and its field.
const SPAN: &str = "scenario";

/// What was logged of the scenarios that are being played.
struct Log {
    of: BTreeMap<u64, Vec<String>>,
}

/// Plays a scenario with a log of its own. Logged is as the binary does; what others have begun to log otherwise stays with them.
pub(super) async fn apart<T>(playing: impl Future<Output = T>) -> T {
    BEGUN.call_once(|| {
        let log = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).without_time();
        let _others = log.with_writer(|| Writer).try_init();
    });
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    log().of.insert(number, Vec::new());
    let kept = Kept(number);
    let played = SCENARIO.scope(number, playing.instrument(tracing::info_span!("scenario", scenario = number))).await;
    drop(kept);
    played
}

/// Keeps what is logged of a scenario for as long as that is played.
struct Kept(u64);

impl Drop for Kept {
    fn drop(&mut self) {
        log().of.remove(&self.0);
    }
}

/// What was logged of the scenario that is played here, a line each.
pub(super) fn lines() -> Vec<String> {
    SCENARIO.try_with(|number| log().of.get(number).cloned()).ok().flatten().unwrap_or_default()
}

/// Logs a line as it is.
pub(super) fn line(line: &str) {
    let _outside = SCENARIO.try_with(|number| push(*number, line.to_owned()));
}

fn push(number: u64, line: String) {
    if let Some(lines) = log().of.get_mut(&number) {
        lines.push(line);
    }
}

fn log() -> MutexGuard<'static, Log> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes lines, each written at once, to the scenario in whose span they were logged.
struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        if let Ok(Value::Object(mut line)) = serde_json::from_slice(bytes) {
            let spans = line.shift_remove("spans");
            let own = spans.iter().flat_map(|spans| spans.as_array().into_iter().flatten());
            let number = own.filter(|span| span["name"] == SPAN).find_map(|span| span[SPAN].as_u64());
            let line = Value::Object(line).to_string();
            match number {
                Some(number) => push(number, line),
                // Of none in particular: every one is searched for secrets.
                None => log().of.values_mut().for_each(|lines| lines.push(line.clone())),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
