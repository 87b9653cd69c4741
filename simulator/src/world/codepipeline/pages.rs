//! Lists in pages, newest first. A token says how much is left, so that what is new does not shift the pages.

use serde_json::{Map, Value, json};

use super::validation::Input;
use crate::world::aws_error::AwsError;

/// Which page is asked for.
pub(super) struct Page<'a> {
    size: usize,
    token: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// `maxResults`, at most and unless given `most`, and `nextToken`.
    pub(super) fn read(input: &mut Input<'a>, most: u32) -> Result<Self, AwsError> {
        let size = input.optional_number("maxResults", 1, most.into())?.unwrap_or(most.into());
        let token = input.optional_short_text("nextToken", 1, 2048)?;
        Ok(Self { size: usize::try_from(size).unwrap_or(usize::MAX), token })
    }

    /// The page of a list, as `key`, and the token of the next.
    pub(super) fn of(&self, key: &str, items: &[Value]) -> Result<Value, AwsError> {
        let left = match self.token {
            None => items.len(),
            Some(token) => {
                let left = token.strip_prefix("left-").and_then(|left| left.parse::<usize>().ok());
                left.filter(|left| (1..=items.len()).contains(left)).ok_or_else(|| {
                    AwsError::client("InvalidNextTokenException", "The next token was specified in an invalid format.")
                })?
            }
        };
        let from = items.len() - left;
        let to = items.len().min(from + self.size);
        let mut out = Map::new();
        if to < items.len() {
            out.insert("nextToken".into(), json!(format!("left-{}", items.len() - to)));
        }
        out.insert(key.into(), Value::Array(items[from..to].to_vec()));
        Ok(Value::Object(out))
    }
}
