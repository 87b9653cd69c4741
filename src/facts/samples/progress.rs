//! Executions, and what is told in their threads.

use super::{TIME, known as known_facts, outcome, pending, unknown as unknown_facts};
use crate::event::{EventKind, State};
use crate::facts::{
    ApprovalFacts, ButtonFacts, Facts, Person, ProgressActionFacts as ActionFacts, ProgressFacts,
    ProgressStageFacts as StageFacts, SourceFacts,
};

/// What the template of a rule with `thread: execution` may be given: an execution in each of its states, once with everything
/// known and once with nothing known that may be unknown. The first sample has every variable.
pub fn progress_samples() -> Vec<Facts> {
    let states = [
        (State::Started, "running"),
        (State::Started, "waiting"),
        (State::Stopping, "stopping"),
        (State::Succeeded, "succeeded"),
        (State::Failed, "failed"),
        (State::Stopped, "stopped"),
        (State::Superseded, "superseded"),
        (State::Canceled, "canceled"),
    ];
    let mut samples = Vec::new();
    for (state, status) in states {
        let is_over = !matches!(status, "running" | "waiting" | "stopping");
        let kind = EventKind::Pipeline(state);
        let full = ProgressFacts {
            status: status.to_owned(),
            is_over,
            took: is_over.then_some(1_565),
            stages: stages(status),
            ..known()
        };
        let place = Facts { stage: None, action: None, provider: None, ..known_facts(kind) };
        let failures = if status == "failed" { place.failures.clone() } else { Vec::new() };
        let stop_comment = place.stop_comment.clone().filter(|_| status.starts_with("stop"));
        let buttons = match status {
            "running" | "waiting" => ButtonFacts { retry: None, ..place.commands.clone() },
            "failed" => ButtonFacts { stop: None, ..place.commands.clone() },
            _ => ButtonFacts::default(),
        };
        samples.push(Facts { progress: Some(full), failures, stop_comment, commands: buttons, ..place });
        let bare = ProgressFacts { status: status.to_owned(), is_over, ..unknown() };
        samples.push(Facts { progress: Some(bare), ..unknown_facts(kind) });
    }
    samples
}

/// What the `detail` template may be given.
pub fn detail_samples() -> Vec<Facts> {
    let failed = EventKind::Action(State::Failed);
    let mut samples = vec![
        Facts { progress: Some(known()), ..known_facts(failed) },
        Facts { progress: Some(unknown()), ..unknown_facts(failed) },
    ];
    for (kind, status) in [
        (EventKind::ApprovalSucceeded, "approved"),
        (EventKind::ApprovalFailed, "rejected"),
        (EventKind::ApprovalFailed, "expired"),
        (EventKind::ApprovalFailed, "closed"),
    ] {
        let answered = ApprovalFacts { status: status.to_owned(), outcome: Some(outcome("slack")), ..pending() };
        let bare = ApprovalFacts {
            outcome: answered.outcome.clone().map(|known| crate::facts::OutcomeFacts {
                by: None,
                at: None,
                comment: None,
                place: "elsewhere".to_owned(),
                ..known
            }),
            ..answered.clone()
        };
        samples.push(Facts { approval: Some(answered), progress: Some(known()), ..known_facts(kind) });
        samples.push(Facts { approval: Some(bare), progress: Some(unknown()), ..unknown_facts(kind) });
    }
    samples
}

/// An execution of which everything is known.
pub(super) fn known() -> ProgressFacts {
    let some = |text: &str| Some(text.to_owned());
    ProgressFacts {
        status: "waiting".to_owned(),
        is_over: false,
        at_stage: some("Production"),
        began: Some(TIME - 240),
        took: Some(1_565),
        attempt: 2,
        started_by: some("by jane.doe"),
        rolls_back_to: some("7b0d3c52-1a9e-4f68-8d07-c2e5f9416ab3"),
        sources: vec![SourceFacts {
            action: "Checkout".to_owned(),
            provider: some("GitHub"),
            revision: some("4f2a9c1d7e60b85a3c92f1e4d7b60a8c5e3f9d21"),
            summary: some("Retry card captures that time out\n\nThe acquirer answers late at month's end."),
            link: some("https://github.example/acme/payments/commit/4f2a9c1d7e60b85a3c92f1e4d7b60a8c5e3f9d21"),
            author: some("Jane Doe"),
            repository: some("acme/payments"),
            reference: some("main"),
        }],
        stages: stages("waiting"),
    }
}

/// One of which nothing is known that may be unknown.
fn unknown() -> ProgressFacts {
    let stage =
        StageFacts { began: None, took: None, actions: vec![unknown_action()], ..stage("Build", "running", None) };
    ProgressFacts {
        status: "running".to_owned(),
        is_over: false,
        at_stage: None,
        began: None,
        took: None,
        attempt: 1,
        started_by: None,
        rolls_back_to: None,
        sources: Vec::new(),
        stages: vec![stage],
    }
}

/// Source and build are through, and production stands as the execution does.
fn stages(status: &str) -> Vec<StageFacts> {
    let build = StageFacts { attempt: 2, ..stage("Build", "succeeded", Some(125)) };
    let approval = |status: &str| ActionFacts {
        status: status.to_owned(),
        is_approval: true,
        provider: Some("Manual".to_owned()),
        began: Some(TIME),
        ..unknown_action()
    };
    let approved = ActionFacts {
        took: Some(540),
        by: Some(Person { slack_id: Some("U0JANE".to_owned()), name: "Jane Doe".to_owned() }),
        comment: Some("Numbers look good.\nGo.".to_owned()),
        ..approval("approved")
    };
    let deploy =
        |status: &str| ActionFacts { name: "Deploy".to_owned(), status: status.to_owned(), ..unknown_action() };
    let (production, actions) = match status {
        "waiting" => {
            let waits_for = Some("1 more of release-managers and 1 of security".to_owned());
            let votes = vec![Person { slack_id: Some("U0JANE".to_owned()), name: "Jane Doe".to_owned() }];
            ("waiting", vec![ActionFacts { waits_for, votes, ..approval("waiting") }])
        }
        "succeeded" => ("succeeded", vec![approved, ActionFacts { took: Some(431), ..deploy("succeeded") }]),
        "failed" => {
            let failed = ActionFacts {
                took: Some(300),
                attempt: 2,
                provider: Some("CodeDeploy".to_owned()),
                reason: Some("Deployment d-4XK1 failed: 2 of 6 instances did not pass their health checks".to_owned()),
                link: Some(
                    "https://eu-west-1.console.aws.amazon.com/codesuite/codedeploy/deployments/d-4XK1".to_owned(),
                ),
                ..deploy("failed")
            };
            ("failed", vec![approved, failed])
        }
        "superseded" | "canceled" => ("pending", Vec::new()),
        "stopped" => ("stopped", vec![approved, deploy("abandoned")]),
        other => (other, vec![approved, ActionFacts { began: Some(TIME + 540), ..deploy("running") }]),
    };
    let is_over = matches!(production, "succeeded" | "failed" | "stopped");
    let production = StageFacts { actions, ..stage("Production", production, is_over.then_some(971)) };
    vec![stage("Source", "succeeded", Some(12)), build, production, stage("Cleanup", "pending", None)]
}

fn stage(name: &str, status: &str, took: Option<i64>) -> StageFacts {
    let began = (status != "pending").then_some(TIME - 240);
    StageFacts { name: name.to_owned(), status: status.to_owned(), began, took, attempt: 1, actions: Vec::new() }
}

fn unknown_action() -> ActionFacts {
    ActionFacts {
        name: "ApproveRelease".to_owned(),
        status: "running".to_owned(),
        began: None,
        took: None,
        attempt: 1,
        provider: None,
        is_approval: false,
        waits_for: None,
        votes: Vec::new(),
        by: None,
        comment: None,
        is_override: false,
        reason: None,
        link: None,
    }
}
