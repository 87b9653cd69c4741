//! What CodePipeline is told, and what is made of what it says (A9, A11).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use jiff::Timestamp;
use proptest::prelude::*;
use signoff::approval::outcome::{SUMMARY_LIMIT, cut, of_action, summary};
use signoff::approval::record::{ApprovalRecord, ApprovalState, Decision, FollowUp, Outcome, Posting};
use signoff::event::{ApprovalToken, Envelope, read_text};
use signoff::ports::{ActionState, ActionStatus};

const TOKEN: &str = "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn decision(approved: bool, comment: Option<&str>) -> Decision {
    Decision {
        approved,
        by: "U0OLA".to_owned(),
        name: "Ola Berg".to_owned(),
        at: at("2026-05-12T08:00:00Z"),
        comment: comment.map(str::to_owned),
        rule: "live".to_owned(),
        rules_digest: "d".to_owned(),
        votes: Vec::new(),
        is_override: false,
    }
}

fn record(state: ApprovalState) -> ApprovalRecord {
    let message = format!(
        r#"{{"region": "eu-north-1", "approval": {{"pipelineName": "checkout-web", "stageName": "Live",
        "actionName": "GoLive", "token": "{TOKEN}", "expires": "2026-05-18T16:40Z"}}}}"#
    );
    let envelope = Envelope { sent_at: Some(at("2026-05-11T16:40:00Z")), topic_arn: None };
    let event = read_text(&message, &envelope).unwrap();
    let posting = Posting::Claimed { until: at("2026-05-11T16:41:00Z") };
    ApprovalRecord {
        id: "5e8f".to_owned(),
        event,
        posting,
        state,
        shown: false,
        votes: Vec::new(),
        waits_for: None,
        follow_up: FollowUp::default(),
    }
}

fn state(status: ActionStatus, changed_at: &str) -> ActionState {
    ActionState {
        status,
        token: None,
        execution: None,
        summary: Some("Looks fine".to_owned()),
        updated_by: Some("arn:aws:sts::730591846207:assumed-role/Admin/pia@shop.example".to_owned()),
        changed_at: Some(at(changed_at)),
    }
}

#[test]
fn what_codepipeline_is_told() {
    assert_eq!(summary(&decision(true, None)), "Approved by Ola Berg (U0OLA) in Slack");
    assert_eq!(summary(&decision(false, Some("No."))), "Rejected by Ola Berg (U0OLA) in Slack: No.");
    let long = summary(&decision(false, Some(&"å🚀".repeat(400))));
    assert_eq!(long.chars().count(), 512);
    assert!(long.ends_with("🚀…") || long.ends_with("å…"));
}

#[test]
fn what_is_made_of_what_it_says() {
    let pending = record(ApprovalState::Pending);
    let waits = |token: Option<&str>| ActionState {
        token: token.map(ApprovalToken::new),
        ..state(ActionStatus::InProgress, "2026-05-11T16:40:00Z")
    };
    let told_by_token = |at: &str, token: &str| ActionState {
        token: Some(ApprovalToken::new(token)),
        ..state(ActionStatus::Succeeded, at)
    };
    let by_user = |arn: &str| ActionState {
        updated_by: Some(arn.to_owned()),
        ..state(ActionStatus::Succeeded, "2026-05-12T09:00:00Z")
    };
    let in_time = "2026-05-12T10:00:00Z";
    let late = "2026-05-19T10:00:00Z";
    let cases = [
        ("gone", None, in_time),
        ("gone, long after", None, late),
        ("waits for this answer", Some(waits(Some(TOKEN))), in_time),
        ("waits, as in PARALLEL mode without a token", Some(waits(None)), in_time),
        ("waits for another run's answer", Some(waits(Some("b05d18e2-3be8-4f52-9d60-72c18e5fb3a7"))), in_time),
        ("waits for another run's answer, long after", Some(waits(Some("b05d18e2-3be8-4f52-9d60-72c18e5fb3a7"))), late),
        ("approved", Some(state(ActionStatus::Succeeded, "2026-05-12T09:00:00Z")), in_time),
        (
            "approved before it was asked: an earlier run",
            Some(state(ActionStatus::Succeeded, "2026-05-10T09:00:00Z")),
            in_time,
        ),
        (
            "approved, by the token, by a clock that is behind",
            Some(told_by_token("2026-05-10T09:00:00Z", TOKEN)),
            in_time,
        ),
        (
            "approved, by another token",
            Some(told_by_token("2026-05-12T09:00:00Z", "b05d18e2-3be8-4f52-9d60-72c18e5fb3a7")),
            in_time,
        ),
        ("rejected", Some(state(ActionStatus::Failed, "2026-05-12T09:00:00Z")), in_time),
        ("rejected in the last second", Some(state(ActionStatus::Failed, "2026-05-18T16:39:59Z")), late),
        ("timed out", Some(state(ActionStatus::Failed, "2026-05-18T16:40:00Z")), late),
        ("given up", Some(state(ActionStatus::Abandoned, "2026-05-12T09:00:00Z")), in_time),
        ("a state of tomorrow", Some(state(ActionStatus::Unknown, "2026-05-12T09:00:00Z")), in_time),
        ("approved by a user", Some(by_user("arn:aws:iam::730591846207:user/ops/pia")), in_time),
        ("approved by root", Some(by_user("arn:aws:iam::730591846207:root")), in_time),
        ("approved by no ARN", Some(by_user("pia")), in_time),
        ("approved by a broken ARN", Some(by_user("arn:aws")), in_time),
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|(name, state, now)| format!("{name}\n  {:?}", of_action(&pending, state.as_ref(), at(now))))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// The confirmation of an answer may get lost, and the SDK's second try is told that the approval is over: it is over by us.
#[test]
fn our_own_answer_is_known() {
    let ours = decision(true, None);
    let deciding = record(ApprovalState::Deciding { decision: ours.clone(), until: at("2026-05-12T08:01:00Z") });
    let accepted =
        ActionState { summary: Some(summary(&ours)), ..state(ActionStatus::Succeeded, "2026-05-12T08:00:01Z") };
    let now = at("2026-05-12T08:00:02Z");
    assert_eq!(of_action(&deciding, Some(&accepted), now), Some(Outcome::Decided(ours)));
    for other in [
        ActionState { summary: Some("Approved by Ola Berg".to_owned()), ..accepted.clone() },
        ActionState { status: ActionStatus::Failed, ..accepted.clone() },
    ] {
        assert!(matches!(of_action(&deciding, Some(&other), now), Some(Outcome::Elsewhere(_))), "{other:?}");
    }
    assert!(matches!(of_action(&record(ApprovalState::Pending), Some(&accepted), now), Some(Outcome::Elsewhere(_))));
}

proptest! {
    #[test]
    fn a_summary_is_never_refused_for_its_length(name in ".{0,600}", comment in proptest::option::of(".{0,600}")) {
        let decision = Decision { name, comment, ..decision(true, None) };
        prop_assert!(summary(&decision).chars().count() <= SUMMARY_LIMIT);
    }

    #[test]
    fn what_fits_is_not_cut(text in ".{0,40}", limit in 0_usize..50) {
        let length = text.chars().count();
        let after = cut(text.clone(), limit);
        if length <= limit {
            prop_assert_eq!(after, text);
        } else if limit > 0 {
            prop_assert_eq!(after.chars().count(), limit);
            prop_assert!(after.ends_with('…'));
        }
    }
}
