//! The environment of `bootstrap`, all of it at once, where `bootstrap` itself stops at the first mistake.

use signoff::app::secrets::SecretError;
use signoff::config::{Config, ConfigError, Table};
use signoff::secret::Secret;

use super::{Finding, Group};

const BOT_TOKEN: &str = "SLACK_BOT_TOKEN";
const SIGNING_SECRETS: [&str; 2] = ["SLACK_SIGNING_SECRET", "SLACK_SIGNING_SECRET_PREVIOUS"];

/// The settings, as far as they can be used.
#[derive(Debug)]
pub struct Settings {
    /// With stand-ins for what is [`Settings::unusable`].
    pub config: Config,
    unusable: Vec<&'static str>,
}

impl Settings {
    /// Whether a setting is there and right.
    pub fn is_usable(&self, name: &str) -> bool {
        !self.unusable.contains(&name)
    }
}

/// Reads the settings, and tells how each stands.
///
/// # Errors
///
/// A mistake for which there is no stand-in, so that nothing else can be said.
pub fn judge(get: &dyn Fn(&str) -> Option<String>) -> Result<(Settings, Vec<Finding>), ConfigError> {
    let mut wrong: Vec<(&'static str, Finding)> = Vec::new();
    let mut missing: Vec<&'static str> = Vec::new();
    let config = loop {
        // A setting that is wrong is as good as not set; one that is missing is any text.
        let stand_in = |name: &str| match (missing.contains(&name), wrong.iter().any(|(known, _)| *known == name)) {
            (true, _) => Some("memory".to_owned()),
            (false, true) => None,
            (false, false) => get(name),
        };
        match Config::read(&stand_in) {
            Ok(config) => break config,
            Err(ConfigError::Missing { name, .. }) if wrong.iter().any(|(known, _)| *known == name) => {
                missing.push(name);
            }
            Err(ConfigError::Missing { name, wanted }) => {
                let finding = Finding::error(Group::Settings, name, "is not set").cure(format!("set it to {wanted}"));
                wrong.push((name, finding));
                missing.push(name);
            }
            Err(ConfigError::Wrong { name, problem, wanted }) if !wrong.iter().any(|(known, _)| *known == name) => {
                wrong.push((name, Finding::error(Group::Settings, name, problem).cure(format!("set it to {wanted}"))));
            }
            Err(other) => return Err(other),
        }
    };
    let settings = Settings { config, unusable: wrong.iter().map(|(name, _)| *name).collect() };

    let set = |name: &str| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let mut findings = Vec::new();
    let names = ["SIGNOFF_TABLE", BOT_TOKEN, SIGNING_SECRETS[0], SIGNING_SECRETS[1], "SLACK_API_URL"];
    for name in names {
        let told = wrong.iter().position(|(known, _)| *known == name);
        match (told, set(name)) {
            (Some(at), _) => findings.push(wrong.remove(at).1),
            (None, Some(value)) => findings.push(right(name, &value, &settings.config)),
            (None, None) => {}
        }
    }
    findings.extend(wrong.into_iter().map(|(_, finding)| finding));
    Ok((settings, findings))
}

/// A setting that `bootstrap` takes. No secret is shown.
fn right(name: &str, value: &str, config: &Config) -> Finding {
    let ok = |what: String| Finding::ok(Group::Settings, name, what);
    let warning = |what: &str| Finding::warning(Group::Settings, name, what);
    match name {
        "SIGNOFF_TABLE" if config.table == Table::Memory => {
            warning("is `memory`: all is forgotten when the process ends")
                .cure("set it to the name of a DynamoDB table")
        }
        _ if is_secret(name) && names_a_place(value) => ok(format!("`{value}`")),
        _ if is_secret(name) => secret(name, value, "is set"),
        _ => ok(format!("`{value}`")),
    }
}

fn is_secret(name: &str) -> bool {
    name == BOT_TOKEN || SIGNING_SECRETS.contains(&name)
}

fn names_a_place(value: &str) -> bool {
    value.starts_with("ssm:") || value.starts_with("secretsmanager:")
}

/// A secret that is kept where a setting says: whether it can be read, and is what it should be.
pub fn kept(name: &str, answer: Result<&Secret, &SecretError>) -> Finding {
    match answer {
        Ok(value) => secret(name, value.expose(), "can be read"),
        Err(error) => {
            let text = format!("names {}, which {}", error.place, error.problem);
            match text.rsplit_once(": ") {
                Some((what, cure)) => Finding::error(Group::Settings, name, what).cure(cure),
                None => Finding::error(Group::Settings, name, text),
            }
        }
    }
}

/// A secret: `set` says how it is there. What is Slack's has a shape that signoff itself does not look at.
fn secret(name: &str, value: &str, set: &str) -> Finding {
    let warning = |what: &str| Finding::warning(Group::Settings, name, format!("{set}, and {what}"));
    if name == BOT_TOKEN && !value.starts_with("xoxb-") {
        return warning("does not begin with `xoxb-`")
            .cure("take the Bot User OAuth Token from the app's page OAuth & Permissions");
    }
    if name != BOT_TOKEN && !is_signing_secret(value) {
        return warning("is not 32 hexadecimal digits as Slack's are")
            .cure("take the Signing Secret, not the Client Secret, from the app's page Basic Information");
    }
    Finding::ok(Group::Settings, name, set)
}

fn is_signing_secret(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}
