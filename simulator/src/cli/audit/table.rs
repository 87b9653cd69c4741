//! The evidence in the table itself.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use signoff::adapters::{aws, http_client};

use crate::evidence::{Item, PREFIXES};

/// Reads every page of the table. DynamoDB reads the whole table for it, and sends the evidence.
pub(super) async fn scan(table: &str) -> Result<Vec<Item>, String> {
    let http = http_client::new().map_err(|error| error.to_string())?;
    let config = aws::config(http).await;
    if config.region().is_none() {
        return Err("the AWS region is not known: set `AWS_REGION` to the region of the table".to_owned());
    }
    let pages = Client::new(&config)
        .scan()
        .table_name(table)
        .filter_expression("begins_with(pk, :decisions) OR begins_with(pk, :commands)")
        .expression_attribute_values(":decisions", AttributeValue::S(PREFIXES[0].to_owned()))
        .expression_attribute_values(":commands", AttributeValue::S(PREFIXES[1].to_owned()));
    let mut pages = pages.into_paginator().send();
    let mut items = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            let code = error.as_service_error().and_then(|error| error.meta().code());
            let help = match code {
                Some("ResourceNotFoundException") => {
                    "there is no such table in this account and region: correct `--table`, or set `AWS_REGION`"
                        .to_owned()
                }
                Some("AccessDeniedException") => "these credentials need `dynamodb:Scan` on it".to_owned(),
                Some(code) => {
                    let said = error.as_service_error().and_then(|error| error.meta().message()).unwrap_or_default();
                    format!("DynamoDB's Scan answered {code}: {said}")
                }
                None => format!("DynamoDB's Scan failed: {}", DisplayErrorContext(&error)),
            };
            format!("the table `{table}` can't be read: {help}")
        })?;
        items.extend(page.items.unwrap_or_default().into_iter().map(plain));
    }
    Ok(items)
}

/// As DynamoDB's JSON has it. Other kinds of values are not among signoff's.
fn plain(item: HashMap<String, AttributeValue>) -> Item {
    let value = |value: AttributeValue| match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        _ => Value::Null,
    };
    item.into_iter().map(|(name, attribute)| (name, value(attribute))).collect()
}
