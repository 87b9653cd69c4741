//! The `signoff` command.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    signoff_simulator::cli::run().await
}
