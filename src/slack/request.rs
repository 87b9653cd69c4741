//! What Slack sends over HTTP: interactions, slash commands, and events of the app.

use serde_json::Value;

use super::interaction::{self, Clicker, Deed, Interaction, Unreadable};

/// A request of Slack's, once its signature is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A button pressed or a modal submitted.
    Interaction(Interaction),
    /// A slash command.
    Command(SlashCommand),
    /// Somebody looks at the app's Home tab.
    Home(HomeOpened),
    /// Slack asks whether this address is the app's: it wants this text back.
    /// <https://docs.slack.dev/reference/events/url_verification>.
    Challenge(String),
    /// Nothing that signoff has a part in: another event, or a look at the certificate.
    Other,
}

/// A slash command: <https://docs.slack.dev/interactivity/implementing-slash-commands>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlashCommand {
    /// The command, such as `/deploy`.
    pub command: String,
    /// What stands behind it.
    pub text: String,
    /// The workspace that it was given in.
    pub team: Option<String>,
    /// Who gave it.
    pub user: Clicker,
    /// Where.
    pub channel: String,
    /// Opens a modal within 3 seconds, and names this command.
    pub trigger: String,
}

/// Somebody looks at the app's Home tab: <https://docs.slack.dev/reference/events/app_home_opened>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HomeOpened {
    /// The workspace.
    pub team: Option<String>,
    /// Who looks.
    pub user: Clicker,
}

impl Request {
    /// What is done in Slack, for the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Interaction(interaction) => match interaction.deed {
                Deed::Press { .. } | Deed::Order { .. } => "press",
                Deed::Submit { .. } | Deed::Confirm { .. } => "submit",
                Deed::Other => "other",
            },
            Self::Command(_) => "command",
            Self::Home(_) => "home",
            Self::Challenge(_) => "challenge",
            Self::Other => "other",
        }
    }

    /// Who sent it; `None` where it is Slack itself.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Interaction(interaction) => Some(&interaction.user.id),
            Self::Command(command) => Some(&command.user.id),
            Self::Home(home) => Some(&home.user.id),
            Self::Challenge(_) | Self::Other => None,
        }
    }
}

/// Reads a body: a form of an interaction or a slash command, or the JSON of an event.
///
/// # Errors
///
/// It is none of these, or something of it is missing.
pub fn read(body: &[u8]) -> Result<Request, Unreadable> {
    if body.trim_ascii_start().starts_with(b"{") {
        let event = serde_json::from_slice(body).map_err(|error| Unreadable::NotJson(error.to_string()))?;
        return self::event(&event);
    }
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| {
        let found = fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        found.filter(|value| !value.is_empty())
    };
    if let Some(payload) = field("payload") {
        return interaction::of_payload(&payload).map(Request::Interaction);
    }
    if field("ssl_check").is_some() {
        return Ok(Request::Other);
    }
    let Some(command) = field("command") else { return Err(Unreadable::NoPayload) };
    let wanted =
        |name: &'static str| field(name).ok_or(Unreadable::Field { field: name, kind: "slash command".to_owned() });
    Ok(Request::Command(SlashCommand {
        command,
        text: field("text").unwrap_or_default(),
        team: field("team_id"),
        user: Clicker { id: wanted("user_id")?, team: None },
        channel: wanted("channel_id")?,
        trigger: wanted("trigger_id")?,
    }))
}

/// <https://docs.slack.dev/apis/events-api>.
fn event(payload: &Value) -> Result<Request, Unreadable> {
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let missing = |field, kind: &str| Unreadable::Field { field, kind: format!("`{kind}` event") };
    match (text("/type"), text("/event/type")) {
        (Some("url_verification"), _) => {
            let challenge = text("/challenge").ok_or_else(|| missing("challenge", "url_verification"))?;
            Ok(Request::Challenge(challenge.to_owned()))
        }
        // The other tab is the conversation with the app.
        (Some("event_callback"), Some("app_home_opened")) if text("/event/tab").is_none_or(|tab| tab == "home") => {
            let user = text("/event/user").ok_or_else(|| missing("event.user", "app_home_opened"))?;
            Ok(Request::Home(HomeOpened {
                team: text("/team_id").map(str::to_owned),
                user: Clicker { id: user.to_owned(), team: None },
            }))
        }
        (Some(_), _) => Ok(Request::Other),
        (None, _) => Err(missing("type", "JSON body's")),
    }
}
