//! What the handler logs when it runs in this process, so that it can be searched for secrets as the binary's output is.

use std::collections::BTreeSet;
use std::io::{Result, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

static LOG: Mutex<Log> = Mutex::new(Log { bytes: Vec::new(), forgotten: 0, since: BTreeSet::new(), marks: 0 });
static BEGUN: Once = Once::new();

/// What was logged, as far as somebody may still ask for it.
struct Log {
    bytes: Vec<u8>,
    /// How much was logged before that.
    forgotten: usize,
    /// From where somebody wants it, and a number of their own.
    since: BTreeSet<(usize, usize)>,
    marks: usize,
}

/// Logs as the binary does, into memory. What others have begun to log otherwise stays with them.
pub(super) fn begin() {
    BEGUN.call_once(|| {
        let log = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false).without_time();
        let _others = log.with_writer(|| Writer).try_init();
    });
}

/// A place in the log. What comes after it is kept for as long as this is.
pub(super) struct Mark(usize, usize);

/// The end of the log as it is now.
pub(super) fn mark() -> Mark {
    let mut log = log();
    log.marks += 1;
    let mark = Mark(log.forgotten + log.bytes.len(), log.marks);
    log.since.insert((mark.0, mark.1));
    mark
}

impl Mark {
    /// What was logged since, by this scenario and by others that are played at the same time.
    pub(super) fn since(&self) -> String {
        let log = log();
        String::from_utf8_lossy(log.bytes.get(self.0 - log.forgotten..).unwrap_or_default()).into_owned()
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let mut log = log();
        log.since.remove(&(self.0, self.1));
        let end = log.forgotten + log.bytes.len();
        let wanted = log.since.first().map_or(end, |(since, _)| *since);
        let unwanted = wanted - log.forgotten;
        log.bytes.drain(..unwanted);
        log.forgotten = wanted;
    }
}

/// Logs a line as it is.
pub(super) fn line(line: &str) {
    let mut log = log();
    log.bytes.extend_from_slice(line.as_bytes());
    log.bytes.push(b'\n');
}

fn log() -> MutexGuard<'static, Log> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        log().bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
