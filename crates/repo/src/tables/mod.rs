//! Extension tables: rows that peers share beside artifacts.
//!
//! A table is defined once and its columns can only become more. A row is known by the hash of its
//! key; it has a time in seconds since 1970, by which peers tell which of them has the newer
//! version, and in some tables an owner. A row that was deleted stays, with its key and no values,
//! so that peers learn of it. Names, definitions and hashes are those of the Go peer, so that both
//! sides speak of the same tables and rows; stock Fossil knows nothing of them.
//!
//! | what one does | with |
//! |---|---|
//! | define, or add columns | [`WriteTx::define_table`]; [`WriteTx::learn_table`] for a peer's definition |
//! | list | [`ReadTx::tables`], [`ReadTx::table`] |
//! | read | [`ReadTx::row`], [`ReadTx::rows_after`] |
//! | compare with a peer's | [`ReadTx::table_hash`], [`ReadTx::row_catalogue`] |
//! | write | [`WriteTx::put_row`], [`WriteTx::delete_row`] |
//! | take from a peer | [`WriteTx::receive_row`], [`WriteTx::receive_deletion`] |
//!
//! On the disk a table is called `fx_outcrop_x_NAME`: what begins with `fx_` Fossil keeps when it
//! rebuilds a repository, and when it clones one by copying the file.
//!
//! [`ReadTx::row`]: crate::tx::ReadTx::row
//! [`ReadTx::row_catalogue`]: crate::tx::ReadTx::row_catalogue
//! [`ReadTx::rows_after`]: crate::tx::ReadTx::rows_after
//! [`ReadTx::table`]: crate::tx::ReadTx::table
//! [`ReadTx::table_hash`]: crate::tx::ReadTx::table_hash
//! [`ReadTx::tables`]: crate::tx::ReadTx::tables
//! [`WriteTx::define_table`]: crate::tx::WriteTx::define_table
//! [`WriteTx::delete_row`]: crate::tx::WriteTx::delete_row
//! [`WriteTx::learn_table`]: crate::tx::WriteTx::learn_table
//! [`WriteTx::put_row`]: crate::tx::WriteTx::put_row
//! [`WriteTx::receive_deletion`]: crate::tx::WriteTx::receive_deletion
//! [`WriteTx::receive_row`]: crate::tx::WriteTx::receive_row

mod definition;
mod error;
mod evolution;
mod list;
mod name;
mod receive;
mod resolve;
mod row;
mod value;
mod write;

pub use definition::{Column, ColumnType, Conflict, Definition, DefinitionError};
pub use error::{DefineError, ListTablesError, ReceiveRowError, WriteRowError};
pub use evolution::EvolutionError;
pub use list::{CatalogueEntry, RowCatalogue};
pub use name::{NameError, TableName};
pub use receive::IncomingRow;
pub use resolve::{Author, Refusal, RowVersion, Verdict, resolve};
pub use row::{Row, RowError};
pub use value::Value;
pub use write::Defined;

use outcrop_format::hash::HashName;

/// An extension table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it is called.
    pub name: TableName,
    /// Its columns, and whose change of a row counts.
    pub definition: Definition,
    /// When it was defined, in seconds since 1970.
    pub mtime: i64,
}

/// A row as it is held here.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldRow {
    /// The hash of its key.
    pub key: HashName,
    /// The row. A deleted one has only its key.
    pub row: Row,
    /// When it was changed, in seconds since 1970.
    pub mtime: i64,
    /// The login of its owner; empty if nobody owns it.
    pub owner: String,
}

impl HeldRow {
    /// What is compared with another version of the row.
    #[must_use]
    pub fn version(&self) -> RowVersion {
        RowVersion { mtime: self.mtime, content: self.row.content_hash() }
    }
}
