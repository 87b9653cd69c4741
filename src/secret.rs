//! A secret: a value that never shows itself; and where a setting says that it is.

use std::fmt;

/// A token or signing secret. `Debug` does not show it, there is no `Display`, and it cannot be serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the secret's value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A setting that holds a secret, or says where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSetting {
    /// The secret itself.
    Value(Secret),
    /// Where it is kept.
    Place(SecretPlace),
}

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// `ssm:/path`: a parameter of Systems Manager's Parameter Store, by its name or ARN.
    Parameter(String),
    /// `secretsmanager:name-or-arn#key`: a secret of Secrets Manager.
    Secret {
        /// Its name or ARN.
        id: String,
        /// The key that is meant, where the secret is a JSON object.
        key: Option<String>,
    },
}

impl SecretSetting {
    /// Reads a setting's value. The error says what is wrong with the place that it names, and does not repeat the value.
    pub fn read(value: &str) -> Result<Self, &'static str> {
        if let Some(name) = value.strip_prefix("ssm:") {
            return match name.trim() {
                "" => Err("names no parameter after `ssm:`"),
                name => Ok(Self::Place(SecretPlace::Parameter(name.to_owned()))),
            };
        }
        let Some(name) = value.strip_prefix("secretsmanager:") else {
            return Ok(Self::Value(Secret::new(value)));
        };
        // Neither names nor ARNs have a `#` in them:
        // <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>.
        let (id, key) = match name.split_once('#') {
            Some((id, key)) => (id.trim(), Some(key.trim())),
            None => (name.trim(), None),
        };
        match (id, key) {
            ("", _) => Err("names no secret after `secretsmanager:`"),
            (_, Some("")) => Err("names no key after `#`"),
            (id, key) => Ok(Self::Place(SecretPlace::Secret { id: id.to_owned(), key: key.map(str::to_owned) })),
        }
    }

    /// Whether it has to be fetched.
    pub fn is_place(&self) -> bool {
        matches!(self, Self::Place(_))
    }
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "the parameter `{name}`"),
            Self::Secret { id, key: None } => write!(f, "the secret `{id}`"),
            Self::Secret { id, key: Some(key) } => write!(f, "the key `{key}` of the secret `{id}`"),
        }
    }
}
