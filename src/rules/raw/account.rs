//! The shape of `accounts`.

use crate::diagnostic::quoted;
use crate::rules::codes;
use crate::rules::keys;
use crate::rules::reader::{Reader, Text};
use crate::yaml::{Key, Kind, Node};

/// An entry of `accounts`. What is `None` is left out or can't be read, which was told.
pub(in crate::rules) struct Account<'a> {
    pub(in crate::rules) name: Text<'a>,
    pub(in crate::rules) id: Option<Text<'a>>,
    pub(in crate::rules) role: Option<Text<'a>>,
    pub(in crate::rules) external_id: Option<Text<'a>>,
    pub(in crate::rules) regions: Vec<Text<'a>>,
}

impl<'a> Reader<'a, '_> {
    pub(super) fn accounts(&mut self, node: &'a Node) -> Vec<Account<'a>> {
        let entries = self.entries(node, "`accounts`").unwrap_or_default();
        entries.iter().map(|(key, value)| self.account(key, value)).collect()
    }

    fn account(&mut self, key: &'a Key, node: &'a Node) -> Account<'a> {
        let mut account = Account { name: self.key(key), id: None, role: None, external_id: None, regions: Vec::new() };
        let what = format!("the account {}", quoted(&key.name));
        if let Kind::String(_) | Kind::Number(_) = node.kind {
            let message = format!("{what} is a map, not {}", node.describe());
            self.error(node.place, codes::TYPE, message).help =
                Some("write `{ role: arn:aws:iam::111122223333:role/signoff }`".to_owned());
            return account;
        }
        let Some(entries) = self.map(node, "an account", &keys::ACCOUNT) else { return account };
        for (key, value) in entries {
            match key.name.as_str() {
                "id" => account.id = self.digits(value).or_else(|| self.text(value, "`id`")),
                "role" => account.role = self.text(value, "`role`"),
                "external_id" => {
                    account.external_id = self.digits(value).or_else(|| self.text(value, "`external_id`"));
                }
                "regions" => account.regions = self.texts(value, "`regions`").unwrap_or_default(),
                _ => {}
            }
        }
        self.needs(node, key.place, &what, &keys::ACCOUNT, &["role"]);
        account
    }
}
