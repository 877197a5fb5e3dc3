//! Clusters: names of many artifacts in one.

use outcrop_format::hash::HashName;

use super::cards::{Cards, all_different};
use super::error::ComposeError;

/// A cluster to be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCluster<'a> {
    /// The artifacts that the cluster announces, at least one.
    pub members: &'a [HashName],
}

impl NewCluster<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        if self.members.is_empty() {
            return Err(ComposeError::Empty("member"));
        }
        let mut members: Vec<_> = self.members.iter().map(ToString::to_string).collect();
        members.sort_unstable();
        all_different("member", &members)?;
        let mut cards = Cards::default();
        for member in &members {
            cards.card(b'M', &[member.as_bytes()]);
        }
        Ok(cards.close())
    }
}
