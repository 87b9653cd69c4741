//! Blocks: <https://docs.slack.dev/reference/block-kit/blocks>.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Surface;
use super::elements::{ACCESSORY, ACTIONS, IMAGE, INPUT};
use super::objects::Checker;

impl Checker {
    pub(super) fn blocks(&mut self, blocks: &[Value], surface: Surface, pointer: &str) {
        let most = if surface == Surface::Message { 50 } else { 100 };
        if blocks.len() > most {
            self.error(&format!("no more than {most} items allowed"), pointer);
        }
        let mut ids = BTreeSet::new();
        let mut markdown = 0;
        for (index, block) in blocks.iter().enumerate() {
            let at = format!("{pointer}/{index}");
            if !block.is_object() {
                self.error("must be an object", &at);
                continue;
            }
            self.string(block, "block_id", 255, false, &at);
            if let Some(id) = block["block_id"].as_str().filter(|id| !id.is_empty())
                && !ids.insert(id)
            {
                self.error(&format!("`block_id` {id} already exists"), &format!("{at}/block_id"));
            }
            markdown += block["text"].as_str().map_or(0, |text| text.chars().count());
            self.block(block, surface, &at);
        }
        if markdown > 12_000 {
            self.error("must be less than 12001 characters in all markdown blocks", pointer);
        }
    }

    fn block(&mut self, block: &Value, surface: Surface, at: &str) {
        let kind = block["type"].as_str();
        match kind {
            Some("section") => self.section(block, at),
            Some("header") => {
                self.keys(block, &["type", "block_id", "text"], at);
                self.plain_text(block, "text", 150, true, at);
            }
            Some("divider") => self.keys(block, &["type", "block_id"], at),
            Some("context") => self.context(block, at),
            Some("actions") => self.actions(block, at),
            Some("image") => {
                self.image(block, &["type", "block_id", "image_url", "slack_file", "alt_text", "title"], at);
                self.plain_text(block, "title", 2000, false, at);
            }
            Some("input") => {
                self.keys(block, &["type", "block_id", "label", "element", "dispatch_action", "hint", "optional"], at);
                self.plain_text(block, "label", 2000, true, at);
                self.plain_text(block, "hint", 2000, false, at);
                match &block["element"] {
                    Value::Null => self.error("missing required field: element", at),
                    element => self.element(element, INPUT, &format!("{at}/element")),
                }
            }
            Some("markdown") if surface == Surface::Message => {
                self.keys(block, &["type", "block_id", "text"], at);
                self.string(block, "text", 12_000, true, at);
            }
            Some("rich_text") => {
                self.keys(block, &["type", "block_id", "elements"], at);
                if !block["elements"].is_array() {
                    self.error("missing required field: elements", at);
                }
            }
            _ => self.error(&format!("unsupported type: {}", kind.unwrap_or("none")), &format!("{at}/type")),
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/blocks/section-block>.
    fn section(&mut self, block: &Value, at: &str) {
        self.keys(block, &["type", "block_id", "text", "fields", "accessory", "expand"], at);
        let fields = &block["fields"];
        self.any_text(block, "text", 3000, fields.is_null(), at);
        if let Some(fields) = fields.as_array() {
            let at = format!("{at}/fields");
            self.count(fields, 10, &at);
            for (index, field) in fields.iter().enumerate() {
                self.text(field, 2000, &["plain_text", "mrkdwn"], &format!("{at}/{index}"));
            }
        } else if !fields.is_null() {
            self.error("must be an array", &format!("{at}/fields"));
        }
        if !block["accessory"].is_null() {
            self.element(&block["accessory"], ACCESSORY, &format!("{at}/accessory"));
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/blocks/context-block>.
    fn context(&mut self, block: &Value, at: &str) {
        self.keys(block, &["type", "block_id", "elements"], at);
        for (index, element) in self.elements_of(block, 10, at).iter().enumerate() {
            let at = format!("{at}/elements/{index}");
            match element["type"].as_str() {
                Some("image") => self.image(element, IMAGE, &at),
                _ => self.text(element, 3000, &["plain_text", "mrkdwn"], &at),
            }
        }
    }

    /// <https://docs.slack.dev/reference/block-kit/blocks/actions-block>.
    fn actions(&mut self, block: &Value, at: &str) {
        self.keys(block, &["type", "block_id", "elements"], at);
        let mut ids = BTreeSet::new();
        for (index, element) in self.elements_of(block, 25, at).iter().enumerate() {
            let at = format!("{at}/elements/{index}");
            self.element(element, ACTIONS, &at);
            if let Some(id) = element["action_id"].as_str()
                && !ids.insert(id.to_owned())
            {
                self.error(&format!("`action_id` {id} already exists"), &format!("{at}/action_id"));
            }
        }
    }

    fn elements_of(&mut self, block: &Value, most: usize, at: &str) -> Vec<Value> {
        let Some(elements) = block["elements"].as_array() else {
            self.error("missing required field: elements", at);
            return Vec::new();
        };
        self.count(elements, most, &format!("{at}/elements"));
        elements.clone()
    }
}
