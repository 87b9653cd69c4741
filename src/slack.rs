//! Slack's side: what a message may look like.

pub mod blocks;
pub mod limits;
pub mod text;
