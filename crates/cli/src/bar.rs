//! How far the work has come, on a terminal.

use std::io::{IsTerminal as _, Write as _, stderr};

use outcrop_repo::{Progress, Stage};

use crate::output::Output;

/// A line that tells how far the work has come; nothing where stderr is no terminal.
pub(crate) struct Bar {
    wanted: bool,
    shown: Option<(&'static str, u64)>,
}

impl Bar {
    pub(crate) fn new(output: Output) -> Self {
        let wanted = !output.quiet && !output.json && stderr().is_terminal();
        Self { wanted, shown: None }
    }

    pub(crate) fn show(&mut self, progress: Progress) {
        let Progress { stage, done, total } = progress;
        let what = match stage {
            Stage::Artifacts => "artifacts",
            Stage::Meanings => "linked",
            _ => "tables compared",
        };
        self.count(done, total, what);
    }

    /// Shows that so many of all are done, and what they are.
    pub(crate) fn count(&mut self, done: u64, total: u64, what: &'static str) {
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
        if self.wanted && self.shown != Some((what, percent)) {
            self.shown = Some((what, percent));
            // When stderr is gone, nobody looks at the bar.
            let _ = write!(stderr(), "\r\x1b[K{percent:3} %  {done} {what}");
        }
    }

    pub(crate) fn clear(&self) {
        if self.wanted {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
