//! That no text breaks the reader, and that rules match what a plain reading of them says.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use signoff::diagnostic::{Source, text};
use signoff::event::{ApprovalRequest, ApprovalToken, Event, EventKind};
use signoff::rules;
use signoff::template::Templates;

use super::glob::{Token, letter, means, pattern, written};
use super::matching::event_of;
use super::{fixture, yaml_files};

static TEMPLATES: LazyLock<Templates> = LazyLock::new(Templates::builtin);

/// Reads files, whatever they are, and holds what is true of every reading.
fn survive(files: &[Source]) {
    let found = match rules::read(files, &TEMPLATES) {
        Ok(read) => {
            assert!(!read.rules.approvals.is_empty() || !read.rules.notifications.is_empty());
            assert!(read.rules.approvals.iter().all(|rule| !rule.approvers.is_empty()));
            read.warnings
        }
        Err(found) => {
            assert!(!found.is_empty(), "refused without a reason");
            found
        }
    };
    for found in &found {
        assert!(found.code.starts_with("rule-"), "{found:?}");
        let Some(source) = files.iter().find(|source| source.file == found.file) else { continue };
        // YAML counts a lone carriage return as the end of a line.
        assert!(found.line <= source.text.split(['\n', '\r']).count(), "{found:?}");
        assert!(found.line == 0 || found.column > 0, "{found:?}");
    }
    for line in text::render_all(&found).lines() {
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
}

/// Pieces of rules files, good and bad.
const PIECES: &[&str] = &[
    "version: 1\n",
    "workspace: T0SHOP\n",
    "channels: ",
    "groups: ",
    "approvals:\n  - ",
    "notifications:\n  - ",
    "uncovered: ",
    "name: ",
    "match: ",
    "pipeline: ",
    "event: ",
    "channel: ",
    "template: ",
    "approvers: ",
    "mention: ",
    "users: ",
    "usergroup: ",
    "require: ",
    "from: ",
    "count: ",
    "window: ",
    "timezone: Europe/Berlin",
    "until: ",
    "\"09:00\"",
    "days: [mon]",
    "freezes: ",
    "2026-12-19T00:00",
    "remind: ",
    "after: 2h",
    "override: ",
    "by: ",
    "forbid: [author]",
    "when: ",
    "commit.author == 'x'",
    "not: ",
    "any: ",
    "{ ",
    " }",
    "[",
    "]",
    ", ",
    "\n",
    "\n    ",
    "C0LIVE",
    "U0NOOR",
    "S0BUYERS",
    "live",
    "\"*\"",
    "pipeline.*",
    "\"[a",
    "&a ",
    "*a",
    "!x ",
    "# ",
    "|\n",
    "'",
    "\"",
    "\t",
    "~",
    "3",
    "\u{feff}",
    "ä😀",
];

fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![9 => prop::sample::select(PIECES).prop_map(str::to_owned), 1 => ".{0,6}"];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

#[derive(Debug, Clone)]
enum Change {
    Remove(usize, usize),
    Insert(usize, String),
    Repeat(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (0..4_000_usize, 1..40_usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (0..4_000_usize, words()).prop_map(|(at, words)| Change::Insert(at, words)),
        (0..4_000_usize, 1..200_usize).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn changed(text: &str, changes: &[Change]) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    for change in changes {
        let (Change::Remove(at, _) | Change::Insert(at, _) | Change::Repeat(at, _)) = change;
        let at = at % (letters.len() + 1);
        let end = |length: usize| letters.len().min(at + length);
        match change {
            Change::Remove(_, length) => drop(letters.drain(at..end(*length))),
            Change::Insert(_, words) => drop(letters.splice(at..at, words.chars())),
            Change::Repeat(_, length) => {
                let part = letters[at..end(*length)].to_vec();
                letters.splice(at..at, part);
            }
        }
    }
    letters.into_iter().collect()
}

fn name() -> impl Strategy<Value = String> {
    prop::collection::vec(letter(), 0..5).prop_map(|letters| letters.into_iter().collect())
}

/// What a field has to be: one of these, if there are any, and none of those.
#[derive(Debug, Clone)]
struct Asked {
    any: Vec<Vec<Token>>,
    not: Vec<Vec<Token>>,
}

type Patterns = Option<Asked>;

/// Patterns of every kind that the index files rules by: names, beginnings, ends and middles, and those that it can't file.
fn filed_pattern() -> impl Strategy<Value = Vec<Token>> {
    let name = || prop::collection::vec(letter().prop_map(Token::Letter), 1..4);
    let with = |before: bool, name: Vec<Token>, after: bool| {
        let any = |is: bool| is.then_some(Token::Any);
        any(before).into_iter().chain(name).chain(any(after)).collect()
    };
    prop_oneof![
        3 => pattern(),
        3 => (any::<bool>(), name(), any::<bool>()).prop_map(move |(before, name, after)| with(before, name, after)),
    ]
}

/// What a rule asks of the pipeline, stage, action and region, and the kinds of event.
type Conditions = ([Patterns; 4], Option<Vec<EventKind>>);

fn conditions() -> impl Strategy<Value = Conditions> {
    let patterns = || {
        let list = |least| prop::collection::vec(filed_pattern(), least..3);
        let asked = prop_oneof![
            2 => list(1).prop_map(|any| Asked { any, not: Vec::new() }),
            1 => list(1).prop_map(|not| Asked { any: Vec::new(), not }),
            1 => (list(1), list(1)).prop_map(|(any, not)| Asked { any, not }),
        ];
        prop::option::weighted(0.4, asked)
    };
    let kinds: Vec<EventKind> = EventKind::all().collect();
    let kinds = prop::option::of(prop::sample::subsequence(kinds, 1..20));
    ([patterns(), patterns(), patterns(), patterns()], kinds)
}

fn any_event() -> impl Strategy<Value = Event> {
    let kinds: Vec<EventKind> = EventKind::all().collect();
    let place = (name(), prop::option::of(name()), prop::option::of(name()), name());
    (prop::sample::select(kinds), place, any::<bool>()).prop_map(|(kind, (pipeline, stage, action, region), asks)| {
        let token = ApprovalToken::new("invented");
        let request = asks.then_some(ApprovalRequest { token, expires: None, review_link: None });
        Event { stage, action, region, request, ..event_of(kind, &pipeline) }
    })
}

fn is_meant((dimensions, kinds): &Conditions, event: &Event, with_kind: bool) -> bool {
    // Messages of others may be of no pipeline and no region; then these are empty.
    let known = |text| Some(text).filter(|text: &&String| !text.is_empty());
    let values = [known(&event.pipeline), event.stage.as_ref(), event.action.as_ref(), known(&event.region)];
    let fits = |(patterns, value): (&Patterns, Option<&String>)| match (patterns, value) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(patterns), Some(value)) => {
            let value: Vec<char> = value.chars().collect();
            let one_of = |list: &[Vec<Token>]| list.iter().any(|tokens| means(tokens, &value));
            (patterns.any.is_empty() || one_of(&patterns.any)) && !one_of(&patterns.not)
        }
    };
    dimensions.iter().zip(values).all(fits)
        && (!with_kind || kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind)))
}

fn written_match((dimensions, kinds): &Conditions, with_kind: bool) -> Value {
    let mut map = serde_json::Map::new();
    for (key, patterns) in ["pipeline", "stage", "action", "region"].into_iter().zip(dimensions) {
        if let Some(patterns) = patterns {
            let texts = |list: &[Vec<Token>]| list.iter().map(|tokens| written(tokens)).collect::<Vec<_>>();
            let asked = match (&patterns.any, &patterns.not) {
                (any, not) if not.is_empty() => json!(texts(any)),
                (any, not) if any.is_empty() => json!({ "not": texts(not) }),
                (any, not) => json!({ "any": texts(any), "not": texts(not) }),
            };
            map.insert(key.to_owned(), asked);
        }
    }
    if let (Some(kinds), true) = (kinds, with_kind) {
        map.insert("event".to_owned(), json!(kinds));
    }
    Value::Object(map)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(first in ".{0,80}", second in words(), third in words()) {
        survive(&[Source::new("a.yaml", first.clone())]);
        survive(&[Source::new("a.yaml", second.clone())]);
        survive(&[Source::new("b.yaml", third), Source::new("a.yaml", second), Source::new("c.yaml", first)]);
    }

    #[test]
    fn changed_rules_are_survived(changes in prop::collection::vec(change(), 1..4), which in 0..3_usize) {
        let mut files = yaml_files("rules");
        files.push(fixture("matching.yaml"));
        files[which].text = changed(&files[which].text, &changes);
        survive(&files[which..=which]);
        survive(&files[..2]);
    }

    #[test]
    fn rules_match_what_they_say(
        rules in prop::collection::vec(conditions(), 1..60),
        events in prop::collection::vec(any_event(), 1..8),
    ) {
        let rule = |(at, conditions): (usize, &Conditions), with_kind| {
            json!({ "name": format!("rule {at}"), "match": written_match(conditions, with_kind), "channel": "C0LIVE" })
        };
        let approvals: Vec<Value> = rules
            .iter()
            .enumerate()
            .map(|conditions| {
                let mut rule = rule(conditions, false);
                rule["approvers"] = json!(["U0NOOR"]);
                rule
            })
            .collect();
        let notifications: Vec<Value> = rules.iter().enumerate().map(|conditions| rule(conditions, true)).collect();
        let file = json!({ "version": 1, "workspace": "T0SHOP", "approvals": approvals, "notifications": notifications });
        let set = rules::read(&[Source::new("a.yaml", file.to_string())], &TEMPLATES).unwrap().rules;
        for event in &events {
            let meant = |with_kind| {
                let rules = rules.iter().enumerate();
                rules.filter(move |(_, rule)| is_meant(rule, event, with_kind)).map(|(at, _)| format!("rule {at}"))
            };
            let decides = if event.request.is_some() { meant(false).next() } else { None };
            prop_assert_eq!(set.approval_for(event).unwrap().map(|rule| rule.name.clone()), decides);
            let told: Vec<String> = set.notifications_for(event).map(|rule| rule.name.clone()).collect();
            prop_assert_eq!(told, meant(true).collect::<Vec<_>>());
        }
    }
}
