//! An answer to an approval: who gives it and what they may do is settled, then CodePipeline is told, then the message
//! shows what CodePipeline says.

use jiff::Timestamp;

use super::announce::key;
use super::interact::{Click, Told};
use super::show::{Look, Sight};
use super::{App, Failure, TRIES};
use crate::approval::audit::End;
use crate::approval::outcome::{of_action, summary};
use crate::approval::quorum::is_among;
use crate::approval::record::{
    ApprovalRecord, ApprovalState, Decision, Elsewhere, Fate, Outcome, Posting, Record, claim_until,
};
use crate::approval::{Known, Verdict, Voter, Wish, decide, groups_to_ask};
use crate::engine;
use crate::facts::{Mention, RefusalFacts};
use crate::logbook::Metric;
use crate::ports::{ActionRef, Answer, PortError, PutError, SaveError, SlackUser};
use crate::rules::ApprovalRule;

/// What was found out about the person who clicks.
#[derive(Default)]
struct Person {
    known: Known,
    profile: Option<SlackUser>,
}

impl App {
    /// Takes a click's answer, anew after each write of somebody else's that came between (A14).
    pub(super) async fn answer(&self, click: &Click<'_>) -> Result<Told, Failure> {
        let key = key(click.approval);
        let mut person = None;
        for _ in 0..TRIES {
            match self.try_to_answer(&key, click, &mut person).await? {
                Some(told) => return Ok(told),
                None => tracing::info!(key, "somebody else wrote the record first: the answer is decided anew"),
            }
        }
        Ok(Told::refused(RefusalFacts::new(
            "Several people are answering this at once, and yours could not be taken.",
            "Look at the message, and press again if it still waits.",
        )))
    }

    /// `None` when somebody else wrote the record first. Who clicks is found out once, however often that is.
    async fn try_to_answer(
        &self,
        key: &str,
        click: &Click<'_>,
        person: &mut Option<Person>,
    ) -> Result<Option<Told>, Failure> {
        let now = self.clock.now();
        let stored = self.store.load(key, now).await?;
        let version = stored.as_ref().map(|stored| stored.version);
        let Some(Record::Approval(mut record)) = stored.map(|stored| stored.record) else {
            self.logbook.count(Metric::DeadButtons);
            return Ok(Some(Told::refused(RefusalFacts::new(
                "signoff knows nothing of this approval, or no longer.",
                "If CodePipeline still waits for it, answer it in the AWS console.",
            ))));
        };
        self.logbook.pipeline(&record.event.pipeline);
        if let Err(refused) = self.refuse_unreachable(record.event.account.as_deref(), "answer it in the AWS console") {
            return Ok(Some(Told::refused(refused)));
        }
        let settled = match self.settle_unfinished(&mut record, now).await {
            Ok(settled) => settled,
            Err(refused) => return Ok(Some(refused)),
        };
        let rule = match self.rules.approval_for(&record.event) {
            Ok(rule) => rule,
            Err(error) => {
                tracing::error!(%error, "which rule is for an approval can't be told");
                return Ok(Some(Told::refused(RefusalFacts::new(
                    "Which rule is for this approval can't be told, so nobody may answer it here.",
                    format!("Have the rules corrected ({}), or answer it in the AWS console.", error.place()),
                ))));
            }
        };
        if let Some(rule) = rule {
            self.logbook.rule(&rule.name);
        }
        if person.is_none() && !matches!(record.state, ApprovalState::Ended(_)) {
            match self.look_up(rule, &record, click).await {
                Ok(found) => *person = Some(found),
                Err(unclear) => return Ok(Some(Told::refused(unclear))),
            }
        }
        let nobody = Person::default();
        let Person { known, profile } = person.as_ref().unwrap_or(&nobody);
        let user = &click.interaction.user;
        let voter = Voter {
            id: &user.id,
            team: click.interaction.team.as_deref(),
            home: user.team.as_deref(),
            profile: profile.as_ref(),
        };
        let verdict = decide(&self.rules, rule, &record, &click.vote, &voter, known, now);
        if !matches!(record.posting, Posting::Posted(_)) {
            // The click proves that the message is there, whatever became of the invocation that posted it.
            record.posting = Posting::Posted(click.message.clone());
        }
        let name = profile.as_ref().map(|profile| profile.name.as_str()).unwrap_or_default();
        let (outcome, end) = match verdict {
            Verdict::Refuse(facts) => {
                // An earlier invocation may have been stopped before the message showed what it saved. One that is at it now shows
                // the end itself, and ours would be older.
                if !matches!(record.state, ApprovalState::Deciding { until, .. } if until > now) {
                    self.show(key, &mut record, rule, click.sight()).await;
                }
                return Ok(Some(Told::refused(facts)));
            }
            Verdict::AskComment { wish, required } => {
                return self.ask_comment(&record, click, wish, required).await.map(Some);
            }
            Verdict::Count { votes, waits_for } => {
                record.state = ApprovalState::Pending;
                record.votes = votes;
                record.waits_for = Some(waits_for);
                record.shown = false;
                record.follow_up.showing.begin(now, click.until);
                return match self.save(key, &record, version, now).await {
                    Ok(()) => {
                        self.log_vote(&record, &user.id, name, &click.vote, "it waits for more");
                        Ok(Some(self.count(key, record, rule, click).await))
                    }
                    Err(SaveError::Conflict) => Ok(None),
                    Err(SaveError::Failed(error)) => Err(error.into()),
                };
            }
            Verdict::Decide(decision) => {
                if decision.approved && !decision.is_override {
                    record.votes = decision.votes.clone();
                }
                record.state = ApprovalState::Deciding { decision: decision.clone(), until: claim_until(now) };
                record.shown = false;
                return match self.save(key, &record, version, now).await {
                    Ok(()) => {
                        self.log_vote(&record, &user.id, name, &click.vote, "it decides");
                        self.carry_out(key, record, rule, decision, click).await.map(Some)
                    }
                    Err(SaveError::Conflict) => Ok(None),
                    Err(SaveError::Failed(error)) => Err(error.into()),
                };
            }
            Verdict::Over(outcome) => (outcome, settled),
            Verdict::Expired => {
                record.shown = false;
                let end = self.outcome_of_expired(&record, now).await;
                (end.outcome.clone(), Some(end))
            }
        };
        if let Some(end) = &end {
            self.keep_evidence(&record, end, now).await?;
        }
        record.state = ApprovalState::Ended(outcome.clone());
        if !record.shown {
            match self.save(key, &record, version, now).await {
                Ok(()) => {}
                Err(SaveError::Conflict) => return Ok(None),
                Err(SaveError::Failed(error)) => return Err(error.into()),
            }
        }
        self.show(key, &mut record, rule, click.sight()).await;
        self.logbook.count(Metric::DeadButtons);
        Ok(Some(Told { outcome: "over already".to_owned(), whisper: Some(engine::over_facts(&outcome)) }))
    }

    /// An invocation that ended in the middle left a decision of which nobody knows whether it reached CodePipeline:
    /// CodePipeline knows. Without that, the next person's answer would be shown where the first one's counted.
    async fn settle_unfinished(&self, record: &mut ApprovalRecord, now: Timestamp) -> Result<Option<End>, Told> {
        match &record.state {
            ApprovalState::Deciding { until, .. } if *until <= now => {}
            _ => return Ok(None),
        }
        let (Some(action), Some(request)) = (action(record), &record.event.request) else { return Ok(None) };
        match self.pipelines.approval_state(&action, &request.token, record.execution()).await {
            Ok(state) => {
                let end = of_action(record, state.as_ref(), now).map(|outcome| End::told(outcome, state.as_ref()));
                if let Some(end) = &end {
                    record.state = ApprovalState::Ended(end.outcome.clone());
                    record.shown = false;
                }
                Ok(end)
            }
            Err(error) => {
                tracing::warn!(%error, "whether an earlier answer reached CodePipeline can't be told");
                Err(Told::refused(RefusalFacts::new(
                    "An answer was given before, and CodePipeline does not say whether it counts.",
                    "Press again in a moment, or look in the AWS console.",
                )))
            }
        }
    }

    /// What is known of the person who clicks. Slack is asked no more than the rule needs.
    ///
    /// # Errors
    ///
    /// A service did not say, so nobody can tell whether they may: the refusal.
    async fn look_up(
        &self,
        rule: Option<&ApprovalRule>,
        record: &ApprovalRecord,
        click: &Click<'_>,
    ) -> Result<Person, RefusalFacts> {
        let mut known = Known::default();
        let user = &click.interaction.user.id;
        let from_workspace = click.interaction.team.as_deref() == Some(self.rules.workspace.as_str());
        let (Some(rule), true) = (rule, from_workspace) else {
            return Ok(Person { known, profile: None });
        };
        for group in groups_to_ask(rule, user, click.vote.wish) {
            match self.groups.members(self.chat.as_ref(), &group, self.clock.now(), click.until).await {
                Ok(users) => known.members.insert(group, users),
                Err(error) => {
                    let group = Mention::UserGroup { id: group.as_str().to_owned() };
                    return Err(unclear("who is in", vec![group], &error));
                }
            }
        }
        let from = match click.vote.wish {
            Wish::Override => &rule.policy.override_by,
            _ => &rule.approvers,
        };
        if click.vote.wish != Wish::Withdraw && !is_among(from, user, &known.members) {
            return Ok(Person { known, profile: None });
        }
        let forbid = &rule.policy.forbid;
        if click.vote.wish == Wish::Approve && !forbid.is_empty() {
            match self.barred(forbid, record, click.until).await {
                Ok(barred) => known.barred = barred,
                Err(error) => {
                    tracing::warn!(%error, "whose change it is can't be told");
                    return Err(RefusalFacts::new(
                        format!(
                            "The rule `{}` lets nobody approve their own change, and whose this is was not said just now.",
                            rule.name
                        ),
                        "Nothing was changed. Press again in a moment.",
                    ));
                }
            }
        }
        match self.chat.user(user, click.until).await {
            Ok(profile) => Ok(Person { known, profile }),
            Err(error) => Err(unclear("who you are", Vec::new(), &error)),
        }
    }

    /// Shows an approval that counts where more are needed, or one that was withdrawn.
    async fn count(
        &self,
        key: &str,
        mut record: Box<ApprovalRecord>,
        rule: Option<&ApprovalRule>,
        click: &Click<'_>,
    ) -> Told {
        let waits_for = record.waits_for.clone().unwrap_or_default();
        let sight = Sight { began: record.follow_up.showing.last(), ..click.sight() };
        let look = self.show(key, &mut record, rule, sight).await;
        self.count_in_execution(&record, click.until).await;
        let (deed, said) = match click.vote.wish {
            Wish::Withdraw => ("approval withdrawn", "Your approval is withdrawn"),
            _ => ("approval counted", "Your approval counts"),
        };
        let whisper = (look != Look::Current).then(|| {
            RefusalFacts::new(
                format!("{said}, but the message could not be updated."),
                format!("It waits for {waits_for}."),
            )
        });
        Told { outcome: format!("{deed}; it waits for {waits_for}"), whisper }
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
            Ok(()) => Some(End::accepted(&decision)),
            Err(PutError::Over(said)) => {
                let said = answer.token.hidden_in(&said);
                tracing::info!(%said, "CodePipeline did not take the answer");
                match self.pipelines.approval_state(&answer.action, &answer.token, record.execution()).await {
                    Ok(state) => of_action(&record, state.as_ref(), self.clock.now()).map(|outcome| {
                        let end = End::told(outcome, state.as_ref());
                        let said = said.trim_start_matches("CodePipeline's ");
                        End { said: format!("{said}; it {}", end.said), ..end }
                    }),
                    Err(error) => {
                        tracing::warn!(%error, "how the approval ended can't be told");
                        None
                    }
                }
            }
            Err(PutError::Failed(error)) => {
                let error = answer.token.hidden_in(&error.to_string());
                tracing::error!(error, "the answer may not have reached CodePipeline");
                None
            }
        };
        let Some(end) = ended else {
            // The decision stays in the record, its claim given back: whoever comes next settles first what became of it.
            let unfinished = ApprovalState::Deciding { decision, until: self.clock.now() };
            self.set_state(key, &record, &unfinished, false).await?;
            self.logbook.count(Metric::FailedClicks);
            return Ok(Told {
                outcome: "CodePipeline did not take the answer".to_owned(),
                whisper: Some(RefusalFacts::new(
                    "CodePipeline could not be told, so your answer may not count.",
                    "Press again in a moment, or answer in the AWS console.",
                )),
            });
        };
        // Where that fails the message keeps its buttons, so that whoever presses next settles what became of it.
        self.keep_evidence(&record, &end, self.clock.now()).await?;
        let outcome = end.outcome;
        // Saved before it is shown: see `show`.
        record.state = ApprovalState::Ended(outcome.clone());
        record.shown = false;
        let saved = self.set_state(key, &record, &record.state, false).await;
        let look = self.show(key, &mut record, rule, click.sight()).await;
        saved?;
        Ok(match &outcome {
            Outcome::Decided(by) if *by == decision => Told {
                outcome: if decision.approved { "approved" } else { "rejected" }.to_owned(),
                whisper: (look != Look::Current).then(|| {
                    RefusalFacts::new(
                        "CodePipeline has your answer, but the message could not be updated.",
                        "Press a button of the message again to have it show the outcome.",
                    )
                }),
            },
            other => Told { outcome: "over already".to_owned(), whisper: Some(engine::over_facts(other)) },
        })
    }

    /// What became of a request whose time has run out: CodePipeline knows better than our clock, where it can be asked.
    async fn outcome_of_expired(&self, record: &ApprovalRecord, now: Timestamp) -> End {
        let expired = Outcome::Elsewhere(Elsewhere { fate: Fate::Expired, by: None, at: None, comment: None });
        let (Some(action), Some(request)) = (action(record), &record.event.request) else {
            return End::told(expired, None);
        };
        match self.pipelines.approval_state(&action, &request.token, record.execution()).await {
            Ok(state) => End::told(of_action(record, state.as_ref(), now).unwrap_or(expired), state.as_ref()),
            Err(error) => {
                tracing::warn!(%error, "how the approval ended can't be told, so it is shown as expired");
                End::told(expired, None)
            }
        }
    }
}

fn unclear(what: &str, people: Vec<Mention>, error: &PortError) -> RefusalFacts {
    tracing::warn!(%error, "Slack did not say {what}");
    let stop = if people.is_empty() { "." } else { "" };
    RefusalFacts {
        reason: format!("Your answer can't be taken, because Slack did not say {what}{stop}"),
        people,
        help: Some("Nothing was changed. Press again in a moment.".to_owned()),
    }
}

pub(super) fn action(record: &ApprovalRecord) -> Option<ActionRef> {
    Some(ActionRef {
        pipeline: record.event.pipeline_ref(),
        stage: record.event.stage.clone()?,
        action: record.event.action.clone()?,
    })
}
