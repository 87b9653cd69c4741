//! The part of Slack's Block Kit rules that messages must keep, written from its documentation and not from our own tables:
//! <https://docs.slack.dev/reference/block-kit/blocks>.

use serde_json::Value;
use signoff::template::Message;

pub fn validate_message(message: &Message) {
    assert!(!message.text.is_empty() && message.text.chars().count() <= 40_000);
    assert!(message.blocks.len() <= 50, "{} blocks", message.blocks.len());
    message.blocks.iter().for_each(block);
    let together: usize = message.blocks.iter().map(texts).sum();
    assert!(together <= 12_000, "{together} characters in all blocks");
}

/// How many characters the texts of a block have: <https://github.com/slackapi/bolt-js/issues/2509>.
fn texts(value: &Value) -> usize {
    let own = value["text"].as_str().map_or(0, |text| text.chars().count());
    let within = match value {
        Value::Array(list) => list.iter().map(texts).sum(),
        Value::Object(map) => map.values().map(texts).sum(),
        _ => 0,
    };
    own + within
}

pub fn validate_modal(view: &Value) {
    assert_eq!(view["type"], "modal");
    for key in ["title", "submit", "close"] {
        text(&view[key], 24, true);
    }
    short(&view["callback_id"], 255);
    short(&view["private_metadata"], 3_000);
    let blocks = view["blocks"].as_array().unwrap();
    assert!((1..=100).contains(&blocks.len()));
    blocks.iter().for_each(block);
}

/// The buttons of a message, in order.
pub fn action_ids(message: &Message) -> Vec<&str> {
    let elements = message
        .blocks
        .iter()
        .filter(|block| block["type"] == "actions")
        .filter_map(|block| block["elements"].as_array());
    elements.flatten().map(|element| element["action_id"].as_str().unwrap()).collect()
}

fn block(block: &Value) {
    match kind(block) {
        "divider" => {}
        "header" => text(&block["text"], 150, true),
        "section" => {
            let fields = block["fields"].as_array();
            assert!(block["text"].is_object() || fields.is_some(), "{block}");
            if block["text"].is_object() {
                text(&block["text"], 3_000, false);
            }
            assert!(fields.is_none_or(|fields| (1..=10).contains(&fields.len())), "{block}");
            fields.into_iter().flatten().for_each(|field| text(field, 2_000, false));
        }
        "context" => {
            let elements = block["elements"].as_array().unwrap();
            assert!((1..=10).contains(&elements.len()), "{block}");
            elements.iter().for_each(|element| text(element, 3_000, false));
        }
        "actions" => {
            let elements = block["elements"].as_array().unwrap();
            assert!((1..=25).contains(&elements.len()), "{block}");
            for button in elements {
                assert_eq!(kind(button), "button");
                text(&button["text"], 75, true);
                short(&button["action_id"], 255);
                short(&button["value"], 2_000);
                assert!(matches!(button["style"].as_str(), None | Some("primary" | "danger")));
            }
        }
        "input" => {
            text(&block["label"], 2_000, true);
            text(&block["hint"], 2_000, true);
            short(&block["block_id"], 255);
            let element = &block["element"];
            assert_eq!(kind(element), "plain_text_input");
            short(&element["action_id"], 255);
            assert!((1..=3_000).contains(&element["max_length"].as_u64().unwrap()));
        }
        other => panic!("a block of type {other}"),
    }
}

fn kind(value: &Value) -> &str {
    value["type"].as_str().unwrap_or_else(|| panic!("no type: {value}"))
}

fn short(value: &Value, max: usize) {
    let length = value.as_str().unwrap_or_else(|| panic!("no text: {value}")).chars().count();
    assert!((1..=max).contains(&length), "{length} characters: {value}");
}

fn text(object: &Value, max: usize, plain_only: bool) {
    short(&object["text"], max);
    match kind(object) {
        "mrkdwn" if !plain_only => assert!(object.get("emoji").is_none(), "{object}"),
        "plain_text" => assert!(object.get("verbatim").is_none(), "{object}"),
        other => panic!("{other} text: {object}"),
    }
}
