//! `views.open`: a modal for the person who did something within the last three seconds.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::block_kit;
use super::people::missing;
use super::{Arguments, OpenView, SlackError, Trigger, Workspace};
use crate::world::identity;

/// A trigger id is good for three seconds after the interaction (Slack, "Handling user interaction").
const TRIGGER_LIFE: SignedDuration = SignedDuration::from_secs(3);
/// The largest view: `view_too_large` of <https://docs.slack.dev/reference/methods/views.open>.
const VIEW_BYTES: usize = 250_000;

impl Workspace {
    pub(super) fn open_view(&mut self, now: Timestamp, arguments: &Arguments) -> Result<Value, SlackError> {
        let view = view_of(arguments)?;
        let id = arguments.first_text(&["trigger_id", "interactivity_pointer"]).ok_or_else(|| missing("trigger_id"))?;
        let mut messages = block_kit::check_view(&view, "/view");
        if !is_trigger(id) {
            messages.push("[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]".to_owned());
        }
        check(&view, messages)?;
        let trigger = self.triggers.get(id).ok_or("invalid_trigger_id")?;
        if trigger.used {
            return Err("exchanged_trigger_id".into());
        }
        if now.duration_since(trigger.made) > TRIGGER_LIFE {
            return Err("expired_trigger_id".into());
        }
        let user = trigger.user.clone();
        self.check_external_id(&view, &user, "")?;
        self.triggers.entry(id.to_owned()).and_modify(|trigger| trigger.used = true);
        let opened = self.keep_view(&user, &view, None);
        let answer = json!({ "ok": true, "view": opened.view });
        self.opened.push(opened.clone());
        self.views.insert(user, vec![opened]);
        Ok(answer)
    }

    /// `views.publish`: what somebody sees in the app's Home tab. <https://docs.slack.dev/reference/methods/views.publish>.
    pub(super) fn publish_home(&mut self, arguments: &Arguments) -> Result<Value, SlackError> {
        let view = view_of(arguments)?;
        let user = arguments.text("user_id").ok_or_else(|| missing("user_id"))?;
        check(&view, block_kit::check_home(&view, "/view"))?;
        let person = self.people.iter().find(|person| person.id == user && !person.deactivated);
        let user = person.ok_or("user_not_found")?.id.clone();
        let hash = self.home_of(&user).map(|home| &home.view["hash"]);
        if arguments.text("hash").is_some_and(|given| hash.is_some_and(|hash| hash != given)) {
            return Err("hash_conflict".into());
        }
        self.check_external_id(&view, "", &user)?;
        let mut home = self.keep_view(&user, &view, None);
        home.view["type"] = "home".into();
        let answer = json!({ "ok": true, "view": home.view });
        self.homes.push(home);
        Ok(answer)
    }

    /// What somebody's Home tab shows.
    fn home_of(&self, user: &str) -> Option<&OpenView> {
        self.homes.iter().rev().find(|home| home.user == user)
    }

    /// Refuses a view with the external id of another that is there. The windows of `opens_for` and the Home tab of `publishes_for`
    /// are those in whose place it comes.
    fn check_external_id(&self, view: &Value, opens_for: &str, publishes_for: &str) -> Result<(), SlackError> {
        let windows = self.views.iter().filter(|(user, _)| *user != opens_for).flat_map(|(_, views)| views);
        let homes = self.people.iter().filter(|person| person.id != publishes_for);
        let mut others = windows.chain(homes.filter_map(|person| self.home_of(&person.id)));
        let id = view["external_id"].as_str().filter(|id| !id.is_empty());
        if id.is_some_and(|id| others.any(|other| other.view["external_id"] == id)) {
            return Err("duplicate_external_id".into());
        }
        Ok(())
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

/// Refuses a view in which something is wrong, or which is too large.
fn check(view: &Value, messages: Vec<String>) -> Result<(), SlackError> {
    match messages.is_empty() {
        false => Err(SlackError { error: "invalid_arguments", messages }),
        true if view.to_string().len() > VIEW_BYTES => Err("view_too_large".into()),
        true => Ok(()),
    }
}

fn view_of(arguments: &Arguments) -> Result<Value, SlackError> {
    let rubbish = |()| SlackError {
        error: "invalid_arguments",
        messages: vec!["[ERROR] invalid json [json-pointer:/view]".to_owned()],
    };
    arguments.structure("view").map_err(rubbish)?.ok_or_else(|| missing("view"))
}

/// Whether this has the form of a trigger id: two numbers and a word, with points between.
fn is_trigger(id: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match id.split('.').collect::<Vec<_>>()[..] {
        [one, other, word] => number(one) && number(other) && word.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        _ => false,
    }
}
