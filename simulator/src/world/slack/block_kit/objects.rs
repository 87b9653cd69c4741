//! Composition objects, and what all checks are made of:
//! <https://docs.slack.dev/reference/block-kit/composition-objects>.

use serde_json::Value;

/// Collects what is wrong.
#[derive(Default)]
pub(super) struct Checker {
    pub(super) errors: Vec<String>,
}

impl Checker {
    pub(super) fn error(&mut self, what: &str, pointer: &str) {
        self.errors.push(format!("[ERROR] {what} [json-pointer:{pointer}]"));
    }

    /// The object has no other keys than these.
    pub(super) fn keys(&mut self, object: &Value, known: &[&str], pointer: &str) {
        for key in object.as_object().into_iter().flat_map(|object| object.keys()) {
            if !known.contains(&key.as_str()) {
                self.error(&format!("invalid additional property: {key}"), pointer);
            }
        }
    }

    /// A string field of at least one character and at most `most`.
    pub(super) fn string(&mut self, object: &Value, key: &str, most: usize, required: bool, pointer: &str) {
        let at = format!("{pointer}/{key}");
        match &object[key] {
            Value::Null if required => self.error(&format!("missing required field: {key}"), pointer),
            Value::Null => {}
            Value::String(text) => self.length(text, most, required, &at),
            _ => self.error("must be a string", &at),
        }
    }

    fn length(&mut self, text: &str, most: usize, not_empty: bool, pointer: &str) {
        let length = text.chars().count();
        if length == 0 && not_empty {
            self.error("must be more than 0 characters", pointer);
        }
        if length > most {
            self.error(&format!("must be less than {} characters", most + 1), pointer);
        }
    }

    /// A field that is one of some words.
    pub(super) fn one_of(&mut self, object: &Value, key: &str, known: &[&str], pointer: &str) {
        let value = &object[key];
        if !value.is_null() && !value.as_str().is_some_and(|value| known.contains(&value)) {
            self.error(&format!("must be one of {}", known.join(", ")), &format!("{pointer}/{key}"));
        }
    }

    /// A text object that has to be `plain_text`.
    pub(super) fn plain_text(&mut self, object: &Value, key: &str, most: usize, required: bool, pointer: &str) {
        self.text_field(object, key, most, required, &["plain_text"], pointer);
    }

    /// A text object of either type.
    pub(super) fn any_text(&mut self, object: &Value, key: &str, most: usize, required: bool, pointer: &str) {
        self.text_field(object, key, most, required, &["plain_text", "mrkdwn"], pointer);
    }

    fn text_field(&mut self, object: &Value, key: &str, most: usize, required: bool, types: &[&str], pointer: &str) {
        match &object[key] {
            Value::Null if required => self.error(&format!("missing required field: {key}"), pointer),
            Value::Null => {}
            value => self.text(value, most, types, &format!("{pointer}/{key}")),
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/composition-objects/text-object>.
    pub(super) fn text(&mut self, value: &Value, most: usize, types: &[&str], pointer: &str) {
        if !value.is_object() {
            return self.error("must be an object", pointer);
        }
        let Some(kind) = value["type"].as_str().filter(|kind| types.contains(kind)) else {
            return self.error(&format!("must be one of {}", types.join(", ")), &format!("{pointer}/type"));
        };
        match kind {
            "plain_text" => self.keys(value, &["type", "text", "emoji"], pointer),
            _ => self.keys(value, &["type", "text", "verbatim"], pointer),
        }
        self.string(value, "text", most, true, pointer);
    }

    /// <https://docs.slack.dev/reference/block-kit/composition-objects/option-object>: of checkboxes and radio buttons texts may
    /// be `mrkdwn`, and of overflow menus options may have a `url`.
    pub(super) fn options(&mut self, element: &Value, most: usize, kind: &str, pointer: &str) {
        let Some(options) = element["options"].as_array() else {
            return self.error("missing required field: options", pointer);
        };
        let at = format!("{pointer}/options");
        self.count(options, most, &at);
        let (types, known): (&[&str], &[&str]) = match kind {
            "checkboxes" | "radio_buttons" => (&["plain_text", "mrkdwn"], &["text", "value", "description"]),
            "overflow" => (&["plain_text"], &["text", "value", "description", "url"]),
            _ => (&["plain_text"], &["text", "value", "description"]),
        };
        for (index, option) in options.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.keys(option, known, &at);
            self.text_field(option, "text", 75, true, types, &at);
            self.text_field(option, "description", 75, false, types, &at);
            self.string(option, "value", 150, true, &at);
            self.url(option, "url", false, &at);
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/composition-objects/option-group-object>.
    pub(super) fn option_groups(&mut self, groups: &Value, kind: &str, at: &str) {
        let Some(groups) = groups.as_array() else { return self.error("must be an array", at) };
        self.count(groups, 100, at);
        for (index, group) in groups.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.keys(group, &["label", "options"], &at);
            self.plain_text(group, "label", 75, true, &at);
            self.options(group, 100, kind, &at);
        }
    }

    /// A list has at least one item, and at most so many.
    pub(super) fn count(&mut self, list: &[Value], most: usize, pointer: &str) {
        if list.is_empty() {
            self.error("must have at least 1 item", pointer);
        }
        if list.len() > most {
            self.error(&format!("no more than {most} items allowed"), pointer);
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object>.
    pub(super) fn confirm(&mut self, element: &Value, pointer: &str) {
        let confirm = &element["confirm"];
        if confirm.is_null() {
            return;
        }
        let at = format!("{pointer}/confirm");
        self.keys(confirm, &["title", "text", "confirm", "deny", "style"], &at);
        self.plain_text(confirm, "title", 100, true, &at);
        self.any_text(confirm, "text", 300, true, &at);
        self.plain_text(confirm, "confirm", 30, true, &at);
        self.plain_text(confirm, "deny", 30, true, &at);
        self.one_of(confirm, "style", &["primary", "danger"], &at);
    }

    /// An address that Slack can follow.
    pub(super) fn url(&mut self, object: &Value, key: &str, required: bool, pointer: &str) {
        self.string(object, key, 3000, required, pointer);
        if let Some(url) = object[key].as_str()
            && (!(url.starts_with("https://") || url.starts_with("http://")) || url.contains(char::is_whitespace))
        {
            self.error("must be a valid URL", &format!("{pointer}/{key}"));
        }
    }
}
