//! What people do to pipelines from Slack: who asks and whether they may is settled, then what exactly is meant, then they are
//! asked once more, then it is done.

mod carry_out;
mod see;

use jiff::Timestamp;

use super::{App, Failure};
use crate::approval::Voter;
use crate::approval::digest_of;
use crate::approval::quorum::Members;
use crate::command::decide::{self, Asker, Verdict};
use crate::command::parse::{self, Asked};
use crate::command::resolve::resolve;
use crate::command::{Order, told};
use crate::diagnostic::suggest::nearest;
use crate::facts::RefusalFacts;
use crate::ports::SlackUser;
use crate::rules::UserGroupId;
use crate::rules::command::{CommandRule, Target, Verb};
use crate::slack::interaction::{Clicker, Confirmation};
use crate::slack::limits;
use crate::slack::request::SlashCommand;
use crate::template::{Message, Templates};

/// The template of the window that asks before anything is done.
const CONFIRM: &str = "confirm";

/// Somebody asks for something.
pub(super) struct Ask<'a> {
    pub(super) team: Option<&'a str>,
    pub(super) user: &'a Clicker,
    /// Where they ask.
    pub(super) channel: &'a str,
    /// Names this asking: what was asked for once is done once.
    pub(super) id: String,
    /// Opens a modal; `None` once they were asked.
    pub(super) trigger: Option<&'a str>,
    /// Whether a button was pressed, which somebody else may have pressed before.
    pub(super) is_press: bool,
    pub(super) until: Timestamp,
}

/// What came of it, for the log, and what only the person is told.
pub(super) struct Said {
    pub(super) outcome: String,
    pub(super) message: Option<Message>,
}

/// What is known of a person.
struct Known {
    members: Members,
    profile: Option<SlackUser>,
}

/// Somebody may not, or can't: what they are told.
enum Stop {
    Refused(RefusalFacts),
    Failed(Failure),
}

impl From<RefusalFacts> for Stop {
    fn from(facts: RefusalFacts) -> Self {
        Self::Refused(facts)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<crate::command::Refused> for Stop {
    fn from(refused: crate::command::Refused) -> Self {
        Self::Refused(RefusalFacts::new(refused.reason, refused.help))
    }
}

impl App {
    /// Does what a slash command asks for.
    pub(super) async fn slash(&self, command: &SlashCommand, until: Timestamp) -> Result<Said, Failure> {
        let ask = Ask {
            team: command.team.as_deref(),
            user: &command.user,
            channel: &command.channel,
            id: digest_of(&[Some("slash"), Some(&command.trigger)]),
            trigger: Some(&command.trigger),
            is_press: false,
            until,
        };
        let region = self.pipelines.own_region();
        match parse::parse(&command.text, &region) {
            Ok(Asked::Help) => self.help(command, &ask).await,
            Ok(Asked::Order(order)) => self.order(order, &ask).await,
            Err(refused) => self.refuse(&RefusalFacts::new(refused.reason, refused.help)),
        }
    }

    /// Does what a button asks for.
    pub(super) async fn press_order(&self, order: &Order, ask: &Ask<'_>) -> Result<Said, Failure> {
        self.order(order.clone(), ask).await
    }

    /// Carries out what somebody has confirmed.
    pub(super) async fn confirmed(
        &self,
        about: &Confirmation,
        reason: Option<&String>,
        ask: &Ask<'_>,
    ) -> Result<Said, Failure> {
        let reason = reason.cloned().or_else(|| about.order.reason.clone());
        self.order(Order { reason, ..about.order.clone() }, ask).await
    }

    async fn order(&self, order: Order, ask: &Ask<'_>) -> Result<Said, Failure> {
        let verb = order.verb;
        let done = match verb {
            Verb::Approvals => self.approvals(&order, ask).await,
            Verb::Status => self.status(&order, ask).await,
            _ => self.change(order, ask).await,
        };
        match done {
            Ok(said) => Ok(said),
            Err(Stop::Refused(facts)) => self.refuse(&facts),
            Err(Stop::Failed(failure)) => Err(failure),
        }
    }

    /// Changes something, or asks whether to.
    async fn change(&self, mut order: Order, ask: &Ask<'_>) -> Result<Said, Stop> {
        let known = self.permitted(order.verb, &order.target, ask).await?;
        if ask.trigger.is_some() {
            if ask.is_press {
                self.refuse_done(&ask.id).await?;
            }
            order = self.resolved(order, ask, &known).await?;
        }
        // By the rules for the very stage, now that it is known.
        let (rule, confirm) = self.allowed(&order, ask, &known).await?;
        match ask.trigger {
            Some(trigger) if confirm || order.lacks_reason() => self.ask_first(&order, rule, ask, trigger).await,
            _ => self.perform(order, rule, ask, &known).await,
        }
    }

    /// Finds out who asks, and refuses whom no rule lets do this.
    async fn permitted(&self, verb: Verb, target: &Target, ask: &Ask<'_>) -> Result<Known, Stop> {
        let groups = decide::groups_to_ask(&self.rules, verb, target, &ask.user.id);
        let known = self.known(groups, ask).await?;
        self.permitted_to(verb, target, ask, &known).await?;
        Ok(known)
    }

    /// Refuses whom no rule lets do this.
    async fn permitted_to(&self, verb: Verb, target: &Target, ask: &Ask<'_>, known: &Known) -> Result<(), Stop> {
        let voter = voter(ask, known);
        let asker = Asker { person: &voter, members: &known.members, barred: None };
        match decide::decide(&self.rules, verb, target, &asker, self.clock.now()) {
            Verdict::Allow { .. } => Ok(()),
            Verdict::Refuse(facts) => Err(self.perhaps_meant(facts, verb, target, ask, known).await.into()),
        }
    }

    /// Decides about what exactly is to be done.
    async fn allowed(&self, order: &Order, ask: &Ask<'_>, known: &Known) -> Result<(&CommandRule, bool), Stop> {
        let voter = voter(ask, known);
        let now = self.clock.now();
        let asker = Asker { person: &voter, members: &known.members, barred: None };
        let forbid = decide::forbidden(&self.rules, order.verb, &order.target, &asker, now);
        let barred = if forbid.is_empty() {
            None
        } else {
            let execution = order.execution.as_deref();
            match self.barred_of(&forbid, &order.target.pipeline_ref(), execution, ask.until).await {
                Ok(barred) => Some(barred),
                Err(error) => {
                    tracing::warn!(%error, "whose change it is can't be told");
                    return Err(RefusalFacts::new(
                        "Nobody may retry what is their own, and whose change this is was not said just now.",
                        "Nothing was changed. Try again in a moment.",
                    )
                    .into());
                }
            }
        };
        let asker = Asker { person: &voter, members: &known.members, barred: barred.as_ref() };
        match decide::decide(&self.rules, order.verb, &order.target, &asker, now) {
            Verdict::Allow { rule, confirm } => Ok((rule, confirm)),
            Verdict::Refuse(facts) => Err(facts.into()),
        }
    }

    /// The order with its stage and execution, as the pipeline stands.
    async fn resolved(&self, order: Order, ask: &Ask<'_>, known: &Known) -> Result<Order, Stop> {
        let pipeline = order.target.pipeline_ref();
        let state = match self.pipelines.state(&pipeline).await {
            Ok(Some(state)) => state,
            Ok(None) => return Err(self.no_pipeline(order.verb, &order.target, ask, known).await.into()),
            Err(error) => return Err(unclear(&error)),
        };
        let succeeded = match (&order.target.stage, order.verb) {
            (Some(stage), Verb::Rollback) if state.stages.iter().any(|known| known.name == *stage) => {
                self.pipelines.succeeded_in(&pipeline, stage).await.map_err(|error| unclear(&error))?
            }
            _ => Vec::new(),
        };
        Ok(resolve(order, &state, &succeeded)?)
    }

    /// Shows what would be done, and asks.
    async fn ask_first(&self, order: &Order, rule: &CommandRule, ask: &Ask<'_>, trigger: &str) -> Result<Said, Stop> {
        let about = Confirmation { order: order.clone(), channel: ask.channel.to_owned(), id: ask.id.clone() };
        // Plain data in a plain structure: writing it as JSON can't fail.
        let metadata = serde_json::to_string(&about).unwrap_or_default();
        if metadata.chars().count() > limits::PRIVATE_METADATA {
            let reason = "This is more than a window of Slack's can hold.";
            return Err(RefusalFacts::new(reason, "Give fewer or shorter variables.").into());
        }
        let mut facts = told::command_facts(order, rule);
        facts.private_metadata = Some(metadata);
        let view = self.templates.render_modal(CONFIRM, &facts).or_else(|error| {
            tracing::error!(%error, "the template `confirm` failed; the built-in one stands in for it");
            Templates::builtin()
                .render_modal(CONFIRM, &facts)
                .map_err(|error| Failure(format!("the template `confirm` and its built-in stand-in failed: {error}")))
        })?;
        match self.chat.open_modal(trigger, &view, ask.until).await {
            Ok(()) => Ok(Said { outcome: format!("asked whether to {}", order.verb), message: None }),
            Err(error) => {
                tracing::warn!(%error, "the modal did not open");
                let reason = "Slack did not open the window that asks whether to do this.";
                Err(RefusalFacts::new(reason, "Nothing was changed. Try again.").into())
            }
        }
    }

    /// Finds out what is needed of who asks. Slack is asked no more than the rules need.
    async fn known(&self, groups: impl IntoIterator<Item = UserGroupId>, ask: &Ask<'_>) -> Result<Known, Stop> {
        let mut known = Known { members: Members::default(), profile: None };
        if ask.team != Some(self.rules.workspace.as_str()) {
            return Ok(known);
        }
        for group in groups {
            match self.groups.members(self.chat.as_ref(), &group, self.clock.now(), ask.until).await {
                Ok(users) => known.members.insert(group, users),
                Err(error) => {
                    tracing::warn!(%error, "Slack did not say who is in a user group");
                    let reason = "Slack did not say who is in a group that the rules name.";
                    return Err(RefusalFacts::new(reason, "Nothing was changed. Try again in a moment.").into());
                }
            }
        }
        if decide::rules_of(&self.rules, &ask.user.id, &known.members).is_empty() {
            return Ok(known);
        }
        match self.chat.user(&ask.user.id, ask.until).await {
            Ok(profile) => known.profile = profile,
            Err(error) => {
                tracing::warn!(%error, "Slack did not say who somebody is");
                let reason = "Slack did not say who you are.";
                return Err(RefusalFacts::new(reason, "Nothing was changed. Try again in a moment.").into());
            }
        }
        Ok(known)
    }

    /// A refusal, with the name that was probably meant, where somebody may do this to that.
    async fn perhaps_meant(
        &self,
        facts: RefusalFacts,
        verb: Verb,
        target: &Target,
        ask: &Ask<'_>,
        known: &Known,
    ) -> RefusalFacts {
        let may_do_it = || {
            let rules = decide::rules_of(&self.rules, &ask.user.id, &known.members);
            rules.iter().any(|rule| rule.verbs.contains(&verb))
        };
        let nobody_may = !decide::may_anybody(&self.rules, verb, target);
        if !nobody_may || known.profile.is_none() || !may_do_it() {
            return facts;
        }
        match self.meant(verb, target, ask, known).await {
            Some(name) => RefusalFacts { help: Some(format!("Did you mean `{name}`?")), ..facts },
            None => facts,
        }
    }

    async fn no_pipeline(&self, verb: Verb, target: &Target, ask: &Ask<'_>, known: &Known) -> RefusalFacts {
        let Target { region, pipeline, .. } = target;
        let help = match self.meant(verb, target, ask, known).await {
            Some(name) => format!("Did you mean `{name}`?"),
            None => "Write its name as in CodePipeline, and `in REGION` where it is in another region.".to_owned(),
        };
        RefusalFacts::new(format!("There is no pipeline `{pipeline}` in {region}."), help)
    }

    /// The pipeline that was probably meant, of those to which somebody may do this.
    async fn meant(&self, verb: Verb, target: &Target, ask: &Ask<'_>, known: &Known) -> Option<String> {
        let names = match self.pipelines.pipelines(target.account.as_deref(), &target.region).await {
            Ok(names) => names,
            Err(error) => {
                tracing::warn!(%error, "which pipelines there are can't be told");
                return None;
            }
        };
        let may = |name: &&String| {
            let target = Target { pipeline: (*name).clone(), ..target.clone() };
            decide::may(&self.rules, verb, &target, &ask.user.id, &known.members)
        };
        let names: Vec<&str> = names.iter().filter(may).map(String::as_str).collect();
        nearest(&target.pipeline, &names).map(str::to_owned)
    }

    fn refuse(&self, facts: &RefusalFacts) -> Result<Said, Failure> {
        let told = super::interact::Told::refused(facts.clone());
        let message = self.render(crate::engine::REFUSAL, crate::engine::REFUSAL, facts)?;
        Ok(Said { outcome: told.outcome, message: Some(message) })
    }
}

fn voter<'a>(ask: &Ask<'a>, known: &'a Known) -> Voter<'a> {
    Voter { id: &ask.user.id, team: ask.team, home: ask.user.team.as_deref(), profile: known.profile.as_ref() }
}

/// CodePipeline did not say how a pipeline stands.
fn unclear(error: &crate::ports::PortError) -> Stop {
    tracing::warn!(%error, "how a pipeline stands can't be told");
    let reason = "CodePipeline did not say how the pipeline stands.";
    RefusalFacts::new(reason, "Nothing was changed. Try again in a moment.").into()
}
