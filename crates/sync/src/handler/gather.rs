//! A batch of a clone, read and written.
//!
//! Most artifacts are deltas, and most build upon one that comes later in the same batch. So all rows of
//! a batch are read before any is written: then the names of most sources are known, and need not be
//! looked up one by one, each in another part of the file.

use std::ops::ControlFlow;

use bytes::Bytes;
use outcrop_format::hash::{Algorithm, HashName};
use outcrop_repo::Rid;
use outcrop_repo::tx::{DatabaseError, PlainRow, ReadTx};
use outcrop_xfer::card::artifact::Cfile;
use outcrop_xfer::{Card, Payload, Writer};

use super::batches::Batch;

/// Content of so many bytes is kept in one piece, and given back as it is written.
const PIECE: usize = 64 * 1024;

/// Content of this size and above is not copied again.
const LARGE: usize = 32 * 1024;

/// About what a card has beside its names and its content.
const CARD: usize = 20;

/// Rows in a row whose content is in one piece.
#[derive(Default)]
struct Piece {
    rows: Vec<Row>,
    content: Vec<u8>,
}

/// A row that was read.
struct Row {
    name: HashName,
    size: u32,
    source: Option<Rid>,
    content: Content,
}

/// Where the content of a row is.
enum Content {
    /// The next so many bytes of its piece.
    Next(usize),
    Own(Bytes),
}

/// The rows of a batch.
struct Staged {
    pieces: Vec<Piece>,
    names: Vec<(Rid, HashName)>,
    /// The artifact that comes next; 0 if there is none.
    next: u32,
}

/// Reads and writes a batch of all that is held, about as large as `budget`.
pub(super) fn gather(tx: &ReadTx, first: u32, budget: usize) -> Result<Batch, DatabaseError> {
    let Staged { pieces, names, next } = Staged::read(tx, first, budget)?;
    let mut out = Writer::new();
    let (mut deltas, mut has_sha3) = (0, false);
    for Piece { rows, content } in pieces {
        let mut rest = &content[..];
        for row in rows {
            let source = match row.source {
                Some(rid) => name_of(tx, &names, rid)?,
                None => None,
            };
            let content = match row.content {
                Content::Next(len) => {
                    let (content, after) = rest.split_at_checked(len).unwrap_or((rest, &[]));
                    rest = after;
                    Payload::Borrowed(content)
                }
                Content::Own(content) => Payload::Shared(content),
            };
            deltas += u64::from(source.is_some());
            has_sha3 |= row.name.algorithm() == Algorithm::Sha3;
            out.push(&Card::Cfile(Cfile { name: row.name, source, size: row.size, content }));
        }
    }
    let artifacts = names.len() as u64;
    Ok(Batch { cards: out.finish(), next, artifacts, deltas, has_sha3 })
}

/// The name in a row, which most often was read with the batch.
fn name_of(
    tx: &ReadTx,
    names: &[(Rid, HashName)],
    rid: Rid,
) -> Result<Option<HashName>, DatabaseError> {
    let found = names.binary_search_by_key(&rid, |(rid, _)| *rid).ok();
    match found.and_then(|at| names.get(at)) {
        Some((_, name)) => Ok(Some(*name)),
        None => tx.name_in(rid),
    }
}

impl Staged {
    fn read(tx: &ReadTx, first: u32, budget: usize) -> Result<Self, DatabaseError> {
        let mut staged = Self { pieces: vec![Piece::default()], names: Vec::new(), next: 0 };
        let mut bytes = 0;
        tx.walk_rows(first, |row| {
            // Whatever the limits are, a batch is a step ahead.
            if bytes > 0 && bytes >= budget {
                staged.next = u32::try_from(row.rid.get()).unwrap_or(0);
                return ControlFlow::Break(());
            }
            if let Ok(size) = u32::try_from(row.size) {
                let names = if row.source.is_some() { 2 } else { 1 };
                bytes += CARD + names * row.name.to_hex().len() + row.sealed.len();
                staged.take(&row, size);
            }
            ControlFlow::Continue(())
        })?;
        Ok(staged)
    }

    fn take(&mut self, row: &PlainRow<'_>, size: u32) {
        let PlainRow { rid, name, sealed, source, .. } = *row;
        self.names.push((rid, name));
        let is_large = sealed.len() >= LARGE;
        let is_full = |piece: &mut Piece| piece.content.len() + sealed.len() > PIECE;
        if !is_large && self.pieces.last_mut().is_none_or(is_full) {
            let content = Vec::with_capacity(PIECE);
            self.pieces.push(Piece { rows: Vec::new(), content });
        }
        let Some(piece) = self.pieces.last_mut() else { return };
        let content = if is_large {
            Content::Own(Bytes::copy_from_slice(sealed))
        } else {
            piece.content.extend_from_slice(sealed);
            Content::Next(sealed.len())
        };
        piece.rows.push(Row { name, size, source, content });
    }
}
