//! Slack's Web API: <https://docs.slack.dev/apis/web-api>.

mod methods;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, StatusCode, Url};
use serde_json::Value;

use crate::logbook::{Call, Logbook, Metric};
use crate::ports::{Clock, PortError};
use crate::secret::Secret;

pub use methods::{Arguments, WebApi};

/// How often a call is tried, the first time included.
const TRIES: u32 = 4;

/// The wait before the first retry of a fault; each further one waits twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_millis(200);

/// The error codes with which Slack asks to come back later.
const PASSING: [&str; 6] =
    ["ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"];

/// Slack, by a bot token.
pub struct SlackWeb {
    client: Client,
    base: Url,
    token: Secret,
    clock: Arc<dyn Clock>,
    logbook: Logbook,
}

/// What came of one attempt.
enum Attempt {
    Done(Value),
    Refused(String),
    Again { what: String, after: Option<SignedDuration> },
}

impl SlackWeb {
    /// Takes the address that method names are appended to, `https://slack.com/api/`, and the bot token.
    pub fn new(client: Client, base: Url, token: Secret, clock: Arc<dyn Clock>) -> Self {
        Self { client, base, token, clock, logbook: Logbook::default() }
    }

    /// Where its requests are noted.
    #[must_use]
    pub fn noting(self, logbook: Logbook) -> Self {
        Self { logbook, ..self }
    }

    /// One attempt, with what is noted of it.
    async fn attempt(&self, method: &str, arguments: &Arguments<'_>) -> (Attempt, Call) {
        let mut call = Call { service: "slack".to_owned(), ..Call::default() };
        let url = match self.base.join(method) {
            Ok(url) => url,
            Err(error) => return (Attempt::Refused(format!("has no valid address: {error}")), call),
        };
        let request = self.client.post(url).bearer_auth(self.token.expose());
        let request = match arguments {
            // Slack warns of a missing charset: <https://docs.slack.dev/apis/web-api/#post-bodies>.
            Arguments::Json(body) => {
                request.header("content-type", "application/json; charset=utf-8").body(body.to_string())
            }
            Arguments::Form(fields) => request.form(fields),
        };
        match request.send().await {
            Ok(response) => {
                if response.status() == StatusCode::TOO_MANY_REQUESTS {
                    self.logbook.count(Metric::SlackRateLimited);
                }
                let attempted = Self::read(response, &mut call).await;
                (attempted, call)
            }
            // Without the URL, which is of no use to the reader.
            Err(error) => {
                let (what, short) = match error.is_timeout() {
                    true => ("did not answer in time", "no answer in time"),
                    false => ("could not be reached", "no connection"),
                };
                call.error = Some(short.to_owned());
                (Attempt::Again { what: format!("{what} ({})", cause(&error)), after: None }, call)
            }
        }
    }

    /// Reads an answer, and notes of it what failed and Slack's own id of the request.
    async fn read(response: Response, call: &mut Call) -> Attempt {
        let status = response.status();
        let id = response.headers().get("x-slack-req-id").and_then(|id| id.to_str().ok());
        call.request_id = id.map(str::to_owned);
        call.error = Some(status.as_u16().to_string());
        let after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(SignedDuration::from_secs);
        if status == StatusCode::TOO_MANY_REQUESTS {
            return Attempt::Again { what: "answered 429, too many requests".to_owned(), after };
        }
        if status.is_server_error() {
            return Attempt::Again { what: format!("answered {}", status.as_u16()), after };
        }
        let body = match response.bytes().await {
            Ok(body) => body,
            Err(_) => {
                call.error = Some("it broke off".to_owned());
                return Attempt::Again { what: "broke off its answer".to_owned(), after };
            }
        };
        let Ok(answer) = serde_json::from_slice::<Value>(&body) else {
            return Attempt::Refused(format!("answered {} and no JSON", status.as_u16()));
        };
        if answer["ok"] == Value::Bool(true) {
            call.error = None;
            return Attempt::Done(answer);
        }
        let code = answer["error"].as_str().unwrap_or("an error without a code");
        call.error = Some(code.to_owned());
        let details = answer["response_metadata"]["messages"]
            .as_array()
            .map(|messages| messages.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; "))
            .filter(|details| !details.is_empty())
            .map(|details| format!(": {details}"))
            .unwrap_or_default();
        let what = said(code, &details);
        if is_passing(code) { Attempt::Again { what, after } } else { Attempt::Refused(what) }
    }
}

#[async_trait]
impl WebApi for SlackWeb {
    async fn call(&self, method: &'static str, arguments: Arguments<'_>, until: Timestamp) -> Result<Value, PortError> {
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let began = self.clock.now();
            let (attempted, mut call) = self.attempt(method, &arguments).await;
            let taken = self.clock.now().duration_since(began).as_millis();
            call.ms = i64::try_from(taken).unwrap_or(i64::MAX).max(0);
            (call.operation, call.attempt) = (method.to_owned(), attempt);
            self.logbook.call(call);
            let (what, after) = match attempted {
                Attempt::Done(answer) => return Ok(answer),
                Attempt::Refused(what) => return Err(PortError::Permanent(format!("Slack's {method} {what}"))),
                Attempt::Again { what, after } => (what, after),
            };
            let failed = PortError::Transient(format!("Slack's {method} {what}"));
            let now = self.clock.now();
            let pause = after.unwrap_or_else(|| wait + jitter(now, wait));
            if attempt >= TRIES || now.checked_add(pause).is_ok_and(|then| then >= until) {
                return Err(failed);
            }
            tracing::warn!(method, attempt, wait_ms = pause.as_millis(), "{failed}; trying again");
            self.clock.sleep(pause).await;
            wait = wait.saturating_mul(2);
        }
        Err(PortError::Transient(format!("Slack's {method} was not called")))
    }
}

/// Whether Slack asks with this error code to come back later.
pub fn is_passing(code: &str) -> bool {
    PASSING.contains(&code)
}

/// What Slack answered, with what would help; `details` go after the code.
pub fn said(code: &str, details: &str) -> String {
    format!("answered `{code}`{details}{}", cure(code))
}

/// What would help against an error that a set-up mistake causes.
fn cure(code: &str) -> &'static str {
    match code {
        "not_in_channel" => " (invite the bot to the channel)",
        "channel_not_found" => " (check the channel's id in the rules; a private channel must have the bot invited)",
        "invalid_auth" | "not_authed" | "account_inactive" | "token_revoked" => " (check `SLACK_BOT_TOKEN`)",
        "missing_scope" => " (add the scope to the Slack app and install it again)",
        _ => "",
    }
}

/// Up to half the wait, so that callers who failed together do not come back together. Taken from the clock.
fn jitter(now: Timestamp, wait: SignedDuration) -> SignedDuration {
    let half = wait.as_nanos() / 2;
    SignedDuration::from_nanos(i64::try_from(i128::from(now.subsec_nanosecond()) % half.max(1)).unwrap_or(0))
}

/// The cause at the bottom of a fault of the connection.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
