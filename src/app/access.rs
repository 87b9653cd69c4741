//! Which accounts signoff can reach: its own, and those in which the rules give it a role.

use super::App;
use crate::approval::record::ApprovalRecord;
use crate::diagnostic::Diagnostic;
use crate::event::Event;
use crate::facts::RefusalFacts;
use crate::rules::ApprovalRule;

impl App {
    /// The account, where it is not the one that signoff runs in.
    pub(super) fn other_account<'a>(&self, account: Option<&'a str>) -> Option<&'a str> {
        account.filter(|account| self.pipelines.own_account().as_deref() != Some(account))
    }

    /// Why nothing can be answered or done in this account, as a sentence; `None` where it can.
    pub(super) fn unreachable(&self, account: Option<&str>) -> Option<String> {
        let other = self.other_account(account).filter(|other| self.rules.account(other).is_none())?;
        Some(format!("signoff has no role in the account {other}."))
    }

    /// The rule by which an approval may be answered here: none where its account can't be reached, whatever the rules say.
    pub(super) fn approval_rule(&self, event: &Event) -> Result<Option<&ApprovalRule>, Diagnostic> {
        if self.unreachable(event.account.as_deref()).is_some() { Ok(None) } else { self.rules.approval_for(event) }
    }

    /// Refuses what is of an account that can't be reached.
    pub(super) fn refuse_unreachable(&self, account: Option<&str>, instead: &str) -> Result<(), RefusalFacts> {
        match self.unreachable(account) {
            Some(why) => {
                Err(RefusalFacts::new(why, format!("Have a role added under `accounts:` in the rules, or {instead}.")))
            }
            None => Ok(()),
        }
    }

    /// What a message says, as far as it is believed: a topic of another account speaks for that account only, also where the
    /// message names none. One of signoff's own may tell of every account, since EventBridge forwards others' events to it.
    ///
    /// # Errors
    ///
    /// Why it is not believed.
    pub fn believed(&self, topic: Option<&str>, event: Event) -> Result<Event, String> {
        let Some(topic) = self.other_account(topic) else { return Ok(event) };
        match event.account.as_deref() {
            Some(account) if account != topic => Err(format!(
                "a topic of the account {topic} tells of the account {account}, for which it does not speak"
            )),
            _ => Ok(Event { account: Some(topic.to_owned()), ..event }),
        }
    }

    /// Whether CodePipeline can be asked about an approval.
    pub(super) fn is_reachable(&self, record: &ApprovalRecord) -> bool {
        self.unreachable(record.event.account.as_deref()).is_none()
    }
}
