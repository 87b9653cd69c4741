//! `chat.postMessage`, `chat.update` and `chat.postEphemeral`: what is posted.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::block_kit::{self, Surface};
use super::people::missing;
use super::{Arguments, Channel, EphemeralMessage, PostedMessage, SlackError, Workspace};

/// Slack keeps at most 40000 characters of a new message's text (chat.postMessage).
const POST_TEXT: usize = 40_000;
/// All texts in a message's blocks together, in characters. No page says so: people see messages refused from about 13,200 on, and
/// Slack's own say 12,000 and something for what is around them (<https://github.com/slackapi/bolt-js/issues/2509>). What is
/// sent to a `response_url` has no such limit (<https://github.com/slackapi/bolt-js/issues/2867>).
const BLOCKS_TEXT: usize = 13_200;
/// An update's text is refused beyond 4000 characters (chat.update).
const UPDATE_TEXT: usize = 4_000;

impl Workspace {
    pub(super) fn post_message(&mut self, now: Timestamp, arguments: &Arguments) -> Result<Value, SlackError> {
        let channel = self.channel_to_post_in(arguments)?;
        let (text, blocks) = content(arguments, POST_TEXT)?;
        let thread_ts = match arguments.text("thread_ts") {
            None => None,
            Some(ts) if !is_ts(ts) => return Err("invalid_thread_ts".into()),
            // Where the message is gone that it replies to, Slack posts it in the channel, without a word:
            // <https://github.com/slack-go/slack/issues/1571>.
            Some(ts) => {
                let parent = |message: &&PostedMessage| message.channel == channel.id && message.ts == ts;
                let parent = self.messages.iter().find(parent);
                parent.map(|parent| parent.thread_ts.clone().unwrap_or_else(|| parent.ts.clone()))
            }
        };
        let blocks = self.with_ids(&blocks.unwrap_or_default());
        let message = PostedMessage {
            channel: channel.id,
            channel_name: channel.name,
            ts: self.next_ts(now),
            thread_ts,
            text,
            blocks,
            edited: false,
        };
        let answer = json!({
            "ok": true,
            "channel": message.channel,
            "ts": message.ts,
            "message": self.message_json(&message),
        });
        self.messages.push(message);
        Ok(answer)
    }

    /// `chat.update`, which takes a channel's id only. Without `blocks` the message keeps the blocks it has; an empty list takes
    /// them away.
    pub(super) fn update(&mut self, arguments: &Arguments) -> Result<Value, SlackError> {
        if arguments.text("channel").is_some_and(|named| named.starts_with('#')) {
            return Err("channel_not_found".into());
        }
        let channel = self.channel_to_post_in(arguments)?;
        let ts = arguments.text("ts").ok_or_else(|| missing("ts"))?;
        let (text, blocks) = content(arguments, UPDATE_TEXT)?;
        let same = |message: &PostedMessage| message.channel == channel.id && message.ts == ts;
        let at = self.messages.iter().position(same).ok_or_else(|| {
            // What only one person saw can't be updated by its ts.
            let ephemeral = self.ephemerals.iter().any(|seen| seen.channel == channel.id && seen.ts == ts);
            SlackError::from(if ephemeral { "cant_update_message" } else { "message_not_found" })
        })?;
        let blocks = blocks.map(|blocks| self.with_ids(&blocks));
        let message = &mut self.messages[at];
        message.text = text;
        if let Some(blocks) = blocks {
            message.blocks = blocks;
        }
        message.edited = true;
        let message = &self.messages[at];
        Ok(json!({
            "ok": true,
            "channel": message.channel,
            "ts": message.ts,
            "text": message.text,
            "message": self.message_json(message),
        }))
    }

    /// `chat.getPermalink`: <https://docs.slack.dev/reference/methods/chat.getPermalink>.
    pub(super) fn permalink(&self, arguments: &Arguments) -> Result<Value, SlackError> {
        let named = arguments.text("channel").ok_or("channel_not_found")?;
        let channel = self.channels.iter().find(|channel| channel.id == named).ok_or("channel_not_found")?;
        let ts = arguments.text("message_ts").ok_or_else(|| missing("message_ts"))?;
        let same = |message: &&PostedMessage| message.channel == channel.id && message.ts == ts;
        let message = self.messages.iter().find(same).ok_or("message_not_found")?;
        let mut link = format!("https://{}.slack.com/archives/{}/p{}", self.domain(), channel.id, ts.replace('.', ""));
        if let Some(thread_ts) = &message.thread_ts {
            link.push_str(&format!("?thread_ts={thread_ts}&cid={}", channel.id));
        }
        Ok(json!({ "ok": true, "channel": channel.id, "permalink": link }))
    }

    pub(super) fn post_ephemeral(&mut self, now: Timestamp, arguments: &Arguments) -> Result<Value, SlackError> {
        let channel = self.channel_to_post_in(arguments)?;
        let user = arguments.text("user").ok_or_else(|| missing("user"))?.to_owned();
        let (text, blocks) = content(arguments, POST_TEXT)?;
        if !channel.members.contains(&user) {
            return Err("user_not_in_channel".into());
        }
        let blocks = self.with_ids(&blocks.unwrap_or_default());
        let ts = self.next_ts(now);
        let answer = json!({ "ok": true, "message_ts": ts });
        let Channel { id, name, .. } = channel;
        self.ephemerals.push(EphemeralMessage { channel: id, channel_name: name, user, ts, text, blocks });
        Ok(answer)
    }

    /// A message as Slack shows it to apps.
    pub(super) fn message_json(&self, message: &PostedMessage) -> Value {
        let mut out = json!({
            "user": self.bot_user(),
            "type": "message",
            "ts": message.ts,
            "bot_id": self.bot_id(),
            "app_id": self.app_id(),
            "text": message.text,
            "team": self.team,
        });
        if let Some(thread_ts) = &message.thread_ts {
            out["thread_ts"] = json!(thread_ts);
            out["parent_user_id"] = json!(self.bot_user());
        }
        if message.edited {
            out["edited"] = json!({ "user": self.bot_user(), "ts": message.ts });
        }
        if !message.blocks.is_empty() {
            out["blocks"] = Value::Array(message.blocks.clone());
        }
        out
    }

    /// The channel that `channel` names, by id or, as chat methods allow, by `#name`.
    fn channel_to_post_in(&self, arguments: &Arguments) -> Result<Channel, SlackError> {
        let named = arguments.text("channel").ok_or("channel_not_found")?;
        let same = |channel: &&Channel| channel.id == named || named.strip_prefix('#') == Some(&channel.name);
        let channel = self.channels.iter().find(same).ok_or("channel_not_found")?;
        if channel.bot_is_member { Ok(channel.clone()) } else { Err("not_in_channel".into()) }
    }
}

/// The text and the blocks, which must be one or the other, and right.
fn content(arguments: &Arguments, most: usize) -> Result<(String, Option<Vec<Value>>), SlackError> {
    let blocks = match arguments.structure("blocks") {
        Err(()) => return Err("invalid_blocks_format".into()),
        Ok(None) => None,
        Ok(Some(Value::Array(blocks))) => Some(blocks),
        Ok(Some(_)) => return Err("invalid_blocks_format".into()),
    };
    let text = arguments.text("text").unwrap_or_default();
    if text.is_empty() && blocks.as_ref().is_none_or(Vec::is_empty) {
        return Err("no_text".into());
    }
    if text.chars().count() > most {
        return Err("msg_too_long".into());
    }
    if let Some(blocks) = &blocks {
        let messages = block_kit::check_blocks(blocks, Surface::Message);
        if !messages.is_empty() {
            return Err(SlackError { error: "invalid_blocks", messages });
        }
        if blocks.iter().map(block_kit::text_length).sum::<usize>() > BLOCKS_TEXT {
            return Err("msg_blocks_too_long".into());
        }
    }
    Ok((text.to_owned(), blocks))
}

/// Whether this has the form of a `ts`: seconds, a point, and six digits.
fn is_ts(ts: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    ts.split_once('.').is_some_and(|(seconds, part)| digits(seconds) && digits(part) && part.len() == 6)
}
