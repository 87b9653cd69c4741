//! `conversations.info`: a channel, and whether the bot is in it.

use serde_json::{Value, json};

use super::people::missing;
use super::{Arguments, SlackError, Workspace};

impl Workspace {
    /// `conversations.info`. It reads forms only. The channels here are public: of a private one a bot that is not in it is told
    /// that there is none.
    pub(super) fn channel_info(&self, arguments: &Arguments) -> Result<Value, SlackError> {
        let arguments = arguments.form_only();
        let id = arguments.text("channel").ok_or_else(|| missing("channel"))?;
        let channel = self.channels.iter().find(|channel| channel.id == id).ok_or("channel_not_found")?;
        Ok(json!({
            "ok": true,
            "channel": {
                "id": channel.id,
                "name": channel.name,
                "name_normalized": channel.name,
                "is_channel": true,
                "is_group": false,
                "is_im": false,
                "is_mpim": false,
                "is_private": false,
                "is_archived": false,
                "is_general": false,
                "is_shared": false,
                "is_ext_shared": false,
                "is_member": channel.bot_is_member,
                "context_team_id": self.team,
            },
        }))
    }
}
