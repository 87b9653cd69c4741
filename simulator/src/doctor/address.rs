//! The address that Slack sends to: what it answers to a request that Slack did not sign.

use super::{Finding, Group, Refused};

/// What came back: the HTTP status.
pub fn judge(url: &str, answer: Result<u16, &Refused>) -> Finding {
    const SUBJECT: &str = "unsigned request";
    let wrong = |what: String| Finding::error(Group::Address, SUBJECT, format!("{url} {what}"));
    match answer {
        Ok(401) => Finding::ok(Group::Address, SUBJECT, format!("{url} answers 401")),
        Ok(403) => wrong("answers 403: it does not let everybody call it".to_owned())
            .cure("give the function URL the auth type NONE, and let everybody invoke it: Slack's signature is what protects it"),
        Ok(status @ (404 | 405)) => wrong(format!("answers {status}: nothing takes a POST there"))
            .cure("check the address, its path too"),
        Ok(status @ 500..) => wrong(format!("answers {status}: the function fails, or does not start"))
            .cure("look at the function's log: a setting that is missing or wrong is named there"),
        Ok(status) => {
            wrong(format!("answers {status}, not 401: it is not signoff, or something stands before it"))
                .cure("check the address")
        }
        Err(refused) => Finding::refused(Group::Address, SUBJECT, refused)
            .cure("check the address, and that this machine reaches it"),
    }
}
