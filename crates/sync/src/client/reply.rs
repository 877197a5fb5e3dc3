//! Reading a reply, card by card.

use std::time::SystemTime;

use bytes::Bytes;
use outcrop_repo::tx::WriteTx;
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::session::Codes;
use outcrop_xfer::{Card, ErrorKind, Reader};

use super::Unversioned;
use super::limits::MESSAGES;
use super::outcome::LockHolder;
use super::session::Session;
use super::take::Intake;
use crate::{SyncError, first_words, timestamp};

/// What a server says that takes no content from this user.
const PULL_ONLY: &str = "pull only ";

/// The number of the first artifact of every repository.
const FIRST: u32 = 1;

/// What the same server says when content comes nevertheless.
const NO_WRITE: &str = "not authorized to write";

impl Session {
    /// Takes in a reply, and says whether anything has moved with this round. What came before an
    /// error is taken in too.
    pub(super) fn take_reply(&mut self, tx: &WriteTx, text: &Bytes) -> Result<bool, SyncError> {
        let has_sent = self.sent_so_far() != self.sent_before;
        self.giving.asked_back = false;
        let mut intake = Intake::new(tx, self)?;
        let mut read = Ok(());
        for card in Reader::with_limits(text, intake.session.options.limits) {
            read =
                card.map_err(|error| unreadable(error, text)).and_then(|card| intake.take(&card));
            if read.is_err() {
                break;
            }
        }
        if matches!(read, Err(SyncError::Database(_))) {
            return read.map(|()| false);
        }
        let moved = intake.finish()?;
        read?;
        self.introduce()?;
        Ok(moved || has_sent)
    }

    /// After the first reply to a clone the project must be known.
    fn introduce(&mut self) -> Result<(), SyncError> {
        let Some(clone) = &mut self.clone else { return Ok(()) };
        (clone.introduced, clone.probes) = (true, false);
        if std::mem::take(&mut clone.starts_over) {
            clone.partial.seqno = FIRST;
        }
        match (&self.project_code, clone.objection.take()) {
            (None, Some(words)) => Err(refused(words, None)),
            (None, None) => Err(SyncError::NoProject),
            (Some(_), _) => Ok(()),
        }
    }
}

fn unreadable(error: outcrop_xfer::Error, text: &[u8]) -> SyncError {
    let is_page = error.kind == ErrorKind::UnknownCard && error.near.starts_with('<');
    if is_page { SyncError::WebPage { words: first_words(text) } } else { error.into() }
}

/// What a server's refusal means.
fn refused(words: String, user: Option<String>) -> SyncError {
    match words.as_str() {
        "login failed" => SyncError::LoginFailed { user },
        "wrong project" => SyncError::WrongProject,
        _ => SyncError::Refused { words },
    }
}

impl Intake<'_, '_> {
    fn take(&mut self, card: &Card<'_>) -> Result<(), SyncError> {
        match card {
            Card::File(file) => self.take_file(file),
            Card::Cfile(file) => self.take_cfile(file),
            Card::Private(_) => {
                self.next_is_private = true;
                Ok(())
            }
            Card::Igot(igot) => self.hear_of(*igot),
            Card::Gimme(gimme) => self.take_gimme(gimme.name),
            Card::Uvigot(file) => self.hear_of_file(file),
            Card::Uvfile(file) => self.take_uvfile(file),
            Card::Config(config) => self.take_config(config),
            Card::Schema(schema) => self.take_schema(schema),
            Card::Xigot(xigot) => self.hear_of_row(xigot),
            Card::Xgimme(asked) => {
                self.take_xgimme(asked);
                Ok(())
            }
            Card::Xrow(row) => self.take_row(row.table, row.key, row.mtime, &row.row, false),
            Card::Xdelete(row) => {
                self.take_row(row.table, row.key, row.mtime, &row.key_values, true)
            }
            Card::Cookie(cookie) => self.take_cookie(cookie.text.as_str()),
            Card::Push(codes) => self.take_codes(codes),
            Card::CloneSeqno(seqno) => self.take_seqno(seqno.next),
            Card::Pragma(pragma) => {
                self.take_pragma(pragma);
                Ok(())
            }
            Card::Message(notice) => {
                self.take_message(notice.text.to_text());
                Ok(())
            }
            Card::Error(notice) => self.take_error(notice.text.to_text()),
            Card::Comment(comment) => {
                self.take_clock(comment.timestamp());
                Ok(())
            }
            other => Err(SyncError::Unexpected { card: other.kind().verb() }),
        }
    }

    fn take_cookie(&mut self, text: Option<&str>) -> Result<(), SyncError> {
        if let Some(text) = text
            && self.tx.setting("cookie")?.as_deref() != Some(text)
        {
            self.tx.set_setting("cookie", text, self.session.now())?;
        }
        Ok(())
    }

    /// The server tells a clone what it clones.
    fn take_codes(&mut self, codes: &Codes<'_>) -> Result<(), SyncError> {
        let Some(clone) = &mut self.session.clone else { return Ok(()) };
        let (Some(server), Some(project)) = (codes.server.as_str(), codes.project.as_str()) else {
            return Ok(());
        };
        match &clone.partial.server_code {
            // What is here already is not stored twice.
            Some(known) if known != server => clone.starts_over = true,
            _ => {}
        }
        clone.partial.server_code = Some(server.to_owned());
        clone.confirmed = true;
        match &self.session.project_code {
            Some(known) if known != project => Err(SyncError::WrongProject),
            Some(_) => Ok(()),
            // It becomes part of cards and of hashed passwords.
            None if project.len() > 64 || !project.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Err(SyncError::NoProject)
            }
            None => {
                self.tx.set_setting("project-code", project, self.session.now())?;
                self.session.project_code = Some(project.to_owned());
                Ok(())
            }
        }
    }

    /// The number at which the next batch of a clone begins: it rises, or all has come.
    fn take_seqno(&mut self, next: u32) -> Result<(), SyncError> {
        let asked = self.asked_seqno;
        let Some(clone) = &mut self.session.clone else { return Ok(()) };
        if clone.probes {
            return Ok(());
        }
        if next != 0 && next <= asked {
            return Err(SyncError::CloneStuck);
        }
        clone.partial.seqno = next;
        Ok(())
    }

    fn take_pragma(&mut self, pragma: &Pragma<'_>) {
        let syncs_files = self.session.options.unversioned != Unversioned::Leave;
        let outcome = &mut self.session.outcome;
        match pragma {
            Pragma::ServerVersion(version) => outcome.server = Some(*version),
            // The files of a child are none of its parent's business.
            Pragma::UvPushOk if syncs_files && self.session.options.from_parent => {
                self.files_refused = true;
            }
            Pragma::UvPushOk if syncs_files => self.session.files.may_send = true,
            Pragma::UvPullOnly if syncs_files => self.files_refused = true,
            Pragma::CiLockFail { user, mtime } => {
                outcome.total.lock_conflicts += 1;
                outcome.lock_holder = Some(LockHolder { user: user.to_text(), since: *mtime });
            }
            Pragma::AvoidDeltaManifests => outcome.avoid_delta_manifests = true,
            Pragma::Xtables | Pragma::XtableSum { .. } => self.hear_of_tables(pragma),
            _ => {}
        }
    }

    pub(super) fn take_message(&mut self, words: String) {
        if self.session.pushes && words.starts_with(PULL_ONLY) {
            self.session.pushes = false;
            self.session.outcome.push_refused = true;
        } else if self.session.outcome.messages.len() < MESSAGES {
            self.session.this_round.messages.push(words.clone());
            self.session.outcome.messages.push(words);
        }
    }

    fn take_error(&mut self, words: String) -> Result<(), SyncError> {
        // The first request of a clone has no login, so it may be refused although the next is not.
        if let Some(clone) = &mut self.session.clone
            && !clone.introduced
        {
            clone.objection = Some(words);
            return Ok(());
        }
        // The server has stopped at the first artifact. There is still something to ask for.
        if self.session.pulls && self.session.pushes && words == NO_WRITE {
            self.session.pushes = false;
            self.session.outcome.push_refused = true;
            self.session.ask_again = true;
            return Ok(());
        }
        let user = self.session.options.account.as_ref().map(|account| account.user.clone());
        Err(refused(words, user))
    }

    fn take_clock(&mut self, clock: Option<&str>) {
        let Some(theirs) = clock.and_then(timestamp::seconds) else { return };
        let ours = self.session.arrival.duration_since(SystemTime::UNIX_EPOCH);
        let ours = ours.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
        let skew = theirs.saturating_sub(ours);
        self.session.this_round.skew = Some(skew);
        let known = self.session.outcome.skew;
        if known.is_none_or(|known| known.abs() < skew.abs()) {
            self.session.outcome.skew = Some(skew);
        }
    }
}
