//! What the pages of stock Fossil may take, by name.

use std::time::Duration;

/// Pages that are made at a time, unless told otherwise: each is a process.
pub const PAGES: usize = 16;

/// Pages that are made for one address at a time, unless told otherwise.
pub const PAGES_EACH: usize = 4;

/// Requests for pages that may wait for their turn, unless told otherwise. Further ones are refused.
pub const WAITING: usize = 256;

/// How long a page may take to make and to send, unless told otherwise. Fossil's chat keeps requests
/// open for seven minutes.
pub const PAGE_TIME: Duration = Duration::from_mins(10);

/// Bytes of the body of a request for a page, unless told otherwise. Fossil holds all of it in
/// memory.
pub const BODY: u64 = 64 * 1024 * 1024;

/// Bytes of the head of a reply.
pub const REPLY_HEAD: usize = 64 * 1024;

/// Headers of a reply.
pub const REPLY_HEADERS: usize = 100;

/// Bytes of a reply that are read at a time.
pub const PIECE: usize = 64 * 1024;

/// Bytes of what stock Fossil may say of its release.
pub const INTRODUCED: u64 = 16 * 1024;

/// How long a process may go on once its page is there.
pub const AFTERWARDS: Duration = Duration::from_secs(10);

/// How long stock Fossil may take to say which release it is.
pub const INTRODUCTION: Duration = Duration::from_secs(10);

const _: () = assert!(PAGES_EACH < PAGES);
