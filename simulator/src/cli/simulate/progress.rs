//! How far the scenarios are, on a terminal, where nothing else is shown as they go.

use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on standard error; nothing where that is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// For so many scenarios. `wanted`: whether it is shown at all.
    pub(super) fn new(scenarios: usize, wanted: bool) -> Self {
        let target = if wanted { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(u64::try_from(scenarios).ok(), target);
        // The template is one that the library takes; without it the bar has its usual look.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// This one is played now.
    pub(super) fn on(&self, file: &Path) {
        self.0.set_message(file.file_name().unwrap_or_default().to_string_lossy().into_owned());
    }

    /// One more is done.
    pub(super) fn done(&self) {
        self.0.inc(1);
    }

    /// Does something that prints, with the line out of the way.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
