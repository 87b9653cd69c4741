//! For people at a terminal: coloured there, plain in a pipe.

use std::io::{Result, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use signoff::diagnostic::{Diagnostic, Severity, text};
use similar::{ChangeTag, TextDiff};

use super::{Row, Verdict};
use crate::scenario::transcript::{Kind, Transcript};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const NOTE: Style = AnsiColor::Cyan.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();

/// A transcript.
pub fn transcript(out: &mut impl Write, transcript: &Transcript) -> Result<()> {
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

/// How a transcript differs from the one that was kept.
pub fn changed(out: &mut impl Write, kept: &Path, before: Option<&str>, now: &str) -> Result<()> {
    let Some(before) = before else {
        let message = "has not been kept yet; look at what is shown, and accept it with --update";
        return writeln!(out, "{BAD}✘ {} {message}{BAD:#}\n", kept.display());
    };
    writeln!(out, "{BAD}✘ not as in {} (accept it with --update){BAD:#}", kept.display())?;
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
pub fn output(out: &mut impl Write, output: &str) -> Result<()> {
    writeln!(out, "{DIM}what the binary printed:")?;
    for line in output.lines() {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "{DIM:#}")
}

/// A line a scenario, and one for all.
pub fn summary(out: &mut impl Write, rows: &[Row], how: &str) -> Result<()> {
    let width = rows.iter().map(|row| row.file.chars().count()).max().unwrap_or_default();
    for Row { file, title, verdict } in rows {
        let (mark, style, note) = match verdict {
            Verdict::Passed => ('✔', GOOD, String::new()),
            Verdict::Updated => ('✔', GOOD, "  (transcript written)".to_owned()),
            Verdict::Failed(1) => ('✘', BAD, "  (1 thing not as expected)".to_owned()),
            Verdict::Failed(many) => ('✘', BAD, format!("  ({many} things not as expected)")),
            Verdict::Stopped => ('✘', BAD, "  (could not be played)".to_owned()),
        };
        writeln!(out, "{style}{mark}{style:#} {file:<width$}  {title}{style}{note}{style:#}")?;
    }
    let count = |wanted: fn(&Verdict) -> bool| rows.iter().filter(|row| wanted(&row.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed | Verdict::Updated));
    let failed = rows.len() - passed;
    let style = if failed == 0 { GOOD } else { BAD };
    writeln!(out, "\n{style}{passed} passed, {failed} failed{style:#} {DIM}({how}){DIM:#}")
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
