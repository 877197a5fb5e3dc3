//! What two files differ in.

use std::{collections::BTreeMap, fmt};

use super::rows::Row;

/// How many differences of a table are printed; all of them are counted.
const PRINTED: usize = 40;

/// What two files differ in; empty if they hold the same. Prints in words.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Differences {
    tables: Vec<TableDifference>,
}

/// What two files differ in in one table.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct TableDifference {
    /// The table.
    pub table: String,
    /// Each difference in words: `only left: …`, `only right: …`, or the row and the columns that
    /// differ.
    pub rows: Vec<String>,
}

impl Differences {
    /// Whether the files hold the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// How many rows differ.
    #[must_use]
    pub fn count(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }

    /// The tables that differ.
    #[must_use]
    pub fn tables(&self) -> &[TableDifference] {
        &self.tables
    }

    /// How many rows of one table differ.
    #[must_use]
    pub fn of(&self, table: &str) -> usize {
        let found = self.tables.iter().find(|found| found.table == table);
        found.map_or(0, |found| found.rows.len())
    }

    /// Forgets the differences for which the answer is no: those that are known and explained.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        for table in &mut self.tables {
            table.rows.retain(|row| keep(&table.table, row));
        }
        self.tables.retain(|table| !table.rows.is_empty());
    }

    pub(super) fn add(&mut self, table: TableDifference) {
        if !table.rows.is_empty() {
            self.tables.push(table);
        }
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            for row in table.rows.iter().take(PRINTED) {
                writeln!(out, "{}: {row}", table.table)?;
            }
            if let Some(more) = table.rows.len().checked_sub(PRINTED).filter(|&more| more > 0) {
                writeln!(out, "{}: and {more} more", table.table)?;
            }
        }
        if !self.is_empty() {
            let counts: Vec<_> = self
                .tables
                .iter()
                .map(|table| format!("{} {}", table.table, table.rows.len()))
                .collect();
            writeln!(out, "differences: {}", counts.join(", "))?;
        }
        Ok(())
    }
}

/// The rows that one side has more often than the other, by their keys.
type Lonely<'a> = BTreeMap<&'a [(String, String)], Vec<(&'a Row, usize)>>;

impl TableDifference {
    pub(super) fn between(
        table: &str,
        columns: Vec<String>,
        left: &BTreeMap<Row, usize>,
        right: &BTreeMap<Row, usize>,
    ) -> Self {
        let of_left = lonely(left, right);
        let mut of_right = lonely(right, left);
        let mut rows = columns;
        for (key, here) in of_left {
            let there = of_right.remove(key).unwrap_or_default();
            match (here.as_slice(), there.as_slice()) {
                ([(left, 1)], [(right, 1)]) if !key.is_empty() => rows.push(pair(left, right)),
                _ => {
                    say("left", &here, &mut rows);
                    say("right", &there, &mut rows);
                }
            }
        }
        for there in of_right.values() {
            say("right", there, &mut rows);
        }
        Self { table: table.to_owned(), rows }
    }
}

/// The rows that are here more often than there.
fn lonely<'a>(here: &'a BTreeMap<Row, usize>, there: &BTreeMap<Row, usize>) -> Lonely<'a> {
    let mut lonely = Lonely::new();
    for (row, &count) in here {
        let more = count.saturating_sub(there.get(row).copied().unwrap_or(0));
        if more > 0 {
            lonely.entry(&row.key).or_default().push((row, more));
        }
    }
    lonely
}

/// One row that both have, differently.
fn pair(left: &Row, right: &Row) -> String {
    let differing = left.rest.iter().zip(&right.rest).filter(|(left, right)| left != right);
    let columns: Vec<_> = differing
        .map(|((column, left), (_, right))| format!("{column}: left {left}, right {right}"))
        .collect();
    format!("{}: {}", words(&left.key), columns.join("; "))
}

fn say(side: &str, rows: &[(&Row, usize)], said: &mut Vec<String>) {
    for (row, count) in rows {
        let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
        let rest = if row.rest.is_empty() { String::new() } else { words(&row.rest) };
        let gap = if row.key.is_empty() || rest.is_empty() { "" } else { " " };
        said.push(format!("only {side}{times}: {}{gap}{rest}", words(&row.key)));
    }
}

fn words(columns: &[(String, String)]) -> String {
    let columns: Vec<_> = columns.iter().map(|(name, value)| format!("{name}={value}")).collect();
    columns.join(" ")
}
