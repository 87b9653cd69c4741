//! The world behind HTTP, for the real adapters and the real `bootstrap` to talk to: one wiremock server on loopback that
//! plays CodePipeline, DynamoDB, STS and Slack.

mod aws;
mod slack;
mod slow;
mod sts;

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::oneshot;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, MockServerBuilder, Request, Respond, ResponseTemplate};

use crate::world::{Shared, World};

pub use slow::SlowAnswers;

/// A server of its own in front of a world, which several servers may share as several Lambda instances share AWS.
pub struct Endpoints {
    server: MockServer,
    armed: Arc<Mutex<Option<Armed>>>,
    slow: Option<SlowAnswers>,
}

/// A write to DynamoDB that is held, or will be.
pub struct Hold {
    reached: oneshot::Receiver<()>,
    release: mpsc::Sender<()>,
}

struct Armed {
    reached: oneshot::Sender<()>,
    released: mpsc::Receiver<()>,
}

struct Answer {
    world: Shared,
    slack_token: String,
    armed: Arc<Mutex<Option<Armed>>>,
    slow: Option<SlowAnswers>,
}

impl Endpoints {
    /// Starts a server in front of the world. Slack's methods want `slack_token`.
    pub async fn start(world: Shared, slack_token: &str) -> Self {
        Self::begin(MockServer::builder(), world, slack_token, None).await
    }

    /// The same, at an address that somebody has chosen.
    pub async fn listen(listener: TcpListener, world: Shared, slack_token: &str) -> Self {
        Self::begin(MockServer::builder().listener(listener), world, slack_token, None).await
    }

    /// The same, where slow answers take no real time.
    pub async fn start_with(world: Shared, slack_token: &str, slow: SlowAnswers) -> Self {
        Self::begin(MockServer::builder(), world, slack_token, Some(slow)).await
    }

    async fn begin(server: MockServerBuilder, world: Shared, slack_token: &str, slow: Option<SlowAnswers>) -> Self {
        let armed = Arc::default();
        let server = server.disable_request_recording().start().await;
        let answer =
            Answer { world, slack_token: slack_token.to_owned(), armed: Arc::clone(&armed), slow: slow.clone() };
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { server, armed, slow }
    }

    /// The address, such as `http://127.0.0.1:4372`, to be used as `AWS_ENDPOINT_URL`.
    pub fn uri(&self) -> String {
        self.server.uri()
    }

    /// The base address of Slack's Web API, to be used as `SLACK_API_URL`.
    pub fn slack_url(&self) -> String {
        format!("{}/api/", self.server.uri())
    }

    /// Holds the next `PutItem` that arrives here, before the table sees it.
    pub fn hold_next_write(&self) -> Hold {
        let (reached, when_reached) = oneshot::channel();
        let (release, released) = mpsc::channel();
        *lock(&self.armed) = Some(Armed { reached, released });
        Hold { reached: when_reached, release }
    }
}

impl Drop for Endpoints {
    fn drop(&mut self) {
        // The server does not end before its last answer.
        if let Some(slow) = &self.slow {
            slow.end();
        }
    }
}

impl Hold {
    /// Waits until a write has arrived and is held.
    pub async fn reached(&mut self) {
        // The sender only goes away with the endpoints.
        let _reached = (&mut self.reached).await;
    }

    /// Lets the write go on.
    pub fn release(self) {
        // Nobody waits where no write came.
        let _nobody = self.release.send(());
    }
}

impl Respond for Answer {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if let Some(slow) = &self.slow {
            slow.asked();
        }
        if let Some(method) = request.url.path().strip_prefix("/api/") {
            let mut world = self.world();
            let answer = slack::respond(&mut world, &self.slack_token, method, request);
            let delay = world.delay.take();
            drop(world);
            return self.delayed(answer, delay);
        }
        if aws::target(request).is_some_and(|target| target.ends_with(".PutItem")) {
            let armed = lock(&self.armed).take();
            if let Some(Armed { reached, released }) = armed {
                // wiremock answers each server's requests on a thread of that server's own, so that waiting here holds up
                // nobody else.
                let _nobody = reached.send(());
                let _dropped = released.recv();
            }
        }
        let mut world = self.world();
        let answer =
            if sts::is_query(request) { sts::respond(&mut world, request) } else { aws::respond(&mut world, request) };
        let delay = world.delay.take();
        drop(world);
        self.delayed(answer, delay)
    }
}

impl Answer {
    fn delayed(&self, answer: ResponseTemplate, seconds: Option<u32>) -> ResponseTemplate {
        let Some(delay) = seconds.map(|seconds| Duration::from_secs(seconds.into())) else { return answer };
        match &self.slow {
            // Of this instance nobody asks for anything else meanwhile.
            Some(slow) => {
                slow.answer_takes(delay);
                answer
            }
            None => answer.set_delay(delay),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
