//! Slack has its answer in time, and nothing that comes of a click afterwards is kept from the person (S2).

use signoff::ports::PutError;

use super::fakes::{Called, Shop};
use super::transient;

async fn shop() -> Shop {
    let shop = Shop::new();
    shop.announce().await.unwrap();
    shop
}

/// Everything that was called since the request was posted.
fn since(shop: &Shop) -> Vec<Called> {
    shop.calls().split_off(1)
}

fn approved() -> [Called; 2] {
    [Called::Put(true, "Approved by U0NOOR's name (U0NOOR) in Slack".to_owned()), Called::Update("Approved".to_owned())]
}

#[tokio::test(start_paused = true)]
async fn what_is_quick_is_done_before_the_answer() {
    let shop = shop().await;
    shop.put_takes(1);
    assert_eq!(shop.press_in_time("U0NOOR", 60).await.unwrap().unwrap(), "approved");
    assert_eq!(since(&shop), approved());
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_goes_on_after_the_answer() {
    let shop = shop().await;
    shop.put_takes(10);
    assert!(shop.press_in_time("U0NOOR", 60).await.is_none());
    assert_eq!(since(&shop), []);
    shop.finish().await;
    assert_eq!(since(&shop), approved());
    shop.finish().await;
    assert_eq!(since(&shop), approved(), "it is finished once");
}

#[tokio::test(start_paused = true)]
async fn a_failure_after_the_answer_is_told() {
    let shop = shop().await;
    shop.put_takes(10);
    shop.fail_put(PutError::Failed(transient()), false);
    assert!(shop.press_in_time("U0NOOR", 60).await.is_none());
    shop.finish().await;
    let told = "CodePipeline could not be told, so your answer may not count.\n\
                Press again in a moment, or answer in the AWS console."
        .to_owned();
    assert_eq!(since(&shop), [Called::Whisper("U0NOOR".to_owned(), told)]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_after_the_answer_is_told() {
    let shop = shop().await;
    shop.put_takes(10);
    shop.fail_put(PutError::Failed(transient()), false);
    shop.lose_writes_after(1);
    assert!(shop.press_in_time("U0NOOR", 60).await.is_none());
    shop.finish().await;
    assert_eq!(since(&shop), [may_not_count()]);
}

#[tokio::test(start_paused = true)]
async fn what_takes_longer_than_the_lambda_may_run_is_told_and_mended_by_the_next_click() {
    let shop = shop().await;
    shop.put_takes(3600);
    assert!(shop.press_in_time("U0NOOR", 60).await.is_none());
    shop.finish().await;
    assert_eq!(since(&shop), [may_not_count()]);
    shop.put_takes(0);
    shop.wait(60);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
    assert_eq!(shop.calls().split_off(2), approved());
}

fn may_not_count() -> Called {
    let told = "What you asked for took too long or failed on the way, so it may not count.\n\
                Look at the message, and press again if it still waits.";
    Called::Whisper("U0NOOR".to_owned(), told.to_owned())
}
