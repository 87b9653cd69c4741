//! From what a scenario gives to a workspace.

use super::rate_limits::RateLimits;
use super::{Channel, Group, Person, Workspace};
use crate::world::given::GivenWorkspace;
use crate::world::identity;

pub(super) fn workspace(given: &GivenWorkspace) -> Result<Workspace, String> {
    id("workspace.team", &given.team, "T", "T0ACME")?;
    let mut people: Vec<Person> = Vec::new();
    for (handle, person) in &given.people {
        let place = format!("workspace.people.{handle}");
        id(&format!("{place}.id"), &person.id, "UW", "U0JANE")?;
        if let Some(other) = people.iter().find(|other| other.id == person.id) {
            return Err(format!("{place}.id: `{}` is the id of `{}` too", person.id, other.handle));
        }
        if let Some(team) = &person.team {
            id(&format!("{place}.team"), team, "TE", "T0OTHER")?;
        }
        if let Some(channel) = person.channels.iter().flatten().find(|name| !given.channels.contains_key(*name)) {
            return Err(format!("{place}.channels: there is no channel `{channel}`"));
        }
        people.push(Person {
            handle: handle.clone(),
            id: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            team: person.team.clone().unwrap_or_else(|| given.team.clone()),
            deactivated: person.deactivated,
            bot: person.bot,
        });
    }
    let mut channels: Vec<Channel> = Vec::new();
    for (name, channel) in &given.channels {
        let place = format!("workspace.channels.{name}");
        id(&place, &channel.id, "CGD", "C0RELEASES")?;
        if let Some(other) = channels.iter().find(|other| other.id == channel.id) {
            return Err(format!("{place}: `{}` is the id of `{}` too", channel.id, other.name));
        }
        let is_in = |person: &Person| {
            let chosen = given.people.get(&person.handle).and_then(|given| given.channels.as_ref());
            !person.deactivated && chosen.is_none_or(|chosen| chosen.contains(name))
        };
        channels.push(Channel {
            id: channel.id.clone(),
            name: name.clone(),
            bot_is_member: channel.member,
            members: people.iter().filter(|person| is_in(person)).map(|person| person.id.clone()).collect(),
        });
    }
    let mut groups: Vec<Group> = Vec::new();
    for (handle, group) in &given.groups {
        let place = format!("workspace.groups.{handle}");
        id(&format!("{place}.id"), &group.id, "S", "S0SECURITY")?;
        let mut members = Vec::new();
        for (at, member) in group.members.iter().enumerate() {
            let Some(person) = people.iter().find(|person| person.handle == *member || person.id == *member) else {
                return Err(format!("{place}.members[{at}]: `people` has nobody called `{member}`"));
            };
            members.push(person.id.clone());
        }
        groups.push(Group { id: group.id.clone(), handle: handle.clone(), members });
    }
    Ok(Workspace {
        team: given.team.clone(),
        app: identity::hex(&["app", &given.team])[..8].to_ascii_uppercase(),
        channels,
        people,
        groups,
        scopes: given.scopes.clone(),
        rate_limits: given.rate_limits.then(RateLimits::default),
        ..Workspace::nameless()
    })
}

/// Slack's ids are a letter for the kind of thing, and capital letters and digits.
fn id(place: &str, id: &str, kinds: &str, example: &str) -> Result<(), String> {
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if id.len() > 1 && id.starts_with(|kind| kinds.contains(kind)) && id.bytes().all(capital) {
        return Ok(());
    }
    Err(format!("{place}: `{id}` is not an id of Slack's here, which looks like `{example}`"))
}
