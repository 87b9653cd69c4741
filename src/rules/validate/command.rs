//! Who may do what from Slack.

use std::collections::BTreeMap;

use super::{Validation, matches, policy, times};
use crate::diagnostic::quoted;
use crate::diagnostic::suggest::did_you_mean;
use crate::rules::command::{CommandRule, Verb};
use crate::rules::names::repeated;
use crate::rules::policy::Forbidden;
use crate::rules::reader::Text;
use crate::rules::{codes, raw};

impl<'a> Validation<'a, '_> {
    pub(super) fn commands(&mut self, files: &[raw::File<'a>]) -> Vec<CommandRule> {
        let mut names = BTreeMap::new();
        let mut rules = Vec::new();
        for raw in files.iter().flat_map(|file| &file.commands) {
            let name = raw.name.map(|name| self.name(name, &mut names));
            let verbs = self.verbs(raw);
            let freezes = raw.freezes.as_ref().map(|said| said.value.as_slice()).unwrap_or_default();
            repeated(freezes, self.warnings);
            let freezes = freezes.iter().filter_map(|word| self.names.freeze(*word, self.errors)).collect();
            let forbid = raw.forbid.as_ref().map(|said| said.value.as_slice()).unwrap_or_default();
            let forbid = self.forbidden(forbid);
            self.says_nothing(raw, &verbs);
            let fields = matches::fields(&raw.matches, &self.accounts, self.errors);
            let by = raw.by.as_deref().map(|words| self.approvers(words)).unwrap_or_default();
            let window = raw.window.as_ref().and_then(|window| times::window(window, self.errors));
            // Whatever is missing was told, and then nothing of the set is used.
            if let Some((name, origin)) = name {
                let confirm = raw.confirm.unwrap_or(true);
                rules.push(CommandRule { name, origin, fields, verbs, by, forbid, window, freezes, confirm });
            }
        }
        rules
    }

    fn verbs(&mut self, raw: &raw::Command<'a>) -> Vec<Verb> {
        repeated(&raw.verbs, self.warnings);
        let names = Verb::ALL.map(Verb::as_str);
        let mut verbs = Vec::new();
        for word in &raw.verbs {
            match Verb::from_name(word.value) {
                Some(verb) => {
                    self.of_stages_only(raw, *word, verb);
                    verbs.push(verb);
                }
                None => {
                    let help = did_you_mean(word.value, &names, "", "it is one of");
                    let message = format!("`do` can't be {}", quoted(word.value));
                    self.errors.push(word.error(codes::CHOICE, message).help(help));
                }
            }
        }
        verbs.sort_unstable();
        verbs.dedup();
        verbs
    }

    /// What is done to a pipeline as a whole, a rule for stages can't allow.
    fn of_stages_only(&mut self, raw: &raw::Command<'a>, word: Text<'a>, verb: Verb) {
        if !verb.is_of_stage() && verb != Verb::Approvals && raw.matches.iter().any(|(key, _)| *key == "stage") {
            let message = format!("nobody may `{verb}` by this rule, for its `match` is for stages");
            let help = format!("`{verb}` is of a whole pipeline: allow it in a rule without `stage`");
            self.errors.push(word.error(codes::CHOICE, message).help(help));
        }
    }

    /// Keys that hold for nothing that the rule allows.
    fn says_nothing(&mut self, raw: &raw::Command<'a>, verbs: &[Verb]) {
        let times = [raw.window.as_ref().map(|said| said.key), raw.freezes.as_ref().map(|said| said.key)];
        if !verbs.is_empty() && !verbs.iter().any(|verb| verb.sets_going()) {
            for key in times.into_iter().flatten() {
                let message = format!("`{}` says nothing here", key.value);
                let help = "it holds for `start`, `retry`, `rollback` and `enable`, and this rule allows none of these";
                self.errors.push(key.error(codes::CHOICE, message).help(help));
            }
        }
        if let Some(forbid) = raw.forbid.as_ref().filter(|_| !verbs.is_empty() && !verbs.contains(&Verb::Retry)) {
            let help = "it holds for `retry`, and this rule does not allow that";
            self.errors.push(forbid.key.error(codes::CHOICE, "`forbid` says nothing here").help(help));
        }
    }

    /// Who may not do something to their own change.
    pub(super) fn forbidden(&mut self, words: &[Text<'a>]) -> Vec<Forbidden> {
        repeated(words, self.warnings);
        let names = Forbidden::ALL.map(Forbidden::as_str);
        let mut forbid: Vec<Forbidden> = words
            .iter()
            .filter_map(|word| policy::choice("forbid", *word, &names, self.errors).map(|at| Forbidden::ALL[at]))
            .collect();
        forbid.sort_unstable();
        forbid.dedup();
        forbid
    }
}
