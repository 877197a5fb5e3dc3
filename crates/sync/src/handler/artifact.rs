//! Artifacts, in and out: `file` and `cfile`.

use bytes::Bytes;
use outcrop_format::envelope;
use outcrop_format::hash::HashName;
use outcrop_format::planted;
use outcrop_repo::blob::BlobRow;
use outcrop_repo::content::ContentError;
use outcrop_repo::delta;
use outcrop_repo::limits::MAX_CONTENT;
use outcrop_repo::receive::{Incoming, Payload, ReceiveError};
use outcrop_repo::tx::StoredArtifact;
use outcrop_xfer::Card;
use outcrop_xfer::card::artifact::{Cfile, File, Private};
use outcrop_xfer::card::have::Igot;

use super::error::{Step, not_received};
use super::limits::MAX_COMPARED;
use super::round::Round;

/// Artifacts of fewer bytes are sent whole.
const WORTH_A_DELTA: usize = 100;

/// Bytes that a delta must save.
const DELTA_SAVES: usize = 50;

impl Round<'_> {
    pub(super) fn take_file(&mut self, file: &File<'_>) -> Step {
        self.receive(file.name, file.source, Payload::Plain(&file.content))
    }

    pub(super) fn take_cfile(&mut self, file: &Cfile<'_>) -> Step {
        self.receive(file.name, file.source, Payload::Sealed(&file.content))
    }

    fn receive(&mut self, name: HashName, source: Option<HashName>, payload: Payload<'_>) -> Step {
        self.check_push()?;
        let private = std::mem::take(&mut self.session.next_is_private);
        if std::mem::take(&mut self.session.drop_next) {
            return Ok(());
        }
        let received = self.receiver()?.receive(&Incoming { name, source, payload, private });
        match received {
            Ok(receipt) => {
                self.session.has.insert(receipt.rid);
                if receipt.arrival.is_gain() {
                    self.handled.count_received(name, source.is_some());
                }
                Ok(())
            }
            Err(ReceiveError::Shunned(_)) => Ok(()),
            Err(ReceiveError::Hidden { name, source_name }) => self.ask_both(name, source_name),
            Err(error) => Err(not_received(error)),
        }
    }

    /// Asks for an artifact and first for what it builds upon: private here, but the client may have
    /// it as public.
    fn ask_both(&mut self, name: HashName, source: HashName) -> Step {
        self.write()?.expect(&name, false)?;
        self.to_ask.extend([source, name]);
        Ok(())
    }

    /// Sends an artifact that was asked for, or announces it if it must wait.
    pub(super) fn send(&mut self, row: &BlobRow) -> Step {
        let name = row.name;
        if row.private && !self.session.send_private && !planted!(ShowPrivate) {
            // Who keeps asking is told why nothing comes.
            if self.session.knows_private_announcements() {
                self.out.push(&Card::Igot(Igot { name, private: true }));
            }
            return Ok(());
        }
        if row.is_phantom() || row.shunned || self.session.has.contains(&row.rid) {
            return Ok(());
        }
        if !self.session.takes(&name) {
            self.tell_too_old();
            return Ok(());
        }
        if !self.has_room() {
            self.out.push(&Card::Igot(Igot { name, private: row.private }));
            return Ok(());
        }
        let sent = if self.session.announce_all {
            match self.read().stored_artifact(row.rid)? {
                Some(stored) => self.send_as_stored(&stored)?,
                None => false,
            }
        } else {
            self.send_as_change(row)?
        };
        if sent {
            self.session.has.insert(row.rid);
        }
        Ok(())
    }

    /// Sends an artifact with the delta that it is stored as, if it is one. Says whether it did.
    pub(super) fn send_as_stored(&mut self, stored: &StoredArtifact) -> Step<bool> {
        if let Some(source) = &stored.source
            && !source.shunned
            && (self.session.send_private || !source.private)
        {
            let Ok(delta) = envelope::open(&stored.sealed, MAX_CONTENT) else { return Ok(false) };
            self.push_file(stored.name, Some(source.name), delta.into(), stored.private);
            return Ok(true);
        }
        let Some(content) = self.content_of(stored.rid)? else { return Ok(false) };
        self.push_file(stored.name, None, content, stored.private);
        Ok(true)
    }

    /// Sends an artifact, as a change of its parent if that is shorter. Says whether it did.
    fn send_as_change(&mut self, row: &BlobRow) -> Step<bool> {
        let Some(content) = self.content_of(row.rid)? else { return Ok(false) };
        match self.change_of(row, &content)? {
            Some((source, delta)) => self.push_file(row.name, Some(source), delta, row.private),
            None => self.push_file(row.name, None, content, row.private),
        }
        Ok(true)
    }

    /// The artifact as a change of its parent, if that is worth while.
    fn change_of(&self, row: &BlobRow, content: &Bytes) -> Step<Option<(HashName, Bytes)>> {
        if !(WORTH_A_DELTA + 1..=MAX_COMPARED).contains(&content.len()) {
            return Ok(None);
        }
        let Some(source) = self.read().likely_source(row.rid)? else { return Ok(None) };
        let Some(source) = self.read().blob(source)? else { return Ok(None) };
        let may_build = !source.shunned && (self.session.send_private || !source.private);
        let is_small = source.size.is_some_and(|size| size <= MAX_COMPARED as u64);
        if !may_build || !is_small || source.rid == row.rid {
            return Ok(None);
        }
        let Some(old) = self.content_of(source.rid)? else { return Ok(None) };
        let delta = delta::create(&old, content);
        let saves = delta.len() + DELTA_SAVES < content.len();
        Ok(saves.then(|| (source.name, delta.into())))
    }

    /// The content of an artifact; `None` if it waits for another, or is damaged: what does not
    /// have its name is not passed on, and `outcrop verify` tells of it.
    pub(super) fn content_of(&self, rid: outcrop_repo::Rid) -> Step<Option<Bytes>> {
        match self.read().content(rid) {
            Ok(content) => Ok(Some(content)),
            Err(ContentError::Database(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    fn push_file(
        &mut self,
        name: HashName,
        source: Option<HashName>,
        content: Bytes,
        private: bool,
    ) {
        if private {
            self.out.push(&Card::Private(Private));
        }
        self.handled.counts.count_sent(source.is_some());
        self.out.push(&Card::File(File { name, source, content: content.into() }));
    }

    /// Tells the client, once, that it does not know the names that are used here.
    pub(super) fn tell_too_old(&mut self) {
        if !std::mem::replace(&mut self.told_too_old, true) {
            self.tell_error("Fossil version 2.0 or later required.");
        }
    }
}
