//! What must be so, written down beside the repositories.

use std::collections::{BTreeMap, BTreeSet};

use outcrop_format::hash::HashName;

/// A version of an unversioned file or a row: its time, and the hash of its content; none if it was
/// deleted. The greater of two counts.
pub(crate) type Version = (i64, Option<String>);

/// What was written under one name.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The greatest that was acknowledged.
    pub(crate) acknowledged: Option<Version>,
    /// All that may be there, acknowledged or not.
    pub(crate) possible: BTreeSet<Version>,
}

impl Written {
    pub(crate) fn tried(&mut self, version: Version) {
        self.possible.insert(version);
    }

    pub(crate) fn kept(&mut self, version: Version) {
        self.possible.insert(version.clone());
        self.acknowledged = self.acknowledged.take().max(Some(version));
    }

    /// What is wrong with this as the last word, if something is.
    pub(crate) fn objection(&self, last: Option<&Version>) -> Option<String> {
        let wanted = self.acknowledged.as_ref();
        match (last, wanted) {
            (None, Some((_, Some(_)))) => Some(format!("{wanted:?} is missing")),
            (Some(last), _) if !self.possible.contains(last) => {
                Some(format!("{last:?} was never written"))
            }
            (Some(last), Some(wanted)) if last < wanted => {
                Some(format!("{last:?} counts, though {wanted:?} was acknowledged"))
            }
            _ => None,
        }
    }
}

/// What must be so.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// What each node has had, and must have for ever.
    pub(crate) held: Vec<BTreeSet<HashName>>,
    /// What each node does not want.
    pub(crate) shunned: Vec<BTreeSet<HashName>>,
    /// What was made to be private.
    pub(crate) private: BTreeSet<HashName>,
    /// What nobody may have stored: it was sent by who may not write.
    pub(crate) forged: BTreeSet<HashName>,
    pub(crate) files: BTreeMap<String, Written>,
    pub(crate) rows: BTreeMap<String, Written>,
    /// Makes texts and times unlike all others.
    unique: u64,
}

impl Ledger {
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            held: vec![BTreeSet::new(); nodes],
            shunned: vec![BTreeSet::new(); nodes],
            ..Self::default()
        }
    }

    /// A number that was not given before.
    pub(crate) fn unique(&mut self) -> u64 {
        self.unique += 1;
        self.unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_one_that_was_written_and_not_an_older_one() {
        let version = |at, text: Option<&str>| (at, text.map(str::to_owned));
        let mut file = Written::default();
        file.kept(version(1, Some("a")));
        file.tried(version(3, Some("c")));
        file.kept(version(2, None));
        assert_eq!(file.objection(Some(&version(2, None))), None);
        assert_eq!(file.objection(Some(&version(3, Some("c")))), None);
        assert_eq!(file.objection(None), None, "it is deleted");
        assert!(file.objection(Some(&version(1, Some("a")))).is_some());
        assert!(file.objection(Some(&version(4, Some("d")))).is_some());
        file.kept(version(5, Some("e")));
        assert!(file.objection(None).is_some());
    }
}
