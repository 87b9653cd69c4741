//! The message of an execution under faults: it is posted once, shows in the end all that was told, and what fails comes again.

use signoff::ports::PortError;

use super::fakes::{Called, Shop};
use super::transient;

const RULES: &str = "\
version: 1
workspace: T0SHOP
notifications:
  - { name: progress, channel: C0LIVE, match: { event: 'pipeline.*' }, thread: execution, mention: [U0NOOR, author] }
";

const STARTED: (&str, &str, &str, i64) = ("Pipeline", "STARTED", "", 0);
const BUILDS: (&str, &str, &str, i64) = ("Stage", "STARTED", "Live", 5);
const BREAKS: (&str, &str, &str, i64) = ("Action", "FAILED", "Live", 60);
const FAILED: (&str, &str, &str, i64) = ("Pipeline", "FAILED", "", 61);

fn shop() -> Shop {
    Shop::with_rules(RULES)
}

fn update(text: &str) -> Called {
    Called::Update(text.to_owned())
}

fn posts(calls: &[Called]) -> usize {
    calls.iter().filter(|call| matches!(call, Called::Post(_))).count()
}

#[tokio::test]
async fn an_execution_is_posted_once_and_then_updated() {
    let shop = shop();
    shop.deliver(&[STARTED]).await.unwrap();
    shop.deliver(&[BUILDS]).await.unwrap();
    shop.deliver(&[STARTED]).await.unwrap();
    shop.deliver(&[BREAKS]).await.unwrap();
    shop.deliver(&[FAILED]).await.unwrap();
    let expected = [
        Called::Post("C0LIVE".to_owned()),
        update("checkout-web is running · Live"),
        update("checkout-web is running · Live"),
        Called::Reply("Live · GoLive failed".to_owned()),
        update("checkout-web failed · Live"),
    ];
    assert_eq!(shop.calls(), expected);
}

#[tokio::test]
async fn what_comes_together_is_shown_once() {
    let shop = shop();
    let answer = shop.deliver(&[FAILED, BUILDS, STARTED, BREAKS, BUILDS]).await.unwrap();
    let last = answer["done"].as_array().unwrap().last().unwrap();
    assert_eq!(*last, "its execution: posted to C0LIVE by rule `progress`; told in the thread in C0LIVE");
    let expected = [Called::Post("C0LIVE".to_owned()), Called::Reply("Live · GoLive failed".to_owned())];
    assert_eq!(shop.calls(), expected);
}

#[tokio::test]
async fn what_no_rule_asks_for_is_remembered_until_one_does() {
    let shop = shop();
    shop.deliver(&[BUILDS]).await.unwrap();
    assert_eq!(shop.calls(), []);
    shop.deliver(&[STARTED]).await.unwrap();
    shop.deliver(&[BUILDS]).await.unwrap();
    assert_eq!(shop.calls(), [Called::Post("C0LIVE".to_owned())], "it shows both");
}

#[tokio::test]
async fn what_slack_does_not_take_comes_again() {
    let shop = shop();
    shop.fail_chat("post", transient());
    let failure = shop.deliver(&[STARTED, BUILDS]).await.unwrap_err().to_string();
    let each = "its execution: it is down";
    assert_eq!(failure, format!("SNS message Pipeline STARTED : {each}; SNS message Stage STARTED Live: {each}"));
    shop.deliver(&[STARTED]).await.unwrap();
    shop.fail_chat("update", transient());
    shop.deliver(&[FAILED]).await.unwrap_err();
    shop.deliver(&[FAILED]).await.unwrap();
    assert_eq!(shop.calls(), [Called::Post("C0LIVE".to_owned()), update("checkout-web failed · Live")]);
}

#[tokio::test]
async fn a_message_that_was_deleted_fails_nothing() {
    let shop = shop();
    shop.deliver(&[STARTED]).await.unwrap();
    shop.fail_chat("update", PortError::Permanent("message_not_found".to_owned()));
    shop.deliver(&[BUILDS]).await.unwrap();
    shop.deliver(&[BUILDS]).await.unwrap();
    assert_eq!(shop.calls(), [Called::Post("C0LIVE".to_owned())]);
}

#[tokio::test]
async fn who_comes_while_another_shows_leaves_it_to_them_and_whose_event_it_is_comes_again() {
    let shop = shop();
    // It dies with the hold in the store.
    shop.lose_writes_after(1);
    shop.deliver(&[STARTED]).await.unwrap_err();
    shop.mend();
    let answer = shop.deliver(&[BUILDS]).await.unwrap();
    assert_eq!(answer["done"][0], "stage.started: left to the invocation that shows the execution");
    let busy = shop.deliver(&[STARTED]).await.unwrap_err().to_string();
    assert!(busy.contains("another invocation is at this event"), "{busy}");
    assert_eq!(shop.calls(), []);
    shop.wait(61);
    shop.deliver(&[STARTED]).await.unwrap();
    shop.deliver(&[BUILDS]).await.unwrap();
    assert_eq!(shop.calls(), [Called::Post("C0LIVE".to_owned())], "it shows both");
}

/// Whatever write is lost, and all after it: when what failed has come again, the message shows everything.
#[tokio::test]
async fn an_invocation_may_die_between_any_two_writes() {
    for writes in 0.. {
        let shop = shop();
        shop.lose_writes_after(writes);
        let mut failed = Vec::new();
        for event in [STARTED, BUILDS, BREAKS, FAILED] {
            if shop.deliver(&[event]).await.is_err() {
                failed.push(event);
            }
        }
        shop.mend();
        shop.wait(61);
        let is_over = failed.is_empty();
        for event in failed {
            shop.deliver(&[event]).await.unwrap();
        }
        let calls = shop.calls();
        // A message whose posting could not be remembered is posted again: Slack has nothing that would tell.
        assert!((1..=2).contains(&posts(&calls)), "{writes}: {calls:?}");
        let replies = calls.iter().filter(|call| matches!(call, Called::Reply(_))).count();
        assert!((1..=2).contains(&replies), "{writes}: {calls:?}");
        let shown = calls.iter().rfind(|call| matches!(call, Called::Update(_)));
        assert_eq!(shown, Some(&update("checkout-web failed · Live")), "{writes}: {calls:?}");
        if is_over {
            assert!(writes > 10, "it writes more than that");
            return;
        }
    }
}

/// The same at once: nobody waits for anybody, and the last message shows everything.
#[tokio::test]
async fn events_at_once_end_in_one_true_message() {
    let shop = shop();
    let (a, b, c, d) = tokio::join!(
        shop.deliver(&[BREAKS]),
        shop.deliver(&[STARTED]),
        shop.deliver(&[FAILED]),
        shop.deliver(&[BUILDS])
    );
    for (event, came) in [(BREAKS, a), (STARTED, b), (FAILED, c), (BUILDS, d)] {
        if came.is_err() {
            shop.deliver(&[event]).await.unwrap();
        }
    }
    let calls = shop.calls();
    assert_eq!(posts(&calls), 1, "{calls:?}");
    shop.deliver(&[STARTED]).await.unwrap();
    assert_eq!(shop.calls(), calls, "nothing is left to be shown");
}

const TWO: &str = "\
version: 1
workspace: T0SHOP
approvals: [{ name: two, match: {}, channel: C0LIVE, require: [{ from: [U0NOOR, U0TOM], count: 2 }] }]
notifications:
  - { name: progress, channel: C0LIVE, match: { event: 'pipeline.*' }, thread: execution }
";

/// A click does not come again. What it was about to show, and dies before, an event must not leave to it.
#[tokio::test]
async fn an_event_leaves_nothing_to_who_shows_votes() {
    let mut had_to_come_again = 0;
    for calls in 1.. {
        let shop = Shop::with_rules(TWO);
        shop.deliver(&[STARTED]).await.unwrap();
        shop.announce().await.unwrap();
        shop.die_after(calls);
        let lived = shop.unless_it_dies(shop.press("approve", "U0NOOR")).await.is_some();
        shop.mend_calls();
        if shop.deliver(&[FAILED]).await.is_err() {
            had_to_come_again += 1;
            shop.wait(61);
            shop.deliver(&[FAILED]).await.unwrap();
        }
        let calls = shop.calls();
        let shown = calls.iter().rfind(|call| matches!(call, Called::Update(text) if text.contains("checkout-web ")));
        assert!(matches!(shown, Some(Called::Update(text)) if text.starts_with("checkout-web failed")), "{calls:?}");
        if lived {
            assert!(had_to_come_again > 0);
            return;
        }
    }
}
