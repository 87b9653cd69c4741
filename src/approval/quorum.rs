//! Whether the approvals given so far are enough (A5).

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::policy::Seats;
use crate::rules::words::list;
use crate::rules::{Approver, UserGroupId, seats};

/// Who is in which user group, as far as Slack was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(BTreeMap<UserGroupId, BTreeSet<String>>);

impl Members {
    /// Takes what Slack said of a user group.
    pub fn insert(&mut self, group: UserGroupId, users: impl IntoIterator<Item = String>) {
        self.0.insert(group, users.into_iter().collect());
    }

    fn has(&self, group: &UserGroupId, user: &str) -> bool {
        self.0.get(group).is_some_and(|users| users.contains(user))
    }
}

/// Whether a list names somebody, straight or through a group.
pub fn is_among(from: &[Approver], user: &str, members: &Members) -> bool {
    from.iter().any(|approver| match approver {
        Approver::User(id) => id.as_str() == user,
        Approver::Group { users, usergroups, .. } => {
            users.iter().any(|id| id.as_str() == user) || usergroups.iter().any(|group| members.has(group, user))
        }
    })
}

/// Whether a list names somebody without a user group being asked.
pub fn is_named(from: &[Approver], user: &str) -> bool {
    is_among(from, user, &Members::default())
}

/// The user groups through which a list may name somebody.
pub fn user_groups(from: &[Approver]) -> BTreeSet<UserGroupId> {
    let groups = from.iter().filter_map(|approver| match approver {
        Approver::User(_) => None,
        Approver::Group { usergroups, .. } => Some(usergroups.iter().cloned()),
    });
    groups.flatten().collect()
}

/// The seats that are still open when these people have approved, whichever way round they sit best. Empty: it is enough.
pub fn open_seats(require: &[Seats], voters: &[&str], members: &Members) -> Vec<Seats> {
    let mut entries = Vec::new();
    let mut wanted = Vec::new();
    for (at, entry) in require.iter().enumerate() {
        let could: Vec<usize> =
            (0..voters.len()).filter(|voter| is_among(&entry.from, voters[*voter], members)).collect();
        for _ in 0..entry.count {
            entries.push(at);
            wanted.push(could.clone());
        }
    }
    let filled = seats::fill(&wanted);
    let mut open: BTreeMap<usize, u32> = BTreeMap::new();
    for (seat, _) in filled.iter().enumerate().filter(|(_, voter)| voter.is_none()) {
        *open.entry(entries[seat]).or_default() += 1;
    }
    open.into_iter().map(|(at, count)| Seats { from: require[at].from.clone(), count }).collect()
}

/// How many seats there are.
pub fn count(seats: &[Seats]) -> u32 {
    seats.iter().map(|seats| seats.count).fold(0, u32::saturating_add)
}

/// Seats in words: `1 of release-managers and 1 of security`.
pub fn words(seats: &[Seats]) -> String {
    list(seats.iter().map(Seats::words), "and")
}
