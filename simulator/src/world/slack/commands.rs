//! People give slash commands, and see what the app answers:
//! <https://docs.slack.dev/interactivity/implementing-slash-commands>.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Workspace;
use super::response_url::Audience;
use crate::world::identity;

/// A slash command, as Slack sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentCommand {
    /// The form's body.
    pub body: String,
    /// The channel's id.
    pub channel: String,
    /// The user id.
    pub user: String,
}

impl Workspace {
    /// Gives a slash command, such as `/deploy status payments-api`, in a channel that the person is in: by its name, or the first
    /// that they are in. The error says what Slack would.
    pub fn command(
        &mut self,
        now: Timestamp,
        person: &str,
        text: &str,
        channel: Option<&str>,
    ) -> Result<SentCommand, String> {
        let person = self.person(person)?.clone();
        if person.deactivated {
            return Err(format!("{} can give no command: the account is deactivated", person.name));
        }
        let is_meant = |known: &&super::Channel| channel.is_none_or(|name| known.name == name);
        let mine = |known: &&super::Channel| known.members.contains(&person.id);
        let Some(channel) = self.channels.iter().filter(mine).find(is_meant).cloned() else {
            let which = channel.map(|name| format!(" `{name}`")).unwrap_or_default();
            return Err(format!("{} is in no channel{which} to give a command in", person.name));
        };
        let (command, text) = text.split_once(' ').unwrap_or((text, ""));
        if !command.starts_with('/') || command.len() < 2 {
            return Err(format!("`{command}` is no slash command: it begins with `/`"));
        }
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let trigger = self.new_trigger(now, &person.id);
        let told_to = Audience { channel: channel.id.clone(), user: person.id.clone() };
        let response_url = self.response_url(now, "commands", &trigger, told_to, None);
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", "verification-token")
            .append_pair("team_id", &self.team)
            .append_pair("team_domain", &self.domain())
            .append_pair("channel_id", &channel.id)
            .append_pair("channel_name", &channel.name)
            .append_pair("user_id", &person.id)
            .append_pair("user_name", &person.handle)
            .append_pair("command", command)
            .append_pair("text", text.trim())
            .append_pair("api_app_id", &self.app_id())
            .append_pair("is_enterprise_install", "false")
            .append_pair("response_url", &response_url)
            .append_pair("trigger_id", &trigger)
            .finish();
        Ok(SentCommand { body, channel: channel.id, user: person.id })
    }

    /// Takes the app's answer to a slash command: nothing, or a message for the person or for all. The error says what Slack does
    /// not take.
    pub fn answer_command(&mut self, now: Timestamp, sent: &SentCommand, body: Option<&Value>) -> Result<(), String> {
        let Some(body) = body.filter(|body| !body.is_null()) else { return Ok(()) };
        let to = Audience { channel: sent.channel.clone(), user: sent.user.clone() };
        self.tell(now, &to, body).map_err(|refused| match refused.error {
            "no_text" => "the answer to the command has neither `text` nor `blocks`".to_owned(),
            "invalid_payload" => {
                let other = body["response_type"].as_str().unwrap_or_default();
                format!("Slack does not understand `response_type: {other}`")
            }
            _ => format!("the answer to the command is refused: {}", refused.messages.join("; ")),
        })
    }

    /// Opens the app's Home tab: the event that Slack sends. <https://docs.slack.dev/reference/events/app_home_opened>.
    pub fn open_home(&mut self, now: Timestamp, person: &str) -> Result<Value, String> {
        let person = self.person(person)?.clone();
        if person.deactivated {
            return Err(format!("{} can open nothing: the account is deactivated", person.name));
        }
        let number = self.next_number().to_string();
        Ok(json!({
            "token": "verification-token",
            "team_id": self.team,
            "api_app_id": self.app_id(),
            "event": {
                "type": "app_home_opened",
                "user": person.id,
                "channel": format!("D0{}", identity::hex(&["home", &person.id])[..9].to_ascii_uppercase()),
                "tab": "home",
                "event_ts": format!("{}.000100", now.as_second()),
            },
            "type": "event_callback",
            "event_id": format!("Ev0{}", identity::hex(&["event", &number])[..9].to_ascii_uppercase()),
            "event_time": now.as_second(),
            "authorizations": [{
                "enterprise_id": null, "team_id": self.team, "user_id": self.bot_user(), "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false,
        }))
    }
}
