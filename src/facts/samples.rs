//! Made-up facts to try templates with before anybody waits for the message.

mod progress;

use super::{
    ApprovalFacts, ButtonFacts, CommentFacts, Facts, Mention, OutcomeFacts, Person, RefusalFacts, RuleFacts, VoteFacts,
};
use serde::Serialize;
use serde_json::Value;

use crate::event::{Commit, EventKind, Failure, Trigger};

pub use progress::{detail_samples, progress_samples};

/// 2026-03-09 10:22 UTC.
const TIME: i64 = 1_773_051_720;

/// What a button about a command carries.
const RETRY: &str =
    r#"{"verb":"retry","target":{"region":"eu-west-1","pipeline":"payments-api","stage":"Production"}}"#;
/// The same of the button beside it.
const STOP: &str = r#"{"verb":"stop","target":{"region":"eu-west-1","pipeline":"payments-api","stage":null}}"#;

/// What a notification rule's template may be given: every kind of event, once with everything known and once with nothing
/// known that may be unknown. The first sample has every variable.
pub fn samples() -> Vec<Facts> {
    let everything =
        Facts { approval: Some(pending()), progress: Some(progress::known()), ..known(EventKind::ApprovalNeeded) };
    let events = EventKind::all().flat_map(|kind| [known(kind), unknown(kind)]);
    std::iter::once(everything).chain(events).collect()
}

/// What an approval rule's template may be given: an approval in each of its states, once with everything known and once with
/// nothing known that may be unknown. The first sample has every variable.
pub fn approval_samples() -> Vec<Facts> {
    let mut samples = vec![Facts {
        approval: Some(ApprovalFacts { outcome: Some(outcome("slack")), ..pending() }),
        progress: Some(progress::known()),
        ..known(EventKind::ApprovalNeeded)
    }];
    for status in ["pending", "approved", "rejected", "expired", "closed"] {
        let place = if matches!(status, "approved" | "rejected") { "slack" } else { "elsewhere" };
        let decided = status != "pending";
        let full = ApprovalFacts {
            status: status.to_owned(),
            outcome: decided.then(|| outcome(place)),
            votes: if decided { Vec::new() } else { pending().votes },
            ..pending()
        };
        let bare = ApprovalFacts {
            id: full.id.clone(),
            status: full.status.clone(),
            custom_data: None,
            external_link: None,
            review_link: None,
            expires: None,
            approvers: Vec::new(),
            votes: Vec::new(),
            required: 1,
            asks_for: None,
            waits_for: None,
            window: None,
            freeze: None,
            opens: None,
            forbid: None,
            override_by: Vec::new(),
            outcome: decided.then(|| OutcomeFacts {
                by: None,
                at: None,
                comment: None,
                place: place.to_owned(),
                is_override: false,
            }),
            since: None,
            calls: Vec::new(),
            message_link: None,
        };
        samples.push(Facts { approval: Some(full), ..known(EventKind::ApprovalNeeded) });
        samples.push(Facts { approval: Some(bare), ..unknown(EventKind::ApprovalNeeded) });
    }
    samples
}

/// What the `refusal` template may be given.
pub fn refusal_samples() -> Vec<RefusalFacts> {
    let jane = Mention::User { id: "U0JANE".to_owned() };
    vec![
        RefusalFacts {
            reason: "You may not answer this approval: the rule `payments to production` names".to_owned(),
            people: vec![jane],
            help: Some("Ask one of them, or have yourself added to the rule.".to_owned()),
        },
        RefusalFacts { reason: "Bots and apps may not answer approvals.".to_owned(), people: Vec::new(), help: None },
    ]
}

/// What the `comment` template may be given.
pub fn comment_samples() -> Vec<CommentFacts> {
    let modal = |wish: &str, required, place: Option<&str>| CommentFacts {
        wish: wish.to_owned(),
        required,
        approval_id: "payments-api-7f3a".to_owned(),
        pipeline: "payments-api".to_owned(),
        stage: place.map(|_| "Production".to_owned()),
        action: place.map(str::to_owned),
        private_metadata: "payments-api-7f3a".to_owned(),
    };
    let place = Some("ApproveRelease");
    vec![
        modal("reject", true, place),
        modal("approve", false, place),
        modal("approve", true, None),
        modal("reject", false, None),
        modal("override", true, place),
    ]
}

/// What a template may be given that is not made of [`Facts`], as JSON; nothing for one that is.
pub fn fixed_samples(name: &str) -> Vec<Value> {
    fn all(samples: Vec<impl Serialize>) -> Vec<Value> {
        samples.iter().filter_map(|sample| serde_json::to_value(sample).ok()).collect()
    }
    match name {
        "refusal" => all(refusal_samples()),
        "comment" => all(comment_samples()),
        "command" | "confirm" => all(super::command_samples()),
        "status" => all(super::status_samples()),
        "approvals" => all(super::waiting_samples()),
        "help" => all(super::help_samples()),
        _ => Vec::new(),
    }
}

fn known(kind: EventKind) -> Facts {
    let some = |text: &str| Some(text.to_owned());
    let console = "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/payments-api";
    Facts {
        pipeline: "payments-api".to_owned(),
        account: some("482910375566"),
        stage: some("Production"),
        action: some("ApproveRelease"),
        execution: some("0e5c1f6a-8d2b-4c39-9f1e-2b7d6a403c58"),
        time: Some(TIME),
        subject: (kind == EventKind::Other).then(|| "CodePipeline Rule Execution State Change: STARTED".to_owned()),
        provider: some("CodeBuild"),
        trigger: Some(Trigger {
            kind: some("StartPipelineExecution"),
            detail: some("arn:aws:sts::482910375566:assumed-role/deployer/jane.doe"),
        }),
        commit: Some(Commit {
            id: some("4f2a9c1d7e60b85a3c92f1e4d7b60a8c5e3f9d21"),
            message: some("Retry card captures that time out\n\nThe acquirer answers late at month's end."),
            author: some("Jane Doe"),
            email: some("jane.doe@acme.example"),
            repository: some("acme/payments"),
            reference: some("main"),
        }),
        failures: vec![
            Failure {
                action: some("IntegrationTests"),
                reason: some("Build terminated with state: FAILED"),
                code: some("JobFailed"),
                link: some("https://eu-west-1.console.aws.amazon.com/codesuite/codebuild/projects/payments-it"),
            },
            Failure { action: some("Lint"), reason: None, code: None, link: None },
        ],
        stop_comment: some("wrong branch"),
        console_link: format!("{console}/view?region=eu-west-1"),
        execution_link: format!("{console}/executions/0e5c1f6a-8d2b-4c39-9f1e-2b7d6a403c58/timeline?region=eu-west-1"),
        commands: ButtonFacts { retry: some(RETRY), stop: some(STOP) },
        rule: Some(RuleFacts {
            name: "payments to production".to_owned(),
            mention: vec![
                Mention::User { id: "U0JANE".to_owned() },
                Mention::UserGroup { id: "S0SECURITY".to_owned() },
            ],
        }),
        ..unknown(kind)
    }
}

fn unknown(kind: EventKind) -> Facts {
    let console =
        "https://eu-west-1.console.aws.amazon.com/codesuite/codepipeline/pipelines/payments-api/view?region=eu-west-1";
    Facts {
        event: kind.to_string(),
        state: kind.state().to_owned(),
        account: None,
        region: "eu-west-1".to_owned(),
        // Not every message of another kind is about a pipeline.
        pipeline: if kind == EventKind::Other { String::new() } else { "payments-api".to_owned() },
        stage: None,
        action: None,
        execution: None,
        time: None,
        subject: None,
        provider: None,
        trigger: None,
        commit: None,
        failures: Vec::new(),
        stop_comment: None,
        console_link: console.to_owned(),
        execution_link: console.to_owned(),
        approval: None,
        commands: ButtonFacts::default(),
        progress: None,
        rule: None,
    }
}

fn pending() -> ApprovalFacts {
    let user = |id: &str| Mention::User { id: id.to_owned() };
    ApprovalFacts {
        id: "payments-api-7f3a".to_owned(),
        status: "pending".to_owned(),
        custom_data: Some("Release 2026.10: card capture retries.\nRollback: redeploy 2026.9.".to_owned()),
        external_link: Some("https://acme.example/releases/2026.10".to_owned()),
        review_link: Some(
            "https://console.aws.amazon.com/codesuite/codepipeline/pipelines/payments-api/view".to_owned(),
        ),
        expires: Some(TIME + 7 * 24 * 3_600),
        approvers: vec![user("U0JANE"), user("U0BOB"), Mention::UserGroup { id: "S0SECURITY".to_owned() }],
        votes: vec![VoteFacts {
            by: Person { slack_id: Some("U0BOB".to_owned()), name: "Bob Stone".to_owned() },
            at: Some(TIME + 60),
            comment: Some("checked the migration".to_owned()),
        }],
        required: 3,
        asks_for: Some("2 of release-managers and 1 of security".to_owned()),
        waits_for: Some("1 of release-managers and 1 of security".to_owned()),
        window: Some("Mon–Thu 09:00–16:00 Europe/Berlin".to_owned()),
        freeze: Some("year end".to_owned()),
        opens: Some(TIME + 3 * 24 * 3_600),
        forbid: Some("the author or the starter".to_owned()),
        override_by: vec![user("U0IVY")],
        outcome: None,
        since: Some(TIME),
        calls: vec![user("U0JANE"), Mention::UserGroup { id: "S0SECURITY".to_owned() }],
        message_link: Some("https://acme.slack.com/archives/C0RELEASES/p1773051720000100".to_owned()),
    }
}

fn outcome(place: &str) -> OutcomeFacts {
    let slack_id = (place == "slack").then(|| "U0JANE".to_owned());
    OutcomeFacts {
        by: Some(Person { slack_id, name: "Jane Doe".to_owned() }),
        at: Some(TIME + 540),
        comment: Some("Numbers look good.\nGo.".to_owned()),
        place: place.to_owned(),
        is_override: false,
    }
}
