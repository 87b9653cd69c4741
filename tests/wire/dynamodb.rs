//! DynamoDB: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html>.

use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::adapters::dynamodb::DynamoDb;
use signoff::approval::record::{ApprovalState, Elsewhere, Fate, Outcome, Posting, Record};
use signoff::ports::{PortError, SaveError, Store};
use signoff::slack::interaction::MessageRef;
use wiremock::ResponseTemplate;

use super::{answer, header, nowhere, requests, scope, sdk, server};

const NOW: i64 = 1_778_517_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn record() -> Record {
    Record::Notice { posting: Posting::Posted(MessageRef { channel: "C0LIVE".to_owned(), ts: "1.000100".to_owned() }) }
}

fn body() -> String {
    serde_json::to_string(&record()).unwrap()
}

fn item(expires_at: i64) -> Value {
    json!({
        "pk": { "S": "notice#1" }, "version": { "N": "7" }, "body": { "S": body() },
        "expires_at": { "N": expires_at.to_string() },
    })
}

fn error(code: &str) -> ResponseTemplate {
    answer(400, &json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "so it is" }))
}

#[tokio::test]
async fn a_new_record_on_the_wire() {
    let server = server(vec![answer(200, &json!({}))]).await;
    let saved =
        DynamoDb::new(&sdk(&server.uri()), "shop").save("notice#1", &record(), None, at(NOW + 60), at(NOW)).await;
    assert_eq!(saved, Ok(1));
    let request = &requests(&server).await[0];
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/"));
    assert_eq!(header(request, "x-amz-target"), "DynamoDB_20120810.PutItem");
    assert_eq!(header(request, "content-type"), "application/x-amz-json-1.0");
    assert_eq!(scope(request), "eu-north-1/dynamodb/aws4_request");
    let expected = json!({
        "TableName": "shop",
        "Item": {
            "pk": { "S": "notice#1" }, "version": { "N": "1" }, "body": { "S": body() },
            "expires_at": { "N": (NOW + 60).to_string() },
        },
        "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
        "ExpressionAttributeValues": { ":now": { "N": NOW.to_string() } },
    });
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
}

/// What a tick has to look at is in the index, and nothing else is.
#[tokio::test]
async fn a_record_that_is_due_on_the_wire() {
    let text = include_str!("../records/2026-11-pending.json");
    let Record::Approval(mut approval) = serde_json::from_str(text).unwrap() else { panic!("an approval") };
    approval.shown = true;
    approval.follow_up.look_at = Some(at(NOW + 90));
    for over in [false, true] {
        if over {
            let closed = Elsewhere { fate: Fate::Closed, by: None, at: None, comment: None };
            approval.state = ApprovalState::Ended(Outcome::Elsewhere(closed));
        }
        let server = server(vec![answer(200, &json!({}))]).await;
        let record = Record::Approval(approval.clone());
        DynamoDb::new(&sdk(&server.uri()), "shop").save("a", &record, None, at(NOW + 60), at(NOW)).await.unwrap();
        let body: Value = serde_json::from_slice(&requests(&server).await[0].body).unwrap();
        let expected = if over {
            (Value::Null, Value::Null)
        } else {
            (json!({ "S": "due" }), json!({ "N": (NOW + 90).to_string() }))
        };
        assert_eq!((body["Item"]["due_shard"].clone(), body["Item"]["due_at"].clone()), expected);
    }
}

#[tokio::test]
async fn what_is_due_on_the_wire() {
    let key = |name: &str| json!({ "pk": { "S": name }, "due_shard": { "S": "due" }, "due_at": { "N": "7" } });
    let first = json!({ "Items": [key("a"), key("b")], "Count": 2, "ScannedCount": 2, "LastEvaluatedKey": key("b") });
    let last = json!({ "Items": [key("c")], "Count": 1, "ScannedCount": 1 });
    let server = server(vec![answer(200, &first), answer(200, &last)]).await;
    let table = DynamoDb::new(&sdk(&server.uri()), "shop");
    assert_eq!(table.due(at(NOW), 100).await.unwrap(), ["a", "b", "c"]);
    let requests = requests(&server).await;
    assert_eq!(header(&requests[0], "x-amz-target"), "DynamoDB_20120810.Query");
    let mut expected = json!({
        "TableName": "shop", "IndexName": "due", "Limit": 100,
        "KeyConditionExpression": "#shard = :shard AND #due_at <= :now",
        "ExpressionAttributeNames": { "#shard": "due_shard", "#due_at": "due_at" },
        "ExpressionAttributeValues": { ":shard": { "S": "due" }, ":now": { "N": NOW.to_string() } },
    });
    assert_eq!(serde_json::from_slice::<Value>(&requests[0].body).unwrap(), expected);
    expected["Limit"] = json!(98);
    expected["ExclusiveStartKey"] = key("b");
    assert_eq!(serde_json::from_slice::<Value>(&requests[1].body).unwrap(), expected);
}

/// A table of before there was the index, or a role that may not query it.
#[tokio::test]
async fn an_index_that_can_not_be_queried() {
    for code in ["ValidationException", "AccessDeniedException"] {
        let server = server(vec![error(code)]).await;
        let failed = DynamoDb::new(&sdk(&server.uri()), "shop").due(at(NOW), 1).await.unwrap_err();
        assert!(matches!(&failed, PortError::Permanent(said) if said.contains("index `due`")), "{failed:?}");
    }
}

#[tokio::test]
async fn a_changed_record_on_the_wire() {
    let server = server(vec![answer(200, &json!({}))]).await;
    let table = DynamoDb::new(&sdk(&server.uri()), "shop");
    assert_eq!(table.save("notice#1", &record(), Some(7), at(NOW + 60), at(NOW)).await, Ok(8));
    let body: Value = serde_json::from_slice(&requests(&server).await[0].body).unwrap();
    assert_eq!(body["Item"]["version"], json!({ "N": "8" }));
    assert_eq!(body["ConditionExpression"], "#version = :expected AND expires_at > :now");
    assert_eq!(body["ExpressionAttributeNames"], json!({ "#version": "version" }));
    let values = json!({ ":expected": { "N": "7" }, ":now": { "N": NOW.to_string() } });
    assert_eq!(body["ExpressionAttributeValues"], values);
}

#[tokio::test]
async fn a_read_on_the_wire() {
    let server = server(vec![answer(200, &json!({ "Item": item(NOW + 1) }))]).await;
    let found = DynamoDb::new(&sdk(&server.uri()), "shop").load("notice#1", at(NOW)).await.unwrap().unwrap();
    assert_eq!((found.record, found.version), (record(), 7));
    let request = &requests(&server).await[0];
    assert_eq!(header(request, "x-amz-target"), "DynamoDB_20120810.GetItem");
    // An eventually consistent read could miss the write that a click depends on.
    let expected = json!({ "TableName": "shop", "Key": { "pk": { "S": "notice#1" } }, "ConsistentRead": true });
    assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), expected);
}

#[tokio::test]
async fn nothing_there_or_no_longer() {
    for nothing in [json!({}), json!({ "Item": item(NOW) }), json!({ "Item": item(NOW - 1) })] {
        let server = server(vec![answer(200, &nothing)]).await;
        assert_eq!(DynamoDb::new(&sdk(&server.uri()), "shop").load("notice#1", at(NOW)).await, Ok(None));
    }
}

#[tokio::test]
async fn items_that_somebody_else_wrote() {
    let mut told = Vec::new();
    for (attribute, value) in [
        ("version", Value::Null),
        ("version", json!({ "N": "-1" })),
        ("version", json!({ "S": "7" })),
        ("body", Value::Null),
        ("body", json!({ "S": "not JSON" })),
        ("body", json!({ "S": "{\"kind\":\"parcel\"}" })),
        ("expires_at", Value::Null),
    ] {
        let mut item = item(NOW + 1);
        match value {
            Value::Null => drop(item.as_object_mut().unwrap().remove(attribute)),
            value => item[attribute] = value,
        }
        let server = server(vec![answer(200, &json!({ "Item": item }))]).await;
        let error = DynamoDb::new(&sdk(&server.uri()), "shop").load("notice#1", at(NOW)).await.unwrap_err();
        told.push(format!("{error:?}"));
    }
    told.dedup();
    insta::assert_snapshot!(told.join("\n"), @r#"
    Permanent("the item `notice#1` of table `shop` has no valid `version`")
    Permanent("the item `notice#1` of table `shop` has no valid `body`")
    Permanent("the item `notice#1` of table `shop` has no valid `expires_at`")
    "#);
}

#[tokio::test]
async fn refusals() {
    let mut told = Vec::new();
    for refusal in [
        error("ConditionalCheckFailedException"),
        error("ResourceNotFoundException"),
        error("AccessDeniedException"),
        error("ValidationException"),
        error("ProvisionedThroughputExceededException"),
        error("ThrottlingException"),
        answer(500, &json!({ "__type": "com.amazonaws.dynamodb.v20120810#InternalServerError" })),
    ] {
        let server = server(vec![refusal]).await;
        let table = DynamoDb::new(&sdk(&server.uri()), "shop");
        let saved = table.save("notice#1", &record(), Some(7), at(NOW + 60), at(NOW)).await.unwrap_err();
        told.push(format!("{saved:?} after {} calls", requests(&server).await.len()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn nobody_answers() {
    let table = DynamoDb::new(&sdk(&nowhere()), "shop");
    let load = table.load("notice#1", at(NOW)).await;
    assert!(matches!(load, Err(PortError::Transient(_))), "{load:?}");
    let save = table.save("notice#1", &record(), None, at(NOW + 60), at(NOW)).await;
    assert!(matches!(save, Err(SaveError::Failed(PortError::Transient(_)))), "{save:?}");
}
