//! When approvals are taken: windows and freezes, by the clocks of their time zones (A8).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::rules::policy::{Freeze, Policy, TimeOfDay, Window};

/// Whether approvals are taken at some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// They are.
    Open,
    /// They are not.
    Closed {
        /// Why.
        by: Closure,
        /// When they are again, every window and freeze considered; `None` where that is more than a year away.
        opens: Option<Timestamp>,
    },
}

/// Why approvals are not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closure {
    /// It is outside the window.
    Window,
    /// A freeze, by its name.
    Freeze(String),
}

impl Closure {
    /// Why it is closed, as the end of a sentence.
    pub fn words(&self, window: Option<&Window>) -> String {
        match (self, window) {
            (Self::Freeze(name), _) => format!("the freeze `{name}` holds"),
            (Self::Window, Some(window)) => format!("it is outside the window, {}", window.words()),
            (Self::Window, None) => "it is outside the window".to_owned(),
        }
    }
}

/// Whether approvals are taken at `now`.
///
/// A time that the clocks skip is taken as that much later, and of a time that they show twice the first, as people read it who
/// set their alarm: <https://docs.rs/jiff/latest/jiff/tz/enum.Disambiguation.html>.
pub fn opening(window: Option<&Window>, freezes: &[Freeze], now: Timestamp) -> Opening {
    let by = if let Some((freeze, _)) = frozen(freezes, now) {
        Closure::Freeze(freeze.name.clone())
    } else if window.is_some_and(|window| !is_open(window, now)) {
        Closure::Window
    } else {
        return Opening::Open;
    };
    Opening::Closed { by, opens: opens(window, freezes, now) }
}

/// A time as people read it who work by the window or freeze that closes: `Mon 2026-03-09 09:00 Europe/Berlin`.
pub fn local(policy: &Policy, by: &Closure, at: Timestamp) -> String {
    local_of(policy.window.as_ref(), &policy.freezes, by, at)
}

/// As [`local`], of a window and freezes that are not an approval rule's.
pub fn local_of(window: Option<&Window>, freezes: &[Freeze], by: &Closure, at: Timestamp) -> String {
    let timezone = match by {
        Closure::Window => window.map(|window| &window.timezone),
        Closure::Freeze(name) => freezes.iter().find(|freeze| freeze.name == *name).map(|freeze| &freeze.timezone),
    };
    let timezone = timezone.cloned().unwrap_or(TimeZone::UTC);
    let zone = timezone.iana_name().unwrap_or_default().to_owned();
    format!("{} {zone}", at.to_zoned_datetime(timezone).strftime("%a %Y-%m-%d %H:%M"))
}

/// The first time after `now` at which approvals are taken.
fn opens(window: Option<&Window>, freezes: &[Freeze], now: Timestamp) -> Option<Timestamp> {
    let horizon = now.checked_add(366_i64.saturating_mul(24).hours()).ok()?;
    let mut at = now;
    // Each step goes to the end of a freeze or the beginning of a window, of which a year has few.
    while at <= horizon {
        if let Some((_, until)) = frozen(freezes, at) {
            at = until;
            continue;
        }
        match window {
            Some(window) if !is_open(window, at) => at = next_start(window, at)?,
            _ => return Some(at),
        }
    }
    None
}

/// The freeze that holds at some time, and its end. Of several, the one that ends last.
fn frozen(freezes: &[Freeze], at: Timestamp) -> Option<(&Freeze, Timestamp)> {
    let holds = |freeze: &'_ &Freeze| {
        let from = instant(freeze.from, &freeze.timezone);
        let until = instant(freeze.until, &freeze.timezone);
        from.zip(until).is_some_and(|(from, until)| from <= at && at < until)
    };
    let ends = |freeze: &'_ Freeze| instant(freeze.until, &freeze.timezone);
    freezes.iter().filter(holds).filter_map(|freeze| Some((freeze, ends(freeze)?))).max_by_key(|(_, until)| *until)
}

/// Whether a window is open: it opened today and has not closed, or it opened yesterday and closes today.
fn is_open(window: &Window, at: Timestamp) -> bool {
    let today = at.to_zoned_datetime(window.timezone.clone()).date();
    let opened_on = |days_ago: i64| {
        let (from, until) = span(window, today.checked_sub(days_ago.days()).ok()?)?;
        (from <= at && at < until).then_some(())
    };
    opened_on(0).is_some() || opened_on(1).is_some()
}

/// The next time after `at` at which a window opens.
fn next_start(window: &Window, at: Timestamp) -> Option<Timestamp> {
    let today = at.to_zoned_datetime(window.timezone.clone()).date();
    // A window opens every week; a week later is there for a day that the clocks shortened to nothing.
    let starts = (0..=14).filter_map(|days| span(window, today.checked_add(i64::from(days).days()).ok()?));
    starts.map(|(from, _)| from).find(|from| *from > at)
}

/// From when until when a window is open that opens on a day; `None` where it does not open on that day.
fn span(window: &Window, day: jiff::civil::Date) -> Option<(Timestamp, Timestamp)> {
    if !window.days.contains(&day.weekday()) {
        return None;
    }
    let closes_on = if window.until <= window.from { day.tomorrow().ok()? } else { day };
    let at = |day: jiff::civil::Date, TimeOfDay(minutes): TimeOfDay| {
        let (day, minutes) = if minutes >= TimeOfDay::MIDNIGHT.0 { (day.tomorrow().ok()?, 0) } else { (day, minutes) };
        let (hours, minutes) = (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
        instant(day.at(hours, minutes, 0, 0), &window.timezone)
    };
    Some((at(day, window.from)?, at(closes_on, window.until)?))
}

fn instant(time: DateTime, timezone: &TimeZone) -> Option<Timestamp> {
    timezone.to_timestamp(time).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::Weekday::{self, Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};

    use super::*;

    fn window(days: &[Weekday], from: u16, until: u16, zone: &str) -> Window {
        let timezone = TimeZone::get(zone).unwrap();
        Window { days: days.to_vec(), from: TimeOfDay(from * 60), until: TimeOfDay(until * 60), timezone }
    }

    fn freeze(name: &str, from: &str, until: &str) -> Freeze {
        let timezone = TimeZone::get("Europe/Berlin").unwrap();
        Freeze { name: name.to_owned(), from: from.parse().unwrap(), until: until.parse().unwrap(), timezone }
    }

    /// `open`, or why not and when it opens.
    fn told(window: Option<&Window>, freezes: &[Freeze], now: &str) -> String {
        match opening(window, freezes, now.parse().unwrap()) {
            Opening::Open => "open".to_owned(),
            Opening::Closed { by, opens } => {
                let opens = opens.map_or("never".to_owned(), |opens| opens.to_string());
                format!("{by:?} until {opens}")
            }
        }
    }

    #[test]
    fn windows_by_the_clocks_of_their_zone() {
        let office = window(&[Monday, Tuesday, Wednesday, Thursday], 9, 16, "Europe/Berlin");
        for (now, expected) in [
            ("2026-03-02T07:59:59Z", "Window until 2026-03-02T08:00:00Z"),
            ("2026-03-02T08:00:00Z", "open"),
            ("2026-03-02T14:59:59Z", "open"),
            ("2026-03-02T15:00:00Z", "Window until 2026-03-03T08:00:00Z"),
            // From Thursday's end to Monday.
            ("2026-03-05T15:00:00Z", "Window until 2026-03-09T08:00:00Z"),
            // Over the change of clocks on 29 March: 09:00 is an hour earlier.
            ("2026-03-27T12:00:00Z", "Window until 2026-03-30T07:00:00Z"),
            ("2026-03-30T07:00:00Z", "open"),
            // And back on 25 October.
            ("2026-10-26T07:30:00Z", "Window until 2026-10-26T08:00:00Z"),
        ] {
            assert_eq!(told(Some(&office), &[], now), expected, "{now}");
        }
    }

    #[test]
    fn windows_over_midnight_and_the_change_of_clocks() {
        let night = window(&[Saturday], 22, 6, "Europe/Berlin");
        for (now, expected) in [
            ("2026-03-28T20:59:59Z", "Window until 2026-03-28T21:00:00Z"),
            ("2026-03-28T21:00:00Z", "open"),
            // 06:00 on the day of the change is 04:00 UTC: the night has an hour less.
            ("2026-03-29T03:59:59Z", "open"),
            ("2026-03-29T04:00:00Z", "Window until 2026-04-04T20:00:00Z"),
            // The night of the other change has an hour more.
            ("2026-10-25T04:59:59Z", "open"),
            ("2026-10-25T05:00:00Z", "Window until 2026-10-31T21:00:00Z"),
        ] {
            assert_eq!(told(Some(&night), &[], now), expected, "{now}");
        }
        // It opens in the hour that the clocks skip, and so an hour later; and closes in the hour that they show twice, the first time.
        let skipped = window(&[Sunday], 2, 4, "Europe/Berlin");
        assert_eq!(told(Some(&skipped), &[], "2026-03-29T00:59:59Z"), "Window until 2026-03-29T01:00:00Z");
        assert_eq!(told(Some(&skipped), &[], "2026-03-29T01:00:00Z"), "open");
        assert_eq!(told(Some(&skipped), &[], "2026-03-29T02:00:00Z"), "Window until 2026-04-05T00:00:00Z");
        let whole_day = window(&[Friday], 0, 24, "America/New_York");
        assert_eq!(told(Some(&whole_day), &[], "2026-03-06T04:59:59Z"), "Window until 2026-03-06T05:00:00Z");
        assert_eq!(told(Some(&whole_day), &[], "2026-03-07T04:59:59Z"), "open");
        assert_eq!(told(Some(&whole_day), &[], "2026-03-07T05:00:00Z"), "Window until 2026-03-13T04:00:00Z");
    }

    #[test]
    fn freezes_alone_together_and_with_a_window() {
        let year_end = freeze("year end", "2026-12-19T00:00", "2027-01-04T08:00");
        let audit = freeze("audit", "2027-01-03T00:00", "2027-01-05T00:00");
        let both = [year_end.clone(), audit];
        let office = window(&[Monday, Tuesday, Wednesday, Thursday], 9, 16, "Europe/Berlin");
        let one = std::slice::from_ref(&year_end);
        for (window, freezes, now, expected) in [
            (None, one, "2026-12-18T22:59:59Z", "open"),
            (None, one, "2026-12-18T23:00:00Z", "Freeze(\"year end\") until 2027-01-04T07:00:00Z"),
            (None, one, "2027-01-04T07:00:00Z", "open"),
            (None, &both[..], "2026-12-24T12:00:00Z", "Freeze(\"year end\") until 2027-01-04T23:00:00Z"),
            (None, &both, "2027-01-03T12:00:00Z", "Freeze(\"audit\") until 2027-01-04T23:00:00Z"),
            // The freeze ends on a Monday at 08:00, an hour before the window opens.
            (Some(&office), one, "2026-12-24T12:00:00Z", "Freeze(\"year end\") until 2027-01-04T08:00:00Z"),
            (Some(&office), one, "2026-12-18T12:00:00Z", "Window until 2027-01-04T08:00:00Z"),
        ] {
            assert_eq!(told(window, freezes, now), expected, "{now}");
        }
        let long = freeze("for good", "2026-01-01T00:00", "2036-01-01T00:00");
        assert_eq!(told(None, &[long], "2026-03-02T12:00:00Z"), "Freeze(\"for good\") until never");
    }
}
