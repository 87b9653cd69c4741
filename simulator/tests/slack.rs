//! The fake Slack: what its methods refuse, and what people can and can't do in its window.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::{Value, json};
use signoff_simulator::world::slack::{Arguments, Interaction};
use signoff_simulator::world::{Given, SlackFailure, World};

fn world() -> World {
    let given: Given = serde_json::from_value(json!({ "workspace": {
        "team": "T0HARBOUR",
        "channels": { "quay": "C0QUAY", "bridge": "C0BRIDGE", "cellar": { "id": "C0CELLAR", "member": false } },
        "people": {
            "mira": { "id": "U0MIRA", "name": "Mira Lund", "email": "mira@harbour.example" },
            "otto": { "id": "U0OTTO", "name": "Otto Berg", "channels": ["bridge"] },
            "gone": { "id": "U0GONE", "name": "Gone Girl", "deactivated": true },
            "pilot": { "id": "U0PILOT", "name": "Pilot Guest", "team": "T0SEA", "email": "pilot@sea.example" },
            "robot": { "id": "U0ROBOT", "name": "Robot", "bot": true, "email": "robot@harbour.example" },
        },
        "groups": { "captains": { "id": "S0CAPTAINS", "members": ["mira", "gone", "otto"] } },
    }}))
    .unwrap();
    World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap()
}

fn arguments(arguments: Value) -> Arguments {
    Arguments::json(arguments.as_object().unwrap().clone())
}

/// Calls a method, which takes it.
fn call(world: &mut World, method: &str, values: Value) -> Value {
    world.slack_request(method, &arguments(values)).unwrap()
}

/// Calls a method, which refuses it: the error, and the messages with it.
fn refused(world: &mut World, method: &str, values: Value) -> (&'static str, Vec<String>) {
    match world.slack_request(method, &arguments(values)) {
        Err(SlackFailure::Refused(error)) => (error.error, error.messages),
        other => panic!("{method}: {other:?}"),
    }
}

fn buttons() -> Value {
    json!([
        { "type": "section", "text": { "type": "mrkdwn", "text": "Sail?" }, "accessory": {
            "type": "button", "text": { "type": "plain_text", "text": "Log book" }, "url": "https://harbour.example/log" } },
        { "type": "actions", "block_id": "answer", "elements": [
            { "type": "button", "text": { "type": "plain_text", "text": "Cast off" }, "action_id": "harbour.approve",
              "value": "ferry-7", "style": "primary" },
            { "type": "button", "text": { "type": "plain_text", "text": "Stay" }, "action_id": "harbour.reject" },
        ] },
    ])
}

fn post(world: &mut World, channel: &str) -> String {
    let posted = call(world, "chat.postMessage", json!({ "channel": channel, "text": "Sail?", "blocks": buttons() }));
    posted["ts"].as_str().unwrap().to_owned()
}

fn press(world: &mut World, person: &str, button: &str) -> Result<Interaction, String> {
    let now = world.now;
    world.slack.press(now, person, button, None)
}

#[test]
fn a_button_is_pressed_by_any_of_its_names() {
    let mut world = world();
    let ts = post(&mut world, "C0QUAY");
    for (name, action) in [
        ("Cast off", "harbour.approve"),
        ("CAST OFF", "harbour.approve"),
        ("harbour.approve", "harbour.approve"),
        ("approve", "harbour.approve"),
        ("reject", "harbour.reject"),
    ] {
        let Interaction { payload, person } = press(&mut world, "mira", name).unwrap();
        assert_eq!((person.as_str(), payload["actions"][0]["action_id"].as_str()), ("mira", Some(action)), "{name}");
    }
    let payload = press(&mut world, "Mira Lund", "Cast off").unwrap().payload;
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["user"]["id"], "U0MIRA");
    assert_eq!(payload["team"], json!({ "id": "T0HARBOUR", "domain": "harbour" }));
    assert_eq!(payload["channel"], json!({ "id": "C0QUAY", "name": "quay" }));
    assert_eq!(payload["container"]["message_ts"], *ts);
    assert_eq!(payload["message"]["ts"], *ts);
    let action = &payload["actions"][0];
    assert_eq!(
        (&action["block_id"], &action["value"], &action["style"]),
        (&json!("answer"), &json!("ferry-7"), &json!("primary"))
    );
    // A button without an action id was given one by Slack, and a block without an id as well.
    let payload = press(&mut world, "mira", "Log book").unwrap().payload;
    let action = &payload["actions"][0];
    assert!(["action_id", "block_id"].iter().all(|id| action[id].as_str().is_some_and(|id| id.len() == 5)), "{action}");
    assert_eq!(action["url"], "https://harbour.example/log");
    // Every press has a trigger of its own.
    assert_ne!(press(&mut world, "mira", "Stay").unwrap().payload["trigger_id"], payload["trigger_id"]);
}

#[test]
fn an_older_message_is_pressed_by_its_text_and_threads_are_not_the_last_message() {
    let mut world = world();
    let ts = post(&mut world, "C0QUAY");
    call(&mut world, "chat.postMessage", json!({ "channel": "C0QUAY", "text": "Still here?", "thread_ts": ts }));
    assert_eq!(press(&mut world, "mira", "Stay").unwrap().payload["message"]["ts"], *ts);
    let second = post(&mut world, "C0QUAY");
    call(&mut world, "chat.postMessage", json!({ "channel": "C0QUAY", "text": "Fog is coming" }));
    let now = world.now;
    assert!(press(&mut world, "mira", "Stay").is_err());
    let pressed = world.slack.press(now, "mira", "Stay", Some("Sail")).unwrap();
    assert_eq!(pressed.payload["message"]["ts"], *second);
    let error = world.slack.press(now, "mira", "Stay", Some("Storm")).unwrap_err();
    assert_eq!(error, "Mira Lund sees no message with `Storm` to press `Stay` on");
}

#[test]
fn what_can_not_be_pressed_is_told() {
    let mut world = world();
    let said = |world: &mut World, person: &str, button: &str| press(world, person, button).unwrap_err();
    assert_eq!(said(&mut world, "mira", "Stay"), "Mira Lund sees no message to press `Stay` on");
    let people = "nobody in the workspace is called `ghost`; the people are gone, mira, otto, pilot, robot";
    assert_eq!(said(&mut world, "ghost", "Stay"), people);
    let ts = post(&mut world, "C0QUAY");
    let there = "it has `Log book`, `Cast off`, `Stay`";
    let wanted = format!("there is no button `Sink` on the message last posted in #quay: {there}");
    assert_eq!(said(&mut world, "mira", "Sink"), wanted);
    assert!(press(&mut world, "mira", "").is_err());
    // Otto is in another channel, and Gone Girl is in none.
    assert_eq!(said(&mut world, "otto", "Stay"), "Otto Berg sees no message to press `Stay` on");
    assert_eq!(said(&mut world, "gone", "Stay"), "Gone Girl can press nothing: the account is deactivated");
    // An update without blocks keeps them, one with an empty list takes the buttons away.
    call(&mut world, "chat.update", json!({ "channel": "C0QUAY", "ts": ts, "text": "Sailed" }));
    assert!(press(&mut world, "mira", "Stay").is_ok());
    call(&mut world, "chat.update", json!({ "channel": "C0QUAY", "ts": ts, "text": "Sailed", "blocks": [] }));
    let wanted = "there is no button `Stay` on the message last posted in #quay: it has no buttons";
    assert_eq!(said(&mut world, "mira", "Stay"), wanted);
    post(&mut world, "C0BRIDGE");
    assert_eq!(press(&mut world, "otto", "Stay").unwrap().payload["channel"]["id"], "C0BRIDGE");
}

/// <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>: `team` is the workspace that the app is
/// installed in, `user.team_id` that of the person.
#[test]
fn a_stranger_comes_with_a_team_of_their_own() {
    let mut world = world();
    post(&mut world, "C0QUAY");
    let payload = press(&mut world, "pilot", "Stay").unwrap().payload;
    assert_eq!((&payload["user"]["team_id"], &payload["team"]["id"]), (&json!("T0SEA"), &json!("T0HARBOUR")));
}

fn modal() -> Value {
    let text = |text: &str| json!({ "type": "plain_text", "text": text });
    json!({
        "type": "modal", "title": text("Why not?"), "submit": text("Stay"), "private_metadata": "ferry-7", "callback_id": "why",
        "blocks": [
            { "type": "input", "block_id": "reason", "label": text("Reason"),
              "element": { "type": "plain_text_input", "action_id": "reason.text", "min_length": 3, "max_length": 8 } },
            { "type": "input", "block_id": "more", "label": text("More"), "optional": true,
              "element": { "type": "plain_text_input", "action_id": "more.text" } },
        ],
    })
}

/// A world where Mira has pressed a button, and the press's trigger.
fn pressed() -> (World, String) {
    let mut world = world();
    post(&mut world, "C0QUAY");
    let payload = press(&mut world, "mira", "Stay").unwrap().payload;
    (world, payload["trigger_id"].as_str().unwrap().to_owned())
}

fn open() -> World {
    let (mut world, trigger) = pressed();
    call(&mut world, "views.open", json!({ "trigger_id": trigger, "view": modal() }));
    world
}

fn submit(world: &mut World, values: &[(&str, &str)]) -> Result<Value, String> {
    let values: BTreeMap<String, String> = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let now = world.now;
    Ok(world.slack.submit(now, "mira", &values)?.payload)
}

/// <https://docs.slack.dev/interactivity/handling-user-interaction>: a trigger is good once, for three seconds.
#[test]
fn a_trigger_opens_one_view_within_three_seconds() {
    let (mut world, trigger) = pressed();
    let view = |trigger: &str| json!({ "trigger_id": trigger, "view": modal() });
    assert_eq!(refused(&mut world, "views.open", view("1.2.3")).0, "invalid_trigger_id");
    world.advance(SignedDuration::from_secs(3));
    let mut late = world.clone();
    late.advance(SignedDuration::from_millis(1));
    assert_eq!(refused(&mut late, "views.open", view(&trigger)).0, "expired_trigger_id");
    assert!(late.slack.open_view_of("mira").is_none());
    let opened = call(&mut world, "views.open", view(&trigger));
    assert_eq!(opened["view"]["private_metadata"], "ferry-7");
    assert_eq!(world.slack.open_view_of("U0MIRA").unwrap().view, opened["view"]);
    assert_eq!(refused(&mut world, "views.open", view(&trigger)).0, "exchanged_trigger_id");
    let missing = |field: &str| ("invalid_arguments", vec![format!("[ERROR] missing required field: {field}")]);
    assert_eq!(refused(&mut world, "views.open", json!({ "trigger_id": "1.2.3" })), missing("view"));
    assert_eq!(refused(&mut world, "views.open", json!({ "view": modal() })), missing("trigger_id"));
    let rubbish = refused(&mut world, "views.open", json!({ "trigger_id": "1.2.3", "view": "{" }));
    assert_eq!(rubbish.1, ["[ERROR] invalid json [json-pointer:/view]"]);
    let broken = refused(&mut world, "views.open", json!({ "trigger_id": "1.2.3", "view": { "type": "home" } }));
    assert_eq!(broken.1, ["[ERROR] unsupported type [json-pointer:/view/type]"]);
    let nonsense = refused(&mut world, "views.open", view("now"));
    let wanted = vec!["[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]".to_owned()];
    assert_eq!(nonsense, ("invalid_arguments", wanted));
}

#[test]
fn windows_have_external_ids_of_their_own() {
    let mut world = world();
    post(&mut world, "C0BRIDGE");
    let mut open = |person: &str| {
        let trigger = press(&mut world, person, "Stay").unwrap().payload["trigger_id"].clone();
        let mut view = modal();
        view["external_id"] = "why".into();
        world.slack_request("views.open", &arguments(json!({ "trigger_id": trigger, "view": view })))
    };
    open("mira").unwrap();
    assert_eq!(open("otto").unwrap_err().code(), "duplicate_external_id");
    // Who can press a button has closed the window that was in front of it.
    open("mira").unwrap();
}

#[test]
fn a_window_is_submitted_by_any_name_of_its_inputs() {
    for name in ["reason", "reason.text", "Reason", "REASON"] {
        let mut world = open();
        let payload = submit(&mut world, &[(name, "fog!")]).unwrap();
        assert_eq!((&payload["type"], &payload["user"]["id"]), (&json!("view_submission"), &json!("U0MIRA")));
        assert_eq!(payload["view"]["private_metadata"], "ferry-7");
        let filled = json!({ "reason.text": { "type": "plain_text_input", "value": "fog!" } });
        let empty = json!({ "more.text": { "type": "plain_text_input", "value": null } });
        assert_eq!(payload["view"]["state"]["values"], json!({ "reason": filled, "more": empty }), "{name}");
    }
}

#[test]
fn a_window_keeps_back_what_slack_would_not_send() {
    let mut world = open();
    for (values, wanted) in [
        (&[][..], "the input “Reason” has to be filled in"),
        (&[("reason", "")], "the input “Reason” has to be filled in"),
        (&[("reason", "fo")], "the input “Reason” wants 3 characters, and has 2"),
        (&[("reason", "ßßßßßßßßß")], "the input “Reason” takes 8 characters, and has 9"),
        (&[("reason", "fog!"), ("weather", "x")], "the window “Why not?” has no input `weather`"),
    ] {
        assert_eq!(submit(&mut world, values).unwrap_err(), wanted);
    }
    submit(&mut world, &[("reason", "ßßßßßßßß"), ("more", "x")]).unwrap();
    assert_eq!(submit(&mut self::world(), &[]).unwrap_err(), "Mira Lund has no window open to submit");
}

#[test]
fn the_answer_to_a_submission_moves_the_window() {
    let answer = |world: &mut World, body: Value| world.slack.answer_submission("mira", Some(&body));
    let is_open = |world: &World| world.slack.open_view_of("mira").is_some();
    let mut world = open();
    assert_eq!(world.slack.answer_submission("mira", None), Ok(None));
    assert!(!is_open(&world));
    assert_eq!(world.slack.answer_submission("mira", None), Err("`mira` has no window open".to_owned()));
    let mut world = open();
    let errors = json!({ "response_action": "errors", "errors": { "reason": "too foggy" } });
    assert_eq!(answer(&mut world, errors), Ok(Some("too foggy".to_owned())));
    assert!(is_open(&world));
    let unknown = json!({ "response_action": "errors", "errors": { "weather": "?" } });
    assert_eq!(
        answer(&mut world, unknown).unwrap_err(),
        "the answer has an error for `weather`, which is no input of the window"
    );
    let none = answer(&mut world, json!({ "response_action": "errors", "errors": {} })).unwrap_err();
    assert_eq!(none, "the answer has `response_action: errors` and no `errors`");
    let bad = answer(&mut world, json!({ "response_action": "update", "view": { "type": "modal", "blocks": [] } }))
        .unwrap_err();
    assert_eq!(bad, "the answer's view is refused: [ERROR] missing required field: title [json-pointer:/view]");
    for rubbish in
        [json!({}), json!({ "response_action": "dance" }), json!("text"), json!([1]), json!({ "response_action": 7 })]
    {
        assert!(answer(&mut world, rubbish.clone()).unwrap_err().starts_with("Slack does not understand"), "{rubbish}");
    }
    let before = world.slack.open_view_of("mira").unwrap().id.clone();
    let mut view = modal();
    view["title"]["text"] = "Still not?".into();
    assert_eq!(answer(&mut world, json!({ "response_action": "update", "view": view })), Ok(None));
    let after = world.slack.open_view_of("mira").unwrap();
    assert_eq!((&after.id, &after.view["title"]["text"]), (&before, &json!("Still not?")));
    assert_eq!(answer(&mut world, json!({ "response_action": "push", "view": modal() })), Ok(None));
    assert_ne!(world.slack.open_view_of("mira").unwrap().id, before);
    let mut cleared = world.clone();
    assert_eq!(answer(&mut cleared, json!({ "response_action": "clear" })), Ok(None));
    assert!(!is_open(&cleared));
    world.slack.answer_submission("mira", None).unwrap();
    assert_eq!(world.slack.open_view_of("mira").unwrap().id, before, "below the pushed window is the one before");
}
