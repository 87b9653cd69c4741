//! Slack takes one message a second in a channel, with short bursts: <https://docs.slack.dev/apis/web-api/rate-limits>. So that many
//! executions at once do not run into that, each message waits for its turn, which all invocations agree on in the store.

use jiff::{SignedDuration, Timestamp};

use super::{App, Failure};
use crate::approval::record::Record;
use crate::ports::SaveError;

/// From one message in a channel to the next: a little more than Slack wants, since the way there takes now longer, now shorter.
const PACE: SignedDuration = SignedDuration::from_millis(1_200);

/// What has to be left of an invocation's time when its turn comes.
const TO_WRITE: SignedDuration = SignedDuration::from_secs(10);

/// How often a turn that somebody else took is asked for anew: each time one of them has got theirs.
const TRIES: usize = 60;

impl App {
    /// Takes the next turn in a channel, and returns when that is.
    ///
    /// # Errors
    ///
    /// It is too late for this invocation, which has until `until`; nothing was taken.
    pub(super) async fn take_turn(&self, channel: &str, until: Timestamp) -> Result<Timestamp, Failure> {
        let key = format!("pace#{channel}");
        for _ in 0..TRIES {
            let now = self.clock.now();
            let stored = self.store.load(&key, now).await?;
            let next = match stored.as_ref().map(|stored| &stored.record) {
                Some(Record::Pace { next }) => (*next).max(now),
                _ => now,
            };
            if next.checked_add(TO_WRITE).unwrap_or(Timestamp::MAX) >= until {
                return Err(Failure(format!("there is too much to be said in {channel} for now")));
            }
            let taken = Record::Pace { next: next.checked_add(PACE).unwrap_or(Timestamp::MAX) };
            let forget = next.checked_add(SignedDuration::from_mins(5)).unwrap_or(Timestamp::MAX);
            match self.store.save(&key, &taken, stored.map(|stored| stored.version), forget, now).await {
                Ok(_) => return Ok(next),
                Err(SaveError::Conflict) => {}
                Err(SaveError::Failed(error)) => return Err(error.into()),
            }
        }
        Err(Failure(format!("the record `{key}` was changed by others {TRIES} times in a row")))
    }
}
