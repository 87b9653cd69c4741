//! Decisions made elsewhere reach the message by what CodePipeline tells (A16).

use std::sync::Arc;

use signoff::adapters::memory::MemoryStore;
use signoff::approval::audit::AuditResult;
use signoff::approval::digest_of;
use signoff::approval::record::{ApprovalState, Outcome};
use signoff::ports::{PutError, Store};

use super::fakes::{Called, Shop};
use super::transient;

const SHOWN: &str = "what became of the approval is shown";

#[tokio::test]
async fn a_rejection_in_the_console_is_shown_once() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.answer_in_console(false, "Not on a Friday");
    assert_eq!(shop.tell("FAILED").await.unwrap().as_deref(), Some(SHOWN));
    assert_eq!(shop.tell("FAILED").await.unwrap(), None);
    assert_eq!(shop.calls()[1..], [Called::Update("Rejected".to_owned())]);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "over already");
}

#[tokio::test]
async fn what_was_decided_here_is_left_as_it_is() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.press("approve", "U0NOOR").await.unwrap();
    let before = shop.calls().len();
    shop.tell("SUCCEEDED").await.unwrap();
    assert_eq!(shop.calls().len(), before);
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(decision)) if decision.by == "U0NOOR"));
}

#[tokio::test]
async fn an_approval_that_still_waits_is_left_as_it_is() {
    let shop = Shop::new();
    assert_eq!(shop.tell("SUCCEEDED").await.unwrap(), None, "nothing is known of any");
    shop.announce().await.unwrap();
    assert_eq!(shop.tell("STARTED").await.unwrap(), None);
    // Of an earlier run, and late.
    assert_eq!(shop.tell("FAILED").await.unwrap(), None);
    assert_eq!(shop.calls().len(), 1);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
}

#[tokio::test]
async fn while_an_answer_is_on_its_way_it_is_looked_at_later() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.lose_writes_after(1);
    assert!(shop.press("approve", "U0NOOR").await.is_err());
    shop.mend();
    let busy = shop.tell("SUCCEEDED").await.unwrap_err().to_string();
    assert!(busy.contains("is on its way"), "{busy}");
    shop.wait(61);
    assert_eq!(shop.tell("SUCCEEDED").await.unwrap().as_deref(), Some(SHOWN));
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(decision)) if decision.by == "U0NOOR"));
}

#[tokio::test]
async fn what_can_not_be_shown_or_found_out_is_tried_again() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.answer_in_console(true, "Fine");
    shop.fail_state(transient());
    assert!(shop.tell("SUCCEEDED").await.is_err());
    shop.fail_chat("update", transient());
    assert!(shop.tell("SUCCEEDED").await.is_err());
    assert_eq!(shop.tell("SUCCEEDED").await.unwrap().as_deref(), Some(SHOWN));
    assert_eq!(shop.calls()[1..], [Called::Update("Approved".to_owned())]);
}

#[tokio::test]
async fn an_answer_whose_confirmation_was_lost_is_shown_as_ours() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.fail_put(PutError::Failed(transient()), true);
    shop.press("approve", "U0NOOR").await.unwrap();
    assert_eq!(shop.tell("SUCCEEDED").await.unwrap().as_deref(), Some(SHOWN));
    assert!(matches!(shop.state().await, ApprovalState::Ended(Outcome::Decided(decision)) if decision.by == "U0NOOR"));
}

#[tokio::test]
async fn a_message_that_is_only_being_posted_is_looked_at_later() {
    let shop = Shop::new();
    // The list and the claim are written, and no more.
    shop.lose_writes_after(2);
    assert!(shop.announce().await.is_err());
    shop.mend();
    shop.answer_in_console(true, "Fine");
    assert!(shop.tell("SUCCEEDED").await.unwrap_err().to_string().contains("only being posted"));
    shop.wait(61);
    shop.announce().await.unwrap();
    assert_eq!(shop.tell("SUCCEEDED").await.unwrap().as_deref(), Some(SHOWN));
}

/// The request was delayed, and what CodePipeline told of its end was not.
#[tokio::test]
async fn a_request_that_comes_after_its_own_end_shows_it() {
    let shop = Shop::new();
    shop.answer_in_console(false, "Not on a Friday");
    assert_eq!(shop.tell("FAILED").await.unwrap(), None, "nothing is known of it yet");
    shop.wait(60);
    shop.fail_state(transient());
    assert!(shop.announce().await.is_err(), "what can't be told now is told when it comes again");
    assert_eq!(shop.announce().await.unwrap(), "already posted; it is over, and its message shows how");
    assert_eq!(shop.messages().len(), 1);
    assert_eq!(shop.messages()[0].text, "Rejected: checkout-web · Live");
}

/// Our clock says that it has expired, and CodePipeline that it ended otherwise before: that is the evidence.
#[tokio::test]
async fn a_request_that_comes_after_its_time_is_what_codepipeline_says() {
    let shop = Shop::new();
    shop.stop_in_console();
    shop.wait(8 * 86_400);
    assert_eq!(
        shop.announce().await.unwrap(),
        "posted to C0LIVE by rule `live`; it is over, and its message shows how"
    );
    assert_eq!(shop.messages()[0].text, "Approval closed: checkout-web · Live");
    let kept = shop.evidence().await.unwrap();
    assert_eq!((kept.result, kept.codepipeline.as_str()), (AuditResult::Closed, "said Abandoned"));
}

/// `expires` has no seconds: our clock says that it is over up to a minute before CodePipeline does.
#[tokio::test]
async fn an_answer_of_the_last_minute_is_shown_though_it_was_shown_as_expired() {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop.wait(7 * 86_400 + 10);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "over already");
    assert!(shop.messages()[0].text.starts_with("Approval expired"));
    shop.answer_in_console(true, "Just in time");
    assert_eq!(shop.tell("SUCCEEDED").await.unwrap().as_deref(), Some(SHOWN));
    assert!(shop.messages()[0].text.starts_with("Approved"));
}

/// The stage before ends as the approval begins: its event comes while the request is written down.
#[tokio::test]
async fn an_event_at_the_same_instant_as_the_request_forgets_nothing() {
    for seed in 0..100 {
        let shop = Arc::new(Shop::new());
        shop.interleave(seed);
        let request = tokio::spawn({
            let shop = Arc::clone(&shop);
            async move { shop.announce().await }
        });
        for _ in 0..seed % 50 {
            tokio::task::yield_now().await;
        }
        // It fails while the message is being posted, and comes again.
        let event_came = shop.tell("SUCCEEDED").await.is_ok();
        request.await.unwrap().unwrap();
        if !event_came {
            assert_eq!(shop.tell("SUCCEEDED").await.unwrap(), None, "{seed}");
        }
        shop.answer_in_console(false, "Not on a Friday");
        assert_eq!(shop.tell("FAILED").await.unwrap().as_deref(), Some(SHOWN), "{seed}");
    }
}

/// Who has read the list before it was emptied would else find the version that they know again, on a fresh one, and overwrite
/// it: the request that was written there would be forgotten.
#[tokio::test]
async fn a_list_that_was_emptied_is_not_begun_anew() {
    let store = Arc::new(MemoryStore::default());
    let shop = Shop::with_store("approvers: [U0NOOR]", Arc::clone(&store) as Arc<dyn Store>);
    shop.announce().await.unwrap();
    shop.answer_in_console(false, "Not on a Friday");
    assert_eq!(shop.tell("FAILED").await.unwrap().as_deref(), Some(SHOWN));
    let key = format!("open#{}", digest_of(&[Some("eu-north-1"), Some("checkout-web")]));
    let version = async |minutes: i64| {
        let at = shop.now() + jiff::SignedDuration::from_mins(minutes);
        store.load(&key, at).await.unwrap().map(|stored| stored.version)
    };
    assert_eq!(version(0).await, Some(2));
    // Longer than a Lambda may run.
    assert_eq!(version(16).await, Some(2));
    assert_eq!(version(61).await, None);
}
