//! The shell under faults: what is posted once, what is lost never, what happens when something ends in the middle (A14, I1–I4).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

#[path = "app/accounts.rs"]
mod accounts;
#[path = "app/commands.rs"]
mod commands;
#[path = "app/crashes.rs"]
mod crashes;
#[path = "app/elsewhere.rs"]
mod elsewhere;
#[path = "app/envelopes.rs"]
mod envelopes;
#[path = "envelopes/every.rs"]
mod every;
#[path = "app/executions.rs"]
mod executions;
#[path = "app/fakes.rs"]
mod fakes;
#[path = "app/late.rs"]
mod late;
#[path = "app/own_change.rs"]
mod own_change;
#[path = "app/reordered.rs"]
mod reordered;
#[path = "app/secrets.rs"]
mod secrets;
#[path = "app/signed.rs"]
mod signed;
#[path = "app/strangers.rs"]
mod strangers;
#[path = "app/tick.rs"]
mod tick;

use std::sync::Arc;

use fakes::{Called, Shop};
use signoff::approval::record::{ApprovalState, Outcome};
use signoff::ports::{PortError, PutError};

fn transient() -> PortError {
    PortError::Transient("it is down".to_owned())
}

#[tokio::test]
async fn a_request_is_posted_once() {
    let shop = Shop::new();
    assert_eq!(shop.announce().await.unwrap(), "posted to C0LIVE by rule `live`");
    assert_eq!(shop.announce().await.unwrap(), "already posted");
    assert_eq!(shop.calls(), [Called::Post("C0LIVE".to_owned())]);
}

#[tokio::test]
async fn what_slack_did_not_take_is_posted_when_it_comes_again() {
    let shop = Shop::new();
    shop.fail_chat("post", transient());
    assert_eq!(shop.announce().await.unwrap_err().to_string(), "it is down");
    assert_eq!(shop.announce().await.unwrap(), "posted to C0LIVE by rule `live`");
}

#[tokio::test]
async fn while_one_invocation_posts_another_waits() {
    let shop = Shop::new();
    shop.lose_writes_after(2);
    assert!(shop.announce().await.is_err(), "the record could not be told that the message is posted");
    shop.mend();
    let busy = shop.announce().await.unwrap_err().to_string();
    assert!(busy.contains("another invocation is posting this request"), "{busy}");
    assert_eq!(shop.calls().len(), 1, "posted once so far");
}

#[tokio::test]
async fn a_record_that_can_not_be_written_posts_nothing() {
    let shop = Shop::new();
    shop.lose_writes_after(0);
    assert!(shop.announce().await.is_err());
    assert_eq!(shop.calls(), []);
}

#[tokio::test]
async fn approved() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
    assert_eq!(
        shop.calls()[1..],
        [
            Called::Put(true, "Approved by U0NOOR's name (U0NOOR) in Slack".to_owned()),
            Called::Update("Approved".to_owned()),
        ]
    );
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(decision)) if decision.by == "U0NOOR"));
}

#[tokio::test]
async fn a_second_press_says_what_happened_and_changes_nothing() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.press("approve", "U0NOOR").await.unwrap();
    let before = shop.calls().len();
    assert_eq!(shop.press("approve", "U0OLA").await.unwrap(), "over already");
    let told = "This was already approved by <@U0NOOR>.\nNothing was changed by your click.";
    assert_eq!(shop.calls()[before..], [Called::Whisper("U0OLA".to_owned(), told.to_owned())]);
}

#[tokio::test]
async fn who_may_not_is_told_who_may() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    let outcome = shop.press("approve", "U0ELSE").await.unwrap();
    assert!(outcome.starts_with("refused: "), "{outcome}");
    let Called::Whisper(user, told) = shop.calls().pop().unwrap() else { panic!("told") };
    assert_eq!(user, "U0ELSE");
    assert!(told.contains("<@U0NOOR>, <@U0OLA>"), "{told}");
    assert_eq!(shop.state().await, ApprovalState::Pending);
}

#[tokio::test]
async fn a_refusal_that_can_not_be_told_fails_so_that_slack_shows_a_fault() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_chat("whisper", transient());
    assert!(shop.press("approve", "U0ELSE").await.is_err());
}

#[tokio::test]
async fn nobody_decides_while_slack_does_not_say_who_they_are() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_chat("user", transient());
    let outcome = shop.press("approve", "U0NOOR").await.unwrap();
    assert_eq!(outcome, "refused: Your answer can't be taken, because Slack did not say who you are.");
    assert_eq!(shop.state().await, ApprovalState::Pending);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
}

#[tokio::test]
async fn reject_asks_why_and_then_rejects() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    assert_eq!(shop.press("reject", "U0OLA").await.unwrap(), "asked for a comment");
    assert_eq!(shop.calls().pop().unwrap(), Called::Modal("signoff.comment".to_owned()));
    assert_eq!(shop.state().await, ApprovalState::Pending);
    assert_eq!(shop.submit("Wrong prices.", "U0OLA").await.unwrap(), "rejected");
    let put = Called::Put(false, "Rejected by U0OLA's name (U0OLA) in Slack: Wrong prices.".to_owned());
    assert!(shop.calls().contains(&put));
}

#[tokio::test]
async fn a_modal_that_does_not_open_is_told() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_chat("open_modal", transient());
    let outcome = shop.press("reject", "U0OLA").await.unwrap();
    assert!(outcome.contains("did not open"), "{outcome}");
}

#[tokio::test]
async fn whoever_submits_is_checked_as_whoever_presses() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    let outcome = shop.submit("I am not even named.", "U0ELSE").await.unwrap();
    assert!(outcome.starts_with("refused: You may not answer"), "{outcome}");
}

#[tokio::test]
async fn an_approval_that_nobody_remembers() {
    let shop = Shop::new();
    let outcome = shop.press("approve", "U0NOOR").await.unwrap();
    assert_eq!(outcome, "refused: signoff knows nothing of this approval, or no longer.");
}

#[tokio::test]
async fn decided_in_the_console() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.answer_in_console(false, "Not on a Friday");
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "over already");
    let calls = shop.calls();
    assert!(calls.contains(&Called::Update("Rejected".to_owned())), "{calls:?}");
    let Called::Whisper(_, told) = calls.last().unwrap() else { panic!("told") };
    assert!(told.starts_with("This was rejected by pia, outside of Slack."), "{told}");
}

#[tokio::test]
async fn codepipeline_that_can_not_be_told_is_told_later() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_put(PutError::Failed(transient()), false);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "CodePipeline did not take the answer");
    assert!(!shop.calls().contains(&Called::Update("Approved".to_owned())), "nothing is shown that is not so");
    assert_eq!(shop.press("approve", "U0OLA").await.unwrap(), "approved");
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(decision)) if decision.by == "U0OLA"));
}

#[tokio::test]
async fn an_answer_whose_confirmation_was_lost_counts_for_who_gave_it() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_put(PutError::Failed(transient()), true);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "CodePipeline did not take the answer");
    // Ola's answer comes too late, and she is told whose counted.
    assert_eq!(shop.press("approve", "U0OLA").await.unwrap(), "over already");
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(decision)) if decision.by == "U0NOOR"));
    assert_eq!(shop.calls().iter().filter(|call| matches!(call, Called::Put(..))).count(), 1);
}

#[tokio::test]
async fn an_invocation_that_dies_after_the_answer_is_mended_by_the_next_click() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    // The claim is written; what comes after CodePipeline's answer is not.
    shop.lose_writes_after(1);
    assert!(shop.press("approve", "U0NOOR").await.is_err());
    shop.mend();
    let outcome = shop.press("approve", "U0OLA").await.unwrap();
    assert!(outcome.contains("on its way to CodePipeline already"), "the claim holds: {outcome}");
    shop.wait(61);
    assert_eq!(shop.press("reject", "U0OLA").await.unwrap(), "over already");
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(decision)) if decision.by == "U0NOOR"));
    assert_eq!(shop.calls().iter().filter(|call| matches!(call, Called::Put(..))).count(), 1);
}

#[tokio::test]
async fn an_unfinished_decision_stays_undecided_while_codepipeline_does_not_answer() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_put(PutError::Failed(transient()), true);
    shop.press("approve", "U0NOOR").await.unwrap();
    shop.fail_state(transient());
    let outcome = shop.press("approve", "U0OLA").await.unwrap();
    assert!(outcome.contains("does not say whether it counts"), "{outcome}");
    assert_eq!(shop.press("approve", "U0OLA").await.unwrap(), "over already");
}

#[tokio::test]
async fn a_message_that_could_not_be_updated_is_updated_by_the_next_press() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_chat("update", transient());
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
    let Called::Whisper(_, told) = shop.calls().pop().unwrap() else { panic!("told") };
    assert!(told.contains("CodePipeline has your answer"), "{told}");
    let before = shop.calls().len();
    shop.press("approve", "U0OLA").await.unwrap();
    assert_eq!(shop.calls()[before], Called::Update("Approved".to_owned()));
}

#[tokio::test]
async fn after_its_time_it_is_expired() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.wait(8 * 86_400);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "over already");
    let calls = shop.calls();
    assert!(!calls.iter().any(|call| matches!(call, Called::Put(..))), "{calls:?}");
    assert!(calls.contains(&Called::Update("Approval expired".to_owned())), "{calls:?}");
}

/// Whoever loses the race for the record decides again, by what the winner wrote.
#[tokio::test]
async fn many_people_at_the_same_instant() {
    for people in [2, 10, 50] {
        let shop = Arc::new(Shop::new());
        shop.announce().await.unwrap();
        let clicks = (0..people).map(|number| {
            let shop = Arc::clone(&shop);
            let user = if number % 2 == 0 { "U0NOOR" } else { "U0OLA" };
            tokio::spawn(async move { shop.press("approve", user).await })
        });
        let mut approved = 0;
        for click in clicks.collect::<Vec<_>>() {
            let outcome = click.await.unwrap().unwrap();
            approved += usize::from(outcome == "approved");
        }
        assert_eq!(approved, 1);
        assert_eq!(shop.calls().iter().filter(|call| matches!(call, Called::Put(..))).count(), 1);
    }
}

#[tokio::test]
async fn a_notice_is_posted_once_for_each_rule() {
    let shop = Shop::new();
    assert_eq!(shop.notify().await.unwrap(), "posted to C0LIVE by rule `all`; posted to C0MORE by rule `failures`");
    assert_eq!(shop.notify().await.unwrap(), "already posted by rule `all`; already posted by rule `failures`");
}

#[tokio::test]
async fn a_notice_that_fails_does_not_keep_others_from_being_posted() {
    let shop = Shop::new();
    shop.fail_chat("post", transient());
    assert_eq!(shop.notify().await.unwrap_err().to_string(), "rule `all`: it is down");
    assert_eq!(shop.calls(), [Called::Post("C0MORE".to_owned())]);
    shop.notify().await.unwrap();
    assert_eq!(shop.calls(), [Called::Post("C0MORE".to_owned()), Called::Post("C0LIVE".to_owned())]);
}
