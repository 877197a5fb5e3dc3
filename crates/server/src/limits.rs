//! What a server lets others make large, long or many, by name.

use std::time::Duration;

/// Rounds and pages that are worked on at a time for each core, unless told otherwise: one that waits
/// for the disk leaves its core to another, and more would only take memory.
pub const ROUNDS_EACH_CORE: usize = 2;

/// Rounds and pages that are worked on at a time, unless told otherwise, however few cores there are.
pub const FEWEST_ROUNDS: usize = 4;

/// Rounds and pages that are worked on at a time, unless told otherwise, however many cores there are.
pub const MOST_ROUNDS: usize = 16;

/// Rounds and pages that may wait for their turn, unless told otherwise. Further ones are refused.
pub const WAITING: usize = 256;

/// How long one may wait for its turn, unless told otherwise.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// After how long a client that was refused should try again.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Bytes of all request bodies that are in memory at a time, and of what they are opened to, in
/// bodies of the largest size. One of them and its content must fit.
pub const LARGEST_BODIES: usize = 2;

/// Bytes of replies to clones that are kept for the next who clone, of all repositories together: all
/// that there is of a large project. To read a batch once more costs more than to send it.
pub const KEPT_BATCHES: usize = 128 << 20;

/// Which part of the memory that this process may have they may take, at most: one of so many.
pub const KEPT_PART: usize = 16;

/// Bytes of a message from who does not log in, where not everyone may write, unless told otherwise.
/// Without a login nothing is pushed, so messages are lists of names: of more than a million.
pub const STRANGER_MESSAGE: usize = 64 * 1024 * 1024;

/// How long a client may send nothing of a body, unless told otherwise.
pub const BODY_STALL: Duration = Duration::from_secs(15);

/// Bytes a second that a body must come to, on average over each [`BODY_STALL`].
pub const BODY_RATE: u64 = 1_000;

/// Bytes of memory that a body takes at a time, as it arrives.
pub const BODY_STEP: usize = 256 * 1024;

/// How long a client may take to send the head of a request, and how long a connection may be idle
/// before one, unless told otherwise.
pub const HEAD: Duration = Duration::from_secs(15);

/// How long a client may take nothing of a reply, unless told otherwise.
pub const REPLY_STALL: Duration = Duration::from_secs(30);

/// Bytes of a reply that the system takes ahead of a client on this machine. Over no distance there
/// is nothing to fill, so what is sent is taken while it is still close to a core, and many clients
/// behind a proxy do not each hold megabytes of the system's memory. Farther away the system knows
/// best.
pub const LOCAL_SEND_BUFFER: usize = 128 * 1024;

/// Bytes of the largest head of a request.
pub const HEAD_BYTES: usize = 64 * 1024;

/// Connections at a time, unless told otherwise. Further ones wait to be accepted.
pub const CONNECTIONS: usize = 512;

/// Connections at a time from one address, unless told otherwise. Further ones are turned away.
pub const CONNECTIONS_EACH: usize = 128;

/// How many new connections the system may hold until they are accepted; it may be set to hold
/// fewer.
pub const BACKLOG: u32 = 4_096;

/// How long to wait when the system has no room for one more connection.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long, after the last reply, to go on reading what a client still sends. If the connection
/// was closed at once, the system would take the reply back.
pub const LINGER: Duration = Duration::from_secs(3);

/// Bytes of that.
pub const LINGER_BYTES: usize = 64 * 1024 * 1024;

/// How long rounds under way may take to end when the server is told to stop, unless told
/// otherwise.
pub const GRACE: Duration = Duration::from_secs(30);

/// Repositories that are kept open, unless told otherwise.
pub const OPEN_REPOSITORIES: usize = 64;

/// Bytes of the path of a request.
pub const PATH_BYTES: usize = 4_096;

/// How deep below the folder that is served a repository may be.
pub const PATH_DEPTH: usize = 16;

/// Entries of a folder that are looked at to list its repositories.
pub const LISTED_ENTRIES: usize = 2_000;

/// Repositories and folders that a page lists.
pub const LISTED: usize = 500;

/// Check-ins that the page of a repository shows.
pub const CHECK_INS: usize = 20;

/// Branches that the page of a repository shows.
pub const BRANCHES: usize = 12;

/// Check-ins that are counted for that page. Of more it only says so.
pub const COUNTED: usize = 100_000;

/// Lines of the timeline that are read to find as many that everyone may see.
pub const TIMELINE_LINES: usize = 100;

/// Bytes of a text that a page shows.
pub const SHOWN_TEXT: usize = 500;

const _: () = assert!(LARGEST_BODIES >= 2);
const _: () = assert!(FEWEST_ROUNDS <= MOST_ROUNDS);
const _: () = assert!(CONNECTIONS_EACH < CONNECTIONS);
const _: () = assert!(CHECK_INS <= TIMELINE_LINES);
const _: () = assert!(LISTED <= LISTED_ENTRIES);

/// Failed logins of a user at an address after which the next attempt has to wait.
pub const FREE_FAILURES: u32 = 3;

/// Failed logins from an address after which the next attempt has to wait.
pub const FREE_FAILURES_OF_ADDRESS: u32 = 20;

/// How long an attempt to log in has to wait at first. Each further failure doubles it.
pub const LOGIN_DELAY: Duration = Duration::from_secs(1);

/// How long such a wait becomes at most.
pub const LONGEST_LOGIN_DELAY: Duration = Duration::from_secs(30);

/// Failures beyond the free ones that are counted.
pub const MOST_FAILURES: u32 = 10;

/// After which time one failure is forgotten.
pub const FORGIVING: Duration = Duration::from_mins(1);

/// How long someone who has logged in is known at an address.
pub const KNOWN: Duration = Duration::from_hours(1);

/// How often an attempt that waits for the outcome of others is looked at.
pub const LOGIN_RECHECK: Duration = Duration::from_millis(100);

/// How long an attempt to log in waits for others of the same kind. Then it is refused.
pub const LOGIN_PATIENCE: Duration = Duration::from_mins(1);

/// Attempts to log in that may wait. Further ones are refused.
pub const LOGINS_WAITING: usize = 128;

/// Bytes of the body of a request whose login may wait. A larger one is refused, and to be sent again.
pub const WAITING_BODY: usize = 1024 * 1024;

/// Users at an address, and addresses, whose logins are remembered.
pub const REMEMBERED_LOGINS: usize = 16_384;

/// Proxies on the way of one request that are looked at.
pub const HOPS: usize = 32;

/// Rounds that may wait for their turn to write to one repository. Further ones are refused.
pub const WRITERS_WAITING: usize = 64;

const _: () = assert!(LOGIN_DELAY.as_secs() <= LONGEST_LOGIN_DELAY.as_secs());
const _: () = assert!(LONGEST_LOGIN_DELAY.as_secs() < LOGIN_PATIENCE.as_secs());
