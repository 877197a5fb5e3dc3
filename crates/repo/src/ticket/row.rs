//! A ticket that is read.

/// Which tickets have an identifier that begins so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketMatch {
    /// No ticket.
    None,
    /// This one and no other.
    One(TicketRow),
    /// The tickets of these identifiers, and maybe more: no more than
    /// [`AMBIGUOUS_TICKETS`](crate::limits::AMBIGUOUS_TICKETS) are told, in order.
    Ambiguous(Vec<String>),
}

/// The latest state of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRow {
    /// Its identifier, 40 hexadecimal digits.
    pub id: String,
    /// All columns in the order of the table, those of Fossil's own (`tkt_…`) too.
    pub values: Vec<TicketValue>,
}

/// The value of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketValue {
    /// The name of the column.
    pub column: String,
    /// The value as text, which need not be UTF-8; `None` if it has never been set. Times are
    /// julian days.
    pub value: Option<Vec<u8>>,
}

impl TicketRow {
    /// The value of a column, if there is one and it is set. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        let found = self.values.iter().find(|value| value.column == column)?;
        found.value.as_ref().map(|value| String::from_utf8_lossy(value).into_owned())
    }
}
