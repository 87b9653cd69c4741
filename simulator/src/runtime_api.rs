//! The Lambda Runtime API, so that the real `bootstrap` runs under a scenario:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

mod clock;
mod process;
mod server;

pub use clock::ClockLibrary;
pub use process::BootstrapProcess;
pub use server::{FUNCTION_ARN, Runtime};
