//! The names that rules use: channels and groups of all files, and the ids that may stand instead of them.

mod groups;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::ids::{self, ChannelId, UserGroupId, UserId};
use super::model::Approver;
use super::policy::Freeze;
use super::reader::Text;
use super::validate::times;
use super::{codes, raw};
use crate::diagnostic::suggest::did_you_mean;
use crate::diagnostic::{Diagnostic, quoted};
use crate::facts::Mention;
use groups::Members;

/// What the files define under a name. A broken definition is known too, so that only itself is told.
struct Defined<'a, T> {
    name: Text<'a>,
    /// `None` where it is broken.
    meaning: Option<T>,
    used: Cell<bool>,
}

/// Channels, groups and freezes, by name.
pub(super) struct Names<'a> {
    channels: BTreeMap<&'a str, Defined<'a, ChannelId>>,
    groups: BTreeMap<&'a str, Defined<'a, Members>>,
    freezes: BTreeMap<&'a str, Defined<'a, Freeze>>,
    /// Whether all that groups say of who is in them can be read.
    pub(super) knows_members: bool,
}

impl<'a> Names<'a> {
    /// Collects what all files define.
    pub(super) fn collect(
        files: &[raw::File<'a>],
        errors: &mut Vec<Diagnostic>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut names =
            Self { channels: BTreeMap::new(), groups: BTreeMap::new(), freezes: BTreeMap::new(), knows_members: true };
        for channel in files.iter().flat_map(|file| &file.channels) {
            let meaning = channel.id.and_then(|id| channel_id(id, errors));
            define(&mut names.channels, ("channel", &["a channel"]), channel.name, meaning, errors);
        }
        let before = errors.len();
        names.groups = groups::collect(files, errors, warnings);
        names.knows_members = errors.len() == before;
        for freeze in files.iter().flat_map(|file| &file.freezes) {
            let meaning = times::freeze(freeze, errors);
            if let Some(name) = freeze.name {
                define(&mut names.freezes, ("freeze", &[]), name, meaning, errors);
            }
        }
        names
    }

    /// The channel that a rule names, by its name or id.
    pub(super) fn channel(&self, word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<ChannelId> {
        if let Some(defined) = self.channels.get(word.value) {
            defined.used.set(true);
            return defined.meaning.clone();
        }
        let id = ChannelId::parse(word.value);
        if id.is_none() {
            let found = match ids::kind(word.value) {
                Some(kind) => wrong_kind(word, kind, "a channel's begins with `C`, `G` or `D`"),
                None => {
                    let found = word.error(codes::CHANNEL, format!("there is no channel {}", quoted(word.value)));
                    let define = "define it under `channels`, or write its id, such as `C024BE91L`";
                    found.help(nearest(word.value, self.channels.keys().copied(), "the channels are", define))
                }
            };
            errors.push(found);
        }
        id
    }

    /// One of those who may answer: a group by its name, or a user by their id.
    pub(super) fn approver(&self, word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<Approver> {
        if let Some(group) = self.group(word) {
            let Members { users, usergroups } = group?;
            return Some(Approver::Group { name: word.value.to_owned(), users, usergroups });
        }
        if let Some(id) = UserId::parse(word.value) {
            return Some(Approver::User(id));
        }
        errors.push(match ids::kind(word.value) {
            Some(kind @ "a user group") => {
                wrong_kind(word, kind, "define a group with this `usergroup`, and name that")
            }
            Some(kind) => wrong_kind(word, kind, "a user's begins with `U` or `W`"),
            None => self.no_group(word, "write a user's id, such as `U024BE7LH`"),
        });
        None
    }

    /// Those to mention: a group by its name, a user or user group by their id.
    pub(super) fn mention(&self, word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<Vec<Mention>> {
        let user = |id: &UserId| Mention::User { id: id.as_str().to_owned() };
        let user_group = |id: &UserGroupId| Mention::UserGroup { id: id.as_str().to_owned() };
        if let Some(group) = self.group(word) {
            let Members { users, usergroups } = group?;
            return Some(users.iter().map(user).chain(usergroups.iter().map(user_group)).collect());
        }
        if let Some(id) = UserId::parse(word.value) {
            return Some(vec![user(&id)]);
        }
        if let Some(id) = UserGroupId::parse(word.value) {
            return Some(vec![user_group(&id)]);
        }
        errors.push(match ids::kind(word.value) {
            Some(kind) => wrong_kind(word, kind, "a user's begins with `U` or `W`, a user group's with `S`"),
            None => self.no_group(word, "write the id of a user or user group, such as `U024BE7LH`"),
        });
        None
    }

    /// Whether there is a group of this name.
    pub(super) fn has_group(&self, name: &str) -> bool {
        self.groups.contains_key(name)
    }

    /// The freeze that a rule names.
    pub(super) fn freeze(&self, word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<Freeze> {
        if let Some(defined) = self.freezes.get(word.value) {
            defined.used.set(true);
            return defined.meaning.clone();
        }
        let found = word.error(codes::FREEZE, format!("there is no freeze {}", quoted(word.value)));
        let names = self.freezes.keys().copied();
        errors.push(found.help(nearest(word.value, names, "the freezes are", "define it under `freezes`")));
        None
    }

    /// Some if there is a group of this name; and in it the members, if these can be read.
    fn group(&self, word: Text<'_>) -> Option<Option<Members>> {
        let defined = self.groups.get(word.value)?;
        defined.used.set(true);
        Some(defined.meaning.clone())
    }

    fn no_group(&self, word: Text<'_>, or: &str) -> Diagnostic {
        let found = word.error(codes::GROUP, format!("there is no group {}", quoted(word.value)));
        let define = format!("define it under `groups`, or {or}");
        found.help(nearest(word.value, self.groups.keys().copied(), "the groups are", &define))
    }

    /// Warns of what nothing names. To be called when everything has been looked up.
    pub(super) fn unused(&self, warnings: &mut Vec<Diagnostic>) {
        let channels = self.channels.values().filter(|it| !it.used.get()).map(|it| (it.name, "channel"));
        let groups = self.groups.values().filter(|it| !it.used.get()).map(|it| (it.name, "group"));
        let freezes = self.freezes.values().filter(|it| !it.used.get()).map(|it| (it.name, "freeze"));
        for (name, what) in channels.chain(groups).chain(freezes) {
            let code = match what {
                "channel" => codes::UNUSED_CHANNEL,
                "group" => codes::UNUSED_GROUP,
                _ => codes::UNUSED_FREEZE,
            };
            let found = name.error(code, format!("no rule names the {what} {}", quoted(name.value)));
            warnings.push(found.warning().help("remove it, or name it in a rule"));
        }
    }
}

/// Adds a definition, unless its name is one of somebody else: another definition's, or an id of the kinds that may stand
/// where the name does.
fn define<'a, T>(
    known: &mut BTreeMap<&'a str, Defined<'a, T>>,
    (what, taken): (&str, &[&str]),
    name: Text<'a>,
    meaning: Option<T>,
    errors: &mut Vec<Diagnostic>,
) {
    if name.value.trim().is_empty() {
        errors.push(name.error(codes::EMPTY, format!("the name of this {what} is empty")));
    } else if let Some(kind) = ids::kind(name.value).filter(|kind| taken.contains(kind)) {
        let message = format!("`{}` looks like the id of {kind}, so it can't be the name of a {what}", name.value);
        errors.push(name.error(codes::NAME, message).help("write names in small letters"));
    } else if let Some(other) = known.get(name.value) {
        let message = format!("the {what} {} is defined already", quoted(name.value));
        let help = format!("it is at {}: all files share their {what}s", other.name.whereabouts());
        errors.push(name.error(codes::DUPLICATE, message).help(help));
    } else {
        known.insert(name.value, Defined { name, meaning, used: Cell::new(false) });
    }
}

/// Warns of words that a list says twice.
pub(super) fn repeated(words: &[Text<'_>], warnings: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for word in words.iter().filter(|word| !seen.insert(word.value)) {
        let message = format!("{} is in this list already", quoted(word.value));
        warnings.push(word.error(codes::REPEATED, message).warning().help("was somebody else meant?"));
    }
}

fn channel_id(word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<ChannelId> {
    let id = ChannelId::parse(word.value);
    if id.is_none() {
        errors.push(no_id(word, "a channel", "`C`, as in `C024BE91L`"));
    }
    id
}

/// The finding for a word that has to be an id of some kind.
pub(super) fn no_id(word: Text<'_>, what: &str, begins: &str) -> Diagnostic {
    if let Some(kind) = ids::kind(word.value) {
        return wrong_kind(word, kind, &format!("{what}'s begins with {begins}"));
    }
    let capitals = word.value.to_uppercase();
    let help = if ids::kind(&capitals).is_some_and(|kind| kind == what) {
        format!("ids have capital letters: did you mean `{capitals}`?")
    } else if word.value.starts_with(['#', '@']) {
        format!("write the id that Slack shows in the profile or details: capital letters and digits after {begins}")
    } else {
        format!("it is capital letters and digits after {begins}")
    };
    word.error(codes::ID, format!("{} is not the id of {what}", quoted(word.value))).help(help)
}

fn wrong_kind(word: Text<'_>, kind: &str, help: &str) -> Diagnostic {
    word.error(codes::ID, format!("{} is the id of {kind}", quoted(word.value))).help(help)
}

/// The name that was meant; without one near, what there is; without anything, how to define it.
fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>, otherwise: &str, define: &str) -> String {
    let names: Vec<&str> = names.collect();
    let bare = wrong.trim_start_matches(['#', '@']);
    let capitals = wrong.to_uppercase();
    if names.contains(&bare) {
        format!("did you mean `{bare}`?")
    } else if ids::kind(&capitals).is_some() && wrong.bytes().any(|letter| letter.is_ascii_digit()) {
        format!("ids have capital letters: did you mean `{capitals}`?")
    } else if names.is_empty() {
        define.to_owned()
    } else {
        did_you_mean(bare, &names, "", &format!("{define}; {otherwise}"))
    }
}
