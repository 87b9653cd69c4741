//! Writes down what came of a step: the calls, the answer, and what people see in Slack.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Stage;
use super::prepare::Waits;
use crate::scenario::expect::{StepResult, flat};
use crate::scenario::instance::Invoked;
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
        for (key, words) in [("done", "done"), ("refused", "refused for good")] {
            for what in answer[key].as_array().into_iter().flatten().filter_map(Value::as_str) {
                self.transcript.answer(&format!("{words}: {what}"));
            }
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
            for home in world.slack.homes().iter().skip(before.homes) {
                let name = world.slack.name_of(&home.user);
                let blocks = home.view["blocks"].as_array().cloned().unwrap_or_default();
                let drawing = draw(&world.slack, "", &blocks);
                result.told.push(flat(&drawing));
                screens.push((format!("the Home tab of {name}"), drawing));
            }
        }
        for (caption, drawing) in screens {
            self.transcript.screen(&caption, &drawing);
        }
    }
}

/// Where an answer stands.
fn in_thread(message: &PostedMessage) -> &'static str {
    if message.thread_ts.is_some() { " (in the message's thread)" } else { "" }
}
