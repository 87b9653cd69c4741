//! The compiled Lambda binary, running under the emulated Runtime API.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::clock::PreloadedClock;
use super::group::Group;
use super::server::Runtime;
use crate::scenario::instance::Invoked;

/// How long an invocation may take in real time before it is taken to hang: the Lambda's own time-out.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// How long the binary has until it asks for its first invocation:
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>.
const START: Duration = Duration::from_secs(10);

/// How much of what the binary printed last is shown where it can't go on.
const LAST_LINES: usize = 12;

/// One instance of the binary.
pub struct BootstrapProcess {
    runtime: Runtime,
    clock: PreloadedClock,
    /// It and whatever it starts.
    group: Group,
    child: Mutex<Child>,
    output: Printed,
    errors: Printed,
    patience: Duration,
}

/// What a process has printed so far.
struct Printed {
    bytes: Arc<std::sync::Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
    ended: watch::Receiver<()>,
}

impl BootstrapProcess {
    /// Starts the binary with these settings and no others. An invocation may take as long as `patience`, in real time.
    pub fn start(
        path: &Path,
        runtime: Runtime,
        clock: PreloadedClock,
        settings: &[(&str, String)],
        patience: Duration,
    ) -> Result<Self, String> {
        let mut command = Command::new(path);
        command
            .env_clear()
            .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
            .env("AWS_LAMBDA_RUNTIME_API", &runtime.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "signoff")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("LD_PRELOAD", clock.library())
            .env("SIMULATED_CLOCK", clock.file())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Group::begin(&mut command);
        let mut child = command.spawn().map_err(|error| format!("`{}` can't be started: {error}", path.display()))?;
        let group = Group::of(&child);
        let output = Printed::collect(child.stdout.take());
        let errors = Printed::collect(child.stderr.take());
        Ok(Self { runtime, clock, group, child: Mutex::new(child), output, errors, patience })
    }

    /// Invokes it, and waits for what comes of it.
    pub async fn invoke(&self, payload: &Value, now: Timestamp, deadline: Timestamp) -> Result<Invoked, String> {
        self.clock.set(now)?;
        let answered = self.runtime.invoke(payload, deadline.as_millisecond())?;
        let mut child = self.child.lock().await;
        tokio::select! {
            answered = timeout(self.patience, answered) => match answered {
                Ok(Ok(invoked)) => Ok(invoked),
                Ok(Err(_)) => Err("the Runtime API stopped before the invocation was answered".to_owned()),
                Err(_) => Err(self.hangs("has not answered", self.patience)),
            },
            ended = child.wait() => Err(self.ended(ended, "answering").await),
        }
    }

    /// Waits until it asks for its first invocation.
    pub async fn begin(&self) -> Result<(), String> {
        self.wait(START.min(self.patience), "has not asked for an invocation").await
    }

    /// Waits until it asks for an invocation, as the Lambda service does before it freezes an instance.
    pub async fn settle(&self) -> Result<(), String> {
        self.wait(self.patience, "has answered, and has not asked for the next invocation").await
    }

    async fn wait(&self, limit: Duration, hangs: &str) -> Result<(), String> {
        let mut child = self.child.lock().await;
        tokio::select! {
            settled = timeout(limit, self.runtime.settled()) => settled.map_err(|_| self.hangs(hangs, limit)),
            ended = child.wait() => Err(self.ended(ended, "asking for an invocation").await),
        }
    }

    fn hangs(&self, how: &str, limit: Duration) -> String {
        let seconds = limit.as_secs();
        let plural = if seconds == 1 { "" } else { "s" };
        format!("the binary {how} within {seconds} second{plural}{}", self.last_words())
    }

    async fn ended(&self, how: std::io::Result<ExitStatus>, instead_of: &str) -> String {
        let status = how.map_or_else(|error| error.to_string(), |status| status.to_string());
        // What it printed in the end may still be in its pipes.
        self.output.drained().await;
        self.errors.drained().await;
        format!("the binary ended ({status}) instead of {instead_of}{}", self.last_words())
    }

    /// What it printed last, if anything.
    fn last_words(&self) -> String {
        let printed = self.output.text() + &self.errors.text();
        let lines: Vec<&str> = printed.lines().filter(|line| !line.trim().is_empty()).collect();
        match lines.get(lines.len().saturating_sub(LAST_LINES)..) {
            None | Some([]) => ", and printed nothing".to_owned(),
            Some(last) => {
                let last: Vec<String> = last.iter().map(|line| printable(line)).collect();
                format!("; it printed:\n{}", last.join("\n"))
            }
        }
    }

    /// Ends it. Returns everything it printed.
    pub async fn stop(mut self) -> String {
        self.group.end();
        let mut child = self.child.into_inner();
        // It may have ended by itself.
        let _ended = child.kill().await;
        self.output.whole().await + &self.errors.whole().await
    }
}

impl Printed {
    fn collect(pipe: Option<impl AsyncReadExt + Unpin + Send + 'static>) -> Self {
        let bytes = Arc::default();
        let kept = Arc::clone(&bytes);
        // The sender goes away with the task.
        let (end, ended) = watch::channel(());
        let reading = tokio::spawn(async move {
            let _end = end;
            let Some(mut pipe) = pipe else { return };
            let mut read = [0; 4096];
            // What came before an error is worth having.
            while let Ok(length @ 1..) = pipe.read(&mut read).await {
                lock(&kept).extend_from_slice(&read[..length]);
            }
        });
        Self { bytes, reading, ended }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&lock(&self.bytes)).into_owned()
    }

    /// Waits for the end of the pipe, once the process has ended; but not for what the process started and left behind.
    async fn drained(&self) {
        let mut ended = self.ended.clone();
        let _left_behind = timeout(Duration::from_secs(1), ended.changed()).await;
    }

    /// Everything, once the process has ended.
    async fn whole(self) -> String {
        self.drained().await;
        self.text()
    }
}

impl Drop for Printed {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// A line that a program printed, as a terminal can show it: without what would control that, and not endless.
pub fn printable(line: &str) -> String {
    const LONGEST: usize = 500;
    let letter =
        |letter: char| if letter.is_control() && letter != '\t' { char::REPLACEMENT_CHARACTER } else { letter };
    let mut shown: String = line.chars().take(LONGEST).map(letter).collect();
    let more = line.chars().count().saturating_sub(LONGEST);
    if more > 0 {
        shown.push_str(&format!("… and {more} more characters"));
    }
    shown
}

fn lock(bytes: &std::sync::Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
