//! The parameters of operations: what is not known here is refused, and not passed over.

use serde_json::Value;

use super::invalid;
use crate::world::aws_error::AwsError;

/// The parameters that each operation knows here.
const KNOWN: &[(&str, &[&str])] = &[
    ("GetItem", &["TableName", "Key", "ConsistentRead", "ExpressionAttributeNames"]),
    (
        "PutItem",
        &[
            "TableName",
            "Item",
            "ConditionExpression",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "ReturnValues",
        ],
    ),
    (
        "Query",
        &[
            "TableName",
            "IndexName",
            "KeyConditionExpression",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "ConsistentRead",
            "Select",
            "Limit",
            "ExclusiveStartKey",
            "ScanIndexForward",
        ],
    ),
    (
        "Scan",
        &[
            "TableName",
            "FilterExpression",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "ConsistentRead",
            "Limit",
            "ExclusiveStartKey",
        ],
    ),
];

/// What there was before expressions, and does not go together with them:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.html>.
const LEGACY: [&str; 7] = [
    "AttributeUpdates",
    "AttributesToGet",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
];
const EXPRESSIONS: [&str; 4] =
    ["ProjectionExpression", "ConditionExpression", "FilterExpression", "KeyConditionExpression"];

/// Refuses parameters that DynamoDB does not take together, and those that are not known here.
pub(super) fn check(operation: &str, input: &Value) -> Result<(), AwsError> {
    let there =
        |names: &[&'static str]| names.iter().copied().filter(|name| !input[*name].is_null()).collect::<Vec<_>>();
    let (legacy, expressions) = (there(&LEGACY), there(&EXPRESSIONS));
    if !legacy.is_empty() && !expressions.is_empty() {
        let why = "Can not use both expression and non-expression parameters in the same request";
        let (legacy, expressions) = (legacy.join(", "), expressions.join(", "));
        return Err(invalid(&format!(
            "{why}: Non-expression parameters: {{{legacy}}} Expression parameters: {{{expressions}}}"
        )));
    }
    let known = KNOWN.iter().find(|(of, _)| *of == operation).map_or(&[][..], |(_, known)| known);
    let given = input.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    match given.map(|(name, _)| name).find(|name| !known.contains(&name.as_str())) {
        Some(unknown) => Err(invalid(&format!("{operation} of this table knows no {unknown}"))),
        None => Ok(()),
    }
}
