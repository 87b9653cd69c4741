//! Durations as scenarios write them.

use jiff::SignedDuration;

/// Reads a duration such as `30s`, `12m`, `2h` or `8d`.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is no duration: write a number and `s`, `m`, `h` or `d`, such as `30s` or `2h`");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: i64 = text[..text.len() - unit.len_utf8()].trim().parse().map_err(|_| wrong())?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let seconds = number.checked_mul(seconds).filter(|seconds| *seconds >= 0).ok_or_else(wrong)?;
    Ok(SignedDuration::from_secs(seconds))
}
