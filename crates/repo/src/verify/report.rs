//! What a verification has found.

use std::fmt;

use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::SHOWN_FINDINGS;

/// Which part of a repository to verify: the `n`th of `of` parts, counted from 1.
///
/// Each artifact belongs to one part, together with all that it builds upon, so that `of` partial
/// verifications cost about as much as a whole one. As artifacts come in, later verifications may
/// divide them in another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subset {
    n: u64,
    of: u64,
}

impl Subset {
    /// The whole repository.
    pub const ALL: Self = Self { n: 1, of: 1 };

    /// The `n`th of `of` parts; `None` unless `n` counts from 1 to `of`.
    #[must_use]
    pub const fn new(n: u64, of: u64) -> Option<Self> {
        if n >= 1 && n <= of { Some(Self { n, of }) } else { None }
    }

    /// Whether the thing with this number belongs to the part.
    pub(super) const fn holds(self, number: u64) -> bool {
        number % self.of == self.n - 1
    }
}

impl fmt::Display for Subset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.n, self.of)
    }
}

/// A damaged artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedArtifact {
    /// Its row.
    pub rid: Rid,
    /// Its name, or what stands in place of one.
    pub name: String,
    /// What is wrong.
    pub damage: Damage,
}

impl fmt::Display for DamagedArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "artifact {} (record {}): {}", self.name, self.rid, self.damage)
    }
}

/// What a verification has found. Its [`Display`](fmt::Display) form is a report in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Which part was verified.
    pub subset: Subset,
    /// Artifacts that were expanded, hashed and compared with their name, or found to be damaged.
    pub checked: u64,
    /// Artifacts that should have been checked and were not. There are none, unless a row is
    /// damaged in a way that hides it.
    pub unchecked: u64,
    /// Bytes that were hashed.
    pub bytes: u64,
    /// Artifacts of which only the name is known.
    pub phantoms: u64,
    /// Deltas that wait for a phantom, and so cannot be checked yet.
    pub pending: u64,
    /// What is damaged, in the order of row numbers.
    pub damaged: Vec<DamagedArtifact>,
    /// Rows of the table of deltas that belong to no artifact.
    pub stray_deltas: Vec<i64>,
    /// What was found in the tables that are derived from the artifacts.
    pub derived: DerivedRows,
}

/// What a verification has found in the tables that are derived from the artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DerivedRows {
    /// Nobody has asked: only artifacts were verified.
    Unasked,
    /// They could not be derived anew: the setting `ticket-table` is not followed.
    Refused {
        /// What is wrong with the setting, and what to do.
        reason: String,
    },
    /// They were derived anew, and compared.
    Compared {
        /// Rows of the file that were compared.
        rows: u64,
        /// The tables in which something is wrong.
        tables: Vec<TableFindings>,
    },
}

/// What is wrong with the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFindings {
    /// The table.
    pub table: &'static str,
    /// Rows that should be there and are not.
    pub missing: u64,
    /// Rows that should not be there, or should be others.
    pub stale: u64,
    /// The first of both in words: no more than
    /// [`SHOWN_FINDINGS`](crate::limits::SHOWN_FINDINGS).
    pub shown: Vec<Finding>,
}

/// One row that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In what way.
    pub kind: FindingKind,
    /// The row, what its numbers stand for told by name.
    pub words: String,
}

/// In what way a row is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// It should be there and is not.
    Missing,
    /// It should not be there, or should be another.
    Stale,
}

impl TableFindings {
    pub(super) const fn new(table: &'static str) -> Self {
        Self { table, missing: 0, stale: 0, shown: Vec::new() }
    }

    pub(super) fn note(&mut self, kind: FindingKind, words: String) {
        match kind {
            FindingKind::Missing => self.missing += 1,
            FindingKind::Stale => self.stale += 1,
        }
        if self.shown.len() < SHOWN_FINDINGS {
            self.shown.push(Finding { kind, words });
        }
    }

    pub(super) fn join(&mut self, more: Self) {
        self.missing += more.missing;
        self.stale += more.stale;
        self.shown.extend(more.shown);
        self.shown.truncate(SHOWN_FINDINGS);
    }
}

impl VerifyReport {
    /// Whether nothing is wrong. Phantoms and what waits for them are not: they may still come.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.artifacts_are_sound() && self.derived.is_sound()
    }

    /// Whether nothing is wrong with the artifacts themselves.
    #[must_use]
    pub fn artifacts_are_sound(&self) -> bool {
        self.damaged.is_empty() && self.stray_deltas.is_empty() && self.unchecked == 0
    }
}

impl DerivedRows {
    /// Whether nothing is wrong with the rows, as far as someone has asked.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Unasked => true,
            Self::Refused { .. } => false,
            Self::Compared { tables, .. } => tables.is_empty(),
        }
    }

    /// How many rows are missing, and how many are stale.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        let Self::Compared { tables, .. } = self else { return (0, 0) };
        tables
            .iter()
            .fold((0, 0), |(missing, stale), table| (missing + table.missing, stale + table.stale))
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} artifacts ({} bytes) checked, {} phantoms, {} deltas waiting for one: {} damaged",
            self.checked,
            self.bytes,
            self.phantoms,
            self.pending,
            self.damaged.len()
        )?;
        if self.unchecked > 0 {
            write!(f, "\n{} artifacts could not be checked", self.unchecked)?;
        }
        for damaged in &self.damaged {
            write!(f, "\n{damaged}")?;
        }
        for rid in &self.stray_deltas {
            write!(f, "\nthe table of deltas has a row for record {rid}, which does not exist")?;
        }
        write!(f, "{}", self.derived)
    }
}

impl fmt::Display for DerivedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (missing, stale) = self.counts();
        match self {
            Self::Unasked => Ok(()),
            Self::Refused { reason } => {
                write!(f, "\nderived rows could not be compared: {reason}")
            }
            Self::Compared { rows, tables } => {
                write!(f, "\n{rows} derived rows compared: {missing} missing, {stale} stale")?;
                for table in tables {
                    write!(f, "\n{table}")?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for TableFindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, missing, stale, shown } = self;
        write!(f, "table {table}: {missing} missing, {stale} stale")?;
        for Finding { kind, words } in shown {
            write!(f, "\n  {}: {words}", kind.word())?;
        }
        match (missing + stale).checked_sub(shown.len() as u64) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n  and {more} more"),
        }
    }
}

impl FindingKind {
    /// The kind in a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Stale => "stale",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!(Subset::new(0, 3), None);
        assert_eq!(Subset::new(4, 3), None);
        assert_eq!(Subset::new(1, 0), None);
        for number in 0..30 {
            let parts = (1..=3).filter(|n| Subset::new(*n, 3).unwrap().holds(number));
            assert_eq!(parts.count(), 1);
        }
        assert!(Subset::ALL.holds(17));
    }
}
