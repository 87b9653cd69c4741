//! The text that a name must contain for a pattern to match it.

/// Where in the name the text has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Anchor {
    /// It is the name.
    Whole,
    /// The name begins with it.
    Start,
    /// The name ends with it.
    End,
    /// Anywhere.
    Inside,
}

/// Every run of letters outside of brackets and braces: a name that the pattern matches has all of them. There may be none.
pub(super) fn literals(pattern: &str) -> Vec<(Anchor, &str)> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut braces = 0_usize;
    let mut letters = pattern.char_indices();
    while let Some((at, letter)) = letters.next() {
        // globset lets `**/` match nothing, so that a slash need not be in the name.
        if !matches!(letter, '*' | '?' | '[' | '{' | '}' | '\\' | '/') {
            continue;
        }
        if braces == 0 {
            found.extend(run(pattern, start, at));
        }
        match letter {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            '\\' => drop(letters.next()),
            '[' => skip_class(&mut letters),
            _ => {}
        }
        start = letters.offset();
    }
    if braces == 0 {
        found.extend(run(pattern, start, pattern.len()));
    }
    found
}

fn run(pattern: &str, start: usize, end: usize) -> Option<(Anchor, &str)> {
    let anchor = match (start == 0, end == pattern.len()) {
        (true, true) => Anchor::Whole,
        (true, false) => Anchor::Start,
        (false, true) => Anchor::End,
        (false, false) => Anchor::Inside,
    };
    pattern.get(start..end).filter(|text| !text.is_empty()).map(|text| (anchor, text))
}

/// Goes past the `]` that closes a class, as globset reads it: a `]` that comes first is one of the class.
fn skip_class(letters: &mut std::str::CharIndices<'_>) {
    let mut first = letters.next();
    if matches!(first, Some((_, '!' | '^'))) {
        first = letters.next();
    }
    if first.is_some() {
        letters.find(|(_, letter)| *letter == ']');
    }
}

#[cfg(test)]
mod tests {
    use super::Anchor::{End, Inside, Start, Whole};
    use super::*;

    #[test]
    fn what_has_to_be_in_a_name() {
        for (pattern, wanted) in [
            ("shop", &[(Whole, "shop")][..]),
            ("a,b", &[(Whole, "a,b")]),
            ("shop-*", &[(Start, "shop-")]),
            ("*-shop", &[(End, "-shop")]),
            ("*-pay-*", &[(Inside, "-pay-")]),
            ("a?-*b*-c", &[(Start, "a"), (Inside, "-"), (Inside, "b"), (End, "-c")]),
            ("[]-a]x[!]]y[a]", &[(Inside, "x"), (Inside, "y")]),
            ("{a,{b,[}]}}-c", &[(End, "-c")]),
            (r"a\*b\{c", &[(Start, "a"), (Inside, "b"), (End, "c")]),
            (r"{a,\}}b", &[(End, "b")]),
            ("a/**/b", &[(Start, "a"), (End, "b")]),
            ("*", &[]),
            ("??[a-z]{a,b}", &[]),
            ("ä*ö", &[(Start, "ä"), (End, "ö")]),
        ] {
            assert_eq!(literals(pattern), wanted, "{pattern}");
        }
    }
}
