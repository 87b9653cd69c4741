//! The shape of the table (docs of the adapter: [`signoff::adapters::dynamodb::DynamoDb`]).

use aws_sdk_dynamodb::types::{
    IndexStatus, KeySchemaElement, KeyType, TableDescription, TableStatus, TimeToLiveDescription, TimeToLiveStatus,
};

use super::{Finding, Group, Refused};

/// What `DescribeTable` says, of a table in a region.
pub fn table(name: &str, region: &str, answer: Result<&TableDescription, &Refused>) -> Vec<Finding> {
    let subject = format!("table {name}");
    let table = match answer {
        Ok(table) => table,
        Err(refused) if refused.code() == "ResourceNotFoundException" => {
            return vec![
                Finding::error(Group::Table, subject, format!("there is none in {region}"))
                    .cure("create it with the partition key `pk` (string), or mend `SIGNOFF_TABLE` or `AWS_REGION`"),
            ];
        }
        Err(refused) => {
            return vec![denied(Finding::refused(Group::Table, subject, refused), refused, "DescribeTable")];
        }
    };
    let mut findings = vec![match table.table_status() {
        Some(TableStatus::Active) => Finding::ok(Group::Table, &subject, format!("is there, in {region}")),
        status => {
            let status = status.map_or("?", |status| status.as_str());
            Finding::warning(Group::Table, &subject, format!("is {status}")).cure("wait until it is ACTIVE")
        }
    }];
    let keys = keys(table.key_schema(), table);
    findings.push(if keys == ["pk S"] {
        Finding::ok(Group::Table, "key", "`pk`, a string")
    } else {
        Finding::error(Group::Table, "key", format!("is {}", words(&keys))).cure(
            "create another table with the partition key `pk` (string) and no sort key: a table's key can't be changed",
        )
    });
    findings.push(index(table));
    findings
}

fn index(table: &TableDescription) -> Finding {
    let cure = "create the global secondary index `due` with the partition key `due_shard` (string) and the sort key `due_at` \
                (number), projecting keys only";
    let Some(index) = table.global_secondary_indexes().iter().find(|index| index.index_name() == Some("due")) else {
        return Finding::error(Group::Table, "index due", "there is none: nobody is reminded, and every tick fails")
            .cure(cure);
    };
    let keys = keys(index.key_schema(), table);
    if keys != ["due_shard S", "due_at N"] {
        return Finding::error(Group::Table, "index due", format!("its key is {}", words(&keys)))
            .cure(format!("delete it, and {cure}"));
    }
    match index.index_status() {
        Some(IndexStatus::Active) | None => {
            Finding::ok(Group::Table, "index due", "`due_shard`, a string, and `due_at`, a number")
        }
        Some(status) => Finding::warning(Group::Table, "index due", format!("is {}", status.as_str()))
            .cure("wait until it is ACTIVE"),
    }
}

/// What `DescribeTimeToLive` says.
pub fn time_to_live(answer: Result<&TimeToLiveDescription, &Refused>) -> Finding {
    let told = match answer {
        Ok(told) => told,
        Err(refused) => return denied(Finding::refused(Group::Table, "TTL", refused), refused, "DescribeTimeToLive"),
    };
    let on = matches!(told.time_to_live_status(), Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
    let what = match told.attribute_name().filter(|_| on) {
        Some("expires_at") => return Finding::ok(Group::Table, "TTL", "on `expires_at`"),
        Some(other) => format!("is on `{other}`: nothing is ever deleted"),
        None => "is off: nothing is ever deleted".to_owned(),
    };
    Finding::warning(Group::Table, "TTL", what).cure("turn the table's TTL on, for the attribute `expires_at`")
}

/// What to allow where a call was denied.
fn denied(finding: Finding, refused: &Refused, operation: &str) -> Finding {
    if refused.is_denied() {
        return finding
            .cure(format!("allow `dynamodb:{operation}` on it to whoever runs this; signoff itself need not"));
    }
    finding
}

/// The keys with their types, the partition key first.
fn keys(schema: &[KeySchemaElement], table: &TableDescription) -> Vec<String> {
    let kind = |name: &str| {
        let known = table.attribute_definitions().iter().find(|known| known.attribute_name() == name);
        known.map_or("?", |known| known.attribute_type().as_str())
    };
    let mut schema: Vec<&KeySchemaElement> = schema.iter().collect();
    schema.sort_by_key(|element| *element.key_type() != KeyType::Hash);
    schema.iter().map(|key| format!("{} {}", key.attribute_name(), kind(key.attribute_name()))).collect()
}

fn words(keys: &[String]) -> String {
    let word = |key: &String| {
        let (name, kind) = key.split_once(' ').unwrap_or((key, "?"));
        let kind = match kind {
            "S" => "string",
            "N" => "number",
            "B" => "binary",
            other => other,
        };
        format!("`{name}` ({kind})")
    };
    keys.iter().map(word).collect::<Vec<_>>().join(" and ")
}
