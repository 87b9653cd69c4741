//! `signoff record`: from what the Lambda logged to a scenario.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use signoff::config::{Absent, folder, read_rules, read_templates};

use super::templates::TemplatesFolder;
use super::{End, closed};
use crate::incident;

/// Make a scenario of what happened in production: of a log in which `SIGNOFF_RECORD=1` had payloads written down
///
/// Reads the log from standard input: lines as CloudWatch Logs exports them or `aws logs tail` prints them, what `aws logs
/// filter-log-events` and `get-query-results` print, or what the console saves as CSV or JSON. Writes the recordings, the workspace and pipelines that they need, and the scenario; nothing that is there
/// already is overwritten.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aws logs filter-log-events --log-group-name /signoff/signoff > log.json\n  \
    signoff record --name late-approval < log.json\n  signoff simulate --update scenarios/late-approval.yaml")]
pub struct Record {
    /// What the scenario is called: letters, digits and hyphens
    #[arg(long, default_value = "incident", value_parser = name)]
    name: String,

    /// The folder with `scenarios` and `recordings`
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    into: PathBuf,

    /// The folder of the rules
    #[arg(long, value_name = "FOLDER", default_value = "rules")]
    rules: PathBuf,

    #[command(flatten)]
    templates: TemplatesFolder,
}

fn name(text: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if !text.is_empty() && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("it becomes the name of files: use letters, digits and hyphens".to_owned())
    }
}

/// What compressed files begin with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

fn log() -> Result<String, String> {
    let mut log = Vec::new();
    std::io::stdin()
        .read_to_end(&mut log)
        .map_err(|error| format!("the log can't be read from standard input: {}", error.to_string().to_lowercase()))?;
    if log.starts_with(&GZIP) {
        return Err("the log is compressed: write `gunzip -c log.gz | signoff record`".to_owned());
    }
    String::from_utf8(log).map_err(|_| "the log is not text (UTF-8)".to_owned())
}

impl Record {
    pub(super) fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let told = |error: signoff::config::ConfigError| error.to_string();
        let templates = read_templates(self.templates.read().map_err(told)?);
        let templates = templates.map_err(told)?;
        let rules = folder("--rules", &self.rules, Absent::IsError).map_err(told)?;
        let rules = read_rules(&rules, &templates).map_err(told)?;
        let recorded = incident::read(&log()?)?;
        let files = incident::scenario(&self.name, &recorded, &rules)?;
        let place = |path: &str| if self.into == Path::new(".") { path.into() } else { self.into.join(path) };
        // All or nothing: half a scenario helps nobody.
        if let Some(there) = files.keys().map(|path| place(path)).find(|path| path.exists()) {
            return Err(format!("`{}` is there already: choose another --name, or move it away", there.display()));
        }
        for (path, text) in &files {
            write(&place(path), text)?;
            writeln!(out, "wrote {}", place(path).display()).map_err(closed)?;
        }
        let scenario = place(&format!("scenarios/{}.yaml", self.name));
        writeln!(
            out,
            "\n{}. Look at the scenario, say in it what must come of it, and keep its transcript:\n  signoff simulate --update {}",
            match recorded.len() {
                1 => "1 payload".to_owned(),
                many => format!("{many} payloads"),
            },
            scenario.display()
        )
        .map_err(closed)?;
        Ok(End::Well)
    }
}

#[allow(clippy::disallowed_methods, reason = "scenarios and recordings are files")]
fn write(path: &Path, text: &str) -> Result<(), String> {
    let wrong =
        |error: std::io::Error| format!("`{}` can't be written: {}", path.display(), error.to_string().to_lowercase());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(wrong)?;
    }
    std::fs::write(path, text).map_err(wrong)
}
