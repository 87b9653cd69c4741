//! Slack's markup as people see it: <https://docs.slack.dev/messaging/formatting-message-text>.

use jiff::Timestamp;

use super::Workspace;

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// A line.
    Plain(String),
    /// A line of a quote.
    Quote(String),
    /// A line of a code block, as it is.
    Code(String),
}

impl Line {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Plain(text) | Self::Quote(text) | Self::Code(text) => text,
        }
    }
}

/// The lines of a `mrkdwn` text.
pub(super) fn lines(workspace: &Workspace, text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, part, is_code) in code_and_other(text, "```") {
        if is_code {
            let code = part.trim_matches('\n');
            lines.extend(code.lines().map(|line| Line::Code(unescape(&links(workspace, line)))));
            continue;
        }
        let part = if index > 0 { part.strip_prefix('\n').unwrap_or(&part) } else { &part };
        for line in part.lines() {
            let quoted = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'));
            let drawn = inline(workspace, quoted.unwrap_or(line).trim_matches(' '));
            lines.push(if quoted.is_some() { Line::Quote(drawn) } else { Line::Plain(drawn) });
        }
    }
    lines
}

/// Mentions, links, dates, emphasis and emoji of one line.
fn inline(workspace: &Workspace, line: &str) -> String {
    // Nothing inside backticks is markup but `<…>`.
    let parts = code_and_other(line, "`").into_iter().map(|(_, part, is_code)| {
        let part = links(workspace, &part);
        if is_code { format!("`{part}`") } else { emoji(&without_emphasis(&part)) }
    });
    unescape(&parts.collect::<String>())
}

/// The parts between marks, each with its number and whether it is code. A mark that is not closed is a mark like any other.
pub(crate) fn code_and_other(text: &str, mark: &str) -> Vec<(usize, String, bool)> {
    let count = text.split(mark).count();
    let mut parts: Vec<(usize, String, bool)> = Vec::new();
    for (index, part) in text.split(mark).enumerate() {
        match parts.last_mut() {
            Some((_, last, false)) if index % 2 == 1 && index + 1 == count => {
                last.push_str(mark);
                last.push_str(part);
            }
            _ => parts.push((index, part.to_owned(), index % 2 == 1)),
        }
    }
    parts
}

/// What `<…>` stands for.
fn links(workspace: &Workspace, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else { break };
        out.push_str(&rest[..start]);
        let inner = &rest[start + 1..start + length];
        // Other brackets, which should have been escaped, are shown as they are.
        match inner.starts_with(['@', '#', '!']) || inner.contains(':') {
            true => out.push_str(&link(workspace, inner)),
            false => out.push_str(&rest[start..=start + length]),
        }
        rest = &rest[start + length + 1..];
    }
    out + rest
}

fn link(workspace: &Workspace, inner: &str) -> String {
    let (target, label) = inner.split_once('|').map_or((inner, None), |(target, label)| (target, Some(label)));
    if let Some(user) = target.strip_prefix('@') {
        return format!("@{}", workspace.name_of(user));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return workspace.channel_label(channel);
    }
    if let Some(group) = target.strip_prefix("!subteam^") {
        return workspace.group_label(group);
    }
    if let Some(date) = target.strip_prefix("!date^") {
        return date_of(date).or_else(|| label.map(str::to_owned)).unwrap_or_else(|| inner.to_owned());
    }
    if let Some(everybody) = target.strip_prefix('!') {
        return format!("@{everybody}");
    }
    match label {
        Some(label) => format!("{label} ↗"),
        None => target.to_owned(),
    }
}

/// A date in the reader's time zone, who lives in UTC.
pub(crate) fn date_of(date: &str) -> Option<String> {
    let mut parts = date.split('^');
    let at = Timestamp::from_second(parts.next()?.parse().ok()?).ok()?;
    let mut text = parts.next()?.to_owned();
    for (token, format) in [
        ("{date_short_pretty}", "%-d %b %Y"),
        ("{date_long_pretty}", "%A, %-d %B %Y"),
        ("{date_pretty}", "%-d %B %Y"),
        ("{date_short}", "%-d %b %Y"),
        ("{date_long}", "%A, %-d %B %Y"),
        ("{date_num}", "%Y-%m-%d"),
        ("{date}", "%-d %B %Y"),
        ("{time_secs}", "%H:%M:%S"),
        ("{time}", "%H:%M"),
    ] {
        text = text.replace(token, &at.strftime(format).to_string());
    }
    Some(format!("{text} UTC"))
}

/// Drops the marks of bold, italic and struck text, which come in pairs around words.
fn without_emphasis(text: &str) -> String {
    let mut text = text.to_owned();
    for mark in ['*', '_', '~'] {
        text = without_pairs(&text, mark);
    }
    text
}

fn without_pairs(text: &str, mark: char) -> String {
    let letters: Vec<char> = text.chars().collect();
    let dropped: Vec<usize> = pairs(&letters, mark).into_iter().flat_map(|(open, close)| [open, close]).collect();
    letters.iter().enumerate().filter(|(at, _)| !dropped.contains(at)).map(|(_, letter)| letter).collect()
}

/// Where marks come in pairs around words.
pub(crate) fn pairs(letters: &[char], mark: char) -> Vec<(usize, usize)> {
    let is_word = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(|letter| letter.is_alphanumeric());
    let is_blank = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_none_or(|letter| letter.is_whitespace());
    let mut found = Vec::new();
    let mut open = None;
    for (at, _) in letters.iter().enumerate().filter(|(_, letter)| **letter == mark) {
        let (before, after) = (at.checked_sub(1), Some(at + 1));
        match open {
            Some(start) if !is_blank(before) && !is_word(after) && at > start + 1 => {
                found.push((start, at));
                open = None;
            }
            None if !is_word(before) && !is_blank(after) => open = Some(at),
            _ => {}
        }
    }
    found
}

pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Emoji by their short names; those not listed stay as they are written.
pub(crate) fn emoji(text: &str) -> String {
    const EMOJI: [(&str, &str); 33] = [
        ("arrow_forward", "▶️"),
        ("arrows_counterclockwise", "🔄"),
        ("ballot_box_with_check", "☑️"),
        ("bell", "🔔"),
        ("busts_in_silhouette", "👥"),
        ("fast_forward", "⏩"),
        ("gear", "⚙️"),
        ("grey_question", "❔"),
        ("heavy_minus_sign", "➖"),
        ("clock9", "🕘"),
        ("hourglass", "⌛"),
        ("hourglass_flowing_sand", "⏳"),
        ("information_source", "ℹ️"),
        ("key", "🔑"),
        ("lock", "🔒"),
        ("snowflake", "❄️"),
        ("mag", "🔍"),
        ("no_entry", "⛔"),
        ("no_entry_sign", "🚫"),
        ("octagonal_sign", "🛑"),
        ("raised_hand", "✋"),
        ("rocket", "🚀"),
        ("rewind", "⏪"),
        ("rotating_light", "🚨"),
        ("stopwatch", "⏱️"),
        ("tada", "🎉"),
        ("unlock", "🔓"),
        ("warning", "⚠️"),
        ("wastebasket", "🗑️"),
        ("white_check_mark", "✅"),
        ("white_circle", "⚪"),
        ("x", "❌"),
        ("zzz", "💤"),
    ];
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(':') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let name = after[1..].split(':').next().unwrap_or_default();
        let closed = after[1..].len() > name.len();
        match EMOJI.iter().find(|(known, _)| closed && *known == name) {
            Some((_, picture)) => {
                out.push_str(picture);
                rest = &after[name.len() + 2..];
            }
            None => {
                out.push(':');
                rest = &after[1..];
            }
        }
    }
    out + rest
}
