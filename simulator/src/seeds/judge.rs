//! The invariants, judged at rest by what the services say and by what people really did. Nothing here asks signoff what it thinks: the
//! table is read only to learn which message is an approval's own.

mod executions;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::play::{Cause, Click, Invoked, Play, Stands};
use super::setup::{PEOPLE, PIPELINES, Policy};
use super::turns::Deed;
use crate::scenario::instance::{BOT_TOKEN, REGION, SIGNING_SECRET, TABLE};
use crate::world::World;

/// How long a claim holds: for so long nobody else is at it, and for longer somebody may be. Clocks differ by some seconds.
const CLAIM: SignedDuration = SignedDuration::from_secs(50);

/// Slack's limit: <https://docs.slack.dev/interactivity/handling-user-interaction>.
const SLACK_WAITS_MS: u128 = 3_000;

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its number.
    pub invariant: u8,
    /// What is wrong, in words.
    pub what: String,
}

impl Violation {
    pub(super) fn new(invariant: u8, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }

    /// The invariant in words.
    pub fn meaning(&self) -> &'static str {
        match self.invariant {
            1 => "no answer without a satisfied policy of verified clicks",
            2 => "no approval gets two different answers",
            3 => "no request and no click vanishes",
            4 => "at rest every message shows what CodePipeline says",
            5 => "no secret in any output",
            _ => "Slack is answered within 3 seconds",
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "I{}, {}: {}", self.invariant, self.meaning(), self.what)
    }
}

/// An approval that CodePipeline asked for, as it says it ended.
struct Asked {
    name: String,
    policy_of: usize,
    token: String,
    status: String,
    summary: Option<String>,
    author: Option<usize>,
    ends: Option<Timestamp>,
    /// What signoff remembers of it.
    record: Option<Value>,
    /// What it keeps as evidence of how it ended.
    evidence: Option<Value>,
}

impl Asked {
    fn id(&self) -> &str {
        self.record.as_ref().and_then(|record| record["id"].as_str()).unwrap_or_default()
    }

    /// Whether it is over, and was not answered by anybody.
    fn is_unanswered(&self) -> bool {
        self.status == "Failed" && self.summary.is_none()
    }
}

/// The first invariant that does not hold.
pub(super) fn judge(play: &Play<'_>) -> Option<Violation> {
    let mut world = play.world();
    let asked = asked(play, &mut world);
    let by_id: BTreeMap<&str, &Asked> = asked.iter().map(|asked| (asked.id(), asked)).collect();
    for invoked in &play.invocations {
        let found = clicked(play, invoked, &by_id).or_else(|| puts(play, invoked, &asked));
        if found.is_some() {
            return found;
        }
    }
    let two = asked.iter().find_map(|asked| two_answers(play, asked));
    let found = two.or_else(|| asked.iter().find_map(|asked| shown(play, &world, asked)));
    let executions = if play.start.shows_executions { executions::shown(&mut world) } else { None };
    found.or(executions).or_else(|| secrets(&world, play, &asked))
}

/// Every approval that CodePipeline asked for.
fn asked(play: &Play<'_>, world: &mut World) -> Vec<Asked> {
    let mut records: BTreeMap<String, Value> = BTreeMap::new();
    let mut evidence: BTreeMap<String, Value> = BTreeMap::new();
    for body in world.dynamodb.bodies(TABLE) {
        let Ok(record) = serde_json::from_str::<Value>(body) else { continue };
        if let Some(token) = record["event"]["request"]["token"].as_str() {
            records.insert(token.to_owned(), record);
        } else if let (Some(approval), true) = (record["approval"].as_str(), record["decided"].is_string()) {
            evidence.insert(approval.to_owned(), record);
        }
    }
    let mut asked = Vec::new();
    for (policy_of, pipeline) in PIPELINES.iter().enumerate() {
        let input = json!({ "pipelineName": pipeline, "maxResults": 100 });
        let now = world.now;
        let runs = world
            .codepipeline
            .answer(now, (&world.own_account, REGION), "ListActionExecutions", &input)
            .unwrap_or_default();
        for run in runs["actionExecutionDetails"].as_array().into_iter().flatten() {
            let result = &run["output"]["executionResult"];
            let Some(token) = result["externalExecutionId"].as_str() else { continue };
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let started = run["startTime"].as_f64().unwrap_or_default();
            // Whole seconds of this century.
            #[allow(clippy::cast_possible_truncation)]
            let started = Timestamp::from_second(started as i64).ok();
            let execution = text(&run["pipelineExecutionId"]);
            let record = records.remove(token);
            let id = record.as_ref().and_then(|record| record["id"].as_str()).unwrap_or_default();
            asked.push(Asked {
                name: format!("{pipeline} {}", &execution[..8.min(execution.len())]),
                policy_of,
                token: token.to_owned(),
                status: text(&run["status"]),
                summary: result["externalExecutionSummary"].as_str().map(str::to_owned),
                author: play.authors.get(&((*pipeline).to_owned(), execution)).copied(),
                ends: started.and_then(|at| at.checked_add(SignedDuration::from_mins(100)).ok()),
                evidence: evidence.remove(id),
                record,
            });
        }
    }
    asked
}

/// Whether a click was answered in time, rightly, and with something to see.
fn clicked(play: &Play<'_>, invoked: &Invoked, asked: &BTreeMap<&str, &Asked>) -> Option<Violation> {
    let Cause::Click(click) = &invoked.cause else {
        // It came again, which `rest` saw to.
        return None;
    };
    let who = PEOPLE[click.by].handle;
    let words = format!("{who}'s {}", click.wish);
    let Some((answer, took)) = &invoked.answer else {
        let is_dead = invoked.stands == Stands::Died;
        return (!is_dead).then(|| Violation::new(6, format!("{words} is never answered")));
    };
    if took.as_millis() > SLACK_WAITS_MS {
        return Some(Violation::new(6, format!("{words} is answered after {} ms", took.as_millis())));
    }
    let status = answer.as_ref().map_or(0, |answer| answer["statusCode"].as_u64().unwrap_or_default());
    if click.is_genuine == (status == 401) {
        let what = if click.is_genuine { "which is Slack's, is refused" } else { "which is not Slack's, is taken" };
        return Some(Violation::new(1, format!("{words}, {what} ({status})")));
    }
    if status != 200 || invoked.stands == Stands::Died {
        return None;
    }
    // Either somebody sees it, or it could not be shown. Who only came too late has to try again.
    if invoked.deeds.iter().all(|(_, _, deed)| *deed == Deed::Overtaken) {
        return Some(Violation::new(3, format!("{words} leads to nothing that anybody sees")));
    }
    lost_vote(play, invoked, click, asked.get(click.approval.as_str()).copied()?)
}

/// An approval that was counted is still there, as long as the approval waits and nobody took it back.
fn lost_vote(play: &Play<'_>, invoked: &Invoked, click: &Click, asked: &Asked) -> Option<Violation> {
    let was_counted = click.wish == "approve"
        && invoked.deeds.iter().any(|(_, _, deed)| *deed == Deed::Updated)
        && !invoked.deeds.iter().any(|(_, _, deed)| !matches!(deed, Deed::Updated));
    if !was_counted || asked.status != "InProgress" || asked.author == Some(click.by) {
        return None;
    }
    let took_back = of(play, &click.approval)
        .any(|(_, other)| other.by == click.by && matches!(other.wish.as_str(), "withdraw") && other.is_genuine);
    let votes = asked.record.as_ref().and_then(|record| record["votes"].as_array());
    let is_there = votes.into_iter().flatten().any(|vote| vote["by"] == PEOPLE[click.by].id);
    let who = PEOPLE[click.by].handle;
    (!took_back && !is_there)
        .then(|| Violation::new(3, format!("{who}'s approval of {} was counted, and is lost", asked.name)))
}

/// The clicks about an approval.
fn of<'a>(play: &'a Play<'_>, approval: &'a str) -> impl Iterator<Item = (&'a Invoked, &'a Click)> {
    play.invocations.iter().filter_map(move |invoked| match &invoked.cause {
        Cause::Click(click) if click.approval == approval => Some((invoked, click)),
        _ => None,
    })
}

/// Whether an answer that CodePipeline took may be given (I1), by whoever really clicked.
fn puts(play: &Play<'_>, invoked: &Invoked, asked: &[Asked]) -> Option<Violation> {
    for (order, at, deed) in &invoked.deeds {
        let Deed::Put { token, approved, taken: true } = deed else { continue };
        let asked = asked.iter().find(|asked| asked.token == *token)?;
        let policy = &play.start.rules[invoked.rules].policies[asked.policy_of];
        let Cause::Click(click) = &invoked.cause else {
            return Some(Violation::new(1, format!("{} is answered though nobody clicked", asked.name)));
        };
        let why = if *approved {
            may_approve(play, invoked, click, asked, policy, *order, *at)
        } else {
            let named = policy.seats.iter().any(|seat| seat.contains(&PEOPLE[click.by].id));
            let may = click.wish == "reject" && click.is_genuine && named && PEOPLE[click.by].is_fit;
            (!may).then(|| format!("{} {}s, who may not reject", PEOPLE[click.by].handle, click.wish))
        };
        if let Some(why) = why {
            let told = if *approved { "Approved" } else { "Rejected" };
            return Some(Violation::new(1, format!("{} is told {told}, though {why}", asked.name)));
        }
    }
    None
}

/// Why this approval may not be given; none where it may.
fn may_approve(
    play: &Play<'_>,
    deciding: &Invoked,
    click: &Click,
    asked: &Asked,
    policy: &Policy,
    order: usize,
    at: Timestamp,
) -> Option<String> {
    let who = PEOPLE[click.by];
    if !click.is_genuine {
        return Some("the request is not Slack's".to_owned());
    }
    if click.wish == "override" {
        let may = policy.override_by.contains(&who.id) && click.is_submission;
        return (!may).then(|| format!("{} may not override", who.handle));
    }
    if click.wish != "approve" {
        return Some(format!("{} presses {}", who.handle, click.wish));
    }
    if policy.wants_comment && !click.is_submission {
        let earlier = of(play, &click.approval).any(|(_, other)| other.by == click.by && other.is_submission);
        if !earlier {
            return Some(format!("{} says nothing, and a comment is required", who.handle));
        }
    }
    if let Some((from, until)) = policy.hours {
        let is_open = |at: Timestamp| {
            let hour = at.as_second().rem_euclid(86_400) / 3_600;
            (from..until).contains(&hour)
        };
        // Clocks differ by two seconds.
        let around = [deciding.started, at].into_iter().flat_map(|at| {
            [-2, 0, 2].map(|seconds| at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at))
        });
        if !around.into_iter().any(is_open) {
            return Some("it is outside the window".to_owned());
        }
    }
    let mut voters: BTreeSet<usize> = BTreeSet::new();
    for (voted, vote) in of(play, &click.approval) {
        let is_vote = vote.wish == "approve" && vote.is_genuine && PEOPLE[vote.by].is_fit && voted.first <= order;
        let opened = voted.deeds.iter().any(|(_, _, deed)| *deed == Deed::Opened);
        let own = policy.forbids_author && asked.author == Some(vote.by);
        if is_vote && !opened && !own && !taken_back(play, voted, vote, deciding) {
            voters.insert(vote.by);
        }
    }
    let ids: Vec<&str> = voters.iter().map(|voter| PEOPLE[*voter].id).collect();
    if fills(policy.seats, &ids) {
        return None;
    }
    let names: Vec<&str> = voters.iter().map(|voter| PEOPLE[*voter].handle).collect();
    let names = if names.is_empty() { "nobody".to_owned() } else { names.join(" and ") };
    Some(format!("{names} approved, which does not fill {} seats", policy.seats.len()))
}

/// Whether a vote was surely taken back before the deciding click came: the vote was through before, and the withdrawal, too.
fn taken_back(play: &Play<'_>, voted: &Invoked, vote: &Click, deciding: &Invoked) -> bool {
    of(play, &vote.approval).any(|(back, other)| {
        let is_withdrawal = other.by == vote.by && other.wish == "withdraw" && other.is_genuine;
        let went_well = back.stands == Stands::Ended
            && back.deeds.iter().any(|(_, _, deed)| *deed == Deed::Updated)
            && back.deeds.iter().all(|(_, _, deed)| *deed == Deed::Updated);
        is_withdrawal && went_well && voted.last < back.first && back.last < deciding.first
    })
}

/// Whether these people can fill the seats, each one of them: by trying every way.
fn fills(seats: &[&[&str]], people: &[&str]) -> bool {
    let Some((seat, others)) = seats.split_first() else { return true };
    people.iter().enumerate().any(|(at, person)| {
        let mut rest = people.to_vec();
        rest.remove(at);
        seat.contains(person) && fills(others, &rest)
    })
}

/// Whether somebody gave an approval an answer that had one already (I2), though the first one's claim held.
fn two_answers(play: &Play<'_>, asked: &Asked) -> Option<Violation> {
    let mut given: Vec<(usize, Timestamp, bool, bool, &Invoked)> = Vec::new();
    for invoked in &play.invocations {
        for (order, at, deed) in &invoked.deeds {
            if let Deed::Put { token, approved, taken } = deed
                && *token == asked.token
            {
                given.push((*order, *at, *approved, *taken, invoked));
            }
        }
    }
    given.sort_by_key(|(order, ..)| *order);
    let (taken_at, first_at, first, _, by) = given.iter().find(|(_, _, _, taken, _)| *taken)?;
    let is_in_time = |at: &Timestamp, invoked: &Invoked| at.duration_since(invoked.started) < CLAIM;
    let second = given.iter().find(|(order, at, _, _, other)| {
        // Of the same invocation it is a call made again.
        order > taken_at && other.first != by.first && is_in_time(at, other) && is_in_time(first_at, by)
    })?;
    let word = |approved: bool| if approved { "Approved" } else { "Rejected" };
    Some(Violation::new(
        2,
        format!("{} is told {} by one invocation, and {} by another", asked.name, word(*first), word(second.2)),
    ))
}

/// Whether an approval's message is there, once, and shows what CodePipeline says (I3, I4).
fn shown(play: &Play<'_>, world: &World, asked: &Asked) -> Option<Violation> {
    let name = &asked.name;
    let Some(record) = &asked.record else {
        return Some(Violation::new(3, format!("nothing is known of {name}, which CodePipeline asked for")));
    };
    let posted = &record["posting"]["posted"];
    let message = world.slack.messages().iter().find(|message| posted["ts"] == message.ts.as_str());
    let Some(message) = message else {
        return Some(Violation::new(3, format!("no message asks for {name}")));
    };
    if let Some(twice) = posted_twice(play, asked) {
        return Some(twice);
    }
    let is_over = asked.status != "InProgress";
    // `expires` has no seconds, so that there is a minute in which signoff takes it for expired, and CodePipeline does not yet.
    let minute = SignedDuration::from_secs(65);
    if !is_over && asked.ends.is_some_and(|ends| ends.duration_since(world.now) < minute) {
        return None;
    }
    let begins = match asked.status.as_str() {
        "InProgress" => "Approval needed",
        "Succeeded" => "Approved",
        "Failed" if asked.is_unanswered() => "Approval expired",
        "Failed" => "Rejected",
        _ => "Approval closed",
    };
    let first_words = message.text.split(':').next().unwrap_or_default();
    if first_words != begins {
        let said = asked.summary.as_deref().map(|said| format!(", “{said}”")).unwrap_or_default();
        let what = format!("{name} is {}{said}, and its message says “{first_words}” and not “{begins}”", asked.status);
        return Some(Violation::new(4, what));
    }
    let has_buttons = message.blocks.iter().any(|block| block["type"] == "actions");
    if has_buttons == is_over {
        return Some(Violation::new(4, format!("{name} is {}, and its message has the wrong buttons", asked.status)));
    }
    if let Some(wrong) = unproven(asked).filter(|_| is_over) {
        return Some(wrong);
    }
    let escalation = &record["follow_up"]["escalation"]["at"]["ts"];
    let elsewhere = world.slack.messages().iter().find(|message| *escalation == message.ts.as_str());
    if elsewhere.is_some_and(|elsewhere| elsewhere.text.starts_with("Approval waits") == is_over) {
        return Some(Violation::new(4, format!("{name} is {}, and its escalation says otherwise", asked.status)));
    }
    let blocks = Value::from(message.blocks.clone()).to_string();
    let votes = record["votes"].as_array().into_iter().flatten();
    let mut named: Vec<&str> = Vec::new();
    match &asked.summary {
        Some(summary) if is_over => {
            named.extend(PEOPLE.iter().map(|person| person.id).filter(|id| summary.contains(*id)));
        }
        _ if !is_over => named.extend(votes.filter_map(|vote| vote["by"].as_str())),
        _ => {}
    }
    let missing = named.into_iter().find(|id| !blocks.contains(&format!("<@{id}>")))?;
    let what = format!("the message of {name} does not name <@{missing}>, who answered");
    Some(Violation::new(4, what))
}

/// Whether evidence is kept of how an approval ended, and says what CodePipeline does.
fn unproven(asked: &Asked) -> Option<Violation> {
    let name = &asked.name;
    let Some(evidence) = &asked.evidence else {
        return Some(Violation::new(3, format!("no evidence is kept of how {name} ended")));
    };
    let result = match asked.status.as_str() {
        "Succeeded" => "approved",
        "Failed" if asked.is_unanswered() => "expired",
        "Failed" => "rejected",
        _ => "closed",
    };
    let by = evidence["by"].as_str();
    let is_theirs = by.is_none_or(|by| asked.summary.as_ref().is_some_and(|summary| summary.contains(by)));
    let says_so = evidence["result"] == result && is_theirs;
    (!says_so).then(|| {
        let what = format!("{name} is {}, and the evidence of it says {} by {by:?}", asked.status, evidence["result"]);
        Violation::new(3, what)
    })
}

/// Whether more messages ask for the same than can be helped: it can't where an invocation ended, failed, or lost an answer after it had
/// posted, or was at it for longer than a claim holds.
fn posted_twice(play: &Play<'_>, asked: &Asked) -> Option<Violation> {
    let (mut count, mut excused) = (0, 0);
    for invoked in &play.invocations {
        let deeds = || invoked.deeds.iter().map(|(.., deed)| deed);
        let lost: Vec<bool> = deeds()
            .filter_map(|deed| match deed {
                Deed::Posted { approval, is_lost } if approval == asked.id() => Some(*is_lost),
                _ => None,
            })
            .collect();
        let has_failed = deeds().any(|deed| matches!(deed, Deed::Failed(_)));
        let was_slow = invoked.ended.duration_since(invoked.started) > CLAIM;
        let must_come_again = invoked.stands == Stands::Died || matches!(invoked.answer, Some((Err(_), _)));
        count += lost.len();
        excused += if has_failed || was_slow || must_come_again {
            lost.len()
        } else {
            lost.iter().filter(|is_lost| **is_lost).count()
        };
    }
    (count > 1 + excused).then(|| {
        Violation::new(3, format!("{count} messages ask for {}, though nothing went wrong with the first", asked.name))
    })
}

/// Whether anything that people see has a secret in it (I5).
fn secrets(world: &World, play: &Play<'_>, asked: &[Asked]) -> Option<Violation> {
    let mut seen = String::new();
    for message in world.slack.messages() {
        seen.push_str(&message.text);
        seen.push_str(&Value::from(message.blocks.clone()).to_string());
    }
    for ephemeral in world.slack.ephemerals() {
        seen.push_str(&ephemeral.text);
        seen.push_str(&Value::from(ephemeral.blocks.clone()).to_string());
    }
    for view in world.slack.views() {
        seen.push_str(&view.view.to_string());
    }
    for invoked in &play.invocations {
        match &invoked.answer {
            Some((Err(failure), _)) => seen.push_str(failure),
            Some((Ok(answer), _)) => seen.push_str(&answer.to_string()),
            None => {}
        }
    }
    let tokens = asked.iter().map(|asked| asked.token.as_str());
    [BOT_TOKEN, SIGNING_SECRET].into_iter().chain(tokens).find_map(|secret| {
        // The review link of the AWS console has the token in it, and people are meant to follow it.
        let shown = seen.matches(secret).count();
        let linked = seen.matches(&format!("/approve/{secret}")).count();
        (shown > linked).then(|| Violation::new(5, "a secret or an approval token is shown".to_owned()))
    })
}
