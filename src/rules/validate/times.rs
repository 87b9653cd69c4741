//! Times and lengths of time, read strictly: a window that opens at another hour than its author thinks is worse than none.

use jiff::SignedDuration;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

use crate::diagnostic::suggest::nearest;
use crate::diagnostic::{Diagnostic, quoted};
use crate::rules::policy::{Freeze, TimeOfDay, Window};
use crate::rules::reader::Text;
use crate::rules::{codes, raw};

/// The longest that an approval action waits: <https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html>.
const LONGEST: SignedDuration = SignedDuration::from_hours(60 * 24);

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// A length of time, such as `30m`, `2h` or `1d12h`.
pub(in crate::rules) fn duration(word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<SignedDuration> {
    let help = "write numbers with units, the largest first: `30m`, `2h`, `3d`, `1h30m`";
    let Some(seconds) = seconds(word.value) else {
        errors.push(word.error(codes::DURATION, format!("{} is not a length of time", quoted(word.value))).help(help));
        return None;
    };
    let duration = SignedDuration::from_secs(seconds);
    if duration.is_zero() || duration > LONGEST {
        let (message, help) = if duration.is_zero() {
            ("this is no time at all".to_owned(), "write at least `1s`, or leave the key out")
        } else {
            (format!("{} is longer than an approval waits", quoted(word.value)), "CodePipeline gives up after 60 days")
        };
        errors.push(word.error(codes::DURATION, message).help(help));
        return None;
    }
    Some(duration)
}

/// Numbers with units, each unit once and the largest first.
fn seconds(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total: i64 = 0;
    for (unit, length) in [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)] {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(after) = rest[digits..].strip_prefix(unit) {
            let number: i64 = rest[..digits].parse().ok()?;
            total = total.checked_add(number.checked_mul(length)?)?;
            rest = after;
        }
    }
    (rest.is_empty() && !text.is_empty()).then_some(total)
}

/// A time of day, such as `09:00`.
fn time_of_day(word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<TimeOfDay> {
    let time = word.value.split_once(':').and_then(|(hours, minutes)| {
        let number = |digits: &str| {
            let is_number = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
            is_number.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let time = TimeOfDay(hours * 60 + minutes);
        (minutes < 60 && time <= TimeOfDay::MIDNIGHT).then_some(time)
    });
    if time.is_none() {
        let message = format!("{} is not a time of day", quoted(word.value));
        errors.push(word.error(codes::TIME, message).help("write hours and minutes of a day of 24 hours: `\"09:00\"`"));
    }
    time
}

/// A date and time of day, such as `2026-12-19T00:00`.
fn date_time(word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<DateTime> {
    let text = word.value;
    // Read and written again it has to be the same: the reader takes more than rules do.
    let exact = |format: &str| {
        let time = DateTime::strptime(format, text).ok()?;
        (time.strftime(format).to_string() == text).then_some(time)
    };
    let time = exact("%Y-%m-%dT%H:%M").or_else(|| exact("%Y-%m-%dT%H:%M:%S"));
    if time.is_none() {
        let message = format!("{} is not a date with its time", quoted(text));
        let help = if text.len() == 10 && text.bytes().filter(|letter| *letter == b'-').count() == 2 {
            format!("write the time of day too: `{text}T00:00`")
        } else {
            "write it as in `2026-12-19T00:00`; its zone stands under `timezone`".to_owned()
        };
        errors.push(word.error(codes::TIME, message).help(help));
    }
    time
}

/// A time zone of the IANA database.
fn timezone(word: Text<'_>, errors: &mut Vec<Diagnostic>) -> Option<TimeZone> {
    // The database is asked without regard to capitals.
    let known = jiff::tz::db().get(word.value).ok().filter(|zone| zone.iana_name() == Some(word.value));
    if known.is_none() {
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let same = names.iter().find(|name| name.eq_ignore_ascii_case(word.value)).copied();
        // `Berlin` for `Europe/Berlin`.
        let city = || names.iter().find(|name| name.rsplit('/').next() == Some(word.value)).copied();
        let help = match same.or_else(city).or_else(|| nearest(word.value, &names)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => {
                "write the name of a region and city of the IANA database, such as `Europe/Berlin`, or `UTC`".to_owned()
            }
        };
        let message = format!("there is no time zone {}", quoted(word.value));
        errors.push(word.error(codes::TIMEZONE, message).help(help));
    }
    known
}

fn days(words: &[Text<'_>], errors: &mut Vec<Diagnostic>) -> Vec<Weekday> {
    let mut days = Vec::new();
    for word in words {
        if let Some((_, day)) = DAYS.iter().find(|(name, _)| *name == word.value) {
            days.push(*day);
            continue;
        }
        let lower = word.value.to_lowercase();
        let help = match DAYS.iter().find(|(name, _)| lower.starts_with(name)) {
            Some(_) if lower.contains('-') => "write each day: `[mon, tue, wed]`".to_owned(),
            Some((name, _)) => format!("did you mean `{name}`?"),
            None => "the days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat` and `sun`".to_owned(),
        };
        errors.push(word.error(codes::TIME, format!("there is no day {}", quoted(word.value))).help(help));
    }
    days.sort_unstable_by_key(|day| day.to_monday_zero_offset());
    days.dedup();
    days
}

/// A window; `None` where something of it is missing or broken, which was told.
pub(super) fn window(raw: &raw::Said<'_, raw::Window<'_>>, errors: &mut Vec<Diagnostic>) -> Option<Window> {
    let raw::Window { days: words, from, until, timezone: zone } = &raw.value;
    let before = errors.len();
    let days = words.as_ref().map_or_else(|| DAYS.map(|(_, day)| day).to_vec(), |words| days(words, errors));
    let opens = from.and_then(|word| time_of_day(word, errors));
    let closes = until.and_then(|word| time_of_day(word, errors));
    let timezone = zone.and_then(|word| timezone(word, errors));
    if let (Some(word), Some(TimeOfDay::MIDNIGHT)) = (from, opens) {
        errors.push(word.error(codes::TIME, "no window opens at `24:00`").help("write `\"00:00\"` and the next day"));
    }
    if let (Some(word), true) = (until, opens.is_some() && opens == closes) {
        let message = format!("the window closes when it opens, at {}", quoted(word.value));
        let help = "for whole days write `from: \"00:00\"` and `until: \"24:00\"`";
        errors.push(word.error(codes::TIME, message).help(help));
    }
    let window = Window { days, from: opens?, until: closes?, timezone: timezone? };
    (errors.len() == before).then_some(window)
}

/// A freeze; `None` where something of it is missing or broken, which was told.
pub(in crate::rules) fn freeze(raw: &raw::Freeze<'_>, errors: &mut Vec<Diagnostic>) -> Option<Freeze> {
    let begins = raw.from.and_then(|word| date_time(word, errors));
    let ends = raw.until.and_then(|word| date_time(word, errors));
    let timezone = raw.timezone.and_then(|word| timezone(word, errors));
    let (name, from, until) = (raw.name?.value.to_owned(), begins?, ends?);
    if until <= from {
        let word = raw.until?;
        let message = format!("this freeze ends at {} and begins later", quoted(word.value));
        errors.push(word.error(codes::TIME, message).help("are `from` and `until` the wrong way round?"));
        return None;
    }
    Some(Freeze { name, from, until, timezone: timezone? })
}
