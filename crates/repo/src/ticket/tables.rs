//! Making the tables of tickets.

use super::TicketTablesError;
use crate::limits;
use crate::schema::TICKET_TABLES;
use crate::tx::{Refused, WriteTx};

impl WriteTx {
    /// Drops `ticket` and `ticketchng` and makes them as the setting `ticket-table` says, or as
    /// they usually are. If that cannot be, the tables stay as they are, with their rows.
    pub(crate) fn make_ticket_tables(&self) -> Result<(), TicketTablesError> {
        let refused = |reason| TicketTablesError::Setting { reason };
        let setting = self.ticket_table_setting()?;
        let length = setting.as_ref().map_or(0, Vec::len);
        if length > limits::TICKET_SCHEMA {
            let limit = limits::TICKET_SCHEMA;
            return Err(refused(format!("it has {length} bytes, more than the {limit} allowed")));
        }
        let text = match &setting {
            Some(setting) => std::str::from_utf8(setting)
                .map_err(|_| refused("it is not text in UTF-8".to_owned()))?,
            None => TICKET_TABLES,
        };
        let statements = WriteTx::try_ticket_schema(text).map_err(|Refused(why)| refused(why))?;
        self.all_or_nothing(|| self.replace_ticket_tables(&statements)).map_err(|cause| match cause
            .misfit()
        {
            Some(reason) => refused(reason),
            None => TicketTablesError::Database(cause),
        })
    }
}
