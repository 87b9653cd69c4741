//! Messages and modals as people know them from Slack, in one page without anything from elsewhere.

mod mrkdwn;
mod scenarios;

use serde_json::Value;

use crate::world::slack::Workspace;
use mrkdwn::{escape, mrkdwn, plain};

pub use scenarios::Scenarios;

/// How it looks, by day and by night.
const STYLE: &str = include_str!("html/style.css");

/// A page of its own.
pub fn page(title: &str, body: &str) -> String {
    styled_page(title, STYLE, body)
}

fn styled_page(title: &str, style: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// A message that signoff posted. `text` is what notifications say, and the message where it has no blocks.
pub fn message(workspace: &Workspace, text: &str, blocks: &[Value]) -> String {
    let body = match blocks {
        [] => format!("<div class=\"section\">{}</div>\n", mrkdwn(workspace, text)),
        blocks => self::blocks(workspace, blocks),
    };
    format!(
        "<article class=\"message\">\n<div class=\"avatar\" aria-hidden=\"true\">✓</div>\n<div class=\"body\">\n\
         <p class=\"from\"><b>signoff</b> <span class=\"app\">APP</span></p>\n{body}</div>\n</article>\n"
    )
}

/// A modal.
pub fn modal(workspace: &Workspace, view: &Value) -> String {
    let body = blocks(workspace, view["blocks"].as_array().map(Vec::as_slice).unwrap_or_default());
    let button = |key: &str, class: &str| {
        let text = view[key]["text"].as_str().map(plain);
        text.map(|text| format!("<span class=\"button {class}\">{text}</span>")).unwrap_or_default()
    };
    let title = plain(view["title"]["text"].as_str().unwrap_or_default());
    format!(
        "<article class=\"modal\">\n<h1>{title}</h1>\n{body}<footer>{}{}</footer>\n</article>\n",
        button("close", ""),
        button("submit", "primary")
    )
}

fn blocks(workspace: &Workspace, blocks: &[Value]) -> String {
    blocks.iter().map(|block| self::block(workspace, block)).collect()
}

fn block(workspace: &Workspace, block: &Value) -> String {
    let list = |key: &str| block[key].as_array().map(Vec::as_slice).unwrap_or_default();
    match block["type"].as_str().unwrap_or_default() {
        "header" => format!("<h2>{}</h2>\n", text(workspace, &block["text"])),
        "divider" => "<hr>\n".to_owned(),
        "section" => section(workspace, block),
        "context" => {
            let parts = list("elements").iter().map(|part| format!("<span>{}</span>", text(workspace, part)));
            format!("<div class=\"context\">{}</div>\n", parts.collect::<String>())
        }
        "actions" => {
            let buttons: String = list("elements").iter().map(|element| button(workspace, element)).collect();
            format!("<div class=\"actions\">{buttons}</div>\n")
        }
        "input" => input(workspace, block),
        "image" => {
            let words = escape(block["alt_text"].as_str().unwrap_or_default());
            format!("<div class=\"image\">🖼 {words}</div>\n")
        }
        "markdown" => {
            format!("<div class=\"section\">{}</div>\n", mrkdwn(workspace, block["text"].as_str().unwrap_or_default()))
        }
        other => format!("<div class=\"image\">{}</div>\n", escape(other)),
    }
}

fn section(workspace: &Workspace, block: &Value) -> String {
    let mut out = String::from("<div class=\"section\">");
    if !block["text"].is_null() {
        out += &text(workspace, &block["text"]);
    }
    if let Some(fields) = block["fields"].as_array() {
        let fields = fields.iter().map(|field| format!("<div>{}</div>", text(workspace, field)));
        out += &format!("<div class=\"fields\">{}</div>", fields.collect::<String>());
    }
    if block["accessory"]["type"] == "button" {
        out += &button(workspace, &block["accessory"]);
    }
    out + "</div>\n"
}

fn button(workspace: &Workspace, element: &Value) -> String {
    let class = match element["style"].as_str() {
        Some("primary") => " primary",
        Some("danger") => " danger",
        _ => "",
    };
    format!("<span class=\"button{class}\">{}</span>", text(workspace, &element["text"]))
}

fn input(workspace: &Workspace, block: &Value) -> String {
    let optional = if block["optional"] == Value::Bool(true) { " <i>(optional)</i>" } else { "" };
    let element = &block["element"];
    let (words, class) = match (element["initial_value"].as_str(), element["placeholder"]["text"].as_str()) {
        (Some(value), _) => (escape(value), ""),
        (None, Some(hint)) => (escape(hint), " faint"),
        (None, None) => (String::new(), ""),
    };
    let tall = if element["multiline"] == Value::Bool(true) { " tall" } else { "" };
    let hint = block["hint"]["text"].as_str().map(|hint| format!("<p class=\"hint\">{}</p>", plain(hint)));
    format!(
        "<div class=\"input\"><b>{}</b>{optional}<div class=\"box{tall}{class}\">{words}</div>{}</div>\n",
        text(workspace, &block["label"]),
        hint.unwrap_or_default()
    )
}

/// A text object, or an image among the parts of a context block.
fn text(workspace: &Workspace, object: &Value) -> String {
    let words = object["text"].as_str().unwrap_or_default();
    match object["type"].as_str() {
        Some("mrkdwn") => mrkdwn(workspace, words),
        Some("image") => format!("🖼 {}", escape(object["alt_text"].as_str().unwrap_or_default())),
        _ => plain(words),
    }
}
