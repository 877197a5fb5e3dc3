//! Transactions: the only doors to the database.
//!
//! [`ReadTx`] sees one state of the repository and nothing that others write meanwhile. [`WriteTx`]
//! sees the same, holds the one right to write, and all that it writes becomes real with
//! [`WriteTx::commit`] and not before: a transaction that is dropped leaves no trace.
//!
//! Their methods speak of artifacts, names and rows, and no other file of the crate knows SQL. Most
//! of what one does with a transaction is told beside its subject: see [`crate::content`] for
//! reading artifacts and [`crate::receive`] for storing them.
//!
//! | file | holds |
//! |---|---|
//! | `pool.rs` | how a connection is opened, and kept |
//! | `alone.rs` | reading when the disk has no room for what connections share |
//! | `carry.rs` | what was expanded, carried from one transaction to the next |
//! | `query.rs` | running one statement |
//! | `identity.rs` | what kind of file this is |
//! | `blobs.rs` | rows of artifacts, looked up |
//! | `forest.rs` | all artifacts and the deltas between them |
//! | `intake.rs` | rows of artifacts, written |
//! | `unindexed.rs` | the indexes over content, made when all of a clone has come |
//! | `tickets.rs` | rows of tickets, written |
//! | `ticket_layout.rs` | which columns the tables of tickets have |
//! | `ticket_schema.rs` | the statements that make them |
//! | `ticket_rows.rs` | tickets, looked up |
//! | `derived/` | what a rebuild derives from the artifacts |
//! | `settings.rs` | settings |
//! | `config.rs` | rows of the configuration, as peers exchange them |
//! | `users.rs` | users |
//! | `shun.rs` | names that are not wanted, and artifacts leaving |
//! | `kept.rs` | deliveries, concealed addresses, reports, links |
//! | `unversioned.rs` | rows of unversioned files |
//! | `tables.rs` | extension tables and their rows |
//! | `census.rs` | counting what is in the tables |
//! | `step.rs` | a part of a transaction that happens wholly or not at all |
//! | `sets.rs` | artifacts to ask for, to announce, to send, to keep back |
//! | `neighbours.rs` | artifacts that may be told as changes of one another |
//! | `journal.rs` | how commits reach the file |
//! | `copy.rs` | copying the file while it is used |
//! | `announce.rs` | what a server tells of its artifacts |
//! | `stored.rs` | artifacts as they are stored, for clones |
//! | `peers.rs` | peers: nonces, check-in locks, other places of the project |
//! | `found.rs` | the first rows of a new repository |
//! | `names.rs` | what the forms of a name stand for |
//! | `lineage.rs` | parents, children and branches of check-ins |
//! | `local.rs` | what is asked and noted when artifacts are made here |
//! | `timeline.rs`, `changes.rs`, `tags.rs`, `pages.rs`, `ticket_list.rs` | the derived tables, read |
//! | `beside.rs` | rows derived beside the file, to be compared with those in it |
//! | `error.rs` | how a database fails |

mod alone;
mod announce;
mod beside;
mod blobs;
mod carry;
mod census;
mod changes;
mod config;
mod copy;
pub(crate) mod derived;
mod error;
mod forest;
mod found;
mod identity;
mod intake;
mod journal;
mod kept;
mod lineage;
mod local;
mod names;
mod neighbours;
mod pages;
mod peers;
#[cfg(test)]
mod plans;
mod pool;
mod query;
mod sets;
mod settings;
mod shun;
mod step;
mod stored;
mod tables;
mod tags;
mod ticket_layout;
mod ticket_list;
mod ticket_rows;
mod ticket_schema;
mod tickets;
mod timeline;
mod unindexed;
mod unversioned;
mod users;
mod watch;

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

pub use announce::Announced;
pub use carry::Carrying;
pub(crate) use config::Select;
pub use error::{DatabaseError, Failure};
pub(crate) use forest::{DeltaLink, StoredRow};
pub(crate) use found::FirstRows;
pub(crate) use identity::Identity;
pub(crate) use names::Zone;
pub(crate) use neighbours::Whole;
pub use peers::{CheckInLock, Place};
pub(crate) use pool::{Access, Pool, PoolOptions};
use pool::{Promise, promise};
pub use stored::{PlainRow, StoredArtifact, StoredSource};
pub(crate) use tables::TableRecord;
pub(crate) use ticket_schema::Refused;
pub(crate) use tickets::{Assigned, Assignment, NewChange};
pub(crate) use unversioned::NewFile;
pub use watch::Version;

use crate::cache::{Cache, Room};
use crate::limits;
use crate::maps::RowSet;
use crate::ticket::Layout;
use beside::Written;
use carry::{Cargo, Carried};
use error::Doing as _;

/// A view of the repository as it was when the transaction began.
#[derive(Debug)]
pub struct ReadTx {
    /// Only taken out when the transaction ends.
    connection: Option<Connection>,
    pool: Arc<Pool>,
    /// What was expanded. It lives no longer than the view it was taken from, unless it is carried.
    pub(crate) cache: RefCell<Cache>,
    /// Artifacts that were found to be here, with all that they build upon.
    pub(crate) held: RefCell<RowSet>,
    /// How the tables of tickets look, once someone has asked.
    ticket_layout: RefCell<Option<Arc<Layout>>>,
    /// Where derived rows are written to, and read from.
    written: Written,
    /// Nobody else can use the file meanwhile.
    is_alone: bool,
    carrying: Cargo,
    promise: Promise,
}

/// The one right to write.
#[derive(Debug)]
pub struct WriteTx(ReadTx);

impl ReadTx {
    pub(crate) fn begin(pool: &Arc<Pool>) -> Result<Self, DatabaseError> {
        match Self::begin_to_read(pool) {
            Err(error) if error.waits_for_rollback() => {
                pool.undo_unfinished(error)?;
                Self::begin_to_read(pool)
            }
            Err(error) if error.lacks_room_for_index() => Self::begin_alone(pool, error),
            begun => begun,
        }
    }

    fn begin_to_read(pool: &Arc<Pool>) -> Result<Self, DatabaseError> {
        let (connection, carried) = pool.take_with_carried()?;
        connection.execute_batch("BEGIN").doing(BEGINNING)?;
        let mut tx = Self::on(connection, pool);
        // SQLite takes the view when it first looks at the file.
        tx.application_id()?;
        tx.take_on(carried)?;
        Ok(tx)
    }

    /// A transaction that has begun.
    fn on(connection: Connection, pool: &Arc<Pool>) -> Self {
        // A server has many transactions at a time, all others mostly have one.
        let own = if pool.options().serve { limits::OWN_CONTENT } else { limits::CACHED_CONTENT };
        let cache = RefCell::new(Cache::new(own, limits::CACHED_CONTENT, &SHARED_CONTENT));
        let ticket_layout = RefCell::default();
        let (connection, pool, written) = (Some(connection), Arc::clone(pool), Written::InFile);
        let promise = Promise::Lasting;
        let (is_alone, carrying, held) = (false, Cargo::None, RefCell::default());
        Self { connection, pool, cache, held, ticket_layout, written, is_alone, carrying, promise }
    }
}

const BEGINNING: &str = "begin a transaction";

/// What all transactions of servers in the process share, so that many of them do not take many times
/// as much.
static SHARED_CONTENT: Room = Room::new(limits::SHARED_CONTENT);

impl WriteTx {
    pub(crate) fn begin(pool: &Arc<Pool>) -> Result<Self, DatabaseError> {
        Self::prepare(pool)?;
        let (connection, carried) = pool.take_with_carried()?;
        connection.execute_batch("BEGIN IMMEDIATE").doing(BEGINNING)?;
        Ok(Self::on(connection, carried, pool))
    }

    /// A transaction that has begun.
    fn on(connection: Connection, carried: Option<Box<Carried>>, pool: &Arc<Pool>) -> Self {
        let mut tx = ReadTx::on(connection, pool);
        tx.leave_aside(carried);
        Self(tx)
    }

    /// Begins to write what it costs nothing to lose.
    pub(crate) fn begin_forgettable(pool: &Arc<Pool>) -> Result<Self, DatabaseError> {
        Self::prepare(pool)?;
        let (connection, carried) = pool.take_with_carried()?;
        // Within a transaction nothing can be changed about it.
        promise(&connection, Promise::Forgettable).doing(BEGINNING)?;
        connection.execute_batch("BEGIN IMMEDIATE").doing(BEGINNING)?;
        let mut tx = Self::on(connection, carried, pool);
        tx.0.promise = Promise::Forgettable;
        Ok(tx)
    }

    /// Begins without waiting for anyone.
    pub(crate) fn begin_at_once(pool: &Arc<Pool>) -> Result<Self, DatabaseError> {
        Self::prepare(pool)?;
        let (connection, carried) = pool.take_with_carried()?;
        connection.busy_timeout(Duration::ZERO).doing(BEGINNING)?;
        let begun = connection.execute_batch("BEGIN IMMEDIATE").doing(BEGINNING);
        connection.busy_timeout(pool.options().patience).doing(BEGINNING)?;
        if let Err(error) = begun {
            pool.give_back_with(connection, carried);
            return Err(error);
        }
        Ok(Self::on(connection, carried, pool))
    }

    fn prepare(pool: &Pool) -> Result<(), DatabaseError> {
        // SQLite itself would begin to read, and refuse the first write.
        if pool.options().access == Access::Read {
            return Err(DatabaseError::read_only("begin to write"));
        }
        if pool.options().serve {
            pool.keep_write_ahead_log()?;
        }
        Ok(())
    }

    /// Makes real what was written so far, and goes on.
    #[cfg(outcrop_planted)]
    pub(crate) fn commit_half(&self) -> Result<(), DatabaseError> {
        if outcrop_format::planted!(CommitHalf) {
            self.execute_all("commit half", "COMMIT; BEGIN IMMEDIATE")?;
        }
        Ok(())
    }

    /// Makes all that was written real, or nothing of it.
    pub fn commit(self) -> Result<(), DatabaseError> {
        self.execute_all("commit", "COMMIT")
    }
}

impl Deref for WriteTx {
    type Target = ReadTx;

    fn deref(&self) -> &ReadTx {
        &self.0
    }
}

impl Drop for ReadTx {
    fn drop(&mut self) {
        let carried = self.hand_on();
        let Some(connection) = self.connection.take() else { return };
        // A rollback that fails leaves the connection in its transaction. Then it is not kept, and
        // closing it rolls back.
        let ended = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        let lasting = self.promise == Promise::Lasting
            || ended && promise(&connection, Promise::Lasting).is_ok();
        // Nor is a connection that may still have tables of its own, that has the file for its own, or
        // that promises less.
        if ended && lasting && self.written == Written::InFile && !self.is_alone {
            self.pool.give_back_with(connection, carried);
        }
    }
}
