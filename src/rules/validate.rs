//! From what the authors of all files wrote to rules that can be used, or everything that is in the way.

mod account;
mod command;
mod matches;
mod policy;
pub(super) mod times;

use std::collections::BTreeMap;

use super::ids::TeamId;
use super::matching::Rules;
use super::model::{ApprovalRule, Approver, NotificationRule, Origin, RuleSet, Thread, Uncovered};
use super::names::{Names, no_id, repeated};
use super::policy::Forbidden;
use super::reader::Text;
use super::trial::Trial;
use super::{codes, raw};
use crate::diagnostic::{Diagnostic, quoted};
use crate::facts::Mention;
use crate::template::Templates;
use crate::yaml::Place;

/// The rules of all files; `None` where `errors` say why.
pub(super) fn rule_set(
    files: &[raw::File<'_>],
    templates: &Templates,
    digest: String,
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> Option<RuleSet> {
    let names = Names::collect(files, errors, warnings);
    let trial = Trial::new(templates);
    let accounts = account::names(files);
    let mut validation = Validation { names, accounts, trial, errors, warnings };
    validation.said_somewhere(files);
    let workspace = validation.workspace(files);
    let approvals = validation.approvals(files);
    let notifications = validation.notifications(files);
    let commands = validation.commands(files);
    let accounts = validation.accounts(files);
    let uncovered = validation.uncovered(files);
    validation.names.unused(validation.warnings);
    let Validation { trial, errors, warnings, .. } = validation;
    trial.run(errors, warnings);
    let (approvals, notifications) = (Rules::new(approvals), Rules::new(notifications));
    Some(RuleSet { workspace: workspace?, approvals, notifications, commands, accounts, uncovered: uncovered?, digest })
}

struct Validation<'a, 'f> {
    names: Names<'a>,
    accounts: matches::Accounts,
    trial: Trial<'a>,
    errors: &'f mut Vec<Diagnostic>,
    warnings: &'f mut Vec<Diagnostic>,
}

impl<'a> Validation<'a, '_> {
    /// What one file has to say for all.
    fn said_somewhere(&mut self, files: &[raw::File<'a>]) {
        let Some(first) = files.first().map(|file| file.source) else { return };
        let mut missing = |keys: &[&str], code, message: &str, help: &str| {
            if !keys.iter().any(|key| files.iter().any(|file| file.says(key))) {
                let whose = if files.len() == 1 { "the file has no" } else { "no file has" };
                let found = first.at(Place::default(), code, format!("{whose} {message}"));
                self.errors.push(found.help(help));
            }
        };
        missing(&["version"], codes::MISSING, "`version`", "write `version: 1`");
        let help = "write the id of your Slack workspace, such as `workspace: T024BE7LH`: only its people may answer";
        missing(&["workspace"], codes::MISSING, "`workspace`", help);
        let help = "write a rule for the approvals, or for what is told of the pipelines";
        missing(
            &["approvals", "notifications", "commands"],
            codes::NONE,
            "rules: neither `approvals` nor `notifications`",
            help,
        );
    }

    fn workspace(&mut self, files: &[raw::File<'a>]) -> Option<TeamId> {
        let mut found: Option<(Text<'a>, TeamId)> = None;
        for word in files.iter().filter_map(|file| file.workspace) {
            match (TeamId::parse(word.value), &found) {
                (None, _) => self.errors.push(no_id(word, "a workspace", "`T`, as in `T024BE7LH`")),
                (Some(id), Some((other, known))) if id != *known => {
                    let message = format!("`{}` is another workspace than `{}`", word.value, other.value);
                    let help =
                        format!("`{}` is at {}: all files are for one workspace", other.value, other.whereabouts());
                    self.errors.push(word.error(codes::WORKSPACE, message).help(help));
                }
                (Some(id), _) => found = found.or(Some((word, id))),
            }
        }
        found.map(|(_, id)| id)
    }

    fn approvals(&mut self, files: &[raw::File<'a>]) -> Vec<ApprovalRule> {
        let mut names = BTreeMap::new();
        let mut rules = Vec::new();
        for raw in files.iter().flat_map(|file| &file.approvals) {
            let name = raw.name.map(|name| self.name(name, &mut names));
            let matches = matches::read(raw, &self.accounts, self.errors);
            let channel = self.channel(raw.channel);
            let policy = self.policy(&raw.policy);
            let mut approvers: Vec<Approver> = Vec::new();
            for approver in policy.require.iter().flat_map(|seats| &seats.from) {
                if !approvers.contains(approver) {
                    approvers.push(approver.clone());
                }
            }
            let mention = self.mention(raw.mention.as_deref());
            let template = self.trial.approval(raw.template, raw.name, self.errors);
            // Whatever is missing was told, and then nothing of the set is used.
            if let (Some((name, origin)), Some(channel)) = (name, channel) {
                rules.push(ApprovalRule { name, origin, matches, channel, template, approvers, policy, mention });
            }
        }
        rules
    }

    fn notifications(&mut self, files: &[raw::File<'a>]) -> Vec<NotificationRule> {
        let mut names = BTreeMap::new();
        let mut rules = Vec::new();
        for raw in files.iter().flat_map(|file| &file.notifications) {
            let name = raw.name.map(|name| self.name(name, &mut names));
            let matches = matches::read(raw, &self.accounts, self.errors);
            let channel = self.channel(raw.channel);
            let (involved, named) = self.involved(raw.mention.as_deref().unwrap_or_default());
            let mention = self.mention(Some(&named));
            let thread =
                raw.thread.as_ref().and_then(|said| policy::choice("thread", said.value, &["execution"], self.errors));
            let thread = thread.map_or(Thread::None, |_| Thread::Execution);
            let template = match thread {
                Thread::None => self.trial.notification(raw.template, matches.event.as_deref(), self.errors),
                Thread::Execution => self.trial.execution(raw.template, self.errors),
            };
            if let (Some((name, origin)), Some(channel)) = (name, channel) {
                rules.push(NotificationRule {
                    name,
                    origin,
                    matches,
                    channel,
                    template,
                    mention,
                    mention_involved: involved,
                    thread,
                });
            }
        }
        rules
    }

    /// Outer `None` where it can't be read.
    fn uncovered(&mut self, files: &[raw::File<'a>]) -> Option<Option<Uncovered>> {
        let mut said = files.iter().filter_map(|file| file.uncovered.as_ref());
        let Some(raw) = said.next() else { return Some(None) };
        for other in said {
            let help = format!("it is at {}: one place is for all files", raw.key.whereabouts());
            self.errors.push(other.key.error(codes::DUPLICATE, "`uncovered` is said already").help(help));
        }
        self.trial.uncovered();
        let mention = self.mention(raw.mention.as_deref());
        let channel = self.channel(raw.channel)?;
        Some(Some(Uncovered { channel, mention }))
    }

    /// A rule's name, which no other rule of the list has, and where it stands.
    fn name(&mut self, name: Text<'a>, known: &mut BTreeMap<&'a str, Text<'a>>) -> (String, Origin) {
        if let Some(other) = known.get(name.value) {
            let message = format!("there is a rule {} already", quoted(name.value));
            let help = format!("it is at {}: decisions and messages name the rule", other.whereabouts());
            self.errors.push(name.error(codes::DUPLICATE, message).help(help));
        } else {
            known.insert(name.value, name);
        }
        (name.value.to_owned(), Origin { file: name.source.file.clone(), place: name.place })
    }

    fn channel(&mut self, word: Option<Text<'a>>) -> Option<super::ChannelId> {
        self.names.channel(word?, self.errors)
    }

    /// Splits a list of whom to mention into `author` and `starter`, unless a group is called so, and all others.
    fn involved(&mut self, words: &[Text<'a>]) -> (Vec<Forbidden>, Vec<Text<'a>>) {
        let who = |word: &Text<'a>| Forbidden::ALL.into_iter().find(|who| who.as_str() == word.value);
        let (involved, named): (Vec<_>, Vec<_>) =
            words.iter().partition(|word| who(word).is_some() && !self.names.has_group(word.value));
        repeated(&involved, self.warnings);
        let mut involved: Vec<Forbidden> = involved.iter().filter_map(who).collect();
        involved.sort_unstable();
        involved.dedup();
        (involved, named)
    }

    fn mention(&mut self, words: Option<&[Text<'a>]>) -> Vec<Mention> {
        let words = words.unwrap_or_default();
        repeated(words, self.warnings);
        let mut found = Vec::new();
        for mention in words.iter().filter_map(|word| self.names.mention(*word, self.errors)).flatten() {
            // Groups overlap; nobody is to be mentioned twice.
            if !found.contains(&mention) {
                found.push(mention);
            }
        }
        found
    }
}
