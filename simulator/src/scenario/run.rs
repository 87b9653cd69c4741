//! Plays a scenario: the world is set up, each step done, and everything that happens written down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use super::expect::{self, StepResult, flat};
use super::format::{Console, Scenario, Step, yaml_error};
use super::instance::{BOT_TOKEN, Driver, Instance, Invoked, SIGNING_SECRET};
use super::transcript::Transcript;
use crate::world::slack::request::{Envelope, Tamper, resign, signed_request};
use crate::world::slack::text::{draw, draw_view};
use crate::world::slack::{Interaction, PostedMessage};
use crate::world::{Given, Shared, World};

/// When scenarios begin that do not say when: a Monday morning.
const BEGIN: Timestamp = Timestamp::constant(1_772_445_600, 0);

/// What came of a scenario.
#[derive(Debug)]
pub struct Played {
    /// Everything that happened.
    pub transcript: Transcript,
    /// What was not as expected.
    pub unmet: Vec<String>,
    /// What the compiled binary printed; empty in process.
    pub output: String,
}

/// Where a scenario's files are.
#[derive(Debug, Clone)]
pub struct Place {
    /// The scenario's own folder.
    pub folder: PathBuf,
    /// The recordings' folder.
    pub recordings: PathBuf,
}

/// Plays a scenario. An error is one of the scenario's files or of the simulation, with its place.
pub async fn play(scenario: &Scenario, place: &Place, driver: &Driver) -> Result<Played, String> {
    let path = place.folder.join(&scenario.given);
    let text = read(&path)?;
    let given: Given =
        serde_yaml::from_str(&text).map_err(|error| format!("{}: {}", path.display(), yaml_error(&error)))?;
    let begin = scenario.clock.unwrap_or(BEGIN);
    let world = World::new(&given, begin).map_err(|problem| format!("{}: {problem}", path.display()))?;
    let world: Shared = Arc::new(Mutex::new(world));
    let mut stage = Stage {
        instance: Arc::new(Instance::start(driver, &world).await?),
        second: None,
        driver,
        recordings: recordings(&scenario.steps, place)?,
        pictures: pictures(&world, given.pipelines.keys()),
        world,
        transcript: Transcript::default(),
        unmet: Vec::new(),
    };
    stage.transcript.head(&scenario.scenario, &scenario.explanation, begin);
    let mut broken = None;
    for (index, step) in scenario.steps.iter().enumerate() {
        if let Err(problem) = stage.step(step).await {
            broken = Some(format!("step {}: {problem}", index + 1));
            break;
        }
    }
    stage.end(&scenario.expect, broken).await
}

struct Stage<'a> {
    world: Shared,
    instance: Arc<Instance>,
    /// Started for the first `meanwhile`.
    second: Option<Arc<Instance>>,
    driver: &'a Driver,
    /// The scenario's recordings, by name.
    recordings: BTreeMap<String, Value>,
    /// How each pipeline looked in the beginning.
    pictures: BTreeMap<String, String>,
    transcript: Transcript,
    unmet: Vec<String>,
}

/// What a step is about to do.
enum Deed {
    /// Invoke the Lambda; the person waits for the answer to a submission.
    Invoke { payload: Value, submitted_by: Option<String> },
    /// Done already.
    Nothing,
}

/// What could be seen in Slack at some moment.
#[derive(Default)]
struct Seen {
    messages: BTreeMap<(String, String), PostedMessage>,
    ephemerals: usize,
    views: usize,
}

impl Stage<'_> {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn step(&mut self, step: &Step) -> Result<(), String> {
        let instance = Arc::clone(&self.instance);
        let result = self.perform(step, &instance).await?;
        self.judge(step, &result);
        Ok(())
    }

    fn judge(&mut self, step: &Step, result: &StepResult) {
        for unmet in expect::of_step(&step.expect, result) {
            self.transcript.unmet(&unmet);
            self.unmet.push(unmet);
        }
    }

    async fn perform(&mut self, step: &Step, instance: &Arc<Instance>) -> Result<StepResult, String> {
        let before = self.seen();
        let (caption, deed) = self.prepare(step)?;
        let Deed::Invoke { payload, submitted_by } = deed else {
            return Ok(StepResult::default());
        };
        let mut result = StepResult::default();
        let mut before = before;
        let invoked = if step.meanwhile.is_empty() {
            instance.invoke(&payload).await?
        } else {
            let mut hold = instance.endpoints.hold_next_write();
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
            for inner in &step.meanwhile {
                let second = self.second_instance().await?;
                let inner_result = Box::pin(self.perform(inner, &second)).await?;
                self.judge(inner, &inner_result);
            }
            self.transcript.end_meanwhile(&caption);
            before = self.seen();
            hold.release();
            invocation.await?
        };
        self.tell_calls(&mut result);
        self.tell_answer(&invoked, submitted_by.as_deref(), &mut result)?;
        self.tell_slack(&before, &mut result);
        result.invoked = Some(invoked);
        Ok(result)
    }

    async fn second_instance(&mut self) -> Result<Arc<Instance>, String> {
        if let Some(second) = &self.second {
            return Ok(Arc::clone(second));
        }
        let second = Arc::new(Instance::start(self.driver, &self.world).await?);
        self.second = Some(Arc::clone(&second));
        Ok(second)
    }

    /// Says what the step is, and does what it does in the world.
    fn prepare(&mut self, step: &Step) -> Result<(String, Deed), String> {
        if let Some(wait) = step.wait {
            let before = self.world().now;
            self.world().advance(wait.0);
            let now = self.world().now;
            let day = now.strftime("%A, %-d %B").to_string();
            let same_day = before.strftime("%A, %-d %B").to_string() == day;
            let day = if same_day { String::new() } else { format!(", on {day}") };
            self.transcript.step(now, &format!("{wait} later{day}"));
            return Ok((String::new(), Deed::Nothing));
        }
        let now = self.world().now;
        let (caption, deed) = if let Some(recording) = &step.deliver {
            let payload = self.recording(recording)?;
            (format!("AWS delivers {recording}"), Deed::Invoke { payload, submitted_by: None })
        } else if let (Some(button), Some(person)) = (&step.click, &step.by) {
            let interaction = self.world().slack.press(now, person, button)?;
            let caption = format!("{} presses {}{}", self.name(person), capital(button), how(step));
            (caption, Deed::Invoke { payload: request(step, &interaction, now), submitted_by: None })
        } else if let (Some(values), Some(person)) = (&step.submit, &step.by) {
            let interaction = self.world().slack.submit(now, person, values)?;
            let written: Vec<String> = values.values().map(|value| format!("“{value}”")).collect();
            let caption = format!("{} submits {}{}", self.name(person), written.join(" and "), how(step));
            (caption, Deed::Invoke { payload: request(step, &interaction, now), submitted_by: Some(person.clone()) })
        } else if let Some(recording) = &step.replay {
            let recorded = self.recording(recording)?;
            if step.as_signed {
                (
                    format!("{recording} is replayed with its old signature"),
                    Deed::Invoke { payload: recorded, submitted_by: None },
                )
            } else {
                let payload =
                    resign(&recorded, SIGNING_SECRET, now).map_err(|problem| format!("{recording}: {problem}"))?;
                (format!("{recording} is replayed, signed anew"), Deed::Invoke { payload, submitted_by: None })
            }
        } else if let Some(console) = &step.console {
            (self.decide_in_console(now, console)?, Deed::Nothing)
        } else if let Some(fault) = &step.fault {
            self.world().faults.push(fault.clone());
            (format!("{fault}"), Deed::Nothing)
        } else {
            (String::new(), Deed::Nothing)
        };
        self.transcript.step(now, &caption);
        Ok((caption, deed))
    }

    fn decide_in_console(&mut self, now: Timestamp, console: &Console) -> Result<String, String> {
        let approved = console.approve.is_some();
        let path = console.approve.as_ref().or(console.reject.as_ref()).map(String::as_str).unwrap_or_default();
        let [pipeline, stage, action] = path.split('/').collect::<Vec<_>>()[..] else {
            return Err(format!("`{path}` does not name an action: write `pipeline/stage/action`"));
        };
        let comment = console.comment.as_deref();
        self.world().codepipeline.decide_in_console(now, pipeline, stage, action, approved, &console.by, comment)?;
        let deed = if approved { "approves" } else { "rejects" };
        Ok(format!("{} {deed} {path} in the AWS console", console.by))
    }

    fn recording(&self, name: &str) -> Result<Value, String> {
        self.recordings.get(name).cloned().ok_or_else(|| format!("`{name}` was not read"))
    }

    fn name(&self, person: &str) -> String {
        self.world().slack.name_of(person).to_owned()
    }

    fn seen(&self) -> Seen {
        let world = self.world();
        let messages = world.slack.messages().iter();
        Seen {
            messages: messages
                .map(|message| ((message.channel.clone(), message.ts.clone()), message.clone()))
                .collect(),
            ephemerals: world.slack.ephemerals().len(),
            views: world.slack.views().len(),
        }
    }

    fn tell_calls(&mut self, result: &mut StepResult) {
        let calls = self.world().take_calls();
        for call in &calls {
            self.transcript.call(call);
        }
        result.calls.extend(calls);
    }

    fn tell_answer(
        &mut self,
        invoked: &Invoked,
        submitted_by: Option<&str>,
        result: &mut StepResult,
    ) -> Result<(), String> {
        let answer = match invoked {
            Invoked::Answered(answer) => answer,
            Invoked::Failed(failure) => {
                self.transcript.answer(&format!("the invocation fails, to be delivered again: {failure}"));
                return Ok(());
            }
        };
        if let Some(status) = answer["statusCode"].as_u64() {
            self.transcript.answer(&format!("Slack is answered {status}"));
            if let (Some(person), 200) = (submitted_by, status) {
                let body: Option<Value> = serde_json::from_str(answer["body"].as_str().unwrap_or_default()).ok();
                let told = self.world().slack.answer_submission(person, body.as_ref())?;
                result.told.extend(told);
            }
            return Ok(());
        }
        for (key, words) in [("done", "done"), ("refused", "refused for good")] {
            for what in answer[key].as_array().into_iter().flatten().filter_map(Value::as_str) {
                self.transcript.answer(&format!("{words}: {what}"));
            }
        }
        Ok(())
    }

    /// Draws what is new or different in Slack.
    fn tell_slack(&mut self, before: &Seen, result: &mut StepResult) {
        let mut screens = Vec::new();
        {
            let world = self.world();
            for message in world.slack.messages() {
                let known = before.messages.get(&(message.channel.clone(), message.ts.clone()));
                let caption = match known {
                    None => {
                        result.posted += 1;
                        format!("#{}", message.channel_name)
                    }
                    Some(known) if known.text != message.text || known.blocks != message.blocks => {
                        format!("#{} (the message, updated)", message.channel_name)
                    }
                    Some(_) => continue,
                };
                screens.push((caption, draw(&world.slack, &message.text, &message.blocks)));
            }
            for ephemeral in world.slack.ephemerals().iter().skip(before.ephemerals) {
                let name = world.slack.name_of(&ephemeral.user);
                let drawing = draw(&world.slack, &ephemeral.text, &ephemeral.blocks);
                result.told.push(flat(&drawing));
                screens.push((format!("#{} (only {name} sees this)", ephemeral.channel_name), drawing));
            }
            for view in world.slack.views().iter().skip(before.views) {
                let name = world.slack.name_of(&view.user);
                screens.push((format!("a window opens for {name}"), draw_view(&world.slack, &view.view)));
            }
        }
        for (caption, drawing) in screens {
            self.transcript.screen(&caption, &drawing);
        }
    }

    async fn end(mut self, expected: &super::format::EndExpectation, broken: Option<String>) -> Result<Played, String> {
        let after = pictures(&self.world, self.pictures.keys());
        let worth_showing =
            |name: &String, now: &String| self.pictures[name] != *now || expected.pipelines.contains_key(name);
        let shown: Vec<String> =
            after.into_iter().filter(|(name, now)| worth_showing(name, now)).map(|(_, now)| now).collect();
        self.transcript.pipelines(&shown);
        let mut output = String::new();
        for instance in [Some(self.instance), self.second].into_iter().flatten() {
            if let Ok(instance) = Arc::try_unwrap(instance) {
                output.push_str(&instance.stop().await);
            }
        }
        let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unmet: Vec<String> = broken.into_iter().collect();
        if unmet.is_empty() {
            unmet = expect::of_end(expected, &world);
        }
        let tokens = world.codepipeline.tokens();
        let said = self.transcript.text() + &output;
        for secret in [BOT_TOKEN, SIGNING_SECRET].into_iter().map(str::to_owned).chain(tokens) {
            // The review link of the AWS console has the token in it, and people are meant to follow it.
            if said.replace(&format!("/approve/{secret}"), "").contains(&secret) {
                unmet.push("a secret or an approval token was printed (I5)".to_owned());
            }
        }
        for unmet in &unmet {
            self.transcript.unmet(unmet);
        }
        self.unmet.extend(unmet);
        Ok(Played { transcript: self.transcript, unmet: self.unmet, output })
    }
}

/// Reads the recordings that the steps name.
fn recordings(steps: &[Step], place: &Place) -> Result<BTreeMap<String, Value>, String> {
    let mut found = BTreeMap::new();
    for step in steps.iter().flat_map(|step| std::iter::once(step).chain(&step.meanwhile)) {
        for name in [&step.deliver, &step.replay].into_iter().flatten() {
            let path = place.recordings.join(name);
            let text = read(&path)?;
            let wrong = |error| format!("{}: it is not JSON: {error}", path.display());
            found.insert(name.clone(), serde_json::from_str(&text).map_err(wrong)?);
        }
    }
    Ok(found)
}

fn pictures<'a>(world: &Shared, names: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let world = world.lock().unwrap_or_else(PoisonError::into_inner);
    names.map(|name| (name.clone(), world.codepipeline.picture(name))).collect()
}

fn request(step: &Step, interaction: &Interaction, now: Timestamp) -> Value {
    let envelope = step.through.unwrap_or(Envelope::FunctionUrl);
    signed_request(envelope, &interaction.payload, SIGNING_SECRET, now, step.tamper)
}

/// How a click reaches the Lambda, where that is worth a word.
fn how(step: &Step) -> String {
    let mut how = String::new();
    if let Some(envelope) = step.through {
        how.push_str(&format!(", through {envelope}"));
    }
    match step.tamper {
        None => {}
        Some(Tamper::WrongSecret) => how.push_str(", signed with another app's secret"),
        Some(Tamper::OldTimestamp) => how.push_str(", signed six minutes ago"),
        Some(Tamper::BodyChanged) => how.push_str(", with the body changed on the way"),
        Some(Tamper::NoSignature) => how.push_str(", without a signature"),
    }
    how
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[allow(clippy::disallowed_methods, reason = "scenarios and recordings are files")]
fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: can't be read: {error}", path.display()))
}
