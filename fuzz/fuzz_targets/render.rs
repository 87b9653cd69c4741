//! Whatever a template says and whatever the data holds, it renders to a message that Slack can take, or to a finding.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use signoff::diagnostic::Source;
use signoff::facts::{self, Facts};
use signoff::template::Templates;

static BUILT_IN: LazyLock<Templates> = LazyLock::new(Templates::builtin);

fuzz_target!(|data: &[u8]| {
    let Ok(words) = std::str::from_utf8(data) else { return };
    let (template, value) = words.split_once("\n%%\n").unwrap_or((words, "<!channel> *x* `y` \u{202e}"));
    let templates = Templates::read([Source::new("own.yaml", template)]);
    let hostile = |facts: Facts| Facts {
        pipeline: value.to_owned(),
        stage: Some(value.to_owned()),
        stop_comment: Some(value.to_owned()),
        ..facts
    };
    for facts in facts::samples().into_iter().take(4).chain(facts::approval_samples().into_iter().take(2)) {
        let facts = hostile(facts);
        if let Ok(templates) = &templates
            && let Ok(message) = templates.render("own", &facts)
        {
            assert!(message.blocks.len() <= 50 && message.text.chars().count() <= 4000);
        }
        for built_in in ["approval", "escalation", "failure", "notice", "reminder", "uncovered"] {
            let Ok(message) = BUILT_IN.render(built_in, &facts) else { continue };
            message.blocks.iter().for_each(mentions_nobody_else);
        }
    }
});

/// Plain text may say anything; in `mrkdwn` it would be heard.
fn mentions_nobody_else(value: &Value) {
    match value {
        Value::Object(map) => {
            let text = map.get("text").and_then(Value::as_str).unwrap_or_default();
            assert!(map.get("type").is_none_or(|kind| kind != "mrkdwn") || !text.contains("<!channel>"), "{text}");
            map.values().for_each(mentions_nobody_else);
        }
        Value::Array(list) => list.iter().for_each(mentions_nobody_else),
        _ => {}
    }
}
