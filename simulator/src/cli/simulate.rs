//! `signoff simulate`: plays scenarios.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::{End, closed};
use crate::report::{Row, Verdict, text};
use crate::scenario::format::Scenario;
use crate::scenario::instance::{Driver, Folders};
use crate::scenario::run::{Place, play};

/// Play scenarios against simulated AWS and Slack endpoints: no network, no AWS account
///
/// Each scenario delivers recorded payloads to signoff's real handler, lets people click, and is compared with what it
/// expects and with the transcript kept beside it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  signoff simulate\n  signoff simulate scenarios/approved.yaml\n  \
    signoff simulate --quiet --bootstrap target/release/bootstrap\n  signoff simulate --update")]
pub struct Simulate {
    /// Scenario files, or folders of them [default: scenarios, or simulator/scenarios]
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,

    /// The folder of the rules
    #[arg(long, value_name = "FOLDER", default_value = "rules")]
    rules: PathBuf,

    /// The folder of templates that stand in for, or are added to, the built-in ones
    #[arg(long, value_name = "FOLDER", default_value = "templates")]
    templates: PathBuf,

    /// The folder of the recordings [default: recordings, beside the folder of the scenario]
    #[arg(long, value_name = "FOLDER")]
    recordings: Option<PathBuf>,

    /// Run the compiled Lambda binary under an emulated Lambda Runtime API, instead of the handler in this process
    #[arg(long, value_name = "PATH")]
    bootstrap: Option<PathBuf>,

    /// Accept the transcripts as they are now
    #[arg(long)]
    update: bool,

    /// Show only the summary, and what is not as expected
    #[arg(long, short)]
    quiet: bool,
}

impl Simulate {
    pub(super) async fn run(&self, out: &mut impl Write) -> Result<End, String> {
        let files = self.files()?;
        let folders = Folders { rules: self.rules.clone(), templates: self.templates.clone() };
        // Read also for the binary, so that a mistake in them is told once and in full.
        let loaded = folders.load()?;
        let driver = match &self.bootstrap {
            Some(path) => Driver::bootstrap(path, folders)?,
            None => Driver::InProcess(Arc::new(loaded)),
        };
        let mut rows = Vec::new();
        for file in &files {
            let (row, problem) = self.play_one(file, &driver, out).await;
            if let Some(problem) = problem {
                let problem = text::error(&format!("{}: {problem}", file.display()));
                writeln!(anstream::stderr(), "{problem}").map_err(closed)?;
            }
            rows.push(row);
        }
        let how = match &self.bootstrap {
            Some(path) => format!("through {}", path.display()),
            None => "in process".to_owned(),
        };
        text::summary(out, &rows, &how).map_err(closed)?;
        Ok(if rows.iter().any(|row| matches!(row.verdict, Verdict::Stopped)) {
            End::Stopped
        } else if rows.iter().any(|row| matches!(row.verdict, Verdict::Failed(_))) {
            End::Failed
        } else {
            End::Well
        })
    }

    async fn play_one(&self, file: &Path, driver: &Driver, out: &mut impl Write) -> (Row, Option<String>) {
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
        let stopped = |title: &str, problem: String| {
            let row = Row { file: name.clone(), title: title.to_owned(), verdict: Verdict::Stopped };
            (row, Some(problem))
        };
        let scenario = match read(file).and_then(|text| Scenario::read(&text)) {
            Ok(scenario) => scenario,
            Err(problem) => return stopped("", problem),
        };
        let played = match play(&scenario, &self.place(file), driver).await {
            Ok(played) => played,
            Err(problem) => return stopped(&scenario.scenario, problem),
        };
        let kept = file.with_extension("transcript");
        let now = played.transcript.text();
        let before = if kept.exists() { read(&kept).ok() } else { None };
        let changed = before.as_deref() != Some(now.as_str());
        let mut failures = played.unmet.len();
        let shown = if failures > 0 || !self.quiet { text::transcript(out, &played.transcript) } else { Ok(()) };
        let shown = shown.and_then(|()| match (changed, self.update) {
            (false, _) => Ok(()),
            (true, true) => write(&kept, &now),
            (true, false) => {
                failures += 1;
                text::changed(out, &kept, before.as_deref(), &now)
            }
        });
        let shown = shown.and_then(|()| {
            if failures > 0 && !played.output.is_empty() { text::output(out, &played.output) } else { Ok(()) }
        });
        if let Err(error) = shown {
            return stopped(&scenario.scenario, error.to_string());
        }
        let verdict = match (failures, changed) {
            (0, false) => Verdict::Passed,
            (0, true) => Verdict::Updated,
            (failures, _) => Verdict::Failed(failures),
        };
        (Row { file: name, title: scenario.scenario, verdict }, None)
    }

    fn place(&self, file: &Path) -> Place {
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let recordings = self.recordings.clone().unwrap_or_else(|| folder.join("..").join("recordings"));
        Place { folder, recordings }
    }

    /// The scenario files, in name order within each folder.
    fn files(&self) -> Result<Vec<PathBuf>, String> {
        let folders = if self.scenarios.is_empty() {
            let usual = ["scenarios", "simulator/scenarios"].map(PathBuf::from);
            let found = usual.into_iter().find(|folder| folder.is_dir());
            vec![found.ok_or("there is no folder `scenarios` here: name the scenario files, or their folder")?]
        } else {
            self.scenarios.clone()
        };
        let mut files = Vec::new();
        for path in folders {
            if !path.is_dir() {
                files.push(path);
                continue;
            }
            let found = yaml_files(&path)?;
            if found.is_empty() {
                return Err(format!("{}: there are no scenarios, `*.yaml`, in this folder", path.display()));
            }
            files.extend(found);
        }
        Ok(files)
    }
}

#[allow(clippy::disallowed_methods, reason = "scenarios are files")]
fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let unreadable = |error: std::io::Error| format!("{}: can't be read: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[allow(clippy::disallowed_methods, reason = "scenarios and transcripts are files")]
fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("can't be read: {error}"))
}

#[allow(clippy::disallowed_methods, reason = "transcripts are files")]
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}
