//! Tickets, listed.

use crate::artifact::Moment;

/// A ticket in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketEntry {
    /// The identifier, 40 hexadecimal digits.
    pub id: String,
    /// When it was last changed.
    pub changed: Moment,
    /// Where the list goes on below it.
    pub position: i64,
}
