//! Somebody does something in Slack: what they ask for is answered, and they alone are told what the message can't show.

use jiff::{SignedDuration, Timestamp};

use super::{App, Failure, Reply};
use crate::approval::Vote;
use crate::approval::record::ApprovalRecord;
use crate::engine;
use crate::facts::{Mention, RefusalFacts};
use crate::slack::interaction::{Button, Deed, Interaction, MessageRef};
use crate::template::Templates;

/// How long retries may go on while somebody waits for the answer to a click.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

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

/// What came of a click, for the log, and what the person is told beyond what the message shows.
pub(super) struct Told {
    pub(super) outcome: String,
    pub(super) whisper: Option<RefusalFacts>,
}

impl Told {
    pub(super) fn refused(facts: RefusalFacts) -> Self {
        let people: Vec<&str> = facts.people.iter().map(Mention::id).collect();
        let people = if people.is_empty() { String::new() } else { format!(" {}.", people.join(", ")) };
        Self { outcome: format!("refused: {}{people}", facts.reason), whisper: Some(facts) }
    }
}

impl App {
    /// Does what an interaction asks for, and tells the person how it went. Returns Slack's reply, and what was done, for
    /// the log.
    pub async fn interact(&self, interaction: &Interaction, deadline: Timestamp) -> Result<(Reply, String), Failure> {
        let patience = self.clock.now().checked_add(PATIENCE).unwrap_or(deadline);
        let until = patience.min(deadline);
        let click = match &interaction.deed {
            Deed::Other => return Ok((None, "nothing of signoff's: acknowledged".to_owned())),
            Deed::Press { button, approval, message, trigger } => Click {
                interaction,
                approval,
                vote: match button {
                    Button::Approve => Vote::Approve,
                    Button::Reject => Vote::Reject,
                },
                message,
                trigger: Some(trigger),
                until,
            },
            Deed::Submit { about, comment } => Click {
                interaction,
                approval: &about.approval,
                vote: Vote::RejectBecause(comment.clone()),
                message: &about.message,
                trigger: None,
                until,
            },
        };
        let told = self.answer(&click).await?;
        if let Some(facts) = &told.whisper {
            self.whisper(&click.message.channel, &interaction.user.id, facts, until).await?;
        }
        Ok((None, told.outcome))
    }

    /// Opens the modal that asks why somebody rejects.
    pub(super) async fn ask_reason(&self, record: &ApprovalRecord, click: &Click<'_>) -> Result<Told, Failure> {
        let facts = engine::reject_facts(record, click.message);
        let view = self.templates.render_modal(engine::REJECT, &facts).or_else(|error| {
            tracing::error!(%error, "the template `reject` failed; the built-in one stands in for it");
            Templates::builtin()
                .render_modal(engine::REJECT, &facts)
                .map_err(|error| Failure(format!("the template `reject` and its built-in stand-in failed: {error}")))
        })?;
        match self.chat.open_modal(click.trigger.unwrap_or_default(), &view, click.until).await {
            Ok(()) => Ok(Told { outcome: "asked for a reason".to_owned(), whisper: None }),
            Err(error) => {
                tracing::warn!(%error, "the modal did not open");
                Ok(Told::refused(RefusalFacts::new(
                    "Slack did not open the window that asks why you reject.",
                    "Nothing was changed. Press Reject again.",
                )))
            }
        }
    }
}
