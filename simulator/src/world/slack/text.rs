//! Messages and views drawn as plain text, the way people see them.

use serde_json::Value;

use super::Workspace;

/// A message drawn.
pub fn draw(_workspace: &Workspace, text: &str, _blocks: &[Value]) -> String {
    text.to_owned()
}

/// A view drawn.
pub fn draw_view(_workspace: &Workspace, _view: &Value) -> String {
    String::new()
}
