//! What was measured, and which bars hold.

use std::fmt;
use std::fs;
use std::time::Duration;

use crate::bars::{Bar, Bound, Scope};
use crate::contest::Series;
use crate::{document, plot};

/// Whether a bar holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Holds,
    Missed,
    /// It is meant for a larger repository.
    Small,
    /// It is meant for a CPU with AVX-512.
    Narrow,
}

/// What was measured.
pub(crate) struct Report {
    is_large: bool,
    has_wide_lanes: bool,
    rows: Vec<String>,
    bars: Vec<(&'static Bar, f64, Verdict)>,
    notes: Vec<String>,
    sections: Vec<String>,
    plot: Option<String>,
}

impl Report {
    pub(crate) fn new(is_large: bool, has_wide_lanes: bool) -> Self {
        let (rows, bars, notes, sections) = Default::default();
        Self { is_large, has_wide_lanes, rows, bars, notes, sections, plot: None }
    }

    /// A row of two that were measured by turns; gives how many times as fast ours is.
    pub(crate) fn compare(&mut self, what: &str, ours: &Series, theirs: &Series) -> f64 {
        let [wall, cpu] = [ours.times(theirs, |of| of.wall), ours.times(theirs, |of| of.cpu)];
        let (ours, theirs) = (ours.medians(), theirs.medians());
        let row = format!(
            "| {what} | {} | {} | {} | {} | {} | {} | {} |",
            seconds(ours.wall),
            seconds(theirs.wall),
            times(ours.wall, theirs.wall, wall),
            pair(ours.cpu, theirs.cpu),
            times(ours.cpu, theirs.cpu, cpu),
            pair(ours.server, theirs.server),
            memory(ours.peak, theirs.peak),
        );
        eprintln!("{row}");
        self.rows.push(row);
        wall
    }

    /// Holds a figure against a bar.
    pub(crate) fn judge(&mut self, bar: &'static Bar, figure: f64) {
        let verdict = if bar.bound.holds(figure) {
            Verdict::Holds
        } else if !self.has_wide_lanes && matches!(bar.bound, Bound::Times(_)) {
            Verdict::Narrow
        } else if bar.scope == Scope::Large && !self.is_large {
            Verdict::Small
        } else {
            Verdict::Missed
        };
        eprintln!("bar {} ({}): {}", bar.number, bar.what, bar.bound.show(figure));
        self.bars.push((bar, figure, verdict));
    }

    /// Something that is told below the tables.
    pub(crate) fn note(&mut self, note: String) {
        eprintln!("{note}");
        self.notes.push(note);
    }

    /// A text of its own, such as a table.
    pub(crate) fn section(&mut self, text: String) {
        self.sections.push(text);
    }

    /// A picture that goes beside the text.
    pub(crate) fn plot(&mut self, svg: String) {
        self.plot = Some(svg);
    }

    /// Writes the text into its part of the document, and the picture into its file.
    pub(crate) fn write(&self, part: &str, text: &str) {
        document::write(part, text);
        if let Some(svg) = &self.plot {
            fs::write(plot::FILE, svg).unwrap();
        }
    }

    /// Bars that were missed, each as a line.
    pub(crate) fn missed(&self) -> Vec<String> {
        let missed = self.bars.iter().filter(|(_, _, verdict)| *verdict == Verdict::Missed);
        missed
            .map(|(bar, figure, _)| {
                let Bar { number, what, bound, .. } = bar;
                format!("{number}: {what}: {}, {bound}", bound.show(*figure))
            })
            .collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.rows.is_empty() {
            writeln!(f, "| | here | stock | ratio | CPU | ratio | server's CPU | peak memory |")?;
            writeln!(f, "|---|---|---|---|---|---|---|---|")?;
            writeln!(f, "{}", self.rows.join("\n"))?;
        }
        if !self.sections.is_empty() {
            writeln!(f, "{}", self.sections.join("\n"))?;
        }
        if !self.bars.is_empty() {
            writeln!(f, "\n| bar | | asked | measured | |\n|---|---|---|---|---|")?;
        }
        for (bar, figure, verdict) in &self.bars {
            let Bar { number, what, bound, .. } = bar;
            let shown = bound.show(*figure);
            let verdict = match verdict {
                Verdict::Holds => "holds".to_owned(),
                Verdict::Missed => format!("MISSED ({shown} of {bound})"),
                Verdict::Small => "meant for 100,000 artifacts".to_owned(),
                Verdict::Narrow => "meant for AVX-512".to_owned(),
            };
            writeln!(f, "| {number} | {what} | {bound} | {shown} | {verdict} |")?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        Ok(())
    }
}

/// A duration with three digits that count.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds >= 10.0 {
        format!("{seconds:.1} s")
    } else if seconds >= 0.1 {
        format!("{seconds:.2} s")
    } else {
        format!("{:.2} ms", seconds * 1000.0)
    }
}

/// How many times as much the second is, if both are known.
fn times(ours: Duration, theirs: Duration, times: f64) -> String {
    if ours.is_zero() || theirs.is_zero() {
        return "–".to_owned();
    }
    format!("{times:.1}")
}

fn pair(ours: Duration, theirs: Duration) -> String {
    if ours.is_zero() && theirs.is_zero() {
        return "–".to_owned();
    }
    format!("{} / {}", seconds(ours), seconds(theirs))
}

fn memory(ours: u64, theirs: u64) -> String {
    if ours == 0 && theirs == 0 {
        return "–".to_owned();
    }
    format!("{:.0} / {:.0} MB", megabytes(ours), megabytes(theirs))
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
