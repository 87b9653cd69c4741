//! Somebody does something in Slack: what they ask for is answered, and they alone are told what the message can't show.

use jiff::Timestamp;
use serde_json::json;

use super::command::{Ask, Said};
use super::late::TO_TELL;
use super::show::Sight;
use super::{App, Failure, Reply};
use crate::approval::record::ApprovalRecord;
use crate::approval::{Vote, Wish, digest_of};
use crate::engine;
use crate::facts::{Mention, RefusalFacts};
use crate::logbook::Metric;
use crate::slack::interaction::{Deed, Interaction, MessageRef};
use crate::slack::request::Request;
use crate::template::Templates;

/// A click, as the approval sees it.
pub(super) struct Click<'a> {
    pub(super) interaction: &'a Interaction,
    /// The approval's id.
    pub(super) approval: &'a str,
    pub(super) vote: Vote,
    /// The message whose button was pressed, now or to open the modal.
    pub(super) message: &'a MessageRef,
    /// Opens a modal, if there was a press.
    pub(super) trigger: Option<&'a str>,
    pub(super) until: Timestamp,
}

impl<'a> Click<'a> {
    /// Where who clicks looks.
    pub(super) fn sight(&self) -> Sight<'a> {
        Sight { message: Some(self.message), until: self.until, began: None }
    }
}

/// What the outcome of a refused click begins with.
const REFUSED: &str = "refused: ";

/// What came of a click, for the log, and what the person is told beyond what the message shows.
pub(super) struct Told {
    pub(super) outcome: String,
    pub(super) whisper: Option<RefusalFacts>,
}

impl Told {
    pub(super) fn refused(facts: RefusalFacts) -> Self {
        let people: Vec<&str> = facts.people.iter().map(Mention::id).collect();
        let people = if people.is_empty() { String::new() } else { format!(" {}.", people.join(", ")) };
        Self { outcome: format!("{REFUSED}{}{people}", facts.reason), whisper: Some(facts) }
    }

    /// Whether they are told that they may not, or can't.
    pub(super) fn is_refused(&self) -> bool {
        self.outcome.starts_with(REFUSED)
    }
}

fn ask<'a>(
    interaction: &'a Interaction,
    channel: &'a str,
    id: String,
    trigger: Option<&'a str>,
    until: Timestamp,
) -> Ask<'a> {
    let is_press = trigger.is_some();
    Ask { team: interaction.team.as_deref(), user: &interaction.user, channel, id, trigger, is_press, until }
}

impl App {
    /// Does what a request asks for. Returns Slack's reply, and what was done, for the log.
    pub async fn respond(&self, request: &Request, deadline: Timestamp) -> Result<(Reply, String), Failure> {
        let until = deadline.checked_sub(TO_TELL).unwrap_or(deadline);
        match request {
            Request::Interaction(interaction) => self.interact(interaction, deadline).await,
            Request::Command(command) => {
                let said = self.slash(command, until).await?;
                // Seen by nobody else, and wherever the command was given: the app need not be in the channel.
                let reply = said.message.map(
                    |message| json!({ "response_type": "ephemeral", "text": message.text, "blocks": message.blocks }),
                );
                Ok((reply, said.outcome))
            }
            Request::Home(home) => Ok((None, self.show_home(home, until).await?)),
            // Slack compares it with what it sent.
            Request::Challenge(text) => Ok((Some(json!({ "challenge": text })), "told Slack its challenge".to_owned())),
            Request::Other => Ok((None, "nothing of signoff's: acknowledged".to_owned())),
        }
    }

    /// Does what an interaction asks for, and tells the person how it went. Returns Slack's reply, and what was done, for
    /// the log.
    pub async fn interact(&self, interaction: &Interaction, deadline: Timestamp) -> Result<(Reply, String), Failure> {
        let until = deadline.checked_sub(TO_TELL).unwrap_or(deadline);
        let click = match &interaction.deed {
            Deed::Other => return Ok((None, "nothing of signoff's: acknowledged".to_owned())),
            Deed::Order { order, message, trigger } => {
                let id = digest_of(&[
                    Some("press"),
                    Some(&message.channel),
                    Some(&message.ts),
                    Some(&crate::command::offers::button(order)),
                ]);
                let ask = ask(interaction, &message.channel, id, Some(trigger), until);
                let said = self.press_order(order, &ask).await?;
                return self.whispered(said, &ask).await;
            }
            Deed::Confirm { about, reason } => {
                let ask = ask(interaction, &about.channel, about.id.clone(), None, until);
                let said = self.confirmed(about, reason.as_ref(), &ask).await?;
                return self.whispered(said, &ask).await;
            }
            Deed::Press { wish, approval, message, trigger } => {
                let vote = Vote { wish: *wish, comment: None };
                Click { interaction, approval, vote, message, trigger: Some(trigger), until }
            }
            Deed::Submit { about, comment } => {
                let vote = Vote { wish: about.wish, comment: Some(comment.clone()) };
                Click { interaction, approval: &about.approval, vote, message: &about.message, trigger: None, until }
            }
        };
        let told = self.answer(&click).await?;
        if told.is_refused() {
            self.logbook.count(Metric::RefusedClicks);
        }
        if let Some(facts) = &told.whisper {
            self.whisper(&click.message.channel, &interaction.user.id, facts, until).await?;
        }
        Ok((None, told.outcome))
    }

    /// Tells the person what only they are to know.
    async fn whispered(&self, said: Said, ask: &Ask<'_>) -> Result<(Reply, String), Failure> {
        if let Some(message) = &said.message {
            self.chat.whisper(ask.channel, &ask.user.id, message, ask.until).await?;
        }
        Ok((None, said.outcome))
    }

    /// Opens the modal that asks for a comment.
    pub(super) async fn ask_comment(
        &self,
        record: &ApprovalRecord,
        click: &Click<'_>,
        wish: Wish,
        required: bool,
    ) -> Result<Told, Failure> {
        let facts = engine::comment_facts(record, click.message, wish, required);
        let view = self.templates.render_modal(engine::COMMENT, &facts).or_else(|error| {
            tracing::error!(%error, "the template `comment` failed; the built-in one stands in for it");
            Templates::builtin()
                .render_modal(engine::COMMENT, &facts)
                .map_err(|error| Failure(format!("the template `comment` and its built-in stand-in failed: {error}")))
        })?;
        match self.chat.open_modal(click.trigger.unwrap_or_default(), &view, click.until).await {
            Ok(()) => Ok(Told { outcome: "asked for a comment".to_owned(), whisper: None }),
            Err(error) => {
                tracing::warn!(%error, "the modal did not open");
                Ok(Told::refused(RefusalFacts::new(
                    "Slack did not open the window that asks for your comment.",
                    "Nothing was changed. Press the button again.",
                )))
            }
        }
    }
}
