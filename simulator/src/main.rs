//! The `signoff` command.

use std::process::ExitCode;

/// Playing scenarios and seeds makes and drops many small JSON values, a third of the time with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    signoff_simulator::cli::run().await
}
