//! How an artifact that was made here is named and received.

use outcrop_format::hash::{Algorithm, HashName};

use super::{Author, Written};
use crate::crosslink::LinkError;
use crate::receive::{Arrival, Incoming, Origin, Payload, ReceiveError, Receiver};
use crate::tx::{DatabaseError, ReadTx, WriteTx};

/// Receives what is made here, from one author.
pub(super) struct Store<'a> {
    tx: &'a WriteTx,
    receiver: Receiver<'a>,
    naming: Naming,
    private: bool,
}

impl<'a> Store<'a> {
    pub(super) fn new(
        tx: &'a WriteTx,
        author: Author<'_>,
        naming: Naming,
        private: bool,
    ) -> Result<Self, DatabaseError> {
        let user = tx.user_id(author.login)?;
        let origin = Origin { user, at: author.at, nonce: None, address: None };
        Ok(Self { tx, receiver: tx.receiver(origin), naming, private })
    }

    /// Stores an artifact, unless it is there.
    pub(super) fn put(&mut self, content: &[u8]) -> Result<Written, ReceiveError> {
        let name = self.naming.name(self.tx, content)?;
        let payload = Payload::Plain(content);
        let incoming = Incoming { name, source: None, payload, private: self.private };
        let receipt = self.receiver.receive(&incoming)?;
        if receipt.arrival == Arrival::Stored && !self.private {
            self.tx.make_unsent(receipt.rid)?;
        }
        Ok(Written { rid: receipt.rid, name })
    }

    /// Tells the rest of the repository what all that was stored means, last of all `written`.
    pub(super) fn finish(self, written: &Written) -> Result<(), LinkError> {
        self.receiver.finish()?;
        Ok(self.tx.deltify_predecessors(written.rid)?)
    }
}

/// How new artifacts are named, looked up once for all that are made together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Naming {
    algorithm: Algorithm,
    /// What is here under a name of this kind keeps it.
    accepted: Option<Algorithm>,
}

impl Naming {
    /// What the hash policy says.
    pub(super) fn of(tx: &ReadTx) -> Result<Self, DatabaseError> {
        let policy = tx.hash_policy()?;
        Ok(Self { algorithm: policy.naming(), accepted: policy.also_known_by() })
    }

    /// The name that an artifact has or gets here.
    pub(super) fn name(self, tx: &ReadTx, content: &[u8]) -> Result<HashName, DatabaseError> {
        if let Some(accepted) = self.accepted {
            let name = HashName::of(accepted, content);
            if tx.rid_of(&name)?.is_some() {
                return Ok(name);
            }
        }
        Ok(HashName::of(self.algorithm, content))
    }
}

impl ReadTx {
    /// A setting that is on or off.
    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, DatabaseError> {
        let value = self.setting(name)?.unwrap_or_default();
        let is = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(&value));
        let (on, off) = (is(["on", "yes", "true", "1"]), is(["off", "no", "false", "0"]));
        Ok(on || (default && !off))
    }
}
