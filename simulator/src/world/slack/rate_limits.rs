//! Slack's rate limits: <https://docs.slack.dev/apis/web-api/rate-limits>.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Arguments, Workspace};

/// One message a second in a channel. Slack lets short bursts pass; not here, so that nobody relies on them.
const BETWEEN_POSTS: SignedDuration = SignedDuration::from_secs(1);

/// `chat.update` is of tier 3: at least 50 a minute are taken.
const UPDATES: usize = 50;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What was taken lately.
#[derive(Debug, Clone, Default)]
pub(super) struct RateLimits {
    posts: BTreeMap<String, Timestamp>,
    updates: VecDeque<Timestamp>,
}

impl Workspace {
    /// After how many seconds to come again with this request, where it comes too soon after others; else it counts.
    pub(crate) fn too_soon(&mut self, now: Timestamp, method: &str, arguments: &Arguments) -> Option<u32> {
        let limits = self.rate_limits.as_mut()?;
        let free = match method {
            "chat.postMessage" | "chat.postEphemeral" => {
                let channel = arguments.first_text(&["channel"]).unwrap_or_default();
                let free = limits.posts.get(channel).map(|last| *last + BETWEEN_POSTS).filter(|free| *free > now);
                if free.is_none() {
                    limits.posts.insert(channel.to_owned(), now);
                }
                free
            }
            "chat.update" => {
                limits.updates.retain(|at| *at + MINUTE > now);
                let free =
                    (limits.updates.len() >= UPDATES).then(|| limits.updates.front().map(|at| *at + MINUTE)).flatten();
                if free.is_none() {
                    limits.updates.push_back(now);
                }
                free
            }
            _ => None,
        }?;
        // In whole seconds, and never none.
        let wait = free.duration_since(now).as_millis().max(1);
        Some(u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX))
    }
}
