//! `signoff serve`: keeps a scenario's world up, for other programs than signoff.

use std::io::{BufRead, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::interrupt::signal;
use super::{End, closed};
use crate::http::Endpoints;
use crate::report::text;
use crate::scenario::fault::Meant;
use crate::scenario::files::{self, given_of};
use crate::scenario::format::Step;
use crate::scenario::instance::{AWS_SECRET_KEY, BOT_TOKEN, REGION};
use crate::world::delivery::Carrier;
use crate::world::sts::OWN_ACCESS_KEY;
use crate::world::{Call, Shared, World};

/// How often the world's clock is set, and what was called is printed.
const TICK: Duration = Duration::from_millis(50);

/// Keep a scenario's simulated AWS and Slack up, for the AWS command line, SDKs and programs of your own
///
/// What the scenario is given is there, and its steps are not done. Write steps to standard input instead, one a line, such as
/// `{ click: approve, by: jane }`: what AWS or Slack sends because of them is printed, one JSON object a line.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  signoff serve scenarios/approved.yaml\n  \
    signoff serve scenarios/given/acme.yaml --port 8350\n  \
    echo '{ start: { pipeline: payments-batch, by: zoe } }' | signoff serve scenarios/given/runs.yaml")]
pub struct Serve {
    /// A scenario, or the file with the workspace and the pipelines that it is given
    #[arg(value_name = "SCENARIO")]
    file: PathBuf,

    /// The port of 127.0.0.1 to listen on [default: one that is free]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
}

impl Serve {
    pub(super) async fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let given = given_of(&self.file)?;
        let begin = now();
        let (_, world) = files::world(&given, begin).map_err(|problem| problem.to_string())?;
        let world: Shared = Arc::new(Mutex::new(world));
        let endpoints = Endpoints::listen(listener(self.port)?, Arc::clone(&world), BOT_TOKEN).await;
        lock(&world).slack.answer_at(&endpoints.uri());
        write!(out, "{}", greeting(&given, &endpoints)).and_then(|()| out.flush()).map_err(closed)?;
        let mut steps = steps();
        let mut waited = SignedDuration::ZERO;
        let signal = signal();
        tokio::pin!(signal);
        loop {
            let told = tokio::select! {
                signal = &mut signal => return Ok(End::Interrupted(signal)),
                Some(line) = steps.recv() => {
                    let told = read(&line).and_then(|step| {
                        waited += step.wait.map_or(SignedDuration::ZERO, |wait| wait.0);
                        go_on(&world, begin, waited);
                        perform(&mut lock(&world), &step)
                    });
                    told.unwrap_or_else(|problem| {
                        // Nothing can be done about a closed standard error.
                        let _closed = writeln!(anstream::stderr(), "{}", text::error(&problem));
                        Vec::new()
                    })
                }
                () = a_moment() => {
                    go_on(&world, begin, waited);
                    Vec::new()
                }
            };
            for told in told.into_iter().chain(sent(&world)) {
                writeln!(out, "{told}").and_then(|()| out.flush()).map_err(closed)?;
            }
            for call in lock(&world).take_calls() {
                let _closed = writeln!(anstream::stderr(), "{}", line(&call));
            }
        }
    }
}

/// What to export, as a shell takes it.
fn greeting(given: &Path, endpoints: &Endpoints) -> String {
    let settings = [
        ("AWS_ENDPOINT_URL", endpoints.uri()),
        ("AWS_REGION", REGION.to_owned()),
        // Version 1 of the AWS command line knows only this one.
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", OWN_ACCESS_KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", AWS_SECRET_KEY.to_owned()),
        // What is left of other credentials does not go with these.
        ("AWS_SESSION_TOKEN", String::new()),
        ("SLACK_API_URL", endpoints.slack_url()),
        ("SLACK_BOT_TOKEN", BOT_TOKEN.to_owned()),
    ];
    let settings: String = settings.iter().map(|(name, value)| format!("export {name}={value}\n")).collect();
    format!("# The AWS and Slack of {}, until Ctrl-C:\n{settings}", given.display())
}

/// Does a step in the world, and says what Slack sends because of it.
fn perform(world: &mut World, step: &Step) -> Result<Vec<Value>, String> {
    let now = world.now;
    let slack = |payload: Value| vec![json!({ "from": "Slack", "payload": payload })];
    if step.wait.is_some() {
        Ok(Vec::new())
    } else if let (Some(button), Some(person)) = (&step.click, &step.by) {
        Ok(slack(world.slack.press(now, person, button, step.on.as_deref())?.payload))
    } else if let (Some(values), Some(person)) = (&step.submit, &step.by) {
        Ok(slack(world.slack.submit(now, person, values)?.payload))
    } else if let (Some(command), Some(person)) = (&step.command, &step.by) {
        let sent = world.slack.command(now, person, command, step.channel.as_deref())?;
        let fields = form_urlencoded::parse(sent.body.as_bytes()).into_owned();
        Ok(slack(Value::Object(fields.map(|(name, value)| (name, value.into())).collect())))
    } else if let Some(person) = &step.open_home {
        Ok(slack(world.slack.open_home(now, person)?))
    } else if let Some(console) = &step.console {
        console.perform(now, &mut world.codepipeline).map(|_| Vec::new())
    } else if let Some(start) = &step.start {
        start.perform(now, &mut world.codepipeline).map(|_| Vec::new())
    } else if let Some(fault) = &step.fault {
        match fault.read().map_err(|wrong| wrong.to_string())? {
            Meant::Calls(fault) => world.faults.push(fault),
            Meant::Deliveries(_) => return Err("here a `fault` is of calls: nothing is delivered".to_owned()),
        }
        Ok(Vec::new())
    } else {
        Err(HERE.to_owned())
    }
}

/// What the pipelines have sent since the last time.
fn sent(world: &Shared) -> Vec<Value> {
    let sent = lock(world).codepipeline.take_sent();
    sent.iter().map(|sent| json!({ "from": "AWS", "payload": Carrier::EventBridge.payload(sent) })).collect()
}

fn read(line: &str) -> Result<Step, String> {
    let step = Step::read(line).map_err(|mut wrong| {
        let names = |help: &String| NOT_HERE.iter().any(|verb| help.contains(&format!("`{verb}`")));
        wrong.help = wrong.help.map(|help| if names(&help) { HERE.to_owned() } else { help });
        wrong.to_string()
    })?;
    if step.meanwhile.is_empty() { Ok(step) } else { Err("`meanwhile` has no meaning here".to_owned()) }
}

/// What steps there are here.
const HERE: &str = "here steps are `start`, `click`, `submit`, `command`, `open_home`, `console`, `fault` and `wait`";

/// What a scenario can do besides, and must not be recommended.
const NOT_HERE: [&str; 5] = ["deliver", "replay", "tick", "rotate", "edit_rules"];

/// The lines of the standard input, but for empty ones and remarks. Its end ends nothing.
fn steps() -> UnboundedReceiver<String> {
    let (send, lines) = unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let is_remark = line.trim_start().starts_with('#');
            if !line.trim().is_empty() && !is_remark && send.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

fn line(call: &Call) -> String {
    let Call { service, operation, subject, outcome } = call;
    let outcome = outcome.as_ref().map_or_else(String::as_str, String::as_str);
    let space = if subject.is_empty() { "" } else { " " };
    format!("{service} {operation}{space}{subject} → {outcome}")
}

/// Sets the world's clock: the machine's, and what was waited for.
fn go_on(world: &Shared, begin: Timestamp, waited: SignedDuration) {
    let mut world = lock(world);
    let to = now().max(begin).saturating_add(waited).unwrap_or(Timestamp::MAX);
    if to > world.now {
        world.advance_to(to);
    }
}

#[allow(clippy::disallowed_methods, reason = "who uses it lives by the machine's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[allow(clippy::disallowed_methods, reason = "in real time")]
async fn a_moment() {
    tokio::time::sleep(TICK).await;
}

#[allow(clippy::disallowed_methods, reason = "the simulator's endpoints listen on loopback")]
fn listener(port: u16) -> Result<TcpListener, String> {
    TcpListener::bind(("127.0.0.1", port)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => format!("port {port} of 127.0.0.1 is in use: name another with `--port`"),
        _ => format!("port {port} of 127.0.0.1 can't be listened on: {}", error.to_string().to_lowercase()),
    })
}

fn lock(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}
