//! Other accounts: whether the roles that the rules name can be assumed.

use signoff::ports::PortError;
use signoff::rules::Account;

use super::{Finding, Group};

/// What became of assuming an account's role.
pub fn role(account: &Account, answer: Result<(), &PortError>) -> Finding {
    let Account { name, id, role, .. } = account;
    match answer {
        Ok(()) => Finding::ok(Group::Accounts, name, format!("{role} can be assumed")),
        Err(PortError::Transient(said)) => Finding::unreachable(Group::Accounts, name, said),
        Err(PortError::Permanent(said)) if said.contains(" answered AccessDenied") => {
            let with = match &account.external_id {
                Some(external_id) => format!(", with the external id `{external_id}` or none"),
                None => ", and asks for no external id, which the rules would have to say as `external_id`".to_owned(),
            };
            Finding::error(Group::Accounts, name, said).cure(format!(
                "see that the role is there in account {id}, that its trust policy names the function's role{with}, that the function's \
                 role may `sts:AssumeRole` it (`AccountRoleArns`), and that the policy names whoever runs this as well, or run this as \
                 the function's role"
            ))
        }
        Err(PortError::Permanent(said)) => {
            Finding::error(Group::Accounts, name, said).cure("correct it under `accounts` in the rules")
        }
    }
}
