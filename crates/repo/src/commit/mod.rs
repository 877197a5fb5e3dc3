//! Writing to a repository without a check-out: check-ins, tags, pages, tickets and attachments.
//!
//! Each is a method of [`WriteTx`](crate::tx::WriteTx) that looks up what the new artifact follows
//! upon, checks all that Fossil checks, composes it ([`crate::compose`]) and receives it like any
//! other ([`crate::receive`]). Nothing is stored before everything is checked, and nothing is real
//! before the transaction is committed.
//!
//! ```no_run
//! use outcrop_repo::Repo;
//! use outcrop_repo::artifact::Moment;
//! use outcrop_repo::commit::{Author, Change, CheckInRequest};
//! use outcrop_repo::read::EventKind;
//!
//! let tx = Repo::open("project.fossil")?.write()?;
//! let tip = tx.resolve("trunk", Some(EventKind::CheckIn))?;
//! let author = Author { login: "alice", at: Moment::parse(b"2024-05-06T07:08:09").ok_or("date")? };
//! let changes = [Change::put("README.md", b"# Hello\n"), Change::Remove { path: "old.txt" }];
//! let done = tx.check_in(&CheckInRequest {
//!     changes: &changes,
//!     ..CheckInRequest::new(Some(tip.rid), "A first page", author)
//! })?;
//! tx.commit()?;
//! println!("{}", done.name);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `checkin.rs` | check-ins, and what forbids one |
//! | `changes.rs` | what changes of files make of those of the parent |
//! | `manifest.rs` | the manifest: whole or as a difference, its checksum, its tags |
//! | `edit.rs` | tags, pages, tickets and attachments |
//! | `store.rs` | how an artifact that was made here is named and received |

mod changes;
mod checkin;
mod edit;
mod error;
mod manifest;
mod predecessors;
mod store;

pub use changes::Change;
pub use checkin::{CheckInRequest, CheckedIn, ManifestForm, NewBranch};
pub use edit::{AttachmentEdit, TagChange, TechnoteEdit, WikiEdit};
pub use error::{CheckInError, EditError};

use outcrop_format::hash::HashName;

use crate::artifact::Moment;
use crate::id::Rid;

/// Who writes, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author<'a> {
    /// The login.
    pub login: &'a str,
    /// The time that the artifact states.
    pub at: Moment,
}

/// An artifact that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its row.
    pub rid: Rid,
    /// Its name.
    pub name: HashName,
}
