//! What a session may make grow, by name. The size of a reply is bounded by
//! [`Limits`](outcrop_xfer::Limits).

/// Bytes after which a request is full, unless told otherwise. The artifact that crosses the line
/// still goes whole.
pub(super) const MAX_SEND: usize = 250_000;

/// Artifacts that a round asks for at least, if there are so many to ask for. It asks for twice as
/// many as came in the round before, if that is more.
/// What has no room in the reply is announced once more, so that it costs a line to ask for too many;
/// each round costs several flushes.
pub(super) const ASKED_AT_LEAST: usize = 1_000;

/// Artifacts that a round asks for at most.
pub(super) const ASKED_AT_MOST: usize = 50_000;

/// New names of artifacts that one reply may bring. What goes beyond is not taken note of; a later
/// sync hears of it again.
pub(super) const NEW_PHANTOMS: usize = 2_000_000;

/// Rounds in a row that may bring nothing though something was promised, or asked for the first
/// time.
pub(super) const BARREN_ROUNDS: u32 = 10;

/// Rounds that a session may take in all, unless told otherwise. A reply of five million bytes, as
/// much as servers send at a time, brings terabytes before that.
pub(super) const ROUNDS: u32 = 1_000_000;

/// How often an artifact is sent in one session: as a change, and once more, whole, if the server
/// asks again. An unversioned file is not sent more often either, whatever the server says to have.
pub(super) const SENT_AT_MOST: u8 = 2;

/// Names that are remembered as known to the server. One that is forgotten may be announced in
/// vain.
pub(super) const KNOWN_AT_MOST: usize = 2_000_000;

/// Members of a set that are looked at together.
pub(super) const PAGE: usize = 2_000;

/// Artifacts of more bytes are not compared with another one, to send only what differs.
pub(super) const COMPARED: u64 = 50_000_000;

/// Artifacts of fewer bytes are sent whole.
pub(super) const WORTH_A_DELTA: usize = 100;

/// Bytes that a delta must save.
pub(super) const DELTA_SAVES: usize = 50;

/// Messages of a server that are kept.
pub(super) const MESSAGES: usize = 100;

/// Names that the list of missing artifacts gives.
pub(super) const NAMED_MISSING: usize = 20;

/// Bytes that a clone may bring in all, unless told otherwise.
pub(super) const CLONE_BYTES: u64 = 1 << 40;

/// Extension tables of a server that are taken note of.
pub(super) const TABLES: usize = 1_000;

/// Refusals in a row after which a server is left alone.
pub(super) const REFUSALS: u32 = 3;

/// Bytes of replies that share a commit at most, but for one that is longer. Pages of them have room
/// in the cache of the file, and need not be written before.
pub(super) const UNSETTLED_BYTES: usize = 24 << 20;

/// For how long replies share a commit: what a crash may cost is to come again.
pub(super) const UNSETTLED_TIME: std::time::Duration = std::time::Duration::from_secs(1);

/// How long a reply is waited for, so that what came before it shares its commit: about as long as the
/// disk takes for one.
pub(super) const SOON: std::time::Duration = std::time::Duration::from_millis(20);

/// Replies of so many bytes are soon taken in.
pub(super) const BRIEF_REPLY: usize = 64 * 1024;

/// How long a failed request waits for its next attempt at most.
pub(super) const LONGEST_WAIT: std::time::Duration = std::time::Duration::from_mins(1);

const _: () = assert!(ASKED_AT_LEAST <= ASKED_AT_MOST);
