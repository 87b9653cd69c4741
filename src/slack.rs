//! Slack: what signoff sends, within the limits that Slack sets, and what it receives.

pub mod altogether;
pub mod blocks;
pub mod interaction;
pub mod limits;
pub mod request;
pub mod signature;
pub(crate) mod text;
