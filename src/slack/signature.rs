//! Slack's request signature, version `v0`: <https://docs.slack.dev/authentication/verifying-requests-from-slack>.

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use thiserror::Error;

use crate::secret::Secret;

/// How far Slack's timestamp may be from our clock, either way.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The header with the time at which Slack signed, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-slack-request-timestamp";

/// The header with the signature, `v0=` and 64 hex digits in lower case.
pub const SIGNATURE_HEADER: &str = "x-slack-signature";

/// Why a request is not Slack's. For our log only: the sender is told nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// A header is not there.
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    /// The timestamp is not a number of seconds.
    #[error("the header `x-slack-request-timestamp` is not a number of seconds")]
    BadTimestamp,
    /// The timestamp is more than [`TOLERANCE`] away from now.
    #[error("the request was signed more than five minutes from now: a replay, or a clock that is wrong")]
    Stale,
    /// The signature is not of the form `v0=` and 64 lower-case hex digits.
    #[error("the header `x-slack-signature` is not `v0=` and 64 hex digits in lower case")]
    BadSignature,
    /// None of the secrets made this signature for this body.
    #[error(
        "the signature does not fit the body: `SLACK_SIGNING_SECRET` is another app's, or the request is not Slack's"
    )]
    Mismatch,
}

/// Checks that Slack signed this body, with one of the secrets and within [`TOLERANCE`] of `now`.
///
/// `body` is the raw body: after base64, before form decoding. The comparison takes the same time whatever the signature.
pub fn verify(
    secrets: &[Secret],
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refused> {
    let timestamp = timestamp.ok_or(Refused::Missing(TIMESTAMP_HEADER))?;
    let signature = signature.ok_or(Refused::Missing(SIGNATURE_HEADER))?;
    // Digits only: the parser would take a sign, and the signature is over these very characters.
    if timestamp.is_empty() || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refused::BadTimestamp);
    }
    let signed_at: i64 = timestamp.parse().map_err(|_| Refused::BadTimestamp)?;
    let distance = now.as_second().abs_diff(signed_at);
    if distance > TOLERANCE.as_secs().unsigned_abs() {
        return Err(Refused::Stale);
    }
    let signature = signature.strip_prefix("v0=").and_then(lower_hex_32).ok_or(Refused::BadSignature)?;
    let fits = secrets.iter().any(|secret| {
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).is_ok_and(|mut mac| {
            mac.update(b"v0:");
            mac.update(timestamp.as_bytes());
            mac.update(b":");
            mac.update(body);
            mac.verify_slice(&signature).is_ok()
        })
    });
    if fits { Ok(()) } else { Err(Refused::Mismatch) }
}

/// 64 hex digits in lower case, as Slack writes them.
fn lower_hex_32(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
