//! How far a session has come: one line on a terminal.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use outcrop_sync::{Observer, Progress, Retrying, RoundOutcome, SyncError, SyncOutcome};

use crate::{bar::Bar, output::Output};

/// How often the line changes at most.
const EVERY: Duration = Duration::from_millis(100);

/// Tells how far a session has come: rounds, artifacts, bytes and how fast they come; a line, wherever
/// stderr goes, for each request that is tried again, and with -v for each round.
pub(crate) struct Watch {
    output: Output,
    wanted: bool,
    state: Mutex<State>,
}

struct State {
    begun: Instant,
    shown: Option<Instant>,
    round: u32,
    received: u64,
    sent: u64,
    /// Bytes that have come, or that a round has sent.
    bytes: u64,
    bar: Bar,
}

impl Watch {
    pub(crate) fn new(output: Output) -> Self {
        let wanted = !output.quiet && !output.json && stderr().is_terminal();
        let state = State {
            begun: Instant::now(),
            shown: None,
            round: 0,
            received: 0,
            sent: 0,
            bytes: 0,
            bar: Bar::new(output),
        };
        Self { output, wanted, state: Mutex::new(state) }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        // A clone brings artifacts by the hundred thousand: for nothing, they are not even counted.
        if !self.wanted {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        let now = Instant::now();
        if state.shown.is_none_or(|shown| now.duration_since(shown) >= EVERY) {
            state.shown = Some(now);
            let State { round, received, sent, bytes, begun, .. } = *state;
            let seconds = now.duration_since(begun).as_secs_f64().max(0.001);
            // When stderr is gone, nobody looks at the line.
            let _ = write!(
                stderr(),
                "\r\x1b[Kround {round}  {received} received  {sent} sent  {}  {}/s",
                size(bytes),
                size(per_second(bytes, seconds)),
            );
        }
    }

    fn clear(&self) {
        if self.wanted {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for people")]
#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn per_second(bytes: u64, seconds: f64) -> u64 {
    (bytes as f64 / seconds) as u64
}

/// Bytes, for people.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let (mut tenths, mut unit) = (bytes / 100, 0);
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        (tenths, unit) = (tenths / 1000, unit + 1);
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS.get(unit).copied().unwrap_or_default())
}

impl Observer for Watch {
    fn round_started(&self, round: u32, _: usize) {
        self.change(|state| state.round = round);
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        self.clear();
        let wait = retrying.wait.as_secs_f64();
        self.output.note(format_args!("{}; trying again in {wait:.1} s", retrying.error));
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        self.change(|state| {
            let total = &so_far.total;
            (state.received, state.sent) = (total.received, total.sent);
            state.bytes = total.bytes_received + total.bytes_sent;
        });
        if self.output.verbose {
            self.clear();
            let counts = &round.counts;
            self.output.note(format_args!(
                "round {}: {} received, {} sent, {} in, {} out",
                round.round,
                counts.received,
                counts.sent,
                size(counts.bytes_received),
                size(counts.bytes_sent),
            ));
        }
    }

    fn progress(&self, progress: &Progress) {
        match progress {
            Progress::Received { bytes, .. } => self.change(|state| {
                state.received += 1;
                state.bytes += *bytes as u64;
            }),
            Progress::Sent { .. } => self.change(|state| state.sent += 1),
            Progress::Completing(done) => {
                self.state.lock().unwrap_or_else(PoisonError::into_inner).bar.show(*done);
            }
            _ => {}
        }
    }

    fn completed(&self, _: &SyncOutcome) {
        self.clear();
    }

    fn error(&self, _: &SyncError) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, shown) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (999_999, "999.9 kB"),
            (1_299_999, "1.2 MB"),
            (12_345_678, "12.3 MB"),
            (9_999_999_999, "9.9 GB"),
            (12_345_678_901, "12.3 GB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(size(bytes), shown, "{bytes}");
        }
        assert_eq!(per_second(1000, 0.5), 2000);
    }
}
