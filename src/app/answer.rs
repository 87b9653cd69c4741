//! Somebody clicks: who they are and what they may do is settled, then CodePipeline is told, then the message shows it.

use jiff::{SignedDuration, Timestamp};

use super::announce::{keep, key};
use super::{App, Failure, Reply, TRIES};
use crate::approval::outcome::{of_action, summary};
use crate::approval::record::{
    ApprovalRecord, ApprovalState, Decision, Elsewhere, Fate, Outcome, Posting, Record, claim_until,
};
use crate::approval::{Standing, Verdict, Vote, Voter, decide, standing};
use crate::engine;
use crate::facts::{Mention, RefusalFacts};
use crate::ports::{ActionRef, Answer, PortError, PutError, SaveError, SlackUser};
use crate::rules::ApprovalRule;
use crate::slack::interaction::{Button, Deed, Interaction, MessageRef};

/// How long retries may go on while somebody waits for the answer to a click.
const PATIENCE: SignedDuration = SignedDuration::from_secs(10);

/// A click, as the approval sees it.
struct Click<'a> {
    interaction: &'a Interaction,
    approval: &'a str,
    vote: Vote,
    message: &'a MessageRef,
    /// Opens a modal, if there was a press.
    trigger: Option<&'a str>,
    until: Timestamp,
}

/// What is known of the person who clicks.
enum Known {
    Person {
        named: bool,
        profile: Option<SlackUser>,
    },
    /// Slack did not say, so nobody can tell whether they may.
    Unclear(RefusalFacts),
}

impl App {
    /// Does what an interaction asks for, and tells the person how it went. Slack wants the reply.
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

    async fn answer(&self, click: &Click<'_>) -> Result<Told, Failure> {
        let key = key(click.approval);
        for _ in 0..TRIES {
            let now = self.clock.now();
            let stored = self.store.load(&key, now).await?;
            let version = stored.as_ref().map(|stored| stored.version);
            let Some(Record::Approval(mut record)) = stored.map(|stored| stored.record) else {
                return Ok(Told::refused(RefusalFacts {
                    reason: "signoff knows nothing of this approval, or no longer.".to_owned(),
                    people: Vec::new(),
                    help: Some("If CodePipeline still waits for it, answer it in the AWS console.".to_owned()),
                }));
            };
            let rule = self.rules.approval_for(&record.event);
            let (named, profile) = match self.look_up(rule, &record, click).await {
                Known::Person { named, profile } => (named, profile),
                Known::Unclear(facts) => return Ok(Told::refused(facts)),
            };
            let user = &click.interaction.user;
            let voter = Voter {
                id: &user.id,
                team: click.interaction.team.as_deref(),
                home: user.team.as_deref(),
                named,
                profile: profile.as_ref(),
            };
            let verdict = decide(&self.rules, rule, &record, &click.vote, &voter, now);
            if !matches!(record.posting, Posting::Posted(_)) {
                // The click proves that the message is there, whatever became of the invocation that posted it.
                record.posting = Posting::Posted(click.message.clone());
            }
            match verdict {
                Verdict::Refuse(facts) => return Ok(Told::refused(facts)),
                Verdict::Over(outcome) => {
                    self.show(&key, &mut record, rule, click).await;
                    return Ok(Told {
                        outcome: "over already".to_owned(),
                        whisper: Some(engine::over_facts(&outcome)),
                    });
                }
                Verdict::Expired => {
                    let outcome = self.outcome_of_expired(&record, now).await;
                    record.state = ApprovalState::Ended(outcome.clone());
                    record.shown = false;
                    match self.save(&key, &record, version, now).await {
                        Err(SaveError::Conflict) => continue,
                        Err(SaveError::Failed(error)) => return Err(error.into()),
                        Ok(_) => {}
                    }
                    self.show(&key, &mut record, rule, click).await;
                    return Ok(Told { outcome: "expired".to_owned(), whisper: Some(engine::over_facts(&outcome)) });
                }
                Verdict::AskReason => return self.ask_reason(&record, click).await,
                Verdict::Decide(decision) => {
                    record.state = ApprovalState::Deciding { decision: decision.clone(), until: claim_until(now) };
                    record.shown = false;
                    match self.save(&key, &record, version, now).await {
                        Err(SaveError::Conflict) => continue,
                        Err(SaveError::Failed(error)) => return Err(error.into()),
                        Ok(_) => {}
                    }
                    return self.carry_out(&key, record, rule, decision, click).await;
                }
            }
        }
        Ok(Told::refused(RefusalFacts {
            reason: "Several people are answering this at once, and yours could not be taken.".to_owned(),
            people: Vec::new(),
            help: Some("Look at the message, and press again if it still waits.".to_owned()),
        }))
    }

    /// What is known of the person who clicks. Slack is asked no more than the rule needs.
    async fn look_up(&self, rule: Option<&ApprovalRule>, record: &ApprovalRecord, click: &Click<'_>) -> Known {
        let nobody = Known::Person { named: false, profile: None };
        let user = &click.interaction.user.id;
        let from_workspace = click.interaction.team.as_deref() == Some(self.rules.workspace.as_str());
        let (Some(rule), true, false) = (rule, from_workspace, matches!(record.state, ApprovalState::Ended(_))) else {
            return nobody;
        };
        match standing(rule, user) {
            Standing::Named => {}
            Standing::Unknown => return nobody,
            Standing::AskGroups(groups) => {
                let mut member = false;
                for group in groups {
                    match self.chat.user_group(&group, click.until).await {
                        Ok(members) if members.contains(user) => {
                            member = true;
                            break;
                        }
                        Ok(_) => {}
                        Err(error) => return unclear("who is in", vec![Mention::UserGroup { id: group }], &error),
                    }
                }
                if !member {
                    return nobody;
                }
            }
        }
        match self.chat.user(user, click.until).await {
            Ok(profile) => Known::Person { named: true, profile },
            Err(error) => unclear("who you are", Vec::new(), &error),
        }
    }

    async fn ask_reason(&self, record: &ApprovalRecord, click: &Click<'_>) -> Result<Told, Failure> {
        let facts = engine::reject_facts(record, click.message);
        let view = self.templates.render_modal(engine::REJECT, &facts).or_else(|error| {
            tracing::error!(%error, "the template `reject` failed; the built-in one stands in for it");
            crate::template::Templates::builtin()
                .render_modal(engine::REJECT, &facts)
                .map_err(|error| Failure(format!("the template `reject` and its built-in stand-in failed: {error}")))
        })?;
        match self.chat.open_modal(click.trigger.unwrap_or_default(), &view, click.until).await {
            Ok(()) => Ok(Told { outcome: "asked for a reason".to_owned(), whisper: None }),
            Err(error) => {
                tracing::warn!(%error, "the modal did not open");
                Ok(Told::refused(RefusalFacts {
                    reason: "Slack did not open the window that asks why you reject.".to_owned(),
                    people: Vec::new(),
                    help: Some("Nothing was changed. Press Reject again.".to_owned()),
                }))
            }
        }
    }

    /// Tells CodePipeline, shows what it says, and remembers it.
    async fn carry_out(
        &self,
        key: &str,
        mut record: Box<ApprovalRecord>,
        rule: Option<&ApprovalRule>,
        decision: Decision,
        click: &Click<'_>,
    ) -> Result<Told, Failure> {
        let answer = match (action(&record), &record.event.request) {
            (Some(action), Some(request)) => Answer {
                action,
                token: request.token.clone(),
                approved: decision.approved,
                summary: summary(&decision),
            },
            _ => return Err(Failure(format!("the record `{key}` holds no request to answer"))),
        };
        let ended = match self.pipelines.put_approval_result(&answer).await {
            Ok(()) => Some(Outcome::Decided(decision.clone())),
            Err(PutError::Over(said)) => {
                tracing::info!(%said, "CodePipeline did not take the answer");
                match self.pipelines.action_state(&answer.action).await {
                    Ok(state) => of_action(&record, state.as_ref(), self.clock.now()),
                    Err(error) => {
                        tracing::warn!(%error, "how the approval ended can't be told");
                        None
                    }
                }
            }
            Err(PutError::Failed(error)) => {
                tracing::error!(%error, "the answer may not have reached CodePipeline");
                None
            }
        };
        let Some(outcome) = ended else {
            self.set_state(key, &record, &ApprovalState::Pending, false).await?;
            return Ok(Told {
                outcome: "CodePipeline did not take the answer".to_owned(),
                whisper: Some(RefusalFacts {
                    reason: "CodePipeline could not be told, so your answer may not count.".to_owned(),
                    people: Vec::new(),
                    help: Some("Press again in a moment, or answer in the AWS console.".to_owned()),
                }),
            });
        };
        record.state = ApprovalState::Ended(outcome.clone());
        let shown = self.update_message(&record, rule, click).await;
        self.set_state(key, &record, &record.state, shown).await?;
        Ok(match &outcome {
            Outcome::Decided(by) if *by == decision => Told {
                outcome: if decision.approved { "approved" } else { "rejected" }.to_owned(),
                whisper: (!shown).then(|| RefusalFacts {
                    reason: "CodePipeline has your answer, but Slack did not let the message be updated.".to_owned(),
                    people: Vec::new(),
                    help: Some("Press a button of the message again to have it show the outcome.".to_owned()),
                }),
            },
            other => Told { outcome: "over already".to_owned(), whisper: Some(engine::over_facts(other)) },
        })
    }

    /// What became of a request whose time has run out: CodePipeline knows better than our clock, where it can be asked.
    async fn outcome_of_expired(&self, record: &ApprovalRecord, now: Timestamp) -> Outcome {
        let expired = Outcome::Elsewhere(Elsewhere { fate: Fate::Expired, by: None, at: None, comment: None });
        let Some(action) = action(record) else { return expired };
        match self.pipelines.action_state(&action).await {
            Ok(state) => of_action(record, state.as_ref(), now).unwrap_or(expired),
            Err(error) => {
                tracing::warn!(%error, "how the approval ended can't be told, so it is shown as expired");
                expired
            }
        }
    }

    /// Shows how it ended on a message that may not show it yet.
    async fn show(&self, key: &str, record: &mut ApprovalRecord, rule: Option<&ApprovalRule>, click: &Click<'_>) {
        let elsewhere = matches!(&record.posting, Posting::Posted(at) if at != click.message);
        if record.shown && !elsewhere {
            return;
        }
        if self.update_message(record, rule, click).await
            && let Err(error) = self.set_state(key, record, &record.state, true).await
        {
            tracing::warn!(%error, "that the message shows the outcome is not remembered");
        }
    }

    /// Brings the clicked message, and the one remembered where that is another, to what the record says.
    async fn update_message(&self, record: &ApprovalRecord, rule: Option<&ApprovalRule>, click: &Click<'_>) -> bool {
        let template = rule.map_or(engine::APPROVAL, |rule| rule.template.as_str());
        let message = match self.render(template, engine::APPROVAL, &engine::approval_facts(record, rule)) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(%error, "the message can't be updated");
                return false;
            }
        };
        let mut places = vec![click.message];
        match &record.posting {
            Posting::Posted(at) if at != click.message => places.push(at),
            _ => {}
        }
        let mut shown = true;
        for place in places {
            if let Err(error) = self.chat.update(place, &message, click.until).await {
                tracing::error!(%error, channel = place.channel, ts = place.ts, "the message does not show the outcome");
                shown = false;
            }
        }
        shown
    }

    /// Remembers how the approval stands. An end is final, and only the invocation that claimed a decision may give the
    /// claim back: ours may have run out, and somebody else may have ended it since.
    async fn set_state(
        &self,
        key: &str,
        record: &ApprovalRecord,
        state: &ApprovalState,
        shown: bool,
    ) -> Result<(), Failure> {
        self.amend(key, keep(&record.event, self.clock.now()), |found| match found {
            Record::Approval(found) => {
                match (&found.state, state) {
                    (ApprovalState::Ended(_), ApprovalState::Ended(_)) => {}
                    (ApprovalState::Ended(_), _) => return false,
                    (held, ApprovalState::Pending) if *held != record.state => return false,
                    _ => found.state = state.clone(),
                }
                found.posting = record.posting.clone();
                found.shown = shown;
                true
            }
            Record::Notice { .. } => false,
        })
        .await
    }

    async fn save(
        &self,
        key: &str,
        record: &ApprovalRecord,
        version: Option<u64>,
        now: Timestamp,
    ) -> Result<u64, SaveError> {
        let record_to_save = Record::Approval(Box::new(record.clone()));
        self.store.save(key, &record_to_save, version, keep(&record.event, now), now).await
    }
}

/// What came of a click, for the log, and what the person is told beyond what the message shows.
struct Told {
    outcome: String,
    whisper: Option<RefusalFacts>,
}

impl Told {
    fn refused(facts: RefusalFacts) -> Self {
        Self { outcome: format!("refused: {}", facts.reason), whisper: Some(facts) }
    }
}

fn unclear(what: &str, people: Vec<Mention>, error: &PortError) -> Known {
    tracing::warn!(%error, "Slack did not say {what}");
    let stop = if people.is_empty() { "." } else { "" };
    Known::Unclear(RefusalFacts {
        reason: format!("Your answer can't be taken, because Slack did not say {what}{stop}"),
        people,
        help: Some("Nothing was changed. Press again in a moment.".to_owned()),
    })
}

fn action(record: &ApprovalRecord) -> Option<ActionRef> {
    Some(ActionRef {
        region: record.event.region.clone(),
        pipeline: record.event.pipeline.clone(),
        stage: record.event.stage.clone()?,
        action: record.event.action.clone()?,
    })
}
