//! minijinja as templates use it: strict, bounded, and escaping for Slack.

use std::sync::LazyLock;

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior};

use super::filters;
use crate::slack::text::{escape, without_controls};

/// What one string or expression of a template may cost. A built-in string costs under 200; a list of a hundred failures,
/// a few thousand. An endless or huge loop stops here after some milliseconds and 3 MB at the most.
const FUEL: u64 = 50_000;

/// How deep one string's own `if` and `for` may nest; there are neither macros nor includes.
const RECURSION: usize = 50;

/// How a string is escaped, from the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Slack's markup: data is escaped, and our filters may write links, mentions and dates.
    Mrkdwn,
    /// Plain text, addresses, values and ids: data as it is, and our filters write only words.
    Plain,
}

const MRKDWN: &str = "mrkdwn";

/// The environment that expressions (`when`, `loop`) run in, and the model for each set of templates' own.
pub(crate) static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(RECURSION);
    // For the name and the place of an undefined variable in errors.
    engine.set_debug(true);
    engine.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, MRKDWN)) => AutoEscape::Custom(MRKDWN.into()),
        _ => AutoEscape::None,
    });
    engine.set_formatter(write_value);
    if let Ok(syntax) = minijinja::syntax::SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        engine.set_syntax(syntax);
    }
    // `safe` would let data through unescaped; `escape` and `e` escape for HTML; `pprint` and `debug` show Rust.
    for name in ["safe", "escape", "e", "pprint"] {
        engine.remove_filter(name);
    }
    engine.remove_global("debug");
    filters::add_to(&mut engine);
    engine
});

/// The name under which a string is compiled: its suffix decides the escaping.
pub(crate) fn leaf_name(template: &str, number: usize, escape: Escape) -> String {
    match escape {
        Escape::Mrkdwn => format!("{template}/{number}.{MRKDWN}"),
        Escape::Plain => format!("{template}/{number}.plain"),
    }
}

/// Whether the string that is being rendered is `mrkdwn`.
pub(crate) fn is_mrkdwn(state: &State) -> bool {
    matches!(state.auto_escape(), AutoEscape::Custom(name) if name == MRKDWN)
}

/// Writes a value into a string: `none` as nothing, `true` and `false` as words, text escaped for its place.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => return Ok(()),
        ValueKind::Bool => return Ok(out.write_str(if value.is_true() { "true" } else { "false" })?),
        _ => {}
    }
    if let (true, Some(text)) = (value.is_safe(), value.as_str()) {
        return Ok(out.write_str(text)?);
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(out.write_str(&text_for(state, &text))?)
}

/// Data as it may stand in the string that is being rendered.
pub(crate) fn text_for(state: &State, text: &str) -> String {
    let text = without_controls(text);
    if is_mrkdwn(state) { escape(&text).into_owned() } else { text.into_owned() }
}
