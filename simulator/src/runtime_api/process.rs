//! The compiled Lambda binary, running under the emulated Runtime API.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::clock::PreloadedClock;
use super::server::Runtime;
use crate::scenario::instance::Invoked;

/// How long an invocation may take in real time before it is taken to hang: the Lambda's own time-out.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// One instance of the binary.
pub struct BootstrapProcess {
    runtime: Runtime,
    clock: PreloadedClock,
    child: Mutex<Child>,
    output: JoinHandle<String>,
    errors: JoinHandle<String>,
}

impl BootstrapProcess {
    /// Starts the binary with these settings and no others.
    pub fn start(
        path: &Path,
        runtime: Runtime,
        clock: PreloadedClock,
        settings: &[(&str, String)],
    ) -> Result<Self, String> {
        let mut child = Command::new(path)
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
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("`{}` can't be started: {error}", path.display()))?;
        let output = collect(child.stdout.take());
        let errors = collect(child.stderr.take());
        Ok(Self { runtime, clock, child: Mutex::new(child), output, errors })
    }

    /// Invokes it, and waits for what comes of it.
    pub async fn invoke(&self, payload: &Value, now: Timestamp, deadline: Timestamp) -> Result<Invoked, String> {
        self.clock.set(now)?;
        let answered = self.runtime.invoke(payload, deadline.as_millisecond())?;
        let mut child = self.child.lock().await;
        tokio::select! {
            answered = timeout(PATIENCE, answered) => match answered {
                Ok(Ok(invoked)) => Ok(invoked),
                Ok(Err(_)) => Err("the Runtime API stopped before the invocation was answered".to_owned()),
                Err(_) => Err(format!("the binary has not answered within {} seconds", PATIENCE.as_secs())),
            },
            ended = child.wait() => {
                let status = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(format!("the binary ended ({status}) instead of answering; run it by hand to see why, \
                             or see what it printed below"))
            }
        }
    }

    /// Waits until it asks for an invocation, as the Lambda service does before it freezes an instance.
    pub async fn settle(&self) -> Result<(), String> {
        let mut child = self.child.lock().await;
        tokio::select! {
            settled = timeout(PATIENCE, self.runtime.settled()) => {
                settled.map_err(|_| format!("the binary went on for more than {} seconds", PATIENCE.as_secs()))
            }
            ended = child.wait() => {
                let status = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                Err(format!("the binary ended ({status}) instead of asking for an invocation; run it by hand to see why"))
            }
        }
    }

    /// Ends it. Returns everything it printed.
    pub async fn stop(self) -> String {
        let mut child = self.child.into_inner();
        // It may have ended by itself.
        let _ended = child.kill().await;
        let output = self.output.await.unwrap_or_default();
        let errors = self.errors.await.unwrap_or_default();
        output + &errors
    }
}

fn collect(pipe: Option<impl AsyncReadExt + Unpin + Send + 'static>) -> JoinHandle<String> {
    tokio::spawn(async move {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is worth having.
            let _length = pipe.read_to_end(&mut bytes).await;
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
