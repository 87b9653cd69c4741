//! Slack's markup as HTML. Whatever is not markup is escaped: <https://docs.slack.dev/messaging/formatting-message-text>.

use crate::world::slack::Workspace;
use crate::world::slack::text::mrkdwn::{code_and_other, date_of, emoji, pairs, unescape};

/// Stands for the first finished piece while the words around it are marked up; Unicode leaves these to private use.
const FIRST: u32 = 0xf0000;

/// Text as it may stand in HTML, in an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

/// Plain text, in which only emoji are drawn.
pub(super) fn plain(text: &str) -> String {
    escape(&emoji(text)).replace('\n', "<br>")
}

/// A `mrkdwn` text.
pub(super) fn mrkdwn(workspace: &Workspace, text: &str) -> String {
    let mut out = String::new();
    for (index, part, is_code) in code_and_other(text, "```") {
        if is_code {
            let code = unescape(part.trim_matches('\n'));
            out.push_str(&format!("<pre>{}</pre>", escape(&code)));
            continue;
        }
        let part = if index > 0 { part.strip_prefix('\n').unwrap_or(&part) } else { &part };
        lines(workspace, part, &mut out);
    }
    out
}

/// Lines, of which those that quote stand together.
fn lines(workspace: &Workspace, text: &str, out: &mut String) {
    let mut quoting = false;
    let mut is_first = true;
    for line in text.trim_end_matches('\n').lines() {
        let quoted = line.strip_prefix("&gt;").or_else(|| line.strip_prefix('>'));
        if quoted.is_some() != quoting {
            out.push_str(if quoting { "</blockquote>" } else { "<blockquote>" });
            quoting = !quoting;
        } else if !is_first {
            out.push_str("<br>");
        }
        is_first = false;
        out.push_str(&inline(workspace, quoted.unwrap_or(line).trim_matches(' ')));
    }
    if quoting {
        out.push_str("</blockquote>");
    }
}

fn inline(workspace: &Workspace, line: &str) -> String {
    let mut out = String::new();
    for (_, part, is_code) in code_and_other(line, "`") {
        let mut pieces = Vec::new();
        let words = with_pieces(workspace, &part, &mut pieces);
        let words = if is_code {
            format!("<code>{}</code>", escape(&unescape(&words)))
        } else {
            emphasised(&emoji(&unescape(&words)))
        };
        out.push_str(&filled_in(&words, &pieces));
    }
    out
}

/// The text with each `<…>` replaced by a character that stands for it.
fn with_pieces(workspace: &Workspace, text: &str, pieces: &mut Vec<String>) -> String {
    let mut out = String::new();
    // What stands for pieces stands for nothing in somebody's text.
    let is_ours = |letter: char| u32::from(letter) >= FIRST;
    let text: String = text.chars().filter(|letter| !is_ours(*letter)).collect();
    let mut rest = text.as_str();
    while let Some(start) = rest.find('<') {
        let Some(length) = rest[start..].find('>') else { break };
        out.push_str(&rest[..start]);
        let inner = &rest[start + 1..start + length];
        let stands_for = u32::try_from(pieces.len()).ok().and_then(|number| char::from_u32(FIRST + number));
        match stands_for.filter(|_| inner.starts_with(['@', '#', '!']) || inner.contains(':')) {
            Some(letter) => {
                pieces.push(piece(workspace, inner));
                out.push(letter);
            }
            None => out.push_str(&rest[start..=start + length]),
        }
        rest = &rest[start + length + 1..];
    }
    out + rest
}

/// A mention, a date or a link.
fn piece(workspace: &Workspace, inner: &str) -> String {
    let (target, label) = inner.split_once('|').map_or((inner, None), |(target, label)| (target, Some(label)));
    let mention = |name: &str| format!("<span class=\"mention\">{}</span>", escape(name));
    if let Some(user) = target.strip_prefix('@') {
        return mention(&format!("@{}", workspace.name_of(user)));
    }
    if let Some(channel) = target.strip_prefix('#') {
        return mention(&workspace.channel_label(channel));
    }
    if let Some(group) = target.strip_prefix("!subteam^") {
        return mention(&workspace.group_label(group));
    }
    if let Some(date) = target.strip_prefix("!date^") {
        let date = date_of(date).or_else(|| label.map(str::to_owned)).unwrap_or_else(|| inner.to_owned());
        return format!("<time>{}</time>", escape(&date));
    }
    if let Some(everybody) = target.strip_prefix('!') {
        return mention(&format!("@{everybody}"));
    }
    let label = emphasised(&emoji(&unescape(label.unwrap_or(target))));
    let is_web = ["https://", "http://", "mailto:"].iter().any(|scheme| target.starts_with(scheme));
    let address = escape(&unescape(target));
    if is_web { format!("<a href=\"{address}\" rel=\"noreferrer\">{label}</a>") } else { label }
}

/// Bold, italic and struck words; everything else escaped.
fn emphasised(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut tags: Vec<Option<&str>> = vec![None; letters.len()];
    for (mark, open, close) in [('*', "<b>", "</b>"), ('_', "<i>", "</i>"), ('~', "<s>", "</s>")] {
        for (from, to) in pairs(&letters, mark) {
            tags[from] = Some(open);
            tags[to] = Some(close);
        }
    }
    let shown = letters.iter().zip(&tags);
    shown.map(|(letter, tag)| tag.map_or_else(|| escape(&letter.to_string()), str::to_owned)).collect()
}

fn filled_in(words: &str, pieces: &[String]) -> String {
    let mut out = String::new();
    for letter in words.chars() {
        let piece = u32::from(letter).checked_sub(FIRST).and_then(|at| pieces.get(usize::try_from(at).ok()?));
        match piece {
            Some(piece) => out.push_str(piece),
            None => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_drawn_and_nothing_else_is() {
        let workspace = Workspace::nameless();
        for (text, html) in [
            ("*bold* _it_ ~no~ a*b", "<b>bold</b> <i>it</i> <s>no</s> a*b"),
            ("`a *b* &lt;x&gt;`", "<code>a *b* &lt;x&gt;</code>"),
            ("```\nlet x = &lt;1&gt;;\n```\nafter", "<pre>let x = &lt;1&gt;;</pre>after"),
            ("&gt; one\n> two\nthree", "<blockquote>one<br>two</blockquote>three"),
            (
                "<https://a.example/?a=1&amp;b=2|the *log*>",
                "<a href=\"https://a.example/?a=1&amp;b=2\" rel=\"noreferrer\">the <b>log</b></a>",
            ),
            ("*<https://a.example|x>* y", "<b><a href=\"https://a.example\" rel=\"noreferrer\">x</a></b> y"),
            ("<javascript:alert(1)|x>", "x"),
            (
                "<@U0JANE> <!subteam^S0SEC> <!channel>",
                "<span class=\"mention\">@U0JANE</span> <span class=\"mention\">S0SEC</span> <span class=\"mention\">@channel</span>",
            ),
            ("<!date^1773051720^{date_short_pretty} at {time}|x>", "<time>9 Mar 2026 at 10:22 UTC</time>"),
            ("&lt;script&gt;\"'", "&lt;script&gt;&quot;&#39;"),
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            (":x: a:b: \u{f0000}", "❌ a:b: "),
        ] {
            assert_eq!(mrkdwn(&workspace, text), html, "{text}");
        }
    }
}
