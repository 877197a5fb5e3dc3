//! The table in BENCHMARKS.md, between two marks.

use crate::operations::Operation;
use std::collections::BTreeMap;
use std::fs;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../BENCHMARKS.md");
const BEGIN: &str = "<!-- scripts/counts -->";
const END: &str = "<!-- end -->";

/// What stands before the compiler and the rest.
const COUNTED_WITH: &str = "Counted with ";

pub(crate) const TITLES: &str = "| operation | instructions | each |";
pub(crate) const RULE: &str = "|---|---|---|";

/// The figures that are written down.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) circumstances: String,
    counts: BTreeMap<String, u64>,
}

impl Written {
    pub(crate) fn read() -> Self {
        let document = fs::read_to_string(DOCUMENT).unwrap();
        let Some((_, part)) = document.split_once(BEGIN) else { return Self::default() };
        let mut written = Self::default();
        for line in part.lines().take_while(|line| *line != END) {
            if let Some(circumstances) = line.strip_prefix(COUNTED_WITH) {
                circumstances.trim_end_matches('.').clone_into(&mut written.circumstances);
            }
            let mut cells = line.split('|').map(str::trim).skip(1);
            if let (Some(name), Some(count)) = (cells.next(), cells.next())
                && let Ok(count) = count.replace(',', "").parse()
            {
                written.counts.insert(name.to_owned(), count);
            }
        }
        written
    }

    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        self.counts.get(name).copied()
    }

    /// Writes other figures down.
    pub(crate) fn replace(circumstances: &str, table: &str) {
        let document = fs::read_to_string(DOCUMENT).unwrap();
        let (before, rest) = document.split_once(BEGIN).expect("the mark in BENCHMARKS.md");
        let (_, after) = rest.split_once(END).expect("the end mark in BENCHMARKS.md");
        let part = format!("{BEGIN}\n{COUNTED_WITH}{circumstances}.\n\n{table}\n{END}");
        fs::write(DOCUMENT, format!("{before}{part}{after}")).unwrap();
    }
}

/// A row of the table.
#[expect(clippy::cast_precision_loss, reason = "some billions, shown with one decimal")]
pub(crate) fn row(operation: &Operation, count: u64) -> String {
    let (units, unit) = (operation.prepare)().units;
    let each = count as f64 / units as f64;
    format!("| {} | {} | {each:.1} a {unit} |", operation.name, grouped(count))
}

/// A number with a comma before every third digit from the right.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
