//! Whom a notification rule mentions for what they did: the author and the starter of an execution, found in Slack by their e-mail
//! addresses. Who can't be told is not mentioned, and nothing of this keeps a message from being written.

use jiff::Timestamp;

use super::App;
use crate::approval::own_change::traces;
use crate::event::Event;
use crate::execution::record::ExecutionRecord;
use crate::facts::Mention;
use crate::ports::{Origin, SourceRun};
use crate::rules::NotificationRule;

impl App {
    /// Those involved in what an event is about.
    pub(super) async fn involved(&self, event: &Event, rule: &NotificationRule, until: Timestamp) -> Vec<Mention> {
        let (Some(execution), false) = (&event.execution, rule.mention_involved.is_empty()) else { return Vec::new() };
        let pipeline = event.pipeline_ref();
        let told = event.commit.as_ref().and_then(|commit| Some((commit.id.clone()?, commit.email.clone()?)));
        let pushed = match told {
            Some(told) => vec![told],
            None => self.pushes_of(&pipeline, execution).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "who pushed a change is not remembered for now");
                Vec::new()
            }),
        };
        let origin = self.pipelines.origin(&pipeline, execution).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "where an execution comes from can't be told, so nobody is mentioned for it");
            None
        });
        self.mentions(rule, origin.as_ref(), &pushed, until).await
    }

    /// Those involved in an execution that has a message.
    pub(super) async fn involved_in_execution(
        &self,
        record: &ExecutionRecord,
        rule: &NotificationRule,
        until: Timestamp,
    ) -> Vec<Mention> {
        let commit = record.history.commit_known_best();
        let pushed = commit.and_then(|commit| Some((commit.id.clone()?, commit.email.clone()?)));
        self.mentions(rule, record.origin.as_ref(), pushed.as_slice(), until).await
    }

    async fn mentions(
        &self,
        rule: &NotificationRule,
        origin: Option<&Origin>,
        pushed: &[(String, String)],
        until: Timestamp,
    ) -> Vec<Mention> {
        // Before the sources have run, only the event tells of the change.
        let mut origin = origin.cloned().unwrap_or_default();
        if let (true, Some((commit, email))) = (origin.sources.is_empty(), pushed.first()) {
            let (commit, author_email) = (Some(commit.clone()), Some(email.clone()));
            origin.sources.push(SourceRun { commit, author_email, ..SourceRun::default() });
        }
        let mut found: Vec<Mention> = Vec::new();
        for email in traces(&rule.mention_involved, Some(&origin), pushed).emails.keys() {
            match self.chat.user_by_email(email, until).await {
                Ok(user) => {
                    let mention = user.map(|id| Mention::User { id });
                    found.extend(mention.filter(|mention| !found.contains(mention)));
                }
                Err(error) => tracing::warn!(%error, "somebody can't be found by e-mail, so they are not mentioned"),
            }
        }
        found
    }
}
