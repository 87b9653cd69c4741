//! A decision as evidence, which outlives its approval (A15). Pure.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::{ApprovalRecord, CastVote, Decision, Elsewhere, Fate, Outcome, Posting};
use crate::event::ApprovalToken;
use crate::ports::{ActionState, ActionStatus};
use crate::slack::interaction::MessageRef;

/// In the place of what CodePipeline said, where it said nothing.
const SAID_NOTHING: &str = "said nothing of it";

/// What the keys of these records begin with.
pub const PREFIX: &str = "audit#";

/// How evidence is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditSettings {
    /// How long; `None`: for ever.
    pub retention: Option<SignedDuration>,
    /// The git revision that the rules come from, where it is given.
    pub revision: Option<String>,
}

impl Default for AuditSettings {
    /// 400 days: a year, and time to look back on it.
    fn default() -> Self {
        Self { retention: Some(SignedDuration::from_hours(400 * 24)), revision: None }
    }
}

/// How an approval ended, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How it ended.
    pub outcome: Outcome,
    /// What CodePipeline said.
    pub said: String,
    /// Who answered it, as CodePipeline names them.
    pub arn: Option<String>,
    /// The execution, where CodePipeline told it.
    pub execution: Option<String>,
}

impl End {
    /// CodePipeline took this answer.
    pub fn accepted(decision: &Decision) -> Self {
        let outcome = Outcome::Decided(decision.clone());
        Self { outcome, said: "took the answer".to_owned(), arn: None, execution: None }
    }

    /// CodePipeline was asked, and said this; `None`: it knows no such run, or did not say.
    pub fn told(outcome: Outcome, state: Option<&ActionState>) -> Self {
        let status = state.map(|state| match state.status {
            ActionStatus::InProgress => "InProgress",
            ActionStatus::Succeeded => "Succeeded",
            ActionStatus::Failed => "Failed",
            ActionStatus::Abandoned => "Abandoned",
            ActionStatus::Unknown => "a state that signoff does not know",
        });
        let said = match (&outcome, status) {
            (Outcome::Decided(_), _) => "had taken the answer, as it said when it was asked later".to_owned(),
            (Outcome::Elsewhere(_), Some(status)) => format!("said {status}"),
            (Outcome::Elsewhere(_), None) => SAID_NOTHING.to_owned(),
        };
        let arn = match &outcome {
            Outcome::Elsewhere(Elsewhere { by: Some(_), .. }) => state.and_then(|state| state.updated_by.clone()),
            _ => None,
        };
        Self { outcome, said, arn, execution: state.and_then(|state| state.execution.clone()) }
    }
}

/// A decision, or an end that was not decided here. The names in the JSON are a promise to later releases and to auditors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// The approval's id.
    pub approval: String,
    /// How it ended.
    pub result: AuditResult,
    /// Where it was decided.
    pub decided: DecidedIn,
    /// When it was decided; where that is not told, when signoff found it out.
    pub at: Timestamp,
    /// The Slack user id of who decided.
    pub by: Option<String>,
    /// Their name: in Slack, or elsewhere.
    pub name: Option<String>,
    /// Who decided elsewhere, as CodePipeline names them.
    pub arn: Option<String>,
    /// What they said.
    pub comment: Option<String>,
    /// Everybody who had approved; of an approval the one who decided last.
    pub votes: Vec<CastVote>,
    /// Whether one person decided alone (A12).
    pub is_override: bool,
    /// The rule that allowed it; of an end elsewhere, the rule that covered it.
    pub rule: Option<String>,
    /// Digest of the rules then in force.
    pub rules_digest: Option<String>,
    /// The git revision of these rules, where it is given.
    pub rules_revision: Option<String>,
    /// The pipeline's account.
    pub account: Option<String>,
    /// Its region.
    pub region: String,
    /// Its name.
    pub pipeline: String,
    /// The stage.
    pub stage: Option<String>,
    /// The action.
    pub action: Option<String>,
    /// The execution, where it is known.
    pub execution: Option<String>,
    /// When it was asked for.
    pub requested_at: Option<Timestamp>,
    /// The first 16 hex digits of the SHA-256 of the request's token.
    pub token_digest: Option<String>,
    /// What CodePipeline said to the answer, or of the end.
    pub codepipeline: String,
    /// The message that shows it.
    pub message: Option<MessageRef>,
}

/// How an approval ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditResult {
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Nobody answered in time.
    Expired,
    /// It is over, and how can't be told.
    Closed,
}

/// Where it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedIn {
    /// In Slack, through signoff.
    Slack,
    /// In the console, by the command line, or by time.
    Elsewhere,
}

impl DecidedIn {
    /// Its name, as in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slack => "slack",
            Self::Elsewhere => "elsewhere",
        }
    }
}

impl AuditResult {
    /// Its name, as in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Closed => "closed",
        }
    }
}

/// The rules in force, as evidence names them.
#[derive(Debug, Clone, Copy)]
pub struct RulesInForce<'a> {
    /// The name of the rule that covers the approval.
    pub rule: Option<&'a str>,
    /// The digest of them all.
    pub digest: &'a str,
    /// Their git revision.
    pub revision: Option<&'a str>,
}

impl AuditRecord {
    /// The evidence of an end.
    pub fn new(record: &ApprovalRecord, end: &End, rules: RulesInForce<'_>, now: Timestamp) -> Self {
        let event = &record.event;
        let token = event.request.as_ref().map(|request| &request.token);
        let said = token.map_or_else(|| end.said.clone(), |token| token.hidden_in(&end.said));
        let text = |text: &str| Some(text.to_owned());
        let empty = Self {
            approval: record.id.clone(),
            result: AuditResult::Closed,
            decided: DecidedIn::Elsewhere,
            at: now,
            by: None,
            name: None,
            arn: end.arn.clone(),
            comment: None,
            votes: Vec::new(),
            is_override: false,
            rule: rules.rule.map(str::to_owned),
            rules_digest: text(rules.digest),
            rules_revision: rules.revision.map(str::to_owned),
            account: event.account.clone(),
            region: event.region.clone(),
            pipeline: event.pipeline.clone(),
            stage: event.stage.clone(),
            action: event.action.clone(),
            execution: record.execution().or(end.execution.as_deref()).map(str::to_owned),
            requested_at: event.at,
            token_digest: token.map(token_digest),
            codepipeline: said,
            message: match &record.posting {
                Posting::Posted(at) => Some(at.clone()),
                Posting::Claimed { .. } => None,
            },
        };
        match &end.outcome {
            Outcome::Decided(decision) => Self {
                result: if decision.approved { AuditResult::Approved } else { AuditResult::Rejected },
                decided: DecidedIn::Slack,
                at: decision.at,
                by: text(&decision.by),
                name: text(&decision.name),
                comment: decision.comment.clone(),
                votes: decision.votes.clone(),
                is_override: decision.is_override,
                rule: text(&decision.rule),
                // Rules of another digest are of another revision, and nobody has kept which.
                rules_revision: empty.rules_revision.clone().filter(|_| decision.rules_digest == rules.digest),
                rules_digest: text(&decision.rules_digest),
                ..empty
            },
            Outcome::Elsewhere(elsewhere) => {
                let expires = event.request.as_ref().and_then(|request| request.expires);
                let (result, at) = match elsewhere.fate {
                    Fate::Approved => (AuditResult::Approved, elsewhere.at),
                    Fate::Rejected => (AuditResult::Rejected, elsewhere.at),
                    Fate::Expired => (AuditResult::Expired, elsewhere.at.or(expires)),
                    Fate::Closed => (AuditResult::Closed, elsewhere.at),
                };
                Self {
                    result,
                    at: at.unwrap_or(now),
                    name: elsewhere.by.clone(),
                    comment: elsewhere.comment.clone(),
                    votes: record.votes_until(&end.outcome).into_iter().cloned().collect(),
                    ..empty
                }
            }
        }
    }

    /// Whether this has to stand in the place of what another invocation found out. Of several who end an approval at once, the
    /// one whose answer CodePipeline took knows most, and one to whom it said nothing knows least: by the time alone.
    pub fn outweighs(&self, kept: &Self) -> bool {
        let weight = |record: &Self| match (record.decided, record.result) {
            (DecidedIn::Slack, _) => 3,
            (DecidedIn::Elsewhere, AuditResult::Approved | AuditResult::Rejected) => 2,
            (DecidedIn::Elsewhere, _) if record.codepipeline != SAID_NOTHING => 1,
            (DecidedIn::Elsewhere, _) => 0,
        };
        weight(self) > weight(kept)
    }
}

/// Names a token without giving it away: tokens are random, so that nothing but the token itself leads to its digest.
pub fn token_digest(token: &ApprovalToken) -> String {
    Sha256::digest(token.expose()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
