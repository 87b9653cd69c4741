//! The API's server: hands out invocations one at a time, by long polling, and takes their answers.
#![allow(clippy::disallowed_methods, reason = "the simulator's endpoint listens on loopback")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::scenario::instance::Invoked;

/// The function that a scenario invokes.
pub const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:482910375566:function:signoff";

/// A running Runtime API for one instance.
#[derive(Debug)]
pub struct Runtime {
    /// Where it listens, for `AWS_LAMBDA_RUNTIME_API`.
    pub address: String,
    waiting: mpsc::UnboundedSender<Invocation>,
    sent: AtomicU64,
    asked: watch::Receiver<u64>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    queue: tokio::sync::Mutex<mpsc::UnboundedReceiver<Invocation>>,
    running: Mutex<BTreeMap<String, oneshot::Sender<Invoked>>>,
    started: Mutex<u64>,
    /// How often the next invocation was asked for.
    asked: watch::Sender<u64>,
}

#[derive(Debug)]
struct Invocation {
    payload: String,
    deadline_ms: i64,
    answer: oneshot::Sender<Invoked>,
}

impl Runtime {
    /// Listens on a free port of the loopback interface.
    pub async fn start() -> Result<Self, String> {
        let wrong = |error: std::io::Error| format!("the Runtime API can't listen on loopback: {error}");
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?.to_string();
        let (waiting, queue) = mpsc::unbounded_channel();
        let (asked, when_asked) = watch::channel(0);
        let shared = Arc::new(Shared {
            asked,
            queue: tokio::sync::Mutex::new(queue),
            running: Mutex::default(),
            started: Mutex::default(),
        });
        let routes = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(shared);
        let server = tokio::spawn(async move {
            // It ends when the runtime is dropped; until then there is nobody to tell of an error.
            let _ended = axum::serve(listener, routes).await;
        });
        Ok(Self { address, waiting, sent: AtomicU64::new(0), asked: when_asked, server })
    }

    /// Queues an invocation; the receiver gets what came of it.
    pub(super) fn invoke(&self, payload: &Value, deadline_ms: i64) -> Result<oneshot::Receiver<Invoked>, String> {
        let (answer, answered) = oneshot::channel();
        let invocation = Invocation { payload: payload.to_string(), deadline_ms, answer };
        self.waiting.send(invocation).map_err(|_| "the Runtime API has stopped".to_owned())?;
        self.sent.fetch_add(1, Ordering::Relaxed);
        Ok(answered)
    }

    /// Waits until the next invocation was asked for, once every one so far was handed out.
    pub(super) async fn settled(&self) {
        let sent = self.sent.load(Ordering::Relaxed);
        // The sender lives as long as the server.
        let mut asked = self.asked.clone();
        let _gone = asked.wait_for(|asked| *asked > sent).await;
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn running(&self) -> MutexGuard<'_, BTreeMap<String, oneshot::Sender<Invoked>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.asked.send_modify(|asked| *asked += 1);
    let invocation = shared.queue.lock().await.recv().await;
    let Some(Invocation { payload, deadline_ms, answer }) = invocation else {
        return StatusCode::GONE.into_response();
    };
    let number = {
        let mut started = shared.started.lock().unwrap_or_else(PoisonError::into_inner);
        *started += 1;
        *started
    };
    let id = format!("5f0c1a20-0000-4000-8000-{number:012}");
    shared.running().insert(id.clone(), answer);
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline_ms.to_string()),
        ("lambda-runtime-invoked-function-arn", FUNCTION_ARN.to_owned()),
        ("lambda-runtime-trace-id", format!("Root=1-69a55d80-{number:024x};Parent=53995c3f42cd8ad8;Sampled=0")),
        ("content-type", "application/json".to_owned()),
    ];
    (headers.map(|(name, value)| (name, value)).into_iter().collect::<HeaderPairs>().0, payload).into_response()
}

/// Headers from pairs, whose values are all plain ASCII.
struct HeaderPairs(HeaderMap);

impl FromIterator<(&'static str, String)> for HeaderPairs {
    fn from_iter<I: IntoIterator<Item = (&'static str, String)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter().filter_map(|(name, value)| {
            Some((axum::http::HeaderName::from_static(name), axum::http::HeaderValue::from_str(&value).ok()?))
        });
        Self(pairs.collect())
    }
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    let invoked = match serde_json::from_slice(&body) {
        Ok(answer) => Invoked::Answered(answer),
        // The service answers 200 and fails the invocation with Runtime.InvalidResponse.
        Err(error) => Invoked::Failed(format!("the answer is not JSON: {error}")),
    };
    settle(&shared, &id, invoked)
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> Response {
    settle(&shared, &id, Invoked::Failed(error_message(&body)))
}

async fn init_error(body: Bytes) -> Response {
    let said = error_message(&body);
    (StatusCode::ACCEPTED, axum::Json(json!({ "status": "OK", "said": said }))).into_response()
}

fn settle(shared: &Shared, id: &str, invoked: Invoked) -> Response {
    match shared.running().remove(id) {
        Some(answer) => {
            // Nobody waits any more when the scenario has given the invocation up.
            let _gone = answer.send(invoked);
            (StatusCode::ACCEPTED, axum::Json(json!({ "status": "OK" }))).into_response()
        }
        None => {
            let refused = json!({ "errorType": "InvalidRequestID", "errorMessage": "Invalid request ID" });
            (StatusCode::BAD_REQUEST, axum::Json(refused)).into_response()
        }
    }
}

fn error_message(body: &[u8]) -> String {
    serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|error| error["errorMessage"].as_str().map(str::to_owned))
        .unwrap_or_else(|| "the error has no `errorMessage`".to_owned())
}
