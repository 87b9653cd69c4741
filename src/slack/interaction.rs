//! What people do in Slack, as Slack sends it: buttons pressed and modals submitted.
//! <https://docs.slack.dev/reference/interaction-payloads>

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::approval::Wish;
use crate::command::Order;
use crate::rules::command::Verb;

/// What the `action_id` of each of signoff's buttons begins with; then comes the wish.
const BUTTONS: &str = "signoff.";
/// What the `action_id` of each button about a command begins with; then comes the verb.
const COMMANDS: &str = "signoff.command.";
/// The `callback_id` of the modal that asks before a command is carried out.
pub const CONFIRM_MODAL: &str = "signoff.command";
/// The `block_id` and `action_id` of the reason in that modal.
pub const REASON: &str = "reason";
/// The `callback_id` of the modal that asks for a comment.
pub const COMMENT_MODAL: &str = "signoff.comment";
/// The `block_id` and `action_id` of the comment in the modal.
pub const COMMENT: &str = "comment";

/// Something that a person did in Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interaction {
    /// The workspace the app is installed in and the interaction came from.
    pub team: Option<String>,
    /// Who did it.
    pub user: Clicker,
    /// What they did.
    pub deed: Deed,
}

/// Who pressed or submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clicker {
    /// The user id.
    pub id: String,
    /// The person's own workspace, which in a shared channel may be another one.
    pub team: Option<String>,
}

/// What a person did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Pressed one of signoff's buttons.
    Press {
        /// Which.
        wish: Wish,
        /// The approval that the button names.
        approval: String,
        /// The message that the button is on.
        message: MessageRef,
        /// Opens a modal within 3 seconds.
        trigger: String,
    },
    /// Submitted the modal that asks for a comment.
    Submit {
        /// What the modal was opened for.
        about: ModalMetadata,
        /// What they wrote.
        comment: String,
    },
    /// Pressed a button that is to do something to a pipeline.
    Order {
        /// What.
        order: Order,
        /// The message that the button is on.
        message: MessageRef,
        /// Opens a modal within 3 seconds.
        trigger: String,
    },
    /// Submitted the modal that asks before a command is carried out.
    Confirm {
        /// What the modal was opened for.
        about: Confirmation,
        /// Why, as they wrote it.
        reason: Option<String>,
    },
    /// Anything that signoff has no part in, such as a button that is a link. Slack only wants it acknowledged.
    Other,
}

/// Where a message is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageRef {
    /// The channel id.
    pub channel: String,
    /// Slack's name for the message, its time.
    pub ts: String,
}

/// What a modal carries in `private_metadata`, since a submission names neither channel nor message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModalMetadata {
    /// The approval.
    pub approval: String,
    /// The message whose button opened the modal.
    pub message: MessageRef,
    /// What was pressed.
    pub wish: Wish,
}

/// What the modal that asks before a command carries in `private_metadata`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// What would be done.
    pub order: Order,
    /// Where it was asked for, and is told.
    pub channel: String,
    /// Names this asking: what was asked for once is done once.
    pub id: String,
}

/// A signed request that is no interaction.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// No `payload` in the form.
    #[error("the body is not a form with a `payload`: is this address set as the app's interactivity request URL?")]
    NoPayload,
    /// The payload isn't JSON.
    #[error("the `payload` is not JSON: {0}")]
    NotJson(String),
    /// A field isn't there or is not what it should be.
    #[error("`{field}` is missing or wrong in a {kind}")]
    Field {
        /// The field's path.
        field: &'static str,
        /// Which payload it is.
        kind: String,
    },
}

/// Reads the form body of an interaction.
pub fn read(body: &[u8]) -> Result<Interaction, Unreadable> {
    let payload = form_urlencoded::parse(body).find_map(|(key, value)| (key == "payload").then_some(value));
    of_payload(&payload.ok_or(Unreadable::NoPayload)?)
}

/// Reads the `payload` of an interaction.
pub(super) fn of_payload(payload: &str) -> Result<Interaction, Unreadable> {
    let payload: Value = serde_json::from_str(payload).map_err(|error| Unreadable::NotJson(error.to_string()))?;
    let kind = string(&payload, "/type").unwrap_or_default();
    let missing = |field| Unreadable::Field {
        field,
        kind: if kind.is_empty() { "payload without a `type`".to_owned() } else { format!("`{kind}` payload") },
    };
    let user = Clicker {
        id: string(&payload, "/user/id").ok_or_else(|| missing("user.id"))?,
        team: string(&payload, "/user/team_id"),
    };
    let deed = match kind.as_str() {
        "block_actions" => press(&payload, &missing)?,
        "view_submission" => submit(&payload, &missing)?,
        _ => Deed::Other,
    };
    Ok(Interaction { team: string(&payload, "/team/id"), user, deed })
}

fn press(payload: &Value, missing: &dyn Fn(&'static str) -> Unreadable) -> Result<Deed, Unreadable> {
    let action = string(payload, "/actions/0/action_id").unwrap_or_default();
    if let Some(verb) = action.strip_prefix(COMMANDS).and_then(Verb::from_name) {
        return order(payload, verb, missing);
    }
    let wish = action.strip_prefix(BUTTONS).and_then(|name| Wish::ALL.into_iter().find(|wish| wish.as_str() == name));
    let Some(wish) = wish else { return Ok(Deed::Other) };
    Ok(Deed::Press {
        wish,
        approval: string(payload, "/actions/0/value").ok_or_else(|| missing("actions[0].value"))?,
        message: message(payload, missing)?,
        trigger: string(payload, "/trigger_id").ok_or_else(|| missing("trigger_id"))?,
    })
}

fn message(payload: &Value, missing: &dyn Fn(&'static str) -> Unreadable) -> Result<MessageRef, Unreadable> {
    let channel = string(payload, "/container/channel_id").or_else(|| string(payload, "/channel/id"));
    let ts = string(payload, "/container/message_ts").or_else(|| string(payload, "/message/ts"));
    Ok(MessageRef {
        channel: channel.ok_or_else(|| missing("container.channel_id"))?,
        ts: ts.ok_or_else(|| missing("container.message_ts"))?,
    })
}

fn order(payload: &Value, verb: Verb, missing: &dyn Fn(&'static str) -> Unreadable) -> Result<Deed, Unreadable> {
    let value = string(payload, "/actions/0/value").unwrap_or_default();
    // What the button says and what it carries have to be the same.
    let order = serde_json::from_str(&value).ok().filter(|order: &Order| order.verb == verb);
    Ok(Deed::Order {
        order: order.ok_or_else(|| missing("actions[0].value"))?,
        message: message(payload, missing)?,
        trigger: string(payload, "/trigger_id").ok_or_else(|| missing("trigger_id"))?,
    })
}

fn submit(payload: &Value, missing: &dyn Fn(&'static str) -> Unreadable) -> Result<Deed, Unreadable> {
    match string(payload, "/view/callback_id").as_deref() {
        Some(COMMENT_MODAL) => {}
        Some(CONFIRM_MODAL) => {
            let about = string(payload, "/view/private_metadata")
                .and_then(|text| serde_json::from_str(&text).ok())
                .ok_or_else(|| missing("view.private_metadata"))?;
            let reason = payload["view"]["state"]["values"][REASON][REASON]["value"].as_str().unwrap_or_default();
            let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
            return Ok(Deed::Confirm { about, reason });
        }
        _ => return Ok(Deed::Other),
    }
    let about = string(payload, "/view/private_metadata")
        .and_then(|text| serde_json::from_str(&text).ok())
        .ok_or_else(|| missing("view.private_metadata"))?;
    let comment = payload["view"]["state"]["values"][COMMENT][COMMENT]["value"].as_str().unwrap_or_default();
    Ok(Deed::Submit { about, comment: comment.trim().to_owned() })
}

fn string(payload: &Value, pointer: &str) -> Option<String> {
    payload.pointer(pointer)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}
