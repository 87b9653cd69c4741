//! Pipelines of other accounts: told apart from one's own of the same name, and never answered for without a role.

use serde_json::{Value, json};
use signoff::approval::record::ApprovalState;

use super::fakes::{Called, Shop};

const RULES: &str = "\
version: 1
workspace: T0SHOP
accounts: { prod: { role: 'arn:aws:iam::111122223333:role/signoff' } }
uncovered: { channel: C0MORE }
approvals:
  - { name: live, match: {}, channel: C0LIVE, approvers: [U0NOOR] }
notifications:
  - { name: all, match: {}, channel: C0LIVE, template: failure }
commands:
  - { name: operate, do: [start, retry, status, approvals], by: U0NOOR, confirm: false }
";

/// SNS delivers a message from a topic of this account.
async fn deliver(shop: &Shop, topic: &str, message: &Value) -> Value {
    let sns = json!({ "MessageId": "m", "TopicArn": format!("arn:aws:sns:eu-north-1:{topic}:approvals"), "Message": message.to_string() });
    shop.handle(&json!({ "Records": [{ "Sns": sns }] })).await
}

fn request() -> Value {
    json!({ "region": "eu-north-1", "approval": { "pipelineName": "checkout-web", "stageName": "Live", "actionName": "GoLive",
        "token": "a94c07d1-3be8-4f52-9d60-72c18e5fb3a6", "expires": "2026-05-18T16:40Z" } })
}

#[tokio::test]
async fn one_name_in_two_accounts_is_two_approvals() {
    let shop = Shop::with_rules(RULES);
    deliver(&shop, "730591846207", &request()).await;
    deliver(&shop, "111122223333", &request()).await;
    assert_eq!(shop.calls(), [Called::Post("C0LIVE".to_owned()), Called::Post("C0LIVE".to_owned())]);
    assert_eq!(shop.press_of("111122223333", "U0NOOR").await.unwrap(), "approved");
    assert!(matches!(shop.state_of("111122223333").await, ApprovalState::Ended(_)));
    assert_eq!(shop.state_of("730591846207").await, ApprovalState::Pending);
}

#[tokio::test]
async fn an_account_without_a_role_is_announced_and_can_not_be_answered() {
    let shop = Shop::with_rules(RULES);
    let answer = deliver(&shop, "999988887777", &request()).await;
    assert_eq!(
        answer["done"],
        json!(["approval.needed: posted to C0LIVE: signoff has no role in the account 999988887777"])
    );
    let message = serde_json::to_string(&shop.messages()[0].blocks).unwrap();
    assert!(
        message.contains("signoff has no role in the account 999988887777.") && message.contains("AWS console"),
        "{message}"
    );
    assert!(!message.contains("\"button\""), "{message}");
    // Somebody makes a button up.
    let said = shop.press_of("999988887777", "U0NOOR").await.unwrap();
    assert!(said.starts_with("refused: signoff has no role in the account 999988887777."), "{said}");
    shop.wait(3 * 3_600);
    shop.tick().await.unwrap();
    assert!(!shop.calls().iter().any(|call| matches!(call, Called::Put(..) | Called::Reply(_))), "{:?}", shop.calls());
    shop.wait(8 * 24 * 3_600);
    shop.tick().await.unwrap();
    let ended = shop.state_of("999988887777").await;
    assert!(matches!(ended, ApprovalState::Ended(_)), "{ended:?}");
}

#[tokio::test]
async fn a_notice_of_an_account_without_a_role_has_no_buttons() {
    let shop = Shop::with_rules(RULES);
    let failed = |account: &str| {
        json!({ "detail-type": "CodePipeline Pipeline Execution State Change", "region": "eu-north-1", "account": account,
            "time": "2026-05-11T16:45:00Z", "detail": { "pipeline": "checkout-web", "state": "FAILED",
            "execution-id": format!("5a2f9c4e-07d1-4b63-8e5a-{account}") } })
    };
    for account in ["111122223333", "999988887777"] {
        shop.handle(&json!({ "Records": [{ "messageId": account, "eventSource": "aws:sqs", "body": failed(account).to_string() }] })).await;
    }
    let has_button: Vec<bool> = shop
        .messages()
        .iter()
        .map(|message| json!(message.blocks).to_string().contains("signoff.command.retry"))
        .collect();
    assert_eq!(has_button, [true, false]);
}

#[tokio::test]
async fn a_topic_speaks_for_its_own_account_only() {
    let told = |account: &str| {
        json!({ "detail-type": "CodePipeline Pipeline Execution State Change", "region": "eu-north-1", "account": account,
            "time": "2026-05-11T16:45:00Z", "detail": { "pipeline": "checkout-web", "state": "FAILED" } })
    };
    let shop = Shop::with_rules(RULES);
    // One's own topic tells what others forward.
    for (topic, account, believed) in [
        ("730591846207", "111122223333", true),
        ("111122223333", "111122223333", true),
        ("111122223333", "730591846207", false),
        ("111122223333", "999988887777", false),
    ] {
        let answer = deliver(&shop, topic, &told(account)).await;
        assert_eq!(answer["refused"].as_array().unwrap().is_empty(), believed, "{topic} of {account}: {answer}");
    }
    // Nor can a message say that it came from another topic.
    let inner = json!({ "Type": "Notification", "MessageId": "i", "TopicArn": "arn:aws:sns:eu-north-1:730591846207:approvals",
        "Message": request().to_string() });
    let answer = deliver(&shop, "111122223333", &inner).await;
    let why = "SNS message i: a topic of the account 111122223333 tells of the account 730591846207, for which it does not speak";
    assert_eq!(answer["refused"], json!([why]));
    // Nor speak for this one by naming none.
    let mut nameless = told("");
    nameless.as_object_mut().unwrap().remove("account");
    let inner = json!({ "Type": "Notification", "MessageId": "i", "Message": request().to_string() });
    for message in [nameless, inner] {
        deliver(&shop, "111122223333", &message).await;
    }
    let own = shop.press_of("730591846207", "U0NOOR").await.unwrap();
    assert!(own.contains("knows nothing of this approval"), "{own}");
    assert_eq!(shop.press_of("111122223333", "U0NOOR").await.unwrap(), "approved");
}
