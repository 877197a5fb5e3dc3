//! The survey's comparison of two check-ins by itself, for the benchmarks to measure.
//!
//! No part of the interface. A survey sees artifacts in the parcels of a walk, beside whose cost this
//! one would vanish.

use bytes::Bytes;

use super::file_text::{self, FileText};
use crate::artifact::Artifact;

/// The list of files of a check-in.
#[derive(Debug)]
pub struct FileList(FileText);

impl FileList {
    /// Parses a check-in wholly; `None` if it is none, or a delta manifest.
    #[must_use]
    pub fn parse(content: &Bytes) -> Option<Self> {
        match Artifact::parse(content) {
            Ok(Artifact::CheckIn(check_in)) => FileText::new(&check_in, content).map(Self),
            _ => None,
        }
    }

    /// Finds the list of a check-in that is much like this one, looking only into what differs.
    #[must_use]
    pub fn find_beside(&self, content: &Bytes) -> Option<Self> {
        FileText::beside(content, &self.0).map(Self)
    }

    /// Compares the list with that of a child; gives how many files differ.
    #[must_use]
    pub fn changes_to(&self, child: &Self) -> usize {
        let mut count = 0;
        file_text::changes(&self.0, &child.0, |_| count += 1);
        count
    }
}
