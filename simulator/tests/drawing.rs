//! What a message looks like in a transcript: the built-in templates, and markup at its oddest.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use proptest::prelude::*;
use serde_json::{Value, json};
use signoff::facts;
use signoff::template::Templates;
use signoff_simulator::world::slack::text::{draw, draw_view};
use signoff_simulator::world::{Given, World};
use unicode_width::UnicodeWidthStr;

const WIDTH: usize = 84;

fn world() -> World {
    let given: Given = serde_json::from_value(json!({ "workspace": {
        "channels": { "quay": "C0QUAY" },
        "people": { "mira": { "id": "U0MIRA", "name": "Mira Lund" }, "jane": { "id": "U0JANE", "name": "Jane Doe" } },
        "groups": { "captains": { "id": "S0CAPTAINS", "members": ["mira"] } },
    } }))
    .unwrap();
    World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap()
}

/// The drawing, every line of which fits, under a title for the snapshot.
fn drawn(title: &str, drawing: &str) -> String {
    for line in drawing.lines() {
        assert!(line.width() <= WIDTH, "{title}: {} columns in {line:?}", line.width());
        assert_eq!(line, line.trim_end(), "{title}: blanks at the end of {line:?}");
    }
    assert!(drawing.ends_with('\n') && !drawing.ends_with("\n\n"), "{title}: {drawing:?}");
    format!("── {title}\n{drawing}\n")
}

#[test]
fn built_in_messages() {
    let (world, templates) = (world(), Templates::builtin());
    let mut all = String::new();
    let approvals = facts::approval_samples();
    for name in ["approval", "uncovered", "reminder", "escalation"] {
        for (facts, number) in approvals.iter().zip(1..).step_by(3) {
            let status = facts.approval.as_ref().map(|approval| approval.status.to_string()).unwrap_or_default();
            let message = templates.render(name, facts).unwrap();
            let title = format!("{name}, sample {number}: {status}");
            all += &drawn(&title, &draw(&world.slack, &message.text, &message.blocks));
        }
    }
    let samples = facts::samples();
    for (name, events) in [("failure", "failed"), ("notice", "succeeded")] {
        for facts in samples.iter().filter(|facts| facts.event.ends_with(events)).take(4) {
            let message = templates.render(name, facts).unwrap();
            all += &drawn(&format!("{name}: {}", facts.event), &draw(&world.slack, &message.text, &message.blocks));
        }
    }
    for facts in facts::refusal_samples() {
        let message = templates.render("refusal", &facts).unwrap();
        all += &drawn("refusal", &draw(&world.slack, &message.text, &message.blocks));
    }
    for name in ["command", "status", "approvals", "help"] {
        for facts in facts::fixed_samples(name) {
            let message = templates.render(name, &facts).unwrap();
            all += &drawn(name, &draw(&world.slack, &message.text, &message.blocks));
        }
    }
    insta::assert_snapshot!("built_in_messages", all);
}

#[test]
fn built_in_modals() {
    let (world, templates) = (world(), Templates::builtin());
    let mut all = String::new();
    for facts in facts::comment_samples() {
        all += &drawn("comment", &draw_view(&world.slack, &templates.render_modal("comment", &facts).unwrap()));
    }
    for facts in facts::fixed_samples("confirm") {
        all += &drawn("confirm", &draw_view(&world.slack, &templates.render_modal("confirm", &facts).unwrap()));
    }
    insta::assert_snapshot!("built_in_modals", all);
    let mut names: Vec<&str> = templates.names().collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "approval",
            "approvals",
            "command",
            "comment",
            "confirm",
            "detail",
            "escalation",
            "execution",
            "failure",
            "help",
            "notice",
            "refusal",
            "reminder",
            "status",
            "uncovered"
        ],
        "each is drawn above"
    );
}

/// What every sample of every template looks like is not worth reading, but each has to fit.
#[test]
fn every_sample_fits() {
    let (world, templates) = (world(), Templates::builtin());
    for name in ["approval", "uncovered", "reminder", "escalation"] {
        for facts in facts::approval_samples() {
            let message = templates.render(name, &facts).unwrap();
            drawn(name, &draw(&world.slack, &message.text, &message.blocks));
        }
    }
    for name in ["failure", "notice"] {
        for facts in facts::samples() {
            let message = templates.render(name, &facts).unwrap();
            drawn(name, &draw(&world.slack, &message.text, &message.blocks));
        }
    }
}

#[test]
fn odd_markup() {
    let world = world();
    let cases = [
        ("emphasis", "*bold* _italic_ ~gone~ *_both_* _*both*_ *bold with _italic_ inside*"),
        ("no emphasis", "2*3*4, snake_case_name, a * b * c, * not bold*, *unclosed, ** and __"),
        ("emphasis beside marks", "(*bold*), “_italic_”, *bold*: yes; *a* and *b*"),
        ("code", "`*not bold*` `:rocket:` `<https://x.example|y>` and `unclosed *bold*"),
        ("a code block", "before\n```\nlet *x* = `y`; :rocket:\n  indented &lt;b&gt;\n```\nafter *bold*"),
        ("code in one line", "see ```cargo test``` for it"),
        ("emoji", ":rocket: :rocket::tada: :no_such_emoji: 10:30:45 a:b :+1: ::"),
        (
            "a date",
            "<!date^1780132211^{date_num} {time_secs}|then> <!date^1780132211^at {time}^https://x.example|then>",
        ),
        ("dates in words", "<!date^1780132211^{date_short_pretty}, {date_long}, {date}|then>"),
        ("no date", "<!date^soon^{date}|fallback> <!date^99999999999999999^{date}|beyond> <!date>"),
        ("links", "<https://x.example/a?b=1&amp;c=2> <https://x.example|a *bold* label> <mailto:m@x.example|mail>"),
        (
            "mentions",
            "<@U0MIRA> <@U0NOBODY> <@U0MIRA|label> <#C0QUAY> <#C0NOWHERE|else> <!subteam^S0CAPTAINS> <!subteam^S0NONE> <!here> <!channel>",
        ),
        ("escapes", "&lt;@U0MIRA&gt; &amp;lt; a &amp; b 1 < 2 > 0 <unclosed"),
        ("escaped once only", "&amp;lt;b&amp;gt;"),
        ("quotes", "&gt; quoted *bold*\n> also\n>>> and this\nnot"),
        ("lines", "one\n\n\nfour\r\nfive\n"),
        (
            "wide characters",
            "漢字は二桁を占める 漢字は二桁を占める 漢字は二桁を占める 漢字は二桁を占める 漢字は二桁を占める 終",
        ),
        ("family", "👩‍👩‍👧‍👦 family, e\u{301} combining, \u{200b}zero width, ｆｕｌｌ"),
    ];
    let mut all = String::new();
    for (title, text) in cases {
        all += &drawn(title, &draw(&world.slack, text, &[]));
    }
    // What has no place to break is broken nevertheless.
    let long = format!("{} {} <https://x.example/{}>", "word ".repeat(30), "x".repeat(200), "y".repeat(100));
    all += &drawn("long words", &draw(&world.slack, &long, &[]));
    let quoted = format!("&gt; {}\n```\n{}\n```", "quoted ".repeat(20), "code ".repeat(30));
    all += &drawn("long quotes and code", &draw(&world.slack, &quoted, &[]));
    insta::assert_snapshot!("odd_markup", all);
}

fn blocks() -> Vec<Value> {
    let plain = |text: &str| json!({ "type": "plain_text", "text": text });
    let mrkdwn = |text: &str| json!({ "type": "mrkdwn", "text": text });
    let button = |text: &str| json!({ "type": "button", "text": plain(text) });
    vec![
        json!({ "type": "header", "text": plain(&format!("*not bold* :rocket: {}", "a long title ".repeat(8))) }),
        json!({ "type": "section", "text": plain("*plain* <https://x.example>"), "accessory": button(":bell: Ring") }),
        json!({ "type": "section", "fields": [mrkdwn("*Label*\nvalue"), mrkdwn("*Other*\nvalue"), mrkdwn("alone")] }),
        json!({ "type": "section", "fields": [mrkdwn(&format!("*Long*\n{}", "value ".repeat(20))), plain("short")] }),
        json!({ "type": "divider" }),
        json!({ "type": "context", "elements": (0..8).map(|n| mrkdwn(&format!("part number {n}"))).collect::<Vec<_>>() }),
        json!({ "type": "actions", "elements": (0..9).map(|n| button(&format!("Button number {n}"))).collect::<Vec<_>>() }),
        json!({ "type": "image", "image_url": "https://x.example/i.png", "alt_text": "picture ".repeat(15) }),
        json!({ "type": "input", "label": plain(&"label ".repeat(20)), "optional": true, "hint": plain("a hint"),
            "element": { "type": "plain_text_input", "placeholder": plain(&"placeholder ".repeat(9)) } }),
        json!({ "type": "rich_text", "elements": [] }),
    ]
}

#[test]
fn every_block_within_its_width() {
    let world = world();
    insta::assert_snapshot!("every_block", drawn("blocks", &draw(&world.slack, "unused", &blocks())));
    let text = |text: String| json!({ "type": "plain_text", "text": text });
    let view = json!({ "title": text("Title".into()), "blocks": [], "close": text("No".into()), "submit": text("Yes".into()) });
    insta::assert_snapshot!("an_empty_view", drawn("view", &draw_view(&world.slack, &view)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_text_it_is_drawn_within_the_width(text in "([*_~`<>|!@#&:^a-z漢🚢 \n]|&gt;|<!date|```|:x:){0,200}") {
        let world = world();
        let block = json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } });
        for line in draw(&world.slack, &text, &[]).lines().chain(draw(&world.slack, "", &[block]).lines()) {
            prop_assert!(line.width() <= WIDTH, "{} columns in {line:?}", line.width());
        }
    }
}
