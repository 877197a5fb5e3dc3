//! Composing artifacts: plain values in, the bytes of an artifact out.
//!
//! The other direction of [`mod@crate::artifact`], and as pure: nothing is looked up, nothing is
//! stored. Each kind is a struct whose fields are plain text, without escapes and in any order;
//! `compose` sorts what has to be sorted, checks every rule that a reader checks, and closes the
//! artifact with its Z card. What comes out is read back as what went in.
//!
//! ```
//! use outcrop_repo::artifact::{Artifact, Moment};
//! use outcrop_repo::compose::NewWiki;
//!
//! let page = NewWiki {
//!     comment: None,
//!     date: Moment::parse(b"2024-05-06T07:08:09.012").ok_or("not a date")?,
//!     title: "Home Page",
//!     mimetype: Some("text/x-markdown"),
//!     parents: &[],
//!     user: "alice",
//!     text: "# Welcome\n",
//! };
//! let bytes = page.compose()?;
//! assert!(bytes.starts_with(b"D 2024-05-06T07:08:09.012\nL Home\\sPage\n"));
//! assert!(matches!(Artifact::parse(&bytes)?, Artifact::Wiki(wiki) if wiki.text == b"# Welcome\n"));
//!
//! let no_page = NewWiki { title: " ", ..page }.compose();
//! assert_eq!(no_page.unwrap_err().to_string(), "\" \" cannot be the name of a wiki page");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `checkin.rs`, `control.rs`, `wiki.rs`, `ticket.rs`, `attachment.rs`, `technote.rs`, `forum.rs`, `cluster.rs` | one kind each |
//! | `tag.rs` | T cards, which three kinds have |
//! | `cards.rs` | writing a card, and the rules of words that several kinds share |
//! | `error.rs` | the rules that can be broken |
//!
//! Names of files are taken as leniently as a reader takes them, since a check-in carries over
//! those of its parent; whoever makes up a new name asks `outcrop_format::path` first.

mod attachment;
mod cards;
mod checkin;
mod cluster;
mod control;
mod error;
mod forum;
mod tag;
mod technote;
mod ticket;
mod wiki;

pub use attachment::NewAttachment;
pub use checkin::{NewCheckIn, NewFile};
pub use cluster::NewCluster;
pub use control::NewControl;
pub use error::ComposeError;
pub use forum::NewForum;
pub use tag::NewTag;
pub use technote::NewTechnote;
pub use ticket::{NewTicket, NewTicketField};
pub use wiki::NewWiki;
