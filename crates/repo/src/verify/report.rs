//! What a verification has found.

use std::fmt;

use crate::damage::Damage;
use crate::id::Rid;

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

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Artifacts done with.
    pub checked: u64,
    /// Artifacts to do, at most.
    pub total: u64,
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
}

impl VerifyReport {
    /// Whether nothing is wrong. Phantoms and what waits for them are not: they may still come.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.damaged.is_empty() && self.stray_deltas.is_empty() && self.unchecked == 0
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
        Ok(())
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
