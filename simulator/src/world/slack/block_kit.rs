//! Block Kit: the shapes and limits that Slack checks before it takes a message or a view, and what it says of what is wrong.
//! <https://docs.slack.dev/reference/block-kit>.

mod blocks;
mod elements;
mod objects;

use serde_json::Value;

use objects::Checker;

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A message: at most 50 blocks.
    Message,
    /// A modal: at most 100 blocks.
    Modal,
    /// A Home tab: at most 100 blocks.
    Home,
}

/// What is wrong with the blocks of a message or modal, in the words of `response_metadata.messages`.
pub fn check_blocks(blocks: &[Value], surface: Surface) -> Vec<String> {
    let mut checker = Checker::default();
    checker.blocks(blocks, surface, "/blocks");
    checker.errors
}

/// What is wrong with a view: <https://docs.slack.dev/reference/views/modal-views>.
pub fn check_view(view: &Value, pointer: &str) -> Vec<String> {
    let mut checker = Checker::default();
    if view["type"] != "modal" {
        checker.error("unsupported type", &format!("{pointer}/type"));
        return checker.errors;
    }
    let known = [
        "type",
        "title",
        "blocks",
        "close",
        "submit",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    ];
    checker.keys(view, &known, pointer);
    checker.plain_text(view, "title", 24, true, pointer);
    checker.plain_text(view, "submit", 24, false, pointer);
    checker.plain_text(view, "close", 24, false, pointer);
    checker.string(view, "private_metadata", 3000, false, pointer);
    checker.string(view, "callback_id", 255, false, pointer);
    checker.string(view, "external_id", 255, false, pointer);
    match view["blocks"].as_array() {
        None => checker.error("missing required field: blocks", pointer),
        Some(blocks) => {
            checker.blocks(blocks, Surface::Modal, &format!("{pointer}/blocks"));
            if blocks.iter().any(|block| block["type"] == "input") && view["submit"].is_null() {
                checker.error("missing required field: submit", pointer);
            }
        }
    }
    checker.errors
}

/// What is wrong with a Home tab: <https://docs.slack.dev/reference/views/home-tab-views>.
pub fn check_home(view: &Value, pointer: &str) -> Vec<String> {
    let mut checker = Checker::default();
    if view["type"] != "home" {
        checker.error("unsupported type", &format!("{pointer}/type"));
        return checker.errors;
    }
    let known = ["type", "blocks", "private_metadata", "callback_id", "external_id"];
    checker.keys(view, &known, pointer);
    checker.string(view, "private_metadata", 3000, false, pointer);
    checker.string(view, "callback_id", 255, false, pointer);
    checker.string(view, "external_id", 255, false, pointer);
    match view["blocks"].as_array() {
        None => checker.error("missing required field: blocks", pointer),
        Some(blocks) => checker.blocks(blocks, Surface::Home, &format!("{pointer}/blocks")),
    }
    checker.errors
}

/// How many characters all texts in a block have together.
pub(super) fn text_length(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(text_length).sum(),
        Value::Object(object) => {
            let lengths = object.iter().map(|(key, value)| match value {
                Value::String(text) if key == "text" => text.chars().count(),
                value => text_length(value),
            });
            lengths.sum()
        }
        _ => 0,
    }
}

/// The elements of a block that people act on.
pub(super) fn elements(block: &Value) -> Vec<&Value> {
    let mut found: Vec<&Value> = Vec::new();
    match block["type"].as_str() {
        Some("actions") => found.extend(block["elements"].as_array().into_iter().flatten()),
        Some("section") => found.extend(block.get("accessory").filter(|accessory| is_acted_on(accessory))),
        Some("input") => found.extend(block.get("element")),
        _ => {}
    }
    found
}

/// The elements of a block that people act on.
pub(super) fn elements_mut(block: &mut Value) -> Vec<&mut Value> {
    let place = match block["type"].as_str() {
        Some("actions") => "elements",
        Some("section") if block.get("accessory").is_some_and(is_acted_on) => "accessory",
        Some("input") => "element",
        _ => return Vec::new(),
    };
    match block.get_mut(place) {
        Some(Value::Array(elements)) => elements.iter_mut().collect(),
        Some(element) => vec![element],
        None => Vec::new(),
    }
}

/// Whether people act on what stands beside a section; `null` is nothing.
fn is_acted_on(accessory: &Value) -> bool {
    accessory.is_object() && accessory["type"] != "image"
}
