//! Why the tables of tickets cannot be made or filled.

use crate::tx::DatabaseError;

/// Why the tables of tickets were not made. Those that were there still are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TicketTablesError {
    /// The setting of the repository cannot be followed.
    #[error(
        "the setting `ticket-table` does not describe tables for tickets: {reason}; correct it, \
         or remove it to have the usual tables"
    )]
    Setting {
        /// What is wrong with it.
        reason: String,
    },
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why the rows of a ticket were not written. Those that were there still are.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkTicketError {
    /// The tables do not take what the changes of the ticket say.
    #[error(
        "ticket {ticket} does not fit the tables that the setting `ticket-table` describes: \
         {reason}; correct the setting and rebuild the repository"
    )]
    Misfit {
        /// The identifier of the ticket.
        ticket: String,
        /// What the database says.
        reason: String,
    },
    /// The database has failed. The transaction should not be committed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
