//! How deep the deltas get that come one at a time.
//!
//! Whoever pushes each check-in when it is made sends it as a change of the one before. Stored so, the
//! last of them builds upon all the others, and each push would have to expand them all. So a delta
//! that would stand too high is not stored: the artifact, which is expanded by then, is stored as a
//! change of what the others build upon in the end.

use std::borrow::Cow;
use std::collections::HashMap;

use outcrop_format::envelope;

use super::open::{Opened, Source, seal};
use super::{Incoming, ReceiveError, Receiver};
use crate::content::ContentError;
use crate::deltify::{best_delta, may_build_upon};
use crate::id::Rid;
use crate::limits::{DELTA_CHAIN, LOWERED_CONTENT, REMOTE_DELTA};
use crate::tx::DatabaseError;

/// What an artifact builds upon.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// How many deltas are between the two.
    height: usize,
    /// The artifact that stands by itself.
    foot: Rid,
}

/// The places of artifacts that were built upon.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<Rid, Place>);

impl Receiver<'_> {
    /// What is to be stored of an artifact, if it is a delta and would stand too high.
    pub(super) fn lowered<'a>(
        &mut self,
        incoming: &Incoming<'_>,
        opened: Opened<'a>,
    ) -> Result<Opened<'a>, ReceiveError> {
        let (Source::Row(source), Some(content)) = (&opened.source, &opened.content) else {
            return Ok(opened);
        };
        if content.len() > LOWERED_CONTENT {
            return Ok(opened);
        }
        let place = self.place_of(*source)?;
        if place.height < DELTA_CHAIN {
            return Ok(opened);
        }
        let short = self.change_of_foot(incoming, place.foot, content)?;
        let (stored, source) = match short {
            Some(stored) => (stored, Source::Row(place.foot)),
            None => (seal(&incoming.name, content)?, Source::None),
        };
        Ok(Opened { stored: Cow::Owned(stored), source, ..opened })
    }

    /// An artifact as a change of another, if it has not become too different.
    fn change_of_foot(
        &self,
        incoming: &Incoming<'_>,
        foot: Rid,
        content: &[u8],
    ) -> Result<Option<Vec<u8>>, ReceiveError> {
        let Some(row) = self.tx.blob(foot)? else { return Ok(None) };
        if !may_build_upon(incoming.private, &row) {
            return Ok(None);
        }
        let old = match self.tx.content(foot) {
            Ok(old) => old,
            Err(ContentError::Database(error)) => return Err(error.into()),
            Err(_) => return Ok(None),
        };
        // A new delta is proven before it counts; so is what it is made of.
        if !row.name.verify(&old) {
            return Ok(None);
        }
        let made = best_delta(content, content.len(), [(foot, &*old)].into_iter());
        let made = made.map(|made| made.sealed);
        Ok(made.filter(|sealed| {
            envelope::declared_len(sealed).is_some_and(|len| len <= content.len() / REMOTE_DELTA)
        }))
    }

    /// Follows the deltas of an artifact that is held.
    fn place_of(&mut self, rid: Rid) -> Result<Place, DatabaseError> {
        let (mut at, mut height) = (rid, 0);
        let mut place = None;
        while place.is_none() {
            place = self.places.0.get(&at).copied();
            let link = if place.is_none() { self.tx.delta_link(at)? } else { None };
            match link.and_then(|link| link.source).and_then(Rid::new) {
                Some(source) => (at, height) = (source, height + 1),
                None => break,
            }
        }
        let place = place.unwrap_or(Place { height: 0, foot: at });
        let place = Place { height: place.height + height, ..place };
        self.places.0.insert(rid, place);
        Ok(place)
    }
}
