//! What the app's token may do: <https://docs.slack.dev/reference/scopes>.

use super::Workspace;

/// The scopes that the app is installed with when a scenario does not say: whatever the methods here ask for.
const ALL: [&str; 7] =
    ["channels:read", "chat:write", "commands", "groups:read", "usergroups:read", "users:read", "users:read.email"];

impl Workspace {
    /// The scopes of the bot token, as `X-OAuth-Scopes` lists them.
    pub fn scopes(&self) -> String {
        match &self.scopes {
            Some(scopes) => scopes.join(","),
            None => ALL.join(","),
        }
    }

    /// The scopes that a method asks for and the token lacks; `None` where it has one of them.
    pub fn missing_scope(&self, method: &str) -> Option<&'static str> {
        let needed = needed(method)?;
        if needed.split(',').any(|needed| self.has_scope(needed)) { None } else { Some(needed) }
    }

    /// Whether the token has a scope.
    pub(super) fn has_scope(&self, wanted: &str) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|scope| scope == wanted))
    }
}

/// Any of these, as each method's page lists them; of those that name a kind of channel, that of the channel.
fn needed(method: &str) -> Option<&'static str> {
    match method {
        "chat.postMessage" | "chat.update" | "chat.postEphemeral" => Some("chat:write"),
        "conversations.info" => Some("channels:read,groups:read,mpim:read,im:read"),
        "users.info" => Some("users:read"),
        "users.lookupByEmail" => Some("users:read.email"),
        "usergroups.users.list" => Some("usergroups:read"),
        _ => None,
    }
}
