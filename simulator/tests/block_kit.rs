//! Block Kit's shapes and limits, as the fake Slack checks them: each limit is right at its end and refused one beyond,
//! each in Slack's words and with the place. <https://docs.slack.dev/reference/block-kit>.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use signoff_simulator::world::slack::block_kit::{Surface, check_blocks, check_view};
use signoff_simulator::world::slack::{Arguments, text};
use signoff_simulator::world::{Given, World};

/// Letters of two bytes each: Slack counts characters.
fn long(length: usize) -> String {
    "ß".repeat(length)
}

fn plain(length: usize) -> Value {
    json!({ "type": "plain_text", "text": long(length) })
}

fn mrkdwn(length: usize) -> Value {
    json!({ "type": "mrkdwn", "text": long(length) })
}

/// An object with one field more, or another.
fn with(mut object: Value, key: &str, value: impl Into<Value>) -> Value {
    object[key] = value.into();
    object
}

fn button() -> Value {
    json!({ "type": "button", "text": plain(5) })
}

fn actions(elements: impl Into<Value>) -> Value {
    json!({ "type": "actions", "elements": elements.into() })
}

fn acted(element: Value) -> Value {
    actions(vec![element])
}

fn input(element: Value) -> Value {
    json!({ "type": "input", "label": plain(5), "element": element })
}

fn text_input() -> Value {
    json!({ "type": "plain_text_input" })
}

fn image() -> Value {
    json!({ "type": "image", "image_url": "https://harbour.example/map.png", "alt_text": "a map" })
}

fn option(length: usize) -> Value {
    json!({ "text": plain(length), "value": "v" })
}

fn select(kind: &str, options: usize) -> Value {
    json!({ "type": kind, "options": vec![option(3); options] })
}

fn confirm(key: &str, text: Value) -> Value {
    let confirm = json!({ "title": plain(1), "text": mrkdwn(1), "confirm": plain(1), "deny": plain(1) });
    acted(with(button(), "confirm", with(confirm, key, text)))
}

fn url(length: usize) -> String {
    format!("{:x<length$}", "https://harbour.example/")
}

fn said(block: &Value, surface: Surface) -> Vec<String> {
    check_blocks(std::slice::from_ref(block), surface)
}

#[test]
fn blocks_are_right_up_to_each_limit_and_refused_beyond() {
    type Case = (usize, fn(usize) -> Value, &'static str);
    let cases: [Case; 36] = [
        (255, |n| with(json!({ "type": "divider" }), "block_id", long(n)), "/block_id"),
        (150, |n| json!({ "type": "header", "text": plain(n) }), "/text/text"),
        (3000, |n| json!({ "type": "section", "text": mrkdwn(n) }), "/text/text"),
        (3000, |n| json!({ "type": "section", "text": plain(n) }), "/text/text"),
        (10, |n| json!({ "type": "section", "fields": vec![plain(1); n] }), "/fields"),
        (2000, |n| json!({ "type": "section", "fields": [mrkdwn(n)] }), "/fields/0/text"),
        (
            75,
            |n| json!({ "type": "section", "text": plain(1), "accessory": with(button(), "text", plain(n)) }),
            "/accessory/text/text",
        ),
        (10, |n| json!({ "type": "context", "elements": vec![plain(1); n] }), "/elements"),
        (3000, |n| json!({ "type": "context", "elements": [plain(1), mrkdwn(n)] }), "/elements/1/text"),
        (
            2000,
            |n| json!({ "type": "context", "elements": [with(image(), "alt_text", long(n))] }),
            "/elements/0/alt_text",
        ),
        (25, |n| actions(vec![button(); n]), "/elements"),
        (75, |n| acted(with(button(), "text", plain(n))), "/elements/0/text/text"),
        (255, |n| acted(with(button(), "action_id", long(n))), "/elements/0/action_id"),
        (2000, |n| acted(with(button(), "value", long(n))), "/elements/0/value"),
        (3000, |n| acted(with(button(), "url", url(n))), "/elements/0/url"),
        (75, |n| acted(with(button(), "accessibility_label", long(n))), "/elements/0/accessibility_label"),
        (100, |n| confirm("title", plain(n)), "/elements/0/confirm/title/text"),
        (300, |n| confirm("text", mrkdwn(n)), "/elements/0/confirm/text/text"),
        (30, |n| confirm("confirm", plain(n)), "/elements/0/confirm/confirm/text"),
        (30, |n| confirm("deny", plain(n)), "/elements/0/confirm/deny/text"),
        (5, |n| acted(select("overflow", n)), "/elements/0/options"),
        (10, |n| acted(select("checkboxes", n)), "/elements/0/options"),
        (10, |n| acted(select("radio_buttons", n)), "/elements/0/options"),
        (100, |n| acted(select("static_select", n)), "/elements/0/options"),
        (75, |n| acted(with(select("overflow", 0), "options", vec![option(n)])), "/elements/0/options/0/text/text"),
        (
            75,
            |n| acted(with(select("overflow", 0), "options", vec![with(option(1), "description", plain(n))])),
            "/elements/0/options/0/description/text",
        ),
        (
            150,
            |n| acted(with(select("overflow", 0), "options", vec![with(option(1), "value", long(n))])),
            "/elements/0/options/0/value",
        ),
        (150, |n| acted(json!({ "type": "users_select", "placeholder": plain(n) })), "/elements/0/placeholder/text"),
        (2000, |n| with(image(), "alt_text", long(n)), "/alt_text"),
        (2000, |n| with(image(), "title", plain(n)), "/title/text"),
        (3000, |n| with(image(), "image_url", url(n)), "/image_url"),
        (2000, |n| with(input(text_input()), "label", plain(n)), "/label/text"),
        (2000, |n| with(input(text_input()), "hint", plain(n)), "/hint/text"),
        (150, |n| input(with(text_input(), "placeholder", plain(n))), "/element/placeholder/text"),
        (3000, |n| input(with(text_input(), "initial_value", long(n))), "/element/initial_value"),
        (12_000, |n| json!({ "type": "markdown", "text": long(n) }), "/text"),
    ];
    for (limit, build, pointer) in cases {
        assert_eq!(said(&build(limit), Surface::Message), [""; 0], "{limit} at {pointer}");
        let items = ["/elements", "/fields", "/options"].iter().any(|list| pointer.ends_with(list));
        let what = match items {
            true => format!("no more than {limit} items allowed"),
            false => format!("must be less than {} characters", limit + 1),
        };
        let found = said(&build(limit + 1), Surface::Message);
        assert_eq!(found.first(), Some(&format!("[ERROR] {what} [json-pointer:/blocks/0{pointer}]")));
        // 12001 characters of markdown are too many for the message, too.
        assert_eq!(found.len(), if limit == 12_000 { 2 } else { 1 }, "{found:?}");
    }
}

#[test]
fn a_message_has_50_blocks_and_a_modal_100() {
    let blocks = |count| vec![json!({ "type": "divider" }); count];
    for (surface, limit) in [(Surface::Message, 50), (Surface::Modal, 100)] {
        assert_eq!(check_blocks(&blocks(limit), surface), [""; 0]);
        let wanted = format!("[ERROR] no more than {limit} items allowed [json-pointer:/blocks]");
        assert_eq!(check_blocks(&blocks(limit + 1), surface), [wanted]);
    }
}

#[test]
fn all_markdown_blocks_together_have_12000_characters() {
    let blocks = |last| [6_000, last].map(|length| json!({ "type": "markdown", "text": long(length) }));
    assert_eq!(check_blocks(&blocks(6_000), Surface::Message), [""; 0]);
    let wanted = "[ERROR] must be less than 12001 characters in all markdown blocks [json-pointer:/blocks]";
    assert_eq!(check_blocks(&blocks(6_001), Surface::Message), [wanted]);
}

#[test]
fn what_is_required_unknown_or_of_the_wrong_kind_is_refused() {
    let section = json!({ "type": "section", "text": mrkdwn(1) });
    let divider = json!({ "type": "divider" });
    let cases = [
        (json!("text"), "must be an object", ""),
        (json!({}), "unsupported type: none", "/type"),
        (json!({ "type": "carousel" }), "unsupported type: carousel", "/type"),
        (json!({ "type": "section" }), "missing required field: text", ""),
        (json!({ "type": "section", "fields": [] }), "must have at least 1 item", "/fields"),
        (json!({ "type": "section", "fields": {} }), "must be an array", "/fields"),
        (json!({ "type": "section", "text": "bare" }), "must be an object", "/text"),
        (
            json!({ "type": "section", "text": { "type": "html", "text": "x" } }),
            "must be one of plain_text, mrkdwn",
            "/text/type",
        ),
        (json!({ "type": "section", "text": mrkdwn(0) }), "must be more than 0 characters", "/text/text"),
        (json!({ "type": "section", "text": { "type": "mrkdwn" } }), "missing required field: text", "/text"),
        (json!({ "type": "section", "text": { "type": "mrkdwn", "text": 7 } }), "must be a string", "/text/text"),
        (
            json!({ "type": "section", "text": with(mrkdwn(1), "emoji", true) }),
            "invalid additional property: emoji",
            "/text",
        ),
        (
            json!({ "type": "section", "text": with(plain(1), "verbatim", true) }),
            "invalid additional property: verbatim",
            "/text",
        ),
        (with(section.clone(), "when", "x"), "invalid additional property: when", ""),
        (with(section.clone(), "accessory", text_input()), "unsupported type: plain_text_input", "/accessory/type"),
        (with(divider.clone(), "text", plain(1)), "invalid additional property: text", ""),
        (with(divider, "block_id", 7), "must be a string", "/block_id"),
        (json!({ "type": "header", "text": mrkdwn(1) }), "must be one of plain_text", "/text/type"),
        (json!({ "type": "header" }), "missing required field: text", ""),
        (json!({ "type": "context" }), "missing required field: elements", ""),
        (json!({ "type": "context", "elements": [] }), "must have at least 1 item", "/elements"),
        (json!({ "type": "context", "elements": [button()] }), "must be one of plain_text, mrkdwn", "/elements/0/type"),
        (actions(json!([])), "must have at least 1 item", "/elements"),
        (acted(text_input()), "unsupported type: plain_text_input", "/elements/0/type"),
        (acted(json!({ "type": "button" })), "missing required field: text", "/elements/0"),
        (acted(with(button(), "style", "default")), "must be one of primary, danger", "/elements/0/style"),
        (acted(with(button(), "url", "harbour.example")), "must be a valid URL", "/elements/0/url"),
        (acted(with(button(), "url", "https://harbour.example/a b")), "must be a valid URL", "/elements/0/url"),
        (acted(with(button(), "colour", "red")), "invalid additional property: colour", "/elements/0"),
        (actions(vec![with(button(), "action_id", "go"); 2]), "`action_id` go already exists", "/elements/1/action_id"),
        (acted(json!({ "type": "overflow" })), "missing required field: options", "/elements/0"),
        (acted(select("overflow", 0)), "must have at least 1 item", "/elements/0/options"),
        (confirm("deny", Value::Null), "missing required field: deny", "/elements/0/confirm"),
        (confirm("style", json!("loud")), "must be one of primary, danger", "/elements/0/confirm/style"),
        (json!({ "type": "image", "alt_text": "a" }), "missing required field: image_url", ""),
        (with(image(), "alt_text", ""), "must be more than 0 characters", "/alt_text"),
        (json!({ "type": "input", "label": plain(1) }), "missing required field: element", ""),
        (json!({ "type": "input", "element": text_input() }), "missing required field: label", ""),
        (input(button()), "unsupported type: button", "/element/type"),
        (input(with(text_input(), "max_length", 0)), "must be between 1 and 3000", "/element/max_length"),
        (input(with(text_input(), "max_length", 3001)), "must be between 1 and 3000", "/element/max_length"),
        (input(with(text_input(), "min_length", 3001)), "must be between 0 and 3000", "/element/min_length"),
        (input(with(text_input(), "rows", 3)), "invalid additional property: rows", "/element"),
        (
            acted(with(select("overflow", 0), "options", vec![with(option(1), "text", mrkdwn(1))])),
            "must be one of plain_text",
            "/elements/0/options/0/text/type",
        ),
        (
            acted(with(select("static_select", 0), "options", vec![with(option(1), "description", mrkdwn(1))])),
            "must be one of plain_text",
            "/elements/0/options/0/description/type",
        ),
        (
            acted(with(select("static_select", 0), "options", vec![with(option(1), "url", url(30))])),
            "invalid additional property: url",
            "/elements/0/options/0",
        ),
        (
            acted(with(select("overflow", 1), "placeholder", plain(1))),
            "invalid additional property: placeholder",
            "/elements/0",
        ),
        (acted(with(select("checkboxes", 1), "colour", "red")), "invalid additional property: colour", "/elements/0"),
        (
            acted(json!({ "type": "users_select", "options": [] })),
            "invalid additional property: options",
            "/elements/0",
        ),
        (
            acted(json!({ "type": "static_select", "option_groups": [] })),
            "must have at least 1 item",
            "/elements/0/option_groups",
        ),
        (
            acted(json!({ "type": "static_select", "option_groups": [{ "options": [option(1)] }] })),
            "missing required field: label",
            "/elements/0/option_groups/0",
        ),
        (
            acted(json!({ "type": "static_select", "option_groups": [{ "label": plain(1), "options": [] }] })),
            "must have at least 1 item",
            "/elements/0/option_groups/0/options",
        ),
        (
            acted(json!({ "type": "datepicker", "initial_date": "1 May 2026" })),
            "must be a date in the format YYYY-MM-DD",
            "/elements/0/initial_date",
        ),
        (
            acted(json!({ "type": "datepicker", "initial_date": "2026-02-30" })),
            "must be a date in the format YYYY-MM-DD",
            "/elements/0/initial_date",
        ),
        (
            acted(json!({ "type": "timepicker", "initial_time": "9:5" })),
            "must be a time in the format HH:mm",
            "/elements/0/initial_time",
        ),
        (with(image(), "colour", "red"), "invalid additional property: colour", ""),
        (
            json!({ "type": "context", "elements": [with(image(), "title", plain(1))] }),
            "invalid additional property: title",
            "/elements/0",
        ),
        (json!({ "type": "rich_text", "elements": [], "text": "x" }), "invalid additional property: text", ""),
        (json!({ "type": "rich_text" }), "missing required field: elements", ""),
    ];
    for (block, what, pointer) in cases {
        let wanted = format!("[ERROR] {what} [json-pointer:/blocks/0{pointer}]");
        assert_eq!(said(&block, Surface::Message), [wanted], "{block}");
    }
    for right in [
        acted(json!({ "type": "timepicker", "initial_time": "09:05", "placeholder": plain(1) })),
        acted(json!({ "type": "datepicker", "initial_date": "2026-02-28" })),
        acted(json!({ "type": "static_select", "option_groups": [{ "label": plain(1), "options": [option(1)] }] })),
        acted(with(select("checkboxes", 0), "options", vec![with(option(1), "text", mrkdwn(1))])),
        acted(with(select("overflow", 0), "options", vec![with(option(1), "url", url(30))])),
    ] {
        assert_eq!(said(&right, Surface::Message), [""; 0], "{right}");
    }
    let markdown = json!({ "type": "markdown", "text": "x" });
    let refused = said(&markdown, Surface::Modal);
    assert_eq!(refused, ["[ERROR] unsupported type: markdown [json-pointer:/blocks/0/type]"]);
    let same = vec![with(section, "block_id", "facts"); 2];
    let refused = check_blocks(&same, Surface::Message);
    assert_eq!(refused, ["[ERROR] `block_id` facts already exists [json-pointer:/blocks/1/block_id]"]);
}

fn view() -> Value {
    json!({ "type": "modal", "title": plain(1), "submit": plain(1), "blocks": [input(text_input())] })
}

#[test]
fn views_are_right_up_to_each_limit_and_refused_beyond() {
    type Case = (usize, fn(usize) -> Value, &'static str);
    let cases: [Case; 6] = [
        (255, |n| with(view(), "external_id", long(n)), "/external_id"),
        (24, |n| with(view(), "title", plain(n)), "/title/text"),
        (24, |n| with(view(), "submit", plain(n)), "/submit/text"),
        (24, |n| with(view(), "close", plain(n)), "/close/text"),
        (3000, |n| with(view(), "private_metadata", long(n)), "/private_metadata"),
        (255, |n| with(view(), "callback_id", long(n)), "/callback_id"),
    ];
    for (limit, build, pointer) in cases {
        assert_eq!(check_view(&build(limit), "/view"), [""; 0], "{pointer}");
        let wanted = format!("[ERROR] must be less than {} characters [json-pointer:/view{pointer}]", limit + 1);
        assert_eq!(check_view(&build(limit + 1), "/view"), [wanted]);
    }
    let cases = [
        (json!(null), "unsupported type", "/type"),
        (with(view(), "type", "home"), "unsupported type", "/type"),
        (with(view(), "title", Value::Null), "missing required field: title", ""),
        (with(view(), "title", mrkdwn(1)), "must be one of plain_text", "/title/type"),
        (with(view(), "submit", Value::Null), "missing required field: submit", ""),
        (with(view(), "blocks", Value::Null), "missing required field: blocks", ""),
        (with(view(), "colour", "red"), "invalid additional property: colour", ""),
    ];
    for (view, what, pointer) in cases {
        assert_eq!(check_view(&view, "/view"), [format!("[ERROR] {what} [json-pointer:/view{pointer}]")]);
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let message = [
        json!({ "type": "header", "text": mrkdwn(0), "block_id": "same" }),
        json!({ "type": "section", "block_id": "same", "fields": ["bare", plain(2001)], "accessory": { "type": "toggle" } }),
        actions(vec![
            json!({ "type": "button", "action_id": "go", "style": "blue", "url": "ftp://x", "confirm": {} }),
            json!({ "type": "static_select", "action_id": "go", "options": [{ "text": 1, "extra": 2 }] }),
        ]),
        json!([1, 2]),
    ];
    let view = json!({
        "type": "modal", "title": plain(25), "close": "no", "private_metadata": 3,
        "blocks": [input(json!({ "type": "plain_text_input", "max_length": -1, "initial_value": true })), image(), {}],
    });
    insta::assert_snapshot!("a_broken_message", check_blocks(&message, Surface::Message).join("\n"));
    insta::assert_snapshot!("a_broken_view", check_view(&view, "/view").join("\n"));
}

/// JSON made of the words of Block Kit, so that it gets past the first checks.
fn json_value() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "section",
        "actions",
        "button",
        "input",
        "plain_text",
        "mrkdwn",
        "image",
        "context",
        "modal",
        "overflow",
        "header",
        "plain_text_input",
        "markdown",
        "rich_text",
        "static_select",
        "https://x.example",
        "",
    ]);
    let key = prop::sample::select(vec![
        "type",
        "text",
        "blocks",
        "elements",
        "element",
        "accessory",
        "fields",
        "options",
        "title",
        "submit",
        "label",
        "confirm",
        "value",
        "block_id",
        "action_id",
        "url",
        "alt_text",
        "image_url",
        "option_groups",
        "max_length",
    ]);
    let leaf = prop_oneof![
        6 => word.prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => ".{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|fields| {
                let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value));
                Value::Object(fields.collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn nothing_makes_the_checks_panic(values in prop::collection::vec(json_value(), 0..4)) {
        check_blocks(&values, Surface::Message);
        check_blocks(&values, Surface::Modal);
        for value in &values {
            check_view(value, "/view");
        }
        let mut given = Given::default();
        let channels = serde_json::from_value(json!({ "quay": "C0QUAY" }));
        given.workspace.channels = channels.unwrap();
        let mut world = World::new(&given, Timestamp::UNIX_EPOCH).unwrap();
        let arguments = json!({ "channel": "C0QUAY", "text": "x", "blocks": values }).as_object().unwrap().clone();
        let _refused = world.slack_request("chat.postMessage", &Arguments::json(arguments));
        text::draw(&world.slack, "x", &values);
    }
}
