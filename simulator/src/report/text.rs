//! For people at a terminal: coloured there, plain in a pipe.

use std::io::{Result, Write};

use anstyle::{AnsiColor, Style};
use signoff::diagnostic::{Diagnostic, Severity, text};
use similar::{ChangeTag, TextDiff};

use super::{Finding, Outcome, Row, Verdict, count};
use crate::coverage::Coverage;
use crate::scenario::transcript::{Kind, Transcript};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const NOTE: Style = AnsiColor::Cyan.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();

/// A transcript.
fn transcript(out: &mut impl Write, transcript: &Transcript) -> Result<()> {
    for line in transcript.lines() {
        let style = match line.kind {
            Kind::Title => BOLD,
            Kind::Step => BOLD,
            Kind::Remark | Kind::Call => DIM,
            Kind::Refusal => WARN,
            Kind::Answer => NOTE,
            Kind::Unmet => BAD,
            Kind::Screen | Kind::Pipeline | Kind::Blank => Style::new(),
        };
        writeln!(out, "{style}{}{style:#}", line.text.trim_end())?;
    }
    writeln!(out)
}

/// What came of a scenario, and on standard error why it could not be played. `quiet`: only what is not as expected.
pub fn outcome(out: &mut impl Write, outcome: &Outcome, quiet: bool) -> Result<()> {
    if let Some(diagnostic) = &outcome.diagnostic {
        coloured(&mut anstream::stderr(), diagnostic)?;
        return writeln!(anstream::stderr());
    }
    let Some(played) = &outcome.played else {
        for finding in &outcome.row.findings {
            let problem = format!("{}: {}", outcome.row.path.display(), finding.what);
            writeln!(anstream::stderr(), "{}", error(&problem))?;
        }
        return Ok(());
    };
    if !played.unmet.is_empty() || !quiet {
        transcript(out, &played.transcript)?;
    }
    if let Some(difference) = &outcome.difference {
        changed(out, &difference.words(), difference.before.as_deref(), &difference.now)?;
    }
    if !outcome.row.verdict.is_well() && !played.output.is_empty() {
        output(out, &played.output)?;
    }
    Ok(())
}

/// How a transcript differs from the one that was kept, `words` saying so.
fn changed(out: &mut impl Write, words: &str, before: Option<&str>, now: &str) -> Result<()> {
    writeln!(out, "{BAD}✘ {words}{BAD:#}")?;
    let Some(before) = before else { return writeln!(out) };
    let diff = TextDiff::from_lines(before, now);
    for (index, group) in diff.grouped_ops(3).iter().enumerate() {
        if index > 0 {
            writeln!(out, "{DIM}  …{DIM:#}")?;
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (mark, style) = match change.tag() {
                ChangeTag::Delete => ('-', BAD),
                ChangeTag::Insert => ('+', GOOD),
                ChangeTag::Equal => (' ', DIM),
            };
            writeln!(out, "{style}{mark} {}{style:#}", change.value().trim_end_matches('\n'))?;
        }
    }
    writeln!(out)
}

/// What the compiled binary printed.
fn output(out: &mut impl Write, output: &str) -> Result<()> {
    writeln!(out, "{DIM}what the binary printed:")?;
    // The payloads are in the scenario.
    for line in output.lines().filter(|line| !line.contains("\"signoff::recording\"")) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "{DIM:#}")
}

/// A line a scenario, and one for all.
pub fn summary(out: &mut impl Write, rows: &[Row], how: &str) -> Result<()> {
    let width = rows.iter().map(|row| row.file().chars().count()).max().unwrap_or_default();
    for row in rows {
        let (mark, style, note) = match row.verdict {
            Verdict::Passed => ('✔', GOOD, String::new()),
            Verdict::Updated => ('✔', GOOD, "  (transcript written)".to_owned()),
            Verdict::Failed => ('✘', BAD, format!("  ({} not as expected)", many(row.findings.len(), "thing"))),
            Verdict::Stopped => ('✘', BAD, "  (could not be played)".to_owned()),
        };
        writeln!(out, "{style}{mark}{style:#} {:<width$}  {}{style}{note}{style:#}", row.file(), row.title)?;
        if row.verdict == Verdict::Failed {
            places(out, row)?;
        }
    }
    let (passed, failed) = count(rows);
    let style = if failed == 0 { GOOD } else { BAD };
    writeln!(out, "\n{style}{passed} passed, {failed} failed{style:#} {DIM}({how}){DIM:#}")
}

/// Where in the scenario file stands what was not as expected.
fn places(out: &mut impl Write, row: &Row) -> Result<()> {
    let place = |finding: &Finding| match finding.at {
        Some((line, column)) => format!("{}:{line}:{column}", row.path.display()),
        None => row.path.display().to_string(),
    };
    let width = row.findings.iter().map(|finding| place(finding).chars().count()).max().unwrap_or_default();
    for finding in &row.findings {
        writeln!(out, "    {NOTE}{:<width$}{NOTE:#}  {}", place(finding), finding.headline())?;
    }
    Ok(())
}

/// Which parts of the rules no scenario touches, rule by rule.
pub fn coverage(out: &mut impl Write, coverage: &Coverage) -> Result<()> {
    let (touched, of) = (coverage.touched(), coverage.parts.len());
    let style = if touched == of { GOOD } else { WARN };
    writeln!(out, "\n{style}{} %{style:#} of the rules touched: {touched} of {of} parts", coverage.percent())?;
    let width = coverage.parts.iter().map(|(part, _)| part.rule.chars().count()).max().unwrap_or_default();
    let mut before = None;
    for (part, _) in coverage.parts.iter().filter(|(_, touched)| !touched) {
        let rule = (part.list, &part.rule);
        let name = if before == Some(rule) { "" } else { &part.rule };
        writeln!(out, "  {WARN}✘{WARN:#} {name:<width$}  {DIM}never{DIM:#} {}", part.what)?;
        before = Some(rule);
    }
    Ok(())
}

/// What `check` found, and a line for all of it. `rules`: how many approval, notification and command rules there are.
pub fn findings(out: &mut impl Write, found: &[Diagnostic], files: usize, rules: Option<[usize; 3]>) -> Result<()> {
    for finding in found {
        coloured(out, finding)?;
        writeln!(out)?;
    }
    let count = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let (mark, style) = match (errors, warnings) {
        (0, 0) => ('✔', GOOD),
        (0, _) => ('!', WARN),
        _ => ('✘', BAD),
    };
    let what = match rules {
        Some([approvals, notifications, commands]) => {
            let (approvals, notifications) =
                (many(approvals, "approval rule"), many(notifications, "notification rule"));
            let rules = match commands {
                0 => format!("{approvals} and {notifications}"),
                _ => format!("{approvals}, {notifications} and {}", many(commands, "command rule")),
            };
            format!("{rules} in {}", many(files, "file"))
        }
        None => many(files, "file"),
    };
    writeln!(out, "{style}{mark}{style:#} {what}: {}, {}", many(errors, "error"), many(warnings, "warning"))
}

/// A finding: its severity and caret in one colour, the way to its place in another.
fn coloured(out: &mut impl Write, finding: &Diagnostic) -> Result<()> {
    let style = match finding.severity {
        Severity::Error => BAD,
        Severity::Warning => WARN,
    };
    let margin = finding.line.to_string().len();
    for (index, line) in text::render(finding).lines().enumerate() {
        let words = line.trim_start();
        match line.split_once("]: ") {
            Some((code, message)) if index == 0 => {
                writeln!(out, "{style}{BOLD}{code}]{BOLD:#}{style:#}: {BOLD}{message}{BOLD:#}")?;
            }
            _ if words.starts_with("--> ") => writeln!(out, "{NOTE}{line}{NOTE:#}")?,
            _ if words.starts_with("= help: ") => {
                writeln!(out, "{NOTE}{}{NOTE:#}{}", &line[..margin + 8], &line[margin + 8..])?
            }
            _ => match line.split_at_checked(margin + 2) {
                Some((gutter, rest)) if gutter.ends_with('|') => {
                    let mark = if gutter.trim() == "|" { style } else { Style::new() };
                    writeln!(out, "{NOTE}{gutter}{NOTE:#}{mark}{rest}{mark:#}")?;
                }
                _ => writeln!(out, "{line}")?,
            },
        }
    }
    Ok(())
}

/// `1 file`, `2 files`.
fn many(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// An error that stops a command.
pub fn error(problem: &str) -> String {
    format!("{BAD}{BOLD}error:{BOLD:#}{BAD:#} {problem}")
}
