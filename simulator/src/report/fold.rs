//! Lines for a terminal that is narrower than they are.

use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthStr;

use crate::scenario::transcript::WIDTH;

/// Narrower than this nothing can be read, however it is folded.
const NARROWEST: usize = 20;

/// How wide lines may be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fold {
    columns: Option<usize>,
}

impl Fold {
    /// For a terminal of so many columns: lines are as they are where it is wide enough for a transcript, and where nothing is known.
    pub fn to(columns: Option<usize>) -> Self {
        Self { columns: columns.filter(|columns| *columns < WIDTH).map(|columns| columns.max(NARROWEST)) }
    }

    /// Whether something does not fit into a line.
    pub fn is_short_of(self, line: &str) -> bool {
        self.columns.is_some_and(|columns| line.width() > columns)
    }

    /// A line as several, the second and later ones further in.
    pub fn lines(self, line: &str) -> Vec<String> {
        let Some(columns) = self.columns.filter(|_| self.is_short_of(line)) else { return vec![line.to_owned()] };
        let bare = line.trim_end_matches(['─', '═']);
        if bare.width() + 3 <= line.width() && bare.width() < columns {
            // A rule only fills the line.
            return vec![line.chars().take(columns).collect()];
        }
        let margin = margin(line, columns);
        // The names of files stay whole where they fit.
        let options = Options::new(columns).subsequent_indent(&margin).word_splitter(WordSplitter::NoHyphenation);
        textwrap::wrap(bare, options).iter().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// What stands before the rest of a line that goes on: the side of what is in a frame, and some more space than before it.
fn margin(line: &str, columns: usize) -> String {
    let space: String = line.chars().take_while(|letter| *letter == ' ').collect();
    let rest = &line[space.len()..];
    let margin = match rest.strip_prefix("│") {
        Some(inner) => {
            let inner: String = inner.chars().take_while(|letter| *letter == ' ').collect();
            format!("{space}│{inner}")
        }
        None if rest.starts_with(|letter: char| letter.is_ascii_digit()) && rest.get(8..10) == Some("  ") => {
            // After the time.
            format!("{space}{}", " ".repeat(10))
        }
        None => format!("{space}  "),
    };
    if margin.width() * 2 > columns { " ".repeat(columns / 3) } else { margin }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_as_it_was() {
        let line = "─".repeat(100);
        for columns in [None, Some(100), Some(200)] {
            assert_eq!(Fold::to(columns).lines(&line), std::slice::from_ref(&line));
        }
        assert_eq!(Fold::to(Some(40)).lines("10:00:00  AWS delivers"), ["10:00:00  AWS delivers"]);
    }

    #[test]
    fn what_does_not_fit_goes_on_further_in() {
        let fold = |line: &str| Fold::to(Some(40)).lines(line).join("\n");
        assert_eq!(fold(&format!("── a name {}", "─".repeat(90))), format!("── a name {}", "─".repeat(30)));
        assert_eq!(
            fold("10:00:00  AWS delivers approval-needed.json, with another customData"),
            "10:00:00  AWS delivers\n          approval-needed.json, with\n          another customData"
        );
        assert_eq!(
            fold("          │ Release 4.12.0: refunds in instalments. Smoke tests are green."),
            "          │ Release 4.12.0: refunds in\n          │ instalments. Smoke tests are\n          │ green."
        );
        assert_eq!(fold(&format!("          │ {}", "═".repeat(50))), format!("          │ {}", "═".repeat(28)));
    }
}
