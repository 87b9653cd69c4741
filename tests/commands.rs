//! What is read of a command's words, who may do it, and what exactly is meant.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use std::fmt::Write;
use std::path::Path;

use jiff::Timestamp;
use signoff::approval::Voter;
use signoff::approval::own_change::Barred;
use signoff::approval::quorum::Members;
use signoff::command::decide::{self, Asker, Verdict};
use signoff::command::parse::{Asked, parse};
use signoff::command::resolve::resolve;
use signoff::command::{Order, words};
use signoff::diagnostic::Source;
use signoff::ports::{
    ActionRun, ActionStatus, ClosedTransition, PipelineState, SlackUser, StageRun, StageState, StageStatus,
};
use signoff::rules::command::{Target, Verb};
use signoff::rules::policy::Forbidden;
use signoff::rules::{self, RuleSet, UserGroupId};
use signoff::template::Templates;

const RULES: &str = "\
version: 1
workspace: T0SHOP
groups:
  shift: { users: [U0NOOR, U0BOT, U0GONE, U0SAM] }
  guild: { usergroup: S0GUILD }
freezes:
  - { name: sale, from: 2026-05-10T00:00, until: 2026-05-12T00:00, timezone: Europe/Berlin }
commands:
  - { name: shift, match: { pipeline: 'shop-*' }, do: [start, stop, status], by: shift, freezes: [sale] }
  - { name: guild, match: { pipeline: 'shop-*' }, do: start, by: guild, confirm: false }
  - { name: live, match: { pipeline: shop-web, stage: Live }, do: [retry, disable, enable], by: shift, forbid: [author] }
  - { name: test, match: { stage: { not: Live } }, do: retry, by: shift, confirm: false }
  - { name: night, match: { region: eu-west-1 }, do: rollback, by: U0OLA,
      window: { from: '22:00', until: '06:00', timezone: Europe/Berlin } }
";

fn snapshot(name: &str, told: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, told));
}

fn rules() -> RuleSet {
    rules::read(&[Source::new("shop.yaml", RULES)], &Templates::builtin()).unwrap().rules
}

#[test]
fn what_is_read_of_words() {
    let mut told = String::new();
    let accounts = "version: 1\nworkspace: T0SHOP\naccounts: { prod: { role: 'arn:aws:iam::111122223333:role/signoff' } }\n\
                    commands: [{ name: all, do: status, by: U0OLA }]\n";
    let accounts = rules::read(&[Source::new("shop.yaml", accounts)], &Templates::builtin()).unwrap().rules.accounts;
    for text in [
        "",
        "  help ",
        "status shop-web",
        "STATUS shop-web in eu-central-1",
        "start shop-web",
        "start shop-web TRACK=beta NOTE=\"two words\" because the fix is in",
        "start shop-web revision=0b7e4f2c91d84a6f8e35c7d2a1906b4f3e8d5c27",
        "start shop-web Checkout.revision=sha256:beef Other.revision=v1",
        "start shop-web revision=0b7e4f2",
        "start shop-web revision=",
        "start shop-web A=1 A=2",
        "start shop-web A=",
        "start shop-web Ä=1",
        "start shop-web now",
        "start",
        "start shop web",
        "start shop/web",
        "start “shop-web”",
        "start \"shop-web",
        "start shop-web NOTE=&lt;!channel&gt; because a &amp; b",
        "retry shop-web",
        "retry shop-web Live because of the network",
        "retry shop-web Live Test",
        "rollback shop-web",
        "rollback shop-web Live",
        "rollback shop-web Live to 5a2f9c4e",
        "rollback shop-web Live to yesterday",
        "stop shop-web",
        "stop shop-web abandon because wrong",
        "stop shop-web 5A2F9C4E-07d1-4b63-8e5a-c94d1f7b2e60 abandon",
        "stop shop-web 5a",
        "enable shop-web Live",
        "disable shop-web",
        "disable shop-web Live because",
        "disable shop-web Live because it is in migration",
        "approvals",
        "approvals shop-web",
        "approvals in eu-central-1",
        "approvals in prod",
        "status shop-web in Prod",
        "status shop-web in 111122223333 us-east-1",
        "status shop-web in us-east-1 prod",
        "status shop-web in prd",
        "status shop-web in prod test",
        "retry shop-web in",
        "strat shop-web",
        "deploy shop-web",
        "because",
    ] {
        match parse(text, "eu-north-1", &accounts) {
            Ok(Asked::Help) => writeln!(told, "{text}\n    help").unwrap(),
            Ok(Asked::Order(order, _)) => {
                writeln!(told, "{text}\n    {}", serde_json::to_string(&order).unwrap()).unwrap();
            }
            Err(refused) => writeln!(told, "{text}\n    ✘ {} {}", refused.reason, refused.help).unwrap(),
        }
    }
    snapshot("words", &told);
}

fn profile(id: &str) -> Option<SlackUser> {
    let user = SlackUser {
        name: id.to_owned(),
        team: Some("T0SHOP".to_owned()),
        deleted: id == "U0GONE",
        bot: id == "U0BOT",
        stranger: id == "U0SAM",
    };
    (id != "U0NIL").then_some(user)
}

/// Who asks, from which workspace, for what, when; and whose change it is.
#[test]
fn who_may_do_what() {
    let rules = rules();
    let noon = "2026-05-08T12:00:00Z";
    let mut members = Members::default();
    members.insert(UserGroupId::parse("S0GUILD").unwrap(), ["U0PIA".to_owned()]);
    let authored = |who: &[&str], unknown: &[&str]| Barred {
        people: who.iter().map(|who| ((*who).to_owned(), Forbidden::Author)).collect(),
        unknown: unknown.iter().map(|why| (*why).to_owned()).collect(),
    };
    let (nobodys, noors, unclear) =
        (authored(&[], &[]), authored(&["U0NOOR"], &[]), authored(&[], &["the author is not said"]));
    let mut told = String::new();
    for (user, team, verb, place, at, barred) in [
        ("U0NOOR", "T0SHOP", Verb::Start, "shop-web", noon, None),
        ("U0PIA", "T0SHOP", Verb::Start, "shop-web", noon, None),
        ("U0OLA", "T0SHOP", Verb::Start, "shop-web", noon, None),
        ("U0NOOR", "T0SHOP", Verb::Start, "stock", noon, None),
        ("U0NOOR", "T0OTHER", Verb::Start, "shop-web", noon, None),
        ("U0BOT", "T0SHOP", Verb::Start, "shop-web", noon, None),
        ("U0GONE", "T0SHOP", Verb::Start, "shop-web", noon, None),
        ("U0SAM", "T0SHOP", Verb::Start, "shop-web", noon, None),
        // In the freeze only by a rule that does not name it, and to stop at any time.
        ("U0NOOR", "T0SHOP", Verb::Start, "shop-web", "2026-05-10T12:00:00Z", None),
        ("U0PIA", "T0SHOP", Verb::Start, "shop-web", "2026-05-10T12:00:00Z", None),
        ("U0NOOR", "T0SHOP", Verb::Stop, "shop-web", "2026-05-10T12:00:00Z", None),
        ("U0NOOR", "T0SHOP", Verb::Status, "shop-web", "2026-05-10T12:00:00Z", None),
        // Of a stage: any, this one, another.
        ("U0NOOR", "T0SHOP", Verb::Retry, "shop-web", noon, None),
        ("U0NOOR", "T0SHOP", Verb::Retry, "shop-web/Live", noon, Some(&nobodys)),
        ("U0NOOR", "T0SHOP", Verb::Retry, "shop-web/Live", noon, Some(&noors)),
        ("U0NOOR", "T0SHOP", Verb::Retry, "shop-web/Live", noon, Some(&unclear)),
        ("U0NOOR", "T0SHOP", Verb::Retry, "shop-web/Test", noon, None),
        ("U0NOOR", "T0SHOP", Verb::Retry, "shop-app/Live", noon, None),
        ("U0NOOR", "T0SHOP", Verb::Disable, "shop-web/Live", noon, None),
        ("U0NOOR", "T0SHOP", Verb::Disable, "shop-web/Test", noon, None),
        ("U0OLA", "T0SHOP", Verb::Rollback, "shop-web/Live", noon, None),
        ("U0OLA", "T0SHOP", Verb::Rollback, "shop-web/Live", "2026-05-08T21:00:00Z", None),
    ] {
        let (pipeline, stage) =
            place.split_once('/').map_or((place, None), |(pipeline, stage)| (pipeline, Some(stage)));
        let target = Target {
            account: None,
            region: "eu-west-1".to_owned(),
            pipeline: pipeline.to_owned(),
            stage: stage.map(str::to_owned),
        };
        let profile = profile(user);
        let person = Voter { id: user, team: Some(team), home: None, profile: profile.as_ref() };
        let asker = Asker { person: &person, members: &members, barred };
        let now: Timestamp = at.parse().unwrap();
        let verdict = match decide::decide(&rules, verb, &target, &asker, now) {
            Verdict::Allow { rule, confirm } => {
                format!("may by `{}`{}", rule.name, if confirm { ", once confirmed" } else { "" })
            }
            Verdict::Refuse(facts) => {
                let people = facts.people.iter().map(|who| format!(" {}", who.id())).collect::<String>();
                format!("✘ {}{people} {}", facts.reason, facts.help.unwrap_or_default())
            }
        };
        let forbid = decide::forbidden(&rules, verb, &target, &asker, now);
        let asks = if forbid.is_empty() { String::new() } else { format!(" (asks for {forbid:?})") };
        writeln!(told, "{user} of {team}: {verb} {place} at {at}{asks}\n    {verdict}").unwrap();
    }
    snapshot("verdicts", &told);
}

const FIRST: &str = "11111111-07d1-4b63-8e5a-c94d1f7b2e60";
const SECOND: &str = "22222222-07d1-4b63-8e5a-c94d1f7b2e60";
const THIRD: &str = "22299999-07d1-4b63-8e5a-c94d1f7b2e60";

fn stage(name: &str, latest: Option<(&str, StageStatus)>) -> StageState {
    let action =
        |name: &str| ActionRun { name: name.to_owned(), status: None, changed_at: None, error: None, link: None };
    StageState {
        name: name.to_owned(),
        latest: latest.map(|(execution, status)| StageRun { execution: execution.to_owned(), status }),
        actions: vec![action("Checkout")],
        ..StageState::default()
    }
}

/// How the pipeline stands, what is asked, and what exactly that means.
#[test]
fn what_exactly_is_meant() {
    let calm = PipelineState {
        stages: vec![
            stage("Source", Some((SECOND, StageStatus::Succeeded))),
            stage("Live", Some((SECOND, StageStatus::Succeeded))),
        ],
    };
    let mut busy = calm.clone();
    busy.stages[1] = stage("Live", Some((FIRST, StageStatus::InProgress)));
    busy.stages[1].inbound = vec![SECOND.to_owned(), THIRD.to_owned()];
    busy.stages[1].closed = Some(ClosedTransition { reason: Some("migration".to_owned()), by: None, at: None });
    let config = ActionRun { name: "Config".to_owned(), ..busy.stages[0].actions[0].clone() };
    busy.stages[0].actions.push(config);
    let mut failed = calm.clone();
    failed.stages[1] = stage("Live", Some((SECOND, StageStatus::Failed)));
    let mut failed_twice = failed.clone();
    failed_twice.stages[0] = stage("Source", Some((THIRD, StageStatus::Failed)));
    let mut stopped = calm.clone();
    stopped.stages[1] = stage("Live", Some((SECOND, StageStatus::Stopped)));
    let through = stopped.clone();
    stopped.stages[1].actions[0].status = Some(ActionStatus::Abandoned);
    let mut failed_and_stopped = failed.clone();
    failed_and_stopped.stages[0] = stopped.stages[1].clone();
    failed_and_stopped.stages[0].name = "Source".to_owned();
    let succeeded = [SECOND.to_owned(), THIRD.to_owned(), FIRST.to_owned()];
    let mut told = String::new();
    for (how, state, texts) in [
        (
            "calm",
            &calm,
            &[
                "start shop-web revision=v1",
                "start shop-web Chekout.revision=v1",
                "stop shop-web",
                "stop shop-web 11111111",
                "stop shop-web 33333333-07d1-4b63-8e5a-c94d1f7b2e60",
                "retry shop-web",
                "retry shop-web Live",
                "retry shop-web live",
                "rollback shop-web Live",
                "rollback shop-web Live to 222222",
                "rollback shop-web Live to 111111",
                "rollback shop-web Live to 333333",
                "rollback shop-web Life",
                "enable shop-web Live",
                "disable shop-web Live because of that",
                "disable shop-web Nowhere because of that",
            ][..],
        ),
        (
            "busy",
            &busy,
            &[
                "start shop-web revision=v1",
                "stop shop-web",
                "stop shop-web 111111",
                "stop shop-web 222222",
                "rollback shop-web Live",
                "enable shop-web Live",
                "disable shop-web Live because of that",
            ],
        ),
        ("failed", &failed, &["retry shop-web", "retry shop-web Live", "retry shop-web Source"]),
        ("failed twice", &failed_twice, &["retry shop-web", "retry shop-web Source"]),
        ("stopped", &stopped, &["retry shop-web", "retry shop-web Live", "retry shop-web Source"]),
        ("stopped when it was through", &through, &["retry shop-web", "retry shop-web Live"]),
        ("failed and stopped", &failed_and_stopped, &["retry shop-web", "retry shop-web Source"]),
    ] {
        for text in texts {
            let Ok(Asked::Order(order, _)) = parse(text, "eu-north-1", &[]) else { panic!("{text}") };
            let order = *order;
            match resolve(order, state, &succeeded) {
                Ok(Order { target, execution, revisions, .. }) => {
                    let stage = target.stage.unwrap_or_else(|| "–".to_owned());
                    let execution = execution.map_or("–".to_owned(), |execution| execution[..8].to_owned());
                    let source = revisions.first().and_then(|it| it.action.clone()).unwrap_or_default();
                    writeln!(told, "{how}: {text}\n    {stage} {execution} {source}").unwrap();
                }
                Err(refused) => writeln!(told, "{how}: {text}\n    ✘ {} {}", refused.reason, refused.help).unwrap(),
            }
        }
    }
    snapshot("meanings", &told);
}

#[test]
fn reasons_are_what_codepipeline_takes() {
    let target = Target { account: None, region: "eu-west-1".to_owned(), pipeline: "shop-web".to_owned(), stage: None };
    for reason in ["it's Noor's — “migration”; a/b_c", "Größe", &"long ".repeat(200), "line\nbreak\u{7}"] {
        let order = Order { reason: Some(reason.to_owned()), ..Order::new(Verb::Disable, target.clone()) };
        let told = words::disable_reason(&order, "Zoë O'Park", "U0ZOE");
        // <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_DisableStageTransition.html>
        let fits = told.chars().all(|letter| letter.is_ascii_alphanumeric() || "!@ ().*?-".contains(letter));
        assert!(fits && (1..=300).contains(&told.chars().count()), "{told}");
        assert!(told.ends_with("(by Zo? OPark U0ZOE in Slack)"), "{told}");
        assert!(words::stop_reason(&order, "Zoë", "U0ZOE").chars().count() <= 200);
    }
}
