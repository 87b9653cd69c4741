//! Who may not approve because the change is their own (A7): found by e-mail addresses, in what CodePipeline says of the
//! execution. What can't be told is a reason, not a gap.

use std::collections::{BTreeMap, BTreeSet};

use crate::ports::Origin;
use crate::rules::policy::Forbidden;

/// CodePipeline's trigger types whose detail is the ARN of who did it:
/// <https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ExecutionTrigger.html>.
const BY_A_PERSON: [&str; 4] = ["StartPipelineExecution", "CreatePipeline", "PutActionRevision", "ManualRollback"];

/// Those with which a change starts its own execution: whoever made the change started it.
const BY_A_CHANGE: [&str; 4] = ["Webhook", "WebhookV2", "CloudWatchEvent", "PollForSourceChanges"];

/// The one with which CodePipeline itself does.
const BY_ITSELF: &str = "AutomatedRollback";

/// Who may not approve, as far as CodePipeline tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// E-mail addresses, and as what each is forbidden.
    pub emails: BTreeMap<String, Forbidden>,
    /// What can't be told, as the end of a sentence.
    pub unknown: BTreeSet<String>,
}

/// Who may not approve, as people of Slack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Barred {
    /// Slack user ids, and as what each is forbidden.
    pub people: BTreeMap<String, Forbidden>,
    /// What can't be told, as the end of a sentence; empty where all are known.
    pub unknown: BTreeSet<String>,
}

/// Finds the e-mail addresses of those whom `forbid` names. `pushed` is what was told of the execution's trigger when it began:
/// the commit and its author's e-mail address; all of it, where it was told in more than one way.
pub fn traces(forbid: &[Forbidden], origin: Option<&Origin>, pushed: &[(String, String)]) -> Traces {
    let mut traces = Traces::default();
    let Some(origin) = origin else {
        traces.unknown.insert("CodePipeline does not say which execution asks".to_owned());
        return traces;
    };
    // The author first: who is both is told that they wrote it.
    for who in Forbidden::ALL.into_iter().filter(|who| forbid.contains(who)) {
        match who {
            Forbidden::Author => authors(&mut traces, who, origin, pushed),
            Forbidden::Starter => starter(&mut traces, origin, pushed),
        }
    }
    traces
}

fn authors(traces: &mut Traces, who: Forbidden, origin: &Origin, pushed: &[(String, String)]) {
    if origin.sources.is_empty() {
        traces.unknown.insert("CodePipeline tells of no source action of this execution".to_owned());
    }
    for source in &origin.sources {
        let its = |(commit, _): &&(String, String)| source.commit.as_ref() == Some(commit);
        let of_push = pushed.iter().filter(its).map(|(_, email)| email.as_str());
        let emails: Vec<&str> = match source.author_email.as_deref() {
            Some(email) => vec![email],
            None => of_push.collect(),
        };
        if emails.is_empty() {
            traces.unknown.insert(format!("the source action `{}` does not say its author's e-mail", source.action));
        }
        for email in emails {
            traces.add(email, who);
        }
    }
}

fn starter(traces: &mut Traces, origin: &Origin, pushed: &[(String, String)]) {
    let kind = origin.trigger.as_ref().and_then(|trigger| trigger.kind.as_deref()).unwrap_or_default();
    let detail = origin.trigger.as_ref().and_then(|trigger| trigger.detail.as_deref()).unwrap_or_default();
    if BY_A_CHANGE.contains(&kind) {
        authors(traces, Forbidden::Starter, origin, pushed);
    } else if BY_A_PERSON.contains(&kind) {
        // The session of an assumed role is named by whoever signs in: single sign-on names it by e-mail address.
        let name = detail.rsplit('/').next().unwrap_or_default();
        if detail.starts_with("arn:") && is_email(name) {
            traces.add(name, Forbidden::Starter);
        } else {
            let name = if name.is_empty() { "somebody unnamed" } else { name };
            traces.unknown.insert(format!("it was started by `{name}`, which is no e-mail address"));
        }
    } else if kind != BY_ITSELF {
        traces.unknown.insert(match kind {
            "" => "CodePipeline does not say what started it".to_owned(),
            kind => format!("it was started by `{kind}`, of which signoff knows nothing"),
        });
    }
}

impl Traces {
    fn add(&mut self, email: &str, who: Forbidden) {
        self.emails.entry(email.to_ascii_lowercase()).or_insert(who);
    }
}

/// Whether somebody can be looked up by this.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'))
}
