//! Reading a repository: what a name stands for, and what the check-ins, pages and tickets say.
//!
//! All of it are methods of [`ReadTx`](crate::tx::ReadTx), told here by subject. They read the
//! tables that Fossil derives from the artifacts, and open artifacts only where those tables do not
//! have it: the files of a check-in, the text of a page. Whatever can be long is given a page or a
//! step at a time.
//!
//! | to read | ask |
//! |---|---|
//! | what a name stands for | [`resolve`](crate::tx::ReadTx::resolve) |
//! | the files of a check-in | [`files_at`](crate::tx::ReadTx::files_at), [`file_at`](crate::tx::ReadTx::file_at) |
//! | what happened | [`timeline`](crate::tx::ReadTx::timeline), [`event`](crate::tx::ReadTx::event) |
//! | what a check-in changes | [`file_changes`](crate::tx::ReadTx::file_changes) |
//! | what a check-in comes from, and led to | [`ancestors`](crate::tx::ReadTx::ancestors), [`descendants`](crate::tx::ReadTx::descendants), [`parents`](crate::tx::ReadTx::parents), [`children`](crate::tx::ReadTx::children) |
//! | branches and tags | [`branches`](crate::tx::ReadTx::branches), [`tag_names`](crate::tx::ReadTx::tag_names), [`tags_on`](crate::tx::ReadTx::tags_on), [`having_tag`](crate::tx::ReadTx::having_tag) |
//! | pages | [`wiki_pages`](crate::tx::ReadTx::wiki_pages), [`wiki_page`](crate::tx::ReadTx::wiki_page), [`technotes`](crate::tx::ReadTx::technotes), [`technote`](crate::tx::ReadTx::technote) |
//! | tickets | [`tickets`](crate::tx::ReadTx::tickets), [`ticket`](crate::tx::ReadTx::ticket), [`ticket_changes`](crate::tx::ReadTx::ticket_changes), [`ticket_fields`](crate::tx::ReadTx::ticket_fields), [`ticket_change_fields`](crate::tx::ReadTx::ticket_change_fields) |
//! | files beside them | [`attachments`](crate::tx::ReadTx::attachments) |
//!
//! ```no_run
//! use outcrop_repo::Repo;
//! use outcrop_repo::read::EventKind;
//!
//! let tx = Repo::open("project.fossil")?.read()?;
//! let tip = tx.resolve("trunk", Some(EventKind::CheckIn))?;
//! for file in tx.files_at(tip.rid)? {
//!     println!("{} {}", file.content, String::from_utf8_lossy(&file.name));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod branches;
mod changes;
mod files;
mod kind;
mod lineage;
mod name;
mod pages;
mod tickets;
mod timeline;

pub use branches::{Branch, OpenBranch, TagOn, Tagged};
pub use changes::{FileChange, FileChangeKind};
pub use files::{FileAt, FilesError};
pub(crate) use files::{Tree, TreeFile};
pub use kind::EventKind;
pub use lineage::{Lineage, Relative, WalkError};
pub use name::{ResolveError, Resolved};
pub use pages::{AttachedFile, PageError, PageText, TechnoteVersion, WikiPage};
pub use tickets::TicketEntry;
pub use timeline::{Position, TimelineEntry, TimelineFilter};
