//! Wishes of a client. Those that are not known are passed over.

use outcrop_xfer::Card;
use outcrop_xfer::card::pragma::{Pragma, Version};

use super::announce::shareable;
use super::error::Step;
use super::round::Round;
use crate::DIALECT;
use crate::caps::Permission;

impl Round<'_> {
    pub(super) fn take_pragma(&mut self, pragma: &Pragma<'_>) -> Step {
        match pragma {
            Pragma::ClientVersion(version) => self.take_version(*version),
            Pragma::SendPrivate => self.take_send_private(),
            Pragma::SendCatalog => self.session.catalog = true,
            Pragma::ReqLinks => self.session.links = true,
            Pragma::ReqClusters => return self.announce_clusters(),
            Pragma::UvHash(theirs) => return self.compare_unversioned(theirs),
            Pragma::CiLock { checkin, client } => return self.take_lock(checkin, *client),
            Pragma::CiUnlock { client } => return self.release_locks(*client),
            Pragma::ClientUrl(url) => return self.take_address(url.as_str().unwrap_or_default()),
            Pragma::Xtables => self.take_tables_pragma(),
            Pragma::XtableHash { table, hash } => self.take_table_hash(*table, *hash, false),
            Pragma::XtableSum { table, hash } => self.take_table_hash(*table, *hash, true),
            _ => {}
        }
        Ok(())
    }

    /// Answers with our own version, once.
    fn take_version(&mut self, version: Version) {
        let first = self.session.version.replace(version).is_none();
        if first && version.built.is_some() {
            self.out.push(&Card::Pragma(Pragma::ServerVersion(DIALECT)));
        }
    }

    /// Takes note of where the client says that it can be found.
    fn take_address(&mut self, url: &str) -> Step {
        if self.session.may(Permission::Write)
            && let Some(url) = shareable(url)
        {
            self.write()?.note_place(&url, self.now())?;
        }
        Ok(())
    }
}
