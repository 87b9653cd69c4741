//! Rules in plain words, for people who ask what a rule says.

use jiff::SignedDuration;
use jiff::civil::Weekday;

use super::command::CommandRule;
use super::model::Approver;
use super::policy::{Comment, Policy, Seats, Window};

impl Policy {
    /// What has to happen for an approval, such as `2 of release-managers and 1 of security, Mon–Thu 09:00–16:00 Europe/Berlin,
    /// not the author`.
    pub fn words(&self) -> String {
        let mut parts = vec![list(self.require.iter().map(Seats::words), "and")];
        parts.extend(self.window.as_ref().map(Window::words));
        if !self.freezes.is_empty() {
            parts.push(format!("not during {}", list(self.freezes.iter().map(|freeze| freeze.name.clone()), "or")));
        }
        if !self.forbid.is_empty() {
            let unknown = if self.allows_unknown_author { " where known" } else { "" };
            parts.push(format!("not {}{unknown}", self.forbid_words().unwrap_or_default()));
        }
        match self.comment {
            Comment::Required => parts.push("with a comment".to_owned()),
            Comment::Optional => parts.push("with a comment if they like".to_owned()),
            Comment::OnReject | Comment::None => {}
        }
        if !self.override_by.is_empty() {
            let who = approvers(&self.override_by);
            parts.push(format!("or {who} alone as an override, with a comment"));
        }
        parts.join(", ")
    }

    /// Who may not approve though they are named, such as `the author or the starter`.
    pub fn forbid_words(&self) -> Option<String> {
        let who = list(self.forbid.iter().map(|who| format!("the {}", who.as_str())), "or");
        (!who.is_empty()).then_some(who)
    }

    /// What becomes of a request that waits, such as `reminds after 2 h and then every 4 h`; nothing where nothing does.
    pub fn waiting_words(&self) -> Vec<String> {
        let remind = self.remind.map(|remind| {
            let every = remind.every.map(|every| format!(" and then every {}", duration(every))).unwrap_or_default();
            format!("reminds after {}{every}", duration(remind.after))
        });
        let escalate = self
            .escalate
            .as_ref()
            .map(|escalate| format!("escalates to {} after {}", escalate.channel.as_str(), duration(escalate.after)));
        remind.into_iter().chain(escalate).collect()
    }
}

impl CommandRule {
    /// What may be done and by whom, such as `start, retry and status by release-managers, not during year end`.
    pub fn words(&self) -> String {
        let verbs = list(self.verbs.iter().map(ToString::to_string), "and");
        let mut parts = vec![format!("{verbs} by {}", approvers(&self.by))];
        parts.extend(self.window.as_ref().map(Window::words));
        if !self.freezes.is_empty() {
            parts.push(format!("not during {}", list(self.freezes.iter().map(|freeze| freeze.name.clone()), "or")));
        }
        if !self.forbid.is_empty() {
            let who = list(self.forbid.iter().map(|who| format!("the {}", who.as_str())), "or");
            parts.push(format!("retry not by {who}"));
        }
        if !self.confirm && self.verbs.iter().any(|verb| verb.is_change()) {
            parts.push("without being asked again".to_owned());
        }
        parts.join(", ")
    }
}

impl Seats {
    /// Who fills them, such as `2 of release-managers or U0ZOE`; of one person, only who.
    pub fn words(&self) -> String {
        match self.from.as_slice() {
            [Approver::User(id)] if self.count == 1 => id.as_str().to_owned(),
            from => format!("{} of {}", self.count, approvers(from)),
        }
    }
}

impl Window {
    /// When it is open, such as `Mon–Thu 09:00–16:00 Europe/Berlin`.
    pub fn words(&self) -> String {
        let zone = self.timezone.iana_name().unwrap_or_default();
        let next_day = if self.until <= self.from { " of the next day" } else { "" };
        format!("{} {}–{}{next_day} {zone}", days(&self.days), self.from, self.until)
    }
}

/// Groups by their names and people by their ids.
pub fn approvers(approvers: &[Approver]) -> String {
    let name = |approver: &Approver| match approver {
        Approver::User(id) => id.as_str().to_owned(),
        Approver::Group { name, .. } => name.clone(),
    };
    list(approvers.iter().map(name), "or")
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(words: impl Iterator<Item = String>, and: &str) -> String {
    let mut words: Vec<String> = words.collect();
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} {and} {last}", words.join(", ")),
        None => String::new(),
    }
}

/// `Mon–Thu, Sat`: days that follow one another as a range.
fn days(days: &[Weekday]) -> String {
    if days.len() == 7 {
        return "daily".to_owned();
    }
    let mut runs: Vec<(Weekday, Weekday)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.to_monday_zero_offset() + 1 == day.to_monday_zero_offset() => *last = *day,
            _ => runs.push((*day, *day)),
        }
    }
    let run = |(first, last): &(Weekday, Weekday)| match last.to_monday_zero_offset() - first.to_monday_zero_offset() {
        0 => day(*first).to_owned(),
        1 => format!("{}, {}", day(*first), day(*last)),
        _ => format!("{}–{}", day(*first), day(*last)),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

/// A day's name in three letters.
const fn day(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mon",
        Weekday::Tuesday => "Tue",
        Weekday::Wednesday => "Wed",
        Weekday::Thursday => "Thu",
        Weekday::Friday => "Fri",
        Weekday::Saturday => "Sat",
        Weekday::Sunday => "Sun",
    }
}

/// `2 h 30 min`.
fn duration(duration: SignedDuration) -> String {
    let mut left = duration.as_secs();
    let mut parts = Vec::new();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)] {
        if left >= length {
            parts.push(format!("{} {unit}", left / length));
            left %= length;
        }
    }
    parts.join(" ")
}
