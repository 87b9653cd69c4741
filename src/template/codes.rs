//! The stable codes of template findings.

/// The file is not YAML.
pub const YAML: &str = "template-yaml";
/// The file's name is taken or gives no template name.
pub const NAME: &str = "template-name";
/// The YAML has not the shape of a message or modal.
pub const SHAPE: &str = "template-shape";
/// A string or expression is not minijinja.
pub const SYNTAX: &str = "template-syntax";
/// A variable that templates don't have, or that this event doesn't have.
pub const VARIABLE: &str = "template-variable";
/// A filter, test or function that doesn't exist.
pub const FILTER: &str = "template-filter";
/// `loop` of something that is not a list.
pub const LOOP: &str = "template-loop";
/// What it renders to is refused by Slack.
pub const MISFIT: &str = "template-misfit";
/// It costs more than a message may.
pub const COST: &str = "template-cost";
/// A filter or operator can't work with the value it got.
pub const VALUE: &str = "template-value";
/// No template of this name.
pub const UNKNOWN: &str = "template-unknown";
