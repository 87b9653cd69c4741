//! Condition expressions:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::expression::Names;
use super::number::Number;
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
pub(super) struct Operand(String);

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
        let mut parser = Parser { tokens: tokens(text)?, at: 0 };
        let condition = parser.or()?;
        match parser.peek() {
            None => Ok(condition),
            Some(token) => Err(format!("Syntax error; token: \"{token}\"")),
        }
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

fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' | '\r' => {}
            '(' | ')' | ',' | '=' => tokens.push(letter.to_string()),
            '<' | '>' => {
                let mut token = letter.to_string();
                if let Some(next) = letters.next_if(|next| *next == '=' || (letter == '<' && *next == '>')) {
                    token.push(next);
                }
                tokens.push(token);
            }
            '#' | ':' | 'a'..='z' | 'A'..='Z' | '_' => {
                let mut token = letter.to_string();
                while let Some(next) = letters.next_if(|next| next.is_ascii_alphanumeric() || *next == '_') {
                    token.push(next);
                }
                if matches!(token.as_str(), "#" | ":") {
                    return Err(format!("Syntax error; token: \"{token}\""));
                }
                tokens.push(token);
            }
            other => return Err(format!("Syntax error; token: \"{other}\"")),
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn next(&mut self) -> Result<String, String> {
        let token = self.tokens.get(self.at).cloned().ok_or("Syntax error; token: <EOF>")?;
        self.at += 1;
        Ok(token)
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(format!("Syntax error; token: \"{}\"", self.peek().unwrap_or("<EOF>")))
    }

    fn or(&mut self) -> Result<Condition, String> {
        let mut condition = self.and()?;
        while self.take("OR") {
            condition = Condition::Or(Box::new(condition), Box::new(self.and()?));
        }
        Ok(condition)
    }

    fn and(&mut self) -> Result<Condition, String> {
        let mut condition = self.not()?;
        while self.take("AND") {
            condition = Condition::And(Box::new(condition), Box::new(self.not()?));
        }
        Ok(condition)
    }

    fn not(&mut self) -> Result<Condition, String> {
        if self.take("NOT") {
            return Ok(Condition::Not(Box::new(self.not()?)));
        }
        if self.take("(") {
            let condition = self.or()?;
            self.expect(")")?;
            return Ok(condition);
        }
        let word = self.next()?;
        match word.as_str() {
            "attribute_exists" | "attribute_not_exists" => {
                self.expect("(")?;
                let Operand(name) = self.operand()?;
                self.expect(")")?;
                if name.starts_with(':') {
                    let operator = format!("operator or function: {word}");
                    return Err(format!("Operator or function requires a document path; {operator}"));
                }
                Ok(Condition::Exists(name, word == "attribute_exists"))
            }
            "begins_with" => {
                self.expect("(")?;
                let (a, _, b) = (self.operand()?, self.expect(",")?, self.operand()?);
                self.expect(")")?;
                Ok(Condition::BeginsWith(a, b))
            }
            _ => self.comparison(operand(word)?),
        }
    }

    fn comparison(&mut self, left: Operand) -> Result<Condition, String> {
        if self.take("BETWEEN") {
            let low = self.operand()?;
            self.expect("AND")?;
            return Ok(Condition::Between(left, low, self.operand()?));
        }
        if self.take("IN") {
            self.expect("(")?;
            let mut list = vec![self.operand()?];
            while self.take(",") {
                list.push(self.operand()?);
            }
            self.expect(")")?;
            return Ok(Condition::In(left, list));
        }
        let comparator = match self.next()?.as_str() {
            "=" => Comparator::Equal,
            "<>" => Comparator::NotEqual,
            "<" => Comparator::Less,
            "<=" => Comparator::LessOrEqual,
            ">" => Comparator::Greater,
            ">=" => Comparator::GreaterOrEqual,
            other => return Err(format!("Syntax error; token: \"{other}\"")),
        };
        Ok(Condition::Compare(left, comparator, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        operand(self.next()?)
    }
}

fn operand(word: String) -> Result<Operand, String> {
    if word.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '#' | ':' | '_')) {
        return Ok(Operand(word));
    }
    Err(format!("Syntax error; token: \"{word}\""))
}
