//! What has come of a session, as a line and as JSON.

use std::{fmt, io::Write as _};

use outcrop_sync::{Counts, SyncOutcome};
use serde::{Serialize, Serializer};

use super::watch::size;
use crate::output::Output;

/// What has come of a session, as `--json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    url: String,
    rounds: u32,
    #[serde(flatten, serialize_with = "by_name")]
    total: Counts,
    clock_skew_seconds: Option<i64>,
    server_release: Option<u32>,
    messages: Vec<String>,
    missing: u64,
    missing_names: Vec<String>,
    push_refused: bool,
    unversioned_refused: bool,
}

/// Counts under their own names, and the bytes that travelled, if the way there counts them.
fn by_name<S: Serializer>(counts: &Counts, serializer: S) -> Result<S::Ok, S::Error> {
    let traffic = counts.traffic;
    let travelled = [
        ("wire_sent", traffic.map(|traffic| traffic.sent)),
        ("wire_received", traffic.map(|traffic| traffic.received)),
    ];
    serializer.collect_map(counts.iter().map(|(name, count)| (name, Some(count))).chain(travelled))
}

impl Summary {
    pub(crate) fn new(url: String, outcome: &SyncOutcome) -> Self {
        Self {
            url,
            rounds: outcome.rounds,
            total: outcome.total,
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
        let total = &self.total;
        write!(f, "{} received, {} sent", total.received, total.sent)?;
        for (count, what) in [
            (total.check_ins, "check-in"),
            (total.unversioned_received + total.unversioned_sent, "unversioned file"),
            (total.config_received + total.config_sent, "setting"),
            (total.rows_received + total.rows_sent, "row"),
        ] {
            match count {
                0 => {}
                1 => write!(f, ", 1 {what}")?,
                _ => write!(f, ", {count} {what}s")?,
            }
        }
        let rounds = if self.rounds == 1 { "round" } else { "rounds" };
        write!(f, " in {} {rounds}", self.rounds)?;
        if let Some(traffic) = total.traffic {
            write!(f, " ({} out, {} in)", size(traffic.sent), size(traffic.received))?;
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
