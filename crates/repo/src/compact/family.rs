//! Artifacts of one step, and those before them that they are compared with.

use bytes::Bytes;
use outcrop_format::envelope;

use super::sketch::Sketch;
use crate::blob::BlobRow;
use crate::deltify::{MadeDelta, best_delta, may_build_upon};
use crate::limits::{COMPACT_CONTENT, NEIGHBOURS};
use crate::tx::{DatabaseError, ReadTx, Whole};

/// An artifact as it stands in the file.
pub(super) struct Stored {
    row: BlobRow,
    family: i64,
    sealed: Bytes,
}

/// An artifact whose content has its name.
pub(super) struct Opened {
    row: BlobRow,
    family: i64,
    content: Bytes,
    sketch: Sketch,
    /// Bytes that it takes in the file.
    stored: usize,
}

/// A delta that may take the place of an artifact's content.
pub(super) struct Made {
    pub(super) of: BlobRow,
    pub(super) source: BlobRow,
    pub(super) delta: MadeDelta,
}

/// Reads an artifact, if it still stands whole.
pub(super) fn read(tx: &ReadTx, whole: &Whole) -> Result<Option<Stored>, DatabaseError> {
    let Some(row) = tx.blob(whole.rid)? else { return Ok(None) };
    if row.source.is_some() || row.shunned {
        return Ok(None);
    }
    let stored = tx.stored(whole.rid)?;
    Ok(stored.map(|sealed| Stored { row, family: whole.family, sealed }))
}

/// Opens an artifact, if it is not damaged.
pub(super) fn opened(artifact: &Stored) -> Option<Opened> {
    let Stored { row, family, sealed } = artifact;
    let size = usize::try_from(row.size?).ok()?;
    let content = envelope::open(sealed, size).ok()?;
    let sound = content.len() == size && row.name.verify(&content);
    sound.then(|| {
        let (sketch, stored) = (Sketch::of(&content), sealed.len());
        Opened { row: *row, family: *family, content: content.into(), sketch, stored }
    })
}

/// Artifacts in the order of their families.
#[derive(Default)]
pub(super) struct Neighbourhood {
    artifacts: Vec<Opened>,
    /// How many of these are there as sources only: they had their turn.
    done: usize,
}

impl Neighbourhood {
    pub(super) fn extend(&mut self, artifacts: impl Iterator<Item = Opened>) {
        self.artifacts.extend(artifacts);
    }

    /// Those whose turn has come, each with those that it is compared with.
    pub(super) fn newcomers(&self) -> Vec<Newcomer<'_>> {
        let place = |at| {
            let before = self.artifacts.get(at - NEIGHBOURS.min(at)..at).unwrap_or_default();
            self.artifacts.get(at).map(|artifact| Newcomer { artifact, before })
        };
        (self.done..self.artifacts.len()).filter_map(place).collect()
    }

    /// Keeps only what the next artifacts are compared with, and of that the nearest if it is
    /// large.
    pub(super) fn forget_distant(&mut self) {
        let mut room = COMPACT_CONTENT;
        let near = |artifact: &&Opened| match room.checked_sub(artifact.content.len()) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        };
        let near = self.artifacts.iter().rev().take(NEIGHBOURS).take_while(near).count().max(1);
        self.artifacts.drain(..self.artifacts.len().saturating_sub(near));
        self.done = self.artifacts.len();
    }
}

/// An artifact beside its neighbours, the nearest last.
pub(super) struct Newcomer<'a> {
    artifact: &'a Opened,
    before: &'a [Opened],
}

impl Newcomer<'_> {
    /// The best delta of a neighbour, if one pays.
    pub(super) fn make(&self) -> Option<Made> {
        let Opened { row, family, content, sketch, stored } = self.artifact;
        let may = |source: &&Opened| {
            source.family == *family
                && source.row.rid != row.rid
                && may_build_upon(row.private, &source.row)
                && sketch.resembles(&source.sketch)
        };
        let sources = || self.before.iter().rev().filter(may);
        let contents = sources().map(|source| (source.row.rid, source.content.as_ref()));
        let delta = best_delta(content, *stored, contents)?;
        let source = sources().find(|source| source.row.rid == delta.source)?.row;
        Some(Made { of: *row, source, delta })
    }
}
