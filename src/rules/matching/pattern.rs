//! Patterns of names.

use std::fmt;

use globset::{Error, ErrorKind, Glob, GlobBuilder, GlobMatcher};

/// The longest pattern. More of them fit into a list; and the expression that is made of one stays small.
const LONGEST: usize = 200;

/// A pattern of names: `*` is for any characters, `?` for one, `[a-z]` for one of these, `[!a-z]` for one of all others,
/// `{a,b}` for either; `\` takes the meaning from the next character. Capital letters are not small ones.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    kind: Kind,
}

/// Most patterns are a name, or begin or end like one. Those need no regular expression, whose making is what takes longest
/// of reading a rule.
#[derive(Clone)]
enum Kind {
    Name,
    /// The text but for its last character, a `*`.
    Prefix,
    /// The text but for its first character, a `*`.
    Suffix,
    Glob(Box<GlobMatcher>),
}

/// Characters that mean something in a pattern.
pub(in crate::rules) const SPECIAL: [char; 8] = ['*', '?', '[', ']', '{', '}', '\\', ','];

impl Pattern {
    /// Reads a pattern, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("nothing matches an empty pattern".to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!("a pattern has {LONGEST} characters at most: write a list of several"));
        }
        let is_plain = |text: &str| !text.contains(SPECIAL);
        let kind = match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (None, None) if is_plain(text) => Kind::Name,
            (_, Some(prefix)) if is_plain(prefix) => Kind::Prefix,
            (Some(suffix), _) if is_plain(suffix) => Kind::Suffix,
            _ => Kind::Glob(Box::new(glob(text).map_err(|error| explain(error.kind()))?.compile_matcher())),
        };
        Ok(Self { text: text.to_owned(), kind })
    }

    /// The pattern as it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is a name, without any character of special meaning.
    pub fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Name)
    }

    /// The same pattern as an expression over bytes, as globset understands it.
    pub(in crate::rules) fn regex(&self) -> Option<String> {
        match &self.kind {
            Kind::Glob(glob) => Some(glob.glob().regex().to_owned()),
            _ => glob(&self.text).ok().map(|glob| glob.regex().to_owned()),
        }
    }

    /// Whether this is a name that the pattern is for.
    pub fn is_match(&self, name: &str) -> bool {
        match &self.kind {
            Kind::Name => self.text == name,
            Kind::Suffix => name.ends_with(&self.text[1..]),
            Kind::Prefix => name.starts_with(&self.text[..self.text.len() - 1]),
            Kind::Glob(glob) => glob.is_match(name),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

fn glob(text: &str) -> Result<Glob, Error> {
    GlobBuilder::new(text).backslash_escape(true).empty_alternates(true).build()
}

/// globset's errors in a sentence part.
fn explain(error: &ErrorKind) -> String {
    match error {
        ErrorKind::UnclosedClass => "`[` is not closed by `]`".to_owned(),
        ErrorKind::InvalidRange(from, to) => format!("`{to}` comes before `{from}` in the alphabet"),
        ErrorKind::UnopenedAlternates => "`}` closes what no `{` opened".to_owned(),
        ErrorKind::UnclosedAlternates => "`{` is not closed by `}`".to_owned(),
        ErrorKind::DanglingEscape => "`\\` is at the end, where there is nothing to take the meaning from".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// globset panics where its expression is refused for its size, so that no pattern may be that large.
    #[test]
    fn the_worst_patterns_are_read() {
        for (open, close) in [("{", "}"), ("{a,", "}"), ("{a", "}"), ("{a,b?", "*}"), ("{,a[b]", "c}")] {
            let depth = LONGEST / (open.len() + close.len());
            let pattern = Pattern::parse(&(open.repeat(depth) + &close.repeat(depth)));
            assert!(pattern.is_ok_and(|pattern| !pattern.is_match("nothing like it")), "{open}{close}");
        }
        for text in ["?*".repeat(LONGEST / 2), "[!a-z]".repeat(LONGEST / 6), "\u{10ffff}*?".repeat(LONGEST / 6)] {
            assert!(Pattern::parse(&text).is_ok(), "{text}");
        }
        assert!(Pattern::parse(&"a".repeat(LONGEST + 1)).is_err());
    }

    #[test]
    fn patterns_read_as_they_are_told() {
        for (pattern, names, others) in [
            ("shop", &["shop"][..], &["shop2", "Shop", "sho"][..]),
            ("shop-*", &["shop-", "shop-cart"], &["shop", "my-shop-cart"]),
            ("*-shop", &["-shop", "my-shop"], &["shop", "my-shop-2"]),
            ("*", &["", "a", "a/b"], &[]),
            ("**", &["", "a", "a/b"], &[]),
            ("a*c", &["ac", "abbc"], &["acd"]),
            ("a?c", &["abc"], &["ac", "abbc"]),
            ("[a-c]x", &["ax", "cx"], &["dx", "x"]),
            ("[!a-c]x", &["dx"], &["ax", "x"]),
            ("{a,b*,}-x", &["a-x", "bcd-x", "-x"], &["c-x"]),
            (r"a\*", &["a*"], &["ab", "a"]),
            ("a,b", &["a,b"], &["a", "b"]),
        ] {
            let read = Pattern::parse(pattern).unwrap();
            assert!(names.iter().all(|name| read.is_match(name)), "{pattern}");
            assert!(!others.iter().any(|name| read.is_match(name)), "{pattern}");
        }
    }
}
