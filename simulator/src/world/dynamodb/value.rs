//! Values: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.

use serde_json::Value;

use super::number::Number;

/// What is wrong with a value: it has one type, and a number is a number.
pub(super) fn check_value(value: &Value) -> Result<(), String> {
    let fields = value.as_object().ok_or("Supplied AttributeValue is of no known datatype")?;
    let mut fields = fields.iter();
    let (kind, value) = match (fields.next(), fields.next()) {
        (Some(only), None) => only,
        (None, _) => {
            return Err("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes".into());
        }
        _ => {
            let message = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the";
            return Err(format!("{message} supported datatypes"));
        }
    };
    let number = |text: &Value| text.as_str().is_some_and(|text| Number::parse(text).is_ok());
    let right = match (kind.as_str(), value) {
        ("S" | "B", value) => value.is_string(),
        ("N", Value::String(text)) => return Number::parse(text).map(drop),
        ("BOOL", value) => value.is_boolean(),
        ("NULL", value) => *value == Value::Bool(true),
        ("L", Value::Array(list)) => return list.iter().try_for_each(check_value),
        ("M", Value::Object(map)) => return map.values().try_for_each(check_value),
        ("SS" | "BS", Value::Array(set)) if !set.is_empty() && set.iter().all(Value::is_string) => {
            return check_distinct(kind, set);
        }
        ("NS", Value::Array(set)) if !set.is_empty() && set.iter().all(number) => return check_distinct(kind, set),
        _ => false,
    };
    if right { Ok(()) } else { Err("Supplied AttributeValue is of no known datatype".into()) }
}

/// A set has each of its members once; numbers are the same however they are written.
fn check_distinct(kind: &str, set: &[Value]) -> Result<(), String> {
    let texts: Vec<&str> = set.iter().filter_map(Value::as_str).collect();
    let is_same = |a: &str, b: &str| match (kind, Number::parse(a), Number::parse(b)) {
        ("NS", Ok(a), Ok(b)) => a == b,
        _ => a == b,
    };
    if !texts.iter().enumerate().any(|(at, text)| texts[..at].iter().any(|before| is_same(before, text))) {
        return Ok(());
    }
    let all = texts.join(", ");
    Err(match kind {
        "NS" => "Input collection contains duplicates".to_owned(),
        "BS" => {
            format!(
                "One or more parameter values were invalid: Input collection [{all}]of type BS contains duplicates."
            )
        }
        _ => format!("One or more parameter values were invalid: Input collection [{all}] contains duplicates."),
    })
}

/// What a value counts for in an item's size:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.
pub(super) fn size(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|fields| fields.iter().next()) else { return 0 };
    let number = |text: &str| Number::parse(text).map_or(text.len(), |number| number.size());
    match (kind.as_str(), value) {
        ("N", Value::String(text)) => number(text),
        ("NS", Value::Array(set)) => set.iter().filter_map(Value::as_str).map(number).sum(),
        (_, Value::String(text)) => text.len(),
        ("L", Value::Array(list)) => 3 + list.iter().map(|value| 1 + size(value)).sum::<usize>(),
        ("M", Value::Object(map)) => 3 + map.iter().map(|(name, value)| 1 + name.len() + size(value)).sum::<usize>(),
        (_, Value::Array(set)) => set.iter().filter_map(Value::as_str).map(str::len).sum(),
        _ => 1,
    }
}
