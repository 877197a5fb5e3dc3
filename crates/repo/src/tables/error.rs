//! What can go wrong with extension tables.

use outcrop_format::hash::HashName;

use super::{DefinitionError, EvolutionError, NameError, Refusal, RowError, TableName};
use crate::tx::DatabaseError;

/// Why the tables cannot be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListTablesError {
    /// A table has a name that it cannot have: someone has changed the file.
    #[error("an extension table is damaged: {0}")]
    Name(#[from] NameError),
    /// What is recorded of a table is no definition.
    #[error("the definition of table {name} is damaged: {cause}")]
    Definition {
        /// Which table.
        name: TableName,
        /// How.
        #[source]
        cause: DefinitionError,
    },
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a table was not defined. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DefineError {
    /// It is defined already, and cannot become what was asked for.
    #[error("table {name}: {cause}")]
    Evolution {
        /// Which table.
        name: TableName,
        /// Why not.
        #[source]
        cause: EvolutionError,
    },
    /// There are as many tables as there may be.
    #[error("table {name} would be one more than the {limit} allowed")]
    TooMany {
        /// Which table.
        name: TableName,
        /// How many there may be.
        limit: usize,
    },
    /// The definitions that stand cannot be read.
    #[error(transparent)]
    List(#[from] ListTablesError),
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a row was not written here. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteRowError {
    /// It cannot be a row of the table.
    #[error(transparent)]
    Row(#[from] RowError),
    /// It has no values, which is how a deleted row looks.
    #[error("a row without values counts as deleted: delete it, or give it a value")]
    Empty,
    /// The table cannot tell a deleted row from others.
    #[error("the columns of table {0} are all in its key, so no row of it can be deleted")]
    CannotDelete(TableName),
    /// The author may not change the row.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No time is later than that of the row.
    #[error("row {0} has the last time that there is, so nothing newer can be written")]
    EndOfTime(HashName),
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a row from a peer makes no sense. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveRowError {
    /// It is no row of the table.
    #[error("row {key}: {cause}")]
    Row {
        /// The hash that the peer gave for its key.
        key: HashName,
        /// What is wrong.
        #[source]
        cause: RowError,
    },
    /// The key has another hash than the peer said.
    #[error("wrong hash: the key of row {said} is {real}")]
    WrongKey {
        /// What the peer said.
        said: HashName,
        /// What the hash is.
        real: HashName,
    },
    /// A deletion brings values.
    #[error("the deletion of row {0} has values beside the key")]
    Values(HashName),
    /// A deletion does not tell the key of a row that is not here.
    #[error("row {0} is not known here, and its deletion does not tell its key")]
    NoKey(HashName),
    /// The table cannot tell a deleted row from others.
    #[error("the columns of table {0} are all in its key, so no row of it can be deleted")]
    CannotDelete(TableName),
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
