//! Security Token Service: `AssumeRole`, and whose credentials a request is signed with.
//!
//! Shapes, limits and errors are those of the STS API 2011-06-15:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::aws_error::AwsError;
use super::given::GivenRole;
use super::identity::uuid;

/// A session lasts from 15 minutes to the most that a role may be given, and an hour where nothing is said.
const DURATION: std::ops::RangeInclusive<i64> = 900..=43_200;
const DEFAULT_DURATION: i64 = 3_600;

/// The most that a session of a role lasts that another role's session assumed, as a function's does.
const CHAINED: i64 = 3_600;
/// The length of an external id: the same page.
const EXTERNAL_ID: std::ops::RangeInclusive<usize> = 2..=1_224;

/// The key of the function's own credentials: beside those of sessions the only one that there is.
pub const OWN_ACCESS_KEY: &str = "AKIASIMULATED";

/// Whose credentials a request is signed with, and for which region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signer<'a> {
    /// The access key.
    pub key: &'a str,
    /// The session token that came with the request.
    pub token: Option<&'a str>,
    /// The region in the signature's scope.
    pub region: &'a str,
}

impl<'a> Signer<'a> {
    /// The function itself.
    pub fn own(region: &'a str) -> Self {
        Self { key: OWN_ACCESS_KEY, token: None, region }
    }
}

/// The roles of all accounts, and the sessions that were begun.
#[derive(Debug, Clone)]
pub struct Roles {
    /// The account that signoff runs in.
    own_account: String,
    roles: BTreeMap<String, GivenRole>,
    /// By access key.
    sessions: BTreeMap<String, Session>,
}

/// Temporary credentials.
#[derive(Debug, Clone)]
struct Session {
    role: String,
    token: String,
    ends: Timestamp,
}

/// What `AssumeRole` gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// Begins with `ASIA`, as of all temporary credentials.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
    /// The session token.
    pub token: String,
    /// When they end.
    pub ends: Timestamp,
    /// The session's ARN.
    pub arn: String,
}

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account whose resources a request names.
    pub account: String,
    /// As whom: an ARN.
    pub arn: String,
    /// What the role allows; all where nothing is said.
    allows: Option<Vec<String>>,
}

impl Caller {
    /// Refuses an operation, such as `codepipeline:GetPipelineState`, that the role does not allow.
    pub fn check(&self, action: &str) -> Result<(), AwsError> {
        let fits = |allowed: &String| {
            allowed == action || allowed.strip_suffix('*').is_some_and(|beginning| action.starts_with(beginning))
        };
        if self.allows.as_ref().is_none_or(|allows| allows.iter().any(fits)) {
            return Ok(());
        }
        let message = format!(
            "User: {} is not authorized to perform: {action} because no identity-based policy allows the {action} action",
            self.arn
        );
        Err(AwsError::client("AccessDeniedException", message))
    }
}

impl Roles {
    /// The roles as a scenario gives them. The error names the place in the scenario.
    pub fn new(own_account: &str, given: &BTreeMap<String, GivenRole>) -> Result<Self, String> {
        for arn in given.keys() {
            if account_of(arn).is_none() || !arn.contains(":role/") {
                return Err(format!(
                    "roles: `{arn}` is not the ARN of a role, `arn:aws:iam::111122223333:role/signoff`"
                ));
            }
        }
        Ok(Self { own_account: own_account.to_owned(), roles: given.clone(), sessions: BTreeMap::new() })
    }

    /// The function's own role.
    pub fn own_role(&self) -> String {
        format!("arn:aws:iam::{}:role/signoff", self.own_account)
    }

    /// Whose credentials a request is signed with: the function's own, or a session's.
    pub fn caller(&self, now: Timestamp, signer: Signer<'_>) -> Result<Caller, AwsError> {
        let invalid = || {
            AwsError::client("UnrecognizedClientException", "The security token included in the request is invalid.")
        };
        if signer.key == OWN_ACCESS_KEY && signer.token.is_none() {
            let arn = session_arn(&self.own_role(), "signoff");
            return Ok(Caller { account: self.own_account.clone(), arn, allows: None });
        }
        let session = self.sessions.get(signer.key).ok_or_else(invalid)?;
        if signer.token != Some(session.token.as_str()) {
            return Err(invalid());
        }
        if session.ends <= now {
            return Err(AwsError::client(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ));
        }
        Ok(Caller {
            account: account_of(&session.role).unwrap_or_default().to_owned(),
            arn: session_arn(&session.role, "signoff"),
            allows: self.roles.get(&session.role).and_then(|role| role.allows.clone()),
        })
    }

    /// `AssumeRole`, by the function's own role.
    pub fn assume_role(&mut self, now: Timestamp, input: &BTreeMap<String, String>) -> Result<Assumed, AwsError> {
        let text = |name: &str| input.get(name).map(String::as_str).filter(|text| !text.is_empty());
        let missing = |name: &str| {
            let name = format!("{}{}", name[..1].to_lowercase(), &name[1..]);
            validation(format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            ))
        };
        let arn = text("RoleArn").ok_or_else(|| missing("RoleArn"))?;
        let session = text("RoleSessionName").ok_or_else(|| missing("RoleSessionName"))?;
        let is_fit = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
        if !(2..=64).contains(&session.len()) || !session.chars().all(is_fit) {
            return Err(validation(format!(
                "1 validation error detected: Value '{session}' at 'roleSessionName' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: [\\w+=,.@-]*"
            )));
        }
        let seconds = match text("DurationSeconds").map(str::parse::<i64>) {
            None => DEFAULT_DURATION,
            Some(Ok(seconds)) if DURATION.contains(&seconds) => seconds,
            Some(_) => {
                let message = "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint";
                return Err(validation(message.to_owned()));
            }
        };
        if seconds > CHAINED {
            let message =
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
            return Err(validation(message.to_owned()));
        }
        if let Some(id) = input.get("ExternalId") {
            check_external_id(id)?;
        }
        // What is wrong is not told: that a role is there is nobody's to know who may not assume it.
        let trusted = self.roles.get(arn).is_some_and(|role| {
            let by = role.trusts.clone().unwrap_or_else(|| self.own_role());
            let root = format!("arn:aws:iam::{}:root", self.own_account);
            let is_trusted = by == self.own_role() || by == self.own_account || by == root;
            is_trusted && role.external_id.as_deref().is_none_or(|wanted| text("ExternalId") == Some(wanted))
        });
        if !trusted {
            let by = session_arn(&self.own_role(), "signoff");
            let message = format!("User: {by} is not authorized to perform: sts:AssumeRole on resource: {arn}");
            return Err(AwsError { code: "AccessDenied", message, status: 403 });
        }
        let number = self.sessions.len().to_string();
        let digits = |of: &str| uuid(&[of, arn, &number]).replace('-', "");
        let assumed = Assumed {
            access_key: format!("ASIA{}", digits("key")[..16].to_uppercase()),
            secret_key: digits("secret"),
            token: format!("simulated-session-{}", digits("token")),
            ends: now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX),
            arn: session_arn(arn, session),
        };
        let begun = Session { role: arn.to_owned(), token: assumed.token.clone(), ends: assumed.ends };
        self.sessions.insert(assumed.access_key.clone(), begun);
        Ok(assumed)
    }
}

fn check_external_id(id: &str) -> Result<(), AwsError> {
    let is_fit = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@:/-".contains(letter);
    let constraint = match id.chars().count() {
        length if length < *EXTERNAL_ID.start() => "have length greater than or equal to 2",
        length if length > *EXTERNAL_ID.end() => "have length less than or equal to 1224",
        _ if !id.chars().all(is_fit) => "satisfy regular expression pattern: [\\w+=,.@:\\/-]*",
        _ => return Ok(()),
    };
    Err(validation(format!(
        "1 validation error detected: Value '{id}' at 'externalId' failed to satisfy constraint: Member must {constraint}"
    )))
}

/// The ARN of a role's session.
fn session_arn(role: &str, session: &str) -> String {
    let name = role.rsplit('/').next().unwrap_or_default();
    format!("arn:aws:sts::{}:assumed-role/{name}/{session}", account_of(role).unwrap_or_default())
}

/// The account of an IAM ARN.
fn account_of(arn: &str) -> Option<&str> {
    let account = arn.strip_prefix("arn:aws:iam::")?.split(':').next()?;
    is_account(account).then_some(account)
}

/// An account has 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit())
}

fn validation(message: String) -> AwsError {
    AwsError::client("ValidationError", message)
}
