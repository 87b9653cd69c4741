//! Commands under faults: what was asked for once is done once, and who asked is told what is not known.

use std::sync::Arc;

use signoff::ports::{OperateError, Operation, PipelineState, StageRun, StageState, StageStatus};

use super::fakes::{Called, Shop};
use super::transient;

const EXECUTION: &str = "5a2f9c4e-07d1-4b63-8e5a-c94d1f7b2e60";

fn failed_in(stage: &str) -> PipelineState {
    let latest = Some(StageRun { execution: EXECUTION.to_owned(), status: StageStatus::Failed });
    PipelineState { stages: vec![StageState { name: stage.to_owned(), latest, ..StageState::default() }] }
}

fn operations(shop: &Shop) -> Vec<Operation> {
    let calls = shop.calls().into_iter();
    calls.filter_map(|call| if let Called::Operate(operation) = call { Some(operation) } else { None }).collect()
}

fn retry() -> Operation {
    Operation::Retry { stage: "Live".to_owned(), execution: EXECUTION.to_owned() }
}

#[tokio::test]
async fn what_is_asked_for_once_is_done_once() {
    let shop = Shop::new();
    shop.stands(failed_in("Live"));
    let (outcome, told) = shop.command("U0NOOR", "retry checkout-web", "1.2.3").await.unwrap();
    assert_eq!((outcome.as_str(), told), ("retried by rule `operate`", None));
    let (_, told) = shop.command("U0NOOR", "retry checkout-web", "1.2.3").await.unwrap();
    assert_eq!(
        told.unwrap(),
        ":no_entry_sign: This was retried already by <@U0NOOR>.\nTo do it again, give the command anew."
    );
    assert_eq!(shop.calls(), [Called::Operate(retry()), Called::Post("C0LIVE".to_owned())]);
    // Another command is another asking.
    shop.command("U0NOOR", "retry checkout-web", "4.5.6").await.unwrap();
    assert_eq!(operations(&shop).len(), 2);
}

#[tokio::test]
async fn of_two_at_the_same_instant_one_is_done() {
    let shop = Arc::new(Shop::new());
    shop.stands(failed_in("Live"));
    let ask = |shop: Arc<Shop>| async move { shop.command("U0NOOR", "retry checkout-web", "1.2.3").await.unwrap() };
    let (first, second) = tokio::join!(ask(Arc::clone(&shop)), ask(Arc::clone(&shop)));
    assert_eq!(operations(&shop), [retry()]);
    assert_eq!([first.1, second.1].into_iter().flatten().count(), 1, "the other is told");
}

#[tokio::test]
async fn what_codepipeline_refuses_may_be_asked_for_again() {
    let shop = Shop::new();
    shop.stands(failed_in("Live"));
    shop.fail_operation(OperateError::Refused { said: "StageNotRetryableException: not now".to_owned() });
    let (_, told) = shop.command("U0NOOR", "retry checkout-web Live", "1.2.3").await.unwrap();
    let expected = ":no_entry_sign: CodePipeline refuses to retry `Live` of `checkout-web`: StageNotRetryableException: \
                    not now\nNothing was changed.";
    assert_eq!(told.unwrap(), expected);
    assert_eq!(shop.calls(), []);
    let (outcome, _) = shop.command("U0NOOR", "retry checkout-web Live", "1.2.3").await.unwrap();
    assert_eq!(outcome, "retried by rule `operate`");
}

/// A retry that got no answer may have been done: only a start, which CodePipeline itself takes once, is sent again.
#[tokio::test]
async fn what_got_no_answer_is_not_sent_again_but_a_start() {
    for (text, sent) in [("retry checkout-web", 1), ("start checkout-web", 2)] {
        let shop = Shop::new();
        shop.stands(failed_in("Live"));
        shop.fail_operation(OperateError::Failed(transient()));
        let (_, told) = shop.command("U0NOOR", text, "1.2.3").await.unwrap();
        let told = told.unwrap();
        assert!(told.contains("it may have been done or not"), "{told}");
        let (_, told) = shop.command("U0NOOR", text, "1.2.3").await.unwrap();
        let operations = operations(&shop);
        assert_eq!(operations.len(), sent, "{told:?}");
        assert!(operations.iter().all(|operation| *operation == operations[0]), "by the same token");
        assert_eq!(told.is_some_and(|told| told.contains("can't be told")), sent == 1);
    }
}

#[tokio::test]
async fn an_invocation_that_ends_before_it_is_done_leaves_a_claim() {
    let shop = Shop::new();
    shop.stands(failed_in("Live"));
    // The claim is written, and what became of it is not.
    shop.lose_writes_after(1);
    shop.command("U0NOOR", "retry checkout-web", "1.2.3").await.unwrap();
    shop.mend();
    let (_, told) = shop.command("U0NOOR", "retry checkout-web", "1.2.3").await.unwrap();
    assert!(told.unwrap().contains("on its way to CodePipeline already"));
    shop.wait(120);
    let (_, told) = shop.command("U0NOOR", "retry checkout-web", "1.2.3").await.unwrap();
    assert!(told.unwrap().contains("can't be told"));
    assert_eq!(operations(&shop).len(), 1);
}

#[tokio::test]
async fn a_claim_that_can_not_be_written_does_nothing() {
    let shop = Shop::new();
    shop.stands(failed_in("Live"));
    shop.lose_writes_after(0);
    assert!(shop.command("U0NOOR", "retry checkout-web", "1.2.3").await.is_err());
    assert_eq!(shop.calls(), []);
}

#[tokio::test]
async fn what_slack_does_not_show_everybody_the_person_is_told() {
    let shop = Shop::new();
    shop.fail_chat("post", transient());
    let (outcome, told) = shop.command("U0NOOR", "start checkout-web", "1.2.3").await.unwrap();
    assert_eq!(outcome, "started by rule `operate`, and not shown to others");
    assert!(told.unwrap().contains("started"));
}

/// Nothing is asked of CodePipeline for somebody who may not.
#[tokio::test]
async fn who_may_not_learns_nothing_of_the_pipeline() {
    for (user, text) in [
        ("U0PIA", "start checkout-web"),
        ("U0PIA", "status checkout-web"),
        ("U0PIA", "approvals"),
        ("U0OLA", "stop checkout-web"),
        ("U0NOOR", "status checkout-web"),
    ] {
        let shop = Shop::new();
        shop.fail_state(transient());
        let (outcome, told) = shop.command(user, text, "1.2.3").await.unwrap();
        assert!(outcome.starts_with("refused: ") && told.is_some(), "{user} {text}: {outcome}");
        assert!(!outcome.contains("CodePipeline did not say"), "{outcome}");
        assert_eq!(shop.calls(), []);
    }
}

#[tokio::test]
async fn who_is_to_be_asked_gets_a_window() {
    let shop = Shop::new();
    let (outcome, told) = shop.command("U0OLA", "start checkout-web", "1.2.3").await.unwrap();
    assert_eq!((outcome.as_str(), told), ("asked whether to start", None));
    assert_eq!(shop.calls(), [Called::Modal("signoff.command".to_owned())]);
    // To disable needs a reason, whatever the rule says.
    let shop = Shop::new();
    shop.stands(failed_in("Live"));
    shop.command("U0NOOR", "disable checkout-web Live", "1.2.3").await.unwrap();
    assert_eq!(shop.calls(), [Called::Modal("signoff.command".to_owned())]);
}

#[tokio::test]
async fn the_home_tab_shows_what_waits_for_who_looks() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    assert_eq!(shop.look_home("U0NOOR").await.unwrap(), "shown what waits for them: 1 approvals");
    assert_eq!(shop.look_home("U0PIA").await.unwrap(), "shown what waits for them: 0 approvals");
    shop.press("approve", "U0NOOR").await.unwrap();
    assert_eq!(shop.look_home("U0OLA").await.unwrap(), "shown what waits for them: 0 approvals");
}
