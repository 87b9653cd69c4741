//! What all blocks of a message say together, and how it is made to fit.

use serde_json::{Map, Value};

use super::blocks::Misfit;
use super::text::{cut_mrkdwn, cut_plain};

/// Cuts the longest texts of a message's blocks, all of them to one length, so that everything has at most `max` characters
/// together. Headers, rich text, tables and what people answer with count, and stay as they are.
///
/// # Errors
///
/// What is never cut is too long by itself.
pub fn fit_altogether(mut blocks: Vec<Value>, max: usize) -> Result<Vec<Value>, Misfit> {
    let total: usize = blocks.iter().map(length).sum();
    if total <= max {
        return Ok(blocks);
    }
    let mut lengths = Vec::new();
    for block in &mut blocks {
        each_shown(block, &mut |text, _| lengths.push(text.chars().count()));
    }
    let shown: usize = lengths.iter().sum();
    let kept = total.saturating_sub(shown);
    if kept + lengths.len() > max {
        return Err(Misfit(format!(
            "the blocks have {kept} characters that can't be cut, and Slack takes {max} of all together"
        )));
    }
    let most = common_length(lengths, (max + shown).saturating_sub(total));
    for block in &mut blocks {
        each_shown(block, &mut |text, is_mrkdwn| {
            *text = if is_mrkdwn { cut_mrkdwn(text, most) } else { cut_plain(text, most) }.into_owned();
        });
    }
    Ok(blocks)
}

/// The length, at least 1, at which texts that are longer are cut, so that all fit into `room`.
fn common_length(mut lengths: Vec<usize>, mut room: usize) -> usize {
    lengths.sort_unstable();
    let mut left = lengths.len();
    for length in lengths {
        if length * left > room {
            return (room / left).max(1);
        }
        room -= length;
        left -= 1;
    }
    usize::MAX
}

/// How many characters all texts in a block have together.
fn length(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(length).sum(),
        Value::Object(object) => {
            let of = |(key, value): (&String, &Value)| match value {
                Value::String(text) if key == "text" => text.chars().count(),
                value => length(value),
            };
            object.iter().map(of).sum()
        }
        _ => 0,
    }
}

/// Every text of a block that only shows something, and whether it is `mrkdwn`.
fn each_shown(block: &mut Value, see: &mut impl FnMut(&mut String, bool)) {
    let Value::Object(block) = block else { return };
    let kind = block.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let keys: &[&str] = match kind.as_str() {
        "section" => &["text", "fields"],
        "context" => &["elements"],
        "image" => &["title"],
        "markdown" => {
            if let Some(Value::String(text)) = block.get_mut("text") {
                see(text, true);
            }
            return;
        }
        _ => return,
    };
    for key in keys {
        match block.get_mut(*key) {
            Some(Value::Object(text)) => text_object(text, see),
            Some(Value::Array(list)) => {
                list.iter_mut().filter_map(Value::as_object_mut).for_each(|it| text_object(it, see))
            }
            _ => {}
        }
    }
}

fn text_object(object: &mut Map<String, Value>, see: &mut impl FnMut(&mut String, bool)) {
    let is_mrkdwn = object.get("type").and_then(Value::as_str) == Some("mrkdwn");
    if let Some(Value::String(text)) = object.get_mut("text") {
        see(text, is_mrkdwn);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn section(length: usize) -> Value {
        json!({ "type": "section", "text": { "type": "mrkdwn", "text": "ß".repeat(length) } })
    }

    fn lengths(blocks: &[Value]) -> Vec<usize> {
        blocks.iter().map(length).collect()
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let blocks = vec![section(60), section(40)];
        assert_eq!(fit_altogether(blocks.clone(), 100), Ok(blocks));
    }

    #[test]
    fn the_longest_texts_are_cut_to_one_length() {
        let fitted = fit_altogether(vec![section(70), section(10), section(41), section(2)], 100).unwrap();
        assert_eq!(lengths(&fitted), [47, 10, 41, 2]);
        assert!(fitted[0]["text"]["text"].as_str().unwrap().ends_with("ß…"));
        let fitted = fit_altogether(vec![section(70), section(10), section(50), section(2)], 100).unwrap();
        assert_eq!(lengths(&fitted), [44, 10, 44, 2]);
    }

    #[test]
    fn every_text_that_shows_something_counts_and_is_cut() {
        let text = |kind: &str| json!({ "type": kind, "text": "ß".repeat(100) });
        let blocks = vec![
            json!({ "type": "header", "text": text("plain_text") }),
            json!({ "type": "section", "text": text("mrkdwn"), "fields": [text("mrkdwn"), text("plain_text")] }),
            json!({ "type": "context", "elements": [text("mrkdwn"), { "type": "image", "image_url": "https://x", "alt_text": "x" }] }),
            json!({ "type": "image", "image_url": "https://x", "alt_text": "x", "title": text("plain_text") }),
            json!({ "type": "markdown", "text": "ß".repeat(100) }),
            json!({ "type": "actions", "elements": [{ "type": "button", "text": text("plain_text"), "value": "x" }] }),
        ];
        let fitted = fit_altogether(blocks.clone(), 320).unwrap();
        assert_eq!(lengths(&fitted), [100, 60, 20, 20, 20, 100]);
        // There is no room at all beside what is never cut.
        let misfit = fit_altogether(blocks, 100).unwrap_err();
        assert_eq!(misfit.0, "the blocks have 200 characters that can't be cut, and Slack takes 100 of all together");
    }

    #[test]
    fn entities_links_and_code_stay_whole() {
        let mrkdwn = |text: String| json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
        let blocks = vec![
            mrkdwn("&amp;".repeat(20)),
            mrkdwn(format!("<https://x.example|{}>", "x".repeat(80))),
            mrkdwn(format!("```{}```", "x".repeat(100))),
        ];
        let fitted = fit_altogether(blocks, 60).unwrap();
        let texts: Vec<&str> = fitted.iter().map(|block| block["text"]["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["&amp;&amp;&amp;…", "…", "```xxxxxxxxxxxx…\n```"]);
        assert_eq!(fit_altogether(fitted.clone(), 60), Ok(fitted), "what was fitted fits");
    }
}
