//! Storing what a clone brings, as it comes.
//!
//! A clone takes artifacts by the hundred thousand, and nobody reads them before all have come. So
//! nothing is expanded on the way in: each goes into the file as it came, and
//! [`complete_clone`](crate::tx::WriteTx::complete_clone) hashes all of them, on all cores, before
//! any of them counts.
//!
//! What costs a little for each costs much for all. So one statement stores an artifact, and what
//! need not be asked for each is asked once; a clone that has just begun is
//! [indexed in the end](crate::tx::WriteTx::index_later). A delta often comes before what it applies
//! to, most often by little: who builds upon whom is written down when a batch has come, by
//! [`Receiver::settle_stowed`], or when batches become real, by [`CloneNames::settle`](super::CloneNames::settle).

use outcrop_format::envelope;
use outcrop_format::hash::{Algorithm, HashName};

use super::names::{Delta, Known};
use super::{Arrival, Incoming, Payload, Receipt, ReceiveError, Receiver};
use crate::id::Rid;
use crate::maps::Map;
use crate::tx::DatabaseError;

/// What has been stowed since the last time that it was settled.
#[derive(Debug, Default)]
pub(super) struct Stowed {
    /// What is asked once.
    standing: Option<Standing>,
    /// Rows of what has come, where the file has an index.
    rows: Map<HashName, Rid>,
    /// Deltas among it. Where there is no index, whoever knows the names has them.
    deltas: Vec<Delta>,
}

#[derive(Debug, Clone, Copy)]
struct Standing {
    anything_shunned: bool,
    anything_private: bool,
}

impl Receiver<'_> {
    /// Takes an artifact of a clone in, however it is named, of which the server says that it has
    /// `size` bytes. Only [`complete_clone`](crate::tx::WriteTx::complete_clone) tells whether it is
    /// what it is called. Call [`settle_stowed`](Self::settle_stowed) before the transaction is
    /// committed; where this fails because of the database, it should not be.
    ///
    /// A payload that is not sealed is [received](Self::receive) in the usual way.
    pub fn stow(&mut self, incoming: &Incoming<'_>, size: usize) -> Result<Receipt, ReceiveError> {
        let Payload::Sealed(sealed) = incoming.payload else { return self.receive(incoming) };
        let name = incoming.name;
        let limit = self.max_content;
        // Whatever is too short to declare anything is found out when it is opened.
        for size in [size, envelope::declared_len(sealed).unwrap_or(0)] {
            if size > limit {
                return Err(ReceiveError::TooLarge { name, size, limit });
            }
        }
        if incoming.source == Some(name) {
            return Err(ReceiveError::Loop(name));
        }
        let standing = self.standing()?;
        if standing.anything_shunned {
            for name in [Some(name), incoming.source].into_iter().flatten() {
                if self.tx.is_shunned(&name)? {
                    return Err(ReceiveError::Shunned(name));
                }
            }
        }
        self.stow_row(incoming, sealed, size, standing)
    }

    fn stow_row(
        &mut self,
        incoming: &Incoming<'_>,
        sealed: &[u8],
        size: usize,
        standing: Standing,
    ) -> Result<Receipt, ReceiveError> {
        let (delivery, tx, name) = (self.delivery()?, self.tx, incoming.name);
        let is_known = self.names.as_ref().is_some_and(|names| names.of(&name) != Known::No);
        let added = if is_known { None } else { tx.add_whole_blob(&name, delivery, size, sealed)? };
        let (rid, arrival) = match added {
            Some(rid) => (rid, Arrival::Stored),
            // It has a row already: that of a phantom, or it has come before.
            None => match self.known(&name)? {
                Known::Phantom(rid) => {
                    tx.fill_blob(rid, delivery, size, sealed, None)?;
                    (rid, Arrival::Stored)
                }
                Known::Here(rid) => (rid, Arrival::Known),
                Known::No => (tx.add_phantom(&name, incoming.private)?, Arrival::Pending),
            },
        };
        if arrival == Arrival::Stored {
            match &mut self.names {
                Some(names) => names.add(name, rid, size, sealed),
                None => drop(self.stowed.rows.insert(name, rid)),
            }
            if let Some(source) = incoming.source {
                let delta = Delta { rid, source, private: incoming.private };
                match &mut self.names {
                    Some(names) => names.wait(delta),
                    None => self.stowed.deltas.push(delta),
                }
            }
        }
        if incoming.private && arrival == Arrival::Stored {
            tx.make_private(rid)?;
            self.stowed.standing = Some(Standing { anything_private: true, ..standing });
        } else if !incoming.private && standing.anything_private {
            tx.make_public(rid)?;
        }
        let naming = name.algorithm();
        if naming == Algorithm::Sha3 && !self.naming_adopted {
            tx.adopt_naming(naming, self.origin.at)?;
            self.naming_adopted = true;
        }
        Ok(Receipt { rid, arrival, released: Vec::new(), refuted: Vec::new() })
    }

    fn standing(&mut self) -> Result<Standing, DatabaseError> {
        if let Some(standing) = self.stowed.standing {
            return Ok(standing);
        }
        self.tx.work_in_bulk()?;
        let standing = Standing {
            anything_shunned: self.tx.has_shunned()?,
            anything_private: self.tx.has_private()?,
        };
        self.stowed.standing = Some(standing);
        Ok(standing)
    }

    /// Writes down what the deltas among what was stowed apply to, where the file has an index. What has
    /// not come yet is a phantom from then on. Where it has none,
    /// [`CloneNames::settle`](super::CloneNames::settle) does so.
    pub fn settle_stowed(&mut self) -> Result<(), DatabaseError> {
        let Stowed { standing: _, rows, deltas } = std::mem::take(&mut self.stowed);
        let mut sources = Vec::with_capacity(deltas.len());
        for Delta { rid, source, private } in deltas {
            let source = match rows.get(&source) {
                Some(row) => *row,
                None => match self.tx.rid_of(&source)? {
                    Some(row) => row,
                    None => self.tx.add_phantom(&source, private)?,
                },
            };
            sources.push((rid, source));
        }
        self.tx.set_first_sources(&sources)
    }

    /// What is here under a name.
    fn known(&self, name: &HashName) -> Result<Known, DatabaseError> {
        if let Some(names) = &self.names {
            return Ok(names.of(name));
        }
        Ok(match self.tx.blob_named(name)? {
            None => Known::No,
            Some(row) if row.is_phantom() => Known::Phantom(row.rid),
            Some(row) => Known::Here(row.rid),
        })
    }
}
