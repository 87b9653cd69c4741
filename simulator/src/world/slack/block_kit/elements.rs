//! Block elements: <https://docs.slack.dev/reference/block-kit/block-elements>.

use serde_json::Value;

use super::objects::Checker;

/// What may stand in an `actions` block.
pub(super) const ACTIONS: &[&str] = &[
    "button",
    "checkboxes",
    "datepicker",
    "overflow",
    "radio_buttons",
    "static_select",
    "timepicker",
    "users_select",
    "channels_select",
    "conversations_select",
];
/// What may stand beside a section.
pub(super) const ACCESSORY: &[&str] = &[
    "button",
    "checkboxes",
    "datepicker",
    "image",
    "overflow",
    "radio_buttons",
    "static_select",
    "timepicker",
    "users_select",
    "channels_select",
    "conversations_select",
    "multi_static_select",
    "multi_users_select",
];
/// What may stand in an `input` block.
pub(super) const INPUT: &[&str] = &[
    "plain_text_input",
    "checkboxes",
    "datepicker",
    "radio_buttons",
    "static_select",
    "timepicker",
    "users_select",
    "channels_select",
    "conversations_select",
    "multi_static_select",
    "multi_users_select",
];
/// The properties of an image beside or among other elements.
pub(super) const IMAGE: &[&str] = &["type", "image_url", "slack_file", "alt_text"];

/// The properties of elements, beside their `type` and `action_id`.
const PROPERTIES: &[(&str, &[&str])] = &[
    ("button", &["text", "url", "value", "style", "confirm", "accessibility_label"]),
    ("channels_select", &["initial_channel", "confirm", "response_url_enabled", "focus_on_load", "placeholder"]),
    ("checkboxes", &["options", "initial_options", "confirm", "focus_on_load"]),
    (
        "conversations_select",
        &[
            "initial_conversation",
            "default_to_current_conversation",
            "confirm",
            "response_url_enabled",
            "filter",
            "focus_on_load",
            "placeholder",
        ],
    ),
    ("datepicker", &["initial_date", "confirm", "focus_on_load", "placeholder"]),
    (
        "multi_static_select",
        &[
            "options",
            "option_groups",
            "initial_options",
            "confirm",
            "max_selected_items",
            "focus_on_load",
            "placeholder",
        ],
    ),
    ("multi_users_select", &["initial_users", "confirm", "max_selected_items", "focus_on_load", "placeholder"]),
    ("overflow", &["options", "confirm"]),
    (
        "plain_text_input",
        &[
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
            "dispatch_action_config",
            "focus_on_load",
            "placeholder",
        ],
    ),
    ("radio_buttons", &["options", "initial_option", "confirm", "focus_on_load"]),
    ("static_select", &["options", "option_groups", "initial_option", "confirm", "focus_on_load", "placeholder"]),
    ("timepicker", &["initial_time", "confirm", "focus_on_load", "placeholder", "timezone"]),
    ("users_select", &["initial_user", "confirm", "focus_on_load", "placeholder"]),
];

impl Checker {
    /// An element, which has to be of one of these types.
    pub(super) fn element(&mut self, element: &Value, types: &[&str], pointer: &str) {
        let Some(kind) = element["type"].as_str().filter(|kind| types.contains(kind)) else {
            let found = element["type"].as_str().unwrap_or("none");
            return self.error(&format!("unsupported type: {found}"), &format!("{pointer}/type"));
        };
        if kind == "image" {
            return self.image(element, IMAGE, pointer);
        }
        let properties = PROPERTIES.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, known)| known);
        self.keys(element, &[&["type", "action_id"], properties].concat(), pointer);
        self.string(element, "action_id", 255, false, pointer);
        self.confirm(element, pointer);
        if properties.contains(&"placeholder") {
            self.plain_text(element, "placeholder", 150, false, pointer);
        }
        match kind {
            "button" => self.button(element, pointer),
            "plain_text_input" => self.plain_text_input(element, pointer),
            "overflow" => self.options(element, 5, kind, pointer),
            "checkboxes" | "radio_buttons" => self.options(element, 10, kind, pointer),
            "static_select" | "multi_static_select" => match &element["option_groups"] {
                Value::Null => self.options(element, 100, kind, pointer),
                groups => self.option_groups(groups, kind, &format!("{pointer}/option_groups")),
            },
            "datepicker" => self.written_as(element, "initial_date", "%Y-%m-%d", pointer),
            "timepicker" => self.written_as(element, "initial_time", "%H:%M", pointer),
            _ => {}
        }
    }

    /// A date or a time: <https://docs.slack.dev/reference/block-kit/block-elements/date-picker-element>,
    /// <https://docs.slack.dev/reference/block-kit/block-elements/time-picker-element>.
    fn written_as(&mut self, element: &Value, key: &str, format: &str, pointer: &str) {
        let Some(text) = element[key].as_str() else {
            return self.string(element, key, 10, false, pointer);
        };
        let parsed = jiff::fmt::strtime::parse(format, text);
        let is_right = parsed.is_ok_and(|read| match key {
            "initial_date" => read.to_date().is_ok_and(|date| date.to_string() == text),
            _ => read.to_time().is_ok_and(|time| time.strftime(format).to_string() == text),
        });
        if !is_right {
            let what = if key == "initial_date" {
                "must be a date in the format YYYY-MM-DD"
            } else {
                "must be a time in the format HH:mm"
            };
            self.error(what, &format!("{pointer}/{key}"));
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/block-elements/button-element>.
    fn button(&mut self, button: &Value, pointer: &str) {
        self.plain_text(button, "text", 75, true, pointer);
        self.string(button, "value", 2000, false, pointer);
        self.one_of(button, "style", &["primary", "danger"], pointer);
        self.string(button, "accessibility_label", 75, false, pointer);
        self.url(button, "url", false, pointer);
    }

    /// <https://docs.slack.dev/reference/block-kit/block-elements/image-element>.
    pub(super) fn image(&mut self, image: &Value, known: &[&str], pointer: &str) {
        self.keys(image, known, pointer);
        if image["slack_file"].is_null() {
            self.url(image, "image_url", true, pointer);
        }
        self.string(image, "alt_text", 2000, true, pointer);
    }

    /// <https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element>.
    fn plain_text_input(&mut self, input: &Value, pointer: &str) {
        self.string(input, "initial_value", 3000, false, pointer);
        for (key, least) in [("min_length", 0), ("max_length", 1)] {
            let right = input[key].as_u64().is_some_and(|length| (least..=3000).contains(&length));
            if !input[key].is_null() && !right {
                self.error(&format!("must be between {least} and 3000"), &format!("{pointer}/{key}"));
            }
        }
    }
}
