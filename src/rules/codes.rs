//! The stable codes of rule findings.

/// The file is not YAML.
pub const YAML: &str = "rule-yaml";
/// There are no rules.
pub const NONE: &str = "rule-none";
/// A key that rules don't have, or not here.
pub const KEY: &str = "rule-key";
/// A key that has to be there is not.
pub const MISSING: &str = "rule-missing";
/// A value of another type than wanted.
pub const TYPE: &str = "rule-type";
/// A file, list or text with nothing in it.
pub const EMPTY: &str = "rule-empty";
/// `version` is not one that this version of signoff reads.
pub const VERSION: &str = "rule-version";
/// Files that name different workspaces.
pub const WORKSPACE: &str = "rule-workspace";
/// Not an id of Slack's, or not of the kind that is wanted.
pub const ID: &str = "rule-id";
/// A name that can't be told from an id.
pub const NAME: &str = "rule-name";
/// No channel of this name.
pub const CHANNEL: &str = "rule-channel";
/// No group of this name.
pub const GROUP: &str = "rule-group";
/// No template of this name, or not one for this rule.
pub const TEMPLATE: &str = "rule-template";
/// Not a pattern, or one that nothing can match.
pub const PATTERN: &str = "rule-pattern";
/// A pattern of events that matches none.
pub const EVENT: &str = "rule-event";
/// A `when` that is not an expression over the event.
pub const WHEN: &str = "rule-when";
/// Not a word that this key takes.
pub const CHOICE: &str = "rule-choice";
/// Not a length of time.
pub const DURATION: &str = "rule-duration";
/// Not a time of day, a day or a date, or times in the wrong order.
pub const TIME: &str = "rule-time";
/// No time zone of this name.
pub const TIMEZONE: &str = "rule-timezone";
/// No freeze of this name.
pub const FREEZE: &str = "rule-freeze";
/// Not the ARN of a role, or not what goes with one.
pub const ROLE: &str = "rule-role";
/// Not a region.
pub const REGION: &str = "rule-region";
/// A group that contains itself.
pub const CYCLE: &str = "rule-cycle";
/// More seats than people who could fill them.
pub const SEATS: &str = "rule-seats";
/// Something that may be there once is there twice.
pub const DUPLICATE: &str = "rule-duplicate";
/// A rule or group that names nobody.
pub const NOBODY: &str = "rule-nobody";
/// Warning: a list names something twice.
pub const REPEATED: &str = "rule-repeated";
/// Warning: a channel that no rule names.
pub const UNUSED_CHANNEL: &str = "rule-unused-channel";
/// Warning: a group that no rule names.
pub const UNUSED_GROUP: &str = "rule-unused-group";
/// Warning: a freeze that no rule names.
pub const UNUSED_FREEZE: &str = "rule-unused-freeze";
/// Warning: an approval's template has no way to answer it.
pub const BUTTONS: &str = "rule-buttons";
/// Warning: an approval rule that can't decide anything, because those before it take all that it is for.
pub const UNREACHABLE: &str = "rule-unreachable";
/// Warning: a rule that nothing can match.
pub const NEVER: &str = "rule-never";
/// Warning: an approval action that no rule is for.
pub const UNCOVERED: &str = "rule-uncovered";
/// Warning: a file of rules in a folder below the rules', which nobody reads.
pub const FOLDER: &str = "rule-folder";
