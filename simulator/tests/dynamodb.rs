//! The fake DynamoDB: conditions, what it refuses, and in which words.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use serde_json::{Map, Value, json};
use signoff_simulator::world::{AwsError, Tables};

/// Writes an item under a condition; `Ok` when the condition holds, the error when it doesn't or is wrong.
fn put(tables: &mut Tables, item: Value, more: Value) -> Result<Value, AwsError> {
    let mut input = json!({ "TableName": "signoff", "Item": item });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    tables.answer("PutItem", &input)
}

fn get(tables: &mut Tables, key: &str) -> Value {
    tables.answer("GetItem", &json!({ "TableName": "signoff", "Key": { "pk": { "S": key } } })).unwrap()["Item"].clone()
}

fn item() -> Value {
    json!({
        "pk": { "S": "ferry" }, "version": { "N": "9" }, "body": { "S": "sails" }, "late": { "BOOL": true },
        "big": { "N": "9007199254740993" }, "status": { "S": "open" },
    })
}

fn with_item() -> Tables {
    let mut tables = Tables::new();
    put(&mut tables, item(), json!({})).unwrap();
    tables
}

/// Whether the condition holds of the item `ferry`, or what is wrong with it.
fn holds(key: &str, condition: &str, names: Value, values: Value) -> Result<bool, String> {
    let mut more = Map::from_iter([("ConditionExpression".to_owned(), json!(condition))]);
    for (field, given) in [("ExpressionAttributeNames", names), ("ExpressionAttributeValues", values)] {
        if given != json!({}) {
            more.insert(field.to_owned(), given);
        }
    }
    match put(&mut with_item(), json!({ "pk": { "S": key } }), Value::Object(more)) {
        Ok(_) => Ok(true),
        Err(error) if error.code == "ConditionalCheckFailedException" => Ok(false),
        Err(error) => {
            assert_eq!((error.code, error.status), ("ValidationException", 400));
            Err(error.message)
        }
    }
}

#[test]
fn conditions_hold_or_not() {
    let n = |n: &str| json!({ ":v": { "N": n } });
    let s = |s: &str| json!({ ":v": { "S": s } });
    let cases = [
        ("attribute_exists(pk)", json!({}), true),
        ("attribute_not_exists(pk)", json!({}), false),
        ("attribute_not_exists(weather)", json!({}), true),
        ("NOT attribute_exists(pk)", json!({}), false),
        ("version = :v", n("9"), true),
        ("version = :v", n("9.0"), true),
        ("version = :v", n("90e-1"), true),
        ("version = :v", s("9"), false),
        ("version <> :v", s("9"), true),
        ("version < :v", n("10"), true),
        ("version < :v", s("99"), false),
        ("version <= :v", n("9"), true),
        ("version > :v", n("-10"), true),
        ("version >= :v", n("9.00000000000000000000000000000000001"), false),
        ("big > :v", n("9007199254740992"), true),
        ("big = :v", n("9007199254740992"), false),
        ("body > :v", s("sail"), true),
        ("body > :v", s("Zebra"), true),
        ("weather = :v", n("1"), false),
        ("weather <> :v", n("1"), true),
        ("weather < :v", n("1"), false),
        ("late = :v", json!({ ":v": { "BOOL": true } }), true),
        ("version BETWEEN :a AND :b", json!({ ":a": { "N": "9" }, ":b": { "N": "10" } }), true),
        ("version BETWEEN :a AND :b", json!({ ":a": { "N": "10" }, ":b": { "N": "11" } }), false),
        ("version IN (:a, :b)", json!({ ":a": { "N": "1" }, ":b": { "N": "9" } }), true),
        ("begins_with(body, :v)", s("sai"), true),
        ("begins_with(body, :v)", s("ai"), false),
        ("attribute_not_exists(pk) OR version <= :v", n("9"), true),
        ("attribute_exists(pk) AND version < :v", n("9"), false),
        // AND binds closer than OR, and NOT closer than both.
        ("attribute_exists(pk) OR attribute_exists(x) AND version = :v", n("1"), true),
        ("(attribute_exists(pk) OR attribute_exists(x)) AND version = :v", n("1"), false),
        ("not attribute_exists(x) and version = :v", n("9"), true),
        ("((version = :v) OR (pk = :v))", n("9"), true),
        ("(((version = :v) AND pk = :v) OR version = :v)", n("9"), true),
        ("\n\tversion=:v", n("9"), true),
    ];
    for (condition, values, wanted) in cases {
        assert_eq!(holds("ferry", condition, json!({}), values.clone()), Ok(wanted), "{condition} {values}");
    }
    assert_eq!(holds("ferry", "#s = :v", json!({ "#s": "status" }), s("open")), Ok(true));
    assert_eq!(holds("another", "attribute_not_exists(pk)", json!({}), json!({})), Ok(true));
    assert_eq!(holds("another", "version > :v", json!({}), n("0")), Ok(false));
}

#[test]
fn what_is_no_condition_is_refused() {
    let v = || json!({ ":v": { "N": "1" } });
    let cases = [
        ("", json!({}), "The expression can not be empty;"),
        ("version =", json!({}), "Syntax error; token: <EOF>"),
        ("version == :v", v(), "Syntax error; token: \"=\""),
        ("version = 9", json!({}), "Syntax error; token: \"9\""),
        ("version = :v)", v(), "Syntax error; token: \")\""),
        ("(version = :v", v(), "Syntax error; token: \"<EOF>\""),
        ("version & :v", v(), "Syntax error; token: \"&\""),
        ("# = :v", v(), "Syntax error; token: \"#\""),
        ("((version = :v))", v(), "The expression has redundant parentheses;"),
        ("pk = :v AND ((version = :v OR body = :v))", v(), "The expression has redundant parentheses;"),
        ("NOT ((version = :v AND (pk = :v)))", v(), "The expression has redundant parentheses;"),
        (
            "begins_with(body, :v)",
            v(),
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
        ),
        (
            "attribute_exists(pk) OR NOT begins_with(body, :v)",
            json!({ ":v": { "BOOL": true } }),
            "Incorrect operand type for operator or function; operator or function: begins_with, operand type: BOOL",
        ),
        ("attribute_exists()", json!({}), "Syntax error; token: \")\""),
        ("attribute_exists(()", json!({}), "Syntax error; token: \"(\""),
        ("ATTRIBUTE_EXISTS(pk)", json!({}), "Syntax error; token: \"(\""),
        (
            "attribute_exists(:v)",
            v(),
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "version = :w",
            json!({}),
            "An expression attribute value used in expression is not defined; attribute value: :w",
        ),
        ("#w = :v", v(), "An expression attribute name used in the document path is not defined; attribute name: #w"),
        // Also where the other side decides already.
        ("attribute_exists(pk) OR Status = :v", v(), "Attribute name is a reserved keyword; reserved keyword: Status"),
        ("ttl = :v", v(), "Attribute name is a reserved keyword; reserved keyword: ttl"),
        ("attribute_exists(Zone)", json!({}), "Attribute name is a reserved keyword; reserved keyword: Zone"),
    ];
    for (condition, values, wanted) in cases {
        let refused = holds("ferry", condition, json!({}), values).unwrap_err();
        assert_eq!(refused, format!("Invalid ConditionExpression: {wanted}"), "{condition}");
    }
    let long = |length: usize| format!("attribute_exists({})", "x".repeat(length - 18));
    let wanted =
        "Invalid ConditionExpression: Expression size has exceeded the maximum allowed size; expression size: 4097";
    assert_eq!(holds("ferry", &long(4097), json!({}), json!({})), Err(wanted.to_owned()));
    assert_eq!(holds("ferry", &long(4096), json!({}), json!({})), Ok(false));
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html>: signoff's attributes are not among
/// them, and many that come near are.
#[test]
fn attributes_of_signoff_may_stand_bare() {
    for name in ["pk", "version", "body", "expires_at", "due_shard", "due_at"] {
        assert!(holds("ferry", &format!("attribute_exists({name})"), json!({}), json!({})).is_ok(), "{name}");
    }
    for name in ["abort", "ttl", "state", "record", "key", "value", "token", "until", "uuid", "views", "zone"] {
        assert!(holds("ferry", &format!("attribute_exists({name})"), json!({}), json!({})).is_err(), "{name}");
    }
}

#[test]
fn unused_and_needless_placeholders_are_refused() {
    let unused =
        |which: &str, keys: &str| Err(format!("Value provided in {which} unused in expressions: keys: {{{keys}}}"));
    let values = json!({ ":v": { "N": "9" }, ":w": { "N": "1" }, ":x": { "N": "1" } });
    assert_eq!(holds("ferry", "version = :v", json!({}), values), unused("ExpressionAttributeValues", ":w, :x"));
    let names = json!({ "#a": "version" });
    assert_eq!(
        holds("ferry", "attribute_exists(pk)", names.clone(), json!({})),
        unused("ExpressionAttributeNames", "#a")
    );
    let refused = put(&mut Tables::new(), item(), json!({ "ExpressionAttributeNames": names })).unwrap_err();
    assert_eq!(refused.message, "ExpressionAttributeNames can only be specified when using expressions");
    let values = json!({ "ExpressionAttributeValues": { ":v": { "N": "1" } } });
    let refused = put(&mut Tables::new(), item(), values).unwrap_err();
    assert_eq!(refused.message, "ExpressionAttributeValues can only be specified when using expressions");
    let bad = holds("ferry", "version = :v", json!({}), json!({ ":v": { "N": "nine" } })).unwrap_err();
    let why = "The parameter cannot be converted to a numeric value: nine for key :v";
    assert_eq!(bad, format!("ExpressionAttributeValues contains invalid value: {why}"));
}

#[test]
fn tables_and_keys_have_to_fit() {
    let mut tables = Tables::new();
    let mut code = |operation: &str, input: Value| tables.answer(operation, &input).unwrap_err();
    let key = json!({ "pk": { "S": "a" } });
    assert_eq!(code("GetItem", json!({ "TableName": "other", "Key": key })).code, "ResourceNotFoundException");
    assert_eq!(code("PutItem", json!({ "TableName": "other", "Item": key })).code, "ResourceNotFoundException");
    assert_eq!(code("GetItem", json!({ "Key": key })).code, "ValidationException");
    assert_eq!(code("DeleteTable", json!({ "TableName": "signoff" })).code, "UnknownOperationException");
    let schema = "The provided key element does not match the schema";
    let long =
        "One or more parameter values are not valid. Size of hashkey has exceeded the maximum size limit of2048 bytes";
    let empty = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: pk";
    for (key, wanted) in [
        (json!({}), schema),
        (json!({ "id": { "S": "a" } }), schema),
        (json!({ "pk": { "N": "1" } }), schema),
        (json!({ "pk": { "S": "a" }, "sk": { "S": "b" } }), schema),
        (json!({ "pk": { "S": "" } }), empty),
        (json!({ "pk": { "S": "ß".repeat(1024) + "a" } }), long),
    ] {
        assert_eq!(code("GetItem", json!({ "TableName": "signoff", "Key": key })).message, wanted, "{key}");
    }
    for item in [
        json!({}),
        json!({ "pk": { "N": "1" } }),
        json!({ "pk": { "S": "" } }),
        json!({ "pk": { "S": "a".repeat(2049) } }),
    ] {
        assert_eq!(put(&mut tables, item.clone(), json!({})).unwrap_err().code, "ValidationException", "{item}");
    }
    put(&mut tables, json!({ "pk": { "S": "ß".repeat(1024) } }), json!({})).unwrap();
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.
#[test]
fn numbers_have_38_digits_and_a_range() {
    let mut tables = Tables::new();
    let mut put = |number: &str| put(&mut tables, json!({ "pk": { "S": "a" }, "n": { "N": number } }), json!({}));
    let nines = "9".repeat(38);
    for good in [
        "0",
        "-0",
        "007",
        "+7",
        "7.",
        ".7",
        "-7.50",
        "1E-130",
        "-1e-130",
        "9.99E+125",
        "0e999",
        &nines,
        &format!("{nines}000"),
        &format!("0.00{nines}"),
    ] {
        assert!(put(good).is_ok(), "{good}");
    }
    for bad in ["", " 7", "7 ", "seven", "1,5", "1_000", "0x10", "NaN", "inf", "-", ".", "1e", "1e1.5", "--1", "1e1e1"]
    {
        let wanted = format!("The parameter cannot be converted to a numeric value: {bad}");
        assert_eq!(put(bad).unwrap_err().message, wanted);
    }
    for (bad, wanted) in [
        (format!("{nines}1"), "Attempting to store more than 38 significant digits in a Number"),
        ("1E126".into(), "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        (
            "-1e99999999999".into(),
            "Number overflow. Attempting to store a number with magnitude larger than supported range",
        ),
        ("9E-131".into(), "Number underflow. Attempting to store a number with magnitude smaller than supported range"),
    ] {
        assert_eq!(put(&bad).unwrap_err().message, wanted);
    }
}

#[test]
fn values_have_one_type_and_items_400_kilobytes() {
    let mut tables = Tables::new();
    let mut put = |name: &str, value: Value| put(&mut tables, json!({ "pk": { "S": "a" }, name: value }), json!({}));
    for bad in [
        json!({}),
        json!("x"),
        json!({ "S": "x", "N": "1" }),
        json!({ "N": 1 }),
        json!({ "S": 1 }),
        json!({ "X": "x" }),
        json!({ "SS": [] }),
        json!({ "L": [{ "N": "x" }] }),
        json!({ "M": { "a": {} } }),
        json!({ "NULL": false }),
    ] {
        assert_eq!(put("v", bad.clone()).unwrap_err().code, "ValidationException", "{bad}");
    }
    for good in [
        json!({ "BOOL": false }),
        json!({ "NULL": true }),
        json!({ "S": "" }),
        json!({ "NS": ["1", "2"] }),
        json!({ "L": [] }),
        json!({ "M": { "a": { "S": "x" } } }),
    ] {
        assert!(put("v", good.clone()).is_ok(), "{good}");
    }
    // `pk` and `a` are three bytes, `body` four: bytes count, and not letters.
    let room = 400 * 1024 - 7;
    assert!(put("body", json!({ "S": "x".repeat(room) })).is_ok());
    assert_eq!(
        put("body", json!({ "S": "x".repeat(room + 1) })).unwrap_err().message,
        "Item size has exceeded the maximum allowed size"
    );
    assert!(put("body", json!({ "S": "ß".repeat(room / 2 + 1) })).is_err());
}

#[test]
fn a_write_returns_what_it_replaced_if_asked() {
    let mut tables = with_item();
    let next = || json!({ "pk": { "S": "ferry" }, "version": { "N": "10" } });
    assert_eq!(put(&mut tables, item(), json!({ "ReturnValues": "NONE" })).unwrap(), json!({}));
    for wrong in ["ALL_NEW", "UPDATED_OLD", "all_old"] {
        assert_eq!(put(&mut tables, next(), json!({ "ReturnValues": wrong })).unwrap_err().code, "ValidationException");
    }
    assert_eq!(get(&mut tables, "ferry"), item(), "what was refused was not written");
    assert_eq!(
        put(&mut tables, next(), json!({ "ReturnValues": "ALL_OLD" })).unwrap(),
        json!({ "Attributes": item() })
    );
    assert_eq!(get(&mut tables, "ferry"), next(), "the whole item is replaced");
    assert_eq!(put(&mut Tables::new(), next(), json!({ "ReturnValues": "ALL_OLD" })).unwrap(), json!({}));
    assert_eq!(get(&mut tables, "nobody"), Value::Null);
}

#[test]
fn sets_have_each_member_once() {
    let mut tables = Tables::new();
    let mut told = |set: Value| {
        let put = put(&mut tables, json!({ "pk": { "S": "a" }, "set": set }), json!({}));
        put.map_or_else(|error| error.message, |_| "ok".to_owned())
    };
    let wrong = "One or more parameter values were invalid: Input collection";
    assert_eq!(told(json!({ "SS": ["a", "b"] })), "ok");
    assert_eq!(told(json!({ "SS": ["a", "b", "a"] })), format!("{wrong} [a, b, a] contains duplicates."));
    assert_eq!(told(json!({ "BS": ["Yg==", "Yg=="] })), format!("{wrong} [Yg==, Yg==]of type BS contains duplicates."));
    assert_eq!(told(json!({ "NS": ["1", "10"] })), "ok");
    assert_eq!(told(json!({ "NS": ["1", "1.0"] })), "Input collection contains duplicates");
    assert_eq!(told(json!({ "L": [{ "SS": ["a", "a"] }] })), format!("{wrong} [a, a] contains duplicates."));
}

/// What a request asks for is done or refused.
#[test]
fn parameters_that_are_not_known_are_refused() {
    let mut tables = with_item();
    let key = json!({ "TableName": "signoff", "Key": { "pk": { "S": "ferry" } } });
    let item = json!({ "TableName": "signoff", "Item": item() });
    let due = json!({
        "TableName": "signoff", "IndexName": "due", "KeyConditionExpression": "due_shard = :s",
        "ExpressionAttributeValues": { ":s": { "S": "due" } },
    });
    let table = json!({ "TableName": "signoff" });
    let both = |legacy: &str, expression: &str| {
        let why = "Can not use both expression and non-expression parameters in the same request";
        format!("{why}: Non-expression parameters: {{{legacy}}} Expression parameters: {{{expression}}}")
    };
    let unknown = |operation: &str, name: &str| format!("{operation} of this table knows no {name}");
    let needless = "ExpressionAttributeNames can only be specified when using expressions".to_owned();
    let cases = [
        ("GetItem", &key, json!({ "ConsistentRead": true }), "ok".to_owned()),
        ("GetItem", &key, json!({ "ProjectionExpression": "pk" }), unknown("GetItem", "ProjectionExpression")),
        ("GetItem", &key, json!({ "ExpressionAttributeNames": { "#a": "pk" } }), needless),
        ("GetItem", &key, json!({ "AttributesToGet": ["pk"] }), unknown("GetItem", "AttributesToGet")),
        ("PutItem", &item, json!({ "Expected": null }), "ok".to_owned()),
        ("PutItem", &item, json!({ "Expected": { "pk": { "Exists": false } } }), unknown("PutItem", "Expected")),
        (
            "PutItem",
            &item,
            json!({ "Expected": {}, "ConditionExpression": "attribute_exists(pk)" }),
            both("Expected", "ConditionExpression"),
        ),
        (
            "PutItem",
            &item,
            json!({ "ReturnValuesOnConditionCheckFailure": "ALL_OLD" }),
            unknown("PutItem", "ReturnValuesOnConditionCheckFailure"),
        ),
        ("Query", &due, json!({ "QueryFilter": {} }), both("QueryFilter", "KeyConditionExpression")),
        ("Query", &due, json!({ "FilterExpression": "pk = :s" }), unknown("Query", "FilterExpression")),
        ("Scan", &table, json!({ "Segment": 0 }), unknown("Scan", "Segment")),
        ("Scan", &table, json!({ "IndexName": "due" }), unknown("Scan", "IndexName")),
    ];
    for (operation, input, more, wanted) in cases {
        let mut input = input.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = tables.answer(operation, &input).map_or_else(|error| error.message, |_| "ok".to_owned());
        assert_eq!(told, wanted, "{operation} {more}");
    }
}

/// Items of the index, by their keys: `sloop` is due at 7 and at 10 are `brig` and `ketch`, which differ in nothing else; `yawl` is
/// in another partition. `hulk` and `raft` lack a key, and so are not in the index.
fn fleet() -> Tables {
    let mut tables = Tables::new();
    for (pk, shard, due) in [
        ("ketch", Some("due"), Some("10")),
        ("sloop", Some("due"), Some("7.0")),
        ("brig", Some("due"), Some("10")),
        ("cog", Some("due"), Some("101")),
        ("yawl", Some("later"), Some("1")),
        ("hulk", None, Some("1")),
        ("raft", Some("due"), None),
    ] {
        let mut item = json!({ "pk": { "S": pk }, "body": { "S": "sails" } });
        if let Some(shard) = shard {
            item["due_shard"] = json!({ "S": shard });
        }
        if let Some(due) = due {
            item["due_at"] = json!({ "N": due });
        }
        put(&mut tables, item, json!({})).unwrap();
    }
    tables
}

/// A query of the fleet, with changes to a right one; `null` takes a field away.
fn query(changes: Value) -> Result<Value, AwsError> {
    let mut input = json!({
        "TableName": "signoff", "IndexName": "due", "KeyConditionExpression": "due_shard = :shard AND due_at <= :now",
        "ExpressionAttributeValues": { ":shard": { "S": "due" }, ":now": { "N": "100" } },
    });
    input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    input.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    fleet().answer("Query", &input)
}

/// The keys that a query found, and where it stopped.
fn found(answer: &Value) -> (Vec<&str>, Option<&str>) {
    let items = answer["Items"].as_array().unwrap();
    assert_eq!(
        (answer["Count"].as_u64(), answer["ScannedCount"].as_u64()),
        (Some(items.len() as u64), Some(items.len() as u64))
    );
    (
        items.iter().map(|item| item["pk"]["S"].as_str().unwrap()).collect(),
        answer["LastEvaluatedKey"]["pk"]["S"].as_str(),
    )
}

#[test]
fn the_index_is_sparse_and_in_order() {
    let answer = query(json!({})).unwrap();
    assert_eq!(found(&answer), (vec!["sloop", "brig", "ketch"], None));
    // Only keys are in it.
    let item = json!({ "pk": { "S": "sloop" }, "due_shard": { "S": "due" }, "due_at": { "N": "7.0" } });
    assert_eq!(answer["Items"][0], item);
    assert_eq!(found(&query(json!({ "ScanIndexForward": false })).unwrap()).0, ["ketch", "brig", "sloop"]);
    let with = |condition: &str, values: Value| {
        query(json!({ "KeyConditionExpression": condition, "ExpressionAttributeValues": values })).unwrap()
    };
    let all = with("due_shard = :s", json!({ ":s": { "S": "due" } }));
    assert_eq!(found(&all).0, ["sloop", "brig", "ketch", "cog"]);
    let values = || json!({ ":s": { "S": "due" }, ":a": { "N": "8" }, ":b": { "N": "101" } });
    assert_eq!(found(&with("due_at BETWEEN :a AND :b AND due_shard = :s", values())).0, ["brig", "ketch", "cog"]);
    assert_eq!(found(&with("due_shard = :s", json!({ ":s": { "S": "nobody" } }))).0, [""; 0]);
}

#[test]
fn pages_of_the_index() {
    for forward in [true, false] {
        let (mut all, mut start) = (Vec::new(), Value::Null);
        loop {
            let changes = json!({ "Limit": 1, "ExclusiveStartKey": start, "ScanIndexForward": forward });
            let answer = query(changes).unwrap();
            all.extend(found(&answer).0.into_iter().map(str::to_owned));
            start = answer["LastEvaluatedKey"].clone();
            if start.is_null() {
                break;
            }
        }
        let expected = if forward { ["sloop", "brig", "ketch"] } else { ["ketch", "brig", "sloop"] };
        assert_eq!(all, expected);
    }
    // It says where it stopped though nothing follows.
    assert_eq!(found(&query(json!({ "Limit": 3 })).unwrap()).1, Some("ketch"));
    assert_eq!(found(&query(json!({ "Limit": 4 })).unwrap()).1, None);
    for bad in [
        json!({}),
        json!({ "pk": { "S": "sloop" } }),
        json!({ "pk": { "S": "a" }, "due_at": { "N": "1" }, "x": { "S": "due" } }),
    ] {
        assert_eq!(
            query(json!({ "ExclusiveStartKey": bad })).unwrap_err().message,
            "The provided starting key is invalid"
        );
    }
}

#[test]
fn queries_that_are_refused() {
    let condition = |text: &str| json!({ "KeyConditionExpression": text });
    let values =
        |text: &str, values: Value| json!({ "KeyConditionExpression": text, "ExpressionAttributeValues": values });
    let shard = || json!({ ":shard": { "S": "due" } });
    let mut told = String::new();
    for changes in [
        json!({ "IndexName": "overdue" }),
        json!({ "IndexName": null }),
        json!({ "ConsistentRead": true }),
        json!({ "Select": "ALL_ATTRIBUTES" }),
        json!({ "Limit": 0 }),
        json!({ "KeyConditionExpression": null }),
        condition(""),
        condition("due_shard = :shard"),
        condition("due_at <= :now"),
        values("due_at <= :now", json!({ ":now": { "N": "1" } })),
        values("due_shard = :shard AND body = :b", json!({ ":shard": { "S": "due" }, ":b": { "S": "x" } })),
        condition("due_shard > :shard AND due_at <= :now"),
        condition("due_shard <> :shard AND due_at <= :now"),
        condition("due_shard = :shard OR due_at <= :now"),
        values("NOT due_shard = :shard", shard()),
        values("due_shard IN (:shard)", shard()),
        values("attribute_exists(due_at) AND due_shard = :shard", shard()),
        condition("due_shard = :shard AND due_at > :now AND due_at <= :now"),
        condition("due_shard = :shard AND begins_with(due_at, :now)"),
        condition("due_shard = :shard AND due_at <= :later"),
        values("due_shard = :shard AND due_at <= :now", json!({ ":shard": { "S": "due" }, ":now": { "S": "1" } })),
        values("due_shard = :shard", json!({ ":shard": { "N": "1" } })),
        json!({ "ExpressionAttributeNames": { "#due": "due_at" } }),
        condition("due_shard = :shard AND #due <= :now"),
    ] {
        let refused = query(changes.clone()).unwrap_err();
        assert_eq!((refused.code, refused.status), ("ValidationException", 400), "{changes}");
        told.push_str(&format!("{changes}\n    {}\n", refused.message));
    }
    insta::assert_snapshot!(told);
    let unknown = query(json!({ "TableName": "other" })).unwrap_err();
    assert_eq!(unknown.code, "ResourceNotFoundException");
}

#[test]
fn keys_of_the_index_have_their_types() {
    let mut tables = Tables::new();
    let mut put = |name: &str, value: Value| put(&mut tables, json!({ "pk": { "S": "a" }, name: value }), json!({}));
    let mismatch = |key: &str, types: &str| {
        let why = format!("Type mismatch for Index Key {key} {types} IndexName: due");
        format!("One or more parameter values were invalid: {why}")
    };
    let told = |refused: Result<Value, AwsError>| refused.unwrap_err().message;
    assert_eq!(told(put("due_at", json!({ "S": "7" }))), mismatch("due_at", "Expected: N Actual: S"));
    assert_eq!(told(put("due_at", json!({ "NULL": true }))), mismatch("due_at", "Expected: N Actual: NULL"));
    assert_eq!(told(put("due_shard", json!({ "N": "7" }))), mismatch("due_shard", "Expected: S Actual: N"));
    let empty = told(put("due_shard", json!({ "S": "" })));
    assert!(empty.ends_with("cannot contain an empty string value. IndexName: due, IndexKey: due_shard"), "{empty}");
    assert!(put("due_at", json!({ "N": "7" })).is_ok());
    assert!(put("due_shard", json!({ "S": "due" })).is_ok());
}

#[test]
fn a_scan_reads_page_by_page() {
    let mut tables = Tables::new();
    for key in ["a1", "a2", "b1", "b2", "b3"] {
        put(&mut tables, json!({ "pk": { "S": key } }), json!({})).unwrap();
    }
    let mut scan = |more: Value| {
        let mut input = json!({ "TableName": "signoff" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        tables.answer("Scan", &input)
    };
    let all = scan(json!({})).unwrap();
    assert_eq!((&all["Count"], &all["ScannedCount"], &all["LastEvaluatedKey"]), (&json!(5), &json!(5), &Value::Null));
    let filter = json!({
        "FilterExpression": "begins_with(pk, :b)", "ExpressionAttributeValues": { ":b": { "S": "b" } }, "Limit": 3,
    });
    let first = scan(filter.clone()).unwrap();
    assert_eq!((&first["Count"], &first["ScannedCount"]), (&json!(1), &json!(3)), "the limit counts before the filter");
    assert_eq!(first["LastEvaluatedKey"], json!({ "pk": { "S": "b1" } }));
    let mut next = filter;
    next["ExclusiveStartKey"] = first["LastEvaluatedKey"].clone();
    let second = scan(next).unwrap();
    assert_eq!((&second["Count"], &second["LastEvaluatedKey"]), (&json!(2), &Value::Null));
    let refused: Vec<String> = [
        json!({ "TableName": "another" }),
        json!({ "Limit": 0 }),
        json!({ "FilterExpression": "" }),
        json!({ "FilterExpression": "begins_with(pk, :b)" }),
        json!({ "ExpressionAttributeValues": { ":b": { "S": "b" } } }),
        json!({ "FilterExpression": "pk = :b", "ExpressionAttributeValues": { ":b": { "S": "b" }, ":c": { "S": "c" } } }),
        json!({ "ExclusiveStartKey": { "sk": { "S": "b" } } }),
    ]
    .into_iter()
    .map(|more| scan(more).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(refused.join("\n"));
}
