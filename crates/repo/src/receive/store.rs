//! Writing an artifact that was found good, and checking what had waited for it.

use std::borrow::Cow;

use outcrop_format::hash::HashName;
use outcrop_format::planted;

use super::open::{Opened, Source, seal};
use super::{Arrival, Incoming, Origin, Receipt, ReceiveError, Receiver};
use crate::blob::BlobRow;
use crate::content::{ContentError, expand_stored};
use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::MAX_CONTENT;
use crate::tx::DatabaseError;

impl Receiver<'_> {
    pub(super) fn store(
        &mut self,
        incoming: &Incoming<'_>,
        known: Option<&BlobRow>,
        opened: Opened<'_>,
    ) -> Result<Receipt, ReceiveError> {
        // First, since a nonce that was used before is refused here.
        let delivery = self.delivery()?;
        let (source, arrival) = match opened.source {
            Source::None => (None, Arrival::Pending),
            Source::Row(source) => (Some(source), Arrival::Pending),
            Source::New(name) => {
                (Some(self.tx.add_phantom(&name, incoming.private)?), Arrival::Pending)
            }
            Source::GivenUp(source) => {
                self.tx.make_phantom(source)?;
                (Some(source), Arrival::Turned)
            }
        };
        let rid = match known {
            Some(row) => row.rid,
            None => self.tx.add_blob(&incoming.name)?,
        };
        self.tx.fill_blob(rid, delivery, opened.size, &opened.stored, source)?;
        if known.is_some_and(|row| !row.is_phantom()) {
            // It was damaged, or waits no longer.
            self.tx.drop_expanded();
        } else {
            self.tx.cache.borrow_mut().forget(rid);
        }
        let is_whole = opened.content.is_some();
        if let Some(content) = opened.content {
            self.keep(rid, content);
        }
        if incoming.private && !planted!(ForgetPrivate) {
            self.tx.make_hidden(rid)?;
        } else if known.is_some() {
            self.tx.make_public(rid)?;
        } else {
            self.tx.make_unclustered(rid)?;
        }
        self.tx.adopt_naming(incoming.name.algorithm(), self.origin.at)?;
        let mut receipt = Receipt { rid, arrival, released: Vec::new(), refuted: Vec::new() };
        if is_whole {
            receipt.arrival = Arrival::Stored;
            self.release(&mut receipt, incoming.name)?;
            self.held.push(rid);
            self.held.extend(&receipt.released);
        }
        Ok(receipt)
    }

    /// Keeps what was opened a moment ago: what comes next mostly builds upon it, and it is linked at
    /// the end.
    fn keep(&self, rid: Rid, content: Cow<'_, [u8]>) {
        let mut cache = self.tx.cache.borrow_mut();
        if cache.takes(content.len()) {
            cache.put(rid, content.into_owned().into());
        }
    }

    /// The row that tells where things come from.
    pub(crate) fn delivery(&mut self) -> Result<i64, DatabaseError> {
        if let Some(delivery) = self.delivery {
            return Ok(delivery);
        }
        self.tx.work_on_a_batch()?;
        let Origin { user, at, nonce, address } = &self.origin;
        let delivery = self.tx.add_delivery(*user, *at, nonce.as_deref(), address.as_deref())?;
        self.delivery = Some(delivery);
        Ok(delivery)
    }

    /// Checks everything that waited for the artifact of this receipt, and what waited for that.
    fn release(&self, receipt: &mut Receipt, name: HashName) -> Result<(), ReceiveError> {
        let mut arrived = vec![(receipt.rid, name)];
        while let Some((source, name)) = arrived.pop() {
            let waiting = self.tx.deltas_of(source)?;
            if waiting.is_empty() {
                continue;
            }
            // It was checked a moment ago, and is cached unless much has come since.
            let source_content = self.tx.content(source).map_err(|cause| match cause {
                ContentError::Database(error) => error.into(),
                cause => ReceiveError::Source { name, cause },
            })?;
            for rid in waiting {
                let Some(row) = self.tx.blob(rid)? else { continue };
                match self.judge(&row, &source_content)? {
                    Ok(content) => {
                        self.settle(&row, source, content)?;
                        receipt.released.push(rid);
                        arrived.push((rid, row.name));
                    }
                    Err(damage) => {
                        self.tx.make_phantom(rid)?;
                        receipt.refuted.push((row.name, damage));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a pending delta leads to the content of its name.
    fn judge(
        &self,
        row: &BlobRow,
        source: &[u8],
    ) -> Result<Result<Vec<u8>, Damage>, DatabaseError> {
        let stored = self.tx.stored(row.rid)?;
        // It was within the limits of whoever received it.
        let expanded = expand_stored(stored.as_deref(), Some(source), MAX_CONTENT);
        Ok(expanded.and_then(|content| {
            let real = content.len() as u64;
            match row.size {
                _ if !row.name.verify(&content) => Err(Damage::WrongHash),
                Some(recorded) if recorded != real => {
                    Err(Damage::WrongSize { recorded: recorded.cast_signed(), real: content.len() })
                }
                _ => Ok(content),
            }
        }))
    }

    /// Keeps what a pending delta has led to.
    fn settle(&self, row: &BlobRow, source: Rid, content: Vec<u8>) -> Result<(), ReceiveError> {
        let from_private = self.tx.blob(source)?.is_some_and(|source| source.private);
        if from_private && !row.private {
            self.tx.store_whole(row.rid, &seal(&row.name, &content)?)?;
        }
        self.tx.cache.borrow_mut().put(row.rid, content.into());
        Ok(())
    }
}
