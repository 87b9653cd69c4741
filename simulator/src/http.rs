//! The world behind HTTP, for the real adapters and the real `bootstrap` to talk to: one wiremock server on loopback that
//! plays CodePipeline, DynamoDB, STS and Slack.

mod aws;
mod slack;
mod slow;
mod sts;

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use wiremock::matchers::any;
use wiremock::{Match, Mock, MockServer, MockServerBuilder, Request, Respond, ResponseTemplate};

use crate::world::{RESPONSE_URL, Service, Shared, Wire, World};

/// How long nobody waits for an answer who is not there any more.
const NEVER: Duration = Duration::from_hours(1);

pub use slow::SlowAnswers;

/// A server of its own in front of a world, which several servers may share as several Lambda instances share AWS.
pub struct Endpoints {
    server: MockServer,
    armed: Arc<Mutex<Option<Armed>>>,
    slow: Option<SlowAnswers>,
    died: Arc<Notify>,
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

#[derive(Clone)]
struct Answer {
    world: Shared,
    slack_token: String,
    armed: Arc<Mutex<Option<Armed>>>,
    slow: Option<SlowAnswers>,
    died: Arc<Notify>,
}

/// Requests whose connection breaks, before or after they are done.
struct Breaks(Answer);

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
        let (armed, died) = (Arc::default(), Arc::default());
        let server = server.disable_request_recording().start().await;
        let answer = Answer {
            world,
            slack_token: slack_token.to_owned(),
            armed: Arc::clone(&armed),
            slow: slow.clone(),
            died: Arc::clone(&died),
        };
        let broken = |_: &Request| std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        Mock::given(Breaks(answer.clone())).respond_with_err(broken).mount(&server).await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self { server, armed, slow, died }
    }

    /// Waits until a call was done whose caller must end before it learns so.
    pub async fn died(&self) {
        self.died.notified().await;
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

impl Match for Breaks {
    fn matches(&self, request: &Request) -> bool {
        let (service, operation) = asked(request);
        if !service.is_some_and(|service| self.0.world().is_about_to_break(service, operation)) {
            return false;
        }
        let _unheard = self.0.respond(request);
        true
    }
}

/// Which operation of which service a request asks for.
fn asked(request: &Request) -> (Option<Service>, &str) {
    if let Some(method) = request.url.path().strip_prefix("/api/") {
        return (Some(Service::Slack), method);
    }
    if slack::response_url(request).is_some() {
        return (Some(Service::Slack), RESPONSE_URL);
    }
    let (service, operation) = aws::target(request).and_then(|target| target.split_once('.')).unwrap_or_default();
    let service = match service.split_once('_') {
        Some(("CodePipeline", _)) => Some(Service::CodePipeline),
        Some(("DynamoDB", _)) => Some(Service::DynamoDb),
        _ => None,
    };
    (service, operation)
}

impl Respond for Answer {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        if let Some(slow) = &self.slow {
            slow.asked();
        }
        let (service, operation) = asked(request);
        if service == Some(Service::Slack) {
            let mut world = self.world();
            let answer = match slack::response_url(request) {
                Some(path) => slack::take_response(&mut world, path, request),
                None => slack::respond(&mut world, &self.slack_token, operation, request),
            };
            let wire = world.wire.take();
            drop(world);
            return self.send(wire, answer);
        }
        if operation == "PutItem" {
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
        let wire = world.wire.take();
        drop(world);
        self.send(wire, answer)
    }
}

impl Answer {
    /// Sends an answer on its way, as the fault has it that the request met.
    fn send(&self, wire: Option<Wire>, answer: ResponseTemplate) -> ResponseTemplate {
        match wire {
            Some(Wire::Slow(seconds)) => {
                let delay = Duration::from_secs(seconds.into());
                match &self.slow {
                    // Of this instance nobody asks for anything else meanwhile.
                    Some(slow) => {
                        slow.answer_takes(delay);
                        answer
                    }
                    None => answer.set_delay(delay),
                }
            }
            Some(Wire::NobodyThere) => {
                self.died.notify_one();
                answer.set_delay(NEVER)
            }
            Some(Wire::Broken) | None => answer,
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
