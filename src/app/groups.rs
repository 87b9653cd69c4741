//! The members of user groups, asked of Slack and kept for a while (A3).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::ports::{Chat, PortError};
use crate::rules::UserGroupId;

/// How long what Slack said is believed: who is taken out of a group may still answer for so long.
const KEEP: SignedDuration = SignedDuration::from_mins(5);

/// What Slack said of user groups, by the group.
#[derive(Debug, Clone, Default)]
pub struct Groups(Arc<Mutex<BTreeMap<UserGroupId, Answer>>>);

#[derive(Debug, Clone)]
struct Answer {
    users: Vec<String>,
    until: Timestamp,
}

impl Groups {
    /// The members of a user group. `patience` bounds the retries of the call.
    ///
    /// # Errors
    ///
    /// Slack did not say, and what it said before is too old.
    pub(super) async fn members(
        &self,
        chat: &dyn Chat,
        group: &UserGroupId,
        now: Timestamp,
        patience: Timestamp,
    ) -> Result<Vec<String>, PortError> {
        let known = self.kept().get(group).filter(|answer| now < answer.until).map(|answer| answer.users.clone());
        if let Some(users) = known {
            return Ok(users);
        }
        let users = chat.user_group(group.as_str(), patience).await?;
        let until = now.checked_add(KEEP).unwrap_or(now);
        self.kept().insert(group.clone(), Answer { users: users.clone(), until });
        Ok(users)
    }

    /// A panic elsewhere leaves the map as whole as it was.
    fn kept(&self) -> std::sync::MutexGuard<'_, BTreeMap<UserGroupId, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
