//! Slack's side of the wire: what arrives from it, and how to tell that it does.

pub mod interaction;
pub mod signature;
