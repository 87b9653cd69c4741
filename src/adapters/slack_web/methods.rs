//! What signoff asks Slack for, by whichever way its methods are called.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::ports::{Chat, PortError, SlackUser};
use crate::slack::interaction::MessageRef;
use crate::template::Message;

/// A way to call Slack's methods.
#[async_trait]
pub trait WebApi: Send + Sync {
    /// Calls a method, and again after a passing fault while `until` leaves time for it (S4). Returns the whole answer.
    ///
    /// # Errors
    ///
    /// What Slack answered, with its code in backticks; passing where another try later may help.
    async fn call(&self, method: &'static str, arguments: Arguments<'_>, until: Timestamp) -> Result<Value, PortError>;
}

/// What a method is called with: those that read take a form, those that write take JSON.
#[derive(Debug, Clone)]
pub enum Arguments<'a> {
    /// An object.
    Json(Value),
    /// Fields, each with its value.
    Form(&'a [(&'a str, &'a str)]),
}

#[async_trait]
impl<T: WebApi> Chat for T {
    async fn post(&self, channel: &str, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        post_message(self, new_message(channel, message), until).await
    }

    async fn reply(&self, to: &MessageRef, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        let mut body = new_message(&to.channel, message);
        body["thread_ts"] = to.ts.as_str().into();
        post_message(self, body, until).await
    }

    async fn permalink(&self, of: &MessageRef, until: Timestamp) -> Result<String, PortError> {
        let arguments = [("channel", of.channel.as_str()), ("message_ts", of.ts.as_str())];
        let answer = self.call("chat.getPermalink", Arguments::Form(&arguments), until).await?;
        let link = answer["permalink"].as_str().map(str::to_owned);
        link.ok_or_else(|| PortError::Permanent("Slack's chat.getPermalink gave no address".to_owned()))
    }

    async fn update(&self, at: &MessageRef, message: &Message, until: Timestamp) -> Result<(), PortError> {
        let body = json!({ "channel": at.channel, "ts": at.ts, "text": message.text, "blocks": message.blocks });
        match self.call("chat.update", Arguments::Json(body), until).await {
            // Somebody deleted it: it says nothing that would have to be corrected.
            Err(PortError::Permanent(what)) if what.contains("`message_not_found`") => {
                tracing::warn!(channel = at.channel, ts = at.ts, "{what}: the message is gone");
                Ok(())
            }
            answer => answer.map(drop),
        }
    }

    async fn whisper(&self, channel: &str, user: &str, message: &Message, until: Timestamp) -> Result<(), PortError> {
        let body = json!({ "channel": channel, "user": user, "text": message.text, "blocks": message.blocks });
        self.call("chat.postEphemeral", Arguments::Json(body), until).await.map(drop)
    }

    async fn open_modal(&self, trigger: &str, view: &Value, until: Timestamp) -> Result<(), PortError> {
        let body = json!({ "trigger_id": trigger, "view": view });
        self.call("views.open", Arguments::Json(body), until).await.map(drop)
    }

    async fn publish_home(&self, user: &str, view: &Value, until: Timestamp) -> Result<(), PortError> {
        let body = json!({ "user_id": user, "view": view });
        self.call("views.publish", Arguments::Json(body), until).await.map(drop)
    }

    async fn user(&self, user: &str, until: Timestamp) -> Result<Option<SlackUser>, PortError> {
        let answer = match self.call("users.info", Arguments::Form(&[("user", user)]), until).await {
            Ok(answer) => answer,
            Err(PortError::Permanent(what)) if what.contains("`user_not_found`") => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(person(&answer["user"])))
    }

    async fn user_by_email(&self, email: &str, until: Timestamp) -> Result<Option<String>, PortError> {
        match self.call("users.lookupByEmail", Arguments::Form(&[("email", email)]), until).await {
            Ok(answer) => Ok(answer["user"]["id"].as_str().map(str::to_owned)),
            Err(PortError::Permanent(what)) if what.contains("`users_not_found`") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn user_group(&self, group: &str, until: Timestamp) -> Result<Vec<String>, PortError> {
        let answer = self.call("usergroups.users.list", Arguments::Form(&[("usergroup", group)]), until).await?;
        let users = answer["users"].as_array().into_iter().flatten();
        Ok(users.filter_map(Value::as_str).map(str::to_owned).collect())
    }
}

async fn post_message(api: &impl WebApi, body: Value, until: Timestamp) -> Result<MessageRef, PortError> {
    let answer = api.call("chat.postMessage", Arguments::Json(body), until).await?;
    match (answer["channel"].as_str(), answer["ts"].as_str()) {
        (Some(channel), Some(ts)) => Ok(MessageRef { channel: channel.to_owned(), ts: ts.to_owned() }),
        _ => Err(PortError::Permanent("Slack's chat.postMessage did not say where the message is".to_owned())),
    }
}

/// Somebody as `users.info` tells them.
fn person(user: &Value) -> SlackUser {
    let name = [&user["real_name"], &user["profile"]["real_name"], &user["name"], &user["id"]]
        .into_iter()
        .find_map(|name| name.as_str().filter(|name| !name.is_empty()))
        .unwrap_or("somebody");
    let set = |key: &str| user[key].as_bool().unwrap_or(false);
    SlackUser {
        name: name.to_owned(),
        team: user["team_id"].as_str().map(str::to_owned),
        deleted: set("deleted"),
        bot: set("is_bot") || set("is_workflow_bot") || user["id"] == "USLACKBOT",
        stranger: set("is_stranger"),
    }
}

/// The arguments of `chat.postMessage`, without previews of the links.
fn new_message(channel: &str, message: &Message) -> Value {
    json!({
        "channel": channel, "text": message.text, "blocks": message.blocks,
        "unfurl_links": false, "unfurl_media": false,
    })
}
