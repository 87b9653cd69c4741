//! The Lambda Runtime API, so that the real `bootstrap` runs under a scenario:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

mod clock;
mod group;
mod process;
mod server;

pub use clock::ClockLibrary;
pub use process::{BootstrapProcess, PATIENCE, printable};
pub use server::{Runtime, function_arn, request_id, trace_id};
