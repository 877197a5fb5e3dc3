//! Artifacts into a request: what the server asked for, and what it may not know of.

use bytes::Bytes;
use outcrop_format::hash::{Algorithm, HashName};
use outcrop_repo::blob::BlobRow;
use outcrop_repo::content::{Availability, ContentError};
use outcrop_repo::delta;
use outcrop_repo::tx::{Announced, ReadTx};
use outcrop_xfer::card::artifact::{File, Private};
use outcrop_xfer::card::have::Igot;
use outcrop_xfer::{Card, Writer};

use super::limits::{COMPARED, DELTA_SAVES, PAGE, SENT_AT_MOST, WORTH_A_DELTA};
use super::session::Session;
use super::state::Announcing;
use crate::SyncError;
use crate::observer::Progress;

/// The first release that knows names of SHA3.
const KNOWS_SHA3: u32 = 20_000;

/// Servers as old as this take an announcement of private content for an error.
const KNOWS_PRIVATE_IGOT: u32 = 20_200_413;

impl Session {
    /// Sends what was asked for and what was made here, and announces the rest, within the budget.
    pub(super) fn write_content(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        if matches!(self.giving.announcing, Announcing::Unbegun) {
            self.begin_to_give(tx)?;
        }
        while out.len() < self.options.max_send
            && let Some(name) = self.giving.queue.pop_front()
        {
            self.giving.queued.remove(&name);
            self.write_artifact(tx, out, name)?;
        }
        self.write_announcements(tx, out)?;
        if self.outcome.rounds == 0 && self.options.private {
            announce_private(tx, out)?;
        }
        if self.outcome.rounds >= 2 && self.giving.asked_back && !self.giving.told_clusters {
            self.giving.told_clusters = true;
            tx.announce(Announced::Clusters, |_, name| igot(out, name, false))?;
        }
        Ok(())
    }

    /// Lines up what was made here since the last push: it is sent unasked.
    fn begin_to_give(&mut self, tx: &ReadTx) -> Result<(), SyncError> {
        let mut after = None;
        loop {
            let page = tx.unsent(after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.rid);
            for member in page {
                self.line_up(member.name);
            }
        }
        self.giving.announcing = if self.options.verily {
            let mut all = Vec::new();
            tx.announce(Announced::Public, |_, name| all.push(name))?;
            Announcing::All(all)
        } else {
            Announcing::Unclustered(None)
        };
        Ok(())
    }

    /// Lines up an artifact, unless it was sent often enough.
    pub(super) fn line_up(&mut self, name: HashName) {
        let sent = self.giving.times.get(&name).copied().unwrap_or_default();
        if sent < SENT_AT_MOST && self.giving.queued.insert(name) {
            self.giving.carrying.get_or_insert_with(|| self.repo.carry_contents());
            self.giving.queue.push_back(name);
        }
    }

    fn write_artifact(
        &mut self,
        tx: &ReadTx,
        out: &mut Writer,
        name: HashName,
    ) -> Result<(), SyncError> {
        let Some(row) = tx.blob_named(&name)?.filter(|row| !row.shunned) else { return Ok(()) };
        let times = self.giving.times.entry(name).or_default();
        *times = times.saturating_add(1);
        let is_first = *times == 1;
        if row.private && !self.options.private {
            let date = self.outcome.server.and_then(|server| server.built);
            if date.is_some_and(|built| built.date >= KNOWS_PRIVATE_IGOT) {
                igot(out, name, true);
            }
            return Ok(());
        }
        self.check_age(&name)?;
        let Some(content) = content_of(tx, &row)? else { return Ok(()) };
        let delta = if is_first { self.change_of(tx, &row, &content)? } else { None };
        if row.private {
            out.push(&Card::Private(Private));
        }
        self.outcome.total.count_sent(delta.is_some());
        let (source, content) = match delta {
            Some((source, delta)) => (Some(source), delta),
            None => (None, content),
        };
        out.push(&Card::File(File { name, source, content: content.into() }));
        self.knows(name);
        self.options.observer.progress(&Progress::Sent { name });
        Ok(())
    }

    /// An artifact as a change of its parent, if that is worth while.
    fn change_of(
        &self,
        tx: &ReadTx,
        row: &BlobRow,
        content: &Bytes,
    ) -> Result<Option<(HashName, Bytes)>, SyncError> {
        let fits = |size: Option<u64>| size.is_some_and(|size| size <= COMPARED);
        if content.len() <= WORTH_A_DELTA || !fits(row.size) {
            return Ok(None);
        }
        let Some(source) = tx.likely_source(row.rid)? else { return Ok(None) };
        let Some(source) = tx.blob(source)? else { return Ok(None) };
        let may_build = !source.shunned && (self.options.private || !source.private);
        if !may_build || !fits(source.size) || source.rid == row.rid {
            return Ok(None);
        }
        let Some(old) = content_of(tx, &source)? else { return Ok(None) };
        let delta = delta::create(&old, content);
        let saves = delta.len() + DELTA_SAVES < content.len();
        Ok(saves.then(|| (source.name, delta.into())))
    }

    /// Announces what the server is not known to have, for as long as there is room.
    fn write_announcements(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        let room = self.options.max_send;
        let mut announcing = std::mem::replace(&mut self.giving.announcing, Announcing::Over);
        match &mut announcing {
            Announcing::Unclustered(after) => loop {
                if out.len() >= room {
                    self.giving.announcing = announcing;
                    break;
                }
                let page = tx.unclustered(*after, PAGE)?;
                let Some(last) = page.last() else { break };
                *after = Some(last.rid);
                for member in page.iter().filter(|member| !self.known.contains(&member.name)) {
                    igot(out, member.name, false);
                }
            },
            Announcing::All(names) => {
                while out.len() < room
                    && let Some(name) = names.pop()
                {
                    if !self.known.contains(&name) {
                        igot(out, name, false);
                    }
                }
                if !names.is_empty() {
                    self.giving.announcing = announcing;
                }
            }
            Announcing::Unbegun | Announcing::Over => {}
        }
        Ok(())
    }

    /// Whether the server is recent enough for a name.
    pub(super) fn check_age(&self, name: &HashName) -> Result<(), SyncError> {
        let too_old = self.outcome.server.filter(|server| server.release < KNOWS_SHA3);
        match too_old {
            Some(server) if name.algorithm() == Algorithm::Sha3 => {
                Err(SyncError::ServerTooOld { release: server.release })
            }
            _ => Ok(()),
        }
    }
}

fn igot(out: &mut Writer, name: HashName, private: bool) {
    out.push(&Card::Igot(Igot { name, private }));
}

/// The content of an artifact; `None` if it waits for another, or is damaged: what may not have its
/// name is not passed on, and a verification tells of it.
fn content_of(tx: &ReadTx, row: &BlobRow) -> Result<Option<Bytes>, SyncError> {
    match tx.content(row.rid) {
        Ok(content) => Ok(Some(content)),
        Err(ContentError::Database(error)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

/// Whether an artifact can be sent, or said to be private.
pub(super) fn can_give(tx: &ReadTx, row: &BlobRow) -> Result<bool, SyncError> {
    let is_held = || Ok::<_, SyncError>(tx.availability(row.rid)? == Availability::Held);
    Ok(!row.is_phantom() && !row.shunned && is_held()?)
}

fn announce_private(tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
    let mut after = None;
    loop {
        let page = tx.private(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.rid);
        for member in page {
            igot(out, member.name, true);
        }
    }
}
