//! What the command says, and leaves behind, where a bootstrap dies, hangs or answers nonsense, and where somebody stops it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]
#![allow(
    clippy::disallowed_methods,
    reason = "the tests write the programs that the command runs, and wait for processes"
)]

use std::fs::{Permissions, read_to_string, write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How a program asks for an invocation, and answers it.
const RUNTIME: &str = r#"#!/bin/bash
api=${AWS_LAMBDA_RUNTIME_API/:/\/}
ask() {
  exec 3<>/dev/tcp/$api
  printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: api\r\nconnection: close\r\n\r\n' >&3
  while IFS= read -r line <&3; do
    line=${line%$'\r'}
    case ${line,,} in lambda-runtime-aws-request-id:*) id=${line#*: } ;; '') break ;; esac
  done
  exec 3>&-
}
answer() {
  exec 3<>/dev/tcp/$api
  printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nhost: api\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s' \
    "$id" ${#1} "$1" >&3
  read -r line <&3
  exec 3>&-
}
"#;

const HANG: &str = "exec sleep 1000\n";

/// A bootstrap that does this, in a folder that has nothing else, but for what the command leaves behind in `temporary`.
fn bootstrap(does: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("temporary")).unwrap();
    let path = folder.path().join("bootstrap");
    write(&path, format!("{RUNTIME}{does}")).unwrap();
    std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    (folder, path)
}

fn simulate(folder: &Path, bootstrap: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signoff"));
    command
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .env("TMPDIR", folder.join("temporary"))
        .args(["simulate", "--quiet", "simulator/scenarios/approved.yaml", "--bootstrap"])
        .arg(bootstrap)
        .args(arguments);
    command
}

/// The same, started by another program.
fn started_by(program: &[&str], folder: &Path, bootstrap: &Path) -> Command {
    let simulate = simulate(folder, bootstrap, &[]);
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).arg(simulate.get_program()).args(simulate.get_args()).stdin(Stdio::null());
    command.current_dir(simulate.get_current_dir().unwrap()).env("TMPDIR", folder.join("temporary"));
    command
}

/// Runs it. Returns what it said, without the temporary folder's name, and its exit status.
fn run(does: &str, arguments: &[&str]) -> (String, i32) {
    let (folder, path) = bootstrap(does);
    let output = simulate(folder.path(), &path, arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert_eq!(left_behind(folder.path()), Vec::<PathBuf>::new(), "{does}");
    (said.replace(&folder.path().display().to_string(), "…"), output.status.code().unwrap())
}

fn left_behind(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder.join("temporary")).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_bootstrap_that_dies_hangs_or_answers_nonsense() {
    let cases = [
        ("it dies before it asks for an invocation", "echo 'no table' >&2\nexit 7\n", &[][..]),
        ("it dies without a word when it is invoked", "ask\nkill -9 $$\n", &[]),
        ("it never asks for an invocation", HANG, &["--time-limit", "1"]),
        ("it never answers", &format!("echo begun\nask\n{HANG}"), &["--time-limit", "2"]),
        ("it never asks again", &format!("ask\nanswer '{{}}'\n{HANG}"), &["--time-limit", "2"]),
        (
            "it prints what is no text",
            "printf 'a\\033[31m\\000\\377b\\n'\nhead -c 5000 /dev/zero | tr '\\0' x\nexit 1\n",
            &[],
        ),
        ("its answer is no JSON", "while ask; do answer 'all well?'; done\n", &[]),
    ];
    let mut told = String::new();
    for (what, does, arguments) in cases {
        let (said, status) = run(does, arguments);
        let told_of = said.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n");
        told.push_str(&format!("── {what}\n{told_of}\n── exit status {status}\n\n"));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_bootstrap_that_can_not_be_run() {
    let (folder, path) = bootstrap("");
    write(&path, "not a program\n").unwrap();
    let said = |path: &Path| {
        let output = simulate(folder.path(), path, &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(3));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(said(&path).contains("can't be started: Exec format error"), "{}", said(&path));
    std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    assert!(said(&path).contains("can't be started: Permission denied"), "{}", said(&path));
}

/// A wrapper script has children, which would outlive it.
const WRAPPED: &str = "echo $$ > \"${0%/*}/pid\"\nask\nsleep 1000 &\necho $! > \"${0%/*}/child\"\nwait\n";

#[test]
fn whoever_stops_it_leaves_no_process_behind() {
    for (signal, status) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let (folder, path) = bootstrap(WRAPPED);
        // Whoever runs the tests may not want to hear of hanging up.
        let mut command = started_by(&["env", "--default-signal=HUP"], folder.path(), &path);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("it is invoked", || !pid(folder.path(), "child").is_empty());
        let pids = ["pid", "child"].map(|file| pid(folder.path(), file));
        assert!(pids.iter().all(|pid| runs(pid)));
        kill(signal, &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: stopped after 0 of 1 scenarios\n");
        until("the bootstrap and its child are gone", || !pids.iter().any(|pid| runs(pid)));
        assert_eq!(left_behind(folder.path()), Vec::<PathBuf>::new());
    }
}

#[test]
fn a_time_limit_leaves_no_process_behind() {
    let (folder, path) = bootstrap(WRAPPED);
    let output = simulate(folder.path(), &path, &["--time-limit", "2"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let pids = ["pid", "child"].map(|file| pid(folder.path(), file));
    until("the bootstrap and its child are gone", || !pids.iter().any(|pid| runs(pid)));
}

/// With `nohup` it goes on.
#[test]
fn hanging_up_is_ignored_where_that_was_wanted() {
    let (folder, path) = bootstrap(WRAPPED);
    let mut command = started_by(&["nohup"], folder.path(), &path);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("it is invoked", || !pid(folder.path(), "child").is_empty());
    kill("HUP", &child);
    sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    kill("TERM", &child);
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

/// What the script wrote into a file; nothing before it did.
fn pid(folder: &Path, file: &str) -> String {
    read_to_string(folder.join(file)).unwrap_or_default().trim().to_owned()
}

fn kill(signal: &str, child: &Child) {
    assert!(Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status().unwrap().success());
}

/// Whether a process is there and is not merely waited for.
fn runs(pid: &str) -> bool {
    read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}: not within a minute");
        sleep(Duration::from_millis(20));
    }
}
