//! For programs.

use jiff::Timestamp;
use serde_json::{Value, json};
use signoff::explain::{Answer, Candidates, Judged, Verdict, who_could};
use signoff::facts::{Facts, Mention, when_variables};
use signoff::rules::ApprovalRule;
use signoff::slack::interaction::Deed;

use super::{Explained, some};

/// A list, of what is in the recording.
pub fn json(explained: &[Explained<'_>]) -> Value {
    explained.iter().map(one).collect()
}

fn one(explained: &Explained<'_>) -> Value {
    match explained {
        Explained::Event { event, explanation, candidates } => {
            // The variables of `when`: all that is known but the token.
            let facts = Facts::of_event(event);
            let facts = when_variables(&facts, event.custom_data.as_deref(), event.external_link.as_deref());
            let expires = event.request.as_ref().and_then(|request| request.expires);
            let posts = explanation.posts.iter().map(|post| {
                let (message, error) = match &post.message {
                    Ok(message) => (json!(message), Value::Null),
                    Err(error) => (Value::Null, json!(error)),
                };
                let (rule, channel, template) = (&post.rule, &post.channel, &post.template);
                json!({ "rule": rule, "channel": channel, "template": template, "message": message, "error": error })
            });
            json!({
                "kind": "event",
                "event": facts,
                "is_request": explanation.is_request,
                "expires": some(expires.map(|at| at.to_string())),
                "approvals": judged(&explanation.approvals),
                "notifications": judged(&explanation.notifications),
                "decided_by": explanation.decides.map(rule),
                "candidates": candidates.as_ref().map(|(at, candidates)| could(*at, candidates)),
                "posts": posts.collect::<Value>(),
            })
        }
        Explained::Click(interaction) => {
            let (deed, approval, comment) = match &interaction.deed {
                Deed::Press { wish, approval, .. } => (wish.as_str(), Some(approval), None),
                Deed::Submit { about, comment } => (about.wish.as_str(), Some(&about.approval), Some(comment)),
                Deed::Order { order, .. } => (order.verb.as_str(), None, None),
                Deed::Confirm { about, reason } => (about.order.verb.as_str(), None, reason.as_ref()),
                Deed::Other => ("other", None, None),
            };
            let (user, team) = (&interaction.user.id, &interaction.team);
            json!({ "kind": "click", "user": user, "workspace": team, "deed": deed, "approval": approval, "comment": comment })
        }
        Explained::Refused(why) => json!({ "kind": "refused", "why": why }),
    }
}

/// Who may approve something, without a recording.
pub fn who_json(title: &str, answers: &[Answer<'_>], at: Option<Timestamp>) -> Value {
    let answers = answers.iter().map(|answer| {
        let candidates = at.map(|at| could(at, &who_could(answer.rule, None, at)));
        json!({ "only_if": answer.only_if, "rule": rule(answer.rule), "candidates": candidates })
    });
    json!({ "of": title, "decided_by": answers.collect::<Value>() })
}

fn judged(judged: &[Judged<'_>]) -> Value {
    let one = |Judged { rule, verdict }: &Judged<'_>| {
        let (outcome, why) = match verdict {
            Verdict::Matches => ("matches", None),
            Verdict::TooLate => ("too-late", None),
            Verdict::Differs(why) => ("differs", Some(why)),
            Verdict::Unclear(why) => ("unclear", Some(why)),
        };
        json!({ "rule": rule, "outcome": outcome, "why": why })
    };
    judged.iter().map(one).collect()
}

fn rule(rule: &ApprovalRule) -> Value {
    let (name, channel, template) = (&rule.name, rule.channel.as_str(), &rule.template);
    let mut policy = vec![rule.policy.words()];
    policy.extend(rule.policy.waiting_words());
    json!({ "name": name, "channel": channel, "template": template, "policy": policy, "mention": ids(&rule.mention) })
}

fn could(at: Timestamp, candidates: &Candidates) -> Value {
    let seats = candidates.seats.iter().map(|(seat, people)| json!({ "seat": seat, "people": ids(people) }));
    json!({
        "at": at.to_string(),
        "nobody": candidates.nobody,
        "seats": seats.collect::<Value>(),
        "override": ids(&candidates.override_by),
        "but_not": candidates.but_not,
    })
}

fn ids(people: &[Mention]) -> Value {
    people.iter().map(|mention| Value::from(mention.id())).collect()
}
