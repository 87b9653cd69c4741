//! `signoff doctor` in front of the simulated services: a set-up that is as it should be, and many that are not.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(
    clippy::disallowed_methods,
    reason = "the command reads the machine's clock, and folders that the tests write"
)]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use signoff_simulator::http::Endpoints;
use signoff_simulator::world::dynamodb::{Index, Shape};
use signoff_simulator::world::sts::OWN_ACCESS_KEY;
use signoff_simulator::world::{Fault, Given, World};
use wiremock::matchers::{any, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

const TOKEN: &str = "xoxb-tide-0000";

const TOPIC: &str = "arn:aws:sns:eu-west-1:482910375566:pipeline-approvals";

const RULES: &str = "\
version: 1
workspace: T0TIDE
channels: { quay: C0QUAY, alarms: C0ALARMS }
groups:
  captains: { users: [U0MIRA, U0OLE] }
  harbour-office: { usergroup: S0OFFICE }
uncovered: { channel: alarms }
approvals:
  - name: ferries
    match: { pipeline: ferry-*, stage: Release }
    channel: quay
    require: [{ from: captains }, { from: harbour-office }]
    mention: [captains]
notifications:
  - name: failures
    match: { event: pipeline.failed }
    channel: alarms
    template: failure
    mention: [U0PIA]
";

/// Everything that a set-up is made of.
struct SetUp {
    given: Value,
    rules: Option<String>,
    env: BTreeMap<&'static str, Option<String>>,
    arguments: Vec<String>,
    shape: Option<Shape>,
    faults: Vec<Value>,
    ahead: SignedDuration,
    /// What the request URL answers, where it is asked.
    url: Option<u16>,
}

impl SetUp {
    /// As it should be.
    fn good() -> Self {
        let given = json!({
            "workspace": {
                "team": "T0TIDE",
                "channels": { "quay": "C0QUAY", "alarms": "C0ALARMS" },
                "people": {
                    "mira": { "id": "U0MIRA", "name": "Mira Lund" },
                    "ole": { "id": "U0OLE", "name": "Ole Berg" },
                    "pia": { "id": "U0PIA", "name": "Pia Holm" },
                },
                "groups": { "office": { "id": "S0OFFICE", "members": ["pia"] } },
            },
            "pipelines": {
                "ferry-north": { "stages": [
                    { "name": "Release", "actions": [{ "name": "Captain", "category": "Approval" }] },
                ] },
                "lighthouse": { "stages": [
                    { "name": "Build", "actions": [{ "name": "Lamp", "category": "Build" }] },
                ] },
            },
        });
        let (env, arguments, faults) = Default::default();
        let (shape, ahead, url) = (None, SignedDuration::ZERO, None);
        Self { given, rules: Some(RULES.to_owned()), env, arguments, shape, faults, ahead, url }
    }

    fn env(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.env.insert(name, value.map(str::to_owned));
        self
    }

    fn given(mut self, pointer: &str, value: Value) -> Self {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        self.given.pointer_mut(parent).unwrap()[key] = value;
        self
    }

    fn rules(mut self, from: &str, to: &str) -> Self {
        let rules = self.rules.take().unwrap();
        assert!(rules.contains(from), "{from}");
        self.rules = Some(rules.replace(from, to));
        self
    }

    fn shape(mut self, shape: Shape) -> Self {
        self.shape = Some(shape);
        self
    }

    fn fault(mut self, service: &str, operation: &str, kind: Value) -> Self {
        self.faults.push(json!({ "service": service, "operation": operation, "kind": kind, "times": 9 }));
        self
    }

    fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    fn url(mut self, status: u16) -> Self {
        self.url = Some(status);
        self
    }

    /// Runs the command, and returns what it prints and its exit status.
    async fn examine(&self) -> (String, i32) {
        let given: Given = serde_json::from_value(self.given.clone()).unwrap();
        let now = Timestamp::now() + self.ahead;
        let mut world = World::new(&given, now).unwrap();
        if let Some(shape) = &self.shape {
            world.dynamodb.shape("signoff", shape.clone());
        }
        world.faults =
            self.faults.iter().map(|fault| serde_json::from_value::<Fault>(fault.clone()).unwrap()).collect();
        let endpoints = Endpoints::start(Arc::new(Mutex::new(world)), TOKEN).await;
        let function = MockServer::start().await;
        if let Some(status) = self.url {
            Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&function).await;
        }
        let unsigned = Mock::given(any()).respond_with(ResponseTemplate::new(404));
        unsigned.mount(&function).await;

        let folder = tempfile::tempdir().unwrap();
        if let Some(rules) = &self.rules {
            std::fs::create_dir(folder.path().join("rules")).unwrap();
            std::fs::write(folder.path().join("rules/tide.yaml"), rules).unwrap();
        }
        let mut env: BTreeMap<&str, Option<String>> = [
            ("SIGNOFF_TABLE", "signoff".to_owned()),
            ("SLACK_BOT_TOKEN", TOKEN.to_owned()),
            ("SLACK_SIGNING_SECRET", "0123456789abcdef0123456789abcdef".to_owned()),
            ("SLACK_API_URL", endpoints.slack_url()),
            ("AWS_ENDPOINT_URL", endpoints.uri()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", OWN_ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "tide".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("HOME", folder.path().display().to_string()),
        ]
        .map(|(name, value)| (name, Some(value)))
        .into();
        env.extend(self.env.clone());
        let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
        command.current_dir(folder.path()).arg("doctor").args(&self.arguments).env_clear();
        if self.url.is_some() {
            command.args(["--url", &format!("{}/slack", function.uri())]);
        }
        command.envs(env.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
        let output = command.output().unwrap();
        // The servers take their leave by blocking, for which a task that never gave way would have no budget left.
        tokio::task::yield_now().await;
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains(TOKEN) && !said.contains("0123456789abcdef"), "{said}");
        // The ports are others each time.
        let said = said.replace(&endpoints.uri(), "http://services").replace(&function.uri(), "http://function");
        (said, output.status.code().unwrap())
    }
}

/// What is not as it should be, without what is, and without the request URL where it is not asked.
fn amiss(said: &str) -> String {
    let blocks = said.split("\n\n").map(|block| {
        let well = |line: &&str| line.starts_with("  ✔") || line.contains("name it with `--url`");
        let lines: Vec<&str> = block.lines().filter(|line| !well(line)).collect();
        if lines.len() > 1 || !lines[0].chars().all(|letter| letter.is_alphabetic() || letter == ' ') {
            lines.join("\n") + "\n"
        } else {
            String::new()
        }
    });
    blocks.collect()
}

#[tokio::test]
async fn a_set_up_that_is_as_it_should_be() {
    let good = SetUp::good().with(&["--topic", TOPIC]).url(401);
    let (said, status) = good.examine().await;
    insta::assert_snapshot!("good", said);
    assert_eq!(status, 0);
    let (said, status) = good.with(&["--format", "json"]).examine().await;
    insta::assert_snapshot!("good-json", said);
    assert_eq!(status, 0);
}

fn kept_secrets() -> Value {
    let signing_secret = "0123456789abcdef0123456789abcdef";
    json!({
        "ssm": { "/tide/bot-token": TOKEN },
        "secretsmanager": { "tide/slack": { "signing_secret": signing_secret } },
    })
}

#[tokio::test]
async fn secrets_are_read_where_the_settings_say() {
    let place = "secretsmanager:tide/slack#signing_secret";
    let set_up = SetUp::good().given("/secrets", kept_secrets()).with(&["--topic", TOPIC]);
    let set_up = set_up.env("SLACK_BOT_TOKEN", Some("ssm:/tide/bot-token")).env("SLACK_SIGNING_SECRET", Some(place));
    let (said, status) = set_up.examine().await;
    assert_eq!(status, 0, "{said}");
    insta::assert_snapshot!("kept", said);
}

#[tokio::test]
async fn without_a_network_the_settings_and_the_rules_are_checked() {
    let nowhere =
        |set_up: SetUp| set_up.env("SLACK_API_URL", None).env("AWS_ENDPOINT_URL", None).env("AWS_REGION", None);
    let (said, status) = nowhere(SetUp::good()).with(&["--offline"]).examine().await;
    insta::assert_snapshot!("offline", said);
    assert_eq!(status, 0);
    let bad = nowhere(SetUp::good()).env("SLACK_BOT_TOKEN", None).with(&["--offline"]);
    let (_, status) = bad.examine().await;
    assert_eq!(status, 1);
}

/// Slack's limits are waited out.
#[tokio::test]
async fn what_is_asked_too_fast_is_asked_again() {
    let mut limited = SetUp::good().fault("slack", "users.info", json!({ "rate-limited": { "retry_after_s": 0 } }));
    limited.faults[0]["times"] = json!(2);
    let (said, status) = limited.examine().await;
    assert!(said.contains("people") && said.contains("3 as they should be\n"), "{said}");
    assert_eq!(status, 0, "{said}");
}

/// With somebody and a user group who give commands, and do nothing else.
fn commanded(set_up: SetUp) -> SetUp {
    let set_up = set_up
        .given("/workspace/people/kai", json!({ "id": "U0KAI", "name": "Kai Rask" }))
        .given("/workspace/groups/crew", json!({ "id": "S0CREW", "members": ["kai"] }));
    let rules = set_up.rules.unwrap_or_default()
        + "commands:\n  - { name: operate ferries, match: { pipeline: ferry-* }, do: [start], by: [U0KAI, crew] }\n";
    let rules = rules.replace("  harbour-office:", "  crew: { usergroup: S0CREW }\n  harbour-office:");
    SetUp { rules: Some(rules), ..set_up }
}

#[tokio::test]
async fn who_gives_commands_is_looked_at() {
    let (said, status) = commanded(SetUp::good().with(&["--topic", TOPIC])).examine().await;
    assert_eq!(status, 0, "{said}");
    insta::assert_snapshot!("commands", said);
}

fn bad_set_ups() -> Vec<(&'static str, SetUp)> {
    let good = || SetUp::good().with(&["--topic", TOPIC]);
    let index = |partition, sort| Some(Index { name: "due", partition, sort });
    let kept = || {
        let place = "secretsmanager:tide/slack#signing_secret";
        let set_up =
            good().env("SLACK_BOT_TOKEN", Some("ssm:/tide/bot-token")).env("SLACK_SIGNING_SECRET", Some(place));
        set_up.given("/secrets", kept_secrets())
    };
    let settings = vec![
        (
            "no settings",
            good().env("SIGNOFF_TABLE", None).env("SLACK_BOT_TOKEN", Some(" ")).env("SLACK_SIGNING_SECRET", None),
        ),
        (
            "settings of another shape",
            good().env("SIGNOFF_TABLE", Some("memory")).env("SLACK_SIGNING_SECRET", Some("a-client-secret")),
        ),
        ("an address that is not encrypted", good().env("SLACK_API_URL", Some("http://slack.example/api/"))),
        ("a setting that is neither on nor off", good().env("SIGNOFF_RECORD", Some("yes"))),
        (
            "secrets that are not kept where the settings say",
            good()
                .env("SLACK_BOT_TOKEN", Some("ssm:/tide/bot-token"))
                .env("SLACK_SIGNING_SECRET", Some("secretsmanager:tide/slack#signing_secret")),
        ),
        ("a secret that may not be read", kept().fault("ssm", "GetParameter", json!("denied"))),
        (
            "another secret than is meant",
            kept().given("/secrets/secretsmanager", json!({ "tide/slack": { "signing_secret": "a-client-secret" } })),
        ),
        ("no region", good().env("AWS_REGION", None)),
        ("no credentials", good().env("AWS_ACCESS_KEY_ID", None)),
        ("no rules", SetUp { rules: None, ..good() }),
        ("rules with a mistake", good().rules("from: captains", "from: capitains")),
    ];
    let slack = vec![
        ("another token", good().env("SLACK_BOT_TOKEN", Some("xoxb-ebb-0000"))),
        ("a person's token", good().env("SLACK_BOT_TOKEN", Some("xoxp-ebb-0000"))),
        ("another workspace", good().rules("T0TIDE", "T0EBB")),
        (
            "no scope for user groups",
            good().given("/workspace/scopes", json!(["chat:write", "users:read", "channels:read"])),
        ),
        (
            "no scope for authors",
            good()
                .rules("    mention: [captains]", "    forbid: [author]")
                .given("/workspace/scopes", json!(["chat:write", "users:read", "usergroups:read", "channels:read"])),
        ),
        (
            "no scope for channels",
            good().given("/workspace/scopes", json!(["chat:write", "users:read", "usergroups:read"])),
        ),
        ("no scope at all", good().given("/workspace/scopes", json!([]))),
        (
            "the bot is not in a channel",
            good().given("/workspace/channels/quay", json!({ "id": "C0QUAY", "member": false })),
        ),
        (
            "no scope for commands",
            commanded(good())
                .given("/workspace/scopes", json!(["chat:write", "users:read", "usergroups:read", "channels:read"])),
        ),
        (
            "no scope for those who are mentioned for what they did",
            good()
                .rules("mention: [U0PIA]", "mention: [author]")
                .given("/workspace/scopes", json!(["chat:write", "users:read", "usergroups:read", "channels:read"])),
        ),
        ("somebody unknown gives commands", commanded(good()).rules("U0KAI", "U0KAJ")),
        (
            "a bot, and a user group with nobody in it, give commands",
            commanded(good())
                .given("/workspace/people/kai/bot", json!(true))
                .given("/workspace/groups/crew/members", json!([])),
        ),
        ("an unknown channel", good().rules("C0ALARMS", "C0ALARM")),
        ("an unknown person", good().rules("U0OLE", "U0OLAF")),
        ("a deactivated person", good().given("/workspace/people/ole/deactivated", json!(true))),
        ("a bot among the approvers", good().given("/workspace/people/ole/bot", json!(true))),
        ("a stranger among the approvers", good().given("/workspace/people/ole/team", json!("T0EBB"))),
        ("an unknown user group", good().rules("S0OFFICE", "S0OFFICER")),
        ("a user group with nobody in it", good().given("/workspace/groups/office/members", json!([]))),
        ("a clock that is slow", SetUp { ahead: SignedDuration::from_mins(2), ..good() }),
        ("a clock that is fast", SetUp { ahead: SignedDuration::from_mins(-10), ..good() }),
        ("Slack is down", good().fault("slack", "auth.test", json!("server-error"))),
    ];
    let aws = vec![
        ("no such table", good().env("SIGNOFF_TABLE", Some("sign-off"))),
        ("another key", good().shape(Shape { key: ("id", "S"), ..Shape::default() })),
        ("a key of another type", good().shape(Shape { key: ("pk", "N"), ..Shape::default() })),
        ("no TTL", good().shape(Shape { ttl: None, ..Shape::default() })),
        ("TTL on another attribute", good().shape(Shape { ttl: Some("ttl"), ..Shape::default() })),
        ("no index", good().shape(Shape { index: None, ..Shape::default() })),
        (
            "an index with another key",
            good().shape(Shape { index: index(("due_shard", "S"), ("due_at", "S")), ..Shape::default() }),
        ),
        ("the table may not be looked at", good().fault("dynamodb", "DescribeTable", json!("denied"))),
        ("pipelines may not be looked at", good().fault("codepipeline", "ListPipelines", json!("denied"))),
        ("CodePipeline is down", good().fault("codepipeline", "GetPipeline", json!("server-error"))),
        ("another region", good().with(&["--region", "eu-north-1"])),
        ("an approval that no rule is for", good().rules("ferry-*", "barge-*")),
        (
            "an approval without a topic",
            good().given("/pipelines/ferry-north/stages/0/actions/0/notifies", json!(false)),
        ),
        (
            "an approval with another topic",
            SetUp::good().with(&["--topic", "arn:aws:sns:eu-west-1:482910375566:signoff"]),
        ),
        ("a topic of which nothing is known", SetUp::good()),
    ];
    let roles =
        "accounts:\n  islands: { role: 'arn:aws:iam::111122223333:role/signoff', external_id: tide }\napprovals:";
    let islands = |role: Value| {
        let set_up = good().rules("approvals:", roles);
        let stages = json!([{ "name": "Release", "actions": [{ "name": "Captain", "category": "Approval" }] }]);
        let pipeline = json!({ "name": "ferry-north", "account": "111122223333", "stages": stages });
        let set_up = set_up.given("/account", json!("482910375566")).given("/pipelines/ferry of the islands", pipeline);
        set_up.given("/roles", json!({ "arn:aws:iam::111122223333:role/signoff": role }))
    };
    let accounts = vec![
        ("a role that wants another external id", islands(json!({ "external_id": "ebb" }))),
        ("a role that trusts somebody else", islands(json!({ "trusts": "arn:aws:iam::777788889999:role/signoff" }))),
        ("STS is down", islands(json!({})).fault("sts", "AssumeRole", json!("server-error"))),
        ("a role that allows little", islands(json!({ "allows": ["codepipeline:GetPipelineState"] }))),
        ("a role that allows to look", islands(json!({})).rules("ferry-*", "barge-*")),
    ];
    let address = vec![
        ("a function URL that asks for a signature of AWS's", good().url(403)),
        ("an address where nothing is", good().url(404)),
        ("a function that does not start", good().url(502)),
        ("an address of something else", good().url(200)),
    ];
    [settings, slack, aws, accounts, address].into_iter().flatten().collect()
}

#[tokio::test]
async fn bad_set_ups_are_told_with_their_cures() {
    let mut told = String::new();
    for (title, set_up) in bad_set_ups() {
        let (said, status) = set_up.examine().await;
        told.push_str(&format!("── {title}: exit status {status}\n{}\n", amiss(&said)));
    }
    insta::assert_snapshot!("bad", told);
}

#[tokio::test]
async fn wrong_usage() {
    for url in ["ftp://tide.example", "http://tide.example", "tide"] {
        let (said, status) = SetUp::good().with(&["--url", url]).examine().await;
        assert_eq!(status, 2, "{said}");
    }
    let (said, status) = SetUp::good().with(&["--help"]).examine().await;
    insta::assert_snapshot!("help", said);
    assert_eq!(status, 0);
}
