//! Ticks: late, twice, at the same instant, and ended in the middle. What is due is done once, and nothing is lost.

use std::sync::Arc;
use std::time::Duration;

use signoff::approval::record::{ApprovalState, Elsewhere, Fate, Outcome};
use signoff::ports::PutError;

use super::fakes::{Called, EXECUTION, Shop};
use super::transient;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const RULE: &str = "approvers: [U0NOOR, U0OLA], remind: { after: 2h, every: 4h }, \
                    escalate: { after: 24h, channel: C0HELP, mention: [U0PIA] }";

/// What a tick says that had nothing to do but to ask.
const STILL: &str = "checkout-web / Live / GoLive: it still waits";

/// An approval that has waited for so long, after a first tick that only asked CodePipeline.
async fn waiting(seconds: i64) -> Shop {
    let shop = Shop::with_rule(RULE);
    shop.announce().await.unwrap();
    assert_eq!(shop.tick().await.unwrap(), STILL);
    shop.wait(seconds);
    shop
}

fn reminder() -> Called {
    Called::Reply("Still waiting".to_owned())
}

fn escalation() -> Called {
    Called::Post("C0HELP".to_owned())
}

fn count(shop: &Shop, wanted: &Called) -> usize {
    shop.calls().iter().filter(|call| *call == wanted).count()
}

/// Later its run may be too far down in the list of all.
#[tokio::test]
async fn the_first_tick_learns_which_execution_asks() {
    let shop = waiting(0).await;
    assert_eq!(shop.record().await.execution(), Some(EXECUTION));
}

#[tokio::test]
async fn it_reminds_in_the_thread_when_it_is_due() {
    let shop = waiting(2 * HOUR - 1).await;
    assert_eq!(shop.tick().await.unwrap(), "nothing was due");
    shop.wait(1);
    let told = "checkout-web / Live / GoLive: it still waits, reminded";
    assert_eq!(shop.tick().await.unwrap(), told);
    assert_eq!(shop.calls()[1..], [reminder()]);
    assert_eq!(shop.tick().await.unwrap(), "nothing was due");
    shop.wait(4 * HOUR);
    assert_eq!(shop.tick().await.unwrap(), told);
    assert_eq!(count(&shop, &reminder()), 2);
}

#[tokio::test]
async fn no_tick_for_a_day_is_one_reminder_and_then_the_grid() {
    let shop = waiting(DAY - 1).await;
    shop.tick().await.unwrap();
    assert_eq!(count(&shop, &reminder()), 1, "of six, the last");
    // The seventh is due at 26 hours.
    shop.wait(2 * HOUR + 1);
    shop.tick().await.unwrap();
    assert_eq!(shop.calls()[2..], [escalation(), reminder()]);
}

#[tokio::test]
async fn many_ticks_at_the_same_instant_act_once() {
    let shop = Arc::new(waiting(DAY).await);
    let ticks: Vec<_> = (0..20)
        .map(|_| {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { shop.tick().await })
        })
        .collect();
    for tick in ticks {
        tick.await.unwrap().unwrap();
    }
    assert_eq!((count(&shop, &reminder()), count(&shop, &escalation())), (1, 1));
}

#[tokio::test]
async fn a_tick_that_loses_a_write_repeats_once_at_the_most() {
    let mut lost = 0;
    // After each of the writes of a tick that reminds and escalates.
    for writes in 0.. {
        let shop = waiting(DAY).await;
        shop.lose_writes_after(writes);
        let ended = shop.tick().await;
        shop.mend();
        if ended.is_ok() {
            assert_eq!(writes, 3, "a claim, where the escalation is, and what was done");
            break;
        }
        lost += 1;
        let before = (count(&shop, &reminder()), count(&shop, &escalation()));
        shop.tick().await.unwrap();
        if writes > 0 {
            assert_eq!(before, (count(&shop, &reminder()), count(&shop, &escalation())), "its claim holds");
        }
        for _ in 0..5 {
            shop.wait(MINUTE + 1);
            shop.tick().await.unwrap();
        }
        let after = (count(&shop, &reminder()), count(&shop, &escalation()));
        assert!((1..=2).contains(&after.0) && (1..=2).contains(&after.1), "{writes}: {after:?}");
        shop.press("approve", "U0NOOR").await.unwrap();
        let shown = Called::UpdateElsewhere("Approved".to_owned());
        assert_eq!(count(&shop, &shown), 1, "{writes}: {:?}", shop.calls());
    }
    assert_eq!(lost, 3);
}

#[tokio::test]
async fn what_slack_does_not_take_fails_and_is_tried_again() {
    let shop = waiting(DAY).await;
    shop.fail_chat("reply", transient());
    let failed = shop.tick().await.unwrap_err().to_string();
    assert_eq!(failed, "checkout-web / Live / GoLive: it is down");
    assert_eq!(shop.calls()[1..], [escalation()]);
    // Not at once, and then without telling elsewhere again.
    assert_eq!(shop.tick().await.unwrap(), "nothing was due");
    shop.wait(MINUTE);
    shop.tick().await.unwrap();
    assert_eq!(shop.calls()[2..], [reminder()]);
}

#[tokio::test]
async fn an_escalation_that_fails_does_not_keep_the_reminder_from_being_given() {
    let shop = waiting(DAY).await;
    shop.fail_chat("post", transient());
    assert!(shop.tick().await.is_err());
    assert_eq!(shop.calls()[1..], [reminder()]);
    shop.wait(MINUTE);
    shop.tick().await.unwrap();
    assert_eq!(shop.calls()[2..], [escalation()], "the reminder is not repeated");
}

#[tokio::test]
async fn an_escalation_without_a_link_is_better_than_none() {
    let shop = waiting(DAY).await;
    shop.fail_chat("permalink", transient());
    shop.tick().await.unwrap();
    assert_eq!(count(&shop, &escalation()), 1);
}

#[tokio::test]
async fn an_escalation_shows_how_it_ended() {
    let shop = waiting(DAY).await;
    shop.tick().await.unwrap();
    shop.fail_chat("update elsewhere", transient());
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
    let shown = Called::UpdateElsewhere("Approved".to_owned());
    assert_eq!(count(&shop, &shown), 0);
    // What the click could not show, the next tick does.
    shop.tick().await.unwrap();
    assert_eq!(count(&shop, &shown), 1);
    shop.wait(30 * MINUTE);
    assert_eq!(shop.tick().await.unwrap(), "nothing was due", "and then it is over");
}

/// A click between the post of the escalation and the record of where it is does not know of it.
#[tokio::test]
async fn a_decision_while_it_escalates_is_shown_there_too() {
    for yields in 0..30 {
        let shop = Arc::new(waiting(DAY).await);
        let ticking = {
            let shop = Arc::clone(&shop);
            tokio::spawn(async move { shop.tick().await })
        };
        for _ in 0..yields {
            tokio::task::yield_now().await;
        }
        shop.press("approve", "U0NOOR").await.unwrap();
        ticking.await.unwrap().unwrap();
        shop.tick().await.unwrap();
        assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(_))), "{yields}");
        let calls = shop.calls();
        let last = calls.iter().rfind(|call| matches!(call, Called::UpdateElsewhere(_)));
        if count(&shop, &escalation()) > 0 {
            assert_eq!(last, Some(&Called::UpdateElsewhere("Approved".to_owned())), "{yields}: {calls:?}");
        }
    }
}

#[tokio::test]
async fn nobody_is_reminded_of_what_was_decided_elsewhere() {
    let shop = waiting(DAY).await;
    shop.answer_in_console(true, "Go.");
    shop.tick().await.unwrap();
    assert_eq!(shop.calls()[1..], [Called::Update("Approved".to_owned())]);
}

#[tokio::test]
async fn at_its_end_it_is_shown_as_what_codepipeline_says() {
    let shop = waiting(7 * DAY).await;
    // CodePipeline has not come to it: it is asked again.
    assert_eq!(shop.tick().await.unwrap(), "checkout-web / Live / GoLive: it still waits");
    assert_eq!(shop.tick().await.unwrap(), "nothing was due");
    shop.wait(MINUTE);
    shop.fail_state(transient());
    assert!(shop.tick().await.is_err());
    shop.time_out();
    shop.wait(2 * MINUTE);
    shop.tick().await.unwrap();
    assert_eq!(shop.calls().last(), Some(&Called::Update("Approval expired".to_owned())));
    let expired = Elsewhere { fate: Fate::Expired, by: None, at: None, comment: None };
    assert_eq!(shop.state().await, ApprovalState::Ended(Outcome::Elsewhere(expired)));
    shop.wait(DAY);
    assert_eq!(shop.tick().await.unwrap(), "nothing was due");
}

/// `expires` has no seconds: CodePipeline takes answers for up to a minute after it.
#[tokio::test]
async fn a_rejection_in_the_last_minute_is_one() {
    let shop = waiting(7 * DAY + 30).await;
    shop.answer_in_console(false, "Not this one.");
    shop.tick().await.unwrap();
    assert_eq!(shop.calls().last(), Some(&Called::Update("Rejected".to_owned())));
    let ApprovalState::Ended(Outcome::Elsewhere(end)) = shop.state().await else { panic!("over") };
    assert_eq!(
        (end.fate, end.by.as_deref(), end.comment.as_deref()),
        (Fate::Rejected, Some("pia"), Some("Not this one."))
    );
}

#[tokio::test]
async fn a_decision_that_was_left_unfinished_is_settled() {
    let shop = waiting(HOUR).await;
    // The claim is written; what comes after CodePipeline's answer is not.
    shop.lose_writes_after(1);
    assert!(shop.press("approve", "U0NOOR").await.is_err());
    shop.mend();
    assert_eq!(shop.tick().await.unwrap(), "nothing was due", "whoever decides may still be at it");
    shop.wait(MINUTE);
    shop.tick().await.unwrap();
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(by)) if by.by == "U0NOOR"));
    assert_eq!(shop.calls().last(), Some(&Called::Update("Approved".to_owned())));
}

#[tokio::test]
async fn who_decided_is_told_when_it_did_not_arrive() {
    let shop = waiting(HOUR).await;
    shop.fail_put(PutError::Failed(transient()), false);
    shop.press("approve", "U0NOOR").await.unwrap();
    let before = shop.calls().len();
    shop.tick().await.unwrap();
    let lost = "CodePipeline does not have your answer, so it does not count so far.\nPress again, or answer in the AWS console.";
    let told = Called::Whisper("U0NOOR".to_owned(), lost.to_owned());
    assert_eq!(shop.calls()[before..], [told, Called::Update("Approval needed".to_owned())]);
    // Once; then it waits as others do, and is reminded of.
    shop.wait(MINUTE);
    assert_eq!(shop.tick().await.unwrap(), "nothing was due");
    shop.wait(HOUR);
    shop.tick().await.unwrap();
    assert_eq!(shop.calls().last(), Some(&reminder()));
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
}

#[tokio::test]
async fn a_message_that_nobody_posted_is_posted() {
    let shop = Shop::with_rule(RULE);
    shop.fail_chat("post", transient());
    assert!(shop.announce().await.is_err());
    shop.tick().await.unwrap();
    assert_eq!(shop.calls(), [Called::Post("C0LIVE".to_owned())]);
    assert_eq!(shop.announce().await.unwrap(), "already posted");
}

#[tokio::test]
async fn what_fails_again_and_again_is_left_alone_longer_each_time() {
    let shop = waiting(2 * HOUR).await;
    let mut tried = Vec::new();
    for minute in 0..100 {
        shop.fail_chat("reply", transient());
        if shop.tick().await.is_err() {
            tried.push(minute);
        }
        shop.wait(MINUTE);
    }
    assert_eq!(tried, [0, 1, 3, 7, 15, 31, 63]);
}

#[tokio::test]
async fn without_a_rule_that_asks_for_it_nobody_is_reminded() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.tick().await.unwrap();
    for _ in 0..50 {
        shop.wait(HOUR);
        assert_eq!(shop.tick().await.unwrap(), "nothing was due");
    }
    assert_eq!(shop.calls().len(), 1);
}

/// A request and its end come at the same instant, and the end is seen to first: no event tells of it any more.
#[tokio::test]
async fn what_ended_just_before_it_was_written_down_is_shown_by_the_first_tick() {
    let shop = Shop::with_rule(RULE);
    shop.answer_in_console(false, "Not today");
    assert_eq!(shop.tell("FAILED").await.unwrap(), None);
    shop.announce().await.unwrap();
    shop.tick().await.unwrap();
    assert!(matches!(&shop.state().await, ApprovalState::Ended(Outcome::Elsewhere(end)) if end.fate == Fate::Rejected));
    assert_eq!(shop.calls().last(), Some(&Called::Update("Rejected".to_owned())));
}

/// Whoever answers while a tick asks CodePipeline is remembered, and not only what they answered: CodePipeline has it before its
/// taker knows.
#[tokio::test(start_paused = true)]
#[allow(clippy::disallowed_methods, reason = "tokio's paused clock takes no time")]
async fn an_answer_that_is_given_while_a_tick_asks_is_its_givers() {
    let shop = Arc::new(Shop::with_rule("approvers: [U0NOOR, U0OLA]"));
    shop.announce().await.unwrap();
    shop.state_takes(2);
    let ticking = Arc::clone(&shop);
    let tick = tokio::spawn(async move { ticking.tick().await });
    // It has claimed the approval, and asks.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
    assert_eq!(tick.await.unwrap().unwrap(), "checkout-web / Live / GoLive: somebody is answering it");
    let state = shop.state().await;
    assert!(matches!(&state, ApprovalState::Ended(Outcome::Decided(by)) if by.by == "U0NOOR"), "{state:?}");
}

/// The age of the oldest approval that waits is known to within an hour, and costs no call.
#[tokio::test]
async fn how_long_an_approval_has_waited_is_measured_once_an_hour() {
    let shop = Shop::with_rule("approvers: [U0NOOR]");
    shop.announce().await.unwrap();
    let began = shop.now();
    let mut measured = vec![0];
    for _ in 0..5 * 60 {
        shop.wait(MINUTE);
        if let Some(age) = age_of_the_tick(&shop).await {
            assert!((shop.now().duration_since(began).as_secs() - age).abs() < MINUTE, "{age}");
            measured.push(age);
        }
    }
    assert!(measured.len() < 10, "most ticks look at nothing: {measured:?}");
    assert!(measured.windows(2).all(|two| two[1] - two[0] <= HOUR + MINUTE), "{measured:?}");
    assert!(measured.last() > Some(&(4 * HOUR)), "{measured:?}");
    shop.press("approve", "U0NOOR").await.unwrap();
    shop.wait(2 * HOUR);
    assert_eq!(age_of_the_tick(&shop).await, None);
}

/// What a tick measures, as its line has it.
async fn age_of_the_tick(shop: &Shop) -> Option<i64> {
    shop.logbook().begin(shop.now(), None, None);
    shop.tick().await.unwrap();
    let line = shop.logbook().end(shop.now(), Some("shop")).unwrap();
    serde_json::from_str::<serde_json::Value>(&line).unwrap()["OpenApprovalAge"].as_i64()
}

/// An invocation that ends between showing a vote and looking at the record again may have had the last word: nobody knows.
#[tokio::test]
async fn what_somebody_may_have_overwritten_is_shown_once_more() {
    const TWO: &str = "require: [{ from: [U0NOOR, U0OLA], count: 2 }]";
    let approved = Called::Update("Approved".to_owned());
    let mut places = Vec::new();
    for calls in 1.. {
        let shop = Shop::with_rule(TWO);
        shop.announce().await.unwrap();
        shop.tick().await.unwrap();
        shop.die_after(calls);
        let lives = shop.unless_it_dies(shop.press("approve", "U0NOOR")).await.is_some();
        let place = shop.died_after();
        shop.mend_calls();
        if shop.record().await.votes.is_empty() {
            continue;
        }
        assert_eq!(shop.press("approve", "U0OLA").await.unwrap(), "approved", "{place:?}");
        assert_eq!(count(&shop, &approved), 1, "{place:?}");
        assert_eq!(shop.tick().await.unwrap(), "nothing was due", "{place:?}");
        // As long as a Lambda may run.
        shop.wait(15 * MINUTE);
        let again = shop.tick().await.unwrap();
        assert_eq!(count(&shop, &approved), 1 + usize::from(again != "nothing was due"), "{place:?}: {again}");
        assert_eq!(shop.tick().await.unwrap(), "nothing was due", "{place:?}: and then it is over");
        places.push(format!("{}: {again}", place.unwrap_or("lives")));
        if lives {
            break;
        }
    }
    insta::assert_snapshot!(places.join("\n"));
}
