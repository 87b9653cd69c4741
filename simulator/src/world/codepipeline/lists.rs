//! The constraints on what `StartPipelineExecution` is given in lists.

use super::validation::{Input, NAME, Pattern};
use crate::world::aws_error::AwsError;

/// The lists' most items (CodePipeline API, PipelineVariableList and SourceRevisionOverrideList).
const MOST: usize = 50;
const ANY: Pattern = Pattern(".*", |_| true);
const VARIABLE: Pattern = Pattern(r"[A-Za-z0-9@\-_]+", |text| {
    let right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'-' | b'_');
    !text.is_empty() && text.bytes().all(right)
});

impl Input<'_> {
    /// Variables: their names and values.
    pub(super) fn variables(&mut self, path: &str) -> Result<Vec<(String, String)>, AwsError> {
        let mut variables = Vec::new();
        for (path, item) in self.structures(path, 1, MOST)? {
            let name = self.text_of(&path, item, "name", 128, &VARIABLE)?;
            let value = self.text_of(&path, item, "value", 1000, &ANY)?;
            variables.push((name.to_owned(), value.to_owned()));
        }
        Ok(variables)
    }

    /// Source revisions: their actions, types and values.
    pub(super) fn source_revisions(&mut self, path: &str) -> Result<Vec<(String, String, String)>, AwsError> {
        let kinds = ["COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"];
        let mut revisions = Vec::new();
        for (path, item) in self.structures(path, 0, MOST)? {
            let action = self.text_of(&path, item, "actionName", 100, &NAME)?;
            let kind = self.text_of(&path, item, "revisionType", 100, &ANY)?;
            if !kind.is_empty() {
                self.not_one_of(&format!("{path}.revisionType"), kind, &kinds);
            }
            let value = self.text_of(&path, item, "revisionValue", 1500, &ANY)?;
            revisions.push((action.to_owned(), kind.to_owned(), value.to_owned()));
        }
        Ok(revisions)
    }
}
