//! How wide the terminal is.

use terminal_size::{Width, terminal_size_of};

/// How many columns there are, where people see that: `COLUMNS`, or the terminal that the output goes to.
#[allow(clippy::disallowed_methods, reason = "who sets it says how wide the output is to be")]
pub(super) fn width() -> Option<usize> {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    set.or_else(|| terminal_size_of(std::io::stdout()).map(|(Width(columns), _)| columns.into()))
}
