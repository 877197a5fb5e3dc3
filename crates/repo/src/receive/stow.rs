//! Storing what a clone brings, as it comes.
//!
//! A clone takes artifacts by the hundred thousand, and nobody reads them before all have come. So
//! nothing is expanded on the way in: each goes into the file as it came, and
//! [`complete_clone`](crate::tx::WriteTx::complete_clone) hashes all of them, on all cores, before
//! any of them counts.

use outcrop_format::envelope;
use outcrop_format::hash::{Algorithm, HashName};

use super::{Arrival, Incoming, Payload, Receipt, ReceiveError, Receiver};
use crate::id::Rid;

impl Receiver<'_> {
    /// Takes an artifact of a clone in, of which the server says that it has `size` bytes. Only
    /// [`complete_clone`](crate::tx::WriteTx::complete_clone) tells whether it is what it is called.
    ///
    /// A payload that is not sealed is [received](Self::receive) in the usual way.
    pub fn stow(&mut self, incoming: &Incoming<'_>, size: usize) -> Result<Receipt, ReceiveError> {
        let Payload::Sealed(sealed) = incoming.payload else { return self.receive(incoming) };
        let name = incoming.name;
        if self.is_unwanted(&name)? {
            return Err(ReceiveError::Shunned(name));
        }
        let limit = self.max_content;
        // Whatever is too short to declare anything is found out when it is opened.
        for size in [size, envelope::declared_len(sealed).unwrap_or(0)] {
            if size > limit {
                return Err(ReceiveError::TooLarge { name, size, limit });
            }
        }
        self.in_step(|receiver| receiver.stow_row(incoming, sealed, size))
    }

    fn stow_row(
        &mut self,
        incoming: &Incoming<'_>,
        sealed: &[u8],
        size: usize,
    ) -> Result<Receipt, ReceiveError> {
        let delivery = self.delivery()?;
        let source = incoming.source.map(|source| self.row_of_source(incoming, source));
        let source = source.transpose()?;
        let (tx, mut arrival) = (self.tx, Arrival::Stored);
        let rid = match tx.add_whole_blob(&incoming.name, delivery, size, sealed)? {
            Some(rid) => {
                if let Some(source) = source {
                    tx.set_first_source(rid, source)?;
                }
                rid
            }
            // It has a row already: that of a phantom, or it has come before.
            None => match tx.blob_named(&incoming.name)? {
                Some(row) if row.is_phantom() => {
                    tx.fill_blob(row.rid, delivery, size, sealed, source)?;
                    row.rid
                }
                Some(row) => {
                    arrival = Arrival::Known;
                    row.rid
                }
                None => tx.add_phantom(&incoming.name, incoming.private)?,
            },
        };
        if incoming.private && arrival == Arrival::Stored {
            tx.make_private(rid)?;
        } else if !incoming.private {
            tx.make_public(rid)?;
        }
        let naming = incoming.name.algorithm();
        if naming == Algorithm::Sha3 && !self.naming_adopted {
            tx.adopt_naming(naming, self.origin.at)?;
            self.naming_adopted = true;
        }
        Ok(Receipt { rid, arrival, released: Vec::new(), refuted: Vec::new() })
    }

    /// The row of what a delta applies to, which may be yet to come.
    fn row_of_source(
        &self,
        incoming: &Incoming<'_>,
        source: HashName,
    ) -> Result<Rid, ReceiveError> {
        if source == incoming.name {
            return Err(ReceiveError::Loop(source));
        }
        if let Some(rid) = self.tx.rid_of(&source)? {
            return Ok(rid);
        }
        if self.is_unwanted(&source)? {
            return Err(ReceiveError::Shunned(source));
        }
        Ok(self.tx.add_phantom(&source, incoming.private)?)
    }
}
