//! Block Kit: which text stands where, and how a message is made to fit Slack's limits.
//!
//! Text that shows data is cut, and left out when it is empty. What people answer with is never bent: a button without a
//! text, or an id beyond its limit, is a [`Misfit`].

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::limits;
use super::text::{cut_mrkdwn, cut_plain, on_one_line, web_address};

/// The `action_id` of the button that approves.
pub const APPROVE: &str = "signoff.approve";
/// The `action_id` of the button that rejects.
pub const REJECT: &str = "signoff.reject";

/// Why rendered blocks can't be made to fit: a sentence part, such as `the text of a button is empty`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misfit(pub String);

/// A key that holds a text object, `{ type: mrkdwn, text: … }`.
#[derive(Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// The type of the block, element or view; `option` and `confirm` are objects without one.
    pub owner: &'static str,
    /// The key.
    pub key: &'static str,
    /// The most characters that Slack takes.
    pub max: usize,
    /// Whether Slack refuses `mrkdwn` here.
    pub plain_only: bool,
    /// What becomes of an empty text, which Slack refuses.
    pub when_empty: WhenEmpty,
}

/// What becomes of a text that renders to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenEmpty {
    /// The key is left out; a block that has nothing else to show goes too.
    LeaveOut,
    /// It is a [`Misfit`].
    Refuse,
}

const fn text(
    owner: &'static str,
    key: &'static str,
    max: usize,
    plain_only: bool,
    when_empty: WhenEmpty,
) -> TextPlace {
    TextPlace { owner, key, max, plain_only, when_empty }
}

/// Every place of a text object that signoff knows.
const TEXTS: &[TextPlace] = {
    use WhenEmpty::{LeaveOut, Refuse};
    &[
        text("section", "text", limits::SECTION_TEXT, false, LeaveOut),
        text("header", "text", limits::HEADER_TEXT, true, LeaveOut),
        text("image", "title", limits::IMAGE_TITLE, true, LeaveOut),
        text("input", "label", limits::INPUT_LABEL, true, Refuse),
        text("input", "hint", limits::INPUT_LABEL, true, LeaveOut),
        text("button", "text", limits::BUTTON_TEXT, true, Refuse),
        text("plain_text_input", "placeholder", limits::PLACEHOLDER, true, LeaveOut),
        text("static_select", "placeholder", limits::PLACEHOLDER, true, LeaveOut),
        text("multi_static_select", "placeholder", limits::PLACEHOLDER, true, LeaveOut),
        text("users_select", "placeholder", limits::PLACEHOLDER, true, LeaveOut),
        text("option", "text", limits::OPTION_TEXT, false, Refuse),
        text("option", "description", limits::OPTION_TEXT, false, LeaveOut),
        text("confirm", "title", limits::CONFIRM_TITLE, true, Refuse),
        text("confirm", "text", limits::CONFIRM_TEXT, false, Refuse),
        text("confirm", "confirm", limits::CONFIRM_BUTTON, true, Refuse),
        text("confirm", "deny", limits::CONFIRM_BUTTON, true, Refuse),
        text("modal", "title", limits::MODAL_TITLE, true, Refuse),
        text("modal", "submit", limits::MODAL_TITLE, true, Refuse),
        text("modal", "close", limits::MODAL_TITLE, true, Refuse),
    ]
};

/// Strings that are shown, and so may be cut: owner, key, limit.
const SHOWN: &[(&str, &str, usize)] = &[
    ("image", "alt_text", limits::IMAGE_ALT_TEXT),
    ("button", "accessibility_label", limits::BUTTON_ACCESSIBILITY_LABEL),
    ("plain_text_input", "initial_value", limits::INPUT_LENGTH),
];

/// Strings that mean something to a program: cut, they would mean something else. An empty owner is any.
const EXACT: &[(&str, &str, usize)] = &[
    ("", "block_id", limits::BLOCK_ID),
    ("", "action_id", limits::ACTION_ID),
    ("button", "value", limits::BUTTON_VALUE),
    ("option", "value", limits::OPTION_VALUE),
    ("modal", "callback_id", limits::CALLBACK_ID),
    ("modal", "private_metadata", limits::PRIVATE_METADATA),
];

/// Addresses, without which the element says nothing: owner, key, limit.
const ADDRESSES: &[(&str, &str, usize)] =
    &[("button", "url", limits::BUTTON_URL), ("image", "image_url", limits::IMAGE_URL)];

/// What is known of the text object under `key` of an `owner`.
pub fn text_place(owner: &str, key: &str) -> Option<&'static TextPlace> {
    TEXTS.iter().find(|place| place.owner == owner && place.key == key)
}

/// What the object under `key` (or each object of the list there) is, in the words of [`TextPlace::owner`].
/// `None` where `key` holds no objects; an empty owner where the object's own `type` says it.
pub fn child_owner(key: &str) -> Option<&'static str> {
    Some(match key {
        "accessory" | "element" | "elements" => "",
        "confirm" => "confirm",
        "options" | "initial_option" | "initial_options" => "option",
        _ => return None,
    })
}

/// How many objects a list may have, and whether a last line may say how many more there were.
fn list_limit(owner: &str, key: &str) -> Option<(usize, bool)> {
    Some(match (owner, key) {
        ("section", "fields") => (limits::SECTION_FIELDS, true),
        ("context", "elements") => (limits::CONTEXT_ELEMENTS, true),
        ("actions", "elements") => (limits::ACTIONS_ELEMENTS, false),
        ("overflow", "options") => (limits::OVERFLOW_OPTIONS, false),
        ("checkboxes" | "radio_buttons", "options") => (limits::CHOICE_OPTIONS, false),
        (_, "options") => (limits::SELECT_OPTIONS, false),
        _ => return None,
    })
}

/// The text beside the blocks, cut to what Slack recommends.
pub fn fit_message_text(text: &str) -> String {
    cut_mrkdwn(text.trim(), limits::MESSAGE_TEXT).into_owned()
}

/// A block that fits; `None` when nothing of it is left to show.
///
/// # Errors
///
/// A control is empty, or an id is longer than Slack takes.
pub fn fit_block(mut block: Value) -> Result<Option<Value>, Misfit> {
    let Value::Object(object) = &mut block else {
        return Err(Misfit("a block is a map with a `type`".to_owned()));
    };
    let owner = type_of(object);
    Ok(fit_object(&owner, object)?.then_some(block))
}

/// At most `max` blocks, the last of which then says how many were left out. Blocks to answer with stay whatever their place.
pub fn fit_blocks(mut blocks: Vec<Value>, max: usize) -> Vec<Value> {
    let surplus = blocks.len().saturating_sub(max);
    if surplus == 0 {
        return blocks;
    }
    let mut left_out = 0;
    while blocks.len() + 1 > max {
        let answers = |block: &Value| matches!(block["type"].as_str(), Some("actions" | "input"));
        let last = blocks.iter().rposition(|block| !answers(block)).unwrap_or(blocks.len() - 1);
        blocks.remove(last);
        left_out += 1;
    }
    let text = format!("… {left_out} more blocks left out: a message holds {max}");
    blocks.push(json!({ "type": "context", "elements": [{ "type": "plain_text", "text": text }] }));
    blocks
}

/// The outer map of a modal, whose blocks fit already.
///
/// # Errors
///
/// As [`fit_block`].
pub fn fit_modal(view: &mut Map<String, Value>) -> Result<(), Misfit> {
    fit_object("modal", view).map(drop)
}

fn type_of(object: &Map<String, Value>) -> String {
    object.get("type").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Fits an object and what it holds; `false` when it has nothing left to show.
fn fit_object(owner: &str, object: &mut Map<String, Value>) -> Result<bool, Misfit> {
    if matches!(owner, "mrkdwn" | "plain_text") {
        return fit_text(object, limits::TEXT_OBJECT, false);
    }
    for &(of, key, max) in EXACT {
        let length = object.get(key).and_then(Value::as_str).map_or(0, |text| text.chars().count());
        if (of.is_empty() || of == owner) && length > max {
            return Err(Misfit(format!("the `{key}` of {} has {length} characters: Slack takes {max}", a(owner))));
        }
    }
    for &(of, key, max) in SHOWN {
        if let (true, Some(Value::String(text))) = (of == owner, object.get_mut(key)) {
            *text = cut_plain(text.trim(), max).into_owned();
        }
    }
    for &(of, key, max) in ADDRESSES {
        if let (true, Some(Value::String(address))) = (of == owner, object.get_mut(key)) {
            match web_address(address) {
                Some(whole) if whole.chars().count() <= max => *address = whole,
                _ => return Ok(false),
            }
        }
    }
    if let ("markdown", Some(Value::String(text))) = (owner, object.get_mut("text")) {
        *text = cut_mrkdwn(text.trim(), limits::MARKDOWN_TEXT).into_owned();
        return Ok(!text.is_empty());
    }
    for place in TEXTS.iter().filter(|place| place.owner == owner) {
        let Some(Value::Object(text)) = object.get_mut(place.key) else {
            continue;
        };
        if fit_text(text, place.max, matches!(owner, "header" | "button" | "modal"))? {
            continue;
        }
        if place.when_empty == WhenEmpty::Refuse {
            return Err(Misfit(format!("the `{}` of {} is empty", place.key, a(owner))));
        }
        object.shift_remove(place.key);
    }
    if let Some(Value::Array(fields)) = object.get_mut("fields") {
        fit_list(fields, "", limits::SECTION_FIELD)?;
        shorten(fields, owner, "fields");
    }
    let keys: Vec<String> = object.keys().filter(|key| child_owner(key).is_some()).cloned().collect();
    for key in keys {
        let child = child_owner(&key).unwrap_or_default();
        let keep = match object.get_mut(&key) {
            Some(Value::Array(list)) => {
                fit_list(list, child, limits::TEXT_OBJECT)?;
                shorten(list, owner, &key);
                !list.is_empty()
            }
            // `confirm` is a dialog on a button, and a text on that dialog.
            Some(Value::Object(map)) if owner != "confirm" => {
                let child = if child.is_empty() { type_of(map) } else { child.to_owned() };
                fit_object(&child, map)?
            }
            _ => true,
        };
        if !keep {
            object.shift_remove(&key);
        }
    }
    shows_something(owner, object)
}

/// Whether what is left of an object can be sent.
fn shows_something(owner: &str, object: &Map<String, Value>) -> Result<bool, Misfit> {
    let has = |key: &str| object.get(key).is_some_and(|value| value.as_array().is_none_or(|list| !list.is_empty()));
    match owner {
        "section" if !has("text") && !has("fields") => {
            if has("accessory") {
                return Err(Misfit("a section with an `accessory` has no text left".to_owned()));
            }
            Ok(false)
        }
        "header" => Ok(has("text")),
        "context" | "actions" => Ok(has("elements")),
        "input" if !has("element") => Err(Misfit("an input block has no `element` left".to_owned())),
        _ => Ok(true),
    }
}

fn fit_list(list: &mut Vec<Value>, owner: &str, text_max: usize) -> Result<(), Misfit> {
    let mut kept = Vec::with_capacity(list.len());
    for mut value in list.drain(..) {
        let keep = match &mut value {
            Value::Object(object) => {
                let own = type_of(object);
                match own.as_str() {
                    "mrkdwn" | "plain_text" => fit_text(object, text_max, false)?,
                    own => fit_object(if owner.is_empty() { own } else { owner }, object)?,
                }
            }
            _ => true,
        };
        if keep {
            kept.push(value);
        }
    }
    *list = kept;
    Ok(())
}

fn shorten(list: &mut Vec<Value>, owner: &str, key: &str) {
    let Some((max, says_so)) = list_limit(owner, key) else {
        return;
    };
    let surplus = list.len().saturating_sub(max);
    if surplus == 0 {
        return;
    }
    list.truncate(max);
    if says_so {
        list.pop();
        list.push(json!({ "type": "plain_text", "text": format!("… {} more", surplus + 1) }));
    }
}

/// Cuts a text object to `max` characters; `false` when it is empty.
fn fit_text(object: &mut Map<String, Value>, max: usize, one_line: bool) -> Result<bool, Misfit> {
    let is_mrkdwn = object.get("type").and_then(Value::as_str) == Some("mrkdwn");
    let Some(Value::String(text)) = object.get_mut("text") else {
        return Err(Misfit("a text object has no `text`".to_owned()));
    };
    let trimmed: Cow<'_, str> = if one_line { on_one_line(text).into() } else { text.trim().into() };
    let fitted = if is_mrkdwn { cut_mrkdwn(&trimmed, max) } else { cut_plain(&trimmed, max) };
    *text = fitted.into_owned();
    Ok(!text.is_empty())
}

/// `a button`, `an input block`.
fn a(owner: &str) -> String {
    let article = if owner.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    match owner {
        "confirm" => "a confirmation dialog".to_owned(),
        "input" => "an input block".to_owned(),
        _ => format!("{article} {}", owner.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mrkdwn(text: &str) -> Value {
        json!({ "type": "mrkdwn", "text": text })
    }

    #[test]
    fn long_texts_are_cut_where_they_stand() {
        let long = "&amp;".repeat(1_000);
        let block = json!({ "type": "section", "text": mrkdwn(&long), "fields": [mrkdwn(&long)] });
        let block = fit_block(block).unwrap().unwrap();
        for (pointer, max) in [("/text/text", 3_000), ("/fields/0/text", 2_000)] {
            let text = block.pointer(pointer).unwrap().as_str().unwrap();
            assert!(text.chars().count() <= max && text.chars().count() > max - 6, "{pointer}");
            assert!(text.ends_with("&amp;…"), "{pointer}");
        }
    }

    #[test]
    fn what_shows_nothing_is_left_out() {
        for block in [
            json!({ "type": "section", "text": mrkdwn(" \n") }),
            json!({ "type": "section", "fields": [mrkdwn(""), mrkdwn(" ")] }),
            json!({ "type": "header", "text": { "type": "plain_text", "text": "" } }),
            json!({ "type": "context", "elements": [mrkdwn("")] }),
            json!({ "type": "actions", "elements": [] }),
            json!({ "type": "image", "image_url": "javascript:alert(1)", "alt_text": "x" }),
        ] {
            assert_eq!(fit_block(block.clone()).unwrap(), None, "{block}");
        }
    }

    #[test]
    fn controls_are_never_bent() {
        let button = |text: &str, value: &str| {
            json!({ "type": "actions", "elements": [{ "type": "button", "value": value,
                "text": { "type": "plain_text", "text": text } }] })
        };
        assert_eq!(fit_block(button(" ", "x")).unwrap_err().0, "the `text` of a button is empty");
        assert_eq!(
            fit_block(button("Go", &"x".repeat(2_001))).unwrap_err().0,
            "the `value` of a button has 2001 characters: Slack takes 2000"
        );
        let cut = fit_block(button(&"Go ".repeat(40), "x")).unwrap().unwrap();
        assert_eq!(cut["elements"][0]["text"]["text"].as_str().unwrap().chars().count(), 75);
    }

    #[test]
    fn surplus_fields_elements_and_blocks_are_counted() {
        let fields: Vec<Value> = (0..14).map(|n| mrkdwn(&n.to_string())).collect();
        let section = fit_block(json!({ "type": "section", "fields": fields })).unwrap().unwrap();
        assert_eq!(section["fields"].as_array().unwrap().len(), 10);
        assert_eq!(section["fields"][9]["text"], "… 5 more");

        let mut blocks = vec![json!({ "type": "divider" }); 60];
        blocks.push(json!({ "type": "actions", "elements": [] }));
        let blocks = fit_blocks(blocks, limits::MESSAGE_BLOCKS);
        assert_eq!(blocks.len(), 50);
        assert_eq!(blocks[48]["type"], "actions");
        assert_eq!(blocks[49]["elements"][0]["text"], "… 12 more blocks left out: a message holds 50");
    }

    #[test]
    fn a_confirmation_dialog_is_fitted_inside_its_button() {
        let plain = |text: &str| json!({ "type": "plain_text", "text": text });
        let block = json!({ "type": "actions", "elements": [{ "type": "button", "text": plain("Go"), "confirm": {
            "title": plain(&"t".repeat(101)), "text": mrkdwn("sure?"), "confirm": plain("Yes"), "deny": plain("No") } }] });
        let block = fit_block(block).unwrap().unwrap();
        let confirm = &block["elements"][0]["confirm"];
        assert_eq!(confirm["title"]["text"].as_str().unwrap().chars().count(), 100);
        assert_eq!(confirm["confirm"]["text"], "Yes");
    }
}
