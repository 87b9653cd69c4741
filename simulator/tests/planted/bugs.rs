//! signoff with a fault built in: ports that don't do what they say, and a handler that leaves something out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::app::App;
use signoff::approval::record::{ApprovalState, CastVote, Posting, Record};
use signoff::event::{ApprovalToken, Failure};
use signoff::ports::{
    ActionRef, ActionState, Answer, Chat, OperateError, Operation, Origin, PipelineRef, PipelineState, Pipelines,
    PortError, PutError, SaveError, SlackUser, Store, Stored,
};
use signoff::rules::RuleSet;
use signoff::slack::interaction::MessageRef;
use signoff::template::Message;
use signoff_simulator::scenario::instance::SIGNING_SECRET;
use signoff_simulator::seeds::{Invocation, Subject};
use signoff_simulator::world::slack::request::resign;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Whatever comes over HTTP is taken for Slack's.
    NoSignatureCheck,
    /// A vote counts twice.
    QuorumOffByOne,
    /// A decision is saved after CodePipeline is told.
    SaveAfterAct,
    /// A write that somebody else's overtook is made all the same.
    IgnoresConflicts,
    /// That a decision is on its way is not written down.
    ForgetsTheClaim,
    /// Guests from other organisations and bots are people of the workspace.
    AcceptsStrangers,
    /// A rejection is told as an approval.
    RejectionApproves,
    /// A failed invocation says that all is well.
    SwallowsFailures,
    /// A message is posted twice.
    PostsTwice,
    /// Messages are not updated.
    LosesUpdates,
    /// After a crash the decision that was on its way is taken for one that arrived.
    BelievesUnfinished,
    /// The rules of the first deployment stay in force.
    StaleRules,
    /// Who takes their approval back is only told so.
    IgnoresWithdrawals,
    /// State changes are not looked at.
    IgnoresEvents,
    /// What CodePipeline refuses is shown as if it had been taken.
    BelievesItself,
    /// Who is refused is not told.
    SilentRefusals,
    /// The approval token is shown.
    ShowsTheToken,
    /// Slack is answered when everything is done.
    AnswersLate,
    /// No evidence of decisions is kept.
    ForgetsTheEvidence,
    /// What events tell of an execution is written down only a few times.
    ForgetsExecutions,
    /// A claim to post a message has run out as soon as it is made.
    ForgetsThePosting,
}

/// signoff with this fault.
pub struct Planted(pub Bug);

impl Subject for Planted {
    fn app(&self, app: App, first: &Arc<RuleSet>) -> App {
        let ports = Arc::new(Crooked {
            bug: self.0,
            pipelines: Arc::clone(&app.pipelines),
            chat: Arc::clone(&app.chat),
            store: Arc::clone(&app.store),
            held: Mutex::default(),
        });
        let rules = if self.0 == Bug::StaleRules { Arc::clone(first) } else { Arc::clone(&app.rules) };
        App { rules, pipelines: Arc::clone(&ports) as _, chat: Arc::clone(&ports) as _, store: ports, ..app }
    }

    fn invoke(&self, app: App, payload: Value, deadline: Timestamp) -> Invocation {
        let bug = self.0;
        Box::pin(async move {
            let is_click = payload.get("requestContext").is_some();
            let mut payload = payload;
            if is_click && matches!(bug, Bug::NoSignatureCheck | Bug::AcceptsStrangers | Bug::IgnoresWithdrawals) {
                if bug == Bug::NoSignatureCheck {
                    payload = resign(&payload, SIGNING_SECRET, app.clock.now()).unwrap();
                } else if let Some(changed) = rewritten(&payload, bug) {
                    payload = changed;
                }
            }
            if bug == Bug::IgnoresEvents && payload["source"] == "aws.codepipeline" {
                return Ok(json!({ "done": ["seen"] }));
            }
            let answer = signoff::lambda::handle(&app, &payload, deadline).await;
            match bug {
                Bug::AnswersLate => app.late.finish().await,
                Bug::SwallowsFailures if !is_click => return Ok(answer.unwrap_or_else(|_| json!({ "done": ["well"] }))),
                _ => {}
            }
            answer
        })
    }
}

/// A click with something about it changed; none where that is nothing, or the request is not Slack's.
fn rewritten(payload: &Value, bug: Bug) -> Option<Value> {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    let header = |name: &str| payload["headers"][name].as_str();
    let body = BASE64_STANDARD.decode(payload["body"].as_str()?).ok()?;
    let at: i64 = header("x-slack-request-timestamp")?.parse().ok()?;
    let at = Timestamp::from_second(at).ok()?;
    let honest = resign(payload, SIGNING_SECRET, at).ok()?;
    if honest["headers"]["x-slack-signature"] != payload["headers"]["x-slack-signature"] {
        return None;
    }
    let body = String::from_utf8(body).ok()?;
    let changed = match bug {
        Bug::AcceptsStrangers => body.replace("T0OTHER", "T0ACME"),
        _ => body.replace("signoff.withdraw", "signoff.nothing"),
    };
    let mut rewritten = payload.clone();
    rewritten["body"] = BASE64_STANDARD.encode(changed).into();
    resign(&rewritten, SIGNING_SECRET, at).ok()
}

struct Crooked {
    bug: Bug,
    pipelines: Arc<dyn Pipelines>,
    chat: Arc<dyn Chat>,
    store: Arc<dyn Store>,
    /// Writes that are made later, by their keys.
    held: Mutex<BTreeMap<String, Held>>,
}

/// A write that is made later: the record, the version that it was read at, and when it expires.
type Held = (Record, Option<u64>, Timestamp);

impl Crooked {
    /// Makes the writes that were put off.
    async fn catch_up(&self, now: Timestamp) {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        for (key, (record, expected, expires)) in held {
            let _overtaken = self.store.save(&key, &record, expected, expires, now).await;
        }
    }
}

#[async_trait]
impl Pipelines for Crooked {
    async fn put_approval_result(&self, answer: &Answer) -> Result<(), PutError> {
        let mut answer = answer.clone();
        answer.approved |= self.bug == Bug::RejectionApproves;
        match self.pipelines.put_approval_result(&answer).await {
            Err(PutError::Over(_)) if self.bug == Bug::BelievesItself => Ok(()),
            put => put,
        }
    }

    async fn approval_state(
        &self,
        action: &ActionRef,
        token: &ApprovalToken,
        execution: Option<&str>,
    ) -> Result<Option<ActionState>, PortError> {
        self.pipelines.approval_state(action, token, execution).await
    }

    async fn origin(&self, pipeline: &PipelineRef, execution: &str) -> Result<Option<Origin>, PortError> {
        self.pipelines.origin(pipeline, execution).await
    }

    async fn stages(&self, pipeline: &PipelineRef) -> Result<Vec<String>, PortError> {
        self.pipelines.stages(pipeline).await
    }

    async fn failures(&self, pipeline: &PipelineRef, execution: &str) -> Result<Vec<Failure>, PortError> {
        self.pipelines.failures(pipeline, execution).await
    }

    async fn run_in(&self, action: &ActionRef, execution: &str) -> Result<Option<ActionState>, PortError> {
        self.pipelines.run_in(action, execution).await
    }

    fn own_region(&self) -> String {
        self.pipelines.own_region()
    }

    fn own_account(&self) -> Option<String> {
        self.pipelines.own_account()
    }

    async fn pipelines(&self, account: Option<&str>, region: &str) -> Result<Vec<String>, PortError> {
        self.pipelines.pipelines(account, region).await
    }

    async fn state(&self, pipeline: &PipelineRef) -> Result<Option<PipelineState>, PortError> {
        self.pipelines.state(pipeline).await
    }

    async fn succeeded_in(&self, pipeline: &PipelineRef, stage: &str) -> Result<Vec<String>, PortError> {
        self.pipelines.succeeded_in(pipeline, stage).await
    }

    async fn operate(&self, pipeline: &PipelineRef, operation: &Operation) -> Result<Option<String>, OperateError> {
        self.pipelines.operate(pipeline, operation).await
    }
}

#[async_trait]
impl Chat for Crooked {
    async fn post(&self, channel: &str, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        if self.bug == Bug::PostsTwice {
            self.chat.post(channel, message, until).await?;
        }
        let mut message = message.clone();
        if self.bug == Bug::ShowsTheToken
            && let Some(token) = token_of(&message.blocks)
        {
            message.text.push_str(&token);
        }
        self.chat.post(channel, &message, until).await
    }

    async fn reply(&self, to: &MessageRef, message: &Message, until: Timestamp) -> Result<MessageRef, PortError> {
        self.chat.reply(to, message, until).await
    }

    async fn permalink(&self, of: &MessageRef, until: Timestamp) -> Result<String, PortError> {
        self.chat.permalink(of, until).await
    }

    async fn update(&self, at: &MessageRef, message: &Message, until: Timestamp) -> Result<(), PortError> {
        match self.bug {
            Bug::LosesUpdates => Ok(()),
            _ => self.chat.update(at, message, until).await,
        }
    }

    async fn whisper(&self, channel: &str, user: &str, message: &Message, until: Timestamp) -> Result<(), PortError> {
        match self.bug {
            Bug::SilentRefusals => Ok(()),
            _ => self.chat.whisper(channel, user, message, until).await,
        }
    }

    async fn open_modal(&self, trigger: &str, view: &Value, until: Timestamp) -> Result<(), PortError> {
        self.chat.open_modal(trigger, view, until).await
    }

    async fn publish_home(&self, user: &str, view: &Value, until: Timestamp) -> Result<(), PortError> {
        self.chat.publish_home(user, view, until).await
    }

    async fn user(&self, user: &str, until: Timestamp) -> Result<Option<SlackUser>, PortError> {
        let found = self.chat.user(user, until).await?;
        Ok(found.map(|user| match self.bug {
            Bug::AcceptsStrangers => SlackUser { team: Some("T0ACME".to_owned()), stranger: false, bot: false, ..user },
            _ => user,
        }))
    }

    async fn user_by_email(&self, email: &str, until: Timestamp) -> Result<Option<String>, PortError> {
        self.chat.user_by_email(email, until).await
    }

    async fn user_group(&self, group: &str, until: Timestamp) -> Result<Vec<String>, PortError> {
        self.chat.user_group(group, until).await
    }
}

#[async_trait]
impl Store for Crooked {
    async fn load(&self, key: &str, now: Timestamp) -> Result<Option<Stored>, PortError> {
        if self.bug == Bug::SaveAfterAct {
            self.catch_up(now).await;
        }
        let mut stored = self.store.load(key, now).await?;
        if let Some(Record::Approval(record)) = stored.as_mut().map(|stored| &mut stored.record) {
            if self.bug == Bug::QuorumOffByOne && record.state == ApprovalState::Pending && record.votes.len() == 1 {
                let ghost = if record.votes[0].by == "U0ANN" { "U0BEN" } else { "U0ANN" };
                record.votes.push(CastVote { by: ghost.to_owned(), ..record.votes[0].clone() });
            }
            if let (Bug::BelievesUnfinished, ApprovalState::Deciding { decision, until }) = (self.bug, &record.state)
                && *until <= now
            {
                record.state = ApprovalState::Ended(signoff::approval::record::Outcome::Decided(decision.clone()));
            }
        }
        Ok(stored)
    }

    async fn save(
        &self,
        key: &str,
        record: &Record,
        expected: Option<u64>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<u64, SaveError> {
        let is_deciding = match record {
            Record::Approval(record) => matches!(record.state, ApprovalState::Deciding { .. }),
            _ => false,
        };
        let is_posting = match record {
            Record::Approval(record) => matches!(record.posting, Posting::Claimed { .. }),
            _ => false,
        };
        let next = expected.unwrap_or(0) + 1;
        match self.bug {
            Bug::ForgetsThePosting if is_posting => {
                let mut free = record.clone();
                if let Record::Approval(record) = &mut free {
                    record.posting = Posting::Claimed { until: now };
                }
                self.store.save(key, &free, expected, expires_at, now).await
            }
            Bug::SaveAfterAct if is_deciding => {
                self.held.lock().unwrap().insert(key.to_owned(), (record.clone(), expected, expires_at));
                Ok(next)
            }
            Bug::ForgetsTheClaim if is_deciding => Ok(next),
            Bug::ForgetsTheEvidence if matches!(record, Record::Audit(_)) => Ok(next),
            Bug::ForgetsExecutions if matches!(record, Record::Execution(_)) && next > 6 => Ok(next),
            Bug::IgnoresConflicts => {
                let found = self.store.load(key, now).await?.map(|stored| stored.version);
                self.store.save(key, record, found, expires_at, now).await
            }
            _ => self.store.save(key, record, expected, expires_at, now).await,
        }
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<String>, PortError> {
        self.store.due(now, limit).await
    }
}

/// The token in a message's link to the AWS console.
fn token_of(blocks: &[Value]) -> Option<String> {
    let text = Value::from(blocks.to_vec()).to_string();
    text.split("/approve/").nth(1).map(|rest| rest.chars().take(36).collect())
}
