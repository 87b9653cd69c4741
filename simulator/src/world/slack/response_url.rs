//! `response_url`: where an app answers what somebody did, without a token, for a while:
//! <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::block_kit::{self, Surface};
use super::{EphemeralMessage, PostedMessage, SlackError, Workspace};
use crate::world::identity;

/// How long an address can be used, and how often: the same page.
const LIFE: SignedDuration = SignedDuration::from_mins(30);
const USES: u32 = 5;

/// The address that Slack's own begin with.
pub(super) const HOOKS: &str = "https://hooks.slack.com";

/// An address that was given out.
#[derive(Debug, Clone)]
pub(super) struct ResponseUrl {
    made: Timestamp,
    uses: u32,
    told_to: Audience,
    /// The `ts` of the message that was acted on.
    original: Option<String>,
}

/// Where something was done, and by whom.
#[derive(Debug, Clone)]
pub(super) struct Audience {
    /// The channel's id.
    pub(super) channel: String,
    /// The user id.
    pub(super) user: String,
}

impl Workspace {
    /// Lets `response_url` begin with another address than Slack's, where somebody listens.
    pub fn answer_at(&mut self, hooks: &str) {
        hooks.trim_end_matches('/').clone_into(&mut self.hooks);
    }

    /// A fresh address for what somebody did: `actions` on a message, or `commands`. `trigger` names what they did.
    pub(super) fn response_url(
        &mut self,
        now: Timestamp,
        kind: &str,
        trigger: &str,
        told_to: Audience,
        original: Option<&str>,
    ) -> String {
        let path = format!("{kind}/{}/{}", self.team, identity::letters(24, &["response", trigger]));
        let address = format!("{}/{path}", self.hooks);
        let original = original.map(str::to_owned);
        self.response_urls.insert(path, ResponseUrl { made: now, uses: 0, told_to, original });
        address
    }

    /// Takes what an app posts to an address: a message for the person or for all, in place of the one that was acted on or not; or
    /// that one's end. `path` is what follows the host, without the first slash.
    pub fn respond(&mut self, now: Timestamp, path: &str, body: &Value) -> Result<(), SlackError> {
        let url = self.response_urls.get_mut(path).ok_or("no_service")?;
        if now.duration_since(url.made) > LIFE {
            return Err("expired_url".into());
        }
        if url.uses >= USES {
            return Err("used_url".into());
        }
        if !body.is_object() {
            return Err("invalid_payload".into());
        }
        url.uses += 1;
        let ResponseUrl { told_to, original, .. } = url.clone();
        let is_original = |channel: &str, ts: &str| channel == told_to.channel && Some(ts) == original.as_deref();
        if body["delete_original"] == true {
            self.messages.retain(|message| !is_original(&message.channel, &message.ts));
            self.ephemerals.retain(|message| !is_original(&message.channel, &message.ts));
            return Ok(());
        }
        if body["replace_original"] != true || original.is_none() {
            return self.tell(now, &told_to, body);
        }
        let (text, blocks) = content(body)?;
        let blocks = self.with_ids(&blocks);
        if let Some(message) = self.messages.iter_mut().find(|message| is_original(&message.channel, &message.ts)) {
            (message.text, message.blocks, message.edited) = (text, blocks, true);
        } else if let Some(message) =
            self.ephemerals.iter_mut().find(|message| is_original(&message.channel, &message.ts))
        {
            (message.text, message.blocks) = (text, blocks);
        }
        Ok(())
    }

    /// Posts an answer: for whoever acted, or with `response_type: in_channel` for all in the channel.
    pub(super) fn tell(&mut self, now: Timestamp, to: &Audience, body: &Value) -> Result<(), SlackError> {
        let (text, blocks) = content(body)?;
        let is_for_all = match body["response_type"].as_str() {
            None | Some("ephemeral") => false,
            Some("in_channel") => true,
            Some(_) => return Err("invalid_payload".into()),
        };
        let blocks = self.with_ids(&blocks);
        let ts = self.next_ts(now);
        let channel_name = self.channel_label(&to.channel).trim_start_matches('#').to_owned();
        let Audience { channel, user } = to.clone();
        if is_for_all {
            let thread_ts = body["thread_ts"].as_str().map(str::to_owned);
            self.messages.push(PostedMessage { channel, channel_name, ts, thread_ts, text, blocks, edited: false });
        } else {
            self.ephemerals.push(EphemeralMessage { channel, channel_name, user, ts, text, blocks });
        }
        Ok(())
    }
}

/// The text and the blocks of an answer, one of which there must be.
fn content(body: &Value) -> Result<(String, Vec<Value>), SlackError> {
    let blocks = body["blocks"].as_array().cloned().unwrap_or_default();
    let messages = block_kit::check_blocks(&blocks, Surface::Message);
    if !messages.is_empty() {
        return Err(SlackError { error: "invalid_blocks", messages });
    }
    let text = body["text"].as_str().unwrap_or_default().to_owned();
    if text.is_empty() && blocks.is_empty() {
        return Err("no_text".into());
    }
    Ok((text, blocks))
}
