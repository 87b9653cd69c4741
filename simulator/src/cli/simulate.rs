//! `signoff simulate`: plays scenarios.

mod files;
mod play;
mod progress;
mod seeds;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use signoff::config::{Absent, folder};

use super::interrupt::signal;
use super::templates::TemplatesFolder;
use super::terminal::width;
use super::{End, closed};
use crate::coverage::{Coverage, Seen};
use crate::report::fold::Fold;
use crate::report::{Row, Verdict, github, html, json, junit, text};
use crate::runtime_api::PATIENCE;
use crate::scenario::instance::{Driver, Folders};
use progress::Progress;

/// Play scenarios against simulated AWS and Slack endpoints: no network, no AWS account
///
/// Each scenario delivers recorded payloads to signoff's real handler, lets people click, and is compared with what it
/// expects and with the transcript kept beside it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  signoff simulate\n  signoff simulate scenarios/approved.yaml\n  \
    signoff simulate --quiet --bootstrap target/release/bootstrap\n  signoff simulate --update\n  \
    signoff simulate --format github --junit report.xml --html report.html\n  signoff simulate --seeds 2000")]
pub struct Simulate {
    /// Scenario files, or folders of them [default: scenarios, or simulator/scenarios]
    #[arg(value_name = "SCENARIO")]
    scenarios: Vec<PathBuf>,

    /// The folder of the rules
    #[arg(long, value_name = "FOLDER", default_value = "rules")]
    rules: PathBuf,

    #[command(flatten)]
    templates: TemplatesFolder,

    /// The folder of the recordings [default: recordings, beside the folder of the scenario]
    #[arg(long, value_name = "FOLDER")]
    recordings: Option<PathBuf>,

    /// Run the compiled Lambda binary under an emulated Lambda Runtime API, instead of the handler in this process
    #[arg(long, value_name = "PATH")]
    bootstrap: Option<PathBuf>,

    /// Give an invocation of the binary up that takes longer than so many seconds, in real time
    #[arg(long, value_name = "SECONDS", requires = "bootstrap", default_value_t = PATIENCE.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    time_limit: u64,

    /// What of signoff is run in this process
    #[arg(long, value_enum, default_value_t = Runs::Handler, conflicts_with = "bootstrap")]
    driver: Runs,

    /// Accept the transcripts as they are now
    #[arg(long)]
    update: bool,

    /// Show only the summary, and what is not as expected
    #[arg(long, short)]
    quiet: bool,

    /// How to tell what came of them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Also write what came of them to this file, as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// Also write a page to this file that shows each scenario as it went, with its messages as they look in Slack
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Also tell which parts of the rules no scenario touches
    #[arg(long)]
    coverage: bool,

    /// Fail when less than so much of the rules is touched, in percent
    #[arg(long, value_name = "PERCENT", requires = "coverage", value_parser = clap::value_parser!(u8).range(..=100))]
    fail_under: Option<u8>,

    /// Instead of scenarios, play so many schedules that are drawn from numbers: people, deliveries, faults and deaths in any order,
    /// judged by what must always hold
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=LAST_SEED), conflicts_with_all = SCENARIOS)]
    seeds: Option<u64>,

    /// The first of these numbers
    #[arg(long, value_name = "SEED", requires = "seeds", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=LAST_SEED))]
    from: u64,
}

/// Far more than anybody plays, and so little that counting from one seed to another never ends where numbers do.
const LAST_SEED: u64 = 1 << 62;

/// What has no meaning with `--seeds`.
const SCENARIOS: [&str; 9] =
    ["scenarios", "bootstrap", "driver", "update", "format", "junit", "html", "coverage", "fail_under"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Runs {
    /// The handler with its adapters, which speak HTTP to endpoints on loopback
    Handler,
    /// The handler right on the simulated services, without adapters and HTTP
    Engine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// As annotations of a GitHub workflow
    Github,
}

impl Simulate {
    pub(super) async fn run(&self, out: &mut impl Write) -> Result<End, String> {
        if let Some(count) = self.seeds {
            return seeds::run(self.from, count, out);
        }
        let found = files::find(&self.scenarios)?;
        for remark in found.remarks(self.update) {
            writeln!(anstream::stderr(), "{}", text::warning(&remark)).map_err(closed)?;
        }
        let files = found.files;
        let templates = self.templates.checked().map_err(|error| error.to_string())?;
        let folders = Folders { rules: self.rules.clone(), templates };
        // Read also for the binary, so that a mistake in them is told once and in full.
        let loaded = Arc::new(folders.load()?);
        let mut coverage = self.coverage.then(|| Coverage::of(loaded.rules()));
        let driver = match &self.bootstrap {
            Some(path) => Driver::bootstrap(path, folders, Duration::from_secs(self.time_limit))?,
            None if self.driver == Runs::Engine => Driver::Engine(Arc::clone(&loaded)),
            None => Driver::InProcess(Arc::clone(&loaded)),
        };
        let how = match &self.bootstrap {
            Some(path) => format!("through {}", path.display()),
            None if self.driver == Runs::Engine => "in process, without HTTP".to_owned(),
            None => "in process".to_owned(),
        };
        let add = |seen: &Seen| {
            if let Some(coverage) = &mut coverage {
                coverage.add(loaded.rules(), seen);
            }
        };
        let mut rows = Vec::new();
        let mut page = self.html.as_ref().map(|_| html::Scenarios::new(&how));
        // What is being played goes away with the process, and with it the binaries that it runs.
        let stopped = tokio::select! {
            played = self.play_all(&files, &driver, out, add, &mut page, &mut rows) => played.map(|()| None)?,
            signal = signal() => Some(signal),
        };
        if let Some(signal) = stopped {
            let problem = format!("stopped after {} of {} scenarios", rows.len(), files.len());
            writeln!(anstream::stderr(), "{}", text::error(&problem)).map_err(closed)?;
            return Ok(End::Interrupted(signal));
        }
        match self.format {
            Format::Text => text::summary(out, &rows, &how, Fold::to(width()))
                .and_then(|()| coverage.as_ref().map_or(Ok(()), |coverage| text::coverage(out, coverage))),
            Format::Json => writeln!(out, "{:#}", json::report(&rows, &how, coverage.as_ref())),
            Format::Github => {
                let untouched = match &coverage {
                    Some(coverage) => {
                        let rules =
                            folder("--rules", &self.rules, Absent::IsError).map_err(|error| error.to_string())?;
                        github::coverage(coverage, &rules)
                    }
                    None => String::new(),
                };
                write!(out, "{}{untouched}", github::render(&rows))
            }
        }
        .map_err(closed)?;
        let wanted = self.fail_under.map_or(0, usize::from);
        if let Some(path) = &self.junit {
            write(path, &junit::report(&rows, &how, coverage.as_ref().map(|coverage| (coverage, wanted)))?)?;
        }
        if let (Some(page), Some(path)) = (page, &self.html) {
            write(path, &page.finish(&rows, coverage.as_ref()))?;
        }
        let too_little = coverage.as_ref().map(Coverage::percent).filter(|percent| *percent < wanted);
        if let Some(percent) = too_little {
            let problem = format!("{percent} % of the rules touched, and `--fail-under` wants {wanted} %");
            writeln!(anstream::stderr(), "{}", text::error(&problem)).map_err(closed)?;
        }
        Ok(if rows.iter().any(|row| row.verdict == Verdict::Stopped) {
            End::Stopped
        } else if too_little.is_some() || rows.iter().any(|row| row.verdict == Verdict::Failed) {
            End::Failed
        } else {
            End::Well
        })
    }

    async fn play_all(
        &self,
        files: &[PathBuf],
        driver: &Driver,
        out: &mut impl Write,
        mut add: impl FnMut(&Seen),
        page: &mut Option<html::Scenarios>,
        rows: &mut Vec<Row>,
    ) -> Result<(), String> {
        let is_text = self.format == Format::Text;
        let fold = Fold::to(width());
        let progress = Progress::new(files.len(), self.quiet || !is_text);
        let places = files.iter().map(|file| (file.clone(), self.place(file)));
        let mut playing = play::all(places, driver, self.update);
        for file in files {
            progress.on(file);
            let Some(played) = playing.next().await else { break };
            let played = played.map_err(|error| format!("{}: {error}", file.display()))?;
            progress.done();
            if is_text {
                progress.aside(|| text::outcome(out, &played, self.quiet, fold)).map_err(closed)?;
            }
            played.played.iter().filter_map(|played| played.seen.as_ref()).for_each(&mut add);
            if let Some(page) = page {
                page.add(&played);
            }
            rows.push(played.row);
        }
        Ok(())
    }

    fn place(&self, file: &Path) -> crate::scenario::files::Place {
        let folder = file.parent().unwrap_or(Path::new("")).to_owned();
        let beside = match folder.file_name() {
            Some(_) => folder.with_file_name("recordings"),
            None => folder.join("../recordings"),
        };
        let recordings = self.recordings.clone().unwrap_or(beside);
        crate::scenario::files::Place { folder, recordings }
    }
}

#[allow(clippy::disallowed_methods, reason = "reports are files")]
fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text)
        .map_err(|error| format!("`{}` can't be written: {}", path.display(), error.to_string().to_lowercase()))
}
