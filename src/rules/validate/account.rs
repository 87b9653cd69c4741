//! Other accounts, of which each has to have a role that can be one.

use std::collections::BTreeMap;

use super::Validation;
use super::matches::Accounts;
use crate::diagnostic::quoted;
use crate::rules::account::{Account, account_of_role, is_account, is_region};
use crate::rules::model::Origin;
use crate::rules::names::repeated;
use crate::rules::reader::Text;
use crate::rules::{codes, raw};

/// What an external id may be: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
fn is_external_id(text: &str) -> bool {
    let is_fit = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@:/-".contains(letter);
    (2..=1224).contains(&text.len()) && text.chars().all(is_fit)
}

/// The ids of accounts by their names, as far as they can be read.
pub(super) fn names(files: &[raw::File<'_>]) -> Accounts {
    let all = files.iter().flat_map(|file| &file.accounts);
    all.filter_map(|raw| Some((raw.name.value.to_owned(), account_of_role(raw.role?.value)?.to_owned()))).collect()
}

impl<'a> Validation<'a, '_> {
    pub(super) fn accounts(&mut self, files: &[raw::File<'a>]) -> Vec<Account> {
        let mut names: BTreeMap<&'a str, Text<'a>> = BTreeMap::new();
        let mut ids: BTreeMap<String, Text<'a>> = BTreeMap::new();
        let mut accounts = Vec::new();
        for raw in files.iter().flat_map(|file| &file.accounts) {
            self.account_name(raw.name, &mut names);
            let id = self.role(raw);
            self.told_id(raw, id);
            if let Some(word) = raw.external_id.filter(|word| !is_external_id(word.value)) {
                let message = format!("{} can't be an external id", quoted(word.value));
                let help = "it has 2 to 1224 letters, digits and `_` `+` `=` `,` `.` `@` `:` `/` `-`, as the role's trust policy says it";
                self.errors.push(word.error(codes::ROLE, message).help(help));
            }
            repeated(&raw.regions, self.warnings);
            for word in raw.regions.iter().filter(|word| !is_region(word.value)) {
                let message = format!("{} is not a region", quoted(word.value));
                self.errors.push(word.error(codes::REGION, message).help("regions are written as in `eu-west-1`"));
            }
            let Some((id, role)) = id.zip(raw.role) else { continue };
            if let Some(other) = ids.get(id) {
                let message = format!("the account {id} is there already, as {}", quoted(other.value));
                let help = format!("it is at {}: an account has one role here", other.whereabouts());
                self.errors.push(raw.name.error(codes::DUPLICATE, message).help(help));
            }
            ids.entry(id.to_owned()).or_insert(raw.name);
            accounts.push(Account {
                name: raw.name.value.to_owned(),
                origin: Origin { file: raw.name.source.file.clone(), place: raw.name.place },
                id: id.to_owned(),
                role: role.value.to_owned(),
                external_id: raw.external_id.map(|word| word.value.to_owned()),
                regions: raw.regions.iter().map(|word| word.value.to_owned()).collect(),
            });
        }
        accounts
    }

    fn account_name(&mut self, name: Text<'a>, known: &mut BTreeMap<&'a str, Text<'a>>) {
        let is_fit = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        let help = "write a name of letters, digits and `-` `_` `.`: people use it in rules and commands";
        if name.value.trim().is_empty() {
            self.errors.push(name.error(codes::EMPTY, "the name of this account is empty").help(help));
        } else if is_account(name.value) || is_region(name.value) {
            let what = if is_account(name.value) { "an account's id" } else { "a region" };
            let message = format!("`{}` is {what}, so it can't be the name of an account", name.value);
            self.errors.push(name.error(codes::NAME, message).help(help));
        } else if !name.value.chars().all(is_fit) {
            let message = format!("{} can't be the name of an account", quoted(name.value));
            self.errors.push(name.error(codes::NAME, message).help(help));
        } else if let Some(other) = known.get(name.value) {
            let message = format!("the account {} is defined already", quoted(name.value));
            let help = format!("it is at {}: all files share their accounts", other.whereabouts());
            self.errors.push(name.error(codes::DUPLICATE, message).help(help));
        } else {
            known.insert(name.value, name);
        }
    }

    /// The account of the role.
    fn role(&mut self, raw: &raw::Account<'a>) -> Option<&'a str> {
        let role = raw.role?;
        let account = account_of_role(role.value);
        if account.is_none() {
            let message = format!("{} is not the ARN of a role", quoted(role.value));
            let help = if role.value.contains(":assumed-role/") {
                "that is a session of a role; write the role, such as `arn:aws:iam::111122223333:role/signoff`"
            } else {
                "write it as in `arn:aws:iam::111122223333:role/signoff`"
            };
            self.errors.push(role.error(codes::ROLE, message).help(help));
        }
        account
    }

    /// Where an id is written as well, it is the role's.
    fn told_id(&mut self, raw: &raw::Account<'a>, of_role: Option<&str>) {
        let Some(id) = raw.id else { return };
        if !is_account(id.value) {
            let message = format!("no account has the id {}", quoted(id.value));
            let help = "it has 12 digits; the zeros at its front belong to it";
            self.errors.push(id.error(codes::ROLE, message).help(help));
        } else if let Some(account) = of_role.filter(|account| *account != id.value) {
            let message = format!("`id` is {}, and `role` is of the account {account}", id.value);
            let help = "the role is one of the account whose pipelines it is for; `id` may be left out";
            self.errors.push(id.error(codes::ROLE, message).help(help));
        }
    }
}
