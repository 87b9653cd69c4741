//! Measures the cold start: from the start of a process to its first poll of the Runtime API, of the Lambda binary and of a program that
//! does nothing, in turn. docs/performance.md says what is to be seen.
//!
//! `cargo run --release -- BOOTSTRAP [ROUNDS]`, in a folder with rules; each program is started that often.

use std::io::Read;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// Where secrets are does not matter here: a place would be a call to AWS.
const SETTINGS: [(&str, &str); 10] = [
    ("SIGNOFF_TABLE", "signoff"),
    ("SLACK_BOT_TOKEN", "xoxb-invented"),
    ("SLACK_SIGNING_SECRET", "invented"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ACCESS_KEY_ID", "AKIAINVENTED"),
    ("AWS_SECRET_ACCESS_KEY", "invented"),
    ("AWS_SESSION_TOKEN", "invented"),
    ("AWS_LAMBDA_FUNCTION_NAME", "signoff"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (bootstrap, rounds) = match arguments.as_slice() {
        [bootstrap] => (PathBuf::from(bootstrap), 200),
        [bootstrap, rounds] => (PathBuf::from(bootstrap), rounds.parse().unwrap_or(200)),
        _ => {
            eprintln!("usage: cold-start BOOTSTRAP [ROUNDS]");
            return ExitCode::from(2);
        }
    };
    match measure(&bootstrap, rounds) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn measure(bootstrap: &Path, rounds: usize) -> Result<(), String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let programs = [("empty", here.with_file_name("empty")), ("bootstrap", bootstrap.to_owned())];
    for (_, program) in &programs {
        starts(program)?;
    }
    let mut times: [Vec<Duration>; 2] = Default::default();
    let mut memory = [0, 0];
    // In turn, so that whatever else the machine does meets both; the first round fills the cache of files.
    for round in 0..=rounds {
        for (at, (_, program)) in programs.iter().enumerate() {
            let (time, kib) = start(program)?;
            if round > 0 {
                times[at].push(time);
                memory[at] = memory[at].max(kib);
            }
        }
    }
    for times in &mut times {
        times.sort_unstable();
    }
    let of = |times: &[Duration], part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1_000.0;
    println!("{rounds} starts of each     least   median      90 %   memory");
    for (at, (name, _)) in programs.iter().enumerate() {
        let [least, median, most] = [0, 50, 90].map(|part| of(&times[at], part));
        let mib = f64::from(memory[at]) / 1_024.0;
        println!("{name:<20} {least:>7.2} ms {median:>5.2} ms {most:>6.2} ms {mib:>5.1} MiB");
    }
    let ratio = |part| of(&times[1], part) / of(&times[0], part);
    println!("{:<20} {:>7.2}    {:>5.2}", "ratio", ratio(0), ratio(50));
    Ok(())
}

/// Finds out whether a program polls at all, which is not waited for below.
fn starts(program: &Path) -> Result<(), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", program.display());
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    listener.set_nonblocking(true).map_err(wrong)?;
    let mut child = command(program, &listener.local_addr().map_err(wrong)?.to_string()).spawn().map_err(wrong)?;
    for _ in 0..1_000 {
        if listener.accept().is_ok() {
            child.kill().map_err(wrong)?;
            return child.wait().map(drop).map_err(wrong);
        }
        if let Some(status) = child.try_wait().map_err(wrong)? {
            return Err(format!("{} ended instead of polling ({status})", program.display()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().map_err(wrong)?;
    Err(format!("{} does not poll", program.display()))
}

fn command(program: &Path, address: &str) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(SETTINGS).env("AWS_LAMBDA_RUNTIME_API", address);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Starts a program, waits for its poll, and ends it. Returns how long that took, and its memory at the most, in KiB.
fn start(program: &Path) -> Result<(Duration, u32), String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", program.display());
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    let address = listener.local_addr().map_err(wrong)?.to_string();
    let mut command = command(program, &address);
    let began = Instant::now();
    let mut child = command.spawn().map_err(wrong)?;
    let (mut connection, _) = listener.accept().map_err(wrong)?;
    let mut request = [0; 64];
    let read = connection.read(&mut request).map_err(wrong)?;
    let took = began.elapsed();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
    child.kill().map_err(wrong)?;
    child.wait().map_err(wrong)?;
    if !request[..read].starts_with(b"GET /2018-06-01/runtime/invocation/next") {
        return Err(format!("{} did not poll: {}", program.display(), String::from_utf8_lossy(&request[..read])));
    }
    Ok((took, most.unwrap_or(0)))
}
