//! What is small of a clone, kept as it is stored until all has come.
//!
//! Then all artifacts are gone over, in the order in which they build upon each other: each look at the
//! file would find another page, and take longer than to keep what is there. What is large is worth it.

use bytes::Bytes;
use outcrop_format::hash::HashName;

use crate::id::Rid;
use crate::limits::{SMALL_STORED, SMALL_STORED_IN_ALL};
use crate::tx::StoredRow;

/// Bytes that are kept in one piece.
const PIECE: usize = 1 << 20;

/// Rows of small artifacts.
#[derive(Debug, Default)]
pub(crate) struct SmallRows {
    /// By number: a clone gives its artifacts numbers without gaps.
    rows: Vec<Option<Place>>,
    full: Vec<Bytes>,
    /// The piece that has room.
    last: Vec<u8>,
    bytes: usize,
}

/// Where a row is kept.
#[derive(Debug, Clone, Copy)]
struct Place {
    name: HashName,
    size: i64,
    piece: u32,
    start: u32,
    len: u32,
}

impl SmallRows {
    /// Keeps a row if it is small, and there is room.
    pub(super) fn keep(&mut self, rid: Rid, name: HashName, size: usize, stored: &[u8]) {
        let (Ok(at), Ok(size)) = (usize::try_from(rid.get()), i64::try_from(size)) else { return };
        let gap = at.saturating_add(1).saturating_sub(self.rows.len());
        let more = stored.len().saturating_add(gap.saturating_mul(size_of::<Option<Place>>()));
        let bytes = self.bytes.saturating_add(more);
        if stored.len() > SMALL_STORED || bytes > SMALL_STORED_IN_ALL {
            return;
        }
        if self.last.len() + stored.len() > PIECE {
            self.end_piece();
        }
        let start = self.last.len();
        self.last.extend_from_slice(stored);
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (piece, start, len) = (small(self.full.len()), small(start), small(stored.len()));
        if self.rows.len() <= at {
            self.rows.resize(at + 1, None);
        }
        if let Some(row) = self.rows.get_mut(at) {
            *row = Some(Place { name, size, piece, start, len });
            self.bytes = bytes;
        }
    }

    /// Nothing more comes.
    pub(super) fn end_piece(&mut self) {
        let next = Vec::with_capacity(PIECE);
        self.full.push(std::mem::replace(&mut self.last, next).into());
    }

    /// The row of an artifact, if it is kept.
    pub(crate) fn row(&self, rid: Rid) -> Option<StoredRow> {
        let Place { name, size, piece, start, len } =
            (*self.rows.get(usize::try_from(rid.get()).ok()?)?)?;
        let piece = self.full.get(piece as usize)?;
        let range = start as usize..start as usize + len as usize;
        let content = (range.end <= piece.len()).then(|| piece.slice(range))?;
        Some(StoredRow { name: name.to_string(), size, content: Some(content) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_small_is_found_again_as_far_as_there_is_room() {
        let mut rows = SmallRows::default();
        let rid = |number| Rid::new(number).unwrap();
        let content = |number: i64| {
            let len = usize::try_from(number * 7 % 1_900).unwrap();
            vec![u8::try_from(number % 251).unwrap(); len]
        };
        let name = |number| HashName::sha3_of(&content(number));
        let last = 60_000;
        for number in (1..=last).filter(|number| number % 10 != 0) {
            rows.keep(rid(number), name(number), 5, &content(number));
        }
        rows.keep(rid(10), name(10), 5, &vec![0; SMALL_STORED + 1]);
        rows.keep(rid(i64::MAX), name(10), 5, b"far away");
        rows.end_piece();
        let kept = (1..=last).filter(|number| rows.row(rid(*number)).is_some());
        assert!(kept.count() > 20_000 && rows.bytes <= SMALL_STORED_IN_ALL);
        assert!(rows.row(rid(last)).is_none() && rows.row(rid(10)).is_none());
        for number in [1, 9, 11, 15_001] {
            let row = rows.row(rid(number)).unwrap();
            assert_eq!((row.name, row.size), (name(number).to_string(), 5));
            assert_eq!(row.content.unwrap(), content(number));
        }
    }
}
