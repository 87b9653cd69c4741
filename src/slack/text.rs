//! Text as Slack reads it: escaping, links, mentions, dates and cutting.
//!
//! The syntax is that of <https://docs.slack.dev/messaging/formatting-message-text>.

use std::borrow::Cow;

use jiff::Timestamp;

/// Escapes the three characters that give text power in Slack, so that data can mention nobody and link nowhere. Three
/// backticks, which would make code of all that follows and have no escape, become look-alikes.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) && !text.contains("```") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace("```", "ˋˋˋ"))
}

/// Takes out what turns the reading direction round or hides text: with it, data could make a message read otherwise than it
/// is written. Line breaks and tabs stay, and so do the marks that right-to-left scripts need.
pub fn without_controls(text: &str) -> Cow<'_, str> {
    let hides = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(hides) { Cow::Owned(text.replace(hides, "")) } else { Cow::Borrowed(text) }
}

/// Text on one line: every run of white space is one space.
pub fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts plain text to `max` characters, the last of which is then `…`.
pub fn cut_plain(text: &str, max: usize) -> Cow<'_, str> {
    if text.chars().count() <= max {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// Cuts escaped `mrkdwn` to `max` characters, the last of which is then `…`.
///
/// An entity such as `&amp;` and a token such as `<https://…|label>` stay whole or go. A code block that the cut leaves open
/// is closed again.
pub fn cut_mrkdwn(text: &str, max: usize) -> Cow<'_, str> {
    const FENCE: &str = "```";
    if text.chars().count() <= max {
        return Cow::Borrowed(text);
    }
    let open = |kept: &str| kept.matches(FENCE).count() % 2 == 1;
    let kept = whole_tokens(text, max.saturating_sub(1));
    if !open(kept) {
        return Cow::Owned(format!("{}…", kept.trim_end()));
    }
    let end = format!("…\n{FENCE}");
    let kept = whole_tokens(text, max.saturating_sub(end.chars().count()));
    if open(kept) {
        Cow::Owned(format!("{}{end}", kept.trim_end()))
    } else {
        // The shorter cut fell before the fence, so nothing is open any more.
        Cow::Owned(format!("{}…", kept.trim_end()))
    }
}

/// The longest beginning of `text` that has at most `max` characters and ends between tokens.
fn whole_tokens(text: &str, max: usize) -> &str {
    let mut end = 0;
    let mut left = max;
    while let Some(first) = text[end..].chars().next() {
        let rest = &text[end..];
        let token = match first {
            '&' => ["&amp;", "&lt;", "&gt;"].into_iter().find(|entity| rest.starts_with(entity)).map_or(1, str::len),
            '`' if rest.starts_with("```") => 3,
            '<' => rest.find(['>', '\n']).filter(|at| rest[*at..].starts_with('>')).map_or(1, |at| at + 1),
            other => other.len_utf8(),
        };
        let characters = rest[..token].chars().count();
        if characters > left {
            break;
        }
        left -= characters;
        end += token;
    }
    &text[..end]
}

/// `<@U0JANE>`, when `id` has the shape of a Slack user id.
pub fn mention_user(id: &str) -> Option<String> {
    is_id(id).then(|| format!("<@{id}>"))
}

/// `<!subteam^S0SECURITY>`, when `id` has the shape of a Slack user group id.
pub fn mention_user_group(id: &str) -> Option<String> {
    is_id(id).then(|| format!("<!subteam^{id}>"))
}

/// Slack's ids are capital letters and digits; anything else could break out of the token it is put in.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// `<https://…|label>` with an escaped one-line label, or only the label where `url` is not a web address.
///
/// Addresses longer than 2,000 characters count as none: browsers and Slack do not agree on what follows beyond that.
pub fn link(url: &str, label: &str) -> String {
    let label = on_one_line(label);
    let shown = if label.is_empty() { url } else { &label };
    match web_address(url) {
        Some(address) => format!("<{}|{}>", escape(&address), escape(shown)),
        None => escape(shown).into_owned(),
    }
}

/// The address with what would end the token percent-encoded; `None` unless it is `http` or `https`.
pub fn web_address(url: &str) -> Option<String> {
    let url = url.trim();
    let (scheme, rest) = url.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    if !is_web || rest.is_empty() || url.len() > 2_000 {
        return None;
    }
    let mut address = String::with_capacity(url.len());
    for c in url.chars() {
        let breaks_out = matches!(c, '|' | '<' | '>' | '"' | '`') || c.is_whitespace() || c.is_control();
        if breaks_out {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                address.push_str(&format!("%{byte:02X}"));
            }
        } else {
            address.push(c);
        }
    }
    Some(address)
}

/// The moment as each reader's Slack shows it in their own time zone, with the time in UTC for clients that can't.
/// `None` beyond the years that a timestamp can have.
pub fn date(epoch_seconds: i64) -> Option<String> {
    let utc = utc(epoch_seconds)?;
    Some(format!("<!date^{epoch_seconds}^{{date_short_pretty}} at {{time}}|{utc}>"))
}

/// `2026-03-09 10:22 UTC`.
pub fn utc(epoch_seconds: i64) -> Option<String> {
    let time = Timestamp::from_second(epoch_seconds).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_never_splits_an_entity_or_a_token() {
        let cases = [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abcde…"),
            ("ab &amp; cd", 8, "ab…"),
            ("ab&amp;cdef", 8, "ab&amp;…"),
            ("ab <https://a.b|c> d", 18, "ab…"),
            ("ab <https://a.b|c> defg", 19, "ab <https://a.b|c>…"),
            ("a < b and more", 6, "a < b…"),
            ("ééééééé", 4, "ééé…"),
            ("```long code in here``` and", 12, "```long…\n```"),
            ("some words ```code``` and", 13, "some words…"),
        ];
        for (text, max, expected) in cases {
            let cut = cut_mrkdwn(text, max);
            assert_eq!(cut, expected, "{text:?} at {max}");
            assert!(cut.chars().count() <= max);
        }
    }

    #[test]
    fn only_web_addresses_become_links() {
        let cases = [
            ("https://ci.example/a?b=1&c=2", "build *1*", "<https://ci.example/a?b=1&amp;c=2|build *1*>"),
            ("HTTP://x.example/a b|c>d", "", "<HTTP://x.example/a%20b%7Cc%3Ed|HTTP://x.example/a b|c&gt;d>"),
            ("javascript:alert(1)", "<!channel>", "&lt;!channel&gt;"),
            ("file:///etc/passwd", "file", "file"),
            ("https://", "nowhere", "nowhere"),
            ("https://a.example/\u{202f}x", "two\nlines", "<https://a.example/%E2%80%AFx|two lines>"),
        ];
        for (url, label, expected) in cases {
            assert_eq!(link(url, label), expected);
        }
        assert_eq!(link(&format!("https://a.example/{}", "x".repeat(2_000)), "long"), "long");
    }

    #[test]
    fn ids_that_are_none_mention_nobody() {
        assert_eq!(mention_user("U0JANE").as_deref(), Some("<@U0JANE>"));
        for id in ["", "U0JANE> <!channel", "here", "U0|x"] {
            assert_eq!(mention_user(id), None);
            assert_eq!(mention_user_group(id), None);
        }
    }

    #[test]
    fn dates_have_a_fallback() {
        assert_eq!(
            date(1_773_051_720).as_deref(),
            Some("<!date^1773051720^{date_short_pretty} at {time}|2026-03-09 10:22 UTC>")
        );
        assert_eq!(date(i64::MAX), None);
    }
}
