//! Delivers what the pipelines sent, in order, one invocation a message.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Stage;
use crate::scenario::expect::StepResult;
use crate::scenario::instance::{Instance, Invoked};
use crate::world::codepipeline::{Destination, Sent};
use crate::world::delivery::{Carrier, Events, Mishap};

/// When what was lost comes again: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

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
        due.extend(self.no_longer_delayed());
        let mut delivered = 0;
        loop {
            due.extend(self.world().codepipeline.take_sent());
            if due.is_empty() {
                return Ok(delivered);
            }
            delivered += due.len();
            let due = self.as_it_comes(std::mem::take(&mut due), carrier);
            for message in due {
                self.transcript.delivery(&format!("{} delivers", from(&message, carrier)), &message.what);
                let before = self.seen();
                let payload = carrier.payload(&message);
                let now = self.world().now;
                let invoked = instance.invoke(&payload).await?;
                instance.settle().await?;
                if let Some(seen) = &mut self.touched {
                    seen.payload(now, &payload);
                }
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

    /// What is delivered now, in the order in which that comes.
    fn as_it_comes(&mut self, due: Vec<Sent>, carrier: Carrier) -> Vec<Sent> {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        let count = due.len();
        for (at, message) in due.into_iter().enumerate() {
            let mut faults = self.mishaps.iter_mut();
            let mishap = faults.find_map(|fault| fault.befalls(&message, at + 1 < count).then_some(fault.mishap));
            let of =
                |how: &str| (format!("{}’s delivery", from(&message, carrier)), format!("{how}: {}", message.what));
            match mishap {
                None => first.push(message),
                Some(Mishap::Duplicate) => first.extend([message.clone(), message]),
                Some(Mishap::Reorder) => last.push(message),
                Some(Mishap::Drop) => {
                    let (whose, what) = of("is lost");
                    self.transcript.delivery(&whose, &what);
                    self.later(message, AGAIN_AFTER);
                }
                Some(Mishap::Delay(by)) => {
                    let (whose, what) = of("is delayed");
                    self.transcript.delivery(&whose, &what);
                    self.later(message, by);
                }
            }
        }
        first.extend(last);
        first
    }

    fn later(&mut self, message: Sent, by: SignedDuration) {
        let then = self.world().now.saturating_add(by).unwrap_or(Timestamp::MAX);
        self.delayed.push((then, message));
    }

    /// What was delayed until now.
    fn no_longer_delayed(&mut self) -> Vec<Sent> {
        let now = self.world().now;
        let (mut due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.delayed).into_iter().partition(|(at, _)| *at <= now);
        self.delayed = rest;
        due.sort_by_key(|(at, _)| *at);
        due.into_iter().map(|(_, message)| message).collect()
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
            let change = self.world().codepipeline.next_change();
            let delayed = self.delayed.iter().map(|(at, _)| *at).min();
            let next = change.into_iter().chain(delayed).filter(|next| *next < until).min();
            let Some(next) = next else { return Ok(()) };
            self.world().advance_to(next);
            let what = if change == Some(next) { "the pipelines go on" } else { "what was delayed or lost comes" };
            self.transcript.step(next, what);
            self.deliver_sent(carrier, instance, result).await?;
        }
    }
}

/// Who delivers it.
fn from(message: &Sent, carrier: Carrier) -> &'static str {
    match (&message.to, carrier) {
        (Destination::EventBridge, Carrier::EventBridge) => "EventBridge",
        _ => "SNS",
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
