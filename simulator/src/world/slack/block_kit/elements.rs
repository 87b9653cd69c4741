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
    "users_select",
    "channels_select",
    "conversations_select",
    "multi_static_select",
    "multi_users_select",
];

impl Checker {
    /// An element, which has to be of one of these types.
    pub(super) fn element(&mut self, element: &Value, types: &[&str], pointer: &str) {
        let Some(kind) = element["type"].as_str().filter(|kind| types.contains(kind)) else {
            let found = element["type"].as_str().unwrap_or("none");
            return self.error(&format!("unsupported type: {found}"), &format!("{pointer}/type"));
        };
        if kind != "image" {
            self.string(element, "action_id", 255, false, pointer);
            self.confirm(element, pointer);
        }
        match kind {
            "button" => self.button(element, pointer),
            "image" => self.image(element, pointer),
            "plain_text_input" => self.plain_text_input(element, pointer),
            "overflow" => self.options(element, 5, pointer),
            "checkboxes" | "radio_buttons" => self.options(element, 10, pointer),
            "static_select" | "multi_static_select" => {
                if element["option_groups"].is_null() {
                    self.options(element, 100, pointer);
                }
                self.plain_text(element, "placeholder", 150, false, pointer);
            }
            _ => self.plain_text(element, "placeholder", 150, false, pointer),
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/block-elements/button-element>.
    fn button(&mut self, button: &Value, pointer: &str) {
        let known = ["type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"];
        self.keys(button, &known, pointer);
        self.plain_text(button, "text", 75, true, pointer);
        self.string(button, "value", 2000, false, pointer);
        self.one_of(button, "style", &["primary", "danger"], pointer);
        self.string(button, "accessibility_label", 75, false, pointer);
        self.url(button, "url", false, pointer);
    }

    /// <https://docs.slack.dev/reference/block-kit/block-elements/image-element>.
    pub(super) fn image(&mut self, image: &Value, pointer: &str) {
        if image["slack_file"].is_null() {
            self.url(image, "image_url", true, pointer);
        }
        self.string(image, "alt_text", 2000, true, pointer);
    }

    /// <https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element>.
    fn plain_text_input(&mut self, input: &Value, pointer: &str) {
        let known = [
            "type",
            "action_id",
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
            "dispatch_action_config",
            "focus_on_load",
            "placeholder",
        ];
        self.keys(input, &known, pointer);
        self.plain_text(input, "placeholder", 150, false, pointer);
        self.string(input, "initial_value", 3000, false, pointer);
        for (key, least) in [("min_length", 0), ("max_length", 1)] {
            let right = input[key].as_u64().is_some_and(|length| (least..=3000).contains(&length));
            if !input[key].is_null() && !right {
                self.error(&format!("must be between {least} and 3000"), &format!("{pointer}/{key}"));
            }
        }
    }
}
