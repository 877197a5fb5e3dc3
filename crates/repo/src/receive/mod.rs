//! The one way in: how an artifact becomes part of the repository.
//!
//! A peer says "this is the artifact of that name". [`Receiver::receive`] believes nothing: it
//! opens the content within a limit, applies the delta if it is one, hashes the result, and only
//! what has its name is stored. What has not is refused, with nothing stored.
//!
//! A delta is stored as it came, unless it would stand upon too many others: see `chain.rs`.
//!
//! # Deltas that come before their source
//!
//! They cannot be checked yet. The source becomes a *phantom* and the delta is kept as *pending*:
//! it is in the file, but it does not count as held, nor does anything that builds upon it, since
//! its [`Availability`] leads to a phantom. When the source arrives,
//! all that waits for it is expanded and hashed, step by step up the deltas. What does not have its
//! name then becomes a phantom itself.
//!
//! ```text
//!              delta, source unknown                  source arrives, hash is right
//!   unknown ────────────────────────────► pending ────────────────────────────────► held
//!      │                                   │   ▲                                      ▲
//!      │ named as source                   │   │ delta, source unknown                │
//!      └────────────► phantom ◄────────────┘   │                                      │
//!                        │        wrong hash   │                                      │
//!                        └─────────────────────┴──── content, hash is right ──────────┘
//! ```
//!
//! A pending delta may be in the way: the source of what it waits for, which a peer sends as a delta of
//! it, because it has the two the other way round by now. Then it is given up, and becomes a phantom:
//! asked for again, it comes as a change of something else, or whole.
//!
//! What a clone brings is not looked at before all of it is here: [`Receiver::stow`].
//!
//! Storing is not all: what an artifact means to others is told by linking it. So the last thing to
//! do is [`Receiver::finish`], which links all that is held from now on.

mod chain;
mod error;
mod names;
mod open;
mod small;
mod store;
mod stow;

use outcrop_format::hash::{Algorithm, HashName};

pub use error::ReceiveError;
pub use names::CloneNames;
pub(crate) use small::SmallRows;

use crate::artifact::Moment;
use crate::blob::BlobRow;
use crate::content::Availability;
use crate::crosslink::{LinkError, Linked};
use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::MAX_CONTENT;
use crate::tx::{DatabaseError, WriteTx};
use chain::Places;
use stow::Stowed;

/// Where artifacts come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The user, by `user.uid`.
    pub user: Option<i64>,
    /// When.
    pub at: Moment,
    /// The nonce of the login. Each can be used once only.
    pub nonce: Option<String>,
    /// The network address of the peer.
    pub address: Option<String>,
}

/// An artifact that someone says to have.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The name that the content is said to have.
    pub name: HashName,
    /// If the payload is a delta, what it applies to.
    pub source: Option<HashName>,
    /// The content, or a delta.
    pub payload: Payload<'a>,
    /// Whether it is to be kept from those who may not see what is private. Without this, an
    /// artifact that was private becomes public, once the payload has proved to be its content.
    pub private: bool,
}

/// Bytes as they come.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// The bytes themselves.
    Plain(&'a [u8]),
    /// In an envelope, which is stored as it is.
    Sealed(&'a [u8]),
}

/// What became of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its row.
    pub rid: Rid,
    /// Whether it is held now.
    pub arrival: Arrival,
    /// Artifacts that had waited for this one and are held from now on.
    pub released: Vec<Rid>,
    /// Artifacts that had waited for this one, and what was wrong with them. They are phantoms now.
    pub refuted: Vec<(HashName, Damage)>,
}

/// Whether an artifact that came is held now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// It is, and was not before.
    Stored,
    /// It was held, or pending, already.
    Known,
    /// It waits for content that is yet to come.
    Pending,
    /// It waits for content that was pending too, had waited for this artifact, and is given up.
    /// There is no more here than before.
    Turned,
}

impl Arrival {
    /// Whether there is more here than before.
    #[must_use]
    pub const fn is_gain(self) -> bool {
        matches!(self, Self::Stored | Self::Pending)
    }
}

/// Receives artifacts from one origin.
#[derive(Debug)]
pub struct Receiver<'a> {
    pub(crate) tx: &'a WriteTx,
    origin: Origin,
    /// The origin's row, once something has come.
    delivery: Option<i64>,
    /// What became available.
    held: Vec<Rid>,
    pub(crate) max_content: usize,
    /// Whether the sender may see what is private.
    sees_private: bool,
    /// Whether the policy for names of new artifacts counts.
    minds_naming: bool,
    /// That policy follows from an artifact that has come.
    naming_adopted: bool,
    /// What a clone has brought and is not settled yet.
    stowed: Stowed,
    /// What it has got, as long as the file has no index over that.
    names: Option<CloneNames>,
    /// How high what has been built upon stands.
    places: Places,
}

impl WriteTx {
    /// Begins to receive artifacts.
    #[must_use]
    pub fn receiver(&self, origin: Origin) -> Receiver<'_> {
        Receiver {
            tx: self,
            origin,
            delivery: None,
            held: Vec::new(),
            max_content: MAX_CONTENT,
            sees_private: true,
            minds_naming: true,
            naming_adopted: false,
            stowed: Stowed::default(),
            names: None,
            places: Places::default(),
        }
    }
}

impl<'a> Receiver<'a> {
    /// The transaction that receives.
    pub(crate) const fn transaction(&self) -> &'a WriteTx {
        self.tx
    }

    /// Refuses artifacts of more bytes than this.
    #[must_use]
    pub fn with_max_content(mut self, limit: usize) -> Self {
        self.max_content = limit.min(MAX_CONTENT);
        self
    }

    /// Takes nothing that builds upon what is private and held here: for a sender who may not see
    /// that. What a delta makes of it, and whether it fits, would tell of the content; and a delta
    /// that copies all of it would pass for the content itself.
    #[must_use]
    pub const fn without_private(mut self) -> Self {
        self.sees_private = false;
        self
    }

    /// Takes artifacts in however they are named, as a clone does: whatever the project's policy
    /// says of new ones, it has these. `names` are those of a file that has
    /// [no index yet](WriteTx::index_later); [`names`](Self::names) gives them back.
    #[must_use]
    pub fn of_clone(mut self, names: Option<CloneNames>) -> Self {
        self.minds_naming = false;
        self.names = names;
        self
    }

    /// The names that were handed over, and what has come since; none if the file has its index now.
    pub fn names(&mut self) -> Option<CloneNames> {
        self.names.take()
    }

    /// Has the file be asked by name: what is in it is indexed, unless it is.
    pub fn index(&mut self) -> Result<(), DatabaseError> {
        self.settle_stowed()?;
        match self.names.take() {
            Some(mut names) => {
                names.settle(self.tx)?;
                self.tx.index_artifacts()
            }
            None => Ok(()),
        }
    }

    /// Takes an artifact in.
    pub fn receive(&mut self, incoming: &Incoming<'_>) -> Result<Receipt, ReceiveError> {
        // What it builds upon may be among what was stowed.
        self.index()?;
        let name = incoming.name;
        if self.is_unwanted(&name)? {
            return Err(ReceiveError::Shunned(name));
        }
        let known = self.tx.blob_named(&name)?;
        if let Some(row) = known.filter(|row| !row.is_phantom())
            && self.tx.availability(row.rid)? == Availability::Held
        {
            // Only who has the content may make it public: to know its name is not enough.
            let publishes = row.private && !incoming.private;
            let has_content = publishes && self.open(incoming, known.as_ref())?.content.is_some();
            return self.already_known(&row, has_content);
        }
        let opened = self.open(incoming, known.as_ref())?;
        match (known, &opened.content) {
            // One pending delta is as good as another.
            (Some(row), None) if !row.is_phantom() => self.already_known(&row, false),
            _ => {
                let opened = self.lowered(incoming, opened)?;
                self.in_step(|receiver| receiver.store(incoming, known.as_ref(), opened))
            }
        }
    }

    /// Links what has become available: tells what check-ins, tags, wiki pages and all the others
    /// mean to the rest of the repository. Without this the transaction should not be committed.
    pub fn finish(mut self) -> Result<Linked, LinkError> {
        self.settle_stowed()?;
        #[cfg(outcrop_planted)]
        self.tx.commit_half()?;
        self.tx.link(&self.held)
    }

    /// Does `work` wholly or not at all.
    pub(crate) fn in_step<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, ReceiveError>,
    ) -> Result<T, ReceiveError> {
        let (tx, delivery, held) = (self.tx, self.delivery, self.held.len());
        let done = tx.step(|| work(self));
        if done.is_err() {
            // Its row may be gone with the rest.
            self.delivery = delivery;
            self.held.truncate(held);
            // Nor may anything be found by the number of a row that is gone.
            self.places = Places::default();
        }
        done
    }

    /// Whether artifacts of this name are not to be stored.
    fn is_unwanted(&self, name: &HashName) -> Result<bool, DatabaseError> {
        let naming = name.algorithm();
        // Only one kind of name is ever shunned, so the others need not be looked up.
        if self.minds_naming
            && naming == Algorithm::Sha1
            && self.tx.stored_hash_policy()?.is_some_and(|policy| policy.shuns(naming))
        {
            return Ok(true);
        }
        self.tx.is_shunned(name)
    }

    fn already_known(&self, row: &BlobRow, publish: bool) -> Result<Receipt, ReceiveError> {
        if publish {
            self.tx.publish(row.rid)?;
        }
        let (released, refuted) = (Vec::new(), Vec::new());
        Ok(Receipt { rid: row.rid, arrival: Arrival::Known, released, refuted })
    }
}
