//! CodePipeline asks for an answer: the request is remembered and shown, once.

use jiff::{SignedDuration, Timestamp};

use super::catch_up::Caught;
use super::show::Look;
use super::{App, Failure, keep_until};
use crate::approval::audit::End;
use crate::approval::id;
use crate::approval::record::{ApprovalRecord, ApprovalState, Claim, Posting, Record};
use crate::engine;
use crate::event::Event;
use crate::ports::SaveError;
use crate::rules::ApprovalRule;

/// The longest time that an approval action may be given, for requests that do not say when they expire:
/// <https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>.
pub(super) const LONGEST_APPROVAL: SignedDuration = SignedDuration::from_hours(60 * 24);

/// A request that comes later than this may have been answered elsewhere before, and what told of that may have come before it.
const LATE: SignedDuration = SignedDuration::from_secs(10);

impl App {
    /// Shows an approval request in Slack, by the first rule that matches it (A1). The same request again changes nothing.
    /// Returns what was done, for the log.
    pub async fn announce(&self, event: Event, until: Timestamp) -> Result<String, Failure> {
        let id = id(&event);
        let is_late = event.at.is_some_and(|at| self.clock.now().duration_since(at) > LATE);
        let mut done = self.announce_once(event, &id, until).await?;
        // Of a request that comes after its own end no event tells any more (A14, A16).
        if is_late && let Caught::Over(look) = self.catch_up_one(&id, None, until).await? {
            done.push_str(match look {
                Look::Current => "; it is over, and its message shows how",
                Look::Outdated | Look::Refused => "; it is over, and Slack does not let its message show how",
            });
        }
        Ok(done)
    }

    async fn announce_once<'a>(&'a self, event: Event, id: &str, until: Timestamp) -> Result<String, Failure> {
        let now = self.clock.now();
        let key = key(id);
        let stored = self.store.load(&key, now).await?;
        let (remembered, version) = match stored {
            Some(stored) => match stored.record {
                Record::Approval(record) => (Some(*record), Some(stored.version)),
                _ => return Err(Failure(format!("the record `{key}` is not an approval"))),
            },
            None => (None, None),
        };
        match Posting::look(remembered.as_ref().map(|record| &record.posting), now) {
            Claim::Take => {}
            Claim::Done => return Ok("already posted".to_owned()),
            Claim::Busy(until) => {
                return Err(Failure(format!("another invocation is posting this request; it has until {until}")));
            }
        }
        // Nobody may answer what it can't be told who may answer: it is shown as one that no rule covers.
        let rule = self.rules.approval_for(&event).unwrap_or_else(|error| {
            tracing::error!(%error, "which rule is for an approval can't be told");
            None
        });
        let unreachable = self.unreachable(event.account.as_deref());
        if let Some(why) = &unreachable {
            tracing::error!(account = event.account, region = event.region, pipeline = event.pipeline, %why, "an approval that can't be answered here");
        }
        // Where it is told stays as the rule says: its people look there.
        let template = |rule: &'a ApprovalRule| if unreachable.is_some() { engine::UNCOVERED } else { &rule.template };
        let covered = rule.map(|rule| (rule.channel.as_str().to_owned(), template(rule)));
        let rule = rule.filter(|_| unreachable.is_none());
        if let Some(rule) = rule {
            self.logbook.rule(&rule.name);
        }
        let uncovered = self.rules.uncovered.as_ref();
        let (channel, template) = match (covered, uncovered) {
            (Some(covered), _) => covered,
            (None, Some(uncovered)) => (uncovered.channel.as_str().to_owned(), engine::UNCOVERED),
            (None, None) => {
                return Err(Failure(format!(
                    "no rule covers the approval {}, and the rules do not say where to announce it: \
                     add a rule, or `uncovered: {{ channel: … }}`",
                    name(&event)
                )));
            }
        };
        let expires_at = keep(&event, now);
        let mut record = remembered.unwrap_or_else(|| ApprovalRecord::requested(event, now));
        record.posting = Posting::claim(now);
        record.follow_up.uncovered = rule.is_none();
        let mut facts = match (rule, uncovered) {
            (None, Some(uncovered)) => engine::uncovered_facts(&record, uncovered, now),
            _ => engine::approval_facts(&record, rule, now),
        };
        engine::set_unreachable(&mut facts, unreachable.clone());
        let stand_in = if rule.is_some() { engine::APPROVAL } else { engine::UNCOVERED };
        let message = self.render(template, stand_in, &facts)?;

        self.remember_open(&record.event, id, expires_at).await?;
        if let ApprovalState::Ended(outcome) = &record.state {
            // It came too late for anybody to answer it.
            self.keep_evidence(&record, &End::told(outcome.clone(), None), now).await?;
        }
        let claimed = Record::Approval(Box::new(record));
        self.store.save(&key, &claimed, version, expires_at, now).await.map_err(|error| match error {
            SaveError::Conflict => Failure("another invocation has just begun to post this request".to_owned()),
            SaveError::Failed(error) => error.into(),
        })?;
        let posting = match self.chat.post(&channel, &message, until).await {
            Ok(at) => Posting::Posted(at),
            Err(error) => {
                // Let the redelivery post it at once instead of waiting for the claim to run out.
                let freed = Posting::Claimed { until: now };
                if let Err(error) = self.remember_posting(&key, expires_at, &freed).await {
                    tracing::warn!(%error, "the claim on a message that was not posted stays until it runs out");
                }
                return Err(error.into());
            }
        };
        self.remember_posting(&key, expires_at, &posting).await?;
        Ok(match rule {
            Some(rule) => format!("posted to {channel} by rule `{}`", rule.name),
            None => match unreachable {
                Some(why) => format!("posted to {channel}: {}", why.trim_end_matches('.')),
                None => format!("posted to {channel}: no rule covers it"),
            },
        })
    }

    async fn remember_posting(&self, key: &str, expires_at: Timestamp, posting: &Posting) -> Result<(), Failure> {
        self.amend(key, expires_at, |record| match record {
            Record::Approval(record) if !matches!(record.posting, Posting::Posted(_)) => {
                record.posting = posting.clone();
                true
            }
            _ => false,
        })
        .await
    }
}

/// The key of an approval's record.
pub(super) fn key(id: &str) -> String {
    format!("approval#{id}")
}

/// Until when an approval's record is kept.
pub(super) fn keep(event: &Event, now: Timestamp) -> Timestamp {
    let expires = event.request.as_ref().and_then(|request| request.expires);
    keep_until(expires.or_else(|| now.checked_add(LONGEST_APPROVAL).ok()).unwrap_or(Timestamp::MAX).max(now))
}

/// The approval as people name it: `payments-api / Production / ApproveRelease`.
pub(super) fn name(event: &Event) -> String {
    [Some(&event.pipeline), event.stage.as_ref(), event.action.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" / ")
}
