//! Ctrl-C, and what a CI system sends to stop a job.

use std::future::pending;

/// A signal that asks a command to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill` without more.
    Terminate,
    /// Its terminal was closed.
    HangUp,
}

impl Signal {
    /// The exit status of a command that ends by it, as shells have it.
    pub(super) fn status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
            Self::HangUp => 129,
        }
    }
}

/// Waits for one. From then on none ends the process by itself.
pub(super) async fn signal() -> Signal {
    tokio::select! {
        () = interrupt() => Signal::Interrupt,
        signal = other() => signal,
    }
}

async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        // It can't be heard here, and ends the process as ever.
        pending().await
    }
}

#[cfg(unix)]
async fn other() -> Signal {
    use tokio::signal::unix::SignalKind;
    tokio::select! {
        () = heard(SignalKind::terminate()) => Signal::Terminate,
        () = heard(SignalKind::hangup()), if !outlives_its_terminal() => Signal::HangUp,
    }
}

#[cfg(unix)]
async fn heard(kind: tokio::signal::unix::SignalKind) {
    match tokio::signal::unix::signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => pending().await,
    }
}

/// Whether it was started to go on when its terminal is closed, as `nohup` does: then it is not told of that.
#[cfg(unix)]
#[allow(clippy::disallowed_methods, reason = "Linux tells it in a file")]
fn outlives_its_terminal() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // Hanging up is the first signal.
    ignored.and_then(|ignored| u64::from_str_radix(ignored.trim(), 16).ok()).is_some_and(|ignored| ignored & 1 == 1)
}

#[cfg(not(unix))]
async fn other() -> Signal {
    pending().await
}
