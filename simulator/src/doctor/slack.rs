//! What Slack says of the app, and of the channels, people and user groups that rules name.

use jiff::SignedDuration;
use serde_json::Value;
use signoff::rules::RuleSet;

use super::named::{May, Named, Uses};
use super::{Finding, Group, Refused};

/// How far clocks may be apart without anybody's noticing.
const CLOSE: SignedDuration = SignedDuration::from_secs(60);
/// How old a request of Slack's may be: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
const SIGNATURE_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// What `auth.test` says. `workspace`: that of the rules, where they could be read.
pub fn token(answer: Result<&Value, &Refused>, workspace: Option<&str>) -> Vec<Finding> {
    let body = match answer {
        Ok(body) => body,
        Err(refused) => {
            let finding = Finding::refused(Group::Slack, "bot token", refused);
            return vec![match refused.code() {
                "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" => finding.cure(
                    "set `SLACK_BOT_TOKEN` to the Bot User OAuth Token on the app's page OAuth & Permissions; it changes when the app \
                     is removed and installed again",
                ),
                "account_inactive" => finding.cure("install the app to the workspace again, and take its new token"),
                "" => finding.cure("try again; see that this machine reaches Slack, and that `SLACK_API_URL` is right if it is set"),
                _ => finding,
            }];
        }
    };
    let text = |key: &str| body[key].as_str().unwrap_or("?");
    let mut findings = Vec::new();
    let bot = Finding::ok(Group::Slack, "bot token", format!("is that of @{} in {}", text("user"), text("team")));
    findings.push(if body["bot_id"].is_string() {
        bot
    } else {
        Finding::error(Group::Slack, "bot token", format!("is a person's, @{}", text("user")))
            .cure("take the Bot User OAuth Token (`xoxb-…`), not a User OAuth Token")
    });
    if let (Some(wanted), Some(team)) = (workspace, body["team_id"].as_str()) {
        findings.push(if wanted == team {
            Finding::ok(Group::Slack, "workspace", format!("{team}, as in the rules"))
        } else {
            let what = format!("the token is for {team}, and the rules say `workspace: {wanted}`");
            Finding::error(Group::Slack, "workspace", what)
                .cure(format!("write `workspace: {team}` in the rules, or install the app to {wanted}"))
        });
    }
    findings
}

/// The scopes of the token, which Slack lists in a header, against those that the rules need.
pub fn scopes(header: Option<&str>, rules: Option<&RuleSet>) -> Vec<Finding> {
    let Some(header) = header else {
        return vec![Finding::unchecked(Group::Slack, "scopes", "Slack did not say which the token has")];
    };
    let has: Vec<&str> = header.split(',').map(str::trim).collect();
    let missing: Vec<Finding> = wanted(rules)
        .into_iter()
        .filter(|(scope, _)| !has.contains(scope))
        .map(|(scope, what_for)| {
            Finding::error(Group::Slack, "scopes", format!("`{scope}` is missing: {what_for}"))
                .cure("add it under OAuth & Permissions, Bot Token Scopes, and install the app to the workspace again")
        })
        .collect();
    if missing.is_empty() {
        return vec![Finding::ok(Group::Slack, "scopes", has.join(", "))];
    }
    missing
}

fn wanted(rules: Option<&RuleSet>) -> Vec<(&'static str, &'static str)> {
    let mut wanted = vec![
        ("chat:write", "nothing can be posted without it"),
        ("users:read", "nobody can answer without it, since signoff looks up who clicks"),
    ];
    if let Some(rules) = rules {
        if !Named::of(rules).groups.is_empty() {
            wanted.push(("usergroups:read", "the rules name user groups"));
        }
        let forbids = rules.approvals.iter().any(|rule| !rule.policy.forbid.is_empty())
            || rules.commands.iter().any(|rule| !rule.forbid.is_empty());
        if forbids {
            wanted.push(("users:read.email", "the rules have `forbid`, which finds authors by their e-mail addresses"));
        } else if rules.notifications.iter().any(|rule| !rule.mention_involved.is_empty()) {
            wanted.push(("users:read.email", "rules mention authors, who are found by their e-mail addresses"));
        }
        if !rules.commands.is_empty() {
            wanted.push(("commands", "the rules let people give commands, by a slash command"));
        }
    }
    wanted
}

/// The app's Home tab, which shows what waits: no method says whether it is on.
pub fn home_tab(rules: &RuleSet) -> Option<Finding> {
    let why = "Slack does not say whether it is on";
    (!rules.commands.is_empty()).then(|| {
        Finding::unchecked(Group::Slack, "home tab", why).cure(
            "see that App Home has it on and Event Subscriptions has `app_home_opened`, as in deploy/slack-app-manifest.yaml",
        )
    })
}

/// How far Slack's clock is ahead of this machine's.
pub fn clock(ahead: Option<SignedDuration>) -> Finding {
    let Some(ahead) = ahead else {
        return Finding::unchecked(Group::Slack, "clock", "Slack did not say what time it is");
    };
    let (apart, side) = if ahead.is_negative() { (-ahead, "ahead of") } else { (ahead, "behind") };
    if apart < CLOSE {
        return Finding::ok(Group::Slack, "clock", "agrees with Slack's");
    }
    let minutes = (apart.as_secs() + 30) / 60;
    let unit = if minutes == 1 { "minute" } else { "minutes" };
    let what = format!("this machine's is about {minutes} {unit} {side} Slack's");
    let cure = "set it by NTP; where signoff runs, requests that seem older or newer than 5 minutes are refused";
    let finding = if apart < SIGNATURE_LIFE { Finding::warning } else { Finding::error };
    finding(Group::Slack, "clock", what).cure(cure)
}

/// What `conversations.info` says of a channel.
pub fn channel(id: &str, uses: &Uses, bot: &str, answer: Result<&Value, &Refused>) -> Finding {
    let body = match answer {
        Ok(body) => body,
        Err(refused) if refused.code() == "channel_not_found" => {
            let what = format!("the bot sees none ({})", uses.words());
            return Finding::error(Group::Slack, format!("channel {id}"), what).cure(format!(
                "mend the id, which is at the end of a channel's details; if it is private, write `/invite @{bot}` in it"
            ));
        }
        Err(refused) => return Finding::refused(Group::Slack, format!("channel {id}"), refused),
    };
    let channel = &body["channel"];
    let subject = format!("channel #{}", channel["name"].as_str().unwrap_or(id));
    if channel["is_archived"] == true {
        return Finding::error(Group::Slack, subject, format!("is archived ({})", uses.words()))
            .cure("name another channel, or unarchive this one");
    }
    if channel["is_member"] == true {
        return Finding::ok(Group::Slack, subject, "the bot is in it");
    }
    Finding::error(Group::Slack, subject, format!("the bot is not in it ({})", uses.words()))
        .cure(format!("write `/invite @{bot}` in it"))
}

/// That the token may not see channels, which signoff itself need not.
pub fn channels_unseen(channels: usize) -> Finding {
    let what = format!(
        "whether the bot is in {} can't be told without the scope `channels:read`, or `groups:read` for private ones",
        super::many(channels, "channel")
    );
    Finding::warning(Group::Slack, "channels", what)
        .cure("add the scopes for as long as you run this, or see yourself that the bot is in each channel")
}

/// What `users.info` says of somebody: what is wrong, if anything. `workspace`: that of the token.
pub fn person(id: &str, uses: &Uses, workspace: &str, answer: Result<&Value, &Refused>) -> Option<Finding> {
    let wrong = |what: &str| format!("{what} ({})", uses.words());
    let body = match answer {
        Ok(body) => body,
        Err(refused) if ["user_not_found", "user_not_visible"].contains(&refused.code()) => {
            return Some(
                Finding::error(Group::Slack, format!("person {id}"), wrong("is nobody's id"))
                    .cure("mend the id: in their profile, Copy member ID"),
            );
        }
        Err(refused) => return Some(Finding::refused(Group::Slack, format!("person {id}"), refused)),
    };
    let user = &body["user"];
    let name = [&user["real_name"], &user["profile"]["real_name"], &user["name"]];
    let name = name.into_iter().find_map(|name| name.as_str().filter(|name| !name.is_empty()));
    let subject = match name {
        Some(name) => format!("person {id} ({name})"),
        None => format!("person {id}"),
    };
    let is = |key: &str| user[key] == true;
    let act = match uses.may {
        May::Answer => "answer",
        May::Command | May::Nothing => "give commands",
    };
    let (what, cure) = if is("deleted") {
        ("is deactivated".to_owned(), "take them out of the rules")
    } else if uses.may == May::Nothing {
        return None;
    } else if is("is_bot") || id == "USLACKBOT" {
        (format!("is a bot, which may not {act}"), "name a person")
    } else if is("is_stranger") || user["team_id"].as_str().is_some_and(|team| team != workspace) {
        (format!("is of another workspace, whose people may not {act}"), "name somebody of the workspace")
    } else {
        return None;
    };
    Some(Finding::warning(Group::Slack, subject, wrong(&what)).cure(cure))
}

/// How many people are as they should be.
pub fn people(well: usize, of: usize) -> Option<Finding> {
    let what = if well == of { "as they should be".to_owned() } else { format!("as they should be, of {of}") };
    (well > 0).then(|| Finding::ok(Group::Slack, "people", format!("{well} {what}")))
}

/// What `usergroups.users.list` says of a user group.
pub fn group(id: &str, uses: &Uses, answer: Result<&Value, &Refused>) -> Finding {
    let subject = format!("user group {id}");
    match answer {
        Ok(body) => match body["users"].as_array().map_or(0, Vec::len) {
            0 => Finding::warning(Group::Slack, subject, format!("has nobody in it ({})", uses.words()))
                .cure("put people into it, or name another one"),
            members => Finding::ok(Group::Slack, subject, super::many(members, "member")),
        },
        Err(refused) if ["no_such_subteam", "subteam_not_found"].contains(&refused.code()) => {
            let what = format!("there is none ({})", uses.words());
            Finding::error(Group::Slack, subject, what)
                .cure("mend the id: in the address of the user group's page, or by `usergroups.list`")
        }
        Err(refused) => Finding::refused(Group::Slack, subject, refused),
    }
}
