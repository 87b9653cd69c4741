//! `views.open`: a modal for the person who did something within the last three seconds.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::block_kit;
use super::{Arguments, OpenView, SlackError, Trigger, Workspace};
use crate::world::identity;

/// A trigger id is good for three seconds after the interaction (Slack, "Handling user interaction").
const TRIGGER_LIFE: SignedDuration = SignedDuration::from_secs(3);

impl Workspace {
    pub(super) fn open_view(&mut self, now: Timestamp, arguments: &Arguments) -> Result<Value, SlackError> {
        let view = match arguments.structure("view") {
            Ok(Some(view)) => view,
            Ok(None) => return Err(invalid(vec!["[ERROR] missing required field: view".to_owned()])),
            Err(()) => return Err(invalid(vec!["[ERROR] invalid json [json-pointer:/view]".to_owned()])),
        };
        let Some(id) = arguments.first_text(&["trigger_id", "interactivity_pointer"]) else {
            return Err(invalid(vec!["[ERROR] missing required field: trigger_id".to_owned()]));
        };
        let messages = block_kit::check_view(&view, "/view");
        if !messages.is_empty() {
            return Err(invalid(messages));
        }
        let trigger = self.triggers.get_mut(id).ok_or("invalid_trigger_id")?;
        if trigger.used {
            return Err("exchanged_trigger_id".into());
        }
        if now.duration_since(trigger.made) > TRIGGER_LIFE {
            return Err("expired_trigger_id".into());
        }
        trigger.used = true;
        let user = trigger.user.clone();
        let opened = self.keep_view(&user, &view, None);
        let answer = json!({ "ok": true, "view": opened.view });
        self.opened.push(opened.clone());
        self.views.insert(user, vec![opened]);
        Ok(answer)
    }

    /// `views.publish`: what somebody sees in the app's Home tab. <https://docs.slack.dev/reference/methods/views.publish>.
    pub(super) fn publish_home(&mut self, arguments: &Arguments) -> Result<Value, SlackError> {
        let view = match arguments.structure("view") {
            Ok(Some(view)) => view,
            Ok(None) => return Err(invalid(vec!["[ERROR] missing required field: view".to_owned()])),
            Err(()) => return Err(invalid(vec!["[ERROR] invalid json [json-pointer:/view]".to_owned()])),
        };
        let Some(user) = arguments.first_text(&["user_id"]) else {
            return Err(invalid(vec!["[ERROR] missing required field: user_id".to_owned()]));
        };
        let messages = block_kit::check_home(&view, "/view");
        if !messages.is_empty() {
            return Err(invalid(messages));
        }
        let person = self.people.iter().find(|person| person.id == user && !person.deactivated);
        let user = person.ok_or("user_not_found")?.id.clone();
        let mut home = self.keep_view(&user, &view, None);
        home.view["type"] = "home".into();
        let answer = json!({ "ok": true, "view": home.view });
        self.homes.push(home);
        Ok(answer)
    }

    /// The view as Slack keeps it. One that replaces another keeps its id.
    pub(super) fn keep_view(&mut self, user: &str, view: &Value, replaced: Option<&str>) -> OpenView {
        let number = self.next_number().to_string();
        let id = match replaced {
            Some(id) => id.to_owned(),
            None => format!("V0{}", identity::hex(&["view", &number])[..9].to_ascii_uppercase()),
        };
        let blocks = view.get("blocks").and_then(Value::as_array).cloned().unwrap_or_default();
        let blocks = self.with_ids(&blocks);
        let kept = json!({
            "id": id,
            "team_id": self.team,
            "type": "modal",
            "blocks": blocks,
            "private_metadata": view.get("private_metadata").cloned().unwrap_or(json!("")),
            "callback_id": view.get("callback_id").cloned().unwrap_or(json!("")),
            "state": { "values": {} },
            "hash": format!("{}.{}", number, identity::letters(8, &["hash", &number])),
            "title": view.get("title").cloned().unwrap_or(Value::Null),
            "clear_on_close": view.get("clear_on_close").cloned().unwrap_or(json!(false)),
            "notify_on_close": view.get("notify_on_close").cloned().unwrap_or(json!(false)),
            "close": view.get("close").cloned().unwrap_or(Value::Null),
            "submit": view.get("submit").cloned().unwrap_or(Value::Null),
            "previous_view_id": null,
            "root_view_id": id,
            "app_id": self.app_id(),
            "external_id": view.get("external_id").cloned().unwrap_or(json!("")),
            "app_installed_team_id": self.team,
            "bot_id": self.bot_id(),
        });
        OpenView { id, user: user.to_owned(), view: kept }
    }

    /// The user id of whoever did what a trigger id was made for.
    pub(crate) fn triggered_by(&self, trigger: &str) -> Option<&str> {
        Some(self.triggers.get(trigger)?.user.as_str())
    }

    /// A new trigger id, for what this user just did.
    pub(super) fn new_trigger(&mut self, now: Timestamp, user: &str) -> String {
        let number = self.next_number();
        let random = identity::hex(&["trigger", &number.to_string()]);
        let id = format!("{}.{}.{}", 9_000_000_000_000 + number, 4_000_000_000_000_u64, &random[..32]);
        self.triggers.insert(id.clone(), Trigger { user: user.to_owned(), made: now, used: false });
        id
    }
}

fn invalid(messages: Vec<String>) -> SlackError {
    SlackError { error: "invalid_arguments", messages }
}
