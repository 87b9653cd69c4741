//! Groups, and groups in groups.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::{Defined, define, nearest, no_id, repeated};
use crate::diagnostic::{Diagnostic, quoted};
use crate::rules::ids::{self, UserGroupId, UserId};
use crate::rules::reader::Text;
use crate::rules::{codes, raw};

/// How deep groups may be nested: more than that nobody can follow.
const DEEPEST: usize = 20;

/// The members of a group.
#[derive(Clone, Default)]
pub(super) struct Members {
    pub(super) users: BTreeSet<UserId>,
    pub(super) usergroups: BTreeSet<UserGroupId>,
}

/// What one group says of its members.
struct Said<'a> {
    /// `None` where something of it is broken.
    members: Option<Members>,
    groups: &'a [Text<'a>],
}

/// The groups of all files, each with everybody who is in it.
pub(super) fn collect<'a>(
    files: &[raw::File<'a>],
    errors: &mut Vec<Diagnostic>,
    warnings: &mut Vec<Diagnostic>,
) -> BTreeMap<&'a str, Defined<'a, Members>> {
    let mut said: BTreeMap<&str, Defined<'_, Said<'_>>> = BTreeMap::new();
    for group in files.iter().flat_map(|file| &file.groups) {
        let groups = group.groups.as_deref().unwrap_or_default();
        let meaning = Some(Said { members: members(group, errors, warnings), groups });
        define(&mut said, ("group", &["a user", "a user group"]), group.name, meaning, errors);
    }
    let mut search = Search { said: &said, known: BTreeMap::new(), path: Vec::new(), errors };
    for name in said.keys() {
        search.resolve(name, None);
    }
    let mut known = search.known;
    let whole = |(name, it): (&&'a str, &Defined<'a, Said<'_>>)| {
        let meaning = known.remove(name).flatten();
        (*name, Defined { name: it.name, meaning, used: Cell::new(it.used.get()) })
    };
    said.iter().map(whole).collect()
}

/// The members that a group itself names.
fn members(group: &raw::Group<'_>, errors: &mut Vec<Diagnostic>, warnings: &mut Vec<Diagnostic>) -> Option<Members> {
    let words = group.users.as_deref().unwrap_or_default();
    repeated(words, warnings);
    repeated(group.groups.as_deref().unwrap_or_default(), warnings);
    let before = errors.len();
    let users = words.iter().filter_map(|word| user_id(*word, errors)).collect();
    let usergroups = group.usergroup.and_then(|word| {
        let id = UserGroupId::parse(word.value);
        if id.is_none() {
            errors.push(no_id(word, "a user group", "`S`, as in `S0614TZR7`"));
        }
        id
    });
    let says = group.users.is_some() || group.usergroup.is_some() || group.groups.is_some();
    (errors.len() == before && says).then(|| Members { users, usergroups: usergroups.into_iter().collect() })
}

fn user_id(word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<UserId> {
    let id = UserId::parse(word.value);
    if id.is_none() {
        errors.push(no_id(word, "a user", "`U` or `W`, as in `U024BE7LH`"));
    }
    id
}

/// A walk through groups in groups.
struct Search<'s, 'a, 'f> {
    said: &'s BTreeMap<&'a str, Defined<'a, Said<'a>>>,
    /// Those that were walked through.
    known: BTreeMap<&'a str, Option<Members>>,
    /// Those that are being walked through, outermost first.
    path: Vec<&'a str>,
    errors: &'f mut Vec<Diagnostic>,
}

impl<'a> Search<'_, 'a, '_> {
    /// Everybody who is in a group; `None` where that can't be told. `word` is where another group names it.
    fn resolve(&mut self, name: &str, word: Option<Text<'_>>) -> Option<Members> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let Some((name, defined)) = self.said.get_key_value(name) else {
            self.errors.extend(word.map(|word| self.unknown(word)));
            return None;
        };
        if let (Some(word), Some(at)) = (word, self.path.iter().position(|other| other == name)) {
            let path: Vec<String> = self.path[at..].iter().chain([name]).map(|name| quoted(name)).collect();
            let message = format!("the group {} contains itself", quoted(name));
            let help = match path.len() {
                2 => "remove it from its own `groups`".to_owned(),
                _ => format!("{}: remove one of these steps", path.join(" names ")),
            };
            self.errors.push(word.error(codes::CYCLE, message).help(help));
            return None;
        }
        if let (Some(word), true) = (word, self.path.len() >= DEEPEST) {
            let message = format!("groups are nested more than {DEEPEST} deep here");
            self.errors.push(word.error(codes::CYCLE, message).help("name the people in a group nearer to the rule"));
            return None;
        }
        let said = defined.meaning.as_ref()?;
        self.path.push(name);
        let mut all = said.members.clone();
        for word in said.groups {
            if let Some(other) = self.said.get(word.value) {
                other.used.set(true);
            }
            let inner = self.resolve(word.value, Some(*word));
            all = all.zip(inner).map(|(mut all, inner)| {
                all.users.extend(inner.users);
                all.usergroups.extend(inner.usergroups);
                all
            });
        }
        self.path.pop();
        self.known.insert(name, all.clone());
        all
    }

    fn unknown(&self, word: Text<'_>) -> Diagnostic {
        if let Some(kind @ ("a user" | "a user group")) = ids::kind(word.value) {
            let key = if kind == "a user" { "`users`" } else { "`usergroup`" };
            let message = format!("{} is the id of {kind}", quoted(word.value));
            return word.error(codes::ID, message).help(format!("write it under {key}"));
        }
        let found = word.error(codes::GROUP, format!("there is no group {}", quoted(word.value)));
        let names = self.said.keys().copied();
        found.help(nearest(word.value, names, "the groups are", "define it under `groups`"))
    }
}
