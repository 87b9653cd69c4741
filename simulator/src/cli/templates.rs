//! The option `--templates`, which several verbs have.

use std::path::{Path, PathBuf};

use clap::Args;
use signoff::config::{Absent, ConfigError, folder};
use signoff::diagnostic::Source;

/// Where the templates are.
#[derive(Debug, Args)]
pub(super) struct TemplatesFolder {
    /// The folder of templates that stand in for, or are added to, the built-in ones [default: templates, if it is there]
    #[arg(long = "templates", value_name = "FOLDER")]
    named: Option<PathBuf>,
}

impl TemplatesFolder {
    /// Its files. Only a folder that nobody named may be absent.
    pub(super) fn read(&self) -> Result<Vec<Source>, ConfigError> {
        let absent = if self.named.is_some() { Absent::IsError } else { Absent::IsEmpty };
        folder("--templates", self.path(), absent)
    }

    /// The folder itself, for who reads it later.
    pub(super) fn checked(&self) -> Result<PathBuf, ConfigError> {
        if !self.path().is_dir() {
            self.read()?;
        }
        Ok(self.path().to_owned())
    }

    fn path(&self) -> &Path {
        self.named.as_deref().unwrap_or(Path::new("templates"))
    }
}
