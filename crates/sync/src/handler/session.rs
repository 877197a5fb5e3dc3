//! What a round knows about its client.

use std::collections::HashSet;

use outcrop_format::hash::{Algorithm, HashName};
use outcrop_repo::Rid;
use outcrop_repo::capability::SharedRights;
use outcrop_repo::config::Areas;
use outcrop_repo::user::User;
use outcrop_xfer::card::pragma::Version;

use super::table::Tables;
use crate::caps::{Permission, Permissions};

/// Who a client is, what it may do, and what it has said so far.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a card that came or did not")]
pub(super) struct Session {
    pub(super) shared: SharedRights,
    pub(super) permissions: Permissions,
    /// The user, if one has logged in.
    pub(super) uid: Option<i64>,
    /// The user's name; `anonymous` without a login.
    pub(super) login: String,
    /// The nonce of the login.
    pub(super) nonce: Option<String>,
    /// A login came, whoever's.
    pub(super) has_login: bool,
    /// What the client understands. One that does not say is old.
    pub(super) version: Option<Version>,
    pub(super) pull: bool,
    pub(super) push: bool,
    /// A clone of the first generation: everything is announced, and sent as it is stored.
    pub(super) announce_all: bool,
    /// The client asked for artifacts.
    pub(super) asked: bool,
    /// What is private is to be sent, and may be.
    pub(super) send_private: bool,
    /// Everything is to be announced.
    pub(super) catalog: bool,
    /// The client wants to know of other places.
    pub(super) links: bool,
    /// What it has said of extension tables.
    pub(super) tables: Tables,
    /// The list of unversioned files was sent, or need not be.
    pub(super) unversioned_told: bool,
    /// Areas of the configuration that were sent.
    pub(super) config_told: Areas,
    /// A batch of a clone was sent.
    pub(super) batch_sent: bool,
    /// The clusters were announced.
    pub(super) clusters_told: bool,
    /// The next artifact is private.
    pub(super) next_is_private: bool,
    /// The next artifact is private, and the client may not push such.
    pub(super) drop_next: bool,
    /// Artifacts that the client has, or has been sent.
    pub(super) has: HashSet<Rid>,
    /// Artifacts that the client has asked for, and so has not.
    pub(super) lacks: HashSet<HashName>,
}

/// Artifacts may be announced as private to clients of this date or later: older ones stop at that.
const PRIVATE_ANNOUNCEMENTS: u32 = 20_200_413;

/// The first release that knows SHA3 names.
const SHA3_NAMES: u32 = 2_00_00;

impl Session {
    /// The client is this user, as has been proven.
    pub(super) fn is(&mut self, user: User) {
        self.permissions = Permissions::on_sync(&self.shared, Some(user.capabilities));
        (self.uid, self.login) = (Some(user.uid), user.login);
    }

    pub(super) fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// Whether the client can be told that an artifact is private.
    pub(super) fn knows_private_announcements(&self) -> bool {
        let built = self.version.and_then(|version| version.built);
        built.is_some_and(|built| built.date >= PRIVATE_ANNOUNCEMENTS)
    }

    /// Whether the client can take an artifact of this name.
    pub(super) fn takes(&self, name: &HashName) -> bool {
        name.algorithm() == Algorithm::Sha1 || self.takes_sha3()
    }

    /// Whether the client can take names of either kind.
    pub(super) fn takes_sha3(&self) -> bool {
        self.version.map_or(0, |version| version.release) >= SHA3_NAMES
    }
}
