//! Systems Manager's Parameter Store (API 2014-11-06) and Secrets Manager (API 2017-10-17), as far as secrets are read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AwsError;
use super::identity;

/// The longest name of a parameter:
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>.
const PARAMETER_NAME: usize = 2048;
/// The longest name or ARN of a secret:
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>.
const SECRET_ID: usize = 2048;

/// The secrets that a scenario starts with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GivenSecrets {
    /// The parameters of Parameter Store by name, each a SecureString.
    pub ssm: BTreeMap<String, String>,
    /// The secrets of Secrets Manager by name.
    pub secretsmanager: BTreeMap<String, GivenSecret>,
}

/// A secret of Secrets Manager: a text, or the keys of a JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum GivenSecret {
    /// A text.
    Text(String),
    /// A JSON object.
    Object(BTreeMap<String, String>),
}

/// Both services.
#[derive(Debug, Clone)]
pub struct SecretStores {
    parameters: BTreeMap<String, Vec<Version>>,
    secrets: BTreeMap<String, Vec<Version>>,
    /// Every secret that was ever in them.
    ever: Vec<String>,
}

/// A version of a parameter or secret; the last one is the current one.
#[derive(Debug, Clone)]
struct Version {
    value: String,
    since: Timestamp,
}

impl SecretStores {
    /// The stores as a scenario is given them, each secret put there a month before it begins.
    pub fn new(given: &GivenSecrets, now: Timestamp) -> Self {
        let since = now.checked_sub(jiff::SignedDuration::from_hours(30 * 24)).unwrap_or(now);
        let mut ever: Vec<String> = given.ssm.values().cloned().collect();
        let mut secrets = BTreeMap::new();
        for (name, secret) in &given.secretsmanager {
            let value = match secret {
                GivenSecret::Text(text) => {
                    ever.push(text.clone());
                    text.clone()
                }
                GivenSecret::Object(keys) => {
                    ever.extend(keys.values().cloned());
                    json!(keys).to_string()
                }
            };
            secrets.insert(name.clone(), vec![Version { value, since }]);
        }
        let parameters =
            given.ssm.iter().map(|(name, value)| (name.clone(), vec![Version { value: value.clone(), since }]));
        Self { parameters: parameters.collect(), secrets, ever }
    }

    /// Everything that must never be printed.
    pub fn ever(&self) -> &[String] {
        &self.ever
    }

    /// Puts a new value into a parameter (`PutParameter` with `Overwrite`).
    pub fn put_parameter(&mut self, now: Timestamp, name: &str, value: &str) -> Result<(), String> {
        let versions = self.parameters.get_mut(name).ok_or_else(|| format!("there is no parameter `{name}`"))?;
        versions.push(Version { value: value.to_owned(), since: now });
        self.ever.push(value.to_owned());
        Ok(())
    }

    /// Puts a new value into a secret, or into one of its keys (`PutSecretValue`): what was current is `AWSPREVIOUS` from then on.
    pub fn put_secret(&mut self, now: Timestamp, name: &str, key: Option<&str>, value: &str) -> Result<(), String> {
        let versions = self.secrets.get_mut(name).ok_or_else(|| format!("there is no secret `{name}`"))?;
        let text = match (key, versions.last()) {
            (Some(key), Some(last)) => {
                let mut object: BTreeMap<String, String> = serde_json::from_str(&last.value)
                    .map_err(|_| format!("the secret `{name}` has no keys, so it has no `{key}`"))?;
                object.insert(key.to_owned(), value.to_owned());
                json!(object).to_string()
            }
            _ => value.to_owned(),
        };
        versions.push(Version { value: text, since: now });
        self.ever.push(value.to_owned());
        Ok(())
    }

    /// Those of an account or a region where there are none.
    pub(super) fn none() -> Self {
        Self { parameters: BTreeMap::new(), secrets: BTreeMap::new(), ever: Vec::new() }
    }

    /// Answers an operation of Parameter Store in an account and a region.
    pub fn ssm(&self, (account, region): (&str, &str), operation: &str, input: &Value) -> Result<Value, AwsError> {
        if operation != "GetParameter" {
            return Err(unknown(operation));
        }
        let asked = text(input, "Name", PARAMETER_NAME, "name")?;
        let arn = format!("arn:aws:ssm:{region}:{account}:parameter");
        let name = asked.strip_prefix(arn.as_str()).unwrap_or(asked);
        let (name, selector) = match name.split_once(':') {
            Some((name, selector)) => (name, Some(selector)),
            None => (name, None),
        };
        let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
        if name.is_empty() || !name.chars().all(part) {
            let message = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, \
                it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, \
                numbers and the following 3 symbols .-_";
            return Err(AwsError::client("ValidationException", message));
        }
        // Its model gives the error no message.
        let versions = self.parameters.get(name).ok_or_else(|| AwsError::client("ParameterNotFound", ""))?;
        let number = match selector.map(str::parse::<usize>) {
            None => versions.len(),
            Some(Ok(number)) if (1..=versions.len()).contains(&number) => number,
            Some(_) => {
                let message = format!("Systems Manager could not find version {} of {name}.", selector.unwrap_or(""));
                return Err(AwsError::client("ParameterVersionNotFound", message));
            }
        };
        let version = &versions[number - 1];
        let value = match input["WithDecryption"].as_bool() {
            Some(true) => version.value.clone(),
            _ => format!("AQICAHh{}", identity::letters(32, &["ciphertext", &version.value])),
        };
        let slash = if name.starts_with('/') { "" } else { "/" };
        Ok(json!({ "Parameter": {
            "ARN": format!("{arn}{slash}{name}"), "DataType": "text", "LastModifiedDate": version.since.as_second(),
            "Name": name, "Type": "SecureString", "Value": value, "Version": number,
        } }))
    }

    /// Answers an operation of Secrets Manager in an account and a region.
    pub fn secrets_manager(
        &self,
        (account, region): (&str, &str),
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        if operation != "GetSecretValue" {
            return Err(unknown(operation));
        }
        let id = text(input, "SecretId", SECRET_ID, "secretId")?;
        let arn = |name: &str| {
            let letters = identity::letters(6, &["secret", name]);
            format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-{letters}")
        };
        let found = self.secrets.iter().find(|(name, _)| name.as_str() == id || arn(name) == id);
        let absent = |what: &str| {
            let message = format!("Secrets Manager can't find the specified secret{what}");
            AwsError::client("ResourceNotFoundException", message)
        };
        let (name, versions) = found.ok_or_else(|| absent("."))?;
        let stage = input["VersionStage"].as_str().unwrap_or("AWSCURRENT");
        let age = match stage {
            "AWSCURRENT" => 0,
            "AWSPREVIOUS" => 1,
            _ => usize::MAX,
        };
        let version = versions.iter().rev().nth(age);
        let version = version.ok_or_else(|| absent(&format!(" value for staging label: {stage}")))?;
        let number = versions.len() - age;
        Ok(json!({
            "ARN": arn(name), "CreatedDate": version.since.as_second(), "Name": name, "SecretString": version.value,
            "VersionId": identity::uuid(&["version", name, &number.to_string()]), "VersionStages": [stage],
        }))
    }
}

fn unknown(operation: &str) -> AwsError {
    AwsError::client("UnknownOperationException", format!("unknown operation `{operation}`"))
}

/// A required text of at most so many characters.
fn text<'a>(input: &'a Value, field: &str, longest: usize, member: &str) -> Result<&'a str, AwsError> {
    let invalid = |value: &str, constraint: String| {
        let message = format!(
            "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: Member must {constraint}"
        );
        AwsError::client("ValidationException", message)
    };
    match input[field].as_str() {
        None => Err(invalid("null", "not be null".to_owned())),
        Some("") => Err(invalid("''", "have length greater than or equal to 1".to_owned())),
        Some(text) if text.chars().count() > longest => {
            Err(invalid("", format!("have length less than or equal to {longest}")))
        }
        Some(text) => Ok(text),
    }
}
