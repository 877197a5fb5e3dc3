//! Writing a request.

use outcrop_repo::config::Areas;
use outcrop_repo::tx::ReadTx;
use outcrop_repo::unversioned::UnversionedFile;
use outcrop_xfer::card::config::{Config, Reqconfig};
use outcrop_xfer::card::have::Gimme;
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::session::{Clone as CloneCard, Codes, Cookie};
use outcrop_xfer::card::unversioned::{UvBody, Uvfile, Uvgimme};
use outcrop_xfer::{Card, Chunks, Token, Writer};

use super::Unversioned;
use super::limits::ASKED_AT_MOST;
use super::session::Session;
use crate::{DIALECT, SyncError};

/// The number of an artifact that no repository has.
const PAST_ALL: u32 = i32::MAX as u32;

impl Session {
    /// The cards of the next request, but for the comment at its end.
    pub(super) fn compose(&mut self) -> Result<Chunks, SyncError> {
        let tx = self.repo.clone().read()?;
        let mut out = Writer::new();
        if self.options.private {
            out.push(&Card::Pragma(Pragma::SendPrivate));
        }
        out.push(&Card::Pragma(Pragma::ClientVersion(DIALECT)));
        self.write_purpose(&mut out);
        if let Some(cookie) = tx.setting("cookie")?
            && let Some(text) = Token::new(cookie.as_bytes())
        {
            out.push(&Card::Cookie(Cookie { text }));
        }
        self.write_gimmes(&tx, &mut out)?;
        if self.pushes {
            self.write_content(&tx, &mut out)?;
        }
        // Before the server has told its project nobody can be logged in, so it would refuse.
        if self.clone.as_ref().is_none_or(|clone| clone.introduced) {
            self.write_config(&tx, &mut out)?;
            self.write_uv_hash(&tx, &mut out)?;
            self.write_tables(&tx, &mut out)?;
        }
        self.write_files(&tx, &mut out)?;
        self.write_lock(&mut out);
        Ok(out.finish())
    }

    /// What this is about: a clone, a pull, a push.
    fn write_purpose(&mut self, out: &mut Writer) {
        if let Some(clone) = &self.clone {
            match (clone.partial.protocol, clone.partial.seqno) {
                (1, _) if !clone.introduced => out.push(&Card::Clone(CloneCard::Announce)),
                // All is announced now, and can be asked for.
                (1, _) => push(out, self.codes().map(Card::Pull)),
                (_, 0) => {}
                (version, _) if clone.probes => {
                    out.push(&Card::Clone(CloneCard::Batch { version, seqno: PAST_ALL }));
                }
                (version, seqno) => {
                    out.push(&Card::Clone(CloneCard::Batch { version, seqno }));
                }
            }
            return;
        }
        if self.pulls {
            push(out, self.codes().map(Card::Pull));
            if self.options.verily && self.outcome.rounds == 0 {
                out.push(&Card::Pragma(Pragma::SendCatalog));
            }
        }
        if self.pushes {
            push(out, self.codes().map(Card::Push));
        }
    }

    /// The codes of both sides.
    fn codes(&self) -> Option<Codes<'_>> {
        let server = Token::new(self.server_code.as_bytes())?;
        let project = Token::new(self.project_code.as_deref()?.as_bytes())?;
        Some(Codes { server, project })
    }

    /// Asks for what is known by name only, but not for what this server has failed to give.
    fn write_gimmes(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        let mut wanted = std::mem::take(&mut self.asking.to_prove);
        let quota = self.asking.quota.min(ASKED_AT_MOST);
        if self.asks_for_phantoms() {
            self.each_phantom(tx, |name| {
                let more = wanted.len() < quota;
                if more && !self.asking.withheld.contains(&name) {
                    wanted.push(name);
                }
                more
            })?;
        }
        for &name in &wanted {
            out.push(&Card::Gimme(Gimme { name }));
        }
        if self.pulls && !wanted.is_empty() && self.outcome.rounds == 2 {
            out.push(&Card::Pragma(Pragma::ReqClusters));
        }
        self.asking.asked = wanted;
        Ok(())
    }

    fn write_config(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        let wanted = std::mem::replace(&mut self.config.to_ask, Areas::NONE);
        for group in wanted.requests() {
            let name = format!("/{group}");
            if let Some(name) = Token::new(name.as_bytes()) {
                out.push(&Card::Reqconfig(Reqconfig { name }));
            }
        }
        self.config.asked = wanted;
        let offered = std::mem::replace(&mut self.config.to_send, Areas::NONE);
        if offered == Areas::NONE {
            return Ok(());
        }
        for item in tx.export_config(offered, 0)? {
            if let Some(name) = Token::new(item.name.as_bytes()) {
                let content = item.payload.as_slice().into();
                out.push(&Card::Config(Config { name, content }));
                self.outcome.total.config_sent += 1;
            }
        }
        Ok(())
    }

    /// Lets the server tell whether it has the same unversioned files.
    fn write_uv_hash(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        if self.options.unversioned == Unversioned::Leave || self.files.compared {
            return Ok(());
        }
        self.files.compared = true;
        out.push(&Card::Pragma(Pragma::UvHash(tx.unversioned_hash()?)));
        Ok(())
    }

    /// Asks for unversioned files, and sends those that the server lacks.
    fn write_files(&mut self, tx: &ReadTx, out: &mut Writer) -> Result<(), SyncError> {
        for name in std::mem::take(&mut self.files.to_ask) {
            if let Some(name) = Token::new(name.as_bytes()) {
                out.push(&Card::Uvgimme(Uvgimme { name }));
            }
        }
        if !self.files.may_send || self.options.unversioned != Unversioned::Sync {
            return Ok(());
        }
        while out.len() < self.options.max_send
            && let Some((name, only_time)) = self.files.to_send.pop_first()
        {
            let times = self.files.times.entry(name.clone()).or_default();
            *times = times.saturating_add(1);
            if let Some(file) = tx.unversioned_file(&name)? {
                self.write_file(tx, out, &file, only_time)?;
            }
        }
        Ok(())
    }

    fn write_file(
        &mut self,
        tx: &ReadTx,
        out: &mut Writer,
        file: &UnversionedFile,
        only_time: bool,
    ) -> Result<(), SyncError> {
        let (Some(name), Ok(mtime)) = (Token::new(file.name.as_bytes()), u64::try_from(file.mtime))
        else {
            return Ok(());
        };
        let body = match file.hash {
            None => UvBody::Deleted,
            Some(hash) if only_time => {
                UvBody::Omitted { hash, size: u32::try_from(file.size).unwrap_or(u32::MAX) }
            }
            Some(hash) => match tx.unversioned_content(&file.name)? {
                Some(content) => UvBody::Content { hash, content: content.into() },
                None => return Ok(()),
            },
        };
        if let Some(hash) = &file.hash {
            self.check_age(hash)?;
        }
        out.push(&Card::Uvfile(Uvfile { name, mtime, body }));
        self.outcome.total.unversioned_sent += 1;
        Ok(())
    }

    fn write_lock(&self, out: &mut Writer) {
        if self.outcome.rounds == 0
            && let Some(lock) = &self.options.lock
            && let Some(client) = Token::new(lock.client.as_bytes())
        {
            out.push(&Card::Pragma(Pragma::CiLock { checkin: lock.check_in, client }));
        }
    }
}

fn push(out: &mut Writer, card: Option<Card<'_>>) {
    if let Some(card) = card {
        out.push(&card);
    }
}
