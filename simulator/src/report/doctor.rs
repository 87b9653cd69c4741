//! What `doctor` found, for people and for programs.

use std::io::{Result, Write};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::doctor::{Finding, Group, Status, count};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const NOTE: Style = AnsiColor::Cyan.on_default();

/// The widest subject that others are aligned with.
const WIDEST: usize = 40;

/// By groups, aligned, and a line for all of it.
pub fn text(out: &mut impl Write, findings: &[Finding]) -> Result<()> {
    let widths = findings.iter().map(|finding| finding.subject.chars().count());
    let width = widths.filter(|width| *width <= WIDEST).max().unwrap_or_default();
    for group in Group::ALL {
        let mut of_group = findings.iter().filter(|finding| finding.group == group).peekable();
        if of_group.peek().is_none() {
            continue;
        }
        writeln!(out, "{BOLD}{}{BOLD:#}", group.title())?;
        for finding in of_group {
            let (mark, style) = mark(finding.status);
            let Finding { subject, what, .. } = finding;
            if subject.is_empty() {
                writeln!(out, "  {style}{mark}{style:#} {DIM}{what}{DIM:#}")?;
            } else if finding.status == Status::Unchecked {
                writeln!(out, "  {style}{mark}{style:#} {subject:<width$}  {DIM}not checked: {what}{DIM:#}")?;
            } else {
                writeln!(out, "  {style}{mark}{style:#} {subject:<width$}  {what}")?;
            }
            if let Some(cure) = &finding.cure {
                writeln!(out, "    {:<width$}  {NOTE}→ {cure}{NOTE:#}", "")?;
            }
        }
        writeln!(out)?;
    }
    let number = |status| count(findings, status);
    let (errors, warnings, unreachable) = (number(Status::Error), number(Status::Warning), number(Status::Unreachable));
    let worst = match (errors, unreachable, warnings) {
        (0, 0, 0) => Status::Ok,
        (0, 0, _) => Status::Warning,
        (0, _, _) => Status::Unreachable,
        _ => Status::Error,
    };
    let (mark, style) = mark(worst);
    write!(out, "{style}{mark}{style:#} {}, {}", many(errors, "error"), many(warnings, "warning"))?;
    write!(out, ", {} ok", number(Status::Ok))?;
    if unreachable > 0 {
        write!(out, ", {unreachable} could not be asked")?;
    }
    writeln!(out, ", {} not checked", number(Status::Unchecked))
}

fn mark(status: Status) -> (char, Style) {
    match status {
        Status::Ok => ('✔', AnsiColor::Green.on_default()),
        Status::Warning => ('!', AnsiColor::Yellow.on_default()),
        Status::Error => ('✘', AnsiColor::Red.on_default()),
        Status::Unreachable => ('?', AnsiColor::Red.on_default()),
        Status::Unchecked => ('–', DIM),
    }
}

fn many(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}

/// As one JSON object: how many checks have each status, and the checks.
pub fn json(findings: &[Finding]) -> Value {
    let checks = findings.iter().map(|finding| {
        let mut check = json!({ "group": finding.group.as_str(), "status": finding.status.as_str() });
        if !finding.subject.is_empty() {
            check["subject"] = finding.subject.as_str().into();
        }
        check["what"] = finding.what.as_str().into();
        if let Some(cure) = &finding.cure {
            check["cure"] = cure.as_str().into();
        }
        check
    });
    let checks: Vec<Value> = checks.collect();
    let mut report = json!({});
    for status in Status::ALL {
        report[status.as_str()] = count(findings, status).into();
    }
    report["checks"] = checks.into();
    report
}
