//! The fake Slack's methods: what each takes and refuses, in the codes of its page at <https://docs.slack.dev/reference/methods>.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use serde_json::{Value, json};
use signoff_simulator::world::slack::Arguments;
use signoff_simulator::world::{Given, SlackFailure, World};

fn world() -> World {
    let given: Given = serde_json::from_value(json!({ "workspace": {
        "team": "T0HARBOUR",
        "channels": { "quay": "C0QUAY", "cellar": { "id": "C0CELLAR", "member": false } },
        "people": {
            "mira": { "id": "U0MIRA", "name": "Mira Lund", "email": "mira@harbour.example" },
            "otto": { "id": "U0OTTO", "name": "Otto Berg", "channels": [] },
            "gone": { "id": "U0GONE", "name": "Gone Girl", "deactivated": true },
            "pilot": { "id": "U0PILOT", "name": "Pilot Guest", "team": "T0SEA", "email": "pilot@sea.example" },
            "robot": { "id": "U0ROBOT", "name": "Robot", "bot": true },
        },
        "groups": { "captains": { "id": "S0CAPTAINS", "members": ["mira", "gone", "otto"] } },
    }}))
    .unwrap();
    World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap()
}

fn json_arguments(values: &Value) -> Arguments {
    Arguments::json(values.as_object().unwrap().clone())
}

/// The same arguments as a form has them: what is no text is JSON in a text.
fn form_arguments(values: &Value) -> Arguments {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Arguments::form(values.as_object().unwrap().iter().map(|(key, value)| (key.clone(), text(value))))
}

/// The answer, or the error's code.
fn ask(world: &mut World, method: &str, arguments: &Arguments) -> Result<Value, &'static str> {
    world.slack_request(method, arguments).map_err(|failure| match failure {
        SlackFailure::Refused(error) => error.error,
        other => panic!("{method}: {other:?}"),
    })
}

fn divider() -> Value {
    json!([{ "type": "divider" }])
}

#[test]
fn chat_methods_refuse_what_slack_refuses() {
    let ts = "1780132211.000100";
    let long = |length: usize| "ß".repeat(length);
    let sections = |length: usize| {
        let section = |length| json!({ "type": "section", "text": { "type": "mrkdwn", "text": long(length) } });
        json!([section(3_000), section(3_000), section(3_000), section(3_000), section(length)])
    };
    let cases: [(&str, Value, Result<(), &str>); 34] = [
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": "x" }), Ok(())),
        ("chat.postMessage", json!({ "channel": "#quay", "text": "x" }), Ok(())),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "blocks": divider() }), Ok(())),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "blocks": divider().to_string() }), Ok(())),
        ("chat.postMessage", json!({ "text": "x" }), Err("channel_not_found")),
        ("chat.postMessage", json!({ "channel": "C0NOWHERE", "text": "x" }), Err("channel_not_found")),
        ("chat.postMessage", json!({ "channel": "quay", "text": "x" }), Err("channel_not_found")),
        ("chat.postMessage", json!({ "channel": "C0CELLAR", "text": "x" }), Err("not_in_channel")),
        ("chat.postMessage", json!({ "channel": "C0QUAY" }), Err("no_text")),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": "", "blocks": [] }), Err("no_text")),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": long(40_000) }), Ok(())),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": long(40_001) }), Err("msg_too_long")),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "blocks": [{ "type": "x" }] }), Err("invalid_blocks")),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "blocks": {} }), Err("invalid_blocks_format")),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "blocks": "[" }), Err("invalid_blocks_format")),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": "x", "thread_ts": ts }), Ok(())),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": "x", "thread_ts": "now" }), Err("invalid_thread_ts")),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": "x", "thread_ts": "1.000000" }), Ok(())),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "blocks": sections(1_200) }), Ok(())),
        ("chat.postMessage", json!({ "channel": "C0QUAY", "blocks": sections(1_201) }), Err("msg_blocks_too_long")),
        (
            "chat.update",
            json!({ "channel": "C0QUAY", "ts": ts, "blocks": sections(1_201) }),
            Err("msg_blocks_too_long"),
        ),
        (
            "chat.postEphemeral",
            json!({ "channel": "C0QUAY", "user": "U0MIRA", "blocks": sections(1_201) }),
            Err("msg_blocks_too_long"),
        ),
        ("chat.update", json!({ "channel": "#quay", "ts": ts, "text": "x" }), Err("channel_not_found")),
        ("chat.update", json!({ "channel": "#cellar", "ts": ts, "text": "x" }), Err("channel_not_found")),
        ("chat.update", json!({ "channel": "C0QUAY", "ts": ts, "text": long(4_000) }), Ok(())),
        ("chat.update", json!({ "channel": "C0QUAY", "ts": ts, "text": long(4_001) }), Err("msg_too_long")),
        ("chat.update", json!({ "channel": "C0QUAY", "ts": "1.000000", "text": "x" }), Err("message_not_found")),
        ("chat.update", json!({ "channel": "C0QUAY", "text": "x" }), Err("invalid_arguments")),
        ("chat.update", json!({ "channel": "C0CELLAR", "ts": ts, "text": "x" }), Err("not_in_channel")),
        ("chat.postEphemeral", json!({ "channel": "C0QUAY", "user": "U0MIRA", "text": "x" }), Ok(())),
        (
            "chat.postEphemeral",
            json!({ "channel": "C0QUAY", "user": "U0OTTO", "text": "x" }),
            Err("user_not_in_channel"),
        ),
        (
            "chat.postEphemeral",
            json!({ "channel": "C0QUAY", "user": "U0GONE", "text": "x" }),
            Err("user_not_in_channel"),
        ),
        ("chat.postEphemeral", json!({ "channel": "C0QUAY", "text": "x" }), Err("invalid_arguments")),
        ("chat.shout", json!({ "channel": "C0QUAY", "text": "x" }), Err("unknown_method")),
    ];
    for (method, values, wanted) in cases {
        for arguments in [json_arguments(&values), form_arguments(&values)] {
            let mut world = world();
            ask(&mut world, "chat.postMessage", &json_arguments(&json!({ "channel": "C0QUAY", "text": "first" })))
                .unwrap();
            let asked = ask(&mut world, method, &arguments);
            let place = format!("{method} {:.90}", values.to_string());
            assert_eq!(asked.map(drop), wanted, "{place}");
            assert_eq!(world.slack.messages()[0].ts, ts);
            if wanted.is_err() {
                assert_eq!(world.slack.messages().len() + world.slack.ephemerals().len(), 1, "{place}");
                assert!(!world.slack.messages()[0].edited, "{place}");
            }
        }
    }
}

/// <https://github.com/slack-go/slack/issues/1571>.
#[test]
fn a_reply_to_a_message_that_is_gone_is_one_of_the_channel() {
    let mut world = world();
    let reply = json!({ "channel": "C0QUAY", "text": "x", "thread_ts": "1.000000" });
    let posted = ask(&mut world, "chat.postMessage", &json_arguments(&reply)).unwrap();
    assert_eq!(posted["message"].get("thread_ts"), None);
    assert_eq!(world.slack.messages()[0].thread_ts, None);
}

#[test]
fn what_is_posted_is_kept_with_ids_and_told() {
    let mut world = world();
    let values = json!({ "channel": "#quay", "text": "Sail?", "blocks": divider() });
    let posted = ask(&mut world, "chat.postMessage", &json_arguments(&values)).unwrap();
    assert_eq!((&posted["channel"], &posted["ts"]), (&json!("C0QUAY"), &json!("1780132211.000100")));
    assert_eq!(posted["message"]["blocks"][0]["block_id"].as_str().map(str::len), Some(5));
    let seen = ask(
        &mut world,
        "chat.postEphemeral",
        &json_arguments(&json!({ "channel": "C0QUAY", "user": "U0MIRA", "text": "x" })),
    );
    let ts = seen.unwrap()["message_ts"].clone();
    assert_eq!(ts, "1780132211.000200", "no two have the same ts");
    let update = json!({ "channel": "C0QUAY", "ts": ts, "text": "y" });
    assert_eq!(ask(&mut world, "chat.update", &json_arguments(&update)), Err("cant_update_message"));
    let update = json!({ "channel": "C0QUAY", "ts": posted["ts"], "text": "Sailed" });
    let updated = ask(&mut world, "chat.update", &json_arguments(&update)).unwrap();
    assert_eq!((&updated["text"], &updated["ts"]), (&json!("Sailed"), &posted["ts"]));
    let [message] = world.slack.messages() else { panic!("one message") };
    assert_eq!((message.edited, message.blocks.len()), (true, 1));
    let calls: Vec<String> = world
        .take_calls()
        .iter()
        .map(|call| format!("{} {} {:?}", call.operation, call.subject, call.outcome))
        .collect();
    assert_eq!(
        calls[1..3],
        ["chat.postEphemeral #quay for @Mira Lund Ok(\"ok\")", "chat.update #quay Err(\"cant_update_message\")"]
    );
}

/// <https://docs.slack.dev/reference/methods/users.info>: the method takes a form, and JSON not.
#[test]
fn messages_have_addresses() {
    let mut world = world();
    let post = |world: &mut World, values: Value| ask(world, "chat.postMessage", &json_arguments(&values)).unwrap();
    let first = post(&mut world, json!({ "channel": "C0QUAY", "text": "x" }));
    let reply = post(&mut world, json!({ "channel": "C0QUAY", "text": "y", "thread_ts": first["ts"] }));
    let address = |world: &mut World, ts: &Value| {
        let arguments = form_arguments(&json!({ "channel": "C0QUAY", "message_ts": ts }));
        ask(world, "chat.getPermalink", &arguments).unwrap()["permalink"].as_str().unwrap().to_owned()
    };
    let archive = "https://harbour.slack.com/archives/C0QUAY";
    assert_eq!(address(&mut world, &first["ts"]), format!("{archive}/p1780132211000100"));
    let in_thread = format!("{archive}/p1780132211000200?thread_ts=1780132211.000100&cid=C0QUAY");
    assert_eq!(address(&mut world, &reply["ts"]), in_thread);
    for (arguments, wanted) in [
        (json!({ "channel": "C0QUAY", "message_ts": "1.000000" }), "message_not_found"),
        (json!({ "channel": "C0QUAY" }), "invalid_arguments"),
        (json!({ "channel": "C0NOWHERE", "message_ts": first["ts"] }), "channel_not_found"),
        (json!({ "message_ts": first["ts"] }), "channel_not_found"),
    ] {
        assert_eq!(ask(&mut world, "chat.getPermalink", &form_arguments(&arguments)), Err(wanted), "{arguments}");
    }
    // It reads no JSON.
    let json = json_arguments(&json!({ "channel": "C0QUAY", "message_ts": first["ts"] }));
    assert_eq!(ask(&mut world, "chat.getPermalink", &json), Err("channel_not_found"));
}

#[test]
fn people_are_told_of_to_who_asks_with_a_form() {
    let mut world = world();
    let values = json!({ "user": "U0MIRA" });
    assert_eq!(ask(&mut world, "users.info", &json_arguments(&values)), Err("user_not_found"));
    let mut user = |id: &str| {
        ask(&mut world, "users.info", &form_arguments(&json!({ "user": id }))).map(|answer| answer["user"].clone())
    };
    assert_eq!(user("U0NOBODY"), Err("user_not_found"));
    assert_eq!(user("mira"), Err("user_not_found"), "a handle is no id");
    assert_eq!(user(""), Err("user_not_found"));
    let mira = user("U0MIRA").unwrap();
    assert_eq!(
        (&mira["deleted"], &mira["is_bot"], &mira["team_id"]),
        (&json!(false), &json!(false), &json!("T0HARBOUR"))
    );
    assert_eq!((&mira["real_name"], &mira["profile"]["email"]), (&json!("Mira Lund"), &json!("mira@harbour.example")));
    assert_eq!(mira.get("is_stranger"), None);
    let gone = user("U0GONE").unwrap();
    assert_eq!((&gone["deleted"], gone.get("real_name")), (&json!(true), None));
    let pilot = user("U0PILOT").unwrap();
    assert_eq!(
        (&pilot["is_stranger"], &pilot["team_id"], &pilot["profile"]["email"]),
        (&json!(true), &json!("T0SEA"), &Value::Null)
    );
    assert_eq!(user("U0ROBOT").unwrap()["is_bot"], true);
}

/// <https://docs.slack.dev/reference/methods/users.info>.
#[test]
fn e_mail_addresses_are_told_with_their_scope_only() {
    for (scopes, told) in [(json!(["users:read"]), false), (json!(["users:read", "users:read.email"]), true)] {
        let given: Given = serde_json::from_value(json!({ "workspace": { "scopes": scopes, "people": {
            "mira": { "id": "U0MIRA", "name": "Mira Lund", "email": "mira@harbour.example" },
        } } }))
        .unwrap();
        let mut world = World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap();
        let answer = ask(&mut world, "users.info", &form_arguments(&json!({ "user": "U0MIRA" }))).unwrap();
        assert_eq!(answer["user"]["profile"].get("email").is_some(), told, "{scopes}");
    }
}

/// <https://docs.slack.dev/apis/web-api/rate-limits>: the tier of each method is on its page.
#[test]
fn each_method_has_a_limit_of_its_own() {
    let given: Given = serde_json::from_value(json!({ "workspace": {
        "rate_limits": true, "channels": { "quay": "C0QUAY" }, "people": { "mira": { "id": "U0MIRA", "name": "Mira Lund" } },
    } }))
    .unwrap();
    let home = json!({ "type": "home", "blocks": divider() });
    for (method, arguments, most) in [
        ("chat.postMessage", json!({ "channel": "C0QUAY", "text": "x" }), 1),
        ("chat.postEphemeral", json!({ "channel": "C0QUAY", "user": "U0MIRA", "text": "x" }), 100),
        ("conversations.info", json!({ "channel": "C0QUAY" }), 50),
        ("users.info", json!({ "user": "U0MIRA" }), 100),
        ("views.publish", json!({ "user_id": "U0MIRA", "view": home }), 100),
    ] {
        let mut world = World::new(&given, "2026-05-30T09:10:11Z".parse().unwrap()).unwrap();
        let arguments = form_arguments(&arguments);
        for _ in 0..most {
            world.slack_request(method, &arguments).unwrap();
        }
        let wait = if most == 1 { 1 } else { 60 };
        let refused = world.slack_request(method, &arguments).unwrap_err();
        assert_eq!(refused, SlackFailure::RateLimited { retry_after_s: wait }, "{method}");
        world.advance(jiff::SignedDuration::from_secs(wait.into()));
        world.slack_request(method, &arguments).unwrap();
    }
}

/// <https://docs.slack.dev/reference/methods/usergroups.users.list>.
#[test]
fn a_group_has_its_active_members() {
    let mut world = world();
    let values = json!({ "usergroup": "S0CAPTAINS" });
    let members = ask(&mut world, "usergroups.users.list", &form_arguments(&values)).unwrap();
    assert_eq!(members["users"], json!(["U0MIRA", "U0OTTO"]));
    assert_eq!(ask(&mut world, "usergroups.users.list", &json_arguments(&values)), Err("invalid_arguments"));
    let unknown = form_arguments(&json!({ "usergroup": "S0NONE" }));
    assert_eq!(ask(&mut world, "usergroups.users.list", &unknown), Err("no_such_subteam"));
}

#[test]
fn home_tabs_refuse_what_slack_refuses() {
    let home = |blocks: Value| json!({ "type": "home", "blocks": blocks });
    for (arguments, expected) in [
        (json!({ "user_id": "U0MIRA", "view": home(divider()) }), Ok(())),
        (json!({ "view": home(divider()) }), Err("invalid_arguments")),
        (json!({ "user_id": "U0MIRA" }), Err("invalid_arguments")),
        (json!({ "user_id": "U0MIRA", "view": "{" }), Err("invalid_arguments")),
        (json!({ "user_id": "U0MIRA", "view": { "type": "modal", "blocks": [] } }), Err("invalid_arguments")),
        (json!({ "user_id": "U0MIRA", "view": { "type": "home" } }), Err("invalid_arguments")),
        (
            json!({ "user_id": "U0MIRA", "view": { "type": "home", "blocks": [], "title": {} } }),
            Err("invalid_arguments"),
        ),
        (
            json!({ "user_id": "U0MIRA", "view": home(json!(vec![json!({ "type": "divider" }); 101])) }),
            Err("invalid_arguments"),
        ),
        (json!({ "user_id": "U0NOBODY", "view": home(divider()) }), Err("user_not_found")),
        (json!({ "user_id": "U0GONE", "view": home(divider()) }), Err("user_not_found")),
    ] {
        let mut world = world();
        let json = ask(&mut world, "views.publish", &json_arguments(&arguments)).map(drop);
        assert_eq!(json, expected, "{arguments}");
        assert_eq!(world.slack.homes().len(), usize::from(expected.is_ok()));
    }
}

/// <https://docs.slack.dev/reference/methods/views.publish>.
#[test]
fn a_home_tab_is_published_once_more_by_who_knows_it() {
    let mut world = world();
    let home = |id: &str| json!({ "type": "home", "blocks": divider(), "external_id": id });
    let mut publish = |user: &str, id: &str, hash: Option<&Value>| {
        let mut arguments = json!({ "user_id": user, "view": home(id) });
        if let Some(hash) = hash {
            arguments["hash"] = hash.clone();
        }
        ask(&mut world, "views.publish", &json_arguments(&arguments)).map(|answer| answer["view"]["hash"].clone())
    };
    // Nobody has one yet that could be another.
    let first = publish("U0MIRA", "mira", Some(&json!("1.x"))).unwrap();
    let second = publish("U0MIRA", "mira", Some(&first)).unwrap();
    assert_eq!(publish("U0MIRA", "mira", Some(&first)), Err("hash_conflict"));
    assert_eq!(publish("U0OTTO", "mira", None), Err("duplicate_external_id"));
    publish("U0OTTO", "otto", None).unwrap();
    publish("U0MIRA", "mira", Some(&second)).unwrap();
    publish("U0OTTO", "", None).unwrap();
    publish("U0MIRA", "", None).unwrap();
}

#[test]
fn a_view_may_be_large_and_not_larger() {
    let mut world = world();
    let section = json!({ "type": "section", "text": { "type": "mrkdwn", "text": "x".repeat(2_900) } });
    for (count, wanted) in [(83, Ok(())), (86, Err("view_too_large"))] {
        let view = json!({ "type": "home", "blocks": vec![section.clone(); count] });
        let arguments = json_arguments(&json!({ "user_id": "U0MIRA", "view": view }));
        assert_eq!(ask(&mut world, "views.publish", &arguments).map(drop), wanted, "{count}");
    }
}

#[test]
fn slash_commands_are_given_where_people_are() {
    let now = "2026-05-30T09:10:11Z".parse().unwrap();
    let mut world = world();
    let sent = world.slack.command(now, "mira", "/deploy start a&b <now>", Some("quay")).unwrap();
    assert_eq!((sent.channel.as_str(), sent.user.as_str()), ("C0QUAY", "U0MIRA"));
    assert!(sent.body.contains("command=%2Fdeploy&text=start+a%26amp%3Bb+%26lt%3Bnow%26gt%3B"), "{}", sent.body);
    assert!(sent.body.contains("team_id=T0HARBOUR") && sent.body.contains("&trigger_id="));
    for (person, text, channel, expected) in [
        ("otto", "/deploy", None, "Otto Berg is in no channel to give a command in"),
        ("mira", "/deploy", Some("attic"), "Mira Lund is in no channel `attic` to give a command in"),
        ("mira", "deploy", None, "`deploy` is no slash command: it begins with `/`"),
        ("gone", "/deploy", None, "Gone Girl can give no command: the account is deactivated"),
    ] {
        assert_eq!(world.slack.command(now, person, text, channel).unwrap_err(), expected);
    }
    let answers = |answer: Value| {
        world
            .clone()
            .slack
            .answer_command(now, &sent, Some(&answer))
            .map_err(|error| error.split(':').next().unwrap_or_default().to_owned())
    };
    assert_eq!(answers(json!({ "text": "hi" })), Ok(()));
    assert_eq!(answers(json!({ "response_type": "in_channel", "blocks": divider() })), Ok(()));
    assert_eq!(answers(json!({})), Err("the answer to the command has neither `text` nor `blocks`".to_owned()));
    assert_eq!(
        answers(json!({ "text": "a", "response_type": "loud" })),
        Err("Slack does not understand `response_type".to_owned())
    );
    assert_eq!(
        answers(json!({ "text": "a", "blocks": [{ "type": "section" }] })),
        Err("the answer to the command is refused".to_owned())
    );
}

/// What somebody pressed on a message of the app's, and the path of its `response_url`.
fn pressed(world: &mut World) -> String {
    let message = json!({ "channel": "C0QUAY", "text": "Moor?", "blocks": [{ "type": "actions", "elements": [
        { "type": "button", "action_id": "moor", "text": { "type": "plain_text", "text": "Moor" } },
    ] }] });
    ask(world, "chat.postMessage", &json_arguments(&message)).unwrap();
    let interaction = world.slack.press(world.now, "mira", "moor", None).unwrap();
    let address = interaction.payload["response_url"].as_str().unwrap();
    address.strip_prefix("https://hooks.slack.com/").unwrap().to_owned()
}

#[test]
fn a_response_url_answers_five_times_within_thirty_minutes() {
    let mut world = world();
    let path = pressed(&mut world);
    let mut respond = |minutes: i64, path: &str, body: Value| {
        world.now =
            "2026-05-30T09:10:11Z".parse::<jiff::Timestamp>().unwrap() + jiff::SignedDuration::from_mins(minutes);
        let answer = world.response_url_request(path, &body).map_err(|failure| failure.code().to_owned());
        let texts = world.slack.messages().iter().map(|message| message.text.as_str());
        let seen = world.slack.ephemerals().iter().map(|message| message.text.as_str());
        (answer, texts.collect::<Vec<_>>().join(", "), seen.collect::<Vec<_>>().join(", "))
    };
    let refused = |code: &str| Err(code.to_owned());
    let is = |answer: Result<(), String>, messages: &str, ephemerals: &str| {
        (answer, messages.to_owned(), ephemerals.to_owned())
    };
    assert_eq!(respond(0, "actions/T0HARBOUR/other", json!({ "text": "a" })).0, refused("no_service"));
    assert_eq!(respond(0, &path, json!("a")).0, refused("invalid_payload"));
    assert_eq!(respond(1, &path, json!({ "text": "only you" })), is(Ok(()), "Moor?", "only you"));
    let for_all = json!({ "response_type": "in_channel", "text": "all" });
    assert_eq!(respond(2, &path, for_all), is(Ok(()), "Moor?, all", "only you"));
    let instead = json!({ "replace_original": true, "text": "Moored" });
    assert_eq!(respond(3, &path, instead), is(Ok(()), "Moored, all", "only you"));
    assert_eq!(respond(4, &path, json!({ "blocks": [{ "type": "section" }] })).0, refused("invalid_blocks"));
    assert_eq!(respond(30, &path, json!({ "delete_original": true })), is(Ok(()), "all", "only you"));
    assert_eq!(respond(30, &path, json!({ "text": "once more" })).0, refused("used_url"));
    assert_eq!(respond(31, &path, json!({ "text": "late" })).0, refused("expired_url"));
}

#[test]
fn each_press_and_each_command_has_a_response_url_of_its_own() {
    let mut world = world();
    let first = pressed(&mut world);
    let again = world.slack.press(world.now, "mira", "moor", None).unwrap();
    assert!(!again.payload["response_url"].as_str().unwrap().ends_with(&first));
    let sent = world.slack.command(world.now, "mira", "/deploy status", None).unwrap();
    let fields: Vec<(String, String)> = form_urlencoded::parse(sent.body.as_bytes()).into_owned().collect();
    let address = fields.iter().find(|(name, _)| name == "response_url").map(|(_, address)| address.as_str()).unwrap();
    let path = address.strip_prefix("https://hooks.slack.com/").unwrap();
    // There is no message that a command was given on.
    let body = json!({ "replace_original": true, "text": "Ferry waits" });
    assert_eq!(world.response_url_request(path, &body), Ok(()));
    assert_eq!(world.slack.ephemerals().last().map(|seen| seen.text.as_str()), Some("Ferry waits"));
}
