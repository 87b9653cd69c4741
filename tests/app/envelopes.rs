//! Whatever envelopes a happening comes in, it is posted once; a batch of a queue is answered record by record (W1).

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signoff::ports::PortError;

use super::every::{every_way, notification, queue, rule_message, sns, state_changes};
use super::fakes::{Called, Shop};
use super::transient;

/// How many messages the rule that takes everything has posted.
fn posts(shop: &Shop) -> usize {
    shop.calls().iter().filter(|call| **call == Called::Post("C0LIVE".to_owned())).count()
}

#[tokio::test]
async fn a_happening_is_posted_once_whatever_envelopes_it_comes_in() {
    for change in state_changes() {
        let shop = Shop::new();
        for (way, payload) in every_way(&change) {
            shop.invoke(&payload).await.unwrap();
            assert_eq!(posts(&shop), 1, "{} through {way}", change["detail"]);
        }
        let mut rule = rule_message(&change, json!({ "customData": "Gift cards" }));
        shop.invoke(&sns(&rule.to_string())).await.unwrap();
        // The topic's time stands in for a time that is missing, a second later; so does the queue's.
        rule.as_object_mut().unwrap().remove("time");
        shop.invoke(&sns(&rule.to_string())).await.unwrap();
        shop.invoke(&queue(&[rule.to_string()])).await.unwrap();
        rule.as_object_mut().unwrap().remove("account");
        shop.invoke(&queue(&[notification(&rule.to_string()).to_string()])).await.unwrap();
        assert_eq!(posts(&shop), 1, "{}", change["detail"]);
    }
}

#[tokio::test]
async fn all_states_are_posted_each_for_itself() {
    let shop = Shop::new();
    let changes = state_changes();
    for change in &changes {
        shop.invoke(change).await.unwrap();
    }
    assert_eq!(posts(&shop), changes.len());
}

#[tokio::test]
async fn a_retry_is_posted_anew_and_so_is_what_happens_again_later() {
    let shop = Shop::new();
    let mut failed = state_changes().remove(2);
    shop.invoke(&failed).await.unwrap();
    failed["detail"]["pipeline-execution-attempt"] = 2.0.into();
    failed["time"] = "2026-05-11T16:40:20Z".into();
    shop.invoke(&failed).await.unwrap();
    assert_eq!(posts(&shop), 2, "the second try failed within a minute");
    failed["time"] = "2026-05-11T16:42:00Z".into();
    for _ in 0..2 {
        shop.invoke(&failed).await.unwrap();
        assert_eq!(posts(&shop), 3, "the same try again, later than envelopes differ");
    }
    failed["time"] = "2026-05-11T16:40:21Z".into();
    shop.invoke(&failed).await.unwrap();
    assert_eq!(posts(&shop), 3, "the second try, delivered again");
}

#[tokio::test]
async fn a_whole_batch_is_answered_with_nothing_that_must_come_again() {
    let shop = Shop::new();
    let bodies: Vec<String> = state_changes().iter().take(3).map(Value::to_string).collect();
    assert_eq!(shop.invoke(&queue(&bodies)).await.unwrap(), json!({ "batchItemFailures": [] }));
    assert_eq!(posts(&shop), 3);
}

#[tokio::test]
async fn only_what_may_succeed_later_comes_again() {
    let shop = Shop::new();
    let changes = state_changes();
    let bodies = [changes[0].to_string(), r#"{"approval": {"#.to_owned(), changes[1].to_string()];
    shop.fail_chat("post", transient());
    let answer = shop.invoke(&queue(&bodies)).await.unwrap();
    assert_eq!(answer, json!({ "batchItemFailures": [{ "itemIdentifier": "queued-1" }] }));
    assert_eq!(posts(&shop), 1);
    assert_eq!(shop.invoke(&queue(&bodies)).await.unwrap(), json!({ "batchItemFailures": [] }));
    assert_eq!(posts(&shop), 2);
}

#[tokio::test]
async fn where_all_of_a_batch_fails_the_invocation_fails() {
    let shop = Shop::new();
    shop.fail_chat("post", transient());
    let failed = shop.invoke(&queue(&[state_changes()[0].to_string()])).await.unwrap_err();
    assert_eq!(failed.to_string(), "SQS message queued-1: pipeline.started: rule `all`: it is down");
}

#[tokio::test]
async fn a_failed_message_without_an_id_brings_the_whole_batch_again() {
    let shop = Shop::new();
    let mut batch = queue(&[state_changes()[0].to_string(), state_changes()[1].to_string()]);
    batch["Records"][0].as_object_mut().unwrap().remove("messageId");
    shop.fail_chat("post", transient());
    assert!(shop.invoke(&batch).await.unwrap_err().to_string().starts_with("SQS message without an id: "));
    assert_eq!(posts(&shop), 1, "the other is posted, and not again when the batch comes again");
    shop.invoke(&batch).await.unwrap();
    assert_eq!(posts(&shop), 2);
}

/// A queue with two groups, `a` and `b`, whose records take turns.
fn groups(is_fifo: bool) -> Value {
    let bodies: Vec<String> = state_changes().iter().take(5).map(Value::to_string).collect();
    let mut batch = queue(&bodies);
    for (record, group) in batch["Records"].as_array_mut().unwrap().iter_mut().zip(["a", "b"].into_iter().cycle()) {
        record["attributes"]["MessageGroupId"] = group.into();
        if is_fifo {
            record["eventSourceARN"] = "arn:aws:sqs:eu-north-1:730591846207:signoff.fifo".into();
        }
    }
    batch
}

fn ids(answer: &Value) -> BTreeSet<&str> {
    answer["batchItemFailures"].as_array().unwrap().iter().map(|it| it["itemIdentifier"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn in_a_fifo_queue_nothing_overtakes_a_failed_message_of_its_group() {
    let shop = Shop::new();
    shop.fail_chat("post", PortError::Transient("it is down".to_owned()));
    let answer = shop.invoke(&groups(true)).await.unwrap();
    assert_eq!(ids(&answer), BTreeSet::from(["queued-1", "queued-3", "queued-5"]));
    assert_eq!(posts(&shop), 2, "the other group goes on");
}

#[tokio::test]
async fn in_another_queue_groups_say_nothing_of_order() {
    let shop = Shop::new();
    shop.fail_chat("post", PortError::Transient("it is down".to_owned()));
    let answer = shop.invoke(&groups(false)).await.unwrap();
    assert_eq!(ids(&answer), BTreeSet::from(["queued-1"]));
    assert_eq!(posts(&shop), 4);
}

#[tokio::test]
async fn another_services_message_is_told_by_a_rule_that_takes_it() {
    let shop = Shop::new();
    let event = json!({ "detail-type": "CodeBuild Build State Change", "source": "aws.codebuild", "id": "e1",
        "region": "eu-north-1", "account": "730591846207", "time": "2026-05-11T16:40:00Z", "detail": {} });
    for (way, payload) in every_way(&event) {
        shop.invoke(&payload).await.unwrap();
        assert_eq!(posts(&shop), 1, "{way}");
    }
    let mut another = event;
    another["id"] = "e2".into();
    shop.invoke(&another).await.unwrap();
    assert_eq!(posts(&shop), 2, "another build, in the same second");
}
