//! Convergence between Fossil repositories: what carries a round.
//!
//! Two repositories converge in *rounds*: the client sends a message of cards, the server answers
//! with another. What a message says is [`outcrop_xfer`]'s business; here is what takes it there
//! and back.
//!
//! | module | holds |
//! |---|---|
//! | `transport.rs` | [`Request`], [`Reply`], and the [`Transport`] that turns one into the other |
//! | `transport_error.rs` | [`TransportError`]: why there is no reply, and whether to retry |
//! | `error.rs` | [`SyncError`]: why a session of rounds failed |
//! | `address/` | [`Address`]: where a repository is, in any form, and [`Address::open`] |
//! | [`http`] | [`HttpTransport`]: HTTP and HTTPS (feature `http`, on by default) |
//! | `process/` | [`SshTransport`], [`ProcessTransport`], [`CommandTransport`]: through other programs (feature `process`, on by default) |
//! | `file.rs` | [`FileTransport`]: a file of this machine |
//! | `head.rs` | the head of an HTTP reply that comes over a pipe |
//! | `stall.rs` | how long nothing has moved |
//! | `meter.rs` | counting what travels |
//! | `replay.rs` | [`ReplayTransport`]: canned replies, for tests |
//! | `url.rs` | [`HttpUrl`]: where a repository is on the web |
//! | `credentials.rs` | [`Credentials`]: who asks |
//! | `counts.rs` | [`Counts`]: what has moved |
//! | `env.rs` | [`Env`]: the clock and the random bytes, handed in |
//! | `handler/` | [`handle_sync`]: the side that answers, and [`HandleOptions`] |
//! | `caps.rs` | [`Permissions`]: what a peer may do |
//! | `memory.rs` | [`MemoryTransport`]: a repository of this process as a server |
//! | `rows.rs` | extension tables on the wire |
//! | `client/` | [`sync()`] and [`clone()`]: the side that asks, round by round |
//! | `observer/` | [`Observer`]: watching that; [`Traced`] tells `tracing`, `Otel` OpenTelemetry |
//! | `trace_parent.rs` | [`TraceParent`]: which trace a request belongs to |
//! | `ping.rs` | [`ping()`]: the smallest round there is |
//!
//! # A round
//!
//! The smallest round asks a server whether it is there. Here the server is a captured reply of
//! Fossil 2.29; an [`HttpTransport`] in its place would ask a real one.
//!
//! ```
//! use outcrop_sync::{Env, ReplayTransport, ping};
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//!
//! let server = ReplayTransport::new([
//!     "pragma server-version 22900 20260821 165942\n# timestamp 2026-11-21T04:05:10 errors 0\n",
//! ]);
//! let pong = ping(&server, Env::system(), None).await?;
//!
//! let version = pong.version.unwrap();
//! println!("Fossil {}.{}", version.release / 10000, version.release / 100 % 100);
//! assert_eq!(version.release, 22900);
//! assert!(pong.errors.is_empty());
//! # Ok::<(), outcrop_sync::SyncError>(())
//! # }).unwrap();
//! ```
//!
//! # Trust
//!
//! A server may be anything, and may send anything. Every wait has an end, every reply a largest
//! size ([`HttpOptions`]), and whatever goes wrong is one of the cases of [`TransportError`]. No
//! error, `Debug` or `Display` shows a password.

mod address;
mod caps;
mod client;
mod counts;
mod credentials;
mod env;
mod error;
mod file;
mod handler;
#[cfg(any(feature = "http", feature = "process"))]
mod head;
#[cfg(feature = "http")]
pub mod http;
mod memory;
#[cfg(any(feature = "http", feature = "process"))]
mod meter;
mod observer;
mod ping;
#[cfg(feature = "process")]
mod process;
mod release;
mod replay;
mod rows;
#[cfg(any(feature = "http", feature = "process"))]
#[cfg_attr(not(feature = "http"), expect(unreachable_pub, reason = "public where HTTP is"))]
mod stall;
mod timestamp;
mod trace_parent;
mod transport;
mod transport_error;
mod url;
mod words;

pub use address::{Address, AddressError, NoTransport, SshUrl, TransportOptions};
pub use caps::{Permission, Permissions};
pub use client::{
    Account, Arrival, Breaker, CloneError, CloneOptions, CloneOutcome, Control, LockHolder, Remote,
    Remotes, Retry, RoundOutcome, Session, SyncOptions, SyncOutcome, Threads, ThreadsIfLong,
    Unversioned, WantedLock, Workers, clone, clone_blocking, sync, sync_blocking,
};
pub use counts::Counts;
pub use credentials::Credentials;
pub use env::{Clock, Env, Rng, SystemClock, SystemRng};
pub use error::SyncError;
pub use file::FileTransport;
pub use handler::{
    BatchRoom, Batches, HandleError, HandleOptions, HandleStarted, Handled, Operation, Trust,
    Writing, handle_sync,
};
#[cfg(feature = "http")]
pub use http::{HttpOptions, HttpTransport};
pub use memory::MemoryTransport;
#[cfg(feature = "otel")]
pub use observer::Otel;
pub use observer::{Completing, Observer, Progress, Retrying, Started, TableCounts, Traced};
#[cfg(feature = "otlp")]
pub use observer::{Otlp, OtlpError};
pub use ping::{Ping, ping};
#[cfg(feature = "process")]
pub use process::{CommandTransport, ProcessOptions, ProcessTransport, SshTransport};
pub use release::DIALECT;
pub use replay::ReplayTransport;
pub use trace_parent::{TraceParent, TraceParentError};
pub use transport::{BoxFuture, Reply, Request, Traffic, Transport};
pub use transport_error::TransportError;
pub use url::{HttpUrl, UrlError};
pub use words::first_words;
