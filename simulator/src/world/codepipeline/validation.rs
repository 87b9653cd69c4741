//! The constraints of the API model, checked as AWS checks them: all at once, in AWS's words.

use serde_json::Value;

use super::super::aws_error::AwsError;
use crate::world::identity::is_uuid;

const NAME_PATTERN: &str = r"[A-Za-z0-9.@\-_]+";
const UUID_PATTERN: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// Whether `text` is a name of a pipeline, stage or action: 1 to 100 of `[A-Za-z0-9.@\-_]`.
pub(super) fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.len()) && name_pattern(text)
}

fn name_pattern(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'@' | b'-' | b'_'))
}

/// A pattern as the model writes it, and whether a text fits it.
pub(super) struct Pattern(pub &'static str, pub fn(&str) -> bool);

/// Of pipelines', stages' and actions' names.
pub(super) const NAME: Pattern = Pattern(NAME_PATTERN, name_pattern);

/// A request's input while it is checked.
pub(super) struct Input<'a> {
    value: &'a Value,
    broken: Vec<String>,
}

impl<'a> Input<'a> {
    pub(super) fn new(value: &'a Value) -> Result<Self, AwsError> {
        if !value.is_object() {
            return Err(AwsError::client("SerializationException", "Start of structure or map not found."));
        }
        Ok(Self { value, broken: Vec::new() })
    }

    /// A required name of a pipeline, stage or action.
    pub(super) fn name(&mut self, path: &'static str) -> Result<&'a str, AwsError> {
        let text = self.required(path)?;
        if let Some(text) = text {
            if text.is_empty() {
                self.break_rule(path, text, "Member must have length greater than or equal to 1");
            }
            if text.chars().count() > 100 {
                self.break_rule(path, text, "Member must have length less than or equal to 100");
            }
            if !name_pattern(text) {
                let rule = format!("Member must satisfy regular expression pattern: {NAME_PATTERN}");
                self.break_rule(path, text, &rule);
            }
        }
        Ok(text.unwrap_or_default())
    }

    /// A required token or execution id.
    pub(super) fn uuid(&mut self, path: &'static str) -> Result<&'a str, AwsError> {
        let text = self.required(path)?;
        if let Some(text) = text.filter(|text| !is_uuid(text)) {
            self.break_rule(path, text, &format!("Member must satisfy regular expression pattern: {UUID_PATTERN}"));
        }
        Ok(text.unwrap_or_default())
    }

    /// A required text of at most `most` characters, which may be empty.
    pub(super) fn text(&mut self, path: &'static str, most: usize) -> Result<&'a str, AwsError> {
        let text = self.required(path)?;
        if let Some(text) = text.filter(|text| text.chars().count() > most) {
            self.break_rule(path, text, &format!("Member must have length less than or equal to {most}"));
        }
        Ok(text.unwrap_or_default())
    }

    /// A required text that is one of a few.
    pub(super) fn one_of(&mut self, path: &'static str, values: &[&str]) -> Result<&'a str, AwsError> {
        let text = self.required(path)?;
        if let Some(text) = text.filter(|text| !values.contains(text)) {
            self.break_rule(path, text, &format!("Member must satisfy enum value set: [{}]", values.join(", ")));
        }
        Ok(text.unwrap_or_default())
    }

    /// Whether something is there.
    pub(super) fn has(&self, path: &str) -> Result<bool, AwsError> {
        Ok(self.get(path)?.is_some())
    }

    /// A name that need not be there.
    pub(super) fn optional_name(&mut self, path: &'static str) -> Result<Option<&'a str>, AwsError> {
        match self.get(path)? {
            None => Ok(None),
            Some(_) => self.name(path).map(Some),
        }
    }

    /// An execution id that need not be there.
    pub(super) fn optional_uuid(&mut self, path: &'static str) -> Result<Option<&'a str>, AwsError> {
        match self.get(path)? {
            None => Ok(None),
            Some(_) => self.uuid(path).map(Some),
        }
    }

    /// A whole number in a range, which need not be there.
    pub(super) fn optional_number(&mut self, path: &'static str, from: i64, to: i64) -> Result<Option<i64>, AwsError> {
        let Some(value) = self.get(path)? else { return Ok(None) };
        let Some(number) = value.as_i64() else {
            return Err(wrong_type("INTEGER"));
        };
        if number < from {
            self.break_rule(
                path,
                &number.to_string(),
                &format!("Member must have value greater than or equal to {from}"),
            );
        } else if number > to {
            self.break_rule(path, &number.to_string(), &format!("Member must have value less than or equal to {to}"));
        }
        Ok(Some(number))
    }

    /// A text of so many characters, which need not be there.
    pub(super) fn optional_short_text(
        &mut self,
        path: &'static str,
        least: usize,
        most: usize,
    ) -> Result<Option<&'a str>, AwsError> {
        let Some(value) = self.get(path)? else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| wrong_type("STRING"))?;
        self.length(path, text, least, most);
        Ok(Some(text))
    }

    /// `true` or `false`, which need not be there.
    pub(super) fn optional_flag(&mut self, path: &'static str) -> Result<Option<bool>, AwsError> {
        let Some(value) = self.get(path)? else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| wrong_type("BOOLEAN"))
    }

    /// A client request token, which need not be there.
    pub(super) fn optional_client_token(&mut self, path: &'static str) -> Result<Option<&'a str>, AwsError> {
        let token = self.optional_short_text(path, 1, 128)?;
        if let Some(text) = token {
            let right = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            self.pattern(path, text, "^[a-zA-Z0-9-]+$", !text.is_empty() && text.bytes().all(right));
        }
        Ok(token)
    }

    /// The required reason for disabling a transition.
    pub(super) fn disabled_reason(&mut self, path: &'static str) -> Result<&'a str, AwsError> {
        let text = self.required(path)?;
        if let Some(text) = text {
            self.length(path, text, 1, 300);
            let right = |byte: u8| byte.is_ascii_alphanumeric() || b"!@ ().*?-".contains(&byte);
            self.pattern(path, text, r"[a-zA-Z0-9!@ \(\)\.\*\?\-]+", !text.is_empty() && text.bytes().all(right));
        }
        Ok(text.unwrap_or_default())
    }

    /// A list of structures, which need not be there, and the path of each.
    pub(super) fn structures(
        &mut self,
        path: &str,
        least: usize,
        most: usize,
    ) -> Result<Vec<(String, &'a Value)>, AwsError> {
        let Some(value) = self.get(path)? else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| wrong_type("LIST"))?;
        self.length_of(path, "[...]", list.len(), least, most);
        if list.iter().any(|item| !item.is_object()) {
            return Err(AwsError::client("SerializationException", "Start of structure or map not found."));
        }
        Ok(list.iter().enumerate().map(|(at, item)| (format!("{path}.{}.member", at + 1), item)).collect())
    }

    /// A required text of a structure in a list.
    pub(super) fn text_of(
        &mut self,
        path: &str,
        item: &'a Value,
        key: &str,
        most: usize,
        pattern: &Pattern,
    ) -> Result<&'a str, AwsError> {
        let path = format!("{path}.{key}");
        let Some(value) = item.get(key).filter(|value| !value.is_null()) else {
            self.broken.push(format!("Value null at '{path}' failed to satisfy constraint: Member must not be null"));
            return Ok("");
        };
        let text = value.as_str().ok_or_else(|| wrong_type("STRING"))?;
        self.length(&path, text, 1, most);
        self.pattern(&path, text, pattern.0, (pattern.1)(text));
        Ok(text)
    }

    /// Breaks the rule that a text is one of a few.
    pub(super) fn not_one_of(&mut self, path: &str, text: &str, values: &[&str]) {
        if !values.contains(&text) {
            self.break_rule(path, text, &format!("Member must satisfy enum value set: [{}]", values.join(", ")));
        }
    }

    fn length(&mut self, path: &str, text: &str, least: usize, most: usize) {
        self.length_of(path, text, text.chars().count(), least, most);
    }

    fn length_of(&mut self, path: &str, shown: &str, length: usize, least: usize, most: usize) {
        if length < least {
            self.break_rule(path, shown, &format!("Member must have length greater than or equal to {least}"));
        } else if length > most {
            self.break_rule(path, shown, &format!("Member must have length less than or equal to {most}"));
        }
    }

    fn pattern(&mut self, path: &str, text: &str, pattern: &str, right: bool) {
        if !right {
            self.break_rule(path, text, &format!("Member must satisfy regular expression pattern: {pattern}"));
        }
    }

    /// All that was broken, as one error.
    pub(super) fn check(self) -> Result<(), AwsError> {
        let count = self.broken.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let message = format!("{count} validation {errors} detected: {}", self.broken.join("; "));
        Err(AwsError::client("ValidationException", message))
    }

    fn required(&mut self, path: &'static str) -> Result<Option<&'a str>, AwsError> {
        let Some(value) = self.get(path)? else {
            // What is missing is told once: the whole structure, or what is missing in it.
            let missing = match path.rsplit_once('.') {
                Some((parent, _)) if self.get(parent)?.is_none() => parent,
                _ => path,
            };
            let broken = format!("Value null at '{missing}' failed to satisfy constraint: Member must not be null");
            if !self.broken.contains(&broken) {
                self.broken.push(broken);
            }
            return Ok(None);
        };
        value.as_str().map(Some).ok_or_else(|| wrong_type("STRING"))
    }

    /// The value at a path such as `result.summary`; JSON's null is as good as nothing.
    fn get(&self, path: &str) -> Result<Option<&'a Value>, AwsError> {
        let mut value = self.value;
        for (at, key) in path.split('.').enumerate() {
            if at > 0 && !value.is_object() {
                return Err(AwsError::client("SerializationException", "Start of structure or map not found."));
            }
            match value.get(key) {
                None | Some(Value::Null) => return Ok(None),
                Some(inner) => value = inner,
            }
        }
        Ok(Some(value))
    }

    fn break_rule(&mut self, path: &str, value: &str, rule: &str) {
        self.broken.push(format!("Value '{value}' at '{path}' failed to satisfy constraint: {rule}"));
    }
}

fn wrong_type(expected: &str) -> AwsError {
    AwsError::client("SerializationException", format!("the value can not be converted to {expected}"))
}
