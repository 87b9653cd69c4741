//! Other accounts whose pipelines signoff answers for, and the role that it assumes in each.

use super::model::Origin;

/// An entry of `accounts`.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name, which no other has.
    pub name: String,
    pub(super) origin: Origin,
    /// The account, 12 digits: that of its role.
    pub id: String,
    /// The ARN of the role that is assumed there.
    pub role: String,
    /// What the role's trust policy asks for besides. Not a secret:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>.
    pub external_id: Option<String>,
    /// The regions in which commands look for its pipelines; empty for signoff's own. Events say themselves where they come from.
    pub regions: Vec<String>,
}

impl Account {
    /// Where it stands: `rules/payments.yaml:4:11`.
    pub fn whereabouts(&self) -> String {
        self.origin.whereabouts()
    }
}

/// An account has 12 digits.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether regions are written so: `eu-west-1`, `us-gov-east-1`.
pub fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| {
        !part.is_empty() && part.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    parts.len() >= 3
        && parts.iter().all(is_word)
        && parts.last().is_some_and(|last| last.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The account of a role's ARN, `arn:aws:iam::ACCOUNT:role/NAME`, whose name may have a path.
pub(super) fn account_of_role(arn: &str) -> Option<&str> {
    let ["arn", partition, "iam", "", account, resource] = arn.splitn(6, ':').collect::<Vec<_>>()[..] else {
        return None;
    };
    let path = resource.strip_prefix("role/")?;
    let is_fit = |letter: char| letter.is_ascii_alphanumeric() || "+=,.@_-/".contains(letter);
    let is_named =
        path.chars().all(is_fit) && path.rsplit('/').next().is_some_and(|name| (1..=64).contains(&name.len()));
    (partition.starts_with("aws") && is_account(account) && is_named).then_some(account)
}
