//! Which release of Fossil we speak like.

use outcrop_xfer::card::pragma::{Built, Version};

/// What we tell servers in `pragma client-version`.
///
/// Servers decide by it what a client understands: SHA3 names, private announcements, cookies with
/// logins. So it names the release of Fossil whose dialect we speak, not our own.
pub const DIALECT: Version =
    Version { release: 22900, built: Some(Built { date: 20_260_821, time: 165_942 }) };

/// What we call ourselves to web servers.
#[cfg(any(feature = "http", feature = "process"))]
pub(crate) const USER_AGENT: &str = concat!("Outcrop/", env!("CARGO_PKG_VERSION"));
