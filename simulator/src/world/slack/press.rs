//! People press buttons.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::response_url::Audience;
use super::{EphemeralMessage, Interaction, Person, PostedMessage, Workspace, block_kit};

impl Workspace {
    /// Presses a button that is really on the message last posted in a channel that the person is in, answers in threads left
    /// out; with `on`, on the last one, in threads or not, whose text has that in it. The button is named by its label, or by
    /// its `action_id` or that one's last part, in small or capital letters. With `on`, what only they see counts too, and first. The error says what there is to press.
    pub fn press(
        &mut self,
        now: Timestamp,
        person: &str,
        button: &str,
        on: Option<&str>,
    ) -> Result<Interaction, String> {
        let person = self.person(person)?.clone();
        if person.deactivated {
            return Err(format!("{} can press nothing: the account is deactivated", person.name));
        }
        let seen = |message: &&PostedMessage| {
            let member =
                |channel: &super::Channel| channel.id == message.channel && channel.members.contains(&person.id);
            let meant = on.map_or(message.thread_ts.is_none(), |text| message.text.contains(text));
            meant && self.channels.iter().any(member)
        };
        let shown = on.and_then(|text| {
            let is_it = |message: &&EphemeralMessage| message.user == person.id && message.text.contains(text);
            self.ephemerals.iter().rfind(is_it)
        });
        let is_ephemeral = shown.is_some();
        let found = match shown {
            Some(message) => Some(only_theirs(message)),
            None => self.messages.iter().rfind(seen).cloned(),
        };
        let Some(message) = found else {
            let which = on.map(|text| format!(" with `{text}`")).unwrap_or_default();
            return Err(format!("{} sees no message{which} to press `{button}` on", person.name));
        };
        self.press_message(now, &person, button, &message, is_ephemeral)
    }

    /// Presses a button of this very message.
    pub fn press_on(
        &mut self,
        now: Timestamp,
        person: &str,
        button: &str,
        message: &PostedMessage,
    ) -> Result<Interaction, String> {
        let person = self.person(person)?.clone();
        if person.deactivated {
            return Err(format!("{} can press nothing: the account is deactivated", person.name));
        }
        self.press_message(now, &person, button, message, false)
    }

    fn press_message(
        &mut self,
        now: Timestamp,
        person: &Person,
        button: &str,
        message: &PostedMessage,
        is_ephemeral: bool,
    ) -> Result<Interaction, String> {
        let elements: Vec<(&Value, &Value)> = message.blocks.iter().flat_map(buttons).collect();
        let found = elements.iter().find(|(_, element)| is_called(element, button));
        let Some((block, element)) = found else {
            let labels: Vec<String> = elements.iter().map(|(_, element)| format!("`{}`", label(element))).collect();
            let there = if labels.is_empty() {
                "it has no buttons".to_owned()
            } else {
                format!("it has {}", labels.join(", "))
            };
            return Err(format!(
                "there is no button `{button}` on the message last posted in #{}: {there}",
                message.channel_name
            ));
        };
        let (block, element) = ((*block).clone(), (*element).clone());
        let mut action = json!({
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "text": element["text"],
            "type": element["type"],
            "action_ts": format!("{}.{:06}", now.as_second(), 700_001),
        });
        for key in ["value", "style", "url"] {
            if let Some(value) = element.get(key) {
                action[key] = value.clone();
            }
        }
        let mut payload = self.interaction(now, person, "block_actions");
        payload["container"] = json!({
            "type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": is_ephemeral,
        });
        payload["channel"] = json!({ "id": message.channel, "name": message.channel_name });
        // Of a message that only one person sees, Slack sends no more than where it is.
        if !is_ephemeral {
            payload["message"] = self.message_json(message);
        }
        payload["state"] = json!({ "values": {} });
        let trigger = payload["trigger_id"].as_str().unwrap_or_default().to_owned();
        let told_to = Audience { channel: message.channel.clone(), user: person.id.clone() };
        payload["response_url"] = self.response_url(now, "actions", &trigger, told_to, Some(&message.ts)).into();
        payload["actions"] = json!([action]);
        Ok(Interaction { payload, person: person.handle.clone() })
    }

    /// What every interaction payload says: <https://docs.slack.dev/reference/interaction-payloads>.
    pub(super) fn interaction(&mut self, now: Timestamp, person: &Person, kind: &str) -> Value {
        json!({
            "type": kind,
            "user": { "id": person.id, "username": person.handle, "name": person.handle, "team_id": person.team },
            "api_app_id": self.app_id(),
            // The verification token that signatures have replaced.
            "token": "verification-token",
            "trigger_id": self.new_trigger(now, &person.id),
            "team": { "id": self.team, "domain": self.domain() },
            "enterprise": null,
            "is_enterprise_install": false,
        })
    }
}

/// A message that only one person sees, as one to press buttons on.
fn only_theirs(message: &EphemeralMessage) -> PostedMessage {
    let EphemeralMessage { channel, channel_name, ts, text, blocks, .. } = message.clone();
    PostedMessage { channel, channel_name, ts, thread_ts: None, text, blocks, edited: false }
}

/// The buttons of a block, each with its block.
fn buttons(block: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    block_kit::elements(block)
        .into_iter()
        .filter(|element| element["type"] == "button")
        .map(move |element| (block, element))
}

fn label(element: &Value) -> &str {
    element["text"]["text"].as_str().unwrap_or_default()
}

fn is_called(element: &Value, name: &str) -> bool {
    let id = element["action_id"].as_str().unwrap_or_default();
    let last = id.rsplit('.').next().unwrap_or_default();
    [label(element), id, last].iter().any(|known| !known.is_empty() && known.eq_ignore_ascii_case(name))
}
