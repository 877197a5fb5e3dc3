//! Everything, for one who has nothing: `clone`.

use std::ops::ControlFlow;

use bytes::Bytes;
use outcrop_format::envelope;
use outcrop_format::hash::HashName;
use outcrop_format::planted;
use outcrop_repo::tx::StoredArtifact;
use outcrop_xfer::card::artifact::{Cfile, Private};
use outcrop_xfer::card::session::{Clone, CloneSeqno};
use outcrop_xfer::{Card, MediaType};

use super::error::{Step, Stop};
use super::round::Round;
use crate::caps::Permission;

/// From this version on, artifacts are sent as they are stored.
const AS_STORED: u32 = 3;

impl Round<'_> {
    pub(super) fn take_clone(&mut self, clone: Clone) -> Step {
        if !self.session.may(Permission::Clone) {
            return Err(self.refuse_clone());
        }
        if self.switch_setting("uv-sync", false)? {
            self.tell_unversioned_to_clone()?;
        }
        match clone {
            Clone::Announce => {
                self.session.announce_all = true;
                self.session.pull = true;
            }
            // Each is a step ahead, however much it is: so more of them would have no limit.
            Clone::Batch { .. } if std::mem::replace(&mut self.session.batch_sent, true) => {
                return Err(Stop::refused("multiple clone cards"));
            }
            Clone::Batch { version, seqno } => {
                if version >= AS_STORED {
                    // Its payloads are compressed already.
                    self.media = MediaType::Uncompressed;
                }
                // Before the codes: in the other order stock's client asks for a batch twice.
                let next = self.send_batch(seqno, version >= AS_STORED)?;
                let too_far = planted!(ResumeTooFar) && next != 0;
                let next = if too_far { next.saturating_add(12) } else { next };
                self.out.push(&Card::CloneSeqno(CloneSeqno { next }));
            }
        }
        self.codes.push(&mut self.out);
        Ok(())
    }

    /// Sends artifacts in the order of their rows, until there is no room left. Gives the first that
    /// was not sent; 0 if there is none.
    fn send_batch(&mut self, first: u32, as_stored: bool) -> Step<u32> {
        if as_stored && let Some(next) = self.send_known_batch(first)? {
            return Ok(next);
        }
        let tx = self.read();
        let private = self.session.send_private;
        let (mut next, mut sent_one, mut failed) = (0, false, None);
        tx.walk_stored(first, private, |stored| {
            // Whatever the limits are, a batch is a step ahead.
            if sent_one && !self.has_room() {
                next = u32::try_from(stored.rid.get()).unwrap_or(0);
                return ControlFlow::Break(());
            }
            sent_one = true;
            match self.send_from_batch(&stored, as_stored) {
                Ok(()) => ControlFlow::Continue(()),
                Err(stop) => {
                    failed = Some(stop);
                    ControlFlow::Break(())
                }
            }
        })?;
        failed.map_or(Ok(next), Err::<u32, Stop>)
    }

    /// Sends what others have got already, or will get. Gives what comes next, or `None` if it is not
    /// the same for everyone.
    fn send_known_batch(&mut self, first: u32) -> Step<Option<u32>> {
        let Some(known) = self.known_batches else { return Ok(None) };
        let Some(batch) = known.batch(self.read(), first, self.out.budget())? else {
            return Ok(None);
        };
        if batch.has_sha3 && !self.session.takes_sha3() {
            return Ok(None);
        }
        self.handled.counts.count_batch(batch.artifacts, batch.deltas);
        self.out.append(&batch.cards);
        Ok(Some(batch.next))
    }

    fn send_from_batch(&mut self, stored: &StoredArtifact, as_stored: bool) -> Step {
        if !self.session.takes(&stored.name) {
            self.tell_too_old();
            return Ok(());
        }
        if as_stored {
            return self.send_cfile(stored);
        }
        self.send_as_stored(stored).map(drop)
    }

    fn send_cfile(&mut self, stored: &StoredArtifact) -> Step {
        let Ok(size) = u32::try_from(stored.size) else { return Ok(()) };
        let builds_on_hidden = |source: &outcrop_repo::tx::StoredSource| {
            source.shunned || source.private && !stored.private
        };
        if stored.source.as_ref().is_some_and(builds_on_hidden) {
            let Some(content) = self.content_of(stored.rid)? else { return Ok(()) };
            let Ok(sealed) = envelope::seal(&content) else { return Ok(()) };
            self.push_cfile(stored, None, size, sealed.into());
        } else {
            let source = stored.source.map(|source| source.name);
            self.push_cfile(stored, source, size, stored.sealed.clone());
        }
        Ok(())
    }

    fn push_cfile(
        &mut self,
        stored: &StoredArtifact,
        source: Option<HashName>,
        size: u32,
        content: Bytes,
    ) {
        if stored.private {
            self.out.push(&Card::Private(Private));
        }
        self.handled.counts.count_sent(source.is_some());
        let content = content.into();
        self.out.push(&Card::Cfile(Cfile { name: stored.name, source, size, content }));
    }
}
