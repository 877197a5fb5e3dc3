//! Many artifacts that have just arrived: each is expanded once, on all cores.
//!
//! They are linked in the order of their numbers, but mostly the older ones build upon the newer ones.
//! Expanded in that order, each would be expanded anew for all that build upon it, unless it happens
//! to be cached: a pull of twice as much would take four times as long. So they are walked over first,
//! sources before deltas, and surveyed as in a rebuild.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;

use super::LinkError;
use super::late::take_rest;
use super::linker::Linker;
use super::pairs::Pairs;
use super::survey::{Survey, look, take};
use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::INFLUX_SOURCES;
use crate::tx::{DatabaseError, DeltaLink, ReadTx};
use crate::walk::{self, Bounds, Forest, NodeId, Parcel, Reader};

/// Artifacts that have arrived, and what they build upon.
pub(super) struct Influx {
    /// Those that build upon each other.
    forest: Forest,
    /// Those that build upon what was here before.
    upon: BTreeMap<Rid, Vec<NodeId>>,
}

impl Linker<'_> {
    /// Links artifacts that have arrived, in this order, and what had waited for them.
    pub(super) fn link_influx(&mut self, arrived: &[Rid]) -> Result<(), LinkError> {
        let basket = (Survey::default(), Pairs::default());
        let take = |(survey, pairs): &mut _, seen| take(survey, pairs, &self.names, seen);
        let (survey, pairs) = Influx::of(self.tx, arrived)?.walk(self.tx, look, basket, take)?;
        let Survey { mut meanings, mut ready } = survey;
        take_rest(&mut ready, pairs, self)?;
        self.ready = ready;
        meanings.settle();
        for rid in arrived {
            self.publish_file(*rid)?;
            if let Some(meaning) = meanings.get(rid.get()) {
                self.link_arrived(rid.get(), meaning)?;
            }
        }
        Ok(())
    }
}

impl Influx {
    /// Finds out what some artifacts build upon. They are in the order of their numbers.
    pub(super) fn of(tx: &ReadTx, arrived: &[Rid]) -> Result<Self, DatabaseError> {
        let mut links = Vec::with_capacity(arrived.len());
        let mut upon: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for rid in arrived {
            let Some(mut link) = tx.delta_link(*rid)? else { continue };
            let source = link.source.and_then(Rid::new);
            if let Some(source) = source.filter(|source| arrived.binary_search(source).is_err()) {
                let node = NodeId::try_from(links.len()).unwrap_or(NodeId::MAX);
                upon.entry(source).or_default().push(node);
                link = DeltaLink { source: None, ..link };
            }
            links.push(link);
        }
        Ok(Self { forest: Forest::new(&links), upon })
    }

    /// Expands them, does the `task` on them, on all cores, and puts what comes of it into a `basket`.
    pub(super) fn walk<T: Send, B>(
        self,
        tx: &ReadTx,
        task: impl Fn(&Parcel, &[Result<Bytes, Damage>], &Forest) -> T + Sync,
        basket: B,
        put: impl FnMut(&mut B, T),
    ) -> Result<B, DatabaseError> {
        let Self { forest, upon } = self;
        let tied: HashSet<_> = upon.values().flatten().copied().collect();
        let free = walk::roots(&forest).filter(|root| !tied.contains(root)).collect();
        let bounds = Bounds { kept_sources: INFLUX_SOURCES, ..Bounds::USUAL };
        let mut reader = Reader::new(tx, &forest, bounds, free);
        for (source, children) in upon {
            reader.begin_at(source, children);
        }
        let task =
            |parcel: &Parcel, contents: &[Result<Bytes, Damage>]| task(parcel, contents, &forest);
        walk::walk(&mut reader, task, || Ok(basket), put)
    }
}
