//! How condition expressions are written:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>.

use super::condition::{Comparator, Condition, Operand};

/// Reads an expression. The error says what is wrong, as DynamoDB does.
pub(super) fn parse(text: &str) -> Result<Condition, String> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let condition = parser.or()?;
    match parser.peek() {
        None => Ok(condition),
        Some(token) => Err(format!("Syntax error; token: \"{token}\"")),
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

    /// Where the parenthesis is closed that opens there.
    fn closes(&self, opens: usize) -> Option<usize> {
        let mut open = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(opens) {
            match token.as_str() {
                "(" => open += 1,
                ")" if open == 1 => return Some(at),
                ")" => open -= 1,
                _ => {}
            }
        }
        None
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
            let (opens_again, before) = (self.peek() == Some("("), self.at);
            let condition = self.or()?;
            if opens_again && self.closes(before) == Some(self.at - 1) {
                return Err("The expression has redundant parentheses;".to_owned());
            }
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
