//! What the wire and the repository file share.
//!
//! A Fossil repository is a bag of artifacts, each named by its own hash. The file keeps an
//! artifact as a zlib [`envelope`], the xfer protocol sends the very same bytes in a `cfile` card,
//! and both write words that may hold blanks with the same [`escape`]s. This crate holds those
//! common forms, and nothing else: no I/O, no SQL, no protocol.
//!
//! | module | holds |
//! |---|---|
//! | [`hash`] | [`HashName`](hash::HashName): the parsed name of an artifact, and its verification |
//! | [`lanes`] | many contents hashed side by side, with vector instructions |
//! | [`envelope`] | 4-byte length and zlib stream, opened within a limit |
//! | [`escape`] | words that may hold blanks, as one token |
//! | [`planted`](mod@planted) | bugs for the simulator to find, in builds for it only |
//! | [`path`] | which file names a repository may hold |
//!
//! ```
//! use outcrop_format::{envelope, hash::HashName};
//!
//! let content = b"Hello, Fossil!\n";
//! let stored = envelope::seal(content)?;
//! let name = HashName::sha3_of(content);
//!
//! let opened = envelope::open(&stored, 1_000_000)?;
//! assert!(name.verify(&opened));
//! # Ok::<(), envelope::EnvelopeError>(())
//! ```

pub mod envelope;
pub mod escape;
pub mod hash;
pub mod lanes;
pub mod path;
pub mod planted;
