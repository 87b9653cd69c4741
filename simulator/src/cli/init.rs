//! `signoff init`: a start for somebody's own repository. The files are those of `simulator/starter/`.
#![allow(clippy::disallowed_methods, reason = "it writes the files of a new repository")]

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{End, closed};

/// Write rules, scenarios and a CI workflow to start from
///
/// Nothing that is there already is overwritten. What is written passes `signoff check --strict` and `signoff simulate` as it is; the
/// ids to replace by your own are marked in it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  signoff init\n  signoff init ops/approvals")]
pub struct Init {
    /// Where to write them; made if it is not there
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
}

macro_rules! starter {
    ($($file:literal),* $(,)?) => {
        [$(($file, include_str!(concat!("../../starter/", $file)))),*]
    };
}

/// The files, by their names in the folder.
const FILES: [(&str, &str); 10] = starter![
    "rules/shared.yaml",
    "rules/storefront.yaml",
    "scenarios/given/storefront.yaml",
    "scenarios/approved.yaml",
    "scenarios/approved.transcript",
    "scenarios/deployment-failed.yaml",
    "scenarios/deployment-failed.transcript",
    "recordings/approval-needed.json",
    "recordings/deployment-failed.json",
    ".github/workflows/signoff.yaml",
];

impl Init {
    pub(super) fn run(&self, out: &mut impl Write) -> Result<End, String> {
        // A rules folder with files of its own would make one set with these.
        if let Some(other) =
            ["rules", "scenarios"].into_iter().find(|folder| holds_something(&self.folder.join(folder)))
        {
            let folder = self.folder.join(other);
            return Err(format!(
                "`{}` is there already: nothing was written; name another folder, or move it away",
                shown(&folder)
            ));
        }
        if let Some((there, _)) = FILES.iter().find(|(file, _)| self.folder.join(file).symlink_metadata().is_ok()) {
            let file = self.folder.join(there);
            return Err(format!(
                "`{}` is there already: nothing was written; name another folder, or move it away",
                shown(&file)
            ));
        }
        for (file, text) in FILES {
            let path = self.folder.join(file);
            write(&path, text)?;
            writeln!(out, "wrote {}", shown(&path)).map_err(closed)?;
        }
        let enter =
            if self.folder == Path::new(".") { String::new() } else { format!("  cd {}\n", self.folder.display()) };
        write!(
            out,
            "\nThey work as they are. Try them, then put in your own ids, which are marked ←:\n{enter}  signoff check --strict\n  \
             signoff simulate\n",
        )
        .map_err(closed)?;
        if self.folder != Path::new(".") {
            let note = "GitHub runs the workflows at the root of a repository only: if this is a folder of one, move `.github/` there, and say";
            writeln!(out, "\n{note}\n`working-directory` in the workflow.").map_err(closed)?;
        }
        Ok(End::Well)
    }
}

fn holds_something(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// Writes a file that is not there yet.
fn write(path: &Path, text: &str) -> Result<(), String> {
    let unwritable =
        |path: &Path, error: &std::io::Error| format!("`{}` can't be written: {}", path.display(), error.kind());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    }
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| unwritable(path, &error))
}

/// The path without a leading `./`.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}
