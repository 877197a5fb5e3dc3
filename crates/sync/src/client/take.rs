//! What a reply brings, into the repository.

use std::collections::HashSet;

use outcrop_format::hash::HashName;
use outcrop_repo::config::{Acceptance, Areas, ConfigOutcome, ConfigReceiver};
use outcrop_repo::receive::{Incoming, Origin, Payload, ReceiveError, Receiver};
use outcrop_repo::tx::WriteTx;
use outcrop_repo::unversioned::{
    FileArrival, FileBody, IncomingFile, Rule, Standing, UnversionedFile, Version, WriteFileError,
    standing,
};
use outcrop_xfer::card::artifact::{Cfile, File};
use outcrop_xfer::card::config::Config;
use outcrop_xfer::card::have::Igot;
use outcrop_xfer::card::unversioned::{UvBody, Uvfile, Uvigot};

use super::Unversioned;
use super::give::can_give;
use super::limits::{ASKED_AT_LEAST, NEW_PHANTOMS, SENT_AT_MOST};
use super::session::Session;
use crate::SyncError;
use crate::observer::Progress;

/// One reply being taken in, in one transaction.
pub(super) struct Intake<'t, 's> {
    pub(super) tx: &'t WriteTx,
    pub(super) session: &'s mut Session,
    receiver: Receiver<'t>,
    config: ConfigReceiver<'t>,
    pub(super) next_is_private: bool,
    /// The number that this round of a clone began with.
    pub(super) asked_seqno: u32,
    /// The server takes no unversioned files from this user.
    pub(super) files_refused: bool,
    /// Cards that brought something new.
    moved: u64,
    /// Artifacts that came, new or not.
    came: usize,
    new_phantoms: usize,
    /// What came or was announced.
    told: HashSet<HashName>,
}

impl<'t, 's> Intake<'t, 's> {
    pub(super) fn new(tx: &'t WriteTx, session: &'s mut Session) -> Result<Self, SyncError> {
        let login = session.options.account.as_ref().map(|account| account.user.as_str());
        let user = login.map(|login| tx.user(login)).transpose()?.flatten().map(|user| user.uid);
        let origin = Origin { user, at: session.now(), nonce: None, address: None };
        let acceptance =
            Acceptance { areas: session.config.asked, overwrite: session.options.config_overwrite };
        let asked_seqno = session.clone.as_ref().map_or(0, |clone| clone.partial.seqno);
        let receiver = tx.receiver(origin).with_max_content(session.options.max_content);
        let receiver = match &session.clone {
            Some(clone) => {
                let has_begun = session.outcome.rounds > 0 || clone.resumed;
                let names =
                    if has_begun { session.unsettled.take_names() } else { tx.index_later()? };
                receiver.of_clone(names)
            }
            None => receiver,
        };
        let sees_private = session.options.private;
        let receiver = if sees_private { receiver } else { receiver.without_private() };
        Ok(Self {
            tx,
            receiver,
            config: tx.config_receiver(acceptance),
            session,
            next_is_private: false,
            asked_seqno,
            files_refused: false,
            moved: 0,
            came: 0,
            new_phantoms: 0,
            told: HashSet::new(),
        })
    }

    /// Takes note of something that has come.
    pub(super) const fn count_moved(&mut self) {
        self.moved += 1;
    }

    /// Links what has come, and says whether anything has.
    pub(super) fn finish(mut self) -> Result<bool, SyncError> {
        // First of all: without it nothing of a clone may become real.
        self.receiver.settle_stowed()?;
        self.session.unsettled.keep_names(self.receiver.names());
        self.settle_tables()?;
        let Self { session, receiver, .. } = self;
        session.config.asked = Areas::NONE;
        let asked = std::mem::take(&mut session.asking.asked);
        let not_given = asked.into_iter().filter(|name| !self.told.contains(name));
        session.asking.withheld.extend(not_given);
        session.asking.quota = ASKED_AT_LEAST.max(self.came.saturating_mul(2));
        if self.files_refused {
            let wanted_to = !session.options.from_parent && !session.files.to_send.is_empty();
            session.outcome.unversioned_refused = wanted_to;
            if session.options.unversioned == Unversioned::Revert {
                session.files.may_send = true;
            } else {
                session.files.to_send.clear();
            }
        }
        if session.files.may_send && session.options.unversioned == Unversioned::Revert {
            for name in std::mem::take(&mut session.files.to_send).into_keys() {
                self.tx.forget_unversioned(&name)?;
            }
        }
        // A clone links everything at its end, once.
        if session.clone.is_none() && self.came > 0 {
            let linked = receiver.finish()?;
            session.outcome.total.linked += linked.artifacts;
            session.outcome.total.check_ins += linked.check_ins;
        }
        if session.clone.is_none() && self.config.consequences().rebuild_tickets() {
            self.tx.rebuild_tickets()?;
        }
        Ok(self.moved > 0)
    }

    pub(super) fn take_file(&mut self, file: &File<'_>) -> Result<(), SyncError> {
        self.take_artifact(file.name, file.source, Payload::Plain(&file.content), None)
    }

    pub(super) fn take_cfile(&mut self, file: &Cfile<'_>) -> Result<(), SyncError> {
        let Cfile { name, source, size, content } = file;
        self.take_artifact(*name, *source, Payload::Sealed(content), usize::try_from(*size).ok())
    }

    fn take_artifact(
        &mut self,
        name: HashName,
        source: Option<HashName>,
        payload: Payload<'_>,
        size: Option<usize>,
    ) -> Result<(), SyncError> {
        let private = std::mem::take(&mut self.next_is_private);
        let wanted = self.session.pulls || self.session.clone.is_some();
        if !wanted || private && !self.session.options.private {
            return Ok(());
        }
        if stands_in_for_nothing(&name, source, payload) {
            return self.hear_of_lacking(Igot { name, private });
        }
        self.came += 1;
        // A clone that gets all without asking need not know what it has got.
        let asks = self.session.asks_for_phantoms();
        if asks {
            self.told.insert(name);
        }
        let incoming = Incoming { name, source, payload, private };
        // A clone hashes all that has come at its end.
        let received = match size.filter(|_| self.session.clone.is_some()) {
            Some(size) => self.receiver.stow(&incoming, size),
            None => self.receiver.receive(&incoming),
        };
        let receipt = match received {
            Ok(receipt) => receipt,
            Err(ReceiveError::Shunned(_)) => return Ok(()),
            // Private here, but the server may have it as public.
            Err(ReceiveError::Hidden { name, source_name }) => {
                let asking = &mut self.session.asking;
                if !asking.withheld.contains(&source_name) {
                    asking.to_prove.extend([source_name, name]);
                }
                return Ok(());
            }
            Err(ReceiveError::Database(error)) => return Err(error.into()),
            Err(error) => return Err(SyncError::Artifact(error)),
        };
        if asks {
            self.session.knows(name);
        }
        if receipt.arrival.is_gain() {
            self.moved += 1;
            self.session.outcome.total.count_received(source.is_some());
            let (Payload::Plain(bytes) | Payload::Sealed(bytes)) = payload;
            let progress = Progress::Received { name, bytes: bytes.len() };
            self.session.options.observer.progress(&progress);
        }
        Ok(())
    }

    /// The server has an artifact.
    pub(super) fn hear_of(&mut self, igot: Igot) -> Result<(), SyncError> {
        let Igot { name, private } = igot;
        self.receiver.index()?;
        self.session.knows(name);
        let Some(here) = self.tx.standing_of(&name)? else { return self.hear_of_new(igot) };
        if here.phantom {
            self.told.insert(name);
            self.session.asking.withheld.remove(&name);
        }
        match (private, here.private) {
            // What is public here stays so: others have seen it.
            (true, false) if here.phantom => self.tx.conceal_phantom(here.rid)?,
            (false, true) if here.phantom => self.tx.publish(here.rid)?,
            // To know the name is not to have the content: who sends it makes it public.
            (false, true)
                if self.session.pulls && !self.session.asking.withheld.contains(&name) =>
            {
                self.session.asking.to_prove.push(name);
            }
            _ => {}
        }
        Ok(())
    }

    /// The server knows an artifact, and cannot give it.
    fn hear_of_lacking(&mut self, igot: Igot) -> Result<(), SyncError> {
        self.receiver.index()?;
        match self.tx.blob_named(&igot.name)? {
            None => self.hear_of_new(igot)?,
            Some(row) if row.is_phantom() => {
                self.session.asking.withheld.insert(igot.name);
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn hear_of_new(&mut self, igot: Igot) -> Result<(), SyncError> {
        let is_ours = !igot.private || self.session.options.private;
        if is_ours && self.session.asks_for_phantoms() && self.new_phantoms < NEW_PHANTOMS {
            self.tx.expect(&igot.name, igot.private)?;
            self.new_phantoms += 1;
        }
        Ok(())
    }

    /// The server lacks an artifact.
    pub(super) fn take_gimme(&mut self, name: HashName) -> Result<(), SyncError> {
        self.session.known.remove(&name);
        if !self.session.pushes {
            return Ok(());
        }
        if let Some(row) = self.tx.blob_named(&name)?
            && can_give(self.tx, &row)?
        {
            self.session.giving.asked_back = true;
            self.session.line_up(name);
        }
        Ok(())
    }

    pub(super) fn take_config(&mut self, config: &Config<'_>) -> Result<(), SyncError> {
        let outcome = self.config.receive(config.name.as_bytes(), &config.content)?;
        if outcome == ConfigOutcome::Stored {
            self.moved += 1;
            self.session.outcome.total.config_received += 1;
        }
        Ok(())
    }

    /// The server has a version of an unversioned file.
    pub(super) fn hear_of_file(&mut self, file: &Uvigot<'_>) -> Result<(), SyncError> {
        let (Some(name), Ok(mtime)) = (file.name.as_str(), i64::try_from(file.mtime)) else {
            return Ok(());
        };
        let mode = self.session.options.unversioned;
        if mode == Unversioned::Leave {
            return Ok(());
        }
        let ours = self.tx.unversioned_file(name)?.as_ref().map(UnversionedFile::version);
        match standing(ours, Version { mtime, hash: file.hash }) {
            Standing::NewerTime if mode == Unversioned::Sync => {
                self.line_up_file(name, true);
                return Ok(());
            }
            Standing::Newer if mode == Unversioned::Sync => {
                self.line_up_file(name, false);
                return Ok(());
            }
            // Stock leaves no trace of a file that was deleted before anyone here knew of it.
            Standing::Unknown if file.hash.is_none() => return Ok(()),
            _ => {}
        }
        self.session.files.to_send.remove(name);
        let body = file.hash.map_or(FileBody::Deleted, FileBody::Omitted);
        self.take_version(&IncomingFile { name, mtime, body })
    }

    /// Lines up a file, or its time, unless it was sent often enough.
    fn line_up_file(&mut self, name: &str, only_time: bool) {
        let files = &mut self.session.files;
        if files.times.get(name).is_none_or(|&sent| sent < SENT_AT_MOST) {
            files.to_send.insert(name.to_owned(), only_time);
        }
    }

    pub(super) fn take_uvfile(&mut self, file: &Uvfile<'_>) -> Result<(), SyncError> {
        let (Some(name), Ok(mtime)) = (file.name.as_str(), i64::try_from(file.mtime)) else {
            return Ok(());
        };
        if self.session.options.unversioned == Unversioned::Leave {
            return Ok(());
        }
        let body = match &file.body {
            UvBody::Deleted => FileBody::Deleted,
            UvBody::Omitted { hash, .. } => FileBody::Omitted(*hash),
            UvBody::Content { hash, content } => FileBody::Content { hash: *hash, content },
        };
        self.take_version(&IncomingFile { name, mtime, body })
    }

    fn take_version(&mut self, file: &IncomingFile<'_>) -> Result<(), SyncError> {
        let rule = match self.session.options.unversioned {
            Unversioned::Revert => Rule::Theirs,
            Unversioned::Leave | Unversioned::Sync => Rule::Newest,
        };
        match self.receiver.receive_unversioned(file, rule) {
            Ok(FileArrival::Kept) => {}
            Ok(FileArrival::ContentWanted) => self.ask_for_file(file.name),
            Ok(FileArrival::Stored | FileArrival::Dated | FileArrival::Deleted) => {
                self.moved += 1;
                self.session.outcome.total.unversioned_received += 1;
            }
            Err(WriteFileError::Database(error)) => return Err(error.into()),
            Err(error) => return Err(SyncError::File(error)),
        }
        Ok(())
    }

    /// Asks for a file, as often as the server may have had no room for it.
    fn ask_for_file(&mut self, name: &str) {
        self.session.files.to_ask.push(name.to_owned());
    }
}

/// Whether nothing came in place of an artifact: so Fossil sends what it cannot expand itself, since
/// what it builds upon is yet to come.
fn stands_in_for_nothing(name: &HashName, source: Option<HashName>, payload: Payload<'_>) -> bool {
    source.is_none() && matches!(payload, Payload::Plain([])) && !name.verify(b"")
}
