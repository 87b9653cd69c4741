//! The settings, and their only reader. A setting that is missing or wrong stops the start with a line that names it.
#![allow(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the environment and the folders it names"
)]

use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use reqwest::Url;
use thiserror::Error;

use crate::approval::audit::AuditSettings;
use crate::diagnostic::{Diagnostic, Source, text};
use crate::rules::{self, RuleSet};
use crate::secret::SecretSetting;
use crate::template::Templates;

/// The environment of `bootstrap`.
#[derive(Debug)]
pub struct Config {
    /// `SIGNOFF_RULES`: the folder of the rules.
    pub rules: PathBuf,
    /// `SIGNOFF_TEMPLATES`: the folder of templates that are added to, or stand in for, the built-in ones.
    pub templates: PathBuf,
    /// `SIGNOFF_TABLE`.
    pub table: Table,
    /// `SLACK_BOT_TOKEN`.
    pub bot_token: (&'static str, SecretSetting),
    /// `SLACK_SIGNING_SECRET`, and `SLACK_SIGNING_SECRET_PREVIOUS` while it is rotated.
    pub signing_secrets: Vec<(&'static str, SecretSetting)>,
    /// `SLACK_API_URL`.
    pub slack_api_url: Url,
    /// `SIGNOFF_AUDIT_RETENTION` and `SIGNOFF_RULES_REVISION`.
    pub audit: AuditSettings,
    /// `SIGNOFF_METRICS`: the namespace of the metrics; `None`: there are none.
    pub metrics: Option<String>,
    /// `SIGNOFF_LOG`: a tracing filter.
    pub log: String,
    /// `SIGNOFF_RECORD`: whether payloads are logged, scrubbed.
    pub record: bool,
}

/// What turns on, and keeps off, that payloads are logged: nobody is to log them by asking for all that there is to log.
const RECORDING: &str = "signoff::recording";

/// It takes for an error, at each answer of AWS's that is one, that our HTTP client keeps its connections to itself.
const CONNECTIONS: &str = "aws_smithy_runtime::client::http::connection_poisoning";

/// Where records are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Table {
    /// In the process, and gone with it.
    Memory,
    /// In this DynamoDB table.
    DynamoDb(String),
}

/// Why signoff can't start. Its text names the setting, or the place in a file, and the way out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// A setting that has to be there is not.
    #[error("`{name}` is not set: set it to {wanted}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it wants.
        wanted: &'static str,
    },
    /// A setting is not what it should be.
    #[error("`{name}` {problem}: set it to {wanted}")]
    Wrong {
        /// The variable.
        name: &'static str,
        /// What is wrong; never the value of a secret.
        problem: String,
        /// What it wants.
        wanted: &'static str,
    },
    /// A folder or file can't be read.
    #[error("`{path}`, which `{name}` names, can't be read: {problem}")]
    Unreadable {
        /// The variable.
        name: &'static str,
        /// The path.
        path: String,
        /// What the system said.
        problem: String,
    },
    /// The rules or templates have errors: the whole of what was found.
    #[error("the rules or templates have errors\n\n{0}")]
    Findings(String),
}

const BOT_TOKEN: &str = "the bot token of your Slack app, which begins with `xoxb-`, \
    or to where it is, as `ssm:/path` or `secretsmanager:name`";
const SIGNING_SECRET: &str = "the signing secret from your Slack app's Basic Information page, \
    or to where it is, as `ssm:/path` or `secretsmanager:name`";

impl Config {
    /// Reads the environment of the process.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&|name| std::env::var(name).ok())
    }

    /// Reads settings from anywhere. Empty is as good as not set.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let table = match get("SIGNOFF_TABLE") {
            Some(table) if table == "memory" => Table::Memory,
            Some(table) => Table::DynamoDb(table),
            None => {
                let wanted = "the name of the DynamoDB table, or to `memory` to try it out locally";
                return Err(ConfigError::Missing { name: "SIGNOFF_TABLE", wanted });
            }
        };
        let bot_token = secret(&get, "SLACK_BOT_TOKEN", BOT_TOKEN)?
            .ok_or(ConfigError::Missing { name: "SLACK_BOT_TOKEN", wanted: BOT_TOKEN })?;
        let signing_secret = secret(&get, "SLACK_SIGNING_SECRET", SIGNING_SECRET)?
            .ok_or(ConfigError::Missing { name: "SLACK_SIGNING_SECRET", wanted: SIGNING_SECRET })?;
        let previous = secret(&get, "SLACK_SIGNING_SECRET_PREVIOUS", SIGNING_SECRET)?;
        Ok(Self {
            rules: get("SIGNOFF_RULES").unwrap_or_else(|| "rules".to_owned()).into(),
            templates: get("SIGNOFF_TEMPLATES").unwrap_or_else(|| "templates".to_owned()).into(),
            table,
            bot_token,
            signing_secrets: std::iter::once(signing_secret).chain(previous).collect(),
            slack_api_url: slack_api_url(&get("SLACK_API_URL").unwrap_or_else(|| "https://slack.com/api/".to_owned()))?,
            audit: AuditSettings {
                retention: match get("SIGNOFF_AUDIT_RETENTION") {
                    Some(text) => retention(&text)?,
                    None => AuditSettings::default().retention,
                },
                revision: get("SIGNOFF_RULES_REVISION"),
            },
            metrics: metrics(get("SIGNOFF_METRICS"))?,
            log: get("SIGNOFF_LOG").unwrap_or_else(|| "info".to_owned()),
            record: match get("SIGNOFF_RECORD").as_deref() {
                None | Some("0") => false,
                Some("1") => true,
                Some(other) => {
                    return Err(ConfigError::Wrong {
                        name: "SIGNOFF_RECORD",
                        problem: format!("is `{other}`"),
                        wanted: "`1` to log payloads without secrets and personal data, or to `0`",
                    });
                }
            },
        })
    }

    /// What is logged, as a tracing filter.
    pub fn log_filter(&self) -> String {
        format!("{},{CONNECTIONS}=off,{RECORDING}={}", self.log, if self.record { "trace" } else { "off" })
    }

    /// Reads the rules and templates that the settings name.
    pub fn load(&self) -> Result<(RuleSet, Templates), ConfigError> {
        let files = folder("SIGNOFF_TEMPLATES", &self.templates, Absent::IsEmpty)?;
        let templates = read_templates(files)?;
        let files = folder("SIGNOFF_RULES", &self.rules, Absent::IsError)?;
        let rules = read_rules(&files, &templates)?;
        Ok((rules, templates))
    }
}

/// Templates from files, with the built-in ones behind them.
pub fn read_templates(files: Vec<Source>) -> Result<Templates, ConfigError> {
    Templates::read(files).map_err(|found| findings(&found))
}

/// Rules from files. Each rule's template is tried with every event that the rule may see, so that a template that fails is
/// found at the start and not when somebody waits for its message. Warnings do not keep rules from being used.
pub fn read_rules(files: &[Source], templates: &Templates) -> Result<RuleSet, ConfigError> {
    let read = rules::read(files, templates).map_err(|found| findings(&found))?;
    for warning in &read.warnings {
        tracing::warn!(code = warning.code, "{warning}");
    }
    Ok(read.rules)
}

fn findings(found: &[Diagnostic]) -> ConfigError {
    ConfigError::Findings(text::render_all(found))
}

fn secret(
    get: &dyn Fn(&str) -> Option<String>,
    name: &'static str,
    wanted: &'static str,
) -> Result<Option<(&'static str, SecretSetting)>, ConfigError> {
    let Some(value) = get(name) else { return Ok(None) };
    match SecretSetting::read(&value) {
        Ok(setting) => Ok(Some((name, setting))),
        Err(problem) => Err(ConfigError::Wrong { name, problem: problem.to_owned(), wanted }),
    }
}

/// A number of days, or for ever.
fn retention(text: &str) -> Result<Option<SignedDuration>, ConfigError> {
    if text == "forever" {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(days @ 1..=36_500) => Ok(Some(SignedDuration::from_hours(days * 24))),
        _ => Err(ConfigError::Wrong {
            name: "SIGNOFF_AUDIT_RETENTION",
            problem: format!("is `{text}`"),
            wanted: "a number of days from 1 to 36500, or to `forever`",
        }),
    }
}

/// A namespace of CloudWatch's: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html>.
fn metrics(text: Option<String>) -> Result<Option<String>, ConfigError> {
    let Some(text) = text else { return Ok(Some("signoff".to_owned())) };
    if text == "off" {
        return Ok(None);
    }
    let known = |c: char| c.is_ascii_alphanumeric() || ".-_/#: ".contains(c);
    if text.len() > 255 || text.starts_with(':') || text.starts_with("AWS/") || !text.chars().all(known) {
        return Err(ConfigError::Wrong {
            name: "SIGNOFF_METRICS",
            problem: format!("is `{text}`, which is no namespace of yours in CloudWatch"),
            wanted: "a namespace such as `signoff`, of at most 255 letters, digits and `.-_/#:`, or to `off`",
        });
    }
    Ok(Some(text))
}

fn slack_api_url(text: &str) -> Result<Url, ConfigError> {
    let wrong = |problem: &str| ConfigError::Wrong {
        name: "SLACK_API_URL",
        problem: format!("is `{text}`, which {problem}"),
        wanted: "an address such as `https://slack.com/api/`",
    };
    // Method names are appended, which replaces all after the last slash.
    let text_with_slash = if text.ends_with('/') { text.to_owned() } else { format!("{text}/") };
    let url = Url::parse(&text_with_slash).map_err(|error| wrong(&format!("is no address: {error}")))?;
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback => Ok(url),
        "http" => Err(wrong("would send the bot token unencrypted")),
        _ => Err(wrong("does not begin with `https://`")),
    }
}

/// What it means that a folder is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// There are no files.
    IsEmpty,
    /// Something is wrong.
    IsError,
}

/// Where a file stops being UTF-8, and what to do.
fn not_utf8(bytes: &[u8], valid: usize) -> String {
    let line = bytes[..valid].iter().filter(|byte| **byte == b'\n').count() + 1;
    format!("it is not UTF-8 in line {line}: save it as UTF-8")
}

/// The `*.yaml` files of a folder, in name order. `name` is the setting that names the folder, for errors.
pub fn folder(name: &'static str, folder: &Path, absent: Absent) -> Result<Vec<Source>, ConfigError> {
    let unreadable = |path: &Path, error: &std::io::Error| ConfigError::Unreadable {
        name,
        path: path.display().to_string(),
        problem: match error.kind() {
            std::io::ErrorKind::NotFound => "it is not there".to_owned(),
            kind => kind.to_string(),
        },
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && absent == Absent::IsEmpty => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            let text = String::from_utf8(bytes).map_err(|error| ConfigError::Unreadable {
                name,
                path: path.display().to_string(),
                problem: not_utf8(error.as_bytes(), error.utf8_error().valid_up_to()),
            })?;
            Ok(Source::new(path.display().to_string(), text))
        })
        .collect()
}
