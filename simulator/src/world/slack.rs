//! Slack: a workspace with channels, people and user groups, what is posted there, and what people do with it.
//!
//! Methods, limits and errors are those of Slack's Web API and Block Kit (docs.slack.dev).

mod arguments;
pub mod block_kit;
mod chat;
pub mod commands;
mod conversations;
mod given;
mod people;
mod press;
mod rate_limits;
pub mod request;
mod response_url;
mod scopes;
mod submit;
pub mod text;
mod views;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::given::GivenWorkspace;
use super::identity;

pub use arguments::Arguments;
use rate_limits::RateLimits;
use response_url::ResponseUrl;

/// The workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    team: String,
    /// What the ids of the app, its bot and its bot user end with.
    app: String,
    channels: Vec<Channel>,
    people: Vec<Person>,
    groups: Vec<Group>,
    /// The scopes of the bot token; those that its methods ask for when not given.
    scopes: Option<Vec<String>>,
    messages: Vec<PostedMessage>,
    ephemerals: Vec<EphemeralMessage>,
    /// The views that are open, by user id; the last one is on top.
    views: BTreeMap<String, Vec<OpenView>>,
    /// Every view that was ever opened, oldest first.
    opened: Vec<OpenView>,
    /// Every Home tab that was ever published, oldest first.
    homes: Vec<OpenView>,
    triggers: BTreeMap<String, Trigger>,
    /// Where apps answer what people did, by path, and what these addresses begin with.
    response_urls: BTreeMap<String, ResponseUrl>,
    hooks: String,
    /// The second of the last `ts` and how many were made in it.
    last_ts: (i64, u32),
    /// How many ids were made.
    made: u64,
    /// Where they hold, what was taken lately.
    rate_limits: Option<RateLimits>,
}

#[derive(Debug, Clone)]
struct Channel {
    id: String,
    name: String,
    /// Whether the bot is in it.
    bot_is_member: bool,
    /// The user ids of its members.
    members: Vec<String>,
}

#[derive(Debug, Clone)]
struct Person {
    /// The name that scenarios and Slack's handle use.
    handle: String,
    id: String,
    name: String,
    email: Option<String>,
    team: String,
    deactivated: bool,
    bot: bool,
}

#[derive(Debug, Clone)]
struct Group {
    id: String,
    handle: String,
    members: Vec<String>,
}

#[derive(Debug, Clone)]
struct Trigger {
    user: String,
    made: Timestamp,
    used: bool,
}

/// A message in a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct PostedMessage {
    /// The channel's id.
    pub channel: String,
    /// The channel's name.
    pub channel_name: String,
    /// The message's `ts`, its id in the channel.
    pub ts: String,
    /// The `ts` of the message it replies to in a thread.
    pub thread_ts: Option<String>,
    /// The text of notifications, and of the message itself when it has no blocks.
    pub text: String,
    /// The blocks as Slack keeps them: each with a `block_id`.
    pub blocks: Vec<Value>,
    /// Whether it was updated.
    pub edited: bool,
}

/// A message that only one person sees.
#[derive(Debug, Clone, PartialEq)]
pub struct EphemeralMessage {
    /// The channel's id.
    pub channel: String,
    /// The channel's name.
    pub channel_name: String,
    /// The id of who sees it.
    pub user: String,
    /// The message's `ts`.
    pub ts: String,
    /// The text of notifications, and of the message itself when it has no blocks.
    pub text: String,
    /// The blocks as Slack keeps them.
    pub blocks: Vec<Value>,
}

/// A modal that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenView {
    /// The view's id.
    pub id: String,
    /// The id of who sees it.
    pub user: String,
    /// The view as Slack keeps it: each block with a `block_id`.
    pub view: Value,
}

/// What somebody did, as Slack tells the app.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// The interaction payload.
    pub payload: Value,
    /// Who did it, as the scenario names them.
    pub person: String,
}

/// An error of the Web API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlackError {
    /// Slack's error code, such as `channel_not_found`.
    pub error: &'static str,
    /// `response_metadata.messages`, such as what is wrong with the blocks and where.
    pub messages: Vec<String>,
}

impl SlackError {
    /// The body that Slack answers.
    pub fn body(&self) -> Value {
        let mut body = json!({ "ok": false, "error": self.error });
        if self.error == "invalid_blocks" {
            let bare = |message: &String| message.trim_start_matches("[ERROR] ").to_owned();
            body["errors"] = self.messages.iter().map(bare).collect();
        }
        if !self.messages.is_empty() {
            body["response_metadata"] = json!({ "messages": self.messages });
        }
        body
    }
}

impl From<&'static str> for SlackError {
    fn from(error: &'static str) -> Self {
        Self { error, messages: Vec::new() }
    }
}

impl Workspace {
    /// A workspace of which nothing is known: channels and people are shown by their ids.
    pub fn nameless() -> Self {
        Self {
            team: String::new(),
            app: String::new(),
            channels: Vec::new(),
            people: Vec::new(),
            groups: Vec::new(),
            scopes: None,
            messages: Vec::new(),
            ephemerals: Vec::new(),
            views: BTreeMap::new(),
            opened: Vec::new(),
            homes: Vec::new(),
            triggers: BTreeMap::new(),
            response_urls: BTreeMap::new(),
            hooks: response_url::HOOKS.to_owned(),
            last_ts: (0, 0),
            made: 0,
            rate_limits: None,
        }
    }

    /// The workspace as a scenario gives it. The error names the place in the scenario.
    pub fn new(given: &GivenWorkspace) -> Result<Self, String> {
        given::workspace(given)
    }

    /// Answers a method of the Web API.
    pub fn answer(&mut self, now: Timestamp, method: &str, arguments: &Arguments) -> Result<Value, SlackError> {
        if self.missing_scope(method).is_some() {
            return Err("missing_scope".into());
        }
        match method {
            "chat.postMessage" => self.post_message(now, arguments),
            "chat.update" => self.update(arguments),
            "chat.getPermalink" => self.permalink(&arguments.form_only()),
            "chat.postEphemeral" => self.post_ephemeral(now, arguments),
            "views.open" => self.open_view(now, arguments),
            "views.publish" => self.publish_home(arguments),
            "conversations.info" => self.channel_info(arguments),
            "users.info" => self.user_info(arguments),
            "users.lookupByEmail" => self.user_by_email(arguments),
            "usergroups.users.list" => self.group_members(arguments),
            "auth.test" => Ok(self.auth_test()),
            _ => Err("unknown_method".into()),
        }
    }

    /// The messages in channels, oldest first.
    pub fn messages(&self) -> &[PostedMessage] {
        &self.messages
    }

    /// The messages that one person saw, oldest first.
    pub fn ephemerals(&self) -> &[EphemeralMessage] {
        &self.ephemerals
    }

    /// Every view that was ever opened, oldest first.
    pub fn views(&self) -> &[OpenView] {
        &self.opened
    }

    /// Every Home tab that was ever published, oldest first.
    pub fn homes(&self) -> &[OpenView] {
        &self.homes
    }

    /// The view that a person sees, if one is open. `person` is the scenario's name, the user id, or the whole name.
    pub fn open_view_of(&self, person: &str) -> Option<&OpenView> {
        let person = self.person(person).ok()?;
        self.views.get(&person.id)?.last()
    }

    /// The user groups: the id of each, and those of its members.
    pub fn user_groups(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.groups.iter().map(|group| (group.id.as_str(), group.members.as_slice()))
    }

    /// A person's name as people see it, by what a scenario calls them or by user id; that itself when nobody has it.
    pub fn name_of<'a>(&'a self, person: &'a str) -> &'a str {
        self.person(person).map_or(person, |person| person.name.as_str())
    }

    /// A channel as people see it, such as `#releases`; the id itself when there is no such channel.
    pub fn channel_label(&self, channel: &str) -> String {
        let same = |known: &&Channel| known.id == channel || channel.strip_prefix('#') == Some(&known.name);
        self.channels.iter().find(same).map_or_else(|| channel.to_owned(), |known| format!("#{}", known.name))
    }

    /// A user group as people see it, such as `@security`; the id itself when there is no such group.
    pub fn group_label(&self, group: &str) -> String {
        let found = self.groups.iter().find(|known| known.id == group);
        found.map_or_else(|| group.to_owned(), |known| format!("@{}", known.handle))
    }

    /// The names of the people that scenarios use.
    pub fn handles(&self) -> Vec<&str> {
        self.people.iter().map(|person| person.handle.as_str()).collect()
    }

    /// Whether somebody is called so.
    pub fn has(&self, person: &str) -> bool {
        self.person(person).is_ok()
    }

    /// The names of the channels.
    pub fn channel_names(&self) -> Vec<&str> {
        self.channels.iter().map(|channel| channel.name.as_str()).collect()
    }

    /// Somebody by what a scenario calls them: their key under `people`, their user id, or their whole name.
    fn person(&self, person: &str) -> Result<&Person, String> {
        let same = |known: &&Person| known.handle == person || known.id == person || known.name == person;
        self.people.iter().find(same).ok_or_else(|| {
            format!("nobody in the workspace is called `{person}`; the people are {}", self.handles().join(", "))
        })
    }

    /// A new `ts`: the virtual second, and a count that starts anew with it.
    fn next_ts(&mut self, now: Timestamp) -> String {
        let second = now.as_second();
        self.last_ts = if self.last_ts.0 == second { (second, self.last_ts.1 + 1) } else { (second, 1) };
        format!("{second}.{:06}", self.last_ts.1 * 100)
    }

    /// A number for the next id.
    fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Gives every block a `block_id` and every element that people act on an `action_id`, as Slack does with what was
    /// posted without.
    fn with_ids(&mut self, blocks: &[Value]) -> Vec<Value> {
        let number = self.next_number().to_string();
        let mut blocks = blocks.to_vec();
        for (at, block) in blocks.iter_mut().enumerate() {
            if block.get("block_id").and_then(Value::as_str).is_none_or(str::is_empty) {
                block["block_id"] = json!(identity::letters(5, &["block", &number, &at.to_string()]));
            }
            for (within, element) in block_kit::elements_mut(block).into_iter().enumerate() {
                if element.get("action_id").and_then(Value::as_str).is_none_or(str::is_empty) {
                    let parts = ["action", &number, &at.to_string(), &within.to_string()];
                    element["action_id"] = json!(identity::letters(5, &parts));
                }
            }
        }
        blocks
    }
}
