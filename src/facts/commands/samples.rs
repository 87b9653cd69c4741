//! Made-up facts to try the templates about commands with. Of each, the first knows everything and the last the least.

use super::{
    ActionFacts, ClosedFacts, CommandFacts, HelpFacts, HelpLine, StageFacts, StatusFacts, WaitingApproval, WaitingFacts,
};
use crate::command::{Revision, Variable};
use crate::facts::{Mention, Person};

const TIME: i64 = 1_773_051_720;
const EXECUTION: &str = "0e5c1f6a-8d2b-4c39-9f1e-2b7d6a403c58";
const EARLIER: &str = "b7d9e02c-4f1a-4d63-8a57-91c0e6f24d18";
const CONSOLE: &str =
    "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/payments-api/view?region=eu-west-1";

/// What the templates `command` and `confirm` may be given.
pub fn command_samples() -> Vec<CommandFacts> {
    let some = |text: &str| Some(text.to_owned());
    let full = CommandFacts {
        verb: "start".to_owned(),
        done: "started".to_owned(),
        region: "eu-west-1".to_owned(),
        pipeline: "payments-api".to_owned(),
        stage: some("Production"),
        execution: some(EXECUTION),
        back_to: some(EARLIER),
        variables: vec![Variable { name: "CHANGE_RISK".to_owned(), value: "low".to_owned() }],
        revisions: vec![Revision { action: some("Source"), id: "5d8f3c1e9a7b2046d1c8e5f0937ab4628c1d7e3f".to_owned() }],
        abandon: true,
        reason: some("The hotfix is merged.\nGo."),
        console_link: CONSOLE.to_owned(),
        execution_link: CONSOLE.to_owned(),
        by: Some(Person { slack_id: some("U0JANE"), name: "Jane Doe".to_owned() }),
        at: Some(TIME),
        rule: "operate payments".to_owned(),
        needs_reason: true,
        private_metadata: some("{}"),
    };
    let mut samples = vec![full.clone()];
    for (verb, done, stage) in [
        ("start", "started", None),
        ("retry", "retried", Some("Production")),
        ("rollback", "rolled back", Some("Production")),
        ("stop", "stopped", None),
        ("enable", "enabled", Some("Production")),
        ("disable", "disabled", Some("Production")),
    ] {
        samples.push(CommandFacts {
            verb: verb.to_owned(),
            done: done.to_owned(),
            stage: stage.map(str::to_owned),
            execution: None,
            back_to: None,
            variables: Vec::new(),
            revisions: Vec::new(),
            abandon: false,
            reason: None,
            by: None,
            at: None,
            needs_reason: verb == "disable",
            ..full.clone()
        });
    }
    samples
}

/// What the template `status` may be given.
pub fn status_samples() -> Vec<StatusFacts> {
    let some = |text: &str| Some(text.to_owned());
    let action = |name: &str, status: Option<&str>| ActionFacts {
        name: name.to_owned(),
        status: status.map(str::to_owned),
        at: status.map(|_| TIME),
        error: None,
        link: None,
        waits_for: None,
        approvers: Vec::new(),
    };
    let stage = |name: &str, status: Option<&str>, actions: Vec<ActionFacts>| StageFacts {
        name: name.to_owned(),
        status: status.map(str::to_owned),
        execution: status.map(|_| EXECUTION.to_owned()),
        execution_link: status.map(|_| CONSOLE.to_owned()),
        closed: None,
        enable: None,
        inbound: 0,
        actions,
    };
    let waiting = ActionFacts {
        waits_for: some("1 of release-managers"),
        approvers: vec![Mention::User { id: "U0JANE".to_owned() }],
        error: some("The deployment failed."),
        link: some(CONSOLE),
        ..action("ApproveRelease", Some("in_progress"))
    };
    let closed = ClosedFacts { reason: some("migration"), by: some("jane.doe"), at: Some(TIME) };
    let first = StageFacts {
        closed: Some(closed),
        enable: some("{}"),
        inbound: 1,
        ..stage("Production", Some("in_progress"), vec![waiting, action("Deploy", None)])
    };
    let stages = vec![
        first,
        stage("Source", Some("succeeded"), vec![action("Source", Some("succeeded"))]),
        stage("Smoke", Some("failed"), vec![action("Test", Some("failed")), action("Load", Some("abandoned"))]),
        StageFacts {
            closed: Some(ClosedFacts { reason: None, by: None, at: None }),
            ..stage("Cleanup", None, vec![action("Tidy", None), action("Odd", Some("unknown"))])
        },
    ];
    let full = StatusFacts {
        region: "eu-west-1".to_owned(),
        pipeline: "payments-api".to_owned(),
        console_link: CONSOLE.to_owned(),
        stages,
        start: some("{}"),
        retry: some("{}"),
        rollback: some("{}"),
        stop: some("{}"),
    };
    let bare = StatusFacts { stages: Vec::new(), start: None, retry: None, rollback: None, stop: None, ..full.clone() };
    vec![full, bare]
}

/// What the template `approvals` may be given.
pub fn waiting_samples() -> Vec<WaitingFacts> {
    let some = |text: &str| Some(text.to_owned());
    let full = WaitingApproval {
        region: "eu-west-1".to_owned(),
        pipeline: "payments-api".to_owned(),
        stage: some("Production"),
        action: some("ApproveRelease"),
        since: Some(TIME),
        expires: Some(TIME + 604_800),
        waits_for: some("1 of release-managers"),
        votes: 1,
        link: some("https://slack.com/app_redirect?team=T0ACME&channel=C0RELEASES"),
        console_link: CONSOLE.to_owned(),
    };
    let bare = WaitingApproval {
        stage: None,
        action: None,
        since: None,
        expires: None,
        waits_for: None,
        votes: 0,
        link: None,
        ..full.clone()
    };
    let facts = |place: &str, approvals, incomplete| WaitingFacts { place: place.to_owned(), approvals, incomplete };
    vec![
        facts("command", vec![full.clone(), bare], some("DynamoDB did not answer in time.")),
        facts("home", vec![full], None),
        facts("home", Vec::new(), None),
        facts("command", Vec::new(), None),
    ]
}

/// What the template `help` may be given.
pub fn help_samples() -> Vec<HelpFacts> {
    let line = HelpLine {
        usage: "start PIPELINE [NAME=value …]".to_owned(),
        meaning: "start a pipeline".to_owned(),
        targets: "payments-*".to_owned(),
    };
    let facts = |lines| HelpFacts { command: "/deploy".to_owned(), lines };
    vec![facts(vec![line]), facts(Vec::new())]
}
