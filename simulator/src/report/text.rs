//! For people at a terminal: coloured there, plain in a pipe.

use std::io::{Result, Write};

use anstyle::{AnsiColor, Style};
use signoff::diagnostic::{Diagnostic, Severity, text};
use similar::{ChangeTag, TextDiff};

use super::fold::Fold;
use super::{Difference, Outcome, Row, Verdict, count};
use crate::coverage::Coverage;
use crate::runtime_api::printable;
use crate::scenario::transcript::{Kind, Transcript};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const NOTE: Style = AnsiColor::Cyan.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();

/// A transcript.
fn transcript(out: &mut impl Write, transcript: &Transcript, fold: Fold) -> Result<()> {
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
        for line in fold.lines(line.text.trim_end()) {
            writeln!(out, "{style}{line}{style:#}")?;
        }
    }
    writeln!(out)
}

/// What came of a scenario, and on standard error why it could not be played. `quiet`: only what is not as expected.
pub fn outcome(out: &mut impl Write, outcome: &Outcome, quiet: bool, fold: Fold) -> Result<()> {
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
    let is_new = outcome.difference.as_ref().is_some_and(|difference| difference.before.is_none());
    if !played.unmet.is_empty() || is_new || !quiet {
        transcript(out, &played.transcript, fold)?;
    }
    if let Some(difference) = &outcome.difference {
        changed(out, difference, fold)?;
    }
    if !outcome.row.verdict.is_well() && !played.output.is_empty() {
        output(out, &played.output)?;
    }
    Ok(())
}

/// How a transcript differs from the one that was kept.
fn changed(out: &mut impl Write, difference: &Difference, fold: Fold) -> Result<()> {
    for line in fold.lines(&format!("✘ {}", difference.words())) {
        writeln!(out, "{BAD}{line}{BAD:#}")?;
    }
    let Some(before) = &difference.before else { return writeln!(out) };
    let diff = TextDiff::from_lines(before.as_str(), &difference.now);
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
            for line in fold.lines(&format!("{mark} {}", change.value().trim_end_matches('\n'))) {
                writeln!(out, "{style}{line}{style:#}")?;
            }
        }
    }
    writeln!(out)
}

/// How much of what a binary printed is shown: its last lines.
const MOST_LINES: usize = 200;

/// What the compiled binary printed.
fn output(out: &mut impl Write, output: &str) -> Result<()> {
    writeln!(out, "{DIM}what the binary printed:")?;
    // The payloads are in the scenario.
    let lines: Vec<&str> = output.lines().filter(|line| !line.contains("\"signoff::recording\"")).collect();
    let left_out = lines.len().saturating_sub(MOST_LINES);
    if left_out > 0 {
        writeln!(out, "  … {} before these", many(left_out, "line"))?;
    }
    for line in lines.iter().skip(left_out) {
        writeln!(out, "  {}", printable(line))?;
    }
    writeln!(out, "{DIM:#}")
}

/// A line a scenario, and one for all.
pub fn summary(out: &mut impl Write, rows: &[Row], how: &str, fold: Fold) -> Result<()> {
    let width = rows.iter().map(|row| row.file().chars().count()).max().unwrap_or_default();
    for row in rows {
        let (mark, style, note) = match row.verdict {
            Verdict::Passed => ('✔', GOOD, String::new()),
            Verdict::Updated => ('✔', GOOD, "  (transcript written)".to_owned()),
            Verdict::Failed => ('✘', BAD, format!("  ({} not as expected)", many(row.findings.len(), "thing"))),
            Verdict::Stopped => ('✘', BAD, "  (could not be played)".to_owned()),
        };
        if fold.is_short_of(&format!("✘ {:<width$}  {}{note}", row.file(), row.title)) {
            writeln!(out, "{style}{mark}{style:#} {}", row.file())?;
            for line in [format!("  {}", row.title), note].iter().filter(|line| !line.trim().is_empty()) {
                fold.lines(line).iter().try_for_each(|line| writeln!(out, "{line}"))?;
            }
        } else {
            writeln!(out, "{style}{mark}{style:#} {:<width$}  {}{style}{note}{style:#}", row.file(), row.title)?;
        }
        if !row.verdict.is_well() {
            places(out, row, fold)?;
        }
    }
    let (passed, failed) = count(rows);
    let style = if failed == 0 { GOOD } else { BAD };
    writeln!(out, "\n{style}{passed} passed, {failed} failed{style:#} {DIM}({how}){DIM:#}")
}

/// What was not as expected or could not be played, in short, and where that stands.
fn places(out: &mut impl Write, row: &Row, fold: Fold) -> Result<()> {
    let width = row.findings.iter().map(|finding| row.place(finding).chars().count()).max().unwrap_or_default();
    for finding in &row.findings {
        if fold.is_short_of(&format!("    {:<width$}  {}", row.place(finding), finding.headline())) {
            writeln!(out, "    {NOTE}{}{NOTE:#}", row.place(finding))?;
            let lines = fold.lines(&format!("      {}", finding.headline()));
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
            continue;
        }
        writeln!(out, "    {NOTE}{:<width$}{NOTE:#}  {}", row.place(finding), finding.headline())?;
    }
    Ok(())
}

/// Which parts of the rules no scenario touches, rule by rule.
pub fn coverage(out: &mut impl Write, coverage: &Coverage) -> Result<()> {
    let style = if coverage.touched() == coverage.parts.len() { GOOD } else { WARN };
    let said = coverage.to_string();
    let (percent, rest) = said.split_once(" % ").unwrap_or((&said, ""));
    writeln!(out, "\n{style}{percent} %{style:#} {rest}")?;
    let width = coverage.parts.iter().map(|(part, _)| part.rule.chars().count()).max().unwrap_or_default();
    let mut before = None;
    for part in coverage.untouched() {
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

/// Something that people should know, and that stops nothing.
pub fn warning(what: &str) -> String {
    format!("{WARN}{BOLD}warning:{BOLD:#}{WARN:#} {what}")
}
