//! Slack's part of the engine driver: the calls of `signoff::adapters::slack_web`.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff::adapters::slack_web::{is_passing, new_message, person, said};
use signoff::ports::{Chat, Clock, PortError, SlackUser};
use signoff::slack::interaction::MessageRef;
use signoff::template::Message;

use super::{Asked, Engine, TRIES};
use crate::scenario::instance::BOT_TOKEN;
use crate::world::slack::Arguments;
use crate::world::{Service, SlackFailure, World};

/// The wait before the first retry of a fault; each further one waits twice as long.
const FIRST_WAIT: SignedDuration = SignedDuration::from_millis(200);

impl Engine {
    async fn slack(&self, method: &'static str, arguments: &Arguments, until: Timestamp) -> Result<Value, PortError> {
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

    async fn write(&self, method: &'static str, body: Value, until: Timestamp) -> Result<Value, PortError> {
        let Value::Object(body) = body else {
            return Err(PortError::Permanent(format!("Slack's {method} takes an object")));
        };
        self.slack(method, &Arguments::json(body), until).await
    }

    async fn read(&self, method: &'static str, fields: &[(&str, &str)], until: Timestamp) -> Result<Value, PortError> {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.slack(method, &Arguments::form(fields), until).await
    }

    async fn post_message(&self, body: Value, until: Timestamp) -> Result<MessageRef, PortError> {
        let answer = self.write("chat.postMessage", body, until).await?;
        match (answer["channel"].as_str(), answer["ts"].as_str()) {
            (Some(channel), Some(ts)) => Ok(MessageRef { channel: channel.to_owned(), ts: ts.to_owned() }),
            _ => Err(PortError::Permanent("Slack's chat.postMessage did not say where the message is".to_owned())),
        }
    }
}

#[async_trait]
impl Chat for Engine {
    async fn post(&self, channel: &str, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        self.post_message(new_message(channel, message), until).await
    }

    async fn reply(&self, to: &MessageRef, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        let mut body = new_message(&to.channel, message);
        body["thread_ts"] = to.ts.as_str().into();
        self.post_message(body, until).await
    }

    async fn permalink(&self, of: &MessageRef, until: Timestamp) -> Result<String, PortError> {
        let fields = [("channel", of.channel.as_str()), ("message_ts", of.ts.as_str())];
        let answer = self.read("chat.getPermalink", &fields, until).await?;
        let link = answer["permalink"].as_str().map(str::to_owned);
        link.ok_or_else(|| PortError::Permanent("Slack's chat.getPermalink gave no address".to_owned()))
    }

    async fn update(&self, at: &MessageRef, message: &Message, until: Timestamp) -> Result<(), PortError> {
        let body = json!({ "channel": at.channel, "ts": at.ts, "text": message.text, "blocks": message.blocks });
        match self.write("chat.update", body, until).await {
            Err(PortError::Permanent(what)) if what.contains("`message_not_found`") => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn whisper(&self, channel: &str, user: &str, message: &Message, until: Timestamp) -> Result<(), PortError> {
        let body = json!({ "channel": channel, "user": user, "text": message.text, "blocks": message.blocks });
        self.write("chat.postEphemeral", body, until).await.map(drop)
    }

    async fn open_modal(&self, trigger: &str, view: &Value, until: Timestamp) -> Result<(), PortError> {
        self.write("views.open", json!({ "trigger_id": trigger, "view": view }), until).await.map(drop)
    }

    async fn publish_home(&self, user: &str, view: &Value, until: Timestamp) -> Result<(), PortError> {
        self.write("views.publish", json!({ "user_id": user, "view": view }), until).await.map(drop)
    }

    async fn user(&self, user: &str, until: Timestamp) -> Result<Option<SlackUser>, PortError> {
        let answer = match self.read("users.info", &[("user", user)], until).await {
            Ok(answer) => answer,
            Err(PortError::Permanent(what)) if what.contains("`user_not_found`") => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(person(&answer["user"])))
    }

    async fn user_by_email(&self, email: &str, until: Timestamp) -> Result<Option<String>, PortError> {
        match self.read("users.lookupByEmail", &[("email", email)], until).await {
            Ok(answer) => Ok(answer["user"]["id"].as_str().map(str::to_owned)),
            Err(PortError::Permanent(what)) if what.contains("`users_not_found`") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn user_group(&self, group: &str, until: Timestamp) -> Result<Vec<String>, PortError> {
        let answer = self.read("usergroups.users.list", &[("usergroup", group)], until).await?;
        let users = answer["users"].as_array().into_iter().flatten();
        Ok(users.filter_map(Value::as_str).map(str::to_owned).collect())
    }
}
