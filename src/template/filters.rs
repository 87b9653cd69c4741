//! The filters that templates have beside minijinja's own.
//!
//! In `mrkdwn` they write Slack's markup, which is then not escaped again; everywhere else they write plain words, so that
//! `{{ time | slack_date }}` is right in a header too. `none` gives nothing.

mod values;

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State};

use super::engine::{is_mrkdwn, text_for};
use crate::slack::text::{self, cut_mrkdwn, cut_plain, on_one_line};

pub(crate) fn add_to(engine: &mut Environment<'static>) {
    engine.add_filter("slack_date", slack_date);
    engine.add_filter("mention", mention);
    engine.add_filter("link", link);
    engine.add_filter("short_commit", short_commit);
    engine.add_filter("first_line", first_line);
    engine.add_filter("truncate_chars", truncate_chars);
    engine.add_filter("bold", bold);
    engine.add_filter("code", code);
    engine.add_filter("code_block", code_block);
    engine.add_filter("quote", quote);
    engine.add_filter("duration", values::duration);
    engine.add_filter("json", values::json);
}

/// The text of a value, escaped for its place unless one of our filters made it; `none` is empty.
fn shown(state: &State, value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    if value.is_none() {
        return Ok(String::new());
    }
    match value.as_str() {
        Some(text) if value.is_safe() => Ok(text.to_owned()),
        Some(text) => Ok(text_for(state, text)),
        None => Ok(text_for(state, &value.to_string())),
    }
}

/// What a filter gives: markup in `mrkdwn`, words elsewhere.
fn written(state: &State, text: String) -> Value {
    if is_mrkdwn(state) { Value::from_safe_string(text) } else { Value::from(text) }
}

/// Surrounds text with marks in `mrkdwn`; empty text stays empty, since Slack shows lone marks as they are.
fn marked(state: &State, text: &str, before: &str, after: &str) -> Value {
    if text.is_empty() || !is_mrkdwn(state) {
        return written(state, text.to_owned());
    }
    written(state, format!("{before}{text}{after}"))
}

/// Seconds since 1970 as a date in the reader's own time zone; in plain text, in UTC.
fn slack_date(state: &State, value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(""));
    }
    let seconds = i64::try_from(value.clone())
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "`slack_date` wants seconds since 1970"))?;
    let date = if is_mrkdwn(state) { text::date(seconds) } else { text::utc(seconds) };
    let date = date.ok_or_else(|| {
        Error::new(ErrorKind::InvalidOperation, format!("`slack_date` knows no date {seconds} seconds after 1970"))
    })?;
    Ok(written(state, date))
}

/// `rule.mention`, `approval.approvers`, one of them, or a person such as `approval.outcome.by`, as Slack mentions.
fn mention(state: &State, value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(""));
    }
    let is_list = value.kind() == minijinja::value::ValueKind::Seq;
    let mut names = Vec::new();
    for one in if is_list { value.try_iter()?.collect() } else { vec![value.clone()] } {
        let name = name_of(state, &one)?;
        if !name.is_empty() {
            names.push(name);
        }
    }
    Ok(written(state, names.join(", ")))
}

fn name_of(state: &State, value: &Value) -> Result<String, Error> {
    let attribute = |name: &str| value.get_attr(name).ok().filter(|found| !found.is_undefined() && !found.is_none());
    let (kind, id, name) = (attribute("kind"), attribute("id").or_else(|| attribute("slack_id")), attribute("name"));
    if id.is_none() && name.is_none() {
        let message = "`mention` wants a person, a mention or a list of them, such as `rule.mention`";
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    let id_text = id.as_ref().and_then(Value::as_str).unwrap_or_default();
    let token = match kind.as_ref().and_then(Value::as_str) {
        Some("user_group") => text::mention_user_group(id_text),
        _ => text::mention_user(id_text),
    };
    match (token, name) {
        (Some(token), _) if is_mrkdwn(state) => Ok(token),
        (_, Some(name)) => Ok(on_one_line(&shown(state, &name)?)),
        _ => Ok(text_for(state, id_text)),
    }
}

/// An address as a link with a label; where it is no web address, the label alone.
fn link(state: &State, url: &Value, label: &Value) -> Result<Value, Error> {
    if label.is_undefined() || url.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    let label = if label.is_none() { String::new() } else { label.to_string() };
    let label = text::without_controls(&label);
    let url = if url.is_none() { String::new() } else { url.to_string() };
    let shown = on_one_line(if label.trim().is_empty() { &url } else { &label });
    Ok(if is_mrkdwn(state) { written(state, text::link(&url, &label)) } else { Value::from(shown) })
}

/// The first 7 characters of a commit id.
fn short_commit(state: &State, value: &Value) -> Result<Value, Error> {
    let id = shown(state, value)?;
    Ok(written(state, cut_to(state, id.trim(), 7)))
}

/// The first line that has text.
fn first_line(state: &State, value: &Value) -> Result<Value, Error> {
    let text = shown(state, value)?;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    Ok(written(state, line.to_owned()))
}

/// At most `n` characters as the reader sees them, the last one `…` where there were more.
fn truncate_chars(state: &State, value: &Value, n: usize) -> Result<Value, Error> {
    if !value.is_safe() && !value.is_none() && !value.is_undefined() {
        // Data is counted before it is escaped: `&` is one character to the reader.
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        return Ok(written(state, text_for(state, &cut_plain(&text, n))));
    }
    let text = shown(state, value)?;
    let cut = if is_mrkdwn(state) { cut_mrkdwn(&text, n) } else { cut_plain(&text, n) };
    Ok(written(state, cut.into_owned()))
}

fn cut_to(state: &State, text: &str, n: usize) -> String {
    if text.chars().count() <= n {
        return text.to_owned();
    }
    let cut = if is_mrkdwn(state) { cut_mrkdwn(text, n + 1) } else { cut_plain(text, n + 1) };
    cut.trim_end_matches('…').to_owned()
}

/// `*bold*`, on one line and without stars of its own.
fn bold(state: &State, value: &Value) -> Result<Value, Error> {
    let text = shown(state, value)?;
    if !is_mrkdwn(state) {
        return Ok(Value::from(text));
    }
    Ok(marked(state, &on_one_line(&text.replace('*', "")), "*", "*"))
}

/// `` `code` ``, on one line, with its own backticks replaced by a look-alike.
fn code(state: &State, value: &Value) -> Result<Value, Error> {
    let text = shown(state, value)?;
    if !is_mrkdwn(state) {
        return Ok(Value::from(text));
    }
    Ok(marked(state, &on_one_line(&text.replace('`', "ˋ")), "`", "`"))
}

/// A block of code; three backticks in it, which would end it, are replaced by look-alikes.
fn code_block(state: &State, value: &Value) -> Result<Value, Error> {
    let text = shown(state, value)?;
    if !is_mrkdwn(state) {
        return Ok(Value::from(text));
    }
    Ok(marked(state, text.replace("```", "ˋˋˋ").trim_matches('\n').trim_end(), "```\n", "\n```"))
}

/// Every line as a quotation.
fn quote(state: &State, value: &Value) -> Result<Value, Error> {
    let text = shown(state, value)?;
    if text.trim().is_empty() || !is_mrkdwn(state) {
        return Ok(written(state, text));
    }
    let lines: Vec<String> = text.trim().lines().map(|line| format!("> {line}")).collect();
    Ok(written(state, lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::super::engine::ENGINE;

    fn render(name: &str, source: &str) -> String {
        let person = context! { slack_id => (), name => "<Jane> & co" };
        let jane = context! { kind => "user", id => "U0JANE" };
        let group = context! { kind => "user_group", id => "S0SECURITY" };
        let facts = context! {
            nothing => (), text => "a *b* `c` <!channel> & d\nsecond ```line```", person,
            both => vec![jane.clone(), group.clone()], jane, group, url => "https://ci.example/1?a=1&b=2", script => "javascript:x",
            data => r#"{"risk": "<!channel> high", "change": {"id": 7, "by": ["ann", "bo*b"]}, "none": null}"#,
            commit => "4f2a9c1d7e", time => 1_773_051_720, flipped => "ab\u{202e}cd\u{7}",
        };
        ENGINE.render_named_str(name, source, facts).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn markup_in_mrkdwn_and_words_elsewhere() {
        let cases = [
            ("{{ text | first_line }}", "a *b* `c` &lt;!channel&gt; &amp; d", "a *b* `c` <!channel> & d"),
            (
                "{{ text | bold }}",
                "*a b `c` &lt;!channel&gt; &amp; d second ˋˋˋlineˋˋˋ*",
                "a *b* `c` <!channel> & d\nsecond ```line```",
            ),
            ("{{ text | first_line | code }}", "`a *b* ˋcˋ &lt;!channel&gt; &amp; d`", "a *b* `c` <!channel> & d"),
            (
                "{{ text | code_block }}",
                "```\na *b* `c` &lt;!channel&gt; &amp; d\nsecond ˋˋˋlineˋˋˋ\n```",
                "a *b* `c` <!channel> & d\nsecond ```line```",
            ),
            (
                "{{ text | quote }}",
                "> a *b* `c` &lt;!channel&gt; &amp; d\n> second ˋˋˋlineˋˋˋ",
                "a *b* `c` <!channel> & d\nsecond ```line```",
            ),
            ("{{ text | truncate_chars(13) }}", "a *b* `c` &lt;!…", "a *b* `c` <!…"),
            ("{{ url | link('a|<b>') | truncate_chars(8) }}", "…", "a|<b>"),
            ("{{ jane | mention }}", "<@U0JANE>", "U0JANE"),
            ("{{ both | mention }}", "<@U0JANE>, <!subteam^S0SECURITY>", "U0JANE, S0SECURITY"),
            ("{{ person | mention }}", "&lt;Jane&gt; &amp; co", "<Jane> & co"),
            ("{{ url | link('build') }}", "<https://ci.example/1?a=1&amp;b=2|build>", "build"),
            ("{{ script | link('<x>') }}", "&lt;x&gt;", "<x>"),
            ("{{ commit | short_commit }}", "4f2a9c1", "4f2a9c1"),
            ("{{ commit | short_commit | code }}", "`4f2a9c1`", "4f2a9c1"),
            (
                "{{ time | slack_date }}",
                "<!date^1773051720^{date_short_pretty} at {time}|2026-03-09 10:22 UTC>",
                "2026-03-09 10:22 UTC",
            ),
            ("[{{ nothing }}{{ nothing | bold }}{{ nothing | mention }}{{ nothing | slack_date }}]", "[]", "[]"),
            (
                "{{ 45 | duration }}, {{ 125 | duration }}, {{ 7500 | duration }}",
                "45 s, 2 min 5 s, 2 h 5 min",
                "45 s, 2 min 5 s, 2 h 5 min",
            ),
            (
                "{{ 274000 | duration }}, {{ 3600 | duration }}, {{ 0 | duration }}",
                "3 d 4 h, 1 h, 0 s",
                "3 d 4 h, 1 h, 0 s",
            ),
            ("{{ 86459 | duration }}, {{ 59.9 | duration }}[{{ nothing | duration }}]", "1 d, 59 s[]", "1 d, 59 s[]"),
            ("{{ data | json('risk') }}", "&lt;!channel&gt; high", "<!channel> high"),
            ("{{ data | json('change.by.1') | bold }} {{ data | json('change.id') + 1 }}", "*bob* 8", "bo*b 8"),
            ("{{ (data | json).change.by | join(' & ') }}", "ann &amp; bo*b", "ann & bo*b"),
            ("[{{ data | json('change.by.7') }}{{ data | json('risk.x') }}{{ data | json('none') }}]", "[]", "[]"),
            ("[{{ text | json('risk') }}{{ nothing | json }}{{ 7 | json }}{{ '{' | json('a') }}]", "[]", "[]"),
            ("{{ 'low' if data | json('risk') == 'low' else 'not low' }}", "not low", "not low"),
            ("{{ nothing is none }} {{ flipped }}", "true abcd", "true abcd"),
            (
                "{{ '<b>' ~ (jane | mention) ~ ' & ' ~ text | first_line }}",
                "&lt;b&gt;<@U0JANE> &amp; a *b* `c` &lt;!channel&gt; &amp; d",
                "<b>U0JANE & a *b* `c` <!channel> & d",
            ),
            (
                "{{ [text | first_line, jane | mention] | join('<') }}",
                "a *b* `c` &lt;!channel&gt; &amp; d&lt;<@U0JANE>",
                "a *b* `c` <!channel> & d<U0JANE",
            ),
            (
                "{% set x %}{{ text | first_line }}{% endset %}{{ x }}",
                "a *b* `c` &lt;!channel&gt; &amp; d",
                "a *b* `c` <!channel> & d",
            ),
            (
                "{{ jane | mention | replace('@U0JANE', text | first_line) }}",
                "<a *b* `c` &lt;!channel&gt; &amp; d>",
                "U0JANE",
            ),
        ];
        for (source, mrkdwn, plain) in cases {
            assert_eq!(render("t.mrkdwn", source), mrkdwn, "{source}");
            assert_eq!(render("t.plain", source), plain, "{source}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        let errors: Vec<String> = [
            "{{ text | slack_date }}",
            "{{ text | mention }}",
            "{{ text | safe }}",
            "{{ missing | bold }}",
            "{{ url | link(missing) }}",
            "{{ 9999999999999 | slack_date }}",
            "{{ text | duration }}",
            "{{ -5 | duration }}",
            "{{ missing | json('a') }}",
            "{{ (data | json('change')).nothing }}",
            "{% for x in range(10000) %}{% for y in range(10000) %}{% endfor %}{% endfor %}",
        ]
        .iter()
        .map(|source| render("t.mrkdwn", source))
        .collect();
        insta::assert_yaml_snapshot!(errors);
    }
}
