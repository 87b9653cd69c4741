//! Slack's part of the engine driver: the calls of `signoff::adapters::slack_web`.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use signoff::adapters::slack_web::{self, WebApi, is_passing, said};
use signoff::ports::{Clock, PortError};

use super::{Asked, Engine, TRIES};
use crate::scenario::instance::BOT_TOKEN;
use crate::world::slack::Arguments;
use crate::world::{Service, SlackFailure, World};

/// The wait before the first retry of a fault; each further one waits twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_millis(200);

#[async_trait]
impl WebApi for Engine {
    async fn call(
        &self,
        method: &'static str,
        arguments: slack_web::Arguments<'_>,
        until: Timestamp,
    ) -> Result<Value, PortError> {
        let arguments = &match arguments {
            slack_web::Arguments::Json(Value::Object(body)) => Arguments::json(body),
            slack_web::Arguments::Json(_) => {
                return Err(PortError::Permanent(format!("Slack's {method} takes an object")));
            }
            slack_web::Arguments::Form(fields) => {
                Arguments::form(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
            }
        };
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let ask = |world: &mut World| {
                if self.bot_token.expose() == BOT_TOKEN {
                    return world.slack_request(method, arguments);
                }
                let refused = SlackFailure::Refused("invalid_auth".into());
                world.note(Service::Slack, method, String::new(), Err(refused.code()));
                Err(refused)
            };
            let (answer, is_broken) = self.ask(Service::Slack, method, Asked::Slack(arguments), ask).await;
            let (what, after) = match answer {
                _ if is_broken => ("could not be reached (the connection broke)".to_owned(), None),
                Ok(answer) => return Ok(answer),
                Err(SlackFailure::Refused(error)) => {
                    let details = error.messages.join("; ");
                    let details = if details.is_empty() { details } else { format!(": {details}") };
                    let what = said(error.error, &details);
                    if !is_passing(error.error) {
                        return Err(PortError::Permanent(format!("Slack's {method} {what}")));
                    }
                    (what, None)
                }
                Err(SlackFailure::RateLimited { retry_after_s }) => (
                    "answered 429, too many requests".to_owned(),
                    Some(SignedDuration::from_secs(retry_after_s.into())),
                ),
                Err(SlackFailure::ServerError | SlackFailure::Broken) => ("answered 500".to_owned(), None),
            };
            let then = self.now().checked_add(after.unwrap_or(wait));
            if attempt >= TRIES || then.is_ok_and(|then| then >= until) {
                return Err(PortError::Transient(format!("Slack's {method} {what}")));
            }
            self.sleep(after.unwrap_or(wait)).await;
            wait = wait.saturating_mul(2);
        }
        Err(PortError::Transient(format!("Slack's {method} was not called")))
    }
}
