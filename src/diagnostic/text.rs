//! Findings for people at a terminal: each above the line it means, with a caret.

use super::Diagnostic;

/// The width that findings keep to. Only words without a space and paths are ever longer.
const WIDTH: usize = 100;

/// How much of a line is shown before the caret where the line is cut there.
const BEFORE: usize = 30;

/// One finding, without colours. Ends with a line break.
pub fn render(found: &Diagnostic) -> String {
    let mut told = wrapped(&format!("{}[{}]: ", found.severity.as_str(), found.code), &found.message, 2);
    let number = if found.line == 0 { String::new() } else { found.line.to_string() };
    let margin = " ".repeat(number.len());
    let place = found.place();
    if !place.is_empty() {
        told.push_str(&format!("{}--> {place}\n", if margin.is_empty() { " " } else { &margin }));
    }
    if let Some(excerpt) = &found.excerpt {
        let (line, caret) = cut(excerpt, found.column, found.length, WIDTH - number.len() - " | ".len());
        told.push_str(&format!("{margin} |\n{}\n{margin} | {caret}\n", format!("{number} | {line}").trim_end()));
    }
    if let Some(help) = &found.help {
        let begin = format!("{margin} = help: ");
        told.push_str(&wrapped(&begin, help, begin.len()));
    }
    told
}

/// All of them, with an empty line between.
pub fn render_all(found: &[Diagnostic]) -> String {
    found.iter().map(render).collect::<Vec<_>>().join("\n")
}

/// Words in lines of the width, each after the first indented. Ends with a line break.
fn wrapped(begin: &str, words: &str, indent: usize) -> String {
    let mut told = begin.to_owned();
    let mut width = begin.chars().count();
    let words: String = words.chars().map(shown).collect();
    for (at, word) in unbroken(&words).into_iter().enumerate() {
        let length = word.chars().count();
        if at > 0 && width + 1 + length > WIDTH {
            told.push('\n');
            told.push_str(&" ".repeat(indent));
            width = indent;
        } else if at > 0 {
            told.push(' ');
            width += 1;
        }
        told.push_str(word);
        width += length;
    }
    told.push('\n');
    told
}

/// The words, of which those between backticks are one.
fn unbroken(words: &str) -> Vec<&str> {
    let mut is_quoted = false;
    // Without its end, a quotation would reach to the end of the text.
    let has_pairs = words.matches('`').count().is_multiple_of(2);
    let is_break = |letter: char| {
        is_quoted ^= letter == '`' && has_pairs;
        letter == ' ' && !is_quoted
    };
    words.split(is_break).collect()
}

/// One character is one column, and none moves the cursor, or the caret would point elsewhere.
fn shown(letter: char) -> char {
    match letter {
        '\t' => ' ',
        letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
        letter => letter,
    }
}

/// The part of a line around the caret that fits, and the line with the caret below it.
fn cut(excerpt: &str, column: usize, length: usize, room: usize) -> (String, String) {
    let line: Vec<char> = excerpt.trim_end().chars().map(shown).collect();
    let start = column.saturating_sub(1);
    let length = length.max(1);
    let first = match () {
        () if line.len() <= room || start + length < room => 0,
        () => start.saturating_sub(BEFORE).min(line.len().saturating_sub(room)),
    };
    let last = line.len().min(first + room);
    let mut part: Vec<char> = line.get(first..last).unwrap_or_default().to_vec();
    if first > 0
        && let Some(letter) = part.first_mut()
    {
        *letter = '…';
    }
    if last < line.len()
        && let Some(letter) = part.last_mut()
    {
        *letter = '…';
    }
    let before = start - first;
    let length = length.min(room.saturating_sub(before)).max(1);
    (part.into_iter().collect(), " ".repeat(before) + &"^".repeat(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A finding at the word `caret` of a line.
    fn finding(excerpt: &str, help: &str) -> Diagnostic {
        let at = excerpt.find("caret").map_or(0, |at| excerpt[..at].chars().count());
        Diagnostic {
            file: "rules/acme.yaml".to_owned(),
            line: 12,
            column: at + 1,
            length: 5,
            excerpt: Some(excerpt.to_owned()),
            help: Some(help.to_owned()),
            ..Diagnostic::nowhere("rule-key", "unknown key `caret`")
        }
    }

    #[test]
    fn what_is_long_is_cut_and_wrapped() {
        let word = "ä word ";
        let mut told = String::new();
        for excerpt in [
            "  caret: 3".to_owned(),
            "a\ttab\u{1b}[31m caret\u{7}".to_owned(),
            format!("{}caret {}", word.repeat(2), word.repeat(30)),
            format!("{}caret {}", word.repeat(30), word.repeat(30)),
            format!("{}caret", word.repeat(30)),
        ] {
            told.push_str(&render(&finding(&excerpt, &word.repeat(20))));
        }
        let whole = "caret".repeat(50);
        told.push_str(&render(&Diagnostic { length: whole.len(), help: None, ..finding(&whole, "") }));
        let message = format!("{}end", word.repeat(20));
        told.push_str(&render(&Diagnostic::nowhere("rule-none", message)));
        assert!(told.lines().all(|line| line.chars().count() <= WIDTH), "{told}");
        insta::assert_snapshot!(told);
    }
}
