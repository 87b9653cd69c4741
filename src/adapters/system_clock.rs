//! The machine's clock.
#![allow(clippy::disallowed_methods, reason = "this is the one place where the time comes in")]

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::ports::Clock;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, duration: SignedDuration) {
        tokio::time::sleep(duration.unsigned_abs()).await;
    }

    async fn limit(&self, duration: SignedDuration) {
        // By the monotonic clock, which nobody can set. What is past its limit already gets no time.
        tokio::time::sleep(Duration::try_from(duration).unwrap_or_default()).await;
    }
}
