//! Messages and views drawn as plain text, the way people see them in Slack.

pub(crate) mod mrkdwn;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::Workspace;

/// How wide a drawing is, in columns.
const WIDTH: usize = 84;
/// What stands between two columns of fields.
const GUTTER: usize = 4;
/// What stands between the parts of a context block.
const SEPARATOR: &str = "  ·  ";

/// A message drawn. `text` is what it is without blocks.
pub fn draw(workspace: &Workspace, text: &str, blocks: &[Value]) -> String {
    let mut drawing = Drawing { workspace, lines: Vec::new() };
    if blocks.is_empty() {
        drawing.mrkdwn(text, "");
    }
    for block in blocks {
        drawing.block(block);
    }
    drawing.finish()
}

/// A view drawn, with its title and buttons.
pub fn draw_view(workspace: &Workspace, view: &Value) -> String {
    let mut drawing = Drawing { workspace, lines: Vec::new() };
    drawing.title(plain(&view["title"]));
    for block in view["blocks"].as_array().into_iter().flatten() {
        drawing.block(block);
    }
    let buttons: Vec<String> = [&view["close"], &view["submit"]]
        .into_iter()
        .filter(|text| !text.is_null())
        .map(|text| button(plain(text)))
        .collect();
    drawing.gap();
    drawing.lines.push(buttons.join("  "));
    drawing.finish()
}

struct Drawing<'a> {
    workspace: &'a Workspace,
    lines: Vec<String>,
}

impl Drawing<'_> {
    fn finish(mut self) -> String {
        while self.lines.last().is_some_and(String::is_empty) {
            self.lines.pop();
        }
        self.lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// An empty line before what stands apart.
    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    fn title(&mut self, text: &str) {
        let text = mrkdwn::emoji(text);
        let lines: Vec<String> = textwrap::wrap(&text, WIDTH).into_iter().map(|line| line.into_owned()).collect();
        let width = lines.iter().map(|line| line.width()).max().unwrap_or_default();
        self.lines.extend(lines);
        self.lines.push("═".repeat(width));
    }

    fn block(&mut self, block: &Value) {
        match block["type"].as_str().unwrap_or_default() {
            "header" => self.title(plain(&block["text"])),
            "divider" => self.lines.push("─".repeat(WIDTH)),
            "section" => self.section(block),
            "context" => self.context(block),
            "actions" => {
                self.gap();
                let elements = block["elements"].as_array().into_iter().flatten();
                self.row(elements.map(|element| button(plain(&element["text"]))).collect(), "  ");
                self.lines.push(String::new());
            }
            "input" => self.input(block),
            "image" => self.wrap(&format!("[image: {}]", block["alt_text"].as_str().unwrap_or_default()), "", ""),
            "markdown" => self.mrkdwn(block["text"].as_str().unwrap_or_default(), ""),
            other => self.lines.push(format!("[{other}]")),
        }
    }

    fn section(&mut self, block: &Value) {
        if !block["text"].is_null() {
            self.text(&block["text"], "");
        }
        let fields: Vec<Vec<String>> =
            block["fields"].as_array().into_iter().flatten().map(|field| self.rendered(field)).collect();
        for pair in fields.chunks(2) {
            self.columns(pair);
        }
        match block["accessory"]["type"].as_str() {
            Some("image") | None => {}
            Some(_) => self.lines.push(button(plain(&block["accessory"]["text"]))),
        }
    }

    /// Two fields side by side, as Slack shows them where there is room. A field that is a label above one line is drawn in one.
    fn columns(&mut self, pair: &[Vec<String>]) {
        let drawn: Vec<String> = pair
            .iter()
            .map(|lines| match lines.as_slice() {
                [label, value] => format!("{:<9} {value}", format!("{label}:")),
                lines => lines.join(" "),
            })
            .collect();
        let room = (WIDTH - GUTTER) / 2;
        match drawn.as_slice() {
            [left, right] if left.width() <= room && right.width() <= room => {
                let gap = " ".repeat(room - left.width() + GUTTER);
                self.lines.push(format!("{left}{gap}{right}"));
            }
            drawn => {
                for line in drawn {
                    self.wrap(line, "", "  ");
                }
            }
        }
    }

    fn context(&mut self, block: &Value) {
        let elements = block["elements"].as_array().into_iter().flatten();
        let parts: Vec<String> = elements
            .map(|element| match element["type"].as_str() {
                Some("image") => format!("[{}]", element["alt_text"].as_str().unwrap_or_default()),
                _ => self.rendered(element).join(" "),
            })
            .collect();
        self.row(parts, SEPARATOR);
    }

    /// Parts side by side, in as many lines as they need. A part is broken only where it alone is wider than a line.
    fn row(&mut self, parts: Vec<String>, separator: &str) {
        let mut line = String::new();
        for part in parts {
            if !line.is_empty() && line.width() + separator.width() + part.width() > WIDTH {
                self.wrap(&std::mem::take(&mut line), "", "");
            }
            if !line.is_empty() {
                line.push_str(separator);
            }
            line.push_str(&part);
        }
        self.wrap(&line, "", "");
    }

    fn input(&mut self, block: &Value) {
        self.gap();
        let optional = if block["optional"] == Value::Bool(true) { " (optional)" } else { "" };
        self.wrap(&format!("{}{optional}", mrkdwn::emoji(plain(&block["label"]))), "", "");
        let element = &block["element"];
        let shown = [&element["initial_value"], &element["placeholder"]["text"]];
        let shown = shown.into_iter().find_map(Value::as_str).unwrap_or_default();
        let width = WIDTH - 4;
        let lines = if element["multiline"] == Value::Bool(true) { 3 } else { 1 };
        self.lines.push(format!("┌{}┐", "─".repeat(width)));
        // The box shows what fits, and people scroll for the rest.
        let mut shown = textwrap::wrap(shown, width - 2).into_iter();
        for _ in 0..lines {
            let shown = shown.next().unwrap_or_default();
            self.lines.push(format!("│ {}{} │", shown, " ".repeat(width.saturating_sub(2 + shown.width()))));
        }
        self.lines.push(format!("└{}┘", "─".repeat(width)));
        if !block["hint"].is_null() {
            self.wrap(plain(&block["hint"]), "", "");
        }
    }

    fn text(&mut self, text: &Value, indent: &str) {
        if text["type"] == "plain_text" {
            let text = mrkdwn::emoji(plain(text));
            for line in text.lines() {
                self.wrap(line, indent, indent);
            }
        } else {
            self.mrkdwn(plain(text), indent);
        }
    }

    fn mrkdwn(&mut self, text: &str, indent: &str) {
        for line in mrkdwn::lines(self.workspace, text) {
            match line {
                mrkdwn::Line::Plain(line) => self.wrap(&line, indent, indent),
                mrkdwn::Line::Quote(line) => {
                    let bar = format!("{indent}▏ ");
                    self.wrap(&line, &bar, &bar);
                }
                mrkdwn::Line::Code(line) => {
                    let margin = format!("{indent}    ");
                    self.wrap(&line, &margin, &margin);
                }
            }
        }
    }

    /// A text object's lines, unwrapped.
    fn rendered(&self, text: &Value) -> Vec<String> {
        if text["type"] == "plain_text" {
            return mrkdwn::emoji(plain(text)).lines().map(str::to_owned).collect();
        }
        mrkdwn::lines(self.workspace, plain(text)).into_iter().map(mrkdwn::Line::into_text).collect()
    }

    fn wrap(&mut self, text: &str, first: &str, next: &str) {
        let options = textwrap::Options::new(WIDTH).initial_indent(first).subsequent_indent(next);
        if text.trim().is_empty() {
            return self.lines.push(first.trim_end().to_owned());
        }
        self.lines.extend(textwrap::wrap(text, options).into_iter().map(|line| line.into_owned()));
    }
}

fn plain(text: &Value) -> &str {
    text["text"].as_str().unwrap_or_default()
}

fn button(label: &str) -> String {
    format!("[ {} ]", mrkdwn::emoji(label))
}
