//! What people look at: how a pipeline stands, what waits, and what they may do.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Ask, Known, Said, Stop, unclear};
use crate::app::{App, Failure};
use crate::approval::quorum::{Members, user_groups};
use crate::approval::record::{ApprovalRecord, Posting, Record};
use crate::approval::{Voter, unfit};
use crate::command::{Order, decide, offers, status, waiting};
use crate::facts::{RefusalFacts, WaitingApproval, WaitingFacts};
use crate::ports::PipelineRef;
use crate::rules::command::{Target, Verb};
use crate::slack::request::{HomeOpened, SlashCommand};

const STATUS: &str = "status";
const APPROVALS: &str = "approvals";
const HELP: &str = "help";

/// How many approvals are looked at for a list.
const MOST: usize = 200;
/// How many of them a list shows: a message holds 50 blocks.
const SHOWN: usize = 40;
/// Approvals wait at most 60 days, so that each is due before.
const AHEAD: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The approvals that wait, the oldest first, and what could not be looked up.
struct Waiting {
    records: Vec<ApprovalRecord>,
    incomplete: Option<String>,
}

impl App {
    /// Shows how a pipeline stands.
    pub(super) async fn status(&self, order: &Order, ask: &Ask<'_>) -> Result<Said, Stop> {
        // What else they may do has to be known for the buttons.
        let known = self.known(decide::groups_of_all(&self.rules, &ask.user.id), ask).await?;
        self.permitted_to(Verb::Status, &order.target, ask, &known).await?;
        let pipeline = order.target.pipeline_ref();
        let state = match self.pipelines.state(&pipeline).await {
            Ok(Some(state)) => state,
            Ok(None) => return Err(self.no_pipeline(Verb::Status, &order.target, ask, &known).await.into()),
            Err(error) => return Err(unclear(&error)),
        };
        let may = |verb: Verb, target: &Target| decide::may(&self.rules, verb, target, &ask.user.id, &known.members);
        let waiting = self.waiting_of(&pipeline).await?;
        let facts = status::status_facts(&order.target, &state, &waiting, &self.rules, &may);
        let message = self.render(STATUS, STATUS, &facts)?;
        Ok(Said { outcome: format!("shown how `{}` stands", pipeline.name), message: Some(message) })
    }

    /// Lists the approvals that wait, of the pipelines of which somebody may see that.
    pub(super) async fn approvals(&self, order: &Order, ask: &Ask<'_>) -> Result<Said, Stop> {
        let known = self.known(decide::groups_of_all(&self.rules, &ask.user.id), ask).await?;
        self.fit(ask, &known)?;
        let mine = decide::rules_of(&self.rules, &ask.user.id, &known.members);
        if !mine.iter().any(|rule| rule.verbs.contains(&Verb::Approvals)) {
            let reason = "No rule lets you see which approvals wait.";
            return Err(RefusalFacts::new(reason, "Have yourself added to a rule under `commands:`.").into());
        }
        let Target { region, pipeline, .. } = &order.target;
        let waiting = self.waiting().await?;
        let may_see = |record: &&ApprovalRecord| {
            let event = &record.event;
            let target = Target::new(event.pipeline_ref(), event.stage.clone());
            (pipeline.is_empty() || event.pipeline == *pipeline)
                && (region.is_empty() || event.region == *region)
                && decide::may(&self.rules, Verb::Approvals, &target, &ask.user.id, &known.members)
        };
        let records: Vec<&ApprovalRecord> = waiting.records.iter().filter(may_see).collect();
        let outcome = format!("shown {} approvals", records.len());
        let approvals = self.listed(&records, ask.until).await;
        let facts = WaitingFacts { place: "command".to_owned(), approvals, incomplete: waiting.incomplete };
        Ok(Said { outcome, message: Some(self.render(APPROVALS, APPROVALS, &facts)?) })
    }

    /// Tells somebody what they may do.
    pub(super) async fn help(&self, command: &SlashCommand, ask: &Ask<'_>) -> Result<Said, Failure> {
        let known = match self.known(decide::groups_of_all(&self.rules, &ask.user.id), ask).await {
            Ok(known) => known,
            Err(Stop::Refused(facts)) => return self.refuse(&facts),
            Err(Stop::Failed(failure)) => return Err(failure),
        };
        if let Err(facts) = self.fit(ask, &known)
            && known.profile.is_some()
        {
            return self.refuse(&facts);
        }
        let user = if ask.team == Some(self.rules.workspace.as_str()) { ask.user.id.as_str() } else { "" };
        let facts = offers::help_facts(&command.command, &self.rules, user, &known.members);
        Ok(Said { outcome: "told what they may do".to_owned(), message: Some(self.render(HELP, HELP, &facts)?) })
    }

    /// Refuses who is not one of the workspace's people.
    fn fit(&self, ask: &Ask<'_>, known: &Known) -> Result<(), RefusalFacts> {
        let voter =
            Voter { id: &ask.user.id, team: ask.team, home: ask.user.team.as_deref(), profile: known.profile.as_ref() };
        if let Some(facts) = decide::not_of_the_workspace(&self.rules, &voter) {
            return Err(facts);
        }
        if known.profile.is_some() && unfit(known.profile.as_ref(), self.rules.workspace.as_str()).is_some() {
            let reason = "Only people of this workspace may do this.";
            return Err(RefusalFacts::new(reason, "Ask one of them."));
        }
        Ok(())
    }

    /// Shows somebody in the Home tab what waits for them.
    pub(in crate::app) async fn show_home(&self, home: &HomeOpened, until: Timestamp) -> Result<String, Failure> {
        if home.team.as_deref() != Some(self.rules.workspace.as_str()) {
            return Ok("refused: the Home tab of another workspace".to_owned());
        }
        let waiting = self.waiting().await?;
        let mut mine = Vec::new();
        let mut incomplete = waiting.incomplete;
        for record in &waiting.records {
            let Ok(Some(rule)) = self.rules.approval_for(&record.event) else { continue };
            let mut members = Members::default();
            for group in user_groups(&rule.approvers) {
                match self.groups.members(self.chat.as_ref(), &group, self.clock.now(), until).await {
                    Ok(users) => members.insert(group, users),
                    Err(error) => {
                        tracing::warn!(%error, "who is in a user group can't be told");
                        incomplete = Some("Slack did not say who is in a group that the rules name.".to_owned());
                    }
                }
            }
            if waiting::waits_for_person(record, &self.rules, &home.user.id, &members) {
                mine.push(record);
            }
        }
        let count = mine.len();
        let approvals = self.listed(&mine, until).await;
        let facts = WaitingFacts { place: "home".to_owned(), approvals, incomplete };
        let message = self.render(APPROVALS, APPROVALS, &facts)?;
        let view = json!({ "type": "home", "blocks": message.blocks });
        self.chat.publish_home(&home.user.id, &view, until).await?;
        Ok(format!("shown what waits for them: {count} approvals"))
    }

    /// Every approval that waits, the oldest first. What waits is due at some time, so the index of what is due has it.
    async fn waiting(&self) -> Result<Waiting, Failure> {
        let now = self.clock.now();
        let keys = self.store.due(now.checked_add(AHEAD).unwrap_or(now), MOST).await?;
        let incomplete = (keys.len() >= MOST).then(|| format!("more than {MOST} approvals wait."));
        let mut records = Vec::new();
        for key in &keys {
            if let Some(Record::Approval(record)) = self.store.load(key, now).await?.map(|stored| stored.record)
                && waiting::is_waiting(&record, now)
            {
                records.push(*record);
            }
        }
        records.sort_by(|one, other| (one.since(), &one.id).cmp(&(other.since(), &other.id)));
        Ok(Waiting { records, incomplete })
    }

    /// The approvals of a pipeline that wait.
    async fn waiting_of(&self, pipeline: &PipelineRef) -> Result<Vec<ApprovalRecord>, Failure> {
        let now = self.clock.now();
        let mut records = Vec::new();
        for open in self.open_of(pipeline, now).await? {
            let key = crate::app::announce::key(&open.id);
            if let Some(Record::Approval(record)) = self.store.load(&key, now).await?.map(|stored| stored.record)
                && waiting::is_waiting(&record, now)
            {
                records.push(*record);
            }
        }
        Ok(records)
    }

    /// Approvals for a list, with the addresses of their messages.
    async fn listed(&self, records: &[&ApprovalRecord], until: Timestamp) -> Vec<WaitingApproval> {
        let mut approvals = Vec::new();
        for record in records.iter().take(SHOWN) {
            let link = match &record.posting {
                Posting::Posted(at) => self.chat.permalink(at, until).await.ok(),
                Posting::Claimed { .. } => None,
            };
            approvals.push(waiting::waiting_facts(record, &self.rules, link));
        }
        approvals
    }
}
