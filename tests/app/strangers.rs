//! Clicks that Slack did send, by people who may not answer (A3). What is changed of a good click is one thing each time.

use serde_json::{Value, json};

use super::fakes::Called;
use super::signed::{invoke, press, shop};

/// The payload with this put at this place.
fn with(mut payload: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, change) in changes {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        payload.pointer_mut(parent).unwrap()[field] = change.clone();
    }
    payload
}

#[tokio::test]
async fn each_is_refused_and_told_so() {
    let workspace = "Approvals are answered by people of the workspace that the rules name";
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, Value)], &'a str);
    let cases: &[Case<'_>] = &[
        ("another workspace", "U0NOOR", &[("/team/id", json!("T0OTHER"))], workspace),
        ("another workspace, from a shared channel", "U0NOOR", &[("/user/team_id", json!("T0OTHER"))], workspace),
        ("no workspace", "U0NOOR", &[("/team", Value::Null)], workspace),
        (
            "an install for the whole organisation",
            "W0NOOR",
            &[
                ("/team", Value::Null),
                ("/enterprise", json!({ "id": "E0GROUP", "name": "Group" })),
                ("/is_enterprise_install", json!(true)),
                ("/user/team_id", json!("E0GROUP")),
            ],
            workspace,
        ),
        (
            "an install for the whole organisation, where the user's workspace is ours",
            "U0NOOR",
            &[
                ("/team", Value::Null),
                ("/enterprise", json!({ "id": "E0GROUP" })),
                ("/is_enterprise_install", json!(true)),
            ],
            workspace,
        ),
        ("a workspace that is a list", "U0NOOR", &[("/team/id", json!(["T0SHOP"]))], workspace),
        ("somebody whom no rule names", "U0ELSE", &[], "You may not answer this approval: the rule `live` names"),
        ("a bot", "U0ROBOT", &[], "Bots and apps may not answer approvals."),
        ("deactivated", "U0GONE", &[], "Your Slack account is deactivated"),
        ("a guest", "U0GUEST", &[], "You are a guest from another organisation here"),
    ];
    for (name, user, changes, told) in cases {
        let shop = shop().await;
        let answer = invoke(&shop, &with(press(&shop, user), changes)).await;
        assert_eq!(answer["statusCode"], 200, "{name}");
        let calls = shop.calls();
        let [Called::Post(_), Called::Whisper(to, said)] = calls.as_slice() else { panic!("{name}: {calls:?}") };
        assert_eq!(to, user, "{name}");
        assert!(said.starts_with(told), "{name}: {said}");
        assert_eq!(shop.answered(), None, "{name}");
    }
}

/// In an organisation a workspace names its organisation, too, and nothing is wrong with that.
#[tokio::test]
async fn a_workspace_of_an_organisation_is_a_workspace() {
    let shop = shop().await;
    let team = json!({ "id": "T0SHOP", "domain": "shop", "enterprise_id": "E0GROUP", "enterprise_name": "Group" });
    let payload =
        with(press(&shop, "U0NOOR"), &[("/team", team), ("/enterprise", json!({ "id": "E0GROUP", "name": "Group" }))]);
    assert_eq!(invoke(&shop, &payload).await["statusCode"], 200);
    assert_eq!(shop.answered().map(|(approved, _)| approved), Some(true));
}

/// S5: signoff answers through the Web API alone, so that no address in a payload matters.
#[tokio::test]
async fn no_address_in_a_payload_is_called() {
    for address in
        [json!("https://hooks.slack.com.collector.example/x"), json!("http://127.0.0.1:1/"), Value::Null, json!(7)]
    {
        let shop = shop().await;
        let payload = with(press(&shop, "U0NOOR"), &[("/response_url", address)]);
        assert_eq!(invoke(&shop, &payload).await["statusCode"], 200);
        assert!(matches!(shop.calls().as_slice(), [Called::Post(_), Called::Put(true, _), Called::Update(_)]));
    }
}
