//! What signoff makes of an event, and why: each rule with the first condition that failed, who decides, and what is said.
//! Pure, for people who ask before they merge a rule.

mod mismatch;
mod person;

use jiff::Timestamp;

use crate::approval::record::ApprovalRecord;
use crate::diagnostic::Diagnostic;
use crate::engine;
use crate::event::Event;
use crate::execution::record::ExecutionRecord;
use crate::facts::Facts;
use crate::rules::{ApprovalRule, Match, Mismatch, RuleSet, Thread};
use crate::template::{Message, Templates};

pub use person::{Answer, Candidates, commands, who, who_could};

/// What signoff makes of an event.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// Whether it asks for an approval.
    pub is_request: bool,
    /// The approval rules, in order; none are looked at for what is not a request.
    pub approvals: Vec<Judged<'a>>,
    /// The notification rules, in order; none are looked at for a request.
    pub notifications: Vec<Judged<'a>>,
    /// The rule that decides.
    pub decides: Option<&'a ApprovalRule>,
    /// What is posted.
    pub posts: Vec<Post>,
    /// The variables that its messages are made of.
    pub facts: Facts,
}

/// What came of one rule.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The rule's name.
    pub rule: &'a str,
    /// Whether it is for the event.
    pub verdict: Verdict,
}

/// Whether a rule is for an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Matches,
    /// It would be, but one before it decides.
    TooLate,
    /// It is not, and why: a sentence part such as ``stage `Production` is not `Staging` ``.
    Differs(String),
    /// It can't be told, and why.
    Unclear(String),
}

/// A message.
#[derive(Debug)]
pub struct Post {
    /// The rule that it is posted by; `None` for the announcement of what no rule covers.
    pub rule: Option<String>,
    /// The channel's id.
    pub channel: String,
    /// The template's name.
    pub template: String,
    /// The message, or why there is none.
    pub message: Result<Message, Diagnostic>,
}

/// Explains an event, at the time at which it comes in.
pub fn event<'a>(rules: &'a RuleSet, templates: &Templates, event: &Event, now: Timestamp) -> Explanation<'a> {
    let is_request = event.request.is_some();
    let facts = Facts::of_event(event);
    let mut explanation = Explanation {
        is_request,
        approvals: Vec::new(),
        notifications: Vec::new(),
        decides: None,
        posts: Vec::new(),
        facts,
    };
    if is_request {
        explanation.request(rules, templates, event, now);
    } else {
        explanation.notices(rules, templates, event);
    }
    explanation
}

impl<'a> Explanation<'a> {
    fn request(&mut self, rules: &'a RuleSet, templates: &Templates, event: &Event, now: Timestamp) {
        let decides = rules.approval_for(event);
        let mut is_over = false;
        for rule in &rules.approvals {
            let verdict = match verdict(&rule.matches, event) {
                Verdict::Matches | Verdict::Unclear(_) if is_over => Verdict::TooLate,
                verdict => verdict,
            };
            // What can't be told stops the search too: a later rule may ask for less.
            is_over |= matches!(verdict, Verdict::Matches | Verdict::Unclear(_));
            self.approvals.push(Judged { rule: &rule.name, verdict });
        }
        self.decides = decides.unwrap_or_default();
        let record = ApprovalRecord::requested(event.clone(), now);
        let post = match (self.decides, &rules.uncovered) {
            (Some(rule), _) => {
                self.facts = engine::approval_facts(&record, Some(rule), now);
                Some((Some(rule.name.clone()), rule.channel.as_str(), rule.template.as_str()))
            }
            (None, Some(uncovered)) => {
                self.facts = engine::uncovered_facts(&record, uncovered, now);
                Some((None, uncovered.channel.as_str(), engine::UNCOVERED))
            }
            (None, None) => None,
        };
        self.posts.extend(post.map(|(rule, channel, template)| Post {
            rule,
            channel: channel.to_owned(),
            template: template.to_owned(),
            message: templates.render(template, &self.facts),
        }));
    }

    fn notices(&mut self, rules: &'a RuleSet, templates: &Templates, event: &Event) {
        for rule in &rules.notifications {
            let verdict = verdict(&rule.matches, event);
            // One that can't be told posts all the same: nothing is to be lost.
            if matches!(verdict, Verdict::Matches | Verdict::Unclear(_)) {
                let (template, facts) = match (rule.thread, &event.execution) {
                    (Thread::Execution, Some(execution)) => {
                        // As if nothing had been told of it before.
                        let mut record = ExecutionRecord::new(event, execution);
                        record.fold(event);
                        let view = record.view();
                        let told_by = engine::notifier(rule, &[]);
                        let facts = engine::execution_facts(&record, &view, Some(told_by), &|_, _| None);
                        (rule.template.as_str(), facts)
                    }
                    (Thread::Execution, None) => ("notice", engine::notice_facts(event, rules, rule, &[])),
                    (Thread::None, _) => (rule.template.as_str(), engine::notice_facts(event, rules, rule, &[])),
                };
                self.posts.push(Post {
                    rule: Some(rule.name.clone()),
                    channel: rule.channel.as_str().to_owned(),
                    template: template.to_owned(),
                    message: templates.render(template, &facts),
                });
            }
            self.notifications.push(Judged { rule: &rule.name, verdict });
        }
    }
}

fn verdict(matches: &Match, event: &Event) -> Verdict {
    match matches.check(event) {
        Ok(()) => Verdict::Matches,
        Err(Mismatch::Unclear(error)) => Verdict::Unclear(error.message),
        Err(mismatch) => Verdict::Differs(mismatch::words(matches, &mismatch, event)),
    }
}
