//! What the handler logs when it runs in this process, so that it can be searched for secrets as the binary's output is.

use std::io::{Result, Write};
use std::sync::{Mutex, Once, PoisonError};

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static BEGUN: Once = Once::new();

/// Logs as the binary does, into memory. What others have begun to log otherwise stays with them.
pub(super) fn begin() {
    BEGUN.call_once(|| {
        let log = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false).without_time();
        let _others = log.with_writer(|| Log).try_init();
    });
}

/// How much was logged so far.
pub(super) fn mark() -> usize {
    LOGGED.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// What was logged since a mark, by this scenario and by others that are played at the same time.
pub(super) fn since(mark: usize) -> String {
    let logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    String::from_utf8_lossy(logged.get(mark..).unwrap_or_default()).into_owned()
}

/// Logs a line as it is.
pub(super) fn line(line: &str) {
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    logged.extend_from_slice(line.as_bytes());
    logged.push(b'\n');
}

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        LOGGED.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
