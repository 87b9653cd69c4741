//! Asks Slack. The product's own adapter is not used: it keeps the headers, which say what the token may do and what time it is.

use std::error::Error;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, StatusCode, Url};
use serde_json::Value;
use signoff::ports::Clock;
use signoff::rules::RuleSet;
use signoff::secret::Secret;

use crate::doctor::named::Named;
use crate::doctor::{Finding, Group, Refused, slack};

/// How often a call is made before it is given up.
const TRIES: u32 = 4;
/// How long to wait where Slack does not say.
const WAIT: SignedDuration = SignedDuration::from_secs(1);

/// Slack, and who asks.
pub(super) struct Slack {
    pub http: Client,
    pub base: Url,
    pub token: Secret,
    pub clock: Arc<dyn Clock>,
}

/// An answer of the Web API.
struct Answer {
    body: Value,
    /// `X-OAuth-Scopes`.
    scopes: Option<String>,
    /// How far Slack's clock is ahead.
    ahead: Option<SignedDuration>,
}

impl Slack {
    /// Asks about the token and about everything that rules name, and tells how it stands.
    pub async fn examine(&self, rules: Option<(&RuleSet, Named)>, findings: &mut Vec<Finding>) {
        let workspace = rules.as_ref().map(|(rules, _)| rules.workspace.as_str());
        let who = self.call("auth.test", &[]).await;
        findings.extend(slack::token(who.as_ref().map(|answer| &answer.body), workspace));
        let Ok(who) = who else { return };
        findings.extend(slack::scopes(who.scopes.as_deref(), rules.as_ref().map(|(rules, _)| *rules)));
        findings.extend(rules.as_ref().and_then(|(rules, _)| slack::home_tab(rules)));
        findings.push(slack::clock(who.ahead));
        let Some((rules, named)) = &rules else {
            let why = "for want of rules that can be read";
            findings.push(Finding::unchecked(Group::Slack, "channels and people", why));
            return;
        };
        self.channels(named, who.body["user"].as_str().unwrap_or("signoff"), findings).await;
        self.people(named, who.body["team_id"].as_str().unwrap_or(rules.workspace.as_str()), findings).await;
        for (id, uses) in &named.groups {
            let answer = self.call("usergroups.users.list", &[("usergroup", id)]).await;
            if self.is_told_already(&answer) {
                break;
            }
            findings.push(slack::group(id, uses, answer.as_ref().map(|answer| &answer.body)));
        }
    }

    async fn channels(&self, named: &Named, bot: &str, findings: &mut Vec<Finding>) {
        for (id, uses) in &named.channels {
            let answer = self.call("conversations.info", &[("channel", id)]).await;
            if self.is_told_already(&answer) {
                findings.push(slack::channels_unseen(named.channels.len()));
                break;
            }
            findings.push(slack::channel(id, uses, bot, answer.as_ref().map(|answer| &answer.body)));
        }
    }

    async fn people(&self, named: &Named, workspace: &str, findings: &mut Vec<Finding>) {
        let mut well = 0;
        for (id, uses) in &named.people {
            let answer = self.call("users.info", &[("user", id)]).await;
            if self.is_told_already(&answer) {
                break;
            }
            match slack::person(id, uses, workspace, answer.as_ref().map(|answer| &answer.body)) {
                Some(finding) => findings.push(finding),
                None => well += 1,
            }
        }
        findings.extend(slack::people(well, named.people.len()));
    }

    /// Whether a scope is missing, which is told once.
    fn is_told_already(&self, answer: &Result<Answer, Refused>) -> bool {
        answer.as_ref().is_err_and(|refused| refused.code() == "missing_scope")
    }

    async fn call(&self, method: &str, arguments: &[(&str, &str)]) -> Result<Answer, Refused> {
        let silent = |what: String| Refused::Silent(format!("Slack's {method} {what}"));
        let url = self.base.join(method).map_err(|error| silent(format!("has no valid address: {error}")))?;
        let mut tried = 0;
        loop {
            tried += 1;
            let before = self.clock.now();
            let request = self.http.post(url.clone()).bearer_auth(self.token.expose()).form(arguments);
            let response = request.send().await.map_err(|error| silent(unreached(&error)))?;
            let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
            let status = response.status();
            if status == StatusCode::TOO_MANY_REQUESTS && tried < TRIES {
                let after = header("retry-after").and_then(|text| text.trim().parse().ok());
                self.clock.sleep(after.map_or(WAIT, SignedDuration::from_secs)).await;
                continue;
            }
            let scopes = header("x-oauth-scopes").map(str::to_owned);
            let ahead = header("date").and_then(|date| ahead(date, before, self.clock.now()));
            let body: Option<Value> = response.bytes().await.ok().and_then(|body| serde_json::from_slice(&body).ok());
            let Some(body) = body.filter(|_| status == StatusCode::OK) else {
                return Err(silent(format!("answered {}", status.as_u16())));
            };
            if body["ok"] == true {
                return Ok(Answer { body, scopes, ahead });
            }
            let code = body["error"].as_str().unwrap_or("an error without a code").to_owned();
            let text = format!("Slack's {method} answered `{code}`");
            return Err(Refused::Said { code, text });
        }
    }
}

/// How far the clock of an answer is ahead. Its date has whole seconds, and was made between two times of ours.
fn ahead(date: &str, before: Timestamp, after: Timestamp) -> Option<SignedDuration> {
    let date = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let half = after.duration_since(before) / 2;
    let here = before.checked_add(half).ok()?;
    Some(date.duration_since(here) + SignedDuration::from_millis(500))
}

/// Why there was no answer. Without the address, which may hold what not everybody is to read.
pub(super) fn unreached(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let what = if error.is_timeout() { "did not answer in time" } else { "could not be reached" };
    format!("{what} ({})", cause.to_string().to_lowercase())
}
