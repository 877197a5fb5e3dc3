//! Where the log goes: line by line, or into one object.

use std::io::{self, Write as _};

use serde::Serialize;

use crate::{entry::Entry, output::Output};

/// The log, as `--json` has it.
#[derive(Serialize)]
struct Log {
    entries: Vec<Entry>,
    more: bool,
}

/// What is told of the log.
pub(super) struct Shown {
    output: Output,
    out: io::BufWriter<io::StdoutLock<'static>>,
    day: String,
    entries: Vec<Entry>,
}

impl Shown {
    pub(super) fn begin(output: Output) -> Self {
        Self { output, out: Output::results(), day: String::new(), entries: Vec::new() }
    }

    pub(super) fn show(&mut self, entry: Entry) -> io::Result<()> {
        if self.output.json {
            self.entries.push(entry);
            return Ok(());
        }
        if self.output.quiet {
            return Ok(());
        }
        let day = entry.day();
        if day != self.day {
            writeln!(self.out, "=== {day} ===")?;
            self.day = day;
        }
        entry.write(&mut self.out, self.output.stdout)
    }

    pub(super) fn end(self, more: bool) -> io::Result<()> {
        let Self { output, mut out, entries, .. } = self;
        out.flush()?;
        drop(out);
        if output.json { Output::object(&Log { entries, more }) } else { Ok(()) }
    }
}
