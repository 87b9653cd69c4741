//! Who may approve something, without a recording.

use std::io::{Result, Write};

use jiff::Timestamp;
use signoff::explain::{Answer, who_could};
use signoff::rules::RuleSet;
use signoff::rules::command::CommandRule;

use super::{BAD, BOLD, DIM, candidates, ids, of_rule, rows, seat, wrapped};

/// For people.
pub fn who_text(
    out: &mut impl Write,
    title: &str,
    rules: &RuleSet,
    answers: &[Answer<'_>],
    commands: &[&CommandRule],
    at: Option<Timestamp>,
) -> Result<()> {
    writeln!(out, "{BOLD}{title}{BOLD:#}")?;
    for (number, answer) in answers.iter().enumerate() {
        let otherwise = if number == 0 { "" } else { "else " };
        if answer.only_if.is_empty() {
            writeln!(out, "\n{otherwise}decided by {BOLD}`{}`{BOLD:#}", answer.rule.name)?;
        } else {
            let only_if = format!("{otherwise}if {}:", answer.only_if.join(", and "));
            writeln!(out)?;
            wrapped(out, &only_if, "", "  ")?;
            writeln!(out, "decided by {BOLD}`{}`{BOLD:#}", answer.rule.name)?;
        }
        let mut lines: Vec<(&str, String)> = of_rule(answer.rule);
        let could = who_could(answer.rule, None, at.unwrap_or(Timestamp::UNIX_EPOCH));
        if at.is_none() {
            lines.extend(could.seats.iter().map(seat));
            lines.extend(could.but_not.iter().map(|words| ("but not", words.clone())));
            lines.extend((!could.override_by.is_empty()).then(|| ("override", ids(&could.override_by))));
        }
        rows(out, &lines)?;
        if let Some(at) = at {
            candidates(out, at, &could)?;
        }
    }
    if answers.last().is_none_or(|answer| !answer.only_if.is_empty()) {
        let where_told = match &rules.uncovered {
            Some(uncovered) => {
                format!("it is announced in {} and answered in the AWS console", uncovered.channel.as_str())
            }
            None => "the rules do not say where it is announced (`uncovered`)".to_owned(),
        };
        let (style, otherwise) = if answers.is_empty() { (BAD, "") } else { (DIM, "else ") };
        write!(out, "\n{style}")?;
        wrapped(out, &format!("{otherwise}nobody in Slack: no rule covers it; {where_told}"), "", "  ")?;
        write!(out, "{style:#}")?;
    }
    if !commands.is_empty() {
        writeln!(out, "\n{BOLD}From Slack{BOLD:#}")?;
        let rules: Vec<(&str, String)> = commands.iter().map(|rule| (rule.name.as_str(), rule.words())).collect();
        rows(out, &rules)?;
    }
    Ok(())
}
