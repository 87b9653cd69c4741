//! People submit views.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::{Interaction, Workspace};

impl Workspace {
    /// Submits the view that a person has open.
    pub fn submit(
        &mut self,
        _now: Timestamp,
        person: &str,
        _values: &BTreeMap<String, String>,
    ) -> Result<Interaction, String> {
        Err(format!("`{person}` has no view open"))
    }

    /// Takes the app's answer to a submission.
    pub fn answer_submission(&mut self, person: &str, _body: Option<&Value>) -> Result<Option<String>, String> {
        Err(format!("`{person}` has no view open"))
    }
}
