//! What artifacts mean to each other: the derived tables.
//!
//! An artifact by itself is bytes with a name. That one check-in follows another, that a tag was
//! put on it, that a file changed, what the timeline shows: all this is told by rows that are
//! derived from the artifacts, and could be derived anew at any time.
//!
//! [`WriteTx::link`] derives the rows of artifacts that have just arrived. It gives the very rows
//! that [`WriteTx::rebuild`] derives from all artifacts together, and those are the rows of
//! Fossil's own rebuild, in whatever order the artifacts came.
//!
//! # How it does not depend on the order
//!
//! Most rows are functions of an artifact and of those that it names: they are told again when one
//! of these comes late. Where many have a say, the rows are worked out for the group as a whole.
//! Tags are left: the newest counts, and Fossil's rules hold in any order, but for a few cases in
//! which they contradict each other (a tag that is older than the one inherited, two of the same
//! moment). Then the order of the artifacts' numbers decides, as it does in a rebuild. If such a
//! case is met and artifacts have come out of that order, everything is derived anew.
//!
//! | file | tells |
//! |---|---|
//! | `linker.rs` | which artifact is whose business |
//! | `checkin.rs` | check-ins |
//! | `compare.rs`, `files.rs`, `changes.rs` | what check-ins change |
//! | `arrival.rs`, `influx.rs` | the same of what has just arrived, some of it or much |
//! | `rebuild.rs`, `survey.rs`, `meanings.rs`, `plain.rs`, `pairs.rs`, `ready.rs`, `file_text.rs` | all of it at once, and fast |
//! | `lineage.rs` | parents and leaves |
//! | `nudge.rs` | the order of check-ins made at the same time |
//! | `tags.rs`, `tag_rows.rs`, `control.rs` | tags, and changes of them |
//! | `pages.rs` | wiki pages and technotes |
//! | `forum.rs`, `ticket.rs`, `attachment.rs`, `cluster.rs` | what their names say |
//! | `text.rs`, `time.rs` | texts and times as the tables hold them |
//! | `sheet.rs` | rows under work |
//! | `probe.rs` | the comparison of check-ins, for benchmarks |

mod arrival;
mod attachment;
mod changes;
mod checkin;
mod cluster;
mod compare;
mod control;
mod file_text;
mod files;
mod finish;
mod forum;
mod influx;
mod late;
mod lineage;
mod linker;
mod meanings;
mod nudge;
mod pages;
mod pairs;
mod plain;
#[doc(hidden)]
pub mod probe;
mod ready;
mod rebuild;
mod sheet;
mod survey;
mod tag_rows;
mod tags;
pub(crate) mod text;
mod ticket;
mod time;

use crate::id::Rid;
use crate::ticket::TicketTablesError;
use crate::tx::{DatabaseError, WriteTx};
use linker::Linker;
pub(crate) use rebuild::Derivation;
pub(crate) use survey::look;

/// What was linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Linked {
    /// Artifacts with a meaning of their own.
    pub artifacts: u64,
    /// Check-ins among them.
    pub check_ins: u64,
    /// Tickets that do not fit the repository's own tables for tickets. They are shown as they
    /// were before.
    pub unfit_tickets: u64,
    /// Artifacts that a rebuild could not expand, as they are damaged. What they mean is not told.
    pub damaged: u64,
}

/// Why artifacts could not be linked. The transaction should not be committed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The tables for tickets cannot be made.
    #[error(transparent)]
    TicketTables(#[from] TicketTablesError),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl WriteTx {
    /// Derives the rows of artifacts that have just become available.
    ///
    /// [`Receiver::finish`](crate::receive::Receiver::finish) does this for all that it received.
    pub fn link(&self, arrived: &[Rid]) -> Result<Linked, LinkError> {
        let mut batch = Linker::new(self)?;
        let mut arrived = arrived.to_vec();
        arrived.sort_unstable();
        arrived.dedup();
        batch.link_all(&arrived)?;
        let (linked, contradicted) = batch.finish()?;
        if contradicted {
            self.rebuild(|_| {})?;
        } else {
            self.conceal_private()?;
        }
        Ok(linked)
    }
}
