//! What an approval rule asks for.

use std::collections::BTreeSet;

use super::{Validation, times};
use crate::diagnostic::suggest::did_you_mean;
use crate::diagnostic::{Diagnostic, quoted};
use crate::rules::model::Approver;
use crate::rules::names::repeated;
use crate::rules::policy::{Comment, Escalate, Forbidden, Policy, Remind, Seats};
use crate::rules::reader::Text;
use crate::rules::{UserId, codes, raw, seats};

/// More people than any approval will ever need.
const MOST_SEATS: u32 = 50;

impl<'a> Validation<'a, '_> {
    /// What a rule asks for. Whatever is missing or broken was told, and then nothing of the set is used.
    pub(super) fn policy(&mut self, raw: &raw::Policy<'a>) -> Policy {
        let require = self.require(raw);
        let freezes = raw.freezes.as_ref().map(|said| said.value.as_slice()).unwrap_or_default();
        repeated(freezes, self.warnings);
        let freezes = freezes.iter().filter_map(|word| self.names.freeze(*word, self.errors)).collect();
        let comment = raw.comment.as_ref().and_then(|said| {
            choice("comment", said.value, &Comment::ALL.map(Comment::as_str), self.errors).map(|at| Comment::ALL[at])
        });
        Policy {
            require,
            forbid: self.forbid(raw),
            allows_unknown_author: self.allows_unknown_author(raw),
            window: raw.window.as_ref().and_then(|window| times::window(window, self.errors)),
            freezes,
            comment: comment.unwrap_or(Comment::OnReject),
            remind: raw.remind.as_ref().and_then(|said| {
                let after = said.value.after.and_then(|word| times::duration(word, self.errors));
                let every = said.value.every.and_then(|word| times::duration(word, self.errors));
                Some(Remind { after: after?, every })
            }),
            escalate: raw.escalate.as_ref().and_then(|said| {
                let after = said.value.after.and_then(|word| times::duration(word, self.errors));
                let channel = self.channel(said.value.channel);
                let mention = self.mention(said.value.mention.as_deref());
                Some(Escalate { after: after?, channel: channel?, mention })
            }),
            override_by: raw.override_by.as_ref().map(|said| self.approvers(&said.value)).unwrap_or_default(),
        }
    }

    pub(super) fn approvers(&mut self, words: &[Text<'a>]) -> Vec<Approver> {
        repeated(words, self.warnings);
        words.iter().filter_map(|word| self.names.approver(*word, self.errors)).collect()
    }

    fn require(&mut self, raw: &raw::Policy<'a>) -> Vec<Seats> {
        if let (Some(_), Some(require)) = (&raw.approvers, &raw.require) {
            let message = "`approvers` and `require` both say who has to approve";
            let help = "`approvers: […]` is short for `require: [{ from: […] }]`: keep one of them";
            self.errors.push(require.key.error(codes::DUPLICATE, message).help(help));
        }
        if let Some(words) = &raw.approvers {
            return vec![Seats { from: self.approvers(words), count: 1 }];
        }
        let Some(require) = &raw.require else { return Vec::new() };
        let before = self.errors.len();
        let seats: Vec<Seats> =
            require.seats.iter().map(|entry| Seats { from: self.approvers(&entry.from), count: entry.count }).collect();
        let total: u32 = seats.iter().map(|entry| entry.count).fold(0, u32::saturating_add);
        if total > MOST_SEATS {
            let message = format!("`require` asks for {total} people, and {MOST_SEATS} are the most");
            self.errors.push(require.key.error(codes::SEATS, message));
        } else if self.errors.len() == before && self.names.knows_members {
            // Of people who can't be read there may be enough.
            self.errors.extend(unmeetable(require, &seats));
        }
        seats
    }

    fn forbid(&mut self, raw: &raw::Policy<'a>) -> Vec<Forbidden> {
        let words = raw.forbid.as_ref().map(|said| said.value.as_slice()).unwrap_or_default();
        self.forbidden(words)
    }

    fn allows_unknown_author(&mut self, raw: &raw::Policy<'a>) -> bool {
        let Some(said) = &raw.unknown_author else { return false };
        if raw.forbid.is_none() {
            let message = "`unknown_author` says nothing without `forbid`";
            let help = "write `forbid: [author]`, or leave it out";
            self.errors.push(said.key.error(codes::MISSING, message).help(help));
        }
        choice("unknown_author", said.value, &["refuse", "allow"], self.errors) == Some(1)
    }
}

/// One of a few words, by its number among them.
pub(super) fn choice(key: &str, word: Text<'_>, words: &[&str], errors: &mut Vec<Diagnostic>) -> Option<usize> {
    let found = words.iter().position(|known| *known == word.value);
    if found.is_none() {
        let help = did_you_mean(word.value, words, "", "it is one of");
        errors.push(word.error(codes::CHOICE, format!("`{key}` can't be {}", quoted(word.value))).help(help));
    }
    found
}

/// The finding for seats that can't be filled by different people. Whoever is in a user group, Slack knows: there may always be
/// enough of them.
fn unmeetable(require: &raw::Require<'_>, seats: &[Seats]) -> Option<Diagnostic> {
    let mut people: Vec<&UserId> = seats.iter().flat_map(|entry| entry.from.iter().flat_map(known_people)).collect();
    people.sort_unstable();
    people.dedup();
    let is_open =
        |approver: &Approver| matches!(approver, Approver::Group { usergroups, .. } if !usergroups.is_empty());
    let mut entry_of = Vec::new();
    let mut wanted = Vec::new();
    for (at, entry) in seats.iter().enumerate().filter(|(_, entry)| !entry.from.iter().any(is_open)) {
        let could: BTreeSet<usize> =
            entry.from.iter().flat_map(known_people).filter_map(|id| people.binary_search(&id).ok()).collect();
        for _ in 0..entry.count {
            entry_of.push(at);
            wanted.push(could.iter().copied().collect());
        }
    }
    let (few, could) = seats::too_few(&wanted)?;
    let names: Vec<&str> = could.iter().map(|person| people[*person].as_str()).collect();
    let word = require.seats.get(entry_of[*few.first()?])?.from.first()?;
    let entries: BTreeSet<usize> = few.iter().map(|seat| entry_of[*seat]).collect();
    let who = match names.as_slice() {
        [] => "nobody".to_owned(),
        [one] => format!("only `{one}`"),
        _ => format!("only `{}`", names.join("`, `")),
    };
    let these = if entries.len() == 1 { "this asks" } else { "these entries of `require` together ask" };
    let message = format!("{these} for {} different people, and {who} could be one of them", few.len());
    Some(word.error(codes::SEATS, message).help("no approval could ever be given: ask for fewer, or name more people"))
}

fn known_people(approver: &Approver) -> Vec<&UserId> {
    match approver {
        Approver::User(id) => vec![id],
        Approver::Group { users, .. } => users.iter().collect(),
    }
}
