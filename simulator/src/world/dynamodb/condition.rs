//! Condition expressions:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::expression::Names;
use super::number::Number;
use super::parser;
use super::reserved::is_reserved;

/// The longest expression:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
const EXPRESSION_BYTES: usize = 4096;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    Compare(Operand, Comparator, Operand),
    Between(Operand, Operand, Operand),
    In(Operand, Vec<Operand>),
    Exists(String, bool),
    BeginsWith(Operand, Operand),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

/// Something that has a value: an attribute, bare or as `#name`, or `:value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operand(pub(super) String);

impl Operand {
    /// As it is written.
    pub(super) fn word(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Reads an expression. The error says what is wrong, as DynamoDB does.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("The expression can not be empty;".to_owned());
        }
        if text.len() > EXPRESSION_BYTES {
            let size = text.len();
            return Err(format!("Expression size has exceeded the maximum allowed size; expression size: {size}"));
        }
        parser::parse(text)
    }

    /// The `#names` and `:values` in it.
    pub(super) fn placeholders(&self) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        self.visit(&mut |word| {
            if word.starts_with(['#', ':']) {
                found.insert(word);
            }
        });
        found
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a str)) {
        match self {
            Self::Compare(a, _, b) | Self::BeginsWith(a, b) => [a, b].into_iter().for_each(|operand| see(&operand.0)),
            Self::Between(a, b, c) => [a, b, c].into_iter().for_each(|operand| see(&operand.0)),
            Self::In(a, list) => std::iter::once(a).chain(list).for_each(|operand| see(&operand.0)),
            Self::Exists(name, _) => see(name),
            Self::And(a, b) | Self::Or(a, b) => {
                a.visit(see);
                b.visit(see);
            }
            Self::Not(a) => a.visit(see),
        }
    }

    /// Refuses values of types that a function does not take.
    pub(super) fn check_operands(&self, values: &Map<String, Value>) -> Result<(), String> {
        match self {
            Self::BeginsWith(a, b) => {
                let kind = |operand: &Operand| values.get(&operand.0)?.as_object()?.keys().next().cloned();
                match [a, b].into_iter().filter_map(kind).find(|kind| !matches!(kind.as_str(), "S" | "B")) {
                    None => Ok(()),
                    Some(kind) => {
                        let function = "operator or function: begins_with";
                        Err(format!(
                            "Incorrect operand type for operator or function; {function}, operand type: {kind}"
                        ))
                    }
                }
            }
            Self::And(a, b) | Self::Or(a, b) => a.check_operands(values).and_then(|()| b.check_operands(values)),
            Self::Not(a) => a.check_operands(values),
            _ => Ok(()),
        }
    }

    /// Whether it is true of an item, or of none.
    pub(super) fn holds(
        &self,
        item: Option<&Map<String, Value>>,
        names: &Names<'_>,
        values: &Map<String, Value>,
    ) -> Result<bool, String> {
        let look = |operand: &Operand| value(&operand.0, item, names, values);
        Ok(match self {
            Self::Compare(a, comparator, b) => compare(look(a)?, *comparator, look(b)?),
            Self::Between(a, low, high) => {
                let (a, low, high) = (look(a)?, look(low)?, look(high)?);
                compare(a, Comparator::GreaterOrEqual, low) && compare(a, Comparator::LessOrEqual, high)
            }
            Self::In(a, list) => {
                let a = look(a)?;
                let list = list.iter().map(look).collect::<Result<Vec<_>, _>>()?;
                list.into_iter().any(|b| compare(a, Comparator::Equal, b))
            }
            Self::Exists(name, wanted) => value(name, item, names, values)?.is_some() == *wanted,
            Self::BeginsWith(a, b) => match (look(a)?, look(b)?) {
                (Some(a), Some(b)) => match (a["S"].as_str(), b["S"].as_str()) {
                    (Some(a), Some(b)) => a.starts_with(b),
                    _ => false,
                },
                _ => false,
            },
            // Both sides are looked at, so that an unknown name is found wherever it stands.
            Self::And(a, b) => a.holds(item, names, values)? & b.holds(item, names, values)?,
            Self::Or(a, b) => a.holds(item, names, values)? | b.holds(item, names, values)?,
            Self::Not(a) => !a.holds(item, names, values)?,
        })
    }
}

fn value<'a>(
    word: &str,
    item: Option<&'a Map<String, Value>>,
    names: &Names<'_>,
    values: &'a Map<String, Value>,
) -> Result<Option<&'a Value>, String> {
    if word.starts_with(':') {
        return values.get(word).map(Some).ok_or_else(|| {
            format!("An expression attribute value used in expression is not defined; attribute value: {word}")
        });
    }
    let name = match word.strip_prefix('#') {
        Some(_) => names.get(word).copied().ok_or_else(|| {
            format!("An expression attribute name used in the document path is not defined; attribute name: {word}")
        })?,
        None if is_reserved(word) => {
            return Err(format!("Attribute name is a reserved keyword; reserved keyword: {word}"));
        }
        None => word,
    };
    Ok(item.and_then(|item| item.get(name)))
}

/// Values of different types are different, and neither is less.
fn compare(a: Option<&Value>, comparator: Comparator, b: Option<&Value>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return comparator == Comparator::NotEqual && a.is_some() != b.is_some();
    };
    let number = |value: &Value| Number::parse(value["N"].as_str()?).ok();
    let order = match (number(a), number(b), a["S"].as_str(), b["S"].as_str()) {
        (Some(a), Some(b), ..) => Some(a.cmp(&b)),
        (_, _, Some(a), Some(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        _ => (a == b).then_some(Ordering::Equal),
    };
    match comparator {
        Comparator::Equal => order == Some(Ordering::Equal),
        Comparator::NotEqual => order != Some(Ordering::Equal),
        Comparator::Less => order == Some(Ordering::Less),
        Comparator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparator::Greater => order == Some(Ordering::Greater),
        Comparator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}
