//! Nobody approves their own change where the rule forbids it (A7).

use super::fakes::{COMMIT, Called, Shop};
use super::transient;

const NOBODY_ELSE: &str = "approvers: [U0NOOR, U0OLA], forbid: [author, starter]";

async fn shop(policy: &str) -> Shop {
    let shop = Shop::with_rule(policy);
    shop.announce().await.unwrap();
    shop
}

/// What each of the two is told, and whether CodePipeline was.
async fn told(shop: &Shop) -> String {
    let noor = shop.press("approve", "U0NOOR").await.unwrap();
    let ola = shop.press("approve", "U0OLA").await.unwrap();
    format!("Noor: {noor}\nOla: {ola}")
}

#[tokio::test]
async fn who_may_not() {
    let cases = [
        ("a change by Noor", "WebhookV2", "arn:aws:codestar-connections:…", Some("noor@shop.example")),
        ("a change by Noor, written otherwise", "WebhookV2", "", Some("Noor@Shop.example")),
        ("a change by nobody in Slack", "WebhookV2", "", Some("noor@home.example")),
        ("a change of which nothing is told", "CloudWatchEvent", "", None),
        (
            "a change by Noor, started by Ola",
            "StartPipelineExecution",
            "arn:aws:sts::730591846207:assumed-role/Developer/ola@shop.example",
            Some("noor@shop.example"),
        ),
        (
            "a change by Noor, started by a machine",
            "StartPipelineExecution",
            "arn:aws:sts::730591846207:assumed-role/nightly/i-0a1b2c3d",
            Some("noor@shop.example"),
        ),
        ("a change by Ola, rolled back by CodePipeline", "AutomatedRollback", "", Some("ola@shop.example")),
        ("a change by Ola, started in a way of tomorrow", "Telepathy", "", Some("ola@shop.example")),
    ];
    let mut all = Vec::new();
    for (name, kind, detail, email) in cases {
        let shop = shop(NOBODY_ELSE).await;
        shop.comes_from(kind, detail, email);
        all.push(format!("{name}\n{}", told(&shop).await));
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

#[tokio::test]
async fn the_event_that_began_it_tells_the_author_too() {
    let shop = shop("approvers: [U0NOOR, U0OLA], forbid: [author]").await;
    shop.comes_from("WebhookV2", "", None);
    shop.tell_push(COMMIT, "noor@shop.example").await.unwrap();
    // It comes again.
    shop.tell_push(COMMIT, "noor@shop.example").await.unwrap();
    let noor = shop.press("approve", "U0NOOR").await.unwrap();
    assert!(noor.starts_with("refused: You wrote this change"), "{noor}");
    assert_eq!(shop.press("approve", "U0OLA").await.unwrap(), "approved");
}

/// Whoever may publish to the topic could name another author, before the true one is told or after.
#[tokio::test]
async fn whoever_was_told_to_be_the_author_is_taken_for_one() {
    for told in [["noor@shop.example", "ola@shop.example"], ["ola@shop.example", "noor@shop.example"]] {
        let shop = shop("approvers: [U0NOOR, U0OLA, U0PIA], forbid: [author], unknown_author: allow").await;
        shop.comes_from("WebhookV2", "", None);
        for email in told {
            shop.tell_push(COMMIT, email).await.unwrap();
        }
        for user in ["U0NOOR", "U0OLA"] {
            let said = shop.press("approve", user).await.unwrap();
            assert!(said.starts_with("refused: You wrote this change"), "{user}: {said}");
        }
    }
}

#[tokio::test]
async fn the_event_of_another_commit_tells_nothing() {
    let shop = shop("approvers: [U0NOOR, U0OLA], forbid: [author]").await;
    shop.comes_from("WebhookV2", "", None);
    shop.tell_push("ffffffffffffffffffffffffffffffffffffffff", "noor@shop.example").await.unwrap();
    let ola = shop.press("approve", "U0OLA").await.unwrap();
    assert!(ola.contains("whose this is can't be told"), "{ola}");
}

#[tokio::test]
async fn what_is_not_said_just_now_refuses_in_any_case() {
    let shop = shop("approvers: [U0NOOR, U0OLA], forbid: [author], unknown_author: allow").await;
    shop.comes_from("WebhookV2", "", Some("noor@shop.example"));
    for fail in [Shop::fail_origin, Shop::fail_state, |shop: &Shop, error| shop.fail_chat("user_by_email", error)] {
        fail(&shop, transient());
        let told = shop.press("approve", "U0OLA").await.unwrap();
        assert!(told.contains("was not said just now"), "{told}");
    }
    assert!(shop.press("approve", "U0NOOR").await.unwrap().starts_with("refused: You wrote this change"));
    assert_eq!(shop.press("approve", "U0OLA").await.unwrap(), "approved");
}

#[tokio::test]
async fn unknown_authors_may_be_allowed() {
    let shop = shop("approvers: [U0NOOR, U0OLA], forbid: [author], unknown_author: allow").await;
    shop.comes_from("CloudWatchEvent", "", None);
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
}

#[tokio::test]
async fn authors_may_reject() {
    let shop = shop("approvers: [U0NOOR, U0OLA], forbid: [author], comment: none").await;
    shop.comes_from("WebhookV2", "", Some("noor@shop.example"));
    assert_eq!(shop.press("reject", "U0NOOR").await.unwrap(), "rejected");
    assert!(shop.calls().iter().any(|call| matches!(call, Called::Put(false, _))));
}

#[tokio::test]
async fn a_rule_that_forbids_nothing_asks_nothing() {
    let shop = shop("approvers: [U0NOOR, U0OLA]").await;
    shop.fail_origin(transient());
    assert_eq!(shop.press("approve", "U0NOOR").await.unwrap(), "approved");
}
