//! Block Kit: the shapes and limits that Slack checks before it takes a message or a view.

use serde_json::Value;

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A message: at most 50 blocks.
    Message,
    /// A modal: at most 100 blocks.
    Modal,
}

/// What is wrong with blocks.
pub fn check_blocks(_blocks: &[Value], _surface: Surface) -> Vec<String> {
    Vec::new()
}

/// What is wrong with a view.
pub fn check_view(_view: &Value, _pointer: &str) -> Vec<String> {
    Vec::new()
}

/// The elements of a block that people act on.
pub(super) fn elements_mut(_block: &mut Value) -> Vec<&mut Value> {
    Vec::new()
}
