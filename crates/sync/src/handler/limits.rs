//! What a round may make grow, by name. The size of the request is bounded by
//! [`Limits`](outcrop_xfer::Limits).

use std::time::Duration;

/// Bytes after which artifacts are announced instead of sent, unless the repository says otherwise
/// (`max-download`).
pub(super) const MAX_DOWNLOAD: i64 = 5_000_000;

/// Seconds after which the same happens, unless the repository says otherwise
/// (`max-download-time`). Nothing is sent before the round is over, and clients may take a server for
/// stalled after ten.
pub(super) const MAX_DOWNLOAD_TIME: i64 = 5;

/// How many artifacts a server asks for in one reply.
pub(super) const ASKED_AT_ONCE: usize = 500;

/// How many artifacts a round may announce that nobody here has heard of. The client announces the
/// rest again.
pub(super) const NEW_PHANTOMS: usize = 100_000;

/// How many cards of one kind in a row are looked up together.
pub(super) const RUN: usize = 1_000;

/// Seconds for which a check-in stays locked, unless the repository says otherwise
/// (`lock-timeout`).
pub(super) const LOCK_TIMEOUT: i64 = 60;

/// Artifacts that came, and unversioned files that have changed: so many of either are told by name
/// to whoever watches.
pub(super) const NAMED: usize = 10_000;

/// Extension tables of a client that a round remembers.
pub(super) const RECEIVED_TABLES: usize = 1_000;

/// Bytes of the definition of an extension table.
pub(super) const SCHEMA_BYTES: usize = 1_000_000;

/// Things that a client is told beside the answer, and that whoever watches is told too.
pub(super) const NOTICES: usize = 8;

/// Bytes of a line that the answer to it may quote.
pub(super) const QUOTED: usize = 1_000;

/// Artifacts of more bytes are not compared with another one, to send only what differs.
pub(super) const MAX_COMPARED: usize = 50_000_000;

/// For how long another place of the project is remembered.
pub(super) const PLACE_LIFETIME: Duration = Duration::from_hours(30 * 24);
