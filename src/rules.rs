//! The rules: who may answer which approval, and what is told where.
//!
//! All files make one set. They are read in two steps: `raw` finds in a file's YAML what its author wrote, each word with
//! its place; `validate` makes a [`RuleSet`] of all files together, or tells everything that stands in the way. What is
//! not understood is an error, never ignored: a rule that says more than this version knows must not be read as if it said
//! less.

mod account;
pub mod codes;
pub mod command;
mod ids;
mod keys;
mod lint;
mod matching;
mod model;
mod names;
pub mod policy;
mod raw;
mod reader;
pub mod seats;
mod trial;
mod validate;
mod when;
pub mod words;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Source};
use crate::template::Templates;
use crate::yaml;

pub use account::{Account, is_account, is_region};
pub use ids::{ChannelId, TeamId, UserGroupId, UserId};
pub use lint::{Known, Reach, is_uncovered, lint, reach};
pub use matching::{Condition, Field, Match, Mismatch, Pattern, Rules};
pub use model::{ApprovalRule, Approver, NotificationRule, RuleSet, Thread, Uncovered};
pub use when::When;

/// Rules that can be used.
#[derive(Debug)]
pub struct Read {
    /// The rules.
    pub rules: RuleSet,
    /// What their authors probably did not mean.
    pub warnings: Vec<Diagnostic>,
}

/// Reads all files of a rule set, whose order is that of their names, and tries the templates that the rules name.
///
/// # Errors
///
/// Everything that is wrong with any of the files, in the order of files and lines, and then with the templates: see [`codes`].
pub fn read(files: &[Source], templates: &Templates) -> Result<Read, Vec<Diagnostic>> {
    let mut files: Vec<&Source> = files.iter().collect();
    files.sort_by_key(|source| (&source.file, &source.text));
    if files.is_empty() {
        let help = "put the rules into files named `something.yaml`";
        return Err(vec![Diagnostic::nowhere(codes::NONE, "the rules folder has no `*.yaml` file").help(help)]);
    }

    let mut errors = Vec::new();
    let mut trees = Vec::new();
    for source in &files {
        match yaml::read(&source.text) {
            Ok(root) => trees.push((*source, root)),
            Err(error) => errors.push(raw::not_yaml(source, error)),
        }
    }
    // What one file names another may define, so with a file missing the rest can't be judged but by itself.
    let complete = trees.len() == files.len();
    let raw: Vec<raw::File<'_>> =
        trees.iter().filter_map(|(source, root)| raw::File::read(source, root, &mut errors)).collect();
    let mut warnings = Vec::new();
    let rules = if complete && raw.len() == files.len() {
        validate::rule_set(&raw, templates, digest(&files), &mut errors, &mut warnings)
    } else {
        None
    };

    let place = |found: &Diagnostic| {
        let file = files.iter().position(|source| source.file == found.file).unwrap_or(files.len());
        (file, found.file.clone(), found.line, found.column)
    };
    errors.sort_by_key(place);
    warnings.sort_by_key(place);
    // What stands behind a YAML alias is read as often as it is named.
    errors.dedup();
    warnings.dedup();
    match rules {
        Some(rules) if errors.is_empty() => Ok(Read { rules, warnings }),
        _ => Err(errors),
    }
}

/// Names this content of the rules: 16 hex digits. Which folder the files are in does not matter, since the same rules lie
/// elsewhere in git than in the Lambda.
fn digest(files: &[&Source]) -> String {
    let mut parts: Vec<[&str; 2]> =
        files.iter().map(|source| [source.file.rsplit('/').next().unwrap_or_default(), &source.text]).collect();
    parts.sort_unstable();
    let mut hash = Sha256::new();
    for part in parts.into_iter().flatten() {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
