//! What a step is, in words, and what it does in the world before the Lambda hears of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Stage;
use crate::scenario::fault::Meant;
use crate::scenario::format::{Rotate, Step, Tick};
use crate::scenario::instance::REGION;
use crate::scenario::overridden;
use signoff::secret::{SecretPlace, SecretSetting};

use crate::world::slack::Interaction;
use crate::world::slack::commands::SentCommand;
use crate::world::slack::request::{Envelope, FORM, JSON, Tamper, resign, signed_body, signed_request};

/// What a step is about to do.
pub(super) enum Deed {
    /// Invoke the Lambda; the person waits for the answer to a submission, or to a command.
    Invoke { payload: Value, waits: Option<Waits> },
    /// Done already.
    Nothing,
}

/// Who waits for the Lambda's answer.
pub(super) enum Waits {
    /// Somebody submitted a window.
    Submitted(String),
    /// Somebody gave a command.
    Commanded(SentCommand),
}

impl Stage<'_> {
    /// Says what the step is, and does what it does in the world.
    pub(super) fn prepare(&mut self, step: &Step) -> Result<(String, Deed), String> {
        if let Some(wait) = step.wait {
            let before = self.world().now;
            let until = self.until.take();
            match until {
                Some(until) => self.world().advance_to(until),
                None => self.world().advance(wait.0),
            }
            let now = self.world().now;
            let date = |at: Timestamp| TimeZone::UTC.to_datetime(at).date();
            let day = match (date(before), date(now)) {
                (before, now) if before == now => String::new(),
                (before, now) if before.year() == now.year() => now.strftime(", on %A, %-d %B").to_string(),
                (_, now) => now.strftime(", on %A, %-d %B %Y").to_string(),
            };
            self.transcript.step(now, &format!("{wait} later{day}"));
            return Ok((String::new(), Deed::Nothing));
        }
        let now = self.world().now;
        let (caption, deed) = if step.delivers_events().is_some() {
            ("AWS delivers what the pipelines sent".to_owned(), Deed::Nothing)
        } else if let Some(recording) = &step.deliver {
            let payload = self.recording(recording, step)?;
            (format!("AWS delivers {recording}{}", different(step)), Deed::Invoke { payload, waits: None })
        } else if let (Some(button), Some(person)) = (&step.click, &step.by) {
            let interaction = self.world().slack.press(now, person, button, step.on.as_deref())?;
            let caption = format!("{} presses {}{}", self.name(person), capital(button), how(step));
            (caption, Deed::Invoke { payload: self.request(step, &interaction, now), waits: None })
        } else if let (Some(values), Some(person)) = (&step.submit, &step.by) {
            let interaction = self.world().slack.submit(now, person, values)?;
            let written: Vec<String> = values.values().map(|value| format!("“{value}”")).collect();
            let caption = format!("{} submits {}{}", self.name(person), written.join(" and "), how(step));
            (
                caption,
                Deed::Invoke {
                    payload: self.request(step, &interaction, now),
                    waits: Some(Waits::Submitted(person.clone())),
                },
            )
        } else if let (Some(command), Some(person)) = (&step.command, &step.by) {
            let sent = self.world().slack.command(now, person, command, step.channel.as_deref())?;
            let channel = self.world().slack.channel_label(&sent.channel);
            let caption = format!("{} writes “{command}” in {channel}{}", self.name(person), how(step));
            let envelope = step.through.unwrap_or(Envelope::FunctionUrl);
            let payload = signed_body(envelope, sent.body.clone(), FORM, self.secret(step), now, step.tamper);
            (caption, Deed::Invoke { payload, waits: Some(Waits::Commanded(sent)) })
        } else if let Some(person) = &step.open_home {
            let event = self.world().slack.open_home(now, person)?;
            let caption = format!("{} opens the app's Home tab{}", self.name(person), how(step));
            let envelope = step.through.unwrap_or(Envelope::FunctionUrl);
            let payload = signed_body(envelope, event.to_string(), JSON, self.secret(step), now, step.tamper);
            (caption, Deed::Invoke { payload, waits: None })
        } else if let Some(recording) = &step.replay {
            let recorded = self.recording(recording, step)?;
            if step.as_signed {
                (
                    format!("{recording} is replayed with its old signature"),
                    Deed::Invoke { payload: recorded, waits: None },
                )
            } else {
                let payload = resign(&recorded, &self.signing.current, now)
                    .map_err(|problem| format!("{recording}: {problem}"))?;
                (format!("{recording} is replayed, signed anew"), Deed::Invoke { payload, waits: None })
            }
        } else if let Some(console) = &step.console {
            (console.perform(now, &mut self.world().codepipeline)?, Deed::Nothing)
        } else if let Some(start) = &step.start {
            (start.perform(now, &mut self.world().codepipeline)?, Deed::Nothing)
        } else if let Some(rules) = &step.edit_rules {
            (format!("the Lambda is deployed with the rules of {rules}"), Deed::Nothing)
        } else if let Some(tick) = step.tick {
            let caption = match tick {
                Tick::Scheduler => "EventBridge Scheduler ticks",
                Tick::Rule => "EventBridge's scheduled rule ticks",
            };
            (caption.to_owned(), Deed::Invoke { payload: scheduled(tick, now), waits: None })
        } else if let Some(rotate) = &step.rotate {
            (self.rotate(now, rotate)?, Deed::Nothing)
        } else if let Some(fault) = &step.fault {
            let caption = match fault.read().map_err(|wrong| wrong.to_string())? {
                Meant::Calls(fault) => {
                    let caption = fault.to_string();
                    self.world().faults.push(fault);
                    caption
                }
                Meant::Deliveries(fault) => {
                    let caption = fault.to_string();
                    self.mishaps.push(fault);
                    caption
                }
            };
            (caption, Deed::Nothing)
        } else {
            (String::new(), Deed::Nothing)
        };
        self.transcript.step(now, &caption);
        Ok((caption, deed))
    }

    fn rotate(&mut self, now: Timestamp, rotate: &Rotate) -> Result<String, String> {
        let wrong = |problem: &str| format!("`kept: {}` {problem}", rotate.kept);
        let place = match SecretSetting::read(&rotate.kept) {
            Ok(SecretSetting::Place(place)) => place,
            Ok(SecretSetting::Value(_)) => return Err(wrong("begins with neither `ssm:` nor `secretsmanager:`")),
            Err(problem) => return Err(wrong(problem)),
        };
        let caption = format!("Slack's signing secret is rotated, and put into {place}");
        let put = match &place {
            SecretPlace::Parameter(name) => self.world().secrets.put_parameter(now, name, &rotate.to),
            SecretPlace::Secret { id, key } => self.world().secrets.put_secret(now, id, key.as_deref(), &rotate.to),
        };
        put.map_err(|problem| wrong(&format!("can't be written: {problem}")))?;
        self.signing.previous = Some(std::mem::replace(&mut self.signing.current, rotate.to.clone()));
        Ok(caption)
    }

    fn request(&self, step: &Step, interaction: &Interaction, now: Timestamp) -> Value {
        let envelope = step.through.unwrap_or(Envelope::FunctionUrl);
        signed_request(envelope, &interaction.payload, self.secret(step), now, step.tamper)
    }

    /// What the step's request is signed with.
    fn secret(&self, step: &Step) -> &str {
        match (step.tamper, &self.signing.previous) {
            (Some(Tamper::PreviousSecret), Some(previous)) => previous,
            _ => &self.signing.current,
        }
    }

    /// A recording, with what the step has different.
    fn recording(&self, name: &str, step: &Step) -> Result<Value, String> {
        let mut recording = self.recordings.get(name).cloned().ok_or_else(|| format!("`{name}` was not read"))?;
        let world = self.world();
        for (way, value) in &step.with {
            overridden::filled(value, world.now, &world.codepipeline)
                .and_then(|value| overridden::set(&mut recording, way, &value).map_err(|nowhere| nowhere.to_string()))
                .map_err(|problem| format!("`with`: `{way}` of {name}: {problem}"))?;
        }
        Ok(recording)
    }

    fn name(&self, person: &str) -> String {
        self.world().slack.name_of(person).to_owned()
    }
}

/// What a schedule sends: <https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html>, and
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html>.
fn scheduled(tick: Tick, now: Timestamp) -> Value {
    let account = "482910375566";
    let (source, of, detail) = match tick {
        Tick::Scheduler => {
            ("aws.scheduler", format!("scheduler:{REGION}:{account}:schedule/default/signoff"), json!("{}"))
        }
        Tick::Rule => ("aws.events", format!("events:{REGION}:{account}:rule/signoff"), json!({})),
    };
    json!({
        "version": "0", "id": "3d2b8a54-6f1e-4c07-9b3a-5e8d7c6f0a12", "detail-type": "Scheduled Event", "source": source,
        "account": account, "time": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), "region": REGION,
        "resources": [format!("arn:aws:{of}")], "detail": detail,
    })
}

/// What is different from the recording, where something is.
fn different(step: &Step) -> String {
    let named = |new: bool| {
        let fields = step.with.keys().map(|way| overridden::field(way)).filter(|(adds, _)| *adds == new);
        fields.map(|(_, name)| name).collect::<Vec<_>>().join(" and ")
    };
    let said = [("another", named(false)), ("a new", named(true))];
    let said: Vec<String> =
        said.iter().filter(|(_, names)| !names.is_empty()).map(|(which, names)| format!("{which} {names}")).collect();
    if said.is_empty() { String::new() } else { format!(", with {}", said.join(" and ")) }
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
        Some(Tamper::PreviousSecret) => how.push_str(", signed with the secret from before the rotation"),
        Some(Tamper::NoSignature) => how.push_str(", without a signature"),
    }
    how
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
