//! `signoff check`: everything that is wrong with rules and templates, at once.

mod pipelines;
mod subfolders;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use signoff::config::{Absent, folder};
use signoff::diagnostic::{Diagnostic, Severity, github, json, sarif};
use signoff::rules;
use signoff::template::Templates;

use super::templates::TemplatesFolder;
use super::{End, closed};
use crate::report::text;

/// Check rules and templates, and tell everything that is wrong with them
///
/// Each finding has a stable code, the place, and what to do; `docs/findings.md` explains the codes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  signoff check\n  signoff check ops/rules --strict\n  \
    signoff check --format github\n  signoff check --pipelines pipelines.json")]
pub struct Check {
    /// The folder of the rules
    #[arg(value_name = "RULES", default_value = "rules")]
    rules: PathBuf,

    #[command(flatten)]
    templates: TemplatesFolder,

    /// Also tell which of these pipelines' approvals no rule covers: the output of `aws codepipeline list-pipelines` or of
    /// `get-pipeline`, one or several, one after another
    #[arg(long, value_name = "FILE")]
    pipelines: Vec<PathBuf>,

    /// How to tell what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Let warnings fail, too
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// As annotations of a GitHub workflow
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

impl Check {
    pub(super) fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let templates = self.templates.read().map_err(|error| error.to_string())?;
        let files = folder("RULES", &self.rules, Absent::IsError).map_err(|error| error.to_string())?;
        let checked = files.len() + templates.len();
        let (mut found, counts) = match Templates::read(templates) {
            Err(found) => (found, None),
            Ok(templates) => match rules::read(&files, &templates) {
                Err(found) => (found, None),
                Ok(mut read) => {
                    read.warnings.extend(rules::lint(&read.rules, &files));
                    let order = |found: &Diagnostic| (found.file.clone(), found.line, found.column);
                    read.warnings.sort_by_key(order);
                    for file in &self.pipelines {
                        read.warnings.extend(pipelines::uncovered(&read.rules, file)?);
                    }
                    (
                        read.warnings,
                        Some([read.rules.approvals.len(), read.rules.notifications.len(), read.rules.commands.len()]),
                    )
                }
            },
        };
        found.extend(subfolders::unread(&self.rules));
        self.tell(&found, checked, counts, out).map_err(closed)?;
        let fails = found.iter().any(|finding| self.strict || finding.severity == Severity::Error);
        Ok(if fails { End::Failed } else { End::Well })
    }

    fn tell(
        &self,
        found: &[Diagnostic],
        files: usize,
        rules: Option<[usize; 3]>,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        match self.format {
            Format::Text => text::findings(out, found, files, rules),
            Format::Json => writeln!(out, "{:#}", json::render(found)),
            Format::Github => write!(out, "{}", github::render(found)),
            Format::Sarif => writeln!(out, "{:#}", sarif::render(found)),
        }
    }
}
