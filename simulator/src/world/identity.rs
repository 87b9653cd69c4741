//! Identifiers that look like the services' own and are the same on every run: made from names, never from chance.

use sha2::{Digest, Sha256};

/// A lower-case UUID of version 4's shape, always the same for the same parts.
pub fn uuid(parts: &[&str]) -> String {
    let mut hex = hex(parts);
    hex.replace_range(12..13, "4");
    hex.replace_range(16..17, "a");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32])
}

/// 64 lower-case hexadecimal digits, always the same for the same parts.
pub fn hex(parts: &[&str]) -> String {
    // The parts are joined by a character that no name has, so that `a`, `bc` and `ab`, `c` differ.
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    Sha256::digest(parts.join("\u{0}")).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `length` letters and digits (at most 32), always the same for the same parts, as Slack makes its block ids.
pub fn letters(length: usize, parts: &[&str]) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let digest = Sha256::digest(parts.join("\u{0}"));
    digest.iter().take(length).map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])).collect()
}

/// Whether `text` is a lower-case UUID, which is the pattern that CodePipeline checks ids and tokens against:
/// `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
