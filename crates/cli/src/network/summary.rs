//! What has come of a session, as a line and as JSON.

use std::{fmt, io::Write as _};

use outcrop_sync::{Counts, SyncOutcome};
use serde::Serialize;

use super::watch::size;
use crate::output::Output;

/// What has come of a session, as `--json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    url: String,
    rounds: u32,
    received: u64,
    received_deltas: u64,
    sent: u64,
    sent_deltas: u64,
    unversioned_received: u64,
    unversioned_sent: u64,
    config_received: u64,
    config_sent: u64,
    rows_received: u64,
    rows_sent: u64,
    linked: u64,
    check_ins: u64,
    /// Bytes of cards, before they are compressed and after they are opened.
    bytes_sent: u64,
    bytes_received: u64,
    /// Bytes that travelled, if the way there counts them.
    wire_sent: Option<u64>,
    wire_received: Option<u64>,
    clock_skew_seconds: Option<i64>,
    server_release: Option<u32>,
    messages: Vec<String>,
    missing: u64,
    missing_names: Vec<String>,
    push_refused: bool,
    unversioned_refused: bool,
}

impl Summary {
    pub(crate) fn new(url: String, outcome: &SyncOutcome) -> Self {
        let Counts {
            received,
            received_deltas,
            sent,
            sent_deltas,
            unversioned_received,
            unversioned_sent,
            config_received,
            config_sent,
            rows_received,
            rows_sent,
            linked,
            check_ins,
            bytes_sent,
            bytes_received,
            traffic,
            ..
        } = outcome.total;
        Self {
            url,
            rounds: outcome.rounds,
            received,
            received_deltas,
            sent,
            sent_deltas,
            unversioned_received,
            unversioned_sent,
            config_received,
            config_sent,
            rows_received,
            rows_sent,
            linked,
            check_ins,
            bytes_sent,
            bytes_received,
            wire_sent: traffic.map(|traffic| traffic.sent),
            wire_received: traffic.map(|traffic| traffic.received),
            clock_skew_seconds: outcome.skew,
            server_release: outcome.server.map(|server| server.release),
            messages: outcome.messages.clone(),
            missing: outcome.missing,
            missing_names: outcome.missing_names.iter().map(ToString::to_string).collect(),
            push_refused: outcome.push_refused,
            unversioned_refused: outcome.unversioned_refused,
        }
    }

    /// Prints it as a line.
    pub(crate) fn print(&self, what: &str, output: Output) -> std::io::Result<()> {
        if output.quiet {
            return Ok(());
        }
        let mut out = Output::results();
        writeln!(out, "{what} {}: {self}", output.stdout.key(&self.url))?;
        out.flush()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounds = if self.rounds == 1 { "round" } else { "rounds" };
        write!(f, "{} received, {} sent", self.received, self.sent)?;
        for (count, what) in [
            (self.check_ins, "check-in"),
            (self.unversioned_received + self.unversioned_sent, "unversioned file"),
            (self.config_received + self.config_sent, "setting"),
            (self.rows_received + self.rows_sent, "row"),
        ] {
            match count {
                0 => {}
                1 => write!(f, ", 1 {what}")?,
                _ => write!(f, ", {count} {what}s")?,
            }
        }
        write!(f, " in {} {rounds}", self.rounds)?;
        if let (Some(sent), Some(received)) = (self.wire_sent, self.wire_received) {
            write!(f, " ({} out, {} in)", size(sent), size(received))?;
        }
        Ok(())
    }
}

/// Seconds that two clocks may differ by without a word.
const SKEW: u64 = 10;

/// Says what is not as it should be, though the session has ended well.
pub(crate) fn warn(outcome: &SyncOutcome, output: Output) {
    for message in &outcome.messages {
        output.note(format_args!("server says: {message}"));
    }
    if let Some(skew) = outcome.skew
        && skew.unsigned_abs() > SKEW
    {
        let which = if skew > 0 { "ahead of" } else { "behind" };
        output.note(format_args!(
            "warning: the server's clock is {} s {which} this one",
            skew.unsigned_abs()
        ));
    }
    if outcome.missing > 0 {
        output.note(format_args!(
            "warning: {} artifacts are known by name only, and this server does not have them; \
             another copy of the project may",
            outcome.missing
        ));
    }
    if outcome.push_refused {
        output.note("warning: nothing was pushed: the server takes nothing from this user");
    }
    if outcome.unversioned_refused {
        output
            .note("warning: no unversioned files were sent: the server takes none from this user");
    }
}
