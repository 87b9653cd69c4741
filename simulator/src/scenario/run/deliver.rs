//! Delivers what the pipelines sent, in order, one invocation a message.

use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Stage;
use crate::scenario::expect::StepResult;
use crate::scenario::instance::{Instance, Invoked};
use crate::world::codepipeline::Destination;
use crate::world::delivery::{Carrier, Events};

impl Stage<'_> {
    /// Who delivers what is sent by itself, if anybody does.
    pub(super) fn delivers(&self) -> Option<Carrier> {
        match self.events {
            Events::Kept => None,
            Events::Delivered => Some(Carrier::EventBridge),
            Events::DeliveredInSns => Some(Carrier::Sns),
        }
    }

    /// Delivers what was sent since the last time, and what that leads to. What fails is kept for the next time, as AWS
    /// delivers it again. Says how many messages there were.
    pub(super) async fn deliver_sent(
        &mut self,
        carrier: Carrier,
        instance: &Arc<Instance>,
        result: &mut StepResult,
    ) -> Result<usize, String> {
        let mut due = std::mem::take(&mut self.undelivered);
        let mut delivered = 0;
        loop {
            due.extend(self.world().codepipeline.take_sent());
            if due.is_empty() {
                return Ok(delivered);
            }
            for message in std::mem::take(&mut due) {
                delivered += 1;
                let from = match (&message.to, carrier) {
                    (Destination::EventBridge, Carrier::EventBridge) => "EventBridge",
                    _ => "SNS",
                };
                self.transcript.delivery(from, &message.what);
                let before = self.seen();
                let invoked = instance.invoke(&carrier.payload(&message)).await?;
                instance.settle().await?;
                self.tell_calls(result);
                self.tell_answer(&invoked, None, result)?;
                self.tell_slack(&before, result);
                if matches!(invoked, Invoked::Failed(_)) {
                    self.undelivered.push(message);
                }
                result.delivered = Some(match result.delivered.take() {
                    None => invoked,
                    Some(earlier) => merged(earlier, invoked),
                });
            }
        }
    }

    /// Lets time pass from one thing that the pipelines do to the next, delivering what each sends, until the last before
    /// the wait is over.
    pub(super) async fn wait_delivering(
        &mut self,
        carrier: Carrier,
        wait: SignedDuration,
        instance: &Arc<Instance>,
        result: &mut StepResult,
    ) -> Result<(), String> {
        let until = self.world().now.saturating_add(wait).map_err(|error| error.to_string())?;
        self.until = Some(until);
        loop {
            let next = self.world().codepipeline.next_change().filter(|next| *next < until);
            let Some(next) = next else { return Ok(()) };
            self.world().advance_to(next);
            self.transcript.step(next, "the pipelines go on");
            self.deliver_sent(carrier, instance, result).await?;
        }
    }
}

/// What came of several invocations: the first failure, or everything that was done and refused.
fn merged(earlier: Invoked, later: Invoked) -> Invoked {
    let (Invoked::Answered(earlier), Invoked::Answered(later)) = (&earlier, &later) else {
        return if matches!(earlier, Invoked::Failed(_)) { earlier } else { later };
    };
    let both = |key: &str| {
        let lists = [&earlier[key], &later[key]];
        Value::Array(lists.into_iter().filter_map(Value::as_array).flatten().cloned().collect())
    };
    Invoked::Answered(json!({ "done": both("done"), "refused": both("refused") }))
}
