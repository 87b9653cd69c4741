//! Plays a scenario: the world is set up, each step done, and everything that happens written down.

mod deliver;
mod prepare;
mod tell;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::expect::{self, StepResult, Unmet};
use super::files::{self, Place, Unplayable};
use super::format::{Scenario, Step};
use super::instance::{AWS_SECRET_KEY, BOT_TOKEN, Driver, Instance, Invoked, SIGNING_SECRET, TABLE};
use super::log;
use super::transcript::Transcript;
use super::way::Way;
use crate::coverage::Seen;
use crate::world::codepipeline::Sent;
use crate::world::delivery::{DeliveryFault, Events};
use crate::world::{Shared, Workspace, World};
use prepare::Deed;

/// When scenarios begin that do not say when: a Monday morning.
const BEGIN: Timestamp = Timestamp::constant(1_772_445_600, 0);

/// How long Slack waits for an answer: <https://docs.slack.dev/interactivity/handling-user-interaction>.
const SLACK_WAITS: Duration = Duration::from_secs(3);

/// What came of a scenario.
#[derive(Debug)]
pub struct Played {
    /// Everything that happened.
    pub transcript: Transcript,
    /// What was not as expected.
    pub unmet: Vec<Unmet>,
    /// Whether a step could not be done, so that those after it were not.
    pub broke_off: bool,
    /// Slack as it was in the end, for the names of people and channels.
    pub workspace: Workspace,
    /// What the scenario says of the rules, where it has none of its own.
    pub seen: Option<Seen>,
    /// What the compiled binary printed; empty in process.
    pub output: String,
    /// What was logged in process; empty of the compiled binary, which prints it.
    pub logged: String,
}

/// Plays a scenario. An error is one of the scenario's files or of the simulation, with its place.
pub async fn play(scenario: &Scenario, place: &Place, driver: &Driver) -> Result<Played, Unplayable> {
    log::apart(play_alone(scenario, place, driver)).await
}

async fn play_alone(scenario: &Scenario, place: &Place, driver: &Driver) -> Result<Played, Unplayable> {
    let begin = scenario.clock.unwrap_or(BEGIN);
    let (given, world) = files::world(&scenario.given(place)?, begin)?;
    scenario.check_against(place, &world)?;
    let world: Shared = Arc::new(Mutex::new(world));
    let own = scenario.own_rules(place).map(|rules| driver.with_rules(rules)).transpose()?;
    let driver = own.as_ref().unwrap_or(driver).clone();
    let mut stage = Stage {
        instance: Arc::new(Instance::start(&driver, &world, &scenario.settings).await?),
        second: None,
        settings: &scenario.settings,
        signing: Signing { current: SIGNING_SECRET.to_owned(), previous: None, signatures: Vec::new() },
        driver,
        folder: place.folder.clone(),
        output: String::new(),
        recordings: scenario.recordings(place)?,
        pictures: pictures(&world, given.pipelines.keys()),
        events: given.events,
        undelivered: Vec::new(),
        delayed: Vec::new(),
        mishaps: Vec::new(),
        until: None,
        world,
        transcript: Transcript::default(),
        unmet: Vec::new(),
        at: Way::default(),
        touched: own.is_none().then(Seen::default),
    };
    stage.transcript.head(&scenario.scenario, &scenario.explanation, begin);
    stage.tell_start();
    let mut broken = None;
    for (index, step) in scenario.steps.iter().enumerate() {
        stage.at = Way::step(index);
        if let Err(problem) = stage.step(step).await {
            broken = Some(format!("step {}: {problem}", index + 1));
            break;
        }
    }
    Ok(stage.end(&scenario.expect, broken).await?)
}

struct Stage<'a> {
    world: Shared,
    instance: Arc<Instance>,
    /// Started for the first `meanwhile`.
    second: Option<Arc<Instance>>,
    driver: Driver,
    /// The scenario's own folder.
    folder: PathBuf,
    /// What binaries printed that have ended.
    output: String,
    settings: &'a BTreeMap<String, String>,
    signing: Signing,
    /// The scenario's recordings, by name.
    recordings: BTreeMap<String, Value>,
    /// How each pipeline looked in the beginning.
    pictures: BTreeMap<String, String>,
    /// Whether what the pipelines send is delivered by itself.
    events: Events,
    /// What pipelines sent whose delivery failed.
    undelivered: Vec<Sent>,
    /// What comes later, and when.
    delayed: Vec<(Timestamp, Sent)>,
    /// What goes wrong with the next deliveries.
    mishaps: Vec<DeliveryFault>,
    /// When the wait that is going on is over.
    until: Option<Timestamp>,
    transcript: Transcript,
    unmet: Vec<Unmet>,
    /// The way to the step that is being done.
    at: Way,
    /// What was done that says something of the rules.
    touched: Option<Seen>,
}

/// What Slack signs with.
struct Signing {
    current: String,
    /// From before the rotation.
    previous: Option<String>,
    /// Every signature that was sent.
    signatures: Vec<String>,
}

impl Stage<'_> {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        if let Some(rules) = &step.edit_rules {
            self.deploy(rules).await?;
        }
        let instance = Arc::clone(&self.instance);
        let mut early = StepResult::default();
        if let (Some(wait), Some(carrier)) = (step.wait, self.delivers()) {
            self.wait_delivering(carrier, wait.0, &instance, &mut early).await?;
        }
        let mut result = self.perform(step, &instance).await?;
        result.follow(early);
        if let Some(carrier) = self.delivers() {
            self.deliver_sent(carrier, &instance, &mut result).await?;
        }
        self.judge(step, &result);
        Ok(())
    }

    /// Starts the Lambda anew with other rules, as a deployment does; what it remembers is in the table.
    async fn deploy(&mut self, rules: &str) -> Result<(), String> {
        self.driver = self.driver.with_rules(self.folder.join(rules))?;
        let new = Arc::new(Instance::start(&self.driver, &self.world, self.settings).await?);
        let old = std::mem::replace(&mut self.instance, new);
        for old in [Some(old), self.second.take()].into_iter().flatten() {
            if let Ok(old) = Arc::try_unwrap(old) {
                self.output.push_str(&old.stop().await);
            }
        }
        // What happens from now on says nothing of the rules whose coverage is told.
        self.touched = None;
        Ok(())
    }

    fn judge(&mut self, step: &Step, result: &StepResult) {
        for Unmet { way, what } in expect::of_step(&step.expect, result) {
            self.transcript.unmet(&what);
            self.unmet.push(Unmet { way: self.at.clone().on(way), what });
        }
    }

    async fn perform(&mut self, step: &Step, instance: &Arc<Instance>) -> Result<StepResult, String> {
        let before = self.seen();
        let (caption, deed) = self.prepare(step)?;
        if let Some(carrier) = step.delivers_events() {
            let mut result = StepResult::default();
            return match self.deliver_sent(carrier, instance, &mut result).await? {
                0 => Err("the pipelines have sent nothing that is not delivered yet".to_owned()),
                _ => Ok(result),
            };
        }
        let Deed::Invoke { payload, waits } = deed else {
            return Ok(StepResult::default());
        };
        let now = self.world().now;
        signatures(&payload, &mut self.signing.signatures);
        let mut result = StepResult::default();
        let mut before = before;
        let is_http = payload.get("requestContext").is_some();
        let invoked = if step.meanwhile.is_empty() {
            let invocation = instance.invoke(&payload);
            tokio::pin!(invocation);
            tokio::select! {
                biased;
                answered = &mut invocation => answered?,
                () = instance.limit(SLACK_WAITS) => {
                    if is_http {
                        let what = "Slack was not answered within 3 seconds, and shows the person a fault (I6)";
                        self.transcript.unmet(what);
                        self.unmet.push(Unmet { way: self.at.clone(), what: what.to_owned() });
                    }
                    invocation.await?
                }
            }
        } else {
            let mut hold = instance.hold_next_write();
            let invocation = instance.invoke(&payload);
            tokio::pin!(invocation);
            tokio::select! {
                ended = &mut invocation => {
                    ended?;
                    return Err("its `meanwhile` never happened, for the step wrote nothing to the table".to_owned());
                }
                () = hold.reached() => {}
            }
            self.tell_calls(&mut result);
            self.transcript.begin_meanwhile();
            let outer = self.at.clone();
            for (number, inner) in step.meanwhile.iter().enumerate() {
                self.at = outer.clone().key("meanwhile").item(number);
                let second = self.second_instance().await?;
                let inner_result = Box::pin(self.perform(inner, &second)).await?;
                self.judge(inner, &inner_result);
            }
            self.at = outer;
            self.transcript.end_meanwhile(&caption);
            before = self.seen();
            hold.release();
            invocation.await?
        };
        instance.settle().await?;
        self.tell_calls(&mut result);
        let is_refused = matches!(&invoked, Invoked::Answered(answer) if answer["statusCode"] == 401);
        if let (Some(seen), false) = (&mut self.touched, is_refused) {
            seen.payload(now, &payload);
        }
        self.tell_answer(&invoked, waits.as_ref(), &mut result)?;
        self.tell_slack(&before, &mut result);
        result.invoked = Some(invoked);
        Ok(result)
    }

    async fn second_instance(&mut self) -> Result<Arc<Instance>, String> {
        if let Some(second) = &self.second {
            return Ok(Arc::clone(second));
        }
        let second = Arc::new(Instance::start(&self.driver, &self.world, self.settings).await?);
        self.second = Some(Arc::clone(&second));
        Ok(second)
    }

    async fn end(mut self, expected: &super::format::EndExpectation, broken: Option<String>) -> Result<Played, String> {
        let after = pictures(&self.world, self.pictures.keys());
        let worth_showing =
            |name: &String, now: &String| self.pictures[name] != *now || expected.pipelines.contains_key(name);
        let shown: Vec<String> =
            after.into_iter().filter(|(name, now)| worth_showing(name, now)).map(|(_, now)| now).collect();
        self.transcript.pipelines(&shown);
        let mut output = self.output;
        for instance in [Some(self.instance), self.second].into_iter().flatten() {
            if let Ok(instance) = Arc::try_unwrap(instance) {
                output.push_str(&instance.stop().await);
            }
        }
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let broke_off = broken.is_some();
        let mut unmet: Vec<Unmet> = broken.into_iter().map(|what| Unmet { way: self.at.clone(), what }).collect();
        let of_all = |what| Unmet { way: Way::default(), what };
        if unmet.is_empty() {
            unmet.extend(expect::of_end(expected, &world));
            unmet.extend(expect::never(expected, &self.transcript.text()));
            unmet.extend(expect::log(expected, log::lines().iter().map(String::as_str).chain(output.lines())));
            let calls = world.faults.iter().filter(|fault| !fault.has_happened).map(ToString::to_string);
            let deliveries = self.mishaps.iter().filter(|fault| !fault.has_happened).map(ToString::to_string);
            let never = |fault: String| of_all(format!("a fault never happened, for nothing came of it: {fault}"));
            unmet.extend(calls.chain(deliveries).map(never));
        }
        let tokens = world.codepipeline.tokens();
        let logged: String = log::lines().into_iter().map(|line| line + "\n").collect();
        let said = self.transcript.text() + &output + &logged;
        let usual = [BOT_TOKEN, SIGNING_SECRET, AWS_SECRET_KEY].into_iter().map(str::to_owned);
        let kept = world.secrets.ever().iter().filter(|secret| !secret.is_empty()).cloned();
        for secret in usual.chain(tokens).chain(kept).chain(self.signing.signatures) {
            // The review link of the AWS console has the token in it, and people are meant to follow it.
            if said.replace(&format!("/approve/{secret}"), "").contains(&secret) {
                unmet.push(of_all("a secret, a signature or an approval token was printed (I5)".to_owned()));
            }
        }
        for unmet in &unmet {
            self.transcript.unmet(&unmet.what);
        }
        self.unmet.extend(unmet);
        let workspace = world.slack.clone();
        if let Some(seen) = &mut self.touched {
            seen.end(world.dynamodb.bodies(TABLE), workspace.user_groups());
        }
        drop(world);
        Ok(Played {
            transcript: self.transcript,
            unmet: self.unmet,
            broke_off,
            workspace,
            seen: self.touched,
            output,
            logged,
        })
    }
}

/// Adds the signatures of a request to those that must not be printed.
fn signatures(payload: &Value, found: &mut Vec<String>) {
    match payload {
        Value::String(text) => {
            let hex = text.strip_prefix("v0=").filter(|hex| hex.len() >= 16);
            found.extend(hex.map(str::to_owned));
        }
        Value::Array(values) => values.iter().for_each(|value| signatures(value, found)),
        Value::Object(fields) => fields.values().for_each(|value| signatures(value, found)),
        _ => {}
    }
}

fn pictures<'a>(world: &Shared, names: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let world = world.lock().unwrap_or_else(PoisonError::into_inner);
    names.map(|name| (name.clone(), world.codepipeline.picture(name))).collect()
}
