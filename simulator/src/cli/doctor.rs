//! `signoff doctor`: asks everything that signoff depends on whether it is as it should be.

mod aws;
mod slack;

use std::io::Write;
use std::sync::Arc;

use aws_config::SdkConfig;
use clap::{Args, ValueEnum};
use reqwest::Url;
use signoff::adapters::http_client;
use signoff::adapters::role;
use signoff::adapters::secrets::AwsSecrets;
use signoff::adapters::system_clock::SystemClock;
use signoff::config::{Config, ConfigError, Table};
use signoff::rules::{Account, RuleSet};
use signoff::secret::Secret;

use super::{End, closed};
use crate::doctor::named::Named;
use crate::doctor::settings::{self, Settings};
use crate::doctor::{Finding, Group, Refused, Status, accounts, address, count, pipelines, table};
use crate::report::doctor as report;

/// Check a set-up: settings, Slack app, table, pipelines and request URL
///
/// Reads the same environment as the Lambda, and only looks: nothing is written, posted or answered. Run it before and after
/// deploying; docs/doctor.md says what it needs to be allowed.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  signoff doctor --offline\n  signoff doctor --region eu-west-1 --region us-east-1\n  \
    signoff doctor --url https://k3f8w2m1qa.lambda-url.eu-west-1.on.aws/"
)]
pub struct Doctor {
    /// Check only what needs no network: the settings and the rules
    #[arg(long)]
    offline: bool,

    /// A region to look for pipelines in; may be repeated [default: the SDK's, such as AWS_REGION]
    #[arg(long, value_name = "REGION")]
    region: Vec<String>,

    /// A topic that invokes the function; may be repeated. Approvals that are sent to other topics are errors
    #[arg(long, value_name = "ARN")]
    topic: Vec<String>,

    /// The address that Slack sends to: asked what it answers to a request that Slack did not sign
    #[arg(long, value_name = "URL", value_parser = url)]
    url: Option<Url>,

    /// How to tell what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

impl Doctor {
    pub(super) async fn run(&self, out: &mut impl Write) -> Result<End, String> {
        #[allow(clippy::disallowed_methods, reason = "the environment is what is checked")]
        let get = |name: &str| std::env::var(name).ok();
        let (settings, mut findings) = settings::judge(&get).map_err(|error| error.to_string())?;
        let rules = rules(&settings.config, &mut findings);
        if self.offline {
            let groups = [Group::Slack, Group::Table, Group::Pipelines, Group::Address];
            let others = rules.as_ref().is_some_and(|rules| !rules.accounts.is_empty());
            let groups = groups.into_iter().chain(others.then_some(Group::Accounts));
            findings.extend(groups.map(|group| Finding::unchecked(group, "", "not asked, because of `--offline`")));
        } else {
            let http = http_client::new().map_err(|error| error.to_string())?;
            let aws = signoff::adapters::aws::config(http.clone()).await;
            let token = secrets(&settings, &aws, &mut findings).await;
            slack(&settings, token, rules.as_ref(), &http, &mut findings).await;
            self.aws(&settings, rules.as_ref(), &aws, &mut findings).await;
            findings.push(self.address(&http).await);
        }
        match self.format {
            Format::Text => report::text(out, &findings),
            Format::Json => writeln!(out, "{:#}", report::json(&findings)),
        }
        .map_err(closed)?;
        Ok(if count(&findings, Status::Error) > 0 {
            End::Failed
        } else if count(&findings, Status::Unreachable) > 0 {
            End::Stopped
        } else {
            End::Well
        })
    }

    #[allow(clippy::too_many_lines, reason = "one check after the other")]
    async fn aws(&self, settings: &Settings, rules: Option<&RuleSet>, config: &SdkConfig, findings: &mut Vec<Finding>) {
        let own = config.region().map(|region| region.as_ref().to_owned());
        if own.is_none() {
            let missing = Finding::error(Group::Settings, "AWS_REGION", "is not set");
            findings.push(missing.cure("set it to the region of the function, such as `eu-west-1`"));
        }
        match (&settings.config.table, &own) {
            _ if !settings.is_usable("SIGNOFF_TABLE") => findings.push(Finding::unchecked(
                Group::Table,
                "",
                "not asked, for want of a `SIGNOFF_TABLE` that can be used",
            )),
            (Table::Memory, _) => {
                findings.push(Finding::unchecked(Group::Table, "", "there is none: `SIGNOFF_TABLE` is `memory`"));
            }
            (Table::DynamoDb(_), None) => {
                findings.push(Finding::unchecked(Group::Table, "", "not asked, for want of a region"));
            }
            (Table::DynamoDb(name), Some(region)) => {
                let described = aws::table(config, name).await;
                let is_there = described.is_ok();
                findings.extend(table::table(name, region, described.as_ref().map_err(|refused| &**refused)));
                if is_there {
                    let told = aws::time_to_live(config, name).await;
                    findings.push(table::time_to_live(told.as_ref()));
                }
            }
        }
        let regions: Vec<&String> =
            if self.region.is_empty() { own.iter().collect() } else { self.region.iter().collect() };
        if regions.is_empty() {
            findings.push(Finding::unchecked(Group::Pipelines, "", "not asked, for want of a region"));
        }
        for region in &regions {
            let found = aws::pipelines(config, region).await;
            findings.extend(pipelines::region(region, region, rules, &self.topic, found.as_deref()));
        }
        for account in rules.map(|rules| rules.accounts.as_slice()).unwrap_or_default() {
            self.account(account, &regions, rules, config, findings).await;
        }
    }

    /// Assumes an account's role, and looks at the pipelines there as far as the role lets.
    async fn account(
        &self,
        account: &Account,
        regions: &[&String],
        rules: Option<&RuleSet>,
        config: &SdkConfig,
        findings: &mut Vec<Finding>,
    ) {
        if config.region().is_none() {
            findings.push(Finding::unchecked(Group::Accounts, &account.name, "not asked, for want of a region"));
            return;
        }
        let role = role::try_to_assume(config, account).await;
        findings.push(accounts::role(account, role.as_ref().map(drop)));
        let Ok(role) = role else { return };
        let config = config.to_builder().credentials_provider(role).build();
        let own: Vec<&String> = account.regions.iter().collect();
        for region in if own.is_empty() { regions } else { &own } {
            let subject = format!("{} {region}", account.name);
            match aws::pipelines(&config, region).await {
                Err(refused) if refused.is_denied() => {
                    let why = "the role does not allow `codepipeline:ListPipelines` and `codepipeline:GetPipeline`, \
                               which signoff itself need not have";
                    findings.push(Finding::unchecked(Group::Pipelines, subject, why));
                }
                found => findings.extend(pipelines::region(&subject, region, rules, &[], found.as_deref())),
            }
        }
    }

    async fn address(&self, http: &reqwest::Client) -> Finding {
        let Some(url) = &self.url else {
            return Finding::unchecked(Group::Address, "", "not asked: name it with `--url`");
        };
        let sent =
            http.post(url.clone()).header("content-type", "application/x-www-form-urlencoded").body("payload=%7B%7D");
        let answer = match sent.send().await {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(Refused::Silent(format!("{url} {}", slack::unreached(&error)))),
        };
        address::judge(url.as_str(), answer.as_ref().map(|status| *status))
    }
}

/// Reads the secrets that settings say the place of, and tells how that went. The bot token, where it is had.
async fn secrets(settings: &Settings, aws: &SdkConfig, findings: &mut [Finding]) -> Option<Secret> {
    let store = AwsSecrets::new(aws.clone());
    let Config { bot_token, signing_secrets, .. } = &settings.config;
    let mut token = None;
    for held in std::iter::once(bot_token).chain(signing_secrets).filter(|(name, _)| settings.is_usable(name)) {
        let (name, setting) = held;
        let answer = signoff::app::secrets::fetch(held, &store).await;
        if setting.is_place()
            && let Some(finding) = findings.iter_mut().find(|finding| finding.subject == *name)
        {
            *finding = settings::kept(name, answer.as_ref());
        }
        if *name == bot_token.0 {
            token = answer.ok();
        }
    }
    token
}

async fn slack(
    settings: &Settings,
    token: Option<Secret>,
    rules: Option<&RuleSet>,
    http: &reqwest::Client,
    findings: &mut Vec<Finding>,
) {
    let without = |name: &str| {
        Finding::unchecked(Group::Slack, "", format!("not asked, for want of a `{name}` that can be used"))
    };
    let Some(token) = token else {
        findings.push(without("SLACK_BOT_TOKEN"));
        return;
    };
    if !settings.is_usable("SLACK_API_URL") {
        findings.push(without("SLACK_API_URL"));
        return;
    }
    let base = settings.config.slack_api_url.clone();
    let slack = slack::Slack { http: http.clone(), base, token, clock: Arc::new(SystemClock) };
    slack.examine(rules.map(|rules| (rules, Named::of(rules))), findings).await;
}

/// The rules, and how they stand; none where they can't be used.
fn rules(config: &Config, findings: &mut Vec<Finding>) -> Option<RuleSet> {
    let folder = config.rules.display().to_string();
    let error = match config.load() {
        Ok((rules, _)) => {
            let (approvals, notifications) = (rules.approvals.len(), rules.notifications.len());
            let what =
                format!("{approvals} for approvals and {notifications} for notifications, revision {}", rules.digest);
            findings.push(Finding::ok(Group::Rules, format!("{folder}/"), what));
            return Some(rules);
        }
        Err(error) => error,
    };
    findings.push(match error {
        ConfigError::Unreadable { name, path, problem } => {
            Finding::error(Group::Rules, format!("{path}/"), format!("can't be read: {problem}"))
                .cure(format!("set `{name}` to the folder, or run this where it is"))
        }
        _ => Finding::error(Group::Rules, format!("{folder}/"), "has mistakes, in the rules or their templates").cure(
            format!("run `signoff check {folder} --templates {}`, which tells all of them", config.templates.display()),
        ),
    });
    None
}

fn url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err("it has to begin with `https://`: Slack sends to nothing else".to_owned()),
    }
}
