//! Only what Slack signed, within five minutes, is looked at (S1).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on has failed")]

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use proptest::prelude::*;
use sha2::Sha256;
use signoff::secret::Secret;
use signoff::slack::signature::{Refused, SIGNATURE_HEADER, TIMESTAMP_HEADER, verify};

/// The example of <https://docs.slack.dev/authentication/verifying-requests-from-slack>.
const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
const AT: i64 = 1_531_420_618;
const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
    channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
    response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
    trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v0={digest}")
}

#[test]
fn slacks_own_example() {
    let secrets = [Secret::new(SECRET)];
    assert_eq!(verify(&secrets, Some("1531420618"), Some(SIGNATURE), BODY.as_bytes(), at(AT)), Ok(()));
}

#[test]
fn the_table() {
    let ours = [Secret::new(SECRET)];
    let rotated = [Secret::new("the-new-one"), Secret::new(SECRET)];
    let others = [Secret::new("8f742231b10e8888abcd99yyyzzz85a6")];
    let body = BODY.as_bytes();
    let stamp = Some("1531420618");
    let signed = Some(SIGNATURE);
    let upper = SIGNATURE.to_uppercase().replacen('V', "v", 1);
    let short = &SIGNATURE[..SIGNATURE.len() - 2];
    let padded = format!("{SIGNATURE} ");
    let v1 = SIGNATURE.replacen("v0", "v1", 1);
    let plus = sign(SECRET, "+1531420618", body);
    type Row<'a> = (&'a str, &'a [Secret], Option<&'a str>, Option<&'a str>, &'a [u8], i64, Result<(), Refused>);
    let table: &[Row<'_>] = &[
        ("as signed", &ours, stamp, signed, body, AT, Ok(())),
        ("by the previous secret", &rotated, stamp, signed, body, AT, Ok(())),
        ("five minutes old", &ours, stamp, signed, body, AT + 300, Ok(())),
        ("five minutes early", &ours, stamp, signed, body, AT - 300, Ok(())),
        ("a second too old", &ours, stamp, signed, body, AT + 301, Err(Refused::Stale)),
        ("a second too early", &ours, stamp, signed, body, AT - 301, Err(Refused::Stale)),
        ("another app's secret", &others, stamp, signed, body, AT, Err(Refused::Mismatch)),
        ("no secret at all", &[], stamp, signed, body, AT, Err(Refused::Mismatch)),
        ("another body", &ours, stamp, signed, b"payload=%7B%7D", AT, Err(Refused::Mismatch)),
        ("no body", &ours, stamp, signed, b"", AT, Err(Refused::Mismatch)),
        ("another timestamp", &ours, Some("1531420619"), signed, body, AT, Err(Refused::Mismatch)),
        ("no timestamp", &ours, None, signed, body, AT, Err(Refused::Missing(TIMESTAMP_HEADER))),
        ("no signature", &ours, stamp, None, body, AT, Err(Refused::Missing(SIGNATURE_HEADER))),
        ("an empty timestamp", &ours, Some(""), signed, body, AT, Err(Refused::BadTimestamp)),
        ("words for a timestamp", &ours, Some("now"), signed, body, AT, Err(Refused::BadTimestamp)),
        ("a signed number", &ours, Some("+1531420618"), Some(&plus), body, AT, Err(Refused::BadTimestamp)),
        ("before 1970", &ours, Some("-1531420618"), signed, body, AT, Err(Refused::BadTimestamp)),
        ("beyond any number", &ours, Some("99999999999999999999"), signed, body, AT, Err(Refused::BadTimestamp)),
        ("the end of time", &ours, Some("9223372036854775807"), signed, body, AT, Err(Refused::Stale)),
        ("an empty signature", &ours, stamp, Some(""), body, AT, Err(Refused::BadSignature)),
        ("no version", &ours, stamp, Some(&SIGNATURE[3..]), body, AT, Err(Refused::BadSignature)),
        ("another version", &ours, stamp, Some(&v1), body, AT, Err(Refused::BadSignature)),
        ("capitals", &ours, stamp, Some(&upper), body, AT, Err(Refused::BadSignature)),
        ("cut short", &ours, stamp, Some(short), body, AT, Err(Refused::BadSignature)),
        ("with a blank after it", &ours, stamp, Some(&padded), body, AT, Err(Refused::BadSignature)),
    ];
    for (name, secrets, stamp, signature, body, now, expected) in table {
        assert_eq!(verify(secrets, *stamp, *signature, body, at(*now)), *expected, "{name}");
    }
}

#[test]
fn what_is_logged_of_a_refusal() {
    let refusals = [
        Refused::Missing(SIGNATURE_HEADER),
        Refused::BadTimestamp,
        Refused::Stale,
        Refused::BadSignature,
        Refused::Mismatch,
    ];
    let told: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    the header `x-slack-signature` is missing
    the header `x-slack-request-timestamp` is not a number of seconds
    the request was signed more than five minutes from now: a replay, or a clock that is wrong
    the header `x-slack-signature` is not `v0=` and 64 hex digits in lower case
    the signature does not fit the body: `SLACK_SIGNING_SECRET` is another app's, or the request is not Slack's
    ");
}

proptest! {
    /// Whatever is changed of a signed body, it no longer verifies; unchanged it does.
    #[test]
    fn one_changed_byte_is_found(mut body in proptest::collection::vec(any::<u8>(), 1..200), at_byte: usize, flip in 1_u8..) {
        let secrets = [Secret::new(SECRET)];
        let signature = sign(SECRET, "1531420618", &body);
        prop_assert_eq!(verify(&secrets, Some("1531420618"), Some(&signature), &body, at(AT)), Ok(()));
        let index = at_byte % body.len();
        body[index] ^= flip;
        let changed = verify(&secrets, Some("1531420618"), Some(&signature), &body, at(AT));
        prop_assert_eq!(changed, Err(Refused::Mismatch));
    }

    /// No header, however odd, does more than being refused.
    #[test]
    fn odd_headers_are_refused(stamp in ".*", signature in ".*", now in -1_000_000_000_i64..4_000_000_000) {
        prop_assert!(verify(&[Secret::new(SECRET)], Some(&stamp), Some(&signature), b"x", at(now)).is_err());
    }
}
