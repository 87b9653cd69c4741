//! Shows what came of scenarios.

pub mod text;
