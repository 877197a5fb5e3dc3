//! Outcrop in one import: Fossil repositories, and how they are synced, for Rust programs.
//!
//! | module | what it is |
//! |---|---|
//! | [`mod@format`] | artifact names, the zlib envelope, token escapes: what wire and disk share |
//! | [`xfer`] | the sync protocol: bytes to cards and back |
//! | [`repo`] | the repository file: deltas, structural artifacts, storing, verifying |
//! | [`sync`] | clones, pulls and pushes; answering them; and what carries a round |
//! | [`server`] | the side that listens: a relay that records rounds |
//!
//! ```
//! use outcrop::{format::hash::HashName, repo::delta};
//!
//! let old = b"Outcrop serves Fossil repositories.";
//! let new = b"Outcrop serves and clones Fossil repositories.";
//!
//! // What one repository sends another: the name of the new version, and a delta from the old.
//! let (name, change) = (HashName::sha3_of(new), delta::create(old, new));
//!
//! let received = delta::apply(old, &change, 1_000_000)?;
//! assert!(name.verify(&received));
//! # Ok::<(), delta::DeltaError>(())
//! ```
//!
//! A repository is brought up to date with a server, in both directions:
//!
//! ```no_run
//! use outcrop::{repo::Repo, sync::{self, HttpTransport, SyncOptions}};
//!
//! let repo = Repo::open("project.fossil")?;
//! let server = HttpTransport::new("https://example.org/project")?;
//! let done = sync::sync_blocking(&repo, &server, SyncOptions::push_pull())?;
//! println!("{} in, {} out, {} rounds", done.total.received, done.total.sent, done.rounds);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use outcrop_format as format;
pub use outcrop_repo as repo;
pub use outcrop_server as server;
pub use outcrop_sync as sync;
pub use outcrop_xfer as xfer;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
