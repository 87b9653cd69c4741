//! The account that signoff runs in. Lambda says it with every invocation, in the function's ARN, so nobody has to be asked.

use std::sync::{Arc, OnceLock};

/// The account that signoff runs in, once it is known.
#[derive(Debug, Clone, Default)]
pub struct OwnAccount(Arc<OnceLock<String>>);

impl OwnAccount {
    /// Takes the account from the ARN of the function, such as `arn:aws:lambda:eu-central-1:111122223333:function:signoff`. It does
    /// not change while a process lives, so that the first one holds.
    pub fn learn(&self, function_arn: &str) {
        let account = function_arn.split(':').nth(4).unwrap_or_default();
        if account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit()) {
            // Whoever told it before told the same.
            let _known = self.0.set(account.to_owned());
        }
    }

    /// The account, 12 digits.
    pub fn get(&self) -> Option<String> {
        self.0.get().cloned()
    }
}
