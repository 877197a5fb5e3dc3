//! Row numbers of the repository file.

use std::fmt;

/// The number that one repository file gave to one artifact: `blob.rid`.
///
/// Other rows of the same file point at artifacts with it. In another file, or after a rebuild, the
/// same artifact has another number: what must last is the artifact's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rid(i64);

impl Rid {
    /// The artifact with this row number; `None` unless it is above zero, as all of them are.
    #[must_use]
    pub const fn new(number: i64) -> Option<Self> {
        if number > 0 { Some(Self(number)) } else { None }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_above_zero_are_row_numbers() {
        assert_eq!(Rid::new(0), None);
        assert_eq!(Rid::new(-1), None);
        assert_eq!(Rid::new(7).map(Rid::get), Some(7));
    }
}
