//! A progress bar: how far a clone has come, on stderr.
//!
//! ```text
//! cargo run -p outcrop-sync --example progress -- https://fossil-scm.org/home fossil.fossil
//! ```
#![allow(clippy::print_stderr)] // it is what the example shows

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use outcrop_sync::{
    CloneOptions, Completing, HttpTransport, Observer, Progress, Retrying, RoundOutcome, Started,
    SyncError, SyncOutcome, clone_blocking,
};

/// How many artifacts come between two looks at the bar. Observers are called from the threads that
/// work, so they had better not draw each time.
const STEP: u64 = 500;

/// One line, drawn over and over.
#[derive(Debug, Default)]
struct Bar {
    received: AtomicU64,
}

impl Bar {
    fn draw(&self, what: &str) {
        eprint!("\r\x1b[K{} artifacts, {what}", self.received.load(Ordering::Relaxed));
    }
}

impl Observer for Bar {
    fn started(&self, started: &Started<'_>) {
        let remote = started.remote.unwrap_or("somewhere");
        eprintln!("{} {remote}", started.operation().as_str());
    }

    fn progress(&self, progress: &Progress) {
        match progress {
            Progress::Received { .. } => {
                let before = self.received.fetch_add(1, Ordering::Relaxed);
                if before.is_multiple_of(STEP) {
                    self.draw("receiving");
                }
            }
            Progress::Completing(Completing { done, total, .. }) => {
                self.draw(&format!("{done} of {total} put in order"));
            }
            _ => {}
        }
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        let bytes = so_far.total.traffic.map_or(0, |traffic| traffic.received);
        self.draw(&format!("{} rounds, {} KiB", round.round, bytes / 1024));
        for words in &round.messages {
            eprintln!("\nThe server says: {words}");
        }
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        eprintln!("\n{}; again in {} s", retrying.error, retrying.wait.as_secs_f64());
    }

    fn completed(&self, outcome: &SyncOutcome) {
        eprintln!("\n{} rounds, {} check-ins", outcome.rounds, outcome.total.check_ins);
    }

    fn error(&self, error: &SyncError) {
        eprintln!("\n{error}");
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("progress URL FILE".into());
    };
    let server = HttpTransport::new(&url)?;
    let mut options = CloneOptions::new();
    options.sync.observer = Arc::new(Bar::default());
    clone_blocking(file, &server, options)?;
    Ok(())
}
