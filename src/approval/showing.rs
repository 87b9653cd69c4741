//! Who may still be showing something older than the record says. Whoever shows something looks at the record once more afterwards
//! (`app::show`), unless they end in between: then nobody would know that theirs was the last word. Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest that a Lambda runs: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const LONGEST: SignedDuration = SignedDuration::from_mins(15);

/// Until when those who began to show an approval that waits may be at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showing {
    /// The last who began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Timestamp>,
    /// Those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Timestamp>,
}

impl Showing {
    /// Somebody saves what they will show next; they have until `until`.
    pub fn begin(&mut self, now: Timestamp, until: Timestamp) {
        self.forget(now);
        let longest = now.checked_add(LONGEST).unwrap_or(Timestamp::MAX);
        self.before = self.before.max(self.last);
        self.last = Some(until.min(longest));
    }

    /// Until when the last who began has time, which names them.
    pub fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// They have looked at the record after they had shown it.
    pub fn is_through(&mut self, who: Timestamp) {
        self.last = self.last.filter(|last| *last != who);
    }

    /// Forgets those whose time is over.
    pub fn forget(&mut self, now: Timestamp) {
        self.last = self.last.filter(|until| *until > now);
        self.before = self.before.filter(|until| *until > now);
    }

    /// Until when somebody may show something older than what the last who began shows.
    pub(super) fn older_than_the_last(&self) -> Option<Timestamp> {
        self.before
    }

    /// Until when somebody may show it as it waited.
    pub(super) fn any(&self) -> Option<Timestamp> {
        self.last.max(self.before)
    }

    /// Whether nobody ever began.
    pub(super) fn is_nobody(&self) -> bool {
        self.any().is_none()
    }
}
