//! `users.info`, `users.lookupByEmail`, `usergroups.users.list` and `auth.test`: who there is.

use serde_json::{Value, json};

use super::{Arguments, Person, SlackError, Workspace};

impl Workspace {
    /// `users.info`. It reads forms only: with a JSON body it sees no `user`.
    pub(super) fn user_info(&self, arguments: &Arguments) -> Result<Value, SlackError> {
        let arguments = arguments.form_only();
        let id = arguments.text("user").ok_or("user_not_found")?;
        let person = self.people.iter().find(|person| person.id == id).ok_or("user_not_found")?;
        Ok(json!({ "ok": true, "user": self.user(person) }))
    }

    /// `users.lookupByEmail`. It reads forms only, and finds no strangers, no bots and nobody who is deactivated.
    pub(super) fn user_by_email(&self, arguments: &Arguments) -> Result<Value, SlackError> {
        let arguments = arguments.form_only();
        let email = arguments.text("email").ok_or("users_not_found")?;
        let has_it = |person: &&Person| person.email.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email));
        let of_here = |person: &&Person| person.team == self.team && !person.bot && !person.deactivated;
        let person = self.people.iter().filter(of_here).find(has_it).ok_or("users_not_found")?;
        Ok(json!({ "ok": true, "user": self.user(person) }))
    }

    /// `usergroups.users.list`. It reads forms only, as `users.info`. Deactivated members are left out, as in Slack.
    pub(super) fn group_members(&self, arguments: &Arguments) -> Result<Value, SlackError> {
        let arguments = arguments.form_only();
        let id = arguments.text("usergroup").ok_or_else(|| missing("usergroup"))?;
        let group = self.groups.iter().find(|group| group.id == id).ok_or("no_such_subteam")?;
        let active = |id: &&String| self.people.iter().any(|person| person.id == **id && !person.deactivated);
        let users: Vec<&String> = group.members.iter().filter(active).collect();
        Ok(json!({ "ok": true, "users": users }))
    }

    /// `auth.test`: who the bot is.
    pub(super) fn auth_test(&self) -> Value {
        json!({
            "ok": true,
            "url": format!("https://{}.slack.com/", self.domain()),
            "team": self.domain(),
            "user": "signoff",
            "team_id": self.team,
            "user_id": self.bot_user(),
            "bot_id": self.bot_id(),
            "is_enterprise_install": false,
        })
    }

    /// The workspace's domain, made from its team id.
    pub(super) fn domain(&self) -> String {
        self.team.trim_start_matches('T').trim_start_matches('0').to_ascii_lowercase()
    }

    /// The app's bot user.
    pub(super) fn bot_user(&self) -> String {
        format!("U0{}", self.app)
    }

    /// The app's bot.
    pub(super) fn bot_id(&self) -> String {
        format!("B0{}", self.app)
    }

    /// The app.
    pub(super) fn app_id(&self) -> String {
        format!("A0{}", self.app)
    }

    fn user(&self, person: &Person) -> Value {
        let mut profile = json!({
            "real_name": person.name,
            "real_name_normalized": person.name,
            "display_name": "",
            "display_name_normalized": "",
            "team": person.team,
        });
        // Slack gives an e-mail address only with the scope `users:read.email`, and none of strangers and bots.
        let is_told = self.has_scope("users:read.email") && person.team == self.team && !person.bot;
        if let Some(email) = person.email.as_ref().filter(|_| is_told) {
            profile["email"] = json!(email);
        }
        let mut user = json!({
            "id": person.id,
            "team_id": person.team,
            "name": person.handle,
            "deleted": person.deactivated,
            "profile": profile,
            "is_bot": person.bot,
            "is_app_user": false,
            "updated": 0,
        });
        if !person.deactivated {
            user["real_name"] = json!(person.name);
            user["is_admin"] = json!(false);
            user["is_owner"] = json!(false);
            user["is_restricted"] = json!(false);
            user["is_ultra_restricted"] = json!(false);
        }
        if person.team != self.team {
            user["is_stranger"] = json!(true);
        }
        user
    }
}

/// How an argument is missed.
pub(super) fn missing(field: &str) -> SlackError {
    SlackError { error: "invalid_arguments", messages: vec![format!("[ERROR] missing required field: {field}")] }
}
