//! The `signoff` command, one file a verb.

mod audit;
mod check;
mod doctor;
mod explain;
mod init;
mod interrupt;
mod record;
mod render;
mod schema;
mod serve;
mod simulate;
mod templates;
mod terminal;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::report::text;
use interrupt::Signal;

/// AWS CodePipeline's approvals and progress in Slack, decided by YAML rules.
#[derive(Debug, Parser)]
#[command(name = "signoff", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit status: 0 all well, 1 findings or failed scenarios, 2 wrong usage, 3 could not read or run something, 130 interrupted."
)]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Audit(audit::Audit),
    Check(check::Check),
    Doctor(doctor::Doctor),
    Explain(explain::Explain),
    Init(init::Init),
    Record(record::Record),
    Render(render::Render),
    Schema(schema::Schema),
    Serve(serve::Serve),
    Simulate(simulate::Simulate),
}

/// How a command ends (the exit status).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// 0: all well.
    Well,
    /// 1: findings, or failed scenarios.
    Failed,
    /// 3: something could not be read or run.
    Stopped,
    /// 129, 130 or 143: somebody stopped it.
    Interrupted(Signal),
}

/// Runs the command that the arguments name.
pub async fn run() -> ExitCode {
    let mut out = Output { to: anstream::stdout().lock() };
    let ended = match Command::parse().verb {
        Verb::Audit(audit) => audit.run(&mut out).await,
        Verb::Check(check) => check.run(&mut out),
        Verb::Doctor(doctor) => doctor.run(&mut out).await,
        Verb::Explain(explain) => explain.run(&mut out),
        Verb::Init(init) => init.run(&mut out),
        Verb::Record(record) => record.run(&mut out),
        Verb::Render(render) => render.run(&mut out),
        Verb::Schema(schema) => schema.run(&mut out),
        Verb::Serve(serve) => serve.run(&mut out).await,
        Verb::Simulate(simulate) => simulate.run(&mut out).await,
    };
    let end = ended.unwrap_or_else(|problem| {
        // Nothing can be done about a closed standard error.
        let _closed = writeln!(anstream::stderr(), "{}", text::error(&problem));
        End::Stopped
    });
    match end {
        End::Well => ExitCode::SUCCESS,
        End::Failed => ExitCode::from(1),
        End::Stopped => ExitCode::from(3),
        End::Interrupted(signal) => ExitCode::from(signal.status()),
    }
}

/// Why a command stops when its output can't be written.
fn closed(error: std::io::Error) -> String {
    format!("the output can't be written: {error}")
}

/// The standard output. Whoever reads it may have seen enough (`| head`): the work goes on, for its exit status.
struct Output<W> {
    to: W,
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self.to.write(bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self.to.flush() {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}
