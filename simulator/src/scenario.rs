//! Scenarios: what is given, what happens step by step, what is expected.

mod check;
pub mod console;
pub mod expect;
pub mod fault;
pub mod files;
pub mod format;
pub mod instance;
mod log;
pub mod overridden;
pub mod problem;
pub mod run;
pub mod start;
pub mod transcript;
pub mod way;
