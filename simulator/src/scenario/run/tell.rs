//! Writes down what came of a step: the calls, the answer, and what people see in Slack.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Stage;
use super::prepare::Waits;
use crate::scenario::expect::{StepResult, again, flat};
use crate::scenario::instance::Invoked;
use crate::scenario::transcript::Shown;
use crate::world::slack::PostedMessage;
use crate::world::slack::text::{draw, draw_view};

/// What could be seen in Slack at some moment.
#[derive(Default)]
pub(super) struct Seen {
    messages: BTreeMap<(String, String), PostedMessage>,
    ephemerals: usize,
    views: usize,
    homes: usize,
}

impl Stage<'_> {
    pub(super) fn seen(&self) -> Seen {
        let world = self.world();
        let messages = world.slack.messages().iter();
        Seen {
            messages: messages
                .map(|message| ((message.channel.clone(), message.ts.clone()), message.clone()))
                .collect(),
            ephemerals: world.slack.ephemerals().len(),
            views: world.slack.views().len(),
            homes: world.slack.homes().len(),
        }
    }

    /// Writes down what the Lambda does before it can be invoked, where it does anything.
    pub(super) fn tell_start(&mut self) {
        let now = self.world().now;
        let calls = self.world().take_calls();
        if !calls.is_empty() {
            self.transcript.step(now, "The Lambda starts");
            calls.iter().for_each(|call| self.transcript.call(call));
        }
    }

    pub(super) fn tell_calls(&mut self, result: &mut StepResult) {
        let calls = self.world().take_calls();
        for call in &calls {
            self.transcript.call(call);
        }
        result.calls.extend(calls);
    }

    pub(super) fn tell_answer(
        &mut self,
        invoked: &Invoked,
        waits: Option<&Waits>,
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
            let body: Option<Value> = serde_json::from_str(answer["body"].as_str().unwrap_or_default()).ok();
            match (waits, status) {
                (Some(Waits::Submitted(person)), 200) => {
                    let told = self.world().slack.answer_submission(person, body.as_ref())?;
                    result.told.extend(told);
                }
                (Some(Waits::Commanded(sent)), 200) => {
                    let now = self.world().now;
                    self.world().slack.answer_command(now, sent, body.as_ref())?;
                }
                _ => {}
            }
            return Ok(());
        }
        for (key, words) in [("done", "done"), ("refused", "refused for good"), ("other", "other")] {
            for what in answer[key].as_array().into_iter().flatten().filter_map(Value::as_str) {
                self.transcript.answer(&format!("{words}: {what}"));
            }
        }
        if answer["batchItemFailures"].is_array() {
            let again: Vec<&str> = again(answer).collect();
            self.transcript.answer(&match again.as_slice() {
                [] => "the whole batch is done with".to_owned(),
                again => format!("of the batch must come again: {}", again.join(", ")),
            });
        }
        Ok(())
    }

    /// Draws what is new or different in Slack.
    pub(super) fn tell_slack(&mut self, before: &Seen, result: &mut StepResult) {
        let mut screens = Vec::new();
        {
            let world = self.world();
            for message in world.slack.messages() {
                let known = before.messages.get(&(message.channel.clone(), message.ts.clone()));
                let caption = match known {
                    None => {
                        result.posted += 1;
                        format!("#{}{}", message.channel_name, in_thread(message))
                    }
                    Some(known) if known.text != message.text || known.blocks != message.blocks => {
                        format!("#{} (the message, updated)", message.channel_name)
                    }
                    Some(_) => continue,
                };
                let drawing = draw(&world.slack, &message.text, &message.blocks);
                screens.push((caption, drawing, Shown::Message(message.text.clone(), message.blocks.clone())));
            }
            for ephemeral in world.slack.ephemerals().iter().skip(before.ephemerals) {
                let name = world.slack.name_of(&ephemeral.user);
                let drawing = draw(&world.slack, &ephemeral.text, &ephemeral.blocks);
                result.told.push(flat(&drawing));
                let caption = format!("#{} (only {name} sees this)", ephemeral.channel_name);
                screens.push((caption, drawing, Shown::Message(ephemeral.text.clone(), ephemeral.blocks.clone())));
            }
            for view in world.slack.views().iter().skip(before.views) {
                let name = world.slack.name_of(&view.user);
                let drawing = draw_view(&world.slack, &view.view);
                screens.push((format!("a window opens for {name}"), drawing, Shown::View(view.view.clone())));
            }
            for home in world.slack.homes().iter().skip(before.homes) {
                let name = world.slack.name_of(&home.user);
                let blocks = home.view["blocks"].as_array().cloned().unwrap_or_default();
                let drawing = draw(&world.slack, "", &blocks);
                result.told.push(flat(&drawing));
                screens.push((format!("the Home tab of {name}"), drawing, Shown::Message(String::new(), blocks)));
            }
        }
        for (caption, drawing, shown) in screens {
            self.transcript.screen(&caption, &drawing, shown);
        }
    }
}

/// Where an answer stands.
fn in_thread(message: &PostedMessage) -> &'static str {
    if message.thread_ts.is_some() { " (in the message's thread)" } else { "" }
}
