//! Patterns by their meaning, to hold the real ones against.

use proptest::prelude::*;

/// A pattern as it is meant.
#[derive(Debug, Clone)]
pub enum Token {
    Letter(char),
    Escaped(char),
    Any,
    One,
    OneOf { not: bool, letters: Vec<char> },
    Either(Vec<Vec<Token>>),
}

pub fn written(tokens: &[Token]) -> String {
    let one = |token: &Token| match token {
        Token::Letter(letter) => letter.to_string(),
        Token::Escaped(letter) => format!("\\{letter}"),
        Token::Any => "*".to_owned(),
        Token::One => "?".to_owned(),
        Token::OneOf { not, letters } => {
            format!("[{}{}]", if *not { "!" } else { "" }, letters.iter().collect::<String>())
        }
        Token::Either(branches) => {
            format!("{{{}}}", branches.iter().map(|branch| written(branch)).collect::<Vec<_>>().join(","))
        }
    };
    tokens.iter().map(one).collect()
}

/// Whether a text is what the tokens mean, tried in every way.
pub fn means(tokens: &[Token], text: &[char]) -> bool {
    let Some((first, rest)) = tokens.split_first() else { return text.is_empty() };
    let one = |fits: &dyn Fn(char) -> bool| text.first().is_some_and(|letter| fits(*letter)) && means(rest, &text[1..]);
    match first {
        Token::Letter(wanted) | Token::Escaped(wanted) => one(&|letter| letter == *wanted),
        Token::Any => (0..=text.len()).any(|taken| means(rest, &text[taken..])),
        Token::One => one(&|_| true),
        Token::OneOf { not, letters } => one(&|letter| letters.contains(&letter) != *not),
        Token::Either(branches) => branches.iter().any(|branch| means(&[branch, rest].concat(), text)),
    }
}

pub fn letter() -> impl Strategy<Value = char> {
    prop::sample::select(&['a', 'b', '-'][..])
}

pub fn pattern() -> impl Strategy<Value = Vec<Token>> {
    let simple = prop_oneof![
        5 => letter().prop_map(Token::Letter),
        1 => letter().prop_map(Token::Escaped),
        2 => Just(Token::Any),
        1 => Just(Token::One),
        1 => (any::<bool>(), prop::collection::vec(prop::sample::select(&['a', 'b'][..]), 1..3))
            .prop_map(|(not, letters)| Token::OneOf { not, letters }),
    ];
    let branches = prop::collection::vec(prop::collection::vec(simple.clone(), 0..3), 1..4);
    let token = prop_oneof![8 => simple, 1 => branches.prop_map(Token::Either)];
    prop::collection::vec(token, 1..6)
}
