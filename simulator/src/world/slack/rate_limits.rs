//! Slack's rate limits: <https://docs.slack.dev/apis/web-api/rate-limits>.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Arguments, Workspace};

/// One message a second in a channel. Slack lets short bursts pass; not here, so that nobody relies on them.
const BETWEEN_POSTS: SignedDuration = SignedDuration::from_secs(1);

/// How many calls of a method a minute are taken at least, by the tier that its page names: 20, 50 or 100.
const A_MINUTE: &[(&str, usize)] = &[
    ("chat.postEphemeral", 100),
    ("chat.update", 50),
    ("conversations.info", 50),
    ("usergroups.users.list", 20),
    ("users.info", 100),
    ("users.lookupByEmail", 50),
    ("views.open", 100),
    ("views.publish", 100),
];
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// What was taken lately.
#[derive(Debug, Clone, Default)]
pub(super) struct RateLimits {
    /// When a channel had its last message.
    posts: BTreeMap<String, Timestamp>,
    /// When each method that has a tier was called within the last minute.
    calls: BTreeMap<&'static str, VecDeque<Timestamp>>,
}

impl Workspace {
    /// After how many seconds to come again with this request, where it comes too soon after others; else it counts.
    pub(crate) fn too_soon(&mut self, now: Timestamp, method: &str, arguments: &Arguments) -> Option<u32> {
        let limits = self.rate_limits.as_mut()?;
        let free = if method == "chat.postMessage" {
            let channel = arguments.first_text(&["channel"]).unwrap_or_default();
            let free = limits.posts.get(channel).map(|last| *last + BETWEEN_POSTS).filter(|free| *free > now);
            if free.is_none() {
                limits.posts.insert(channel.to_owned(), now);
            }
            free
        } else {
            let (method, most) = *A_MINUTE.iter().find(|(limited, _)| *limited == method)?;
            let calls = limits.calls.entry(method).or_default();
            calls.retain(|at| *at + MINUTE > now);
            let free = (calls.len() >= most).then(|| calls.front().map(|at| *at + MINUTE)).flatten();
            if free.is_none() {
                calls.push_back(now);
            }
            free
        }?;
        // In whole seconds, and never none.
        let wait = free.duration_since(now).as_millis().max(1);
        Some(u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX))
    }
}
